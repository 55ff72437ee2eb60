"""Programs that are told something: the clipboard's, and the one that shows notifications. They are lists of arguments,
never a line for a shell, and have a time limit. Blocking."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence

from mailtui.mail.sanitize import safe_line
from mailtui.model.errors import FileError

PATIENCE = 5.0
"""Seconds that such a program may take."""


def copy(argv: Sequence[str], text: str) -> None:
    """Give it the text on stdin. Raises FileError."""
    _run(argv, text.encode("utf-8", "replace"), "copy_command")


def notify(argv: Sequence[str], title: str, body: str, number: int) -> None:
    """Start it with what came; safe texts. Without %t, %b or %n in its arguments, title and body come behind them.
    Raises FileError."""
    words = {"%t": _argument(title), "%b": _argument(body), "%n": str(number)}
    filled = [_filled(one, words) for one in argv[1:]]
    if filled == list(argv[1:]):
        filled += [words["%t"], words["%b"]]
    _run([argv[0], *filled], b"", "notify_command")


def _filled(argument: str, words: dict[str, str]) -> str:
    """In one pass: a `%b` within a title stays what it is."""
    pieces = argument.split("%")
    out = pieces[0]
    for piece in pieces[1:]:
        mark = f"%{piece[:1]}"
        out += words[mark] + piece[1:] if mark in words else f"%{piece}"
    return out


def _argument(text: str) -> str:
    """Text of a mail is never taken for an option."""
    return f" {text}" if text.startswith("-") else text


def _run(argv: Sequence[str], data: bytes, key: str) -> None:
    hint = f"[terminal] {key} in config.toml names it"
    try:
        process = subprocess.Popen(  # noqa: S603 - the person named it; what came in a mail is one argument, or stdin
            list(argv),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "a word with a NUL"
        raise FileError(f"can't start {safe_line(argv[0])}: {why}", hint) from None
    with process:
        try:
            process.communicate(data, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise FileError(f"{safe_line(argv[0])} took longer than {PATIENCE:.0f} seconds", hint) from None
    if process.returncode:
        raise FileError(f"{safe_line(argv[0])} ended with status {process.returncode}", hint)
