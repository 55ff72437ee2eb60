"""New mail is told: which of the rows that came are new to the person, gathered for a moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from textual.timer import Timer

from mailtui.model.changes import RowsChanged
from mailtui.model.ids import MailboxId, PlacementId
from mailtui.model.mail import Row
from mailtui.ui.bridge import Bridge
from mailtui.ui.clock import now
from mailtui.view.news import arrived

GATHERED = 1.5
"""Seconds in which what comes is told as one."""
MOST_LOOKED = 200

Tell = Callable[[str, str, int], None]
"""(title, body, number of messages)"""


class Arrivals:
    """New is what is unread, came into an inbox, and is younger than everything that was there before: not what a first
    sync fetches, nor what an undo brings back."""

    def __init__(self, bridge: Bridge, later: Callable[[float, Callable[[], None]], Timer], tell: Tell) -> None:
        self._bridge = bridge
        self._later = later
        self._tell = tell
        self._newest: dict[MailboxId, int] = {}
        """Date of the youngest message known, in seconds since 1970 UTC."""
        self._came: set[PlacementId] = set()
        self._timer: Timer | None = None

    def watch(self, inboxes: Iterable[MailboxId]) -> None:
        """These are the inboxes: what is there now is not new."""
        fresh = tuple(box for box in inboxes if box not in self._newest)
        if not fresh:
            return
        began = int(now())
        self._newest |= dict.fromkeys(fresh, began)
        reader = self._bridge.reader

        def look() -> dict[MailboxId, int]:
            pages = {box: reader.page(box, limit=1) for box in fresh}
            return {box: rows[0].date for box, rows in pages.items() if rows}

        self._bridge.ask("side:arrivals", look, lambda found: self._newest.update(found), lambda error: None)

    def heard(self, changes: Iterable[RowsChanged]) -> None:
        """Rows came somewhere."""
        for change in changes:
            if change.mailbox in self._newest:
                self._came.update(change.added[-MOST_LOOKED:])
        if self._came and self._timer is None:
            self._timer = self._later(GATHERED, self._look)

    def _look(self) -> None:
        self._timer = None
        came, self._came = tuple(self._came), set()
        reader = self._bridge.reader
        self._bridge.ask("side:arrived", lambda: reader.rows(came), self._sort, lambda error: None)

    def _sort(self, rows: Sequence[Row]) -> None:
        new = [row for row in rows if not row.flags.seen and row.date > self._newest.get(row.mailbox, row.date)]
        for row in new:
            self._newest[row.mailbox] = max(self._newest[row.mailbox], row.date)
        if new:
            new.sort(key=lambda row: row.key, reverse=True)
            self._tell(*arrived(new), len(new))
