"""`mailtui` and `mailtui demo`: the screen itself. Everything heavy is loaded behind boot's door."""

from __future__ import annotations

import argparse
import sys

from mailtui.cli.session import settings_of
from mailtui.model.errors import UsageError


def run(args: argparse.Namespace) -> int:
    _need_terminal()
    settings = settings_of(args)
    from mailtui import boot

    return boot.run_tui(settings)


def demo(args: argparse.Namespace) -> int:
    _need_terminal()
    from mailtui import boot

    return boot.run_demo()


def _need_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("mailtui needs a terminal", "`mailtui --help` lists the commands that work without one")
