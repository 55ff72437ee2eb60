"""The message list as threads, each on one line or unfolded as a tree; or in another order than by date. A value, as
`view/rows` is.

What changes in the mail can move whole threads, so nothing is put in place here: the neighbourhood of the cursor is
read again, and the cursor stays on its message, or on the line that its message is folded into.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from mailtui.model.ids import PlacementId, ThreadId
from mailtui.model.mail import Flag, Flags, Folding, Line, Row, RowKey
from mailtui.view.loads import Load, Loaded
from mailtui.view.ordering import Order
from mailtui.view.rows import MessageRows

_SEEN, _FLAGGED = int(Flag.SEEN), int(Flag.FLAGGED)


def unread(row: Row) -> bool:
    """Whether the line is unread, or is folded over such a message."""
    if row.line is not None and row.line.whole:
        return row.line.unread > 0
    return not row.flags.bits & _SEEN


class ThreadRows(MessageRows):
    """State of one such list. `total` counts lines."""

    folding: Folding | Order

    def __init__(self, height: int, folding: Folding | Order, cursor: RowKey | None = None) -> None:
        super().__init__(0, height, cursor_key=_of_message(cursor))
        self.folding = folding
        self.patient = False
        """What is stale is so because of mail, not of a key: it may wait a moment."""

    # -- folding

    def fold(self, folding: Folding) -> None:
        """Other threads are folded now; the cursor stays on its thread: on the first line, if it is unfolded."""
        row, key = self.current, self.cursor_key
        self._reveal()  # the wheel may have left behind what is folded here
        if row is not None and row.line is not None and key is not None:
            opening = row.line.whole and folding.shows(row.thread)
            self.cursor_key = RowKey(key.date, key.placement) if opening else row.key
        self._relay(folding)

    def unfold_to(self, thread: ThreadId, lead: RowKey, message: PlacementId) -> None:
        """Unfold a thread, with the cursor on this message of it."""
        self.cursor_key = RowKey(lead.date, lead.placement, lead.order, message)
        folding = self.folding
        if isinstance(folding, Folding) and not folding.shows(thread):
            folding = folding.toggled(thread)
        self._relay(folding)

    def _relay(self, folding: Folding | Order) -> None:
        self.folding = folding
        self.in_flight = None  # what is on its way is folded as before
        self._moved_since_rank = True
        self.patient = False
        self.reread()

    # -- what happened to the mail

    def go_to(self, key: RowKey) -> None:
        self.patient = False
        super().go_to(_of_message(key) or key)

    def arrived(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._gone.discard(row.placement)
            self.hidden.discard(row.placement)
            key = self.cursor_key if isinstance(self.folding, Folding) else None
            if key is not None and not self._follow and row.date >= key.date:
                self.fresh.add(row.placement)
                self._damage_header = True
        self._disturb()

    def updated(self, rows: Iterable[Row]) -> None:
        self.guessed.difference_update(row.placement for row in rows)
        self._disturb()

    def removed(self, placements: Iterable[PlacementId]) -> None:
        gone = set(placements)
        self.hidden -= gone
        self._gone |= gone
        self.fresh -= gone
        for position in range(self.window.end - 1, self.window.start - 1, -1):
            row = self.window.at(position)
            if row is not None and _all_in(row, gone):
                self._depart(position)
        self._damage_all = self._damage_header = True
        self._disturb()
        self._settle()

    def _disturb(self) -> None:
        self._disturbed = self.stale = self._moved_since_rank = True

    def unhide(self) -> bool:
        if not self.hidden:
            return False
        self.hidden.clear()
        self._gone.clear()
        self.reread()
        return True

    def reflag(self, placements: Collection[PlacementId], add: Flags, remove: Flags) -> None:
        for position, row in enumerate(self.window.rows, self.window.start):
            changed = _reflagged(row, placements, add, remove)
            if changed is not row:
                self.guessed.add(row.placement)
                self.window.replace(position, changed)
                self._touch(position)

    def recount(self, total: int) -> None:
        """It counts messages, not lines."""

    # -- loading

    def next_load(self) -> Load | None:
        load = super().next_load()
        if load is not None:
            self.patient = True
        return load

    def loaded(self, answer: Loaded) -> None:
        if answer.load is self.in_flight:
            self.total = answer.total - sum(self._has_left(row) for row in answer.rows)
            self._damage_header = True
        super().loaded(answer)

    def _jumped(self, load: Load, rows: Sequence[Row], count: int) -> None:
        counted = not self.stale
        super()._jumped(load, rows, count)
        self.approximate = not counted  # it was counted on from lines that may have moved
        if self.cursor_key is not None:
            self.cursor_key = self._found(self.cursor_key)

    def _has_left(self, row: Row) -> bool:
        return _all_in(row, self._gone | self.hidden)

    def _now(self, key: RowKey | None, answer: Loaded) -> RowKey | None:
        if key is None or (key == answer.load.after and answer.landed is not None):
            return answer.landed if key is not None else None
        return self._found(key)

    def _found(self, key: RowKey) -> RowKey:
        """The key of the line that the message is on, or folded into, if it is loaded."""
        for row in self.window.rows:
            if key.at == row.placement or (row.line is not None and any(key.at == one[0] for one in row.line.members)):
                return row.key
        return key


def _of_message(key: RowKey | None) -> RowKey | None:
    """A message of a plain list as a place in a list of threads."""
    if key is None or key.at:
        return key
    return RowKey(key.date, key.placement, key.order, key.placement)


def _all_in(row: Row, gone: set[PlacementId]) -> bool:
    """Whether nothing is left of a line."""
    line = row.line
    if line is None or not line.whole:
        return row.placement in gone
    if line.members:
        return all(one.placement in gone for one in line.members)
    return row.placement in gone and len(gone) >= line.count


def _reflagged(row: Row, placements: Collection[PlacementId], add: Flags, remove: Flags) -> Row:
    line = row.line
    if line is None or not line.members:
        if row.placement not in placements:
            return row
        changed = replace(row, flags=row.flags.union(add).without(remove))
        return changed if changed.flags != row.flags else row
    on, off = int(add.bits), ~int(remove.bits)
    members = tuple(
        one._replace(bits=(one.bits | on) & off) if one.placement in placements else one for one in line.members
    )
    if members == line.members and row.placement not in placements:
        return row
    flags = row.flags.union(add).without(remove) if row.placement in placements else row.flags
    starred = _FLAGGED if any(one.bits & _FLAGGED for one in members) else 0
    fresh: Line = replace(line, members=members, unread=sum(not one.bits & _SEEN for one in members))
    return replace(row, line=fresh, flags=flags._replace(bits=(int(flags.bits) & ~_FLAGGED) | starred))
