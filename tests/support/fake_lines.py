"""Lists of threads over made-up mail, computed anew for every question: slow, plain, and so an oracle too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from mailtui.model.ids import MailboxId, PlacementId, ThreadId
from mailtui.model.mail import Address, Folding, Line, Member, Row, RowKey


class FakeLines:
    """`rows`: all rows of a mailbox, newest first. `thread_of`: the thread of a placement that is not alone in its
    own. Trees are a first message with all others below it."""

    def __init__(
        self,
        rows: Callable[[MailboxId], Sequence[Row]],
        thread_of: Mapping[int, int],
        stamp: Callable[[], object] = object,
    ) -> None:
        """`stamp` differs when the rows may."""
        self._rows = rows
        self._stamp = stamp
        self._last: tuple[object, list[Row]] | None = None
        self._thread_of = thread_of
        self.read = 0
        """Pages that were asked for."""

    def every(self, mailbox: MailboxId, folding: Folding) -> list[Row]:
        """The whole list, from the top."""
        stamp = (mailbox, folding, len(self._thread_of), self._stamp())
        if self._last is None or self._last[0] != stamp:
            self._last = (stamp, self._laid_out(mailbox, folding))
        return self._last[1]

    def _laid_out(self, mailbox: MailboxId, folding: Folding) -> list[Row]:
        threads: dict[int, list[Row]] = {}
        for row in self._rows(mailbox):
            thread = self._thread_of.get(row.placement, int(row.thread))
            threads.setdefault(thread, []).append(replace(row, thread=ThreadId(thread)))
        out: list[Row] = []
        for rows in sorted(threads.values(), key=lambda rows: rows[0].key, reverse=True):
            out += _block(rows, folding)
        return out

    def page(
        self,
        mailbox: MailboxId,
        folding: Folding,
        *,
        after: RowKey | None = None,
        limit: int = 200,
        newest_first: bool = True,
        skip: int = 0,
    ) -> tuple[Row, ...]:
        self.read += 1
        rows = self.every(mailbox, folding)
        if newest_first:
            found = [row for row in rows if after is None or row.key[:3] < after[:3]]
        else:
            found = [row for row in rows[::-1] if after is None or row.key[:3] > after[:3]]
        return tuple(found[skip : skip + limit])

    def rank(self, mailbox: MailboxId, folding: Folding, key: RowKey) -> int:
        return sum(row.key[:3] > key[:3] for row in self.every(mailbox, folding))

    def total(self, mailbox: MailboxId, folding: Folding) -> int:
        return len(self.every(mailbox, folding))

    def landing(self, mailbox: MailboxId, folding: Folding, key: RowKey) -> RowKey | None:
        wanted = key.at or key.placement
        thread = next((row.thread for row in self.every(mailbox, Folding(True)) if row.placement == wanted), None)
        block = [row for row in self.every(mailbox, folding) if row.thread == thread]
        return next((row.key for row in block if row.placement == key.at), block[0].key if block else None)

    def next_unread(self, mailbox: MailboxId, folding: Folding, key: RowKey | None, *, older: bool) -> RowKey | None:
        rows = self.every(mailbox, folding) if older else self.every(mailbox, folding)[::-1]
        for row in rows:
            beyond = key is None or (row.key[:2] < key[:2] if older else row.key[:2] > key[:2])
            if beyond and row.line and (row.line.unread if row.line.folded else not row.flags.seen):
                return row.key
        return None

    def conversation(self, mailboxes: Sequence[MailboxId], thread: ThreadId) -> tuple[Row, ...]:
        every = (row for box in mailboxes for row in self.every(box, Folding(True)) if row.thread == thread)
        rows = sorted(every, key=lambda row: (row.date, row.placement))
        line = Line(0, PlacementId(0), 0, len(rows), sum(not row.flags.seen for row in rows), False)
        return tuple(
            replace(row, line=replace(line, order=order, rails="L" if order else "")) for order, row in enumerate(rows)
        )

    def members(self, mailbox: MailboxId, threads: Sequence[ThreadId]) -> tuple[Row, ...]:
        return tuple(row for row in self.every(mailbox, Folding(True))[::-1] if row.thread in threads)


def _block(rows: Sequence[Row], folding: Folding) -> list[Row]:
    """`rows`: of one thread, newest first."""
    newest = rows[0]
    folded = len(rows) == 1 or not folding.shows(newest.thread)
    unread = sum(not row.flags.seen for row in rows)
    line = Line(newest.date, newest.placement, 0, len(rows), unread, folded)
    if not folded:
        rails = ["", *["+"] * (len(rows) - 2), "L"]
        return [
            replace(row, line=replace(line, order=order, rails=rails[order])) for order, row in enumerate(rows[::-1])
        ]
    if len(rows) == 1:
        return [replace(newest, line=line)]
    people: dict[str, Address] = {row.from_[0].addr: row.from_[0] for row in rows[::-1]}
    members = tuple(Member(PlacementId(row.placement), int(row.flags.bits)) for row in rows[::-1])
    return [replace(newest, line=replace(line, people=tuple(people.values()), members=members))]
