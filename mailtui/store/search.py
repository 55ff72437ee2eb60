"""Runs a query: newest hits first, stopping early; what the index can't know is verified on the text itself."""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Callable, Iterator

from mailtui.mail.text import scan_text
from mailtui.model.ids import MailboxId, PlacementId
from mailtui.model.mail import Content, Row, RowKey
from mailtui.search.match import Candidate, matches
from mailtui.search.query import Query, parse
from mailtui.search.to_sql import Compiled, compile_query
from mailtui.store.codec import ROW_COLUMNS, unpack_envelope, unpack_row

CHUNK = 200
"""Documents taken from the full-text index at a time, newest first."""
VERIFIED = 400
"""Candidates whose text is read at most for one query."""
_HIDDEN = "b.role NOT IN ('junk', 'trash')"
_JOIN = "FROM placement p JOIN message m ON m.id = p.message JOIN mailbox b ON b.id = p.mailbox"


def run(
    db: sqlite3.Connection,
    text: str,
    *,
    today: datetime.date,
    mailbox: MailboxId | None,
    account: str | None,
    limit: int,
    before: RowKey | None,
    content: Callable[[PlacementId], Content | None],
) -> tuple[Row, ...]:
    """Raises QueryError with the place of the mistake."""
    query = parse(text, today=today)
    compiled = compile_query(query)
    where, values = _scope(compiled, mailbox, account, before)
    found: list[Row] = []
    checked = 0
    hits = _by_words(db, compiled, where, values) if compiled.match is not None else _by_date(db, where, values)
    for row in hits:
        if compiled.verify:
            checked += 1
            if checked > VERIFIED:
                break
            if not _verified(db, query, row, content):
                continue
        found.append(row)
        if len(found) >= limit + (CHUNK if compiled.match is not None else 0):
            break
    found.sort(key=lambda row: row.key, reverse=True)
    return tuple(found[:limit])


def _scope(
    compiled: Compiled, mailbox: MailboxId | None, account: str | None, before: RowKey | None
) -> tuple[str, list[object]]:
    parts = [f"({compiled.where})"]
    values: list[object] = list(compiled.params)
    if mailbox is not None:
        parts.append("p.mailbox = ?")
        values.append(mailbox)
    elif not compiled.asks_folder:
        parts.append(_HIDDEN)
    if account is not None:
        parts.append("b.account = ?")
        values.append(account)
    if before is not None:
        parts.append("(p.date, p.id) < (?, ?)")
        values.extend(before)
    return " AND ".join(parts), values


def _by_date(db: sqlite3.Connection, where: str, values: list[object]) -> Iterator[Row]:
    sql = f"SELECT {ROW_COLUMNS} {_JOIN} WHERE p.mailbox IS NOT NULL AND {where} ORDER BY p.date DESC, p.id DESC"
    for row in db.execute(sql, values):
        yield unpack_row(row)


def _by_words(db: sqlite3.Connection, compiled: Compiled, where: str, values: list[object]) -> Iterator[Row]:
    """Documents newest first (their number is their date), each with the rows that hold it."""
    last = 1 << 62
    while True:
        documents = db.execute(
            "SELECT rowid FROM fulltext.fts WHERE fts MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
            (compiled.match, last, CHUNK),
        ).fetchall()
        if not documents:
            return
        last = documents[-1][0]
        marks = ",".join("?" * len(documents))
        sql = (
            f"SELECT {ROW_COLUMNS} {_JOIN} WHERE p.message IN "  # noqa: S608
            f"(SELECT message FROM fulltext.doc WHERE docid IN ({marks})) AND {where} ORDER BY p.date DESC, p.id DESC"
        )
        for row in db.execute(sql, [*(docid for (docid,) in documents), *values]):
            yield unpack_row(row)


def _verified(db: sqlite3.Connection, query: Query, row: Row, content: Callable[[PlacementId], Content | None]) -> bool:
    columns = db.execute(
        "SELECT m.message_id, m.subject, m.from_, m.to_, m.cc_, m.list_id, m.attachment, m.envelope, b.account, "
        f"b.name, b.role, b.delimiter {_JOIN} WHERE p.id = ?",
        (row.placement,),
    ).fetchone()
    if columns is None:
        return False
    envelope = unpack_envelope(columns[:8])
    where = content(row.placement)
    body = ""
    names: tuple[str, ...] = ()
    if where is not None:
        try:
            with open(where.path, "rb") as file:
                scanned = scan_text(file.read())
            body, names = scanned.body, scanned.attachments
        except OSError:
            pass
    return matches(
        query,
        Candidate(
            subject=envelope.subject,
            from_=envelope.from_,
            to=envelope.to,
            cc=envelope.cc,
            list_id=envelope.list_id,
            body=body,
            attachments=names,
            attachment=row.attachment,
            flags=row.flags,
            date=row.date,
            size=row.size,
            word=row.word,
            message_id=row.message_id,
            account=columns[8],
            mailbox=columns[9],
            delimiter=columns[11],
            role=columns[10],
        ),
    )
