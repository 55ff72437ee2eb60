"""learning.sqlite: what the person taught about spam and advertising, what mailtui filed by itself and why, and up to
which message the mail of each account was looked at. A file of its own: a full disk or damage here never stops mail.

Schema 1. `born` is the word of the index that the numbers in `mark` and `cursor` belong to.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mailtui.model.errors import StoreError
from mailtui.store.schema import DamagedError, connect, is_damage

VERSION = 1
NAME = "learning.sqlite"
TABLES = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE mark(account TEXT PRIMARY KEY, born TEXT NOT NULL, placement INTEGER NOT NULL,
  validity INTEGER NOT NULL, uid INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE decision(digest BLOB PRIMARY KEY, account TEXT NOT NULL, kind TEXT NOT NULL, reason TEXT NOT NULL,
  at REAL NOT NULL, filed INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE lesson(created REAL NOT NULL, digest BLOB NOT NULL, kind TEXT NOT NULL, step INTEGER NOT NULL,
  undone INTEGER NOT NULL, sender TEXT NOT NULL, list TEXT NOT NULL, PRIMARY KEY(created, digest, kind)) WITHOUT ROWID;
CREATE INDEX lesson_digest ON lesson(digest);
CREATE INDEX lesson_sender ON lesson(sender) WHERE sender <> '';
CREATE INDEX lesson_list ON lesson(list) WHERE list <> '';
CREATE INDEX lesson_step ON lesson(step);
CREATE TABLE taught(digest BLOB PRIMARY KEY, spam INTEGER NOT NULL, tokens BLOB NOT NULL, number INTEGER NOT NULL)
  WITHOUT ROWID;
CREATE TABLE todo(digest BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE token(hash INTEGER PRIMARY KEY, spam INTEGER NOT NULL, ham INTEGER NOT NULL);
CREATE TABLE weight(hash INTEGER PRIMARY KEY, value REAL NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """What of an Inbox is old: rows up to `placement`, and (on a server that has UIDs) what lies up to `uid` there."""

    born: str
    placement: int
    validity: int = 0
    uid: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """What mailtui did with a message by itself. `reason`: one line, safe for a terminal."""

    kind: str
    """spam or advertising."""
    reason: str
    at: float
    """Seconds since 1970 UTC."""
    filed: bool
    """False: it was about to."""


def learning_path(root: str) -> str:
    return os.path.join(root, NAME)


class LearningFile:
    """The open file. One thread at a time."""

    def __init__(self, root: str) -> None:
        """Raises StoreError. A damaged file is set aside and begun anew: everything in it can be taught again."""
        path = learning_path(root)
        try:
            self.db = _database(path)
        except (sqlite3.DatabaseError, DamagedError) as error:
            if not is_damage(error):
                raise _unwritten(path, error) from error
            for suffix in ("", "-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    os.replace(path + suffix, f"{path}.damaged{suffix}")
            self.db = _database(path)
        self.path = path

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing. Raises StoreError: nothing was written."""
        try:
            self.db.execute("BEGIN IMMEDIATE")
            yield self.db
            self.db.execute("COMMIT")
        except sqlite3.Error as error:
            self._back()
            raise _unwritten(self.path, error) from error
        except BaseException:
            self._back()
            raise

    def _back(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")

    # -- how far the mail was looked at

    def mark(self, account: str) -> Mark | None:
        row = self.db.execute(
            "SELECT born, placement, validity, uid FROM mark WHERE account = ?", (account,)
        ).fetchone()
        return Mark(*row) if row is not None else None

    def set_mark(self, account: str, mark: Mark, waiting: Sequence[int] = ()) -> None:
        """`waiting`: rows that are not older than that yet, as their text is on its way."""
        with self.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO mark VALUES(?,?,?,?,?)",
                (account, mark.born, mark.placement, mark.validity, mark.uid),
            )
            db.execute("INSERT OR REPLACE INTO meta VALUES(?, ?)", (f"waiting {account}", json.dumps(list(waiting))))

    def waiting(self, account: str) -> tuple[int, ...]:
        row = self.db.execute("SELECT value FROM meta WHERE key = ?", (f"waiting {account}",)).fetchone()
        return tuple(json.loads(row[0])) if row is not None else ()

    # -- what was done with it

    def decided(self, digest: bytes) -> Decision | None:
        return decided(self.db, digest)

    def decide(self, account: str, decisions: Iterable[tuple[bytes, str, str]], at: float) -> None:
        """(digest, kind, reason) of what is about to be filed at `at`, seconds since 1970 UTC."""
        with self.transaction() as db:
            db.executemany(
                "INSERT OR REPLACE INTO decision VALUES(?,?,?,?,?,0)",
                ((digest, account, kind, reason, at) for digest, kind, reason in decisions),
            )

    def filed(self, digests: Iterable[bytes]) -> None:
        """These are where they belong now; whatever becomes of them, they are never filed again."""
        with self.transaction() as db:
            db.executemany("UPDATE decision SET filed = 1 WHERE digest = ?", ((digest,) for digest in digests))

    def close(self) -> None:
        self.db.close()


def read_decision(root: str, digest: bytes) -> Decision | None:
    """Beside whoever writes. None also where the file can't be read: it is only for looking at."""
    with contextlib.suppress(StoreError, sqlite3.Error), opened_for_reading(root) as db:
        return decided(db, digest) if db is not None else None
    return None


@contextlib.contextmanager
def opened_for_reading(root: str) -> Iterator[sqlite3.Connection | None]:
    """None: nothing was ever learned, or it can't be read."""
    path = learning_path(root)
    db = None
    with contextlib.suppress(StoreError):
        db = connect(path, read_only=True) if os.path.exists(path) else None
    if db is None:
        yield None
        return
    with contextlib.closing(db):
        yield db


def decided(db: sqlite3.Connection, digest: bytes) -> Decision | None:
    row = db.execute("SELECT kind, reason, at, filed FROM decision WHERE digest = ?", (digest,)).fetchone()
    return Decision(row[0], row[1], row[2], bool(row[3])) if row is not None else None


def figure(db: sqlite3.Connection, key: str) -> int:
    """spam, ham: messages that count as such. changes: how often that changed. fitted: changes when last fitted."""
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return int(row[0]) if row is not None else 0


def due(db: sqlite3.Connection) -> bool:
    """Whether enough has changed since the weights were fitted."""
    changes, fitted = figure(db, "changes"), figure(db, "fitted")
    both = min(figure(db, "spam"), figure(db, "ham"))
    return both > 0 and changes - fitted > (figure(db, "spam") + figure(db, "ham")) // 50


def _database(path: str) -> sqlite3.Connection:
    db = connect(path)
    try:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise StoreError(f"{path} was written by a newer mailtui", "update mailtui")
        if version == 0:
            _make(db)
        db.execute("SELECT count(*) FROM mark").fetchone()
    except BaseException:
        db.close()
        raise
    return db


def _make(db: sqlite3.Connection) -> None:
    """One of those who open it at the same time does."""
    db.execute("BEGIN IMMEDIATE")
    try:
        if db.execute("PRAGMA user_version").fetchone() == (0,):
            for statement in TABLES.split(";"):
                db.execute(statement)
            db.execute(f"PRAGMA user_version={VERSION}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _unwritten(path: str, error: Exception) -> StoreError:
    return StoreError(
        f"what was taught about spam and advertising can't be kept in {path}: {error}",
        "is the disk full? Mail comes in as ever; new mail stays in the Inbox until then",
    )
