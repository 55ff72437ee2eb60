"""Sparse marks along a long list: the key of every 5,000th row, so that a jump costs one bounded query."""

from __future__ import annotations

from collections.abc import Iterable

from mailtui.model.mail import RowKey

STEP = 5_000


class Anchors:
    """Marks from the newest end on, built one after the other. Positions may be off by what came and went unseen;
    the list puts right where it is after a jump."""

    __slots__ = ("_marks", "complete")

    def __init__(self) -> None:
        self._marks: list[tuple[int, RowKey]] = []
        self.complete = False

    def __len__(self) -> int:
        return len(self._marks)

    def clear(self) -> None:
        self._marks.clear()
        self.complete = False

    def next_after(self, total: int) -> tuple[RowKey | None, int] | None:
        """(after, skip) of the query for the next mark, or None when the list is marked to its end."""
        position, key = self._marks[-1] if self._marks else (-1, None)
        if self.complete or position + STEP >= total:
            return None
        return key, STEP - 1

    def add(self, key: RowKey | None) -> None:
        """The answer to `next_after`; None: the list ended before."""
        if key is None or (self._marks and key >= self._marks[-1][1]):
            self.complete = True
            return
        self._marks.append((self._marks[-1][0] + STEP if self._marks else STEP - 1, key))

    def before(self, position: int) -> tuple[int, RowKey] | None:
        """The last mark before `position`."""
        low, high = 0, len(self._marks)
        while low < high:
            middle = (low + high) // 2
            if self._marks[middle][0] < position:
                low = middle + 1
            else:
                high = middle
        return self._marks[low - 1] if low else None

    def shift(self, keys: Iterable[RowKey], by: int) -> None:
        """A row with each of these keys came (`by` 1) or went (-1): what is older moves."""
        for key in keys:
            self._marks = [(at + by if mark < key else at, mark) for at, mark in self._marks]
