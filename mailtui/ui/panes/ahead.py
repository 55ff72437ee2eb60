"""Type-ahead: the cursor goes to the next message whose sender or subject begins with what is typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mailtui.mail.sanitize import safe_line
from mailtui.mail.threads import plain_subject
from mailtui.model.ids import MailboxId
from mailtui.model.mail import Folding, Row, RowKey
from mailtui.model.ports import MailReader
from mailtui.ui.bridge import Bridge
from mailtui.ui.panes.feed import Feed
from mailtui.view.columns import correspondent
from mailtui.view.ordering import Order
from mailtui.view.unified import page

CHUNK = 250
MOST = 10_000
"""Messages beyond what is loaded that are looked at."""


class Owner(Protocol):
    """The pane that shows the list."""

    def fed(self) -> None: ...

    def say(self, text: str) -> None: ...


def begins(row: Row, typed: str, *, outgoing: bool = False) -> bool:
    """Whether a word of the name, or the subject, begins like this."""
    wanted = typed.casefold()
    name = correspondent(row, outgoing=outgoing).casefold()
    words = (name, *name.replace(",", " ").split())
    subject = plain_subject(row.subject[:400]).casefold()
    return subject.startswith(wanted) or any(word.startswith(wanted) for word in words)


class Ahead:
    """Looks down the list from where the cursor was when it began. Call it on the event loop only."""

    def __init__(self, bridge: Bridge, feed: Feed, owner: Owner) -> None:
        self._bridge = bridge
        self._feed = feed
        self._owner = owner
        self._from = 0
        self._wanted = ""

    @property
    def line(self) -> int:
        """The line of the list that the cursor is on, counted from what is in sight."""
        state = self._feed.state
        return state.cursor - state.top

    def begin(self) -> None:
        """From here."""
        self._from = self._feed.state.cursor
        self._wanted = ""

    def find(self, typed: str) -> None:
        """The first such message from where it began; with nothing typed, back to there."""
        self._wanted = typed
        state, source = self._feed.state, self._feed.source
        outgoing = source is not None and source.outgoing
        at = self._from
        if typed:
            while (row := state.row_at(at)) is not None and not begins(row, typed, outgoing=outgoing):
                at += 1
            if row is None:
                self._further(typed, at, outgoing)
                return
        state.move_to(at)
        self._owner.fed()

    def next(self) -> None:
        """The one below this, for the same letters."""
        if self._wanted:
            self._from = self._feed.state.cursor + 1
            self.find(self._wanted)

    def _further(self, typed: str, at: int, outgoing: bool) -> None:
        """Beyond what is loaded."""
        source, state, reader = self._feed.source, self._feed.state, self._bridge.reader
        last = state.row_at(at - 1)
        if source is None or source.mailbox is None or source.query is not None or last is None or at >= state.total:
            self._owner.say(f"Nothing below begins with {safe_line(typed)}")
            return
        boxes, folding = source.boxes, state.folding

        def found(key: RowKey | None) -> None:
            if state is not self._feed.state or typed != self._wanted:
                return
            if key is None:
                self._owner.say(f"Nothing below begins with {safe_line(typed)}")
            else:
                state.go_to(key)
                self._owner.fed()

        work = lambda: _look(reader, boxes, folding, last.key, typed, outgoing)  # noqa: E731
        self._bridge.ask("side:ahead", work, found, lambda error: self._owner.say(safe_line(str(error))))


def _look(
    reader: MailReader,
    boxes: Sequence[MailboxId],
    folding: Folding | Order | None,
    after: RowKey,
    typed: str,
    outgoing: bool,
) -> RowKey | None:
    """Blocking."""
    for _ in range(MOST // CHUNK):
        rows = page(reader, boxes, folding, after=after, limit=CHUNK)
        for row in rows:
            if begins(row, typed, outgoing=outgoing):
                return row.key
        if len(rows) < CHUNK:
            return None
        after = rows[-1].key
    return None
