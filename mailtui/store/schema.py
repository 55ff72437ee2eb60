"""Tables of index.sqlite and fulltext.sqlite, their versions, and how a connection is opened."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3

from mailtui.model.errors import StoreError
from mailtui.store import heads, people
from mailtui.store.maildir import store_error

VERSION = 5
FULLTEXT_VERSION = 1
BUSY_SECONDS = 10.0

TABLES = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE mailbox(
  id INTEGER PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL, delimiter TEXT, role TEXT NOT NULL,
  attributes TEXT NOT NULL DEFAULT '', uidvalidity INTEGER, uidnext INTEGER, highestmodseq INTEGER, floor INTEGER,
  total INTEGER NOT NULL DEFAULT 0, unread INTEGER NOT NULL DEFAULT 0, remote_total INTEGER, dir TEXT NOT NULL,
  cur_mtime_ns INTEGER NOT NULL DEFAULT 0, gone INTEGER NOT NULL DEFAULT 0, server_name TEXT,
  deleted INTEGER NOT NULL DEFAULT 0, UNIQUE(account, name));
CREATE TABLE message(
  id INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB, message_id TEXT NOT NULL DEFAULT '',
  thread INTEGER NOT NULL DEFAULT 0,
  subject TEXT NOT NULL DEFAULT '', from_ TEXT NOT NULL DEFAULT '', to_ TEXT NOT NULL DEFAULT '',
  cc_ TEXT NOT NULL DEFAULT '', list_id TEXT NOT NULL DEFAULT '', envelope TEXT NOT NULL DEFAULT '',
  size INTEGER NOT NULL DEFAULT 0, attachment INTEGER NOT NULL DEFAULT 0, snippet TEXT NOT NULL DEFAULT '',
  content_seq INTEGER);
CREATE INDEX message_digest ON message(digest) WHERE digest IS NOT NULL;
CREATE INDEX message_mid ON message(message_id) WHERE message_id <> '';
CREATE INDEX message_thread ON message(thread);
CREATE UNIQUE INDEX message_seq ON message(content_seq) WHERE content_seq IS NOT NULL;
CREATE TABLE placement(
  id INTEGER PRIMARY KEY AUTOINCREMENT, word TEXT NOT NULL UNIQUE, message INTEGER NOT NULL,
  mailbox INTEGER, base_mailbox INTEGER, uid INTEGER,
  flags INTEGER NOT NULL DEFAULT 0, keywords TEXT NOT NULL DEFAULT '',
  base_flags INTEGER NOT NULL DEFAULT 0, base_keywords TEXT NOT NULL DEFAULT '', modseq INTEGER NOT NULL DEFAULT 0,
  date INTEGER NOT NULL,
  internaldate INTEGER NOT NULL, body INTEGER NOT NULL DEFAULT 0, file TEXT NOT NULL DEFAULT '',
  pending INTEGER NOT NULL DEFAULT 0, gone INTEGER, leftover INTEGER NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX placement_uid ON placement(base_mailbox, uid) WHERE uid IS NOT NULL;
CREATE INDEX placement_list ON placement(mailbox, date DESC, id DESC) WHERE mailbox IS NOT NULL;
CREATE INDEX placement_unread ON placement(mailbox, date DESC, id DESC) WHERE mailbox IS NOT NULL AND flags & 1 = 0;
CREATE INDEX placement_bodies ON placement(base_mailbox, uid DESC) WHERE body = 0 AND uid IS NOT NULL;
CREATE INDEX placement_message ON placement(message);
CREATE TABLE ref(mid TEXT PRIMARY KEY, thread INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX ref_thread ON ref(thread);
"""

JOURNAL = """
CREATE TABLE journal(
  id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, kind TEXT NOT NULL, payload TEXT NOT NULL,
  created REAL NOT NULL, step INTEGER, messages INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0,
  answer TEXT NOT NULL DEFAULT '');
CREATE TABLE pending(placement INTEGER NOT NULL, intent INTEGER NOT NULL, source INTEGER,
  PRIMARY KEY(placement, intent)) WITHOUT ROWID;
CREATE INDEX pending_intent ON pending(intent);
CREATE TABLE orphan(account TEXT NOT NULL, mailbox TEXT NOT NULL, validity INTEGER NOT NULL, uid INTEGER NOT NULL,
  intent INTEGER NOT NULL, PRIMARY KEY(account, mailbox, validity, uid, intent)) WITHOUT ROWID;
CREATE TABLE step(
  id INTEGER PRIMARY KEY AUTOINCREMENT, label TEXT NOT NULL, created REAL NOT NULL, undone REAL,
  deed TEXT NOT NULL, inverse TEXT NOT NULL, author TEXT NOT NULL DEFAULT '');
CREATE TABLE attempt(
  id INTEGER PRIMARY KEY, account TEXT NOT NULL, road TEXT NOT NULL, to_ INTEGER NOT NULL, source INTEGER,
  uidvalidity INTEGER NOT NULL, uidnext INTEGER NOT NULL, leaves INTEGER NOT NULL, items TEXT NOT NULL);
CREATE INDEX placement_gone ON placement(gone) WHERE gone IS NOT NULL;
CREATE INDEX placement_leftover ON placement(base_mailbox, uid) WHERE leftover;
"""

