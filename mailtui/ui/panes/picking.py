"""Marking in the message list: one by one, a range, all, unread ones, those that match. What is not loaded is read on a
thread, in pieces, so that marking 100,000 messages stops nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Protocol

from mailtui.mail.sanitize import safe_line
from mailtui.model.changes import RowsChanged
from mailtui.model.ids import PlacementId, ThreadId
from mailtui.model.mail import Folding, Row, RowKey
from mailtui.model.ports import MailReader
from mailtui.ui.bridge import Bridge
from mailtui.ui.panes.feed import Feed, Source
from mailtui.view.deeds import Target
from mailtui.view.ordering import Order
from mailtui.view.picked import Picked
from mailtui.view.unified import page, search

PIECE = 1_000
"""Rows of one read."""

UNREAD = "is:unread"

Then = Callable[[tuple[Target, ...]], None]


class Owner(Protocol):
    """The pane that shows the marks."""

    def say(self, text: str) -> None: ...

    def picked_changed(self) -> None:
        """Other messages are marked now."""


class Picking:
    """Marks of the list on show. Call it on the event loop only."""

    def __init__(self, bridge: Bridge, feed: Feed, owner: Owner) -> None:
        self.picked = Picked()
        self._bridge = bridge
        self._feed = feed
        self._owner = owner

    def begin(self) -> None:
        """Another list: no marks."""
        if self.picked.any:
            self.clear()

    def clear(self) -> None:
        self.picked.clear()
        self._owner.picked_changed()

    def left(self, changes: Iterable[RowsChanged]) -> None:
        """Messages that went away are not marked any more."""
        before = len(self.picked)
        source = self._feed.source
        if before and source is not None and source.query is None:
            for change in changes:
                if source.holds(change.mailbox):
                    self.picked.discard(change.removed)
            if len(self.picked) != before:
                self._owner.picked_changed()

    def number(self) -> int:
        """How many are marked, the open range included."""
        if self.picked.anchor is None:
            return len(self.picked)
        span = self._span()
        twice = 0
        if len(self.picked):
            window = self._feed.state.window
            loaded = window.rows[max(0, span.start - window.start) : max(0, span.stop - window.start)]
            twice = sum(1 for row in loaded if row.placement in self.picked)
        return len(self.picked) + len(span) - twice

    def _span(self) -> range:
        """Positions of the open range."""
        state, picked = self._feed.state, self.picked
        at = picked.anchor_at
        if picked.anchor is not None and state.window.spans(picked.anchor):
            at = state.window.place(picked.anchor)
        return range(min(at, state.cursor), max(at, state.cursor) + 1)

    # -- keys

    def perform(self, name: str, times: int | None) -> bool:
        """An action that marks; False if it is none."""
        ways: dict[str, Callable[[], None]] = {
            "mark": lambda: self._toggle(times or 1),
            "mark_range": self._range,
            "mark_all": lambda: self._all(None),
            "mark_unread": lambda: self._all(UNREAD),
            "mark_none": self.clear,
        }
        if name not in ways:
            return False
        ways[name]()
        return True

    def _toggle(self, number: int) -> None:
        """This message and those below it, then on."""
        rows = self.here(number)

        def mark(targets: tuple[Target, ...]) -> None:
            self.picked.anchor = None
            self.picked.toggle(targets)
            self._owner.picked_changed()

        if rows:
            self._feed.state.move_by(len(rows))
            self._whole(rows, mark)

    def here(self, number: int) -> list[Row]:
        """The message under the cursor, and those below it until there are `number`."""
        state = self._feed.state
        rows: list[Row] = []
        for at in range(state.cursor, min(state.total, state.cursor + number)):
            row = state.row_at(at)
            if row is None:
                break
            rows.append(row)
        return rows

    def _whole(self, rows: Sequence[Row], then: Then) -> None:
        """Every message of these lines; `then` is called at once unless a thread is too long for its line to know."""
        source, reader = self._feed.source, self._bridge.reader
        if source is not None and any(_unnamed(row) for row in rows):
            self._read(source, lambda: tuple(_named(reader, rows)), then)
        else:
            then(tuple(target for row in rows for target in Target.all_of(row)))

    def _range(self) -> None:
        """Begin one at the cursor; or end it: what it covers is marked."""
        row = self._feed.state.current
        if self.picked.anchor is None and row is not None:
            self.picked.anchor, self.picked.anchor_at = row.key, self._feed.state.cursor
            self._owner.say("Range: move, then act; v ends it, Esc forgets it")
            self._owner.picked_changed()
        elif self.picked.anchor is not None:
            self._close(lambda targets: None)

    def _close(self, then: Then) -> None:
        """End the range, if one is open; `then` gets everything that is marked."""
        state, picked, source = self._feed.state, self.picked, self._feed.source
        bounds = picked.bounds(state.cursor_key)
        if bounds is None or source is None:
            then(picked.targets(state.window.rows))
            return
        span, window = self._span(), state.window
        if window.start <= span.start and span.stop <= window.end:
            rows = window.rows[span.start - window.start : span.stop - window.start]
            self._whole(rows, partial(self._add, then=then))
        else:
            reader, folding = self._bridge.reader, state.folding
            self._read(source, lambda: tuple(_between(reader, source, folding, *bounds)), partial(self._add, then=then))

    def _add(self, targets: Sequence[Target], then: Then) -> None:
        self.picked.anchor = None
        self.picked.add(targets)
        self._owner.picked_changed()
        then(self.picked.targets(self._feed.state.window.rows))

    # -- many

    def _all(self, query: str | None) -> None:
        source, reader = self._feed.source, self._bridge.reader
        if source is not None:
            self._read(source, lambda: tuple(_matching(reader, source, query)), partial(self._add, then=self._told))

    def match(self, query: str) -> None:
        """Mark what matches in this list."""
        self._all(query)

    def _told(self, targets: tuple[Target, ...]) -> None:
        if not targets:
            self._owner.say("Nothing of this list matches")

    def _read(self, source: Source, work: Callable[[], tuple[Target, ...]], then: Then) -> None:
        self._owner.say("Marking")
        self._bridge.ask("picking", work, partial(self._came, source, then), self._failed)

    def _came(self, source: Source, then: Then, targets: tuple[Target, ...]) -> None:
        now = self._feed.source
        if now is not None and (now.mailbox, now.query) == (source.mailbox, source.query):
            self._owner.say("")
            then(tuple(one for one in targets if one.placement not in self._feed.state.hidden))

    def _failed(self, error: Exception) -> None:
        self._owner.say(f"Nothing was marked: {safe_line(str(error))}")

    # -- for actions

    def gather(self, times: int | None, then: Then) -> None:
        """What an action means: marked messages, else as many as were counted, from the cursor on. `then` is called
        at once if everything is loaded."""
        if self.picked.any:
            self._close(then)
        else:
            self._whole(self.here(times or 1), then)


def _matching(reader: MailReader, source: Source, query: str | None) -> Iterator[Target]:
    """Messages of the list, all or those that match too. Blocking."""
    if source.thread is not None:
        yield from _of_conversation(reader, source, source.thread, query)
        return
    both = [one for one in (source.query, query) if one is not None]
    words = " ".join(f"({one})" for one in both) if len(both) > 1 else "".join(both)
    after: RowKey | None = None
    while True:
        if words:
            rows = search(reader, words, source.boxes, limit=PIECE, before=after)
        else:
            rows = page(reader, source.boxes, after=after, limit=PIECE)
        yield from map(Target.of, rows)
        if len(rows) < PIECE:
            return
        after = rows[-1].key


def _of_conversation(reader: MailReader, source: Source, thread: ThreadId, query: str | None) -> Iterator[Target]:
    rows = reader.threaded.conversation(source.boxes, thread)
    if query == UNREAD:
        rows = tuple(row for row in rows if not row.flags.seen)
    elif query is not None:
        wanted = {row.placement for row in rows}
        oldest, matching = min((row.date for row in rows), default=0), set()
        after: RowKey | None = None
        while found := search(reader, query, source.boxes, limit=PIECE, before=after):
            matching |= {row.placement for row in found} & wanted
            after = found[-1].key
            if after.date < oldest:
                break
        rows = tuple(row for row in rows if row.placement in matching)
    yield from map(Target.of, rows)


def _unnamed(row: Row) -> bool:
    """Whether the line stands for more messages than it names."""
    return row.line is not None and row.line.whole and not row.line.members


def _named(reader: MailReader, rows: Iterable[Row]) -> Iterator[Target]:
    """Every message of these lines. Blocking."""
    for row in rows:
        if _unnamed(row):
            yield from map(Target.of, reader.threaded.members(row.mailbox, (row.thread,)))
        else:
            yield from Target.all_of(row)


def _between(
    reader: MailReader, source: Source, folding: Folding | Order | None, newest: RowKey, oldest: RowKey
) -> Iterator[Target]:
    """Messages of a mailbox from key to key, both among them. Blocking."""
    if folding is None:
        yield from (Target.of(row) for row in reader.rows((newest.placement,)) if source.holds(row.mailbox))
        after = newest
    else:
        after = newest._replace(order=newest.order + 1) if newest.order else newest._replace(placement=_above(newest))
    while True:
        rows = page(reader, source.boxes, folding, after=after, limit=PIECE)
        for row in rows:
            if row.key < oldest:
                return
            if row.key > newest:
                continue
            yield from _named(reader, (row,))
        if len(rows) < PIECE:
            return
        after = rows[-1].key


def _above(key: RowKey) -> PlacementId:
    """So that the line itself comes next."""
    return PlacementId(key.placement + 1)
