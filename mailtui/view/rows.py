"""The message list as a value: how long it is, where the cursor and the viewport are, which rows are loaded, what has
to be loaded next. Positions count from the newest message, 0.

The cursor lies on a message, not on a position: whatever comes and goes, it stays there, on its line of the screen.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Sequence
from dataclasses import replace

from mailtui.model.ids import PlacementId
from mailtui.model.mail import Flags, Folding, Row, RowKey
from mailtui.view.anchors import Anchors
from mailtui.view.loads import Load, Loaded, LoadKind, plan
from mailtui.view.ordering import Order
from mailtui.view.viewport import Damage, Viewport
from mailtui.view.window import Window


class MessageRows(Viewport):
    """State of one list. Call what happened, then take `damage()` and ask `next_load()`."""

    folding: Folding | Order | None = None
    """A list that is not by date (`view/threaded`): which threads are folded, or its order."""

    def __init__(self, total: int = 0, height: int = 20, *, growing: bool = False, cursor_key: RowKey | None = None):
        """`growing`: the list has no known end (results of a search); its total is what is loaded."""
        super().__init__(total, height, cursor_key)
        self.growing = growing
        self.anchors = Anchors()
        self.approximate = False
        """Positions of the window may be off: a rank query puts them right."""
        self.stale = cursor_key is not None
        """What is loaded may not be what is stored: read it again around the cursor."""
        self.loaded_once = False
        self.complete = False
        """A growing list has no more."""
        self.in_flight: Load | None = None
        self._disturbed = False
        self._moved_since_rank = False
        self._counted = False
        """Whether the window was placed by counting in the store, which may have known of mail that we did not."""
        self._gone: set[PlacementId] = set()
        self.hidden: set[PlacementId] = set()
        """Messages that are about to leave: not shown any more, though the store has not said so yet."""
        self.guessed: set[PlacementId] = set()
        """Messages whose flags on show the store has not confirmed yet."""

    def go_to(self, key: RowKey) -> None:
        """Put the cursor on a message that may not be loaded."""
        if self.window.holds(key):
            self.move_to(self.window.place(key))
            return
        self.cursor_key = key
        self.stale = True
        self._follow = False

    # -- what happened to the mail

    def arrived(self, rows: Iterable[Row]) -> None:
        """Messages that are new in this list."""
        known = self.window.placements()
        for row in sorted(rows, key=lambda row: row.key):
            self._gone.discard(row.placement)
            self.hidden.discard(row.placement)
            if row.placement in known:
                self._replace(row)
            else:
                self._arrive(row)
        self._settle()

    def removed(self, placements: Iterable[PlacementId]) -> None:
        """Messages that left this list."""
        gone = set(placements)
        expected = gone & self.hidden
        self.hidden -= expected
        self._gone |= expected
        gone -= expected
        if expected and not self.growing:
            self.approximate = self._moved_since_rank = True
        if not gone:
            return
        self._doubt()
        self._gone |= gone
        self.fresh -= gone
        for position in range(self.window.end - 1, self.window.start - 1, -1):
            row = self.window.at(position)
            if row is not None and row.placement in gone:
                gone.discard(row.placement)
                self._depart(position)
        if gone:
            self.total = max(self.window.end, self.total - len(gone))
            self.approximate = not self.growing
        self._damage_all = self._damage_header = True
        self._settle()

    def hide(self, placements: Iterable[PlacementId]) -> None:
        """They are about to leave: away at once. `removed` confirms it, `unhide` takes it back."""
        leaving = set(placements) - self.hidden
        self.removed(leaving)
        self.hidden |= leaving

    def unhide(self) -> bool:
        """What is hidden did not leave, or nobody knows: read again. False: nothing is hidden."""
        if not self.hidden:
            return False
        self.total += 0 if self.growing else len(self.hidden)
        self.hidden.clear()
        self._gone.clear()
        self._damage_header = True
        self.reread()
        return True

    def beyond(self, leaving: Container[PlacementId], step: int) -> int | None:
        """The nearest position from the cursor on that stays if these leave; None: there is none this way."""
        at = self.cursor
        while 0 <= at < self.total:
            row = self.row_at(at)
            if row is None or row.placement not in leaving:
                return at
            at += step
        return None

    def updated(self, rows: Iterable[Row]) -> None:
        """Messages that look different."""
        self._disturbed = True
        for row in rows:
            self.guessed.discard(row.placement)
            self._replace(row)

    def reflag(self, placements: Collection[PlacementId], add: Flags, remove: Flags) -> None:
        """They are about to get these flags: shown at once. `updated` confirms it, `unguess` takes it back."""
        for position, row in enumerate(self.window.rows, self.window.start):
            if row.placement in placements:
                flags = row.flags.union(add).without(remove)
                if flags != row.flags:
                    self.guessed.add(row.placement)
                    self.window.replace(position, replace(row, flags=flags))
                    self._touch(position)

    def unguess(self) -> bool:
        """Some flags on show may not have come to be: read again. False: none is a guess."""
        if not self.guessed:
            return False
        self.guessed.clear()
        self.reread()
        return True

    def recount(self, total: int) -> None:
        """The store's own count."""
        if self.growing or total == self.total or self.hidden:
            return
        self.total = max(total, self.window.end)
        self.approximate = bool(self.window.rows)
        self._damage_all = self._damage_header = True
        self._settle()

    def reread(self) -> None:
        """Too much changed to name it."""
        self.stale = True
        self.anchors.clear()

    # -- loading

    def next_load(self) -> Load | None:
        """What to read now (newest wish wins), or None: enough is loaded or on its way."""
        load = plan(self)
        if load is None:
            return None
        if self.in_flight is not None and load.kind is self.in_flight.kind and not self._outrun(load):
            return None
        self.in_flight = load
        self._disturbed = False
        self._gone = set()
        return load

    def _outrun(self, load: Load) -> bool:
        """Whether a jump that is on its way no longer leads to where the viewport is now."""
        before = self.in_flight
        if before is None or load == before:
            return False
        return load.kind is LoadKind.JUMP and not before.at <= self.top < before.at + before.limit - self.height

    def loaded(self, answer: Loaded) -> None:
        """Rows that were read. An answer that is no longer waited for is dropped."""
        load = answer.load
        if load is not self.in_flight:
            return
        self.in_flight = None
        first_time, self.loaded_once = not self.loaded_once, True
        rows = [row for row in answer.rows if not self._has_left(row)]
        match load.kind:
            case LoadKind.OLDER:
                self._extend_older(rows, len(answer.rows) < load.limit)
            case LoadKind.NEWER:
                self._extend_newer(rows, len(answer.rows) < load.limit)
            case LoadKind.JUMP:
                self._jumped(load, rows, len(answer.rows))
            case LoadKind.AROUND:
                self._around(load, rows, answer)
        if self._disturbed:
            self.stale = True
            self._disturbed = False
        if first_time or load.kind is not LoadKind.OLDER:
            self._damage_all = self._damage_header = True
        else:
            self._damage_all = True
        self._settle()

    def _has_left(self, row: Row) -> bool:
        """Whether a row was read too early to know that it is gone, or is about to go."""
        return row.placement in self._gone or row.placement in self.hidden

    def wants_rank(self) -> RowKey | None:
        """The key whose rank would make the positions exact again; None: they are."""
        if not self.approximate or not self.window.rows:
            return None
        self._moved_since_rank = False
        return self.window.rows[0].key

    def load_failed(self, load: Load) -> None:
        """Nothing could be read; the next key press asks again."""
        if load is self.in_flight:
            self.in_flight = None

    def ranked(self, key: RowKey, rank: int) -> None:
        """The true place of the window's first row."""
        if not self.window.rows or self.window.rows[0].key != key or self._moved_since_rank:
            return
        self.approximate = self._counted = False
        self._shift(rank - self.window.start)
        self._settle()

    # -- inside

    def _extend_older(self, rows: Sequence[Row], short: bool) -> None:
        self.window.append_older(rows)
        if self.growing:
            self.total = self.window.end
            self.complete = short
            self._damage_header = True
        elif short:
            self.total = self.window.end
            self._damage_header = True
        else:
            self.total = max(self.total, self.window.end)
        if not self.growing:
            self.window.trim(self.top)

    def _extend_newer(self, rows: Sequence[Row], short: bool) -> None:
        self.window.prepend_newer(rows)
        if (short and self.window.start) or self.window.start < 0:
            self._shift(-self.window.start)
        self.window.trim(self.top)

    def _jumped(self, load: Load, rows: Sequence[Row], count: int) -> None:
        start = load.at
        if load.from_end:
            start = max(0, self.total - load.skip - len(rows))  # what is hidden is in neither
        if self.growing:
            start = 0
            self.total = len(rows)
            self.complete = count < load.limit
        self.window = Window(start, rows)
        self.stale = False
        self._counted = True
        if count < load.limit and not load.from_end and not self.growing:
            self.total = self.window.end
        self.total = max(self.total, self.window.end)

    def _around(self, load: Load, rows: Sequence[Row], answer: Loaded) -> None:
        """The neighbourhood of a message. Whatever keeps its line on the screen now (it may be another message than
        when this was asked for) keeps it; a cursor that was sent here from afar lands in the middle."""
        pin, key = self._pin(), self.cursor_key
        shown = self._cursor_shown()
        at_the_top = self._follow and self.top == 0
        line = self.cursor - self.top if shown and pin == key else 0
        leaping = key is not None and key == load.after and not self.window.holds(key) and not self.window.spans(key)
        pinned, sought = pin == load.after, key == load.after
        window = self.window = Window(answer.rank, rows)
        pin, key = self._now(pin, answer), self._now(key, answer)
        self.stale = self.approximate = False
        self._counted = True
        self.total = max(self.total, window.end)
        last = max(0, window.end - 1)
        if pin is not None and (pinned or window.spans(pin)):
            self.top = min(window.place(pin), last) - (self.height // 2 if leaping else line)
        if key is not None and (sought or window.spans(key)):
            self.cursor = min(window.place(key), last)
            row = window.at(self.cursor)
            self.cursor_key = row.key if row else None
        elif shown:
            self.cursor = self.top + line
        if at_the_top and self.cursor < self.height:
            self.top = 0  # as when mail arrives one by one: what is new shows above the cursor

    def _now(self, key: RowKey | None, answer: Loaded) -> RowKey | None:
        """The key of the same message in what was just read."""
        return key

    def _doubt(self) -> None:
        """News: what was read by counting may have known of it already."""
        self._disturbed = self._moved_since_rank = True
        if self._counted and not self.growing:
            self.approximate = True

    def _arrive(self, row: Row) -> None:
        self._doubt()
        key = row.key
        window = self.window
        pin = self._pin()
        newer_than_pin = pin is not None and key > pin
        newer_than_cursor = key > self.cursor_key if self.cursor_key else False
        if window.rows and key > window.rows[0].key and window.start > 0:
            window.start += 1
        elif self._belongs(key):
            window.insert(row)
        self.total += 1
        self.anchors.shift((key,), 1)
        if newer_than_cursor:
            self.fresh.add(row.placement)
            self.cursor += 1
        following = self._follow and self.top == 0 and self.cursor < self.height
        if newer_than_pin and not following:
            self.top += 1
        self._damage_all = self._damage_header = True

    def _belongs(self, key: RowKey) -> bool:
        """Whether a row with this key is a neighbour of the loaded ones."""
        window = self.window
        if not window.rows:
            return self.total == 0
        return key > window.rows[0].key or window.spans(key) or window.end >= self.total

    def _depart(self, position: int) -> None:
        row = self.window.remove(position)
        self.total -= 1
        self.anchors.shift((row.key,), -1)
        pin_position = self.cursor if self._cursor_shown() else self.top
        if position < pin_position and self.top > 0:
            self.top -= 1
        if position < self.cursor:
            self.cursor -= 1
        elif position == self.cursor:
            self.cursor_key = None

    def _replace(self, row: Row) -> None:
        position = self.window.find(row.placement)
        if position is None:
            return
        old = self.window.at(position)
        if old is not None and old.key != row.key:
            self.stale = True
        elif old != row:
            self.window.replace(position, row)
            self._touch(position)

    def _shift(self, by: int) -> None:
        """All positions were off by this much."""
        if by:
            self.window.start += by
            self.top += by
            self.cursor += by
            self.total = max(self.total, self.window.end)
            self._damage_all = self._damage_header = True

    def _settle(self) -> None:
        """After any change: the cursor on its message if that can be known, everything within the bounds."""
        key = self.cursor_key
        window = self.window
        if key is not None and window.spans(key):
            place = window.place(key)
            if place != self.cursor:
                self.top += place - self.cursor if self._cursor_shown() else 0
                self.cursor = place
        self._clamp()
        row = window.at(self.cursor)
        if row is not None and (key is None or (not self.stale and window.spans(key))):
            self.cursor_key = row.key


__all__ = ["Damage", "MessageRows"]