OUTBOX = """
CREATE TABLE IF NOT EXISTS outbox(
  id INTEGER PRIMARY KEY AUTOINCREMENT, word TEXT NOT NULL UNIQUE, account TEXT NOT NULL, stage TEXT NOT NULL,
  size INTEGER NOT NULL, sender TEXT NOT NULL, message_id TEXT NOT NULL, subject TEXT NOT NULL,
  created REAL NOT NULL, not_before REAL NOT NULL, next_try REAL NOT NULL, tries INTEGER NOT NULL,
  answer TEXT NOT NULL, notify INTEGER NOT NULL, step INTEGER, answers TEXT NOT NULL, forwards TEXT NOT NULL,
  copied INTEGER NOT NULL, flagged INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS outbox_recipient(
  outgoing INTEGER NOT NULL, position INTEGER NOT NULL, address TEXT NOT NULL, fate TEXT NOT NULL,
  answer TEXT NOT NULL, accepted INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(outgoing, position)) WITHOUT ROWID;
"""
PEOPLE = """
CREATE TABLE IF NOT EXISTS person(
  addr TEXT PRIMARY KEY, name TEXT NOT NULL, sent INTEGER NOT NULL, got INTEGER NOT NULL, last REAL NOT NULL,
  words TEXT NOT NULL) WITHOUT ROWID;
"""
POP = """
CREATE TABLE IF NOT EXISTS pop(
  account TEXT NOT NULL, uidl TEXT NOT NULL, word TEXT NOT NULL, digest BLOB NOT NULL, size INTEGER NOT NULL,
  fetched REAL NOT NULL, deleting INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(account, uidl)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS pop_word ON pop(word);
"""
TO_3 = (OUTBOX, PEOPLE, POP)
"""From schema 2: each part by itself, and harmless where it is there already."""

BORN = "INSERT OR IGNORE INTO meta VALUES('born', hex(randomblob(8)))"
"""Tells one index from its successor: numbers of rows mean nothing across them."""
TO_4 = "ALTER TABLE step ADD COLUMN author TEXT NOT NULL DEFAULT ''"
"""From schema 3 (and 2): who did a step."""

TO_2 = """
ALTER TABLE mailbox ADD COLUMN server_name TEXT;
ALTER TABLE mailbox ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
UPDATE mailbox SET server_name = name WHERE gone = 0;
ALTER TABLE placement ADD COLUMN leftover INTEGER NOT NULL DEFAULT 0;
ALTER TABLE journal RENAME TO journal_1;
DROP TABLE IF EXISTS pending;
"""
"""From schema 1: names of mailboxes could not differ from the server's, the journal knew flags only."""


FULLTEXT = """
CREATE VIRTUAL TABLE fts USING fts5(subject, from_, to_, body, attachment, content='', columnsize=0, detail=column,
  tokenize='unicode61 remove_diacritics 2', prefix='2 3');
CREATE TABLE doc(docid INTEGER PRIMARY KEY, message INTEGER NOT NULL UNIQUE);
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
INSERT INTO fts(fts, rank) VALUES('hashsize', 67108864);
"""


CHECKED = 64 << 20
"""Bytes of index up to which every page is checked at start; a larger one is checked where it is read."""


class DamagedError(StoreError):
    """The database file holds what SQLite can't read."""


def is_damage(error: Exception) -> bool:
    """Whether the file itself is broken, not the disk full or the file busy."""
    text = str(error)
    return isinstance(error, DamagedError) or any(
        words in text
        for words in ("malformed", "not a database", "no such table", "no such column", "unsupported file")
    )


def check(db: sqlite3.Connection, path: str) -> None:
    """Raises DamagedError, sqlite3.DatabaseError."""
    if os.path.exists(_mark(path)):
        raise DamagedError(f"{path} is damaged")
    db.execute("SELECT count(*) FROM mailbox").fetchone()
    db.execute("SELECT value + 0 FROM meta WHERE key = 'revision'").fetchone()[0]
    if os.stat(path).st_size <= CHECKED and db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise DamagedError(f"{path} is damaged")


