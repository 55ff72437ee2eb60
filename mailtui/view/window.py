"""A run of neighbouring rows of a list, newest first, and the place of its first one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from mailtui.model.ids import PlacementId
from mailtui.model.mail import Row, RowKey

LIMIT = 1_200
"""Rows kept; what is further from the viewport is let go."""


def _descending(row: Row) -> tuple[int, int, int]:
    key = row.key
    return (-key.date, -key.placement, -key.order)


class Window:
    """Positions [start, end) of a list. Keys strictly fall from one row to the next, and no row of the list lies
    between two of them that is not in it."""

    __slots__ = ("rows", "start")

    def __init__(self, start: int = 0, rows: Iterable[Row] = ()) -> None:
        self.start = start
        self.rows: list[Row] = list(rows)

    @property
    def end(self) -> int:
        return self.start + len(self.rows)

    def at(self, position: int) -> Row | None:
        index = position - self.start
        return self.rows[index] if 0 <= index < len(self.rows) else None

    def place(self, key: RowKey) -> int:
        """Position of the row with this key, or where it would be put in."""
        return self.start + bisect_left(self.rows, (-key.date, -key.placement, -key.order), key=_descending)

    def holds(self, key: RowKey) -> bool:
        row = self.at(self.place(key))
        return row is not None and row.key[:3] == key[:3]

    def spans(self, key: RowKey) -> bool:
        """Whether the key lies between the first and the last row (so that it would be in here if it existed)."""
        return bool(self.rows) and self.rows[0].key >= key >= self.rows[-1].key

    def find(self, placement: PlacementId) -> int | None:
        """Position of a placement, if its row is in here."""
        for index, row in enumerate(self.rows):
            if row.placement == placement:
                return self.start + index
        return None

    def placements(self) -> set[PlacementId]:
        return {row.placement for row in self.rows}

    def insert(self, row: Row) -> int:
        """Put in a row that belongs here; returns its position."""
        position = self.place(row.key)
        self.rows.insert(position - self.start, row)
        return position

    def remove(self, position: int) -> Row:
        return self.rows.pop(position - self.start)

    def replace(self, position: int, row: Row) -> None:
        self.rows[position - self.start] = row

    def append_older(self, rows: Sequence[Row]) -> int:
        """Rows that were read behind the last one; overlap is left out. Returns how many came in."""
        last = self.rows[-1].key if self.rows else None
        fresh = [row for row in rows if last is None or row.key < last]
        self.rows.extend(fresh)
        return len(fresh)

    def prepend_newer(self, rows: Sequence[Row]) -> int:
        """Rows (newest first) that were read before the first one; overlap is left out."""
        first = self.rows[0].key if self.rows else None
        fresh = [row for row in rows if first is None or row.key > first]
        self.rows[:0] = fresh
        self.start -= len(fresh)
        return len(fresh)

    def trim(self, middle: int, limit: int = LIMIT) -> None:
        """Let go of what is furthest from position `middle`."""
        spare = len(self.rows) - limit
        if spare <= 0:
            return
        above = min(spare, max(0, middle - self.start - limit // 2))
        if above:
            del self.rows[:above]
            self.start += above
        del self.rows[limit:]
