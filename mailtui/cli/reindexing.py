"""`mailtui reindex`: the index anew from the maildir, with a counter on a terminal while it goes on."""

from __future__ import annotations

import dataclasses
import sys

from mailtui.cli.output import to_json
from mailtui.model.account import Settings


def reindex(settings: Settings, *, json: bool) -> int:
    """Downloads nothing. Raises StoreLockedError while another mailtui writes to the store."""
    from mailtui.store.reindex import reindex as rebuild

    counting = sys.stderr.isatty()

    def progress(done: int) -> None:
        if counting:
            sys.stderr.write(f"\r{done:,} messages")
            sys.stderr.flush()

    try:
        report = rebuild(settings.store, progress)
    finally:
        if counting:
            sys.stderr.write("\r" + " " * 40 + "\r")
    if json:
        print(to_json(dataclasses.asdict(report)))
    else:
        print(f"indexed {_count(report.messages, 'message')} in {_count(report.mailboxes, 'folder')}")
    return 0


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'s' * (number != 1)}"
