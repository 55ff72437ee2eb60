"""Base × what the server lists → what changed. Streams: neither side is ever held whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailtui.model.facts import FlagsAt
from mailtui.model.mail import Flags


@dataclass(frozen=True, slots=True)
class FlagDifference:
    """Outcome of comparing a whole UID listing with Base."""

    changed: tuple[FlagsAt, ...]
    vanished: tuple[tuple[int, int], ...]
    """Inclusive UID ranges known to Base, absent on the server."""
    unknown: tuple[int, ...]
    """UIDs of the server without a row, ascending. A server that lists out of order and twice may get a known one in
    here: fetching it again refreshes its row and doubles nothing."""


class Comparison:
    """Merges the server's `UID FETCH (UID FLAGS)` stream with Base's rows, both by ascending UID.

    Servers list in UID order; one that does not is still compared rightly, only with more memory.
    """

    def __init__(self, base: Iterable[tuple[int, Flags]]) -> None:
        self._base: Iterator[tuple[int, Flags]] = iter(base)
        self._head: tuple[int, Flags] | None = next(self._base, None)
        self._changed: list[FlagsAt] = []
        self._unknown: list[int] = []
        self._skipped: dict[int, Flags] = {}
        self._matched_to = 0

    def feed(self, uid: int, flags: Flags, modseq: int = 0) -> None:
        """One FETCH reply of the server."""
        head = self._head
        while head is not None and head[0] < uid:
            self._skipped[head[0]] = head[1]
            head = self._head = next(self._base, None)
        known: Flags | None
        if head is not None and head[0] == uid:
            known = head[1]
            self._head = next(self._base, None)
            self._matched_to = uid
        elif uid in self._skipped:
            known = self._skipped.pop(uid)
        elif uid == self._matched_to:
            return  # the server said it twice
        else:
            known = None
        if known is None:
            self._unknown.append(uid)
        elif known != flags:
            self._changed.append(FlagsAt(uid, flags, modseq))

    def finish(self) -> FlagDifference:
        """Call after the last reply: every row not heard of is gone on the server."""
        gone = list(self._skipped)
        if self._head is not None:
            gone.append(self._head[0])
            gone.extend(uid for uid, _ in self._base)
            self._head = None
        return FlagDifference(tuple(self._changed), ranges(sorted(gone)), tuple(sorted(set(self._unknown))))


def ranges(uids: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Ascending UIDs as inclusive ranges."""
    found: list[tuple[int, int]] = []
    start = last = -1
    for uid in uids:
        if uid == last + 1 and start >= 0:
            last = uid
            continue
        if start >= 0:
            found.append((start, last))
        start = last = uid
    if start >= 0:
        found.append((start, last))
    return tuple(found)
