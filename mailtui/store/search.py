"""Runs a query: newest hits first, stopping early; what the index can't know is verified on the text itself."""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Callable, Iterator

from mailtui.model.ids import MailboxId, PlacementId
from mailtui.model.mail import Content, Row, RowKey
from mailtui.search.query import parse
from mailtui.search.to_sql import Compiled, compile_query, last_word
from mailtui.store.asking import Path, holds
from mailtui.store.codec import ROW_COLUMNS, unpack_row

CHUNK = 200
"""Documents taken from the full-text index at a time, newest first."""
VERIFIED = 400
"""Candidates whose text is read at most for one query."""
SHORTEST = 2
"""Letters that the beginning of a word has, to be looked for: the index knows beginnings of two and three."""
_ALL = 1 << 60
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
    verified: int = VERIFIED,
    unfinished: bool = False,
) -> tuple[Row, ...]:
    """`unfinished`: the last word may be the beginning of one. Raises QueryError with the place of the mistake."""
    query = parse(text, today=today)
    typed = last_word(query.root) if unfinished else None
    prefix = typed is not None and len(typed.text) >= SHORTEST
    compiled = compile_query(query, prefix=prefix)
    where, values = _scope(compiled, mailbox, account, before)
    path = paths(content)
    found: list[Row] = []
    checked = 0
    hits = _by_words(db, compiled, where, values) if compiled.match is not None else _by_date(db, where, values)
    for row in hits:
        if compiled.verify:
            checked += 1
            if checked > verified:
                break
            if not holds(db, query, row.placement, path, prefix=prefix):
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
        values.extend(before[:2])
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


def paths(content: Callable[[PlacementId], Content | None]) -> Path:
    def path(placement: PlacementId) -> str | None:
        found = content(placement)
        return found.path if found is not None else None

    return path


def everything(
    db: sqlite3.Connection,
    text: str,
    *,
    today: datetime.date,
    mailbox: MailboxId,
    content: Callable[[PlacementId], Content | None],
    indexed: bool,
) -> tuple[Row, ...]:
    """All hits in one mailbox, newest first, none left out: what the full-text index has not passed yet, or can't be
    sure of, is read. `indexed`: whether there is such an index. Raises QueryError."""
    query = parse(text, today=today)
    known: dict[PlacementId, Row] = {}
    if indexed:
        rows = run(
            db,
            text,
            today=today,
            mailbox=mailbox,
            account=None,
            limit=_ALL,
            before=None,
            content=content,
            verified=_ALL,
        )
        known = {row.placement: row for row in rows}
    waiting = "AND p.message NOT IN (SELECT message FROM fulltext.doc)" if indexed else ""
    for row in _by_date(db, f"p.mailbox = ? {waiting}", [mailbox]):
        known.pop(row.placement, None)  # the index does not know it: it may have erred
        if holds(db, query, row.placement, paths(content)):
            known[row.placement] = row
    return tuple(sorted(known.values(), key=lambda row: row.key, reverse=True))
