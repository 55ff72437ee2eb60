"""New mail lands: rows of a whole delta are gathered and written with few statements. One statement for one row costs
several times what SQLite itself needs, and every one lets go of the interpreter and has to wait for it again."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from typing import Any

from mailtui.model.facts import Delivery, HeaderOnly
from mailtui.model.mail import Envelope
from mailtui.store import people
from mailtui.store.codec import pack_addresses, pack_keywords, pack_rest
from mailtui.store.folders import Folder
from mailtui.store.threads import Keys, Threads

TOGETHER = 64
"""Rows of one statement; SQLite before 3.32 takes 999 values at most."""
PLACED = (
    "word, message, mailbox, base_mailbox, uid, flags, keywords, base_flags, base_keywords, modseq, date, "
    "internaldate, body, file"
)
CONTENT = "digest, message_id, subject, from_, to_, cc_, list_id, envelope, size, attachment, content_seq"


class Landing:
    """Belongs to the Writer's thread. Between `begin` and `flush` nobody else may look for the rows."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._threads = Threads(db, self._flush_messages)
        self._messages: list[tuple[Any, ...]] = []
        self._placements: list[tuple[Any, ...]] = []
        self._people = people.Learned()
        self._digests: dict[bytes, int] = {}
        self._next = 0

    def clear(self) -> None:
        """What was gathered is forgotten: its transaction failed."""
        self._messages.clear()
        self._placements.clear()
        self._people = people.Learned()

    def begin(self, digests: Sequence[bytes], envelopes: Sequence[Envelope]) -> list[Keys]:
        """What is known of the mail to come is read at once. The threads' keys, to be given to `message`."""
        self._digests.clear()
        for part in _parts(digests, 500):
            rows = self._db.execute(
                f"SELECT digest, min(id) FROM message WHERE digest IN ({marks(len(part))}) GROUP BY digest",  # noqa: S608
                part,
            )
            self._digests.update(rows)
        self._count_on()
        return self._threads.load(envelopes)

    def known(self, digest: bytes) -> int | None:
        """The message with these bytes."""
        return self._digests.get(digest)

    def message(
        self, ident: int, digest: bytes, envelope: Envelope, keys: Keys, columns: tuple[Any, ...], role: str
    ) -> None:
        """A new one. `columns`: from message_id on; `role`: of the mailbox that it came into."""
        thread = self._threads.of(keys, ident)
        self._digests[digest] = ident
        self._messages.append((ident, thread, digest, *columns))
        self._people.hear(role, envelope, min(envelope.date or 0, time.time()))

    def placement(self, columns: tuple[Any, ...]) -> int:
        """Its number. `columns`: from the word on."""
        self._next += 1
        self._placements.append((self._next, *columns))
        return self._next

    def flush(self) -> None:
        """Everything can be looked for again."""
        self._flush_messages()
        _insert(self._db, "placement", f"id, {PLACED}", self._placements)
        self._placements.clear()
        self._people.write(self._db)
        self._count_on()

    def _flush_messages(self) -> None:
        _insert(self._db, "message", f"id, thread, {CONTENT}", self._messages)
        self._messages.clear()
        self._threads.flush()

    def _count_on(self) -> None:
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'placement'").fetchone()
        self._next = row[0] if row is not None else 0


def _insert(db: sqlite3.Connection, table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
    if not rows:
        return
    one = f"({marks(len(rows[0]))})"
    many = len(rows) - len(rows) % TOGETHER
    for start in range(0, many, TOGETHER):
        values = ",".join([one] * TOGETHER)
        db.execute(
            f"INSERT INTO {table}({columns}) VALUES{values}",
            [value for row in rows[start : start + TOGETHER] for value in row],
        )
    if many < len(rows):
        db.executemany(f"INSERT INTO {table}({columns}) VALUES{one}", rows[many:])


def marks(count: int) -> str:
    """So many places for values."""
    return ",".join("?" * count)


def _parts(values: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [values[start : start + size] for start in range(0, len(values), size)]


def placed(
    folder: Folder, message: int, word: str, mail: Delivery | HeaderOnly, date: int, name: str
) -> tuple[Any, ...]:
    """The columns of PLACED. UID 0: on this computer only."""
    bits, keywords = mail.flags.bits, pack_keywords(mail.flags)
    return (
        *(word, message, folder.id, folder.id, mail.uid or None, bits, keywords, bits, keywords),
        *(mail.modseq, date, mail.internaldate, 1 if name else 0, name),
    )


def columns_of(envelope: Envelope) -> tuple[str, ...]:
    """CONTENT from message_id to envelope."""
    return (
        envelope.message_id,
        envelope.subject,
        pack_addresses(envelope.from_),
        pack_addresses(envelope.to),
        pack_addresses(envelope.cc),
        envelope.list_id,
        pack_rest(envelope),
    )
