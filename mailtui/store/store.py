"""The store's face: opened by one writer, applied to by its Writer thread, read by everybody."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from mailtui.model.changes import Change
from mailtui.model.errors import StoreError
from mailtui.model.facts import (
    Confirmed,
    Fact,
    LinkChanged,
    MailboxDelta,
    MailboxesListed,
    Progress,
    Refined,
    Refused,
    Relinked,
)
from mailtui.model.ids import AccountId, MailboxId, Revision, Word
from mailtui.model.intents import Intent
from mailtui.model.mail import Row
from mailtui.model.ports import MailReader
from mailtui.store import journal
from mailtui.store.apply import Applier
from mailtui.store.base import Base
from mailtui.store.fulltext import FillResult, Fulltext
from mailtui.store.lock import Lock
from mailtui.store.maildir import Spool, make_maildir, store_error
from mailtui.store.reader import open_reader
from mailtui.store.recover import Recovery, Report, clean_spools, restore_mailboxes, settle_checkpoints, stamp
from mailtui.store.schema import connect, index_path, migrate


@dataclass(frozen=True, slots=True)
class Submitted:
    """An Intent on its way into the journal; its placements all belong to `account`."""

    account: AccountId
    intent: Intent


class Store:
    """Opened by `Store.open`. `apply` belongs to one thread, `fill_fulltext` to another; the rest is for anybody."""

    def __init__(self, root: str, lock: Lock, db: sqlite3.Connection) -> None:
        self.root = root
        self._lock = lock
        self._db = db
        self._applier = Applier(db, root)
        self._spools: dict[int, Spool] = {}
        self._fulltext: Fulltext | None = None
        self._base = Base(index_path(root))
        self.recovered = Report(0, 0, 0, 0)

    @classmethod
    def open(cls, root: str, *, progress: Callable[[int], None] = lambda done: None) -> Store:
        """Takes the lock, brings tables up to date, finds what a crash left. A damaged index is set aside and rebuilt.
        Raises StoreLockedError, StoreError."""
        try:
            os.makedirs(root, mode=0o700, exist_ok=True)
        except OSError as error:
            raise store_error(error, root) from error
        lock = Lock(root)
        try:
            return cls.opened(root, lock, progress)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def opened(cls, root: str, lock: Lock, progress: Callable[[int], None] = lambda done: None) -> Store:
        """As `open`, with the lock taken already."""
        path = index_path(root)
        fresh = not os.path.exists(path)
        try:
            db = cls._database(path)
        except sqlite3.DatabaseError:
            _set_aside(path)
            db, fresh = cls._database(path), True
        store = cls(root, lock, db)
        try:
            clean_spools(root)
            store.recovered = store.recover(rebuilt=fresh, progress=progress)
        except BaseException:
            store.close()
            raise
        return store

    @staticmethod
    def _database(path: str) -> sqlite3.Connection:
        before = os.umask(0o077)
        try:
            db = connect(path)
            try:
                migrate(db, path)
                db.executescript(journal.TABLE)
                db.execute("SELECT count(*) FROM mailbox").fetchone()
            except BaseException:
                db.close()
                raise
            return db
        finally:
            os.umask(before)

    def recover(self, *, rebuilt: bool, progress: Callable[[int], None] = lambda done: None) -> Report:
        """Index and maildir agree afterwards."""
        recovery = Recovery(self._applier, progress)
        self._applier.begin()
        self._db.execute("BEGIN IMMEDIATE")
        try:
            if rebuilt:
                restore_mailboxes(self._applier, self.root)
            boxes = [ident for (ident,) in self._db.execute("SELECT id FROM mailbox").fetchall()]
            for ident in boxes:
                recovery.look(ident, always=rebuilt)
            if rebuilt and recovery.messages:
                settle_checkpoints(self._db)
            self._count()
            self._bump()
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            self._applier.failed()
            raise
        return Report(len(boxes), recovery.messages, recovery.adopted, recovery.missing)

    # -- writing

    def apply(self, batch: Sequence[Fact | Submitted]) -> list[Change]:
        """One transaction for the whole batch. Raises StoreError: nothing was written, spooled files are gone."""
        applier = self._applier
        applier.begin()
        passing = [message for message in batch if isinstance(message, (LinkChanged, Progress))]
        writing = [message for message in batch if not isinstance(message, (LinkChanged, Progress))]
        applier.touched.passing.extend(passing)
        if not writing:
            return applier.touched.changes(self._revision(), 0)
        try:
            self._db.execute("BEGIN IMMEDIATE")
            for message in writing:
                self._one(message)
            self._count()
            applier.work.do()
            self._stamp()
            revision = self._bump()
            self._db.execute("COMMIT")
        except BaseException as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            applier.work.drop_spools()
            applier.failed()
            if isinstance(error, sqlite3.Error):
                raise StoreError(
                    f"the index can't be written: {error}", "is the disk full? nothing was lost"
                ) from error
            raise
        return applier.touched.changes(revision, journal.count(self._db))

    def _one(self, message: Fact | Submitted) -> None:
        applier = self._applier
        match message:
            case MailboxDelta():
                applier.delta(message)
            case Relinked():
                applier.relinked(message)
            case MailboxesListed():
                applier.folders.listed(message, applier.touched)
            case Confirmed():
                self._refold(journal.confirm(self._db, message))
            case Refused():
                self._refold(journal.refuse(self._db, message))
            case Submitted(account, intent):
                journal.write(self._db, account, intent)
                self._refold(list(intent.placements))
            case Refined(messages):
                self._db.executemany(
                    "UPDATE message SET snippet = ?, attachment = ? WHERE id = ?",
                    ((snippet, attachment, ident) for ident, snippet, attachment in messages),
                )
            case LinkChanged() | Progress():
                pass
            case _:
                assert_never(message)

    def submit(self, account: AccountId | str, intent: Intent) -> None:
        """Journals an Intent at once, without an engine. Raises StoreError."""
        self.apply([Submitted(AccountId(account), intent)])

    def row_by_word(self, word: str) -> Row | None:
        with contextlib.closing(open_reader(self.root)) as reader:
            return reader.by_word(Word(word))

    def _refold(self, placements: Sequence[int]) -> None:
        self._applier.touched.pending = True
        for placement in placements:
            self._applier.refold(placement)

    def _count(self) -> None:
        for mailbox, here in self._applier.touched.mailboxes.items():
            if here.total or here.unread:
                self._db.execute(
                    "UPDATE mailbox SET total = total + ?, unread = unread + ? WHERE id = ?",
                    (here.total, here.unread, mailbox),
                )

    def _revision(self) -> Revision:
        return Revision(self._db.execute("SELECT value FROM meta WHERE key = 'revision'").fetchone()[0])

    def _bump(self) -> Revision:
        self._db.execute("UPDATE meta SET value = value + 1 WHERE key = 'revision'")
        return self._revision()

    def _stamp(self) -> None:
        """Remembers what the folders look like after our own renames."""
        changed = self._applier.work.folders
        for folder in self._applier.folders.known():
            if folder.path in changed:
                self._db.execute("UPDATE mailbox SET cur_mtime_ns = ? WHERE id = ?", (stamp(folder.path), folder.id))

    # -- reading

    def base(self) -> Base:
        return self._base

    def reader(self) -> MailReader:
        return open_reader(self.root)

    def spool(self, mailbox: MailboxId) -> Spool:
        """Makes spool files in the mailbox's tmp/."""
        spool = self._spools.get(mailbox)
        if spool is None:
            row = self._base.folder(mailbox)
            if row is None:
                raise StoreError("the mailbox is not in the index", "it is listed anew with the next connection")
            path = os.path.join(self.root, row)
            make_maildir(path)
            spool = self._spools[mailbox] = Spool(path)
        return spool

    def fill_fulltext(self, limit: int) -> FillResult:
        """Indexes the next `limit` messages."""
        if self._fulltext is None:
            self._fulltext = Fulltext(self.root)
        return self._fulltext.fill(limit)

    def close(self) -> None:
        if self._fulltext is not None:
            self._fulltext.close()
            self._fulltext = None
        self._base.close()
        self._db.close()
        self._lock.release()


def _set_aside(path: str) -> None:
    """A damaged index is kept for whoever wants to look; the maildir has everything."""
    mark = time.strftime("%Y%m%d-%H%M%S")
    for suffix in ("", "-wal", "-shm"):
        if os.path.exists(path + suffix):
            os.replace(path + suffix, f"{path}.damaged-{mark}{suffix}")