def _mark(path: str) -> str:
    return path + ".is-damaged"


def mark_damaged(path: str) -> None:
    """The next start rebuilds it."""
    with contextlib.suppress(OSError):
        os.close(os.open(_mark(path), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))


def unmark_damaged(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(_mark(path))


def index_path(root: str) -> str:
    return os.path.join(root, "index.sqlite")


def fulltext_path(root: str) -> str:
    return os.path.join(root, "fulltext.sqlite")


MAPPED = 8 << 20
"""Bytes of a database that are read through a mapping; all of it would count as this program's memory."""


def connect(path: str, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection as every room wants it: WAL, no implicit transactions. Raises StoreError."""
    try:
        db = _read_only(path) if read_only else _read_write(path)
        try:
            db.execute(f"PRAGMA mmap_size={MAPPED}")
            db.execute("PRAGMA cache_size=-16384")
        except sqlite3.Error:
            db.close()
            raise
        return db
    except sqlite3.Error as error:
        if is_damage(error):
            raise DamagedError(
                f"{path} is damaged: {error}", "it is rebuilt from the maildir at the next start"
            ) from error
        raise StoreError(
            f"can't open {path}: {error}", "is the disk full, or the folder not yours? `mailtui doctor` tells"
        ) from error


def _read_write(path: str) -> sqlite3.Connection:
    try:  # SQLite gives -wal and -shm the mode of the file itself: private whatever the umask
        # Only a new one: closing a file takes away all locks of this process on it, also those of other connections.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        pass
    except OSError as error:
        raise store_error(error, path) from error
    db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA page_size=8192")
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
    except sqlite3.Error:
        db.close()
        raise
    return db


def reading_uri(path: str) -> str:
    """Where nothing may be written and no log waits (a store on a read-only disk) the file is read as it stands."""
    uri = f"file:{quoted(path)}?mode=ro"
    if not os.access(os.path.dirname(path) or ".", os.W_OK) and not os.path.exists(path + "-wal"):
        uri += "&immutable=1"
    return uri


def _read_only(path: str) -> sqlite3.Connection:
    uri = reading_uri(path)
    db = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA query_only=1")
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error:
        db.close()
        raise
    return db


def quoted(path: str) -> str:
    """For a file: URI."""
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def migrate(db: sqlite3.Connection, path: str) -> None:
    """Brings index.sqlite to VERSION. A newer one is refused: an older mailtui must not write to it."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise StoreError(
            f"{path} was written by a newer mailtui (schema {version}, this one knows {VERSION})",
            "update mailtui, or name another folder in [general] store",
        )
    if version == 0:
        db.execute("BEGIN IMMEDIATE")
        try:
            for statement in f"{TABLES}{JOURNAL}{''.join(TO_3)}INSERT INTO meta VALUES('revision', 0);{BORN}".split(
                ";"
            ):
                db.execute(statement)
            heads.create(db)
            db.execute(f"PRAGMA user_version={VERSION}")
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise
    elif version < VERSION:
        db.execute("BEGIN IMMEDIATE")
        try:
            if version < 2:
                _to_2(db)
            elif "author" not in {name for _, name, *_ in db.execute("PRAGMA table_info(step)")}:
                db.execute(TO_4)
            for statement in "".join(TO_3).split(";"):
                db.execute(statement)
            if version < 3:
                people.fill(db)
            db.execute(BORN)
            heads.create(db)
            db.execute(f"PRAGMA user_version={VERSION}")
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise


def _to_2(db: sqlite3.Connection) -> None:
    for statement in f"{TO_2}{JOURNAL}".split(";"):
        db.execute(statement)
    _carry_journal(db)
    db.execute("DROP TABLE journal_1")


def _carry_journal(db: sqlite3.Connection) -> None:
    """Lines of schema 1 held their placements in the payload; here they have a table."""
    for ident, account, payload, created in db.execute(
        "SELECT id, account, payload, created FROM journal_1"
    ).fetchall():
        fields = json.loads(payload)
        placements = dict.fromkeys(fields.pop("placements"))
        db.execute(
            "INSERT INTO journal(id, account, kind, payload, created, messages) VALUES(?,?,'set-flags',?,?,?)",
            (ident, account, json.dumps(fields), created, len(placements)),
        )
        db.executemany("INSERT INTO pending VALUES(?, ?, NULL)", ((placement, ident) for placement in placements))


def migrate_fulltext(db: sqlite3.Connection) -> None:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version == 0:
        db.executescript(f"BEGIN;{FULLTEXT}PRAGMA user_version={FULLTEXT_VERSION};COMMIT;")
