"""A flat list in another order than newest first. Oldest first is the index read the other way, at any size; what else
there is has no index: the newest messages are sorted once into a run of ids, and pages are cut out of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from heapq import merge
from itertools import islice

from mailtui.model.ids import MailboxId, PlacementId, ThreadId
from mailtui.model.listing import By
from mailtui.model.mail import Folding, Line, Row, RowKey
from mailtui.model.ports import MailReader

MOST = 50_000
"""Messages that are sorted; of a larger mailbox the newest."""
CHUNK = 250
WORDS = {
    By.OLDEST: "oldest first",
    By.SENDER: "by sender",
    By.SUBJECT: "by subject",
    By.SIZE: "largest first",
    By.UNREAD: "unread first",
}


class Order:
    """One list in one order. Reads are blocking; what was sorted stays until `refresh`."""

    def __init__(self, by: By) -> None:
        self.by = by
        self.partial = False
        """There are more messages than were sorted."""
        self._sorted: tuple[tuple[PlacementId, ...], dict[PlacementId, int]] | None = None

    @property
    def words(self) -> str:
        """For the title."""
        return f"{WORDS[self.by]}, newest {MOST:,}" if self.partial else WORDS[self.by]

    def refresh(self, reader: MailReader, boxes: Sequence[MailboxId]) -> None:
        """Sort again."""
        if self.by is By.OLDEST:
            return
        found = reader.ordered(boxes, self.by, MOST)
        self.partial = len(found) == MOST < _length(reader, boxes)
        self._sorted = (found, {placement: place for place, placement in enumerate(found)})

    def _run(self, reader: MailReader, boxes: Sequence[MailboxId]) -> tuple[PlacementId, ...]:
        if self._sorted is None:
            self.refresh(reader, boxes)
        assert self._sorted is not None
        return self._sorted[0]

    def page(
        self,
        reader: MailReader,
        boxes: Sequence[MailboxId],
        *,
        after: RowKey | None,
        limit: int,
        newest_first: bool,
        skip: int,
    ) -> tuple[Row, ...]:
        """As `MailReader.page`; `newest_first` is from the top of the screen down."""
        if self.by is By.OLDEST:
            flat = RowKey(-after.date, PlacementId(-after.placement)) if after is not None else None
            up = not newest_first
            pages = [reader.page(box, after=flat, limit=limit + skip, newest_first=up) for box in boxes]
            found = merge(*pages, key=lambda row: row.key, reverse=up)
            return tuple(_oldest(row) for row in islice(found, skip, skip + limit))
        run = self._run(reader, boxes)
        at = _start(after, len(run), newest_first)
        out: list[Row] = []
        step = 1 if newest_first else -1
        at += step * skip
        while 0 <= at < len(run) and len(out) < limit:
            number = min(limit - len(out), len(run) - at if step > 0 else at + 1)
            places = range(at, at + step * number, step)
            rows = {row.placement: row for row in reader.rows([run[place] for place in places])}
            out += [
                _placed(rows[run[place]], place)
                for place in places
                if run[place] in rows and rows[run[place]].mailbox in boxes
            ]
            at += step * number
        return tuple(out)

    def rank(self, reader: MailReader, boxes: Sequence[MailboxId], key: RowKey) -> int:
        """How many rows stand above `key`."""
        if self.by is not By.OLDEST:
            return -key.order
        flat = RowKey(-key.date, PlacementId(-key.placement))
        newer = sum(reader.rank(box, flat) for box in boxes)
        return max(0, _length(reader, boxes) - newer - 1)

    def total(self, reader: MailReader, boxes: Sequence[MailboxId]) -> int:
        return _length(reader, boxes) if self.by is By.OLDEST else len(self._run(reader, boxes))

    def landing(self, reader: MailReader, boxes: Sequence[MailboxId], key: RowKey) -> RowKey | None:
        """Where the message `key.at` stands now."""
        if self.by is By.OLDEST:
            rows = [_oldest(row) for row in reader.rows((key.at,)) if row.mailbox in boxes]
            return rows[0].key if rows else None
        self._run(reader, boxes)
        assert self._sorted is not None
        place = self._sorted[1].get(key.at)
        return RowKey(0, PlacementId(0), -place, key.at) if place is not None else None

    def next_unread(
        self, reader: MailReader, boxes: Sequence[MailboxId], key: RowKey | None, *, down: bool, most: int
    ) -> RowKey | None:
        """The nearest unread row below (`down`) or above `key`; looked for row by row, at most so many."""
        for _ in range(0, most, CHUNK):
            rows = self.page(reader, boxes, after=key, limit=CHUNK, newest_first=down, skip=0)
            for row in rows:
                if not row.flags.seen:
                    return row.key
            if len(rows) < CHUNK:
                return None
            key = rows[-1].key
        return None


def _length(reader: MailReader, boxes: Sequence[MailboxId]) -> int:
    return sum(reader.threaded.total(box, Folding(unfolded=True)) for box in boxes)


def _start(after: RowKey | None, length: int, down: bool) -> int:
    if after is None:
        return 0 if down else length - 1
    if after.placement > 0:  # above the first row
        return 0 if down else -1
    return -after.order + (1 if down else -1)


def _oldest(row: Row) -> Row:
    return replace(row, line=Line(-row.date, PlacementId(-row.placement), 0, 1, not row.flags.seen, True))


def _placed(row: Row, place: int) -> Row:
    return replace(row, line=Line(0, PlacementId(0), place, 1, not row.flags.seen, True))


class Conversation(Order):
    """All messages of one thread, in all the mailboxes, as a tree."""

    def __init__(self, thread: ThreadId) -> None:
        super().__init__(By.OLDEST)
        self.thread = thread
        self._rows: tuple[Row, ...] | None = None

    @property
    def words(self) -> str:
        return "in all folders"

    def rows(self, reader: MailReader, boxes: Sequence[MailboxId]) -> tuple[Row, ...]:
        """As they were read last."""
        if self._rows is None:
            self.refresh(reader, boxes)
        return self._rows or ()

    def refresh(self, reader: MailReader, boxes: Sequence[MailboxId]) -> None:
        self._rows = reader.threaded.conversation(boxes, self.thread)

    def page(
        self,
        reader: MailReader,
        boxes: Sequence[MailboxId],
        *,
        after: RowKey | None,
        limit: int,
        newest_first: bool,
        skip: int,
    ) -> tuple[Row, ...]:
        rows = self.rows(reader, boxes)
        at = _start(after, len(rows), newest_first)
        found = rows[max(0, at) :] if newest_first else rows[: at + 1][::-1]
        return found[skip : skip + limit]

    def rank(self, reader: MailReader, boxes: Sequence[MailboxId], key: RowKey) -> int:
        return -key.order

    def total(self, reader: MailReader, boxes: Sequence[MailboxId]) -> int:
        return len(self.rows(reader, boxes))

    def landing(self, reader: MailReader, boxes: Sequence[MailboxId], key: RowKey) -> RowKey | None:
        return next((row.key for row in self.rows(reader, boxes) if row.placement == key.at), None)
