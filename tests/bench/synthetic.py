"""A store with any number of listed messages in seconds: rows written by the store itself, multiplied by SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from mailtui.model.facts import Delivery, HeaderOnly, MailboxDelta, MailboxesListed
from mailtui.model.folder import RemoteMailbox
from mailtui.model.ids import AccountId
from mailtui.model.mail import Flags
from mailtui.store.heads import settle
from mailtui.store.store import Store
from tests.support.corpus import LAST_DATE, Corpus
from tests.support.servers import Seed

TEMPLATES = 500
MARK = "ZebraMark"
"""A word of the newest message's subject."""


def build(root: Path, account: str, count: int) -> None:
    """INBOX of `account` gets `count` messages (headers only), the newest one marked."""
    store = Store.open(str(root))
    try:
        name = AccountId(account)
        store.apply([MailboxesListed(name, (RemoteMailbox("INBOX", "/", frozenset()),))])
        mailbox = store.base().mailboxes(name)[0].id
        heads = tuple(_head(uid, seed.raw) for uid, seed in enumerate(Corpus(TEMPLATES), 1))
        store.apply([MailboxDelta(name, mailbox, 1, headers=heads, remote_total=count)])
    finally:
        store.close()
    with closing(sqlite3.connect(root / "index.sqlite", isolation_level=None)) as base:
        base.execute("PRAGMA synchronous = off")
        base.execute("BEGIN")
        _multiply(base, count)
        settle(base)
        base.execute("COMMIT")
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def deliver(root: Path, account: str, messages: Iterable[Seed]) -> None:
    """INBOX of `account` gets these messages whole, as if they had been fetched."""
    store = Store.open(str(root))
    try:
        name = AccountId(account)
        store.apply([MailboxesListed(name, (RemoteMailbox("INBOX", "/", frozenset()),))])
        mailbox = store.base().mailboxes(name)[0].id
        spool = store.spool(mailbox)
        waiting: list[Delivery] = []
        for uid, seed in enumerate(messages, 1):
            file = spool.open()
            file.feed(seed.raw)
            done = file.finish()
            waiting.append(Delivery(uid, Flags(), seed.date, done.size, done.digest, done.head, done.path))
            if len(waiting) == 500:
                store.apply([MailboxDelta(name, mailbox, 1, deliveries=tuple(waiting))])
                waiting.clear()
        store.apply([MailboxDelta(name, mailbox, 1, deliveries=tuple(waiting))])
    finally:
        store.close()


def _head(uid: int, raw: bytes) -> HeaderOnly:
    head = raw[: raw.index(b"\r\n\r\n") + 4]
    if uid == TEMPLATES:
        head = head.replace(b"Subject: ", b"Subject: %s " % MARK.encode(), 1)
    date = LAST_DATE - (TEMPLATES - uid) * 60
    return HeaderOnly(uid, Flags(), date, len(raw), head)


def _multiply(base: sqlite3.Connection, count: int) -> None:
    """Older copies of the templates. Each has an id, digest, word and UID of its own, all else like its template."""
    letters = "abcdefghijklmnopqrstuvwxyz234567"

    def word(number: int) -> str:
        return "zz" + "".join(letters[number >> 5 * place & 31] for place in range(10))

    base.create_function("word_of", 1, word, deterministic=True)
    base.execute("CREATE TEMP TABLE turn(n INTEGER PRIMARY KEY)")
    rounds = -(-count // TEMPLATES)
    base.executemany("INSERT INTO turn VALUES (?)", ((n,) for n in range(1, rounds)))
    gap = 60 * TEMPLATES
    _copy(
        base,
        "message",
        {"id": f"id + n * {TEMPLATES}", "digest": "NULL", "content_seq": "NULL", "thread": f"thread + n * {TEMPLATES}"},
    )
    moved = {"id": f"id + n * {TEMPLATES}", "message": f"message + n * {TEMPLATES}", "uid": f"uid + n * {TEMPLATES}"}
    moved |= {"word": f"word_of(id + n * {TEMPLATES})", "date": f"date - n * {gap}"}
    moved["internaldate"] = f"internaldate - n * {gap}"
    _copy(base, "placement", moved)
    excess = rounds * TEMPLATES - count
    base.execute("DELETE FROM placement WHERE id IN (SELECT id FROM placement ORDER BY date LIMIT ?)", (excess,))
    base.execute(
        "UPDATE mailbox SET total = (SELECT count(*) FROM placement WHERE mailbox = 1), "
        "unread = (SELECT count(*) FROM placement WHERE mailbox = 1 AND flags & 1 = 0) WHERE id = 1"
    )


def _copy(base: sqlite3.Connection, table: str, changed: dict[str, str]) -> None:
    columns = [str(row[1]) for row in base.execute(f"PRAGMA table_info({table})")]
    values = [changed.get(column, column) for column in columns]
    base.execute(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {table}, turn ORDER BY n")
