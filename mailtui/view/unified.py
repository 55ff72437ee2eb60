"""All inboxes as one folder: a mailbox that no server has, and its rows merged by date. Every row keeps the mailbox
that it lies in, so what is done to it goes to the account that owns it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import merge
from itertools import islice

from mailtui.model.folder import Mailbox, Role
from mailtui.model.ids import AccountId, MailboxId
from mailtui.model.mail import Folding, Row, RowKey
from mailtui.model.ports import MailReader
from mailtui.view.ordering import Order

ALL_INBOXES = MailboxId(-1)
NAME = "All inboxes"


def inboxes(mailboxes: Iterable[Mailbox]) -> tuple[MailboxId, ...]:
    """What the unified inbox is made of."""
    return tuple(box.id for box in mailboxes if box.role is Role.INBOX and box.selectable and box.id != ALL_INBOXES)


def unified(mailboxes: Iterable[Mailbox]) -> Mailbox | None:
    """The unified inbox with its counts; None where there are not several to unite."""
    parts = [box for box in mailboxes if box.role is Role.INBOX and box.selectable]
    if len({box.account for box in parts}) < 2:
        return None
    return Mailbox(
        id=ALL_INBOXES,
        account=AccountId(""),
        name=NAME,
        delimiter=None,
        role=Role.NONE,
        attributes=frozenset({"\\subscribed"}),
        total=sum(box.total for box in parts),
        unread=sum(box.unread for box in parts),
        remote_total=None,
        selectable=True,
        checkpoint=None,
    )


def page(
    reader: MailReader,
    boxes: Sequence[MailboxId],
    folding: Folding | Order | None = None,
    *,
    after: RowKey | None = None,
    limit: int = 200,
    newest_first: bool = True,
    skip: int = 0,
) -> tuple[Row, ...]:
    """As `MailReader.page`, over several mailboxes: the work grows with limit + skip times their number. `folding`: as
    threads, or in another order. Blocking."""

    if isinstance(folding, Order):
        return folding.page(reader, boxes, after=after, limit=limit, newest_first=newest_first, skip=skip)

    def one(box: MailboxId, limit: int, skip: int) -> tuple[Row, ...]:
        if folding is None:
            return reader.page(box, after=after, limit=limit, newest_first=newest_first, skip=skip)
        return reader.threaded.page(box, folding, after=after, limit=limit, newest_first=newest_first, skip=skip)

    if len(boxes) == 1:
        return one(boxes[0], limit, skip)
    pages = [one(box, limit + skip, 0) for box in boxes]
    return tuple(islice(merge(*pages, key=lambda row: row.key, reverse=newest_first), skip, skip + limit))


def rank(reader: MailReader, boxes: Sequence[MailboxId], key: RowKey, folding: Folding | Order | None = None) -> int:
    """How many rows stand above `key` in all of them. Blocking."""
    if isinstance(folding, Order):
        return folding.rank(reader, boxes, key)
    if folding is None:
        return sum(reader.rank(box, key) for box in boxes)
    above = RowKey(key.date, key.placement)
    return sum(reader.threaded.rank(box, folding, above) for box in boxes) - key.order


def total(reader: MailReader, boxes: Sequence[MailboxId], folding: Folding | Order) -> int:
    """Lines of a list of threads, or of one in another order. Blocking."""
    if isinstance(folding, Order):
        return folding.total(reader, boxes)
    return sum(reader.threaded.total(box, folding) for box in boxes)


def landing(reader: MailReader, boxes: Sequence[MailboxId], folding: Folding | Order, key: RowKey) -> RowKey | None:
    """Where a message stands in such a list; None if it is in none of the mailboxes. Blocking."""
    if isinstance(folding, Order):
        return folding.landing(reader, boxes, key)
    found = (reader.threaded.landing(box, folding, key) for box in boxes)
    return next((key for key in found if key is not None), None)


def search(
    reader: MailReader, query: str, boxes: Sequence[MailboxId], *, limit: int, before: RowKey | None = None
) -> tuple[Row, ...]:
    """Newest matches of all of them; no mailbox means everywhere. The last word may be unfinished. Blocking.
    Raises QueryError."""
    if len(boxes) < 2:
        return reader.search(query, mailbox=boxes[0] if boxes else None, limit=limit, before=before, unfinished=True)
    found = [reader.search(query, mailbox=box, limit=limit, before=before, unfinished=True) for box in boxes]
    return tuple(islice(merge(*found, key=lambda row: row.key, reverse=True), limit))
