"""The full-text filler: reads what arrived, cuts it into terms, adds it in date order. Derived data, rebuildable."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from dataclasses import dataclass

from mailtui.mail.text import scan_text
from mailtui.model.errors import StoreError
from mailtui.model.facts import Refined
from mailtui.model.ids import MessageId
from mailtui.search.cjk import index_text
from mailtui.store.codec import unpack_addresses
from mailtui.store.files import elsewhere
from mailtui.store.maildir import account_dir
from mailtui.store.schema import DamagedError, connect, fulltext_path, index_path, is_damage, migrate_fulltext

_NEXT = (
    "SELECT m.id, m.content_seq, m.subject, m.from_, m.to_, m.cc_, max(p.date), b.account, b.dir, p.file "
    "FROM (SELECT * FROM message WHERE content_seq > ? ORDER BY content_seq LIMIT ?) m "
    "LEFT JOIN placement p ON p.message = m.id AND p.body = 1 AND p.mailbox IS NOT NULL "
    "LEFT JOIN mailbox b ON b.id = p.base_mailbox GROUP BY m.id ORDER BY m.content_seq"
)
"""The limit is inside: grouping must not read all that waits, only to throw most of it away."""


@dataclass(frozen=True, slots=True)
class FillResult:
    """`done`: messages passed; `refined`: what the list learns from their texts (None: nothing)."""

    done: int
    refined: Refined | None


class Fulltext:
    """Owns the writing connection of fulltext.sqlite. One thread at a time."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._db = self._opened()
        try:
            self._index = connect(index_path(root), read_only=True)
        except BaseException:
            self._db.close()
            raise

    def _opened(self) -> sqlite3.Connection:
        """What can't be read is made anew: all of it is derived."""
        path = fulltext_path(self._root)
        try:
            return _database(path)
        except (sqlite3.DatabaseError, DamagedError) as error:
            if not is_damage(error):
                raise StoreError(f"can't open {path}: {error}", "is the disk full?") from error
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path + suffix)
        return _database(path)

    def fill(self, limit: int) -> FillResult:
        """The next `limit` messages in one transaction. Raises StoreError: nothing of it was written."""
        try:
            return self._fill(limit)
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if is_damage(error):
                self._db.close()
                self._db = self._opened()
            raise StoreError(
                f"the full-text index can't be written: {error}", "search may miss new mail until then"
            ) from error

    def waiting(self, most: int) -> int:
        """How many messages wait to be filled, counted up to `most`. Raises StoreError."""
        try:
            query = "SELECT count(*) FROM (SELECT 1 FROM message WHERE content_seq > ? LIMIT ?)"
            return int(self._index.execute(query, (self._watermark(), most)).fetchone()[0])
        except sqlite3.Error as error:
            raise StoreError(f"the full-text index can't be read: {error}", "search may miss new mail") from error

    def _watermark(self) -> int:
        row = self._db.execute("SELECT value FROM meta WHERE key = 'watermark'").fetchone()
        return row[0] if row else 0

    def _fill(self, limit: int) -> FillResult:
        waiting = self._index.execute(_NEXT, (self._watermark(), limit)).fetchall()
        if not waiting:
            return FillResult(0, None)
        refined: list[tuple[MessageId, str, bool]] = []
        documents = []
        for message, _seq, subject, from_, to, cc, date, account, folder, file in waiting:
            raw = self._read(account, folder, file) or self._read_anywhere(message)
            if raw is None:
                continue  # no body here; its sequence number rises when one comes
            scanned = scan_text(raw)
            refined.append((MessageId(message), scanned.snippet, scanned.attachment))
            people = " ".join(f"{a.name} {a.addr}" for a in (*unpack_addresses(to), *unpack_addresses(cc)))
            sender = " ".join(f"{a.name} {a.addr}" for a in unpack_addresses(from_))
            documents.append(
                (
                    date,
                    message,
                    index_text(subject),
                    index_text(sender),
                    index_text(people),
                    index_text(scanned.body),
                    index_text(" ".join(scanned.attachments)),
                )
            )
        documents.sort()
        self._db.execute("BEGIN IMMEDIATE")
        for date, message, *texts in documents:
            docid = self._place(date, message)
            if docid is not None:
                self._db.execute(
                    "INSERT INTO fts(rowid, subject, from_, to_, body, attachment) VALUES(?,?,?,?,?,?)", (docid, *texts)
                )
        self._db.execute("INSERT OR REPLACE INTO meta VALUES('watermark', ?)", (waiting[-1][1],))
        self._db.execute("COMMIT")
        return FillResult(len(waiting), Refined(tuple(refined)) if refined else None)

    def _place(self, date: int, message: int) -> int | None:
        """A free number in the message's minute (or the next one with room); None if it is indexed already."""
        if self._db.execute("SELECT 1 FROM doc WHERE message = ?", (message,)).fetchone() is not None:
            return None
        minute = max(date, 0) // 60
        while True:
            (taken,) = self._db.execute(
                "SELECT max(docid) FROM doc WHERE docid BETWEEN ? AND ?", (minute << 8, minute << 8 | 255)
            ).fetchone()
            docid = (minute << 8) + 1 if taken is None else taken + 1
            if docid >> 8 == minute:
                self._db.execute("INSERT INTO doc VALUES(?, ?)", (docid, message))
                return docid
            minute += 1

    def _read(self, account: str | None, folder: str | None, file: str | None) -> bytes | None:
        if account is None or folder is None or not file:
            return None
        try:
            with open(os.path.join(account_dir(self._root, account), folder, "cur", file), "rb") as opened:
                return opened.read()
        except OSError:
            return None

    def _read_anywhere(self, message: int) -> bytes | None:
        """The file was renamed or moved since the query: asked once more, with every place of the message."""
        for account, folder, file in self._index.execute(
            "SELECT b.account, b.dir, p.file FROM placement p JOIN mailbox b ON b.id = p.base_mailbox "
            "WHERE p.message = ? AND p.body = 1 AND p.mailbox IS NOT NULL",
            (message,),
        ).fetchall():
            raw = self._read(account, folder, file)
            if raw is not None:
                return raw
            found = elsewhere(os.path.join(account_dir(self._root, account), folder, "cur", file), "")
            raw = self._read(account, folder, os.path.basename(found)) if found is not None else None
            if raw is not None:
                return raw
        return None

    def close(self) -> None:
        self._index.close()
        self._db.close()


def _database(path: str) -> sqlite3.Connection:
    db = connect(path)
    try:
        migrate_fulltext(db)
        db.execute("SELECT docid FROM doc LIMIT 1").fetchone()
        db.execute("SELECT rowid FROM fts WHERE fts MATCH 'zz' LIMIT 1").fetchone()
    except BaseException:
        db.close()
        raise
    return db


def forget_fulltext(root: str) -> None:
    """The full-text index is derived from index and maildir; without its own index it would answer with wrong mail."""
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(fulltext_path(root) + suffix)
