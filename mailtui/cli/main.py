"""Words to calls: finds the command, runs it, and turns every way it can end into words and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TextIO

from mailtui.cli.parser import build

if TYPE_CHECKING:
    import argparse

    from mailtui.model.errors import MailtuiError

LOG_LIMIT = 1 << 20
"""Bytes; a longer log is moved aside before it is written to."""


def main(argv: Sequence[str]) -> int:
    """Runs one command and returns its exit code. Never raises."""
    for stream in (sys.stdout, sys.stderr):
        _accept_every_character(stream)
    try:
        place = _place_of_command(argv)
        helping = not {"-h", "--help"}.isdisjoint(argv[:place])  # that lists all of them
        args = build("" if helping else "".join(argv[place : place + 1])).parse_args(_shielded(argv, place))
    except SystemExit as end:  # --help, --version, wrong words: argparse has spoken
        return end.code if isinstance(end.code, int) else 2
    try:
        status = _command(args.run)(args)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("\nmailtui: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        _drop_output()
        return 141
    except Exception as error:
        return _failed(error, args)
    return status


def _place_of_command(argv: Sequence[str]) -> int:
    """Where the command stands, or would stand."""
    place = 0
    while place < len(argv) and argv[place].startswith("-"):
        place += 2 if argv[place] == "--config" else 1
    return place


def _shielded(argv: Sequence[str], place: int) -> Sequence[str]:
    """The words of sendmail are its own: argparse must not take them for ours."""
    words = list(argv)
    if words[place : place + 1] != ["sendmail"] or words[place + 1 :] in (["--help"], ["-h"]):
        return argv
    return [*words[: place + 1], "--", *words[place + 1 :]]


def _command(name: str) -> Callable[[argparse.Namespace], int]:
    import importlib

    module, _, function = name.partition(":")
    found: Callable[[argparse.Namespace], int] = getattr(importlib.import_module(f"mailtui.cli.{module}"), function)
    return found


def _accept_every_character(stream: TextIO) -> None:
    """A terminal that can't show a character shows `?` instead of ending us."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")


def _drop_output() -> None:
    """Nobody reads: what is still buffered goes nowhere, quietly."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _failed(error: Exception, args: argparse.Namespace) -> int:
    from mailtui.cli.exits import status_of
    from mailtui.model.errors import MailtuiError

    if args.debug:
        import traceback

        traceback.print_exception(error)
    if isinstance(error, MailtuiError):
        print(_words(error), file=sys.stderr)
        return status_of(error)
    place = _note(error)
    where = f"the details are in {place}" if place else "run it again with --debug"
    print(f"mailtui: unexpected error ({type(error).__name__}); {where}", file=sys.stderr)
    return 1


def _words(error: MailtuiError) -> str:
    """What is wrong and what to do. Pictures from config.toml already name their place."""
    from mailtui.mail.sanitize import cell_width, safe_line, safe_text
    from mailtui.model.errors import ConfigError, QueryError

    if isinstance(error, QueryError):
        query = safe_line(error.query)
        caret = " " * cell_width(safe_line(error.query[: error.position])) + "^" * max(1, error.length)
        text = f"mailtui: {safe_line(error.text)}\n  {query}\n  {caret}"
    elif isinstance(error, ConfigError):
        text = safe_text(error.text)
    else:
        text = f"mailtui: {safe_text(error.text)}"
    return f"{text}\n  {safe_text(error.hint)}" if error.hint else text


def _note(error: Exception) -> str:
    """Writes the traceback to the log; its path, or nothing if that fails too."""
    import contextlib
    import time
    import traceback

    from mailtui.config.paths import log_file

    path = log_file()
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            if os.stat(path).st_size > LOG_LIMIT:
                os.replace(path, f"{path}.1")
        with open(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8") as log:
            log.write(time.strftime("%Y-%m-%d %H:%M:%S\n") + "".join(traceback.format_exception(error)))
    except OSError:
        return ""
    return path
