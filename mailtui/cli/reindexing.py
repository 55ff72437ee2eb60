"""`mailtui reindex`: the index anew from the maildir, with a bar while it goes on."""

from __future__ import annotations

import dataclasses

from mailtui.cli.output import to_json
from mailtui.cli.progress import teller
from mailtui.model.account import Settings


def reindex(settings: Settings, *, json: bool) -> int:
    """Downloads nothing. Raises StoreLockedError while another mailtui writes to the store."""
    from mailtui.store.reindex import reindex as rebuild

    out = teller(json=False)

    def progress(done: int, total: int) -> None:
        out.progress("index", settings.store, done, max(total, 1), 0.0)

    try:
        report = dataclasses.asdict(rebuild(settings.store, progress))
    finally:
        out.erase()
    if json:
        print(to_json(report))
    else:
        print(", ".join(f"{name.replace('_', ' ')} {_shown(value)}" for name, value in report.items()))
    return 0


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
