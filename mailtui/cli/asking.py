"""Asking before something that can't be taken back."""

from __future__ import annotations

import sys

from mailtui.mail.sanitize import safe_line
from mailtui.model.errors import UsageError


def sure(question: str, *, yes: bool) -> bool:
    """Whether the person says yes; `yes`: they did already, with --yes. Asked on stderr, so that stdout stays what it
    is. Raises UsageError when there is no terminal to ask on."""
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("this asks first, and there is no terminal to ask on", "`--yes` answers")
    print(f"{safe_line(question)} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() in {"y", "yes"}:
        return True
    print("mailtui: nothing was done", file=sys.stderr)
    return False
