"""Finding the next unread message beyond what is loaded."""

from __future__ import annotations

from mailtui.model.ids import MailboxId
from mailtui.model.mail import Folding, RowKey
from mailtui.model.ports import MailReader
from mailtui.view.ordering import Order
from mailtui.view.unified import page, search

CHUNK = 250
MOST_CHUNKS = 40


def next_unread(
    reader: MailReader,
    boxes: tuple[MailboxId, ...],
    key: RowKey | None,
    folding: Folding | Order | None = None,
    *,
    older: bool,
) -> RowKey | None:
    """The nearest unread row behind `key`. Blocking. Older ones come from the index of unread mail; newer ones are
    looked for row by row, at most 10,000 of them."""
    if isinstance(folding, Order):
        return folding.next_unread(reader, boxes, key, down=older, most=CHUNK * MOST_CHUNKS)
    if folding is not None:
        lines = [reader.threaded.next_unread(box, folding, key, older=older) for box in boxes]
        there = [one for one in lines if one is not None]
        return (max(there) if older else min(there)) if there else None
    if older:
        found = search(reader, "is:unread", boxes, before=key, limit=1)
        return found[0].key if found else None
    for _ in range(MOST_CHUNKS):
        rows = page(reader, boxes, after=key, limit=CHUNK, newest_first=False)
        for row in rows:
            if not row.flags.seen:
                return row.key
        if len(rows) < CHUNK:
            return None
        key = rows[-1].key
    return None
