"""`mailtui` and `mailtui demo`: the screen itself. Everything heavy is loaded behind boot's door."""

from __future__ import annotations

import argparse
import os
import sys

from mailtui.cli.exits import OK
from mailtui.cli.session import settings_of
from mailtui.config.paths import config_file
from mailtui.config.read import load
from mailtui.model.errors import UsageError
from mailtui.model.setting_up import Ended


def run(args: argparse.Namespace) -> int:
    _need_terminal()
    if args.config is None and not os.path.lexists(config_file()):
        return set_up(config_file())
    settings = settings_of(args)
    from mailtui import boot

    return boot.run_tui(settings)


def set_up(path: str) -> int:
    """The set-up of a first account on the screen, and then what the person wants to see."""
    from mailtui import boot

    ended = boot.run_setup(path)
    if ended is Ended.DEMO:
        return boot.run_demo()
    if ended is Ended.LEFT:
        print("Nothing was written. `mailtui` begins anew, `mailtui demo` shows sample mail.")
        return OK
    return boot.run_tui(load(path).settings)


def demo(args: argparse.Namespace) -> int:
    _need_terminal()
    from mailtui import boot

    return boot.run_demo()


def _need_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("mailtui needs a terminal", "`mailtui --help` lists the commands that work without one")
