"""The store's face: opened by one writer, applied to by its Writer thread, read by everybody."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence

from mailtui.model.changes import Change
from mailtui.model.errors import StoreError
from mailtui.model.facts import (
    LinkChanged,
    MailboxDelta,
    Progress,
)
from mailtui.model.ids import MailboxId, Revision
from mailtui.model.intents import Deed, Intent, Order
from mailtui.model.maildrop import MaildropRead
from mailtui.model.ports import MailReader
from mailtui.store import heads
from mailtui.store.apply import Applier
from mailtui.store.base import Base
from mailtui.store.carry import CARRY, carry_over, forget_predecessors, predecessors
from mailtui.store.dispatch import Dispatch
from mailtui.store.files import FileWork
from mailtui.store.folders import Folder
from mailtui.store.fulltext import FillResult, Fulltext, forget_fulltext
from mailtui.store.ledger import count as count_lines
from mailtui.store.lock import Lock
from mailtui.store.maildir import Spool, make_maildir, make_private, stamp
from mailtui.store.maildirs import clean_spools
from mailtui.store.maildrop import Restoring
from mailtui.store.outbox_files import count as count_outbox
from mailtui.store.outbox_recover import recover as recover_outbox
from mailtui.store.reader import open_reader
from mailtui.store.rebuild import adopt_folders, adopt_validity, restore_mailboxes, settle_checkpoints
from mailtui.store.recover import NEVER, Recovery, Report
from mailtui.store.requests import LASTING, Filed, Message, Submitted
from mailtui.store.safety import adopt_copies
from mailtui.store.saving import forget_unsaved
from mailtui.store.schema import (
    DamagedError,
    check,
    connect,
    fulltext_path,
    index_path,
    is_damage,
    mark_damaged,
    migrate,
    unmark_damaged,
)

RACY_NS = 50_000_000
"""Clock steps of a file system: two changes within one look like one."""
UNTRUSTED = -1
"""A stamp that no folder has."""


class Store:
    """Opened by `Store.open`. `apply` belongs to one thread, `fill_fulltext` to another; the rest is for anybody."""

    def __init__(self, root: str, lock: Lock, db: sqlite3.Connection) -> None:
        self.root = root
        self._lock = lock
        self._db = db
        self._applier = Applier(db, root)
        self._dispatch = Dispatch(self._applier, self._set)
        self._spools: dict[int, Spool] = {}
        self._fulltext: Fulltext | None = None
        self._base = Base(index_path(root))
        self._inode = os.stat(index_path(root)).st_ino
        self.recovered = Report(0, 0, 0, 0)
        self.notices: tuple[tuple[str, str, str], ...] = ()
        """(level, text, hint) of what was found at the start."""

    @classmethod
    def open(cls, root: str, *, progress: Callable[[int], None] = lambda done: None) -> Store:
        """Takes the lock, brings tables up to date, finds what a crash left. A damaged index is set aside and rebuilt.
        Raises StoreLockedError, StoreError."""
        make_private(root)
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
        fresh, last = not os.path.exists(path), _last_write(path)
        try:
            return cls._opened(root, lock, progress, rebuilt=fresh, last=last)
        except (sqlite3.DatabaseError, DamagedError) as error:
            if fresh or not is_damage(error):
                raise StoreError(f"can't open {path}: {error}", "is the disk full? nothing was lost") from error
            _set_aside(path)
            return cls._opened(root, lock, progress, rebuilt=True, last=0)

    @classmethod
    def _opened(cls, root: str, lock: Lock, progress: Callable[[int], None], *, rebuilt: bool, last: int) -> Store:
        store = cls(root, lock, cls._database(index_path(root)))
        try:
            rebuilt |= store._db.execute("SELECT 1 FROM meta WHERE key = 'rebuilding'").fetchone() is not None
            if not rebuilt:
                forget_unsaved(root, store._db)
            clean_spools(root)
            if rebuilt:
                forget_fulltext(root)  # its documents name messages by the numbers of the lost index
            if not os.path.exists(fulltext_path(root)):  # readers want one; looking into it can wait
                with contextlib.suppress(StoreError):
                    store._fulltext = Fulltext(root)
            store.recovered = store.recover(rebuilt=rebuilt, progress=progress, racy_from=last - RACY_NS)
        except BaseException:
            store._close()
            raise
        return store

    @staticmethod
    def _database(path: str) -> sqlite3.Connection:
        db = connect(path)
        try:
            migrate(db, path)
            check(db, path)
        except BaseException:
            db.close()
            raise
        return db

    def recover(self, *, rebuilt: bool, progress: Callable[[int], None], racy_from: int = NEVER) -> Report:
        """Index and maildir agree afterwards. A rebuild that is cut short goes on at the next start."""
        recovery = Recovery(self._applier, progress, adopting=not rebuilt and self._was_closed())
        if rebuilt:
            with self._transaction():
                self._db.execute("INSERT OR REPLACE INTO meta VALUES('rebuilding', 1)")
                restore_mailboxes(self._applier, self.root)
        elif recovery.outside is not None:
            with self._transaction():
                adopt_folders(self._applier, self.root)
        restoring = Restoring(self._db, self.root, rebuilt=rebuilt)
        with self._transaction():
            restoring.before()
        boxes = [ident for (ident,) in self._db.execute("SELECT id FROM mailbox ORDER BY id").fetchall()]
        for ident in boxes:
            with self._transaction():
                recovery.look(ident, always=rebuilt, racy_from=racy_from)
        with self._transaction():
            if recovery.outside is None and not rebuilt:
                self._applier.local.clean_up()
            recovery.settle()
            adopt_validity(self._applier, boxes)
        self._set("at-work", 1)
        with self._transaction():
            if rebuilt:
                self._carry()
            recover_outbox(self._applier.hand, self._applier.outbox, rebuilt=rebuilt)
            restoring.after()
            self.notices = tuple(self._applier.touched.notices)
            if rebuilt:  # not before the outbox has its rows: without one a file counts as never queued, and goes
                self._db.execute("DELETE FROM meta WHERE key = 'rebuilding'")
        if rebuilt:
            forget_predecessors(index_path(self.root))
        return Report(len(boxes), recovery.messages, recovery.adopted, recovery.missing)

    def _carry(self) -> None:
        """What only the lost index knew, as far as it can be read."""
        settle_checkpoints(self._db)
        for old in predecessors(index_path(self.root)):
            carry_over(self._db, old, self._applier.placing)
        adopt_copies(self._applier)
        for old in predecessors(index_path(self.root)):
            self._applier.local.carry(old)
        self._applier.orphans.count_on()

    def _was_closed(self) -> bool:
        """Whether the last writer ended in order: then whatever differs was done by other programs."""
        return self._db.execute("SELECT 1 FROM meta WHERE key = 'at-work' AND value").fetchone() is None

    def _set(self, key: str, value: float | None) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES(?, ?)", (key, value))

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing; one that wrote nothing leaves no trace."""
        before = self._db.total_changes
        self._applier.begin()
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._count()
            trusted = self._trusted()
            self._applier.work.do()
            self._stamp(trusted)
            if self._db.total_changes != before:
                self._bump()
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            self._applier.work.undo()
            self._applier.failed()
            raise
        self._applier.work.finish()

    # -- writing

    def apply(self, batch: Sequence[Message]) -> list[Change]:
        """One transaction for the whole batch. Raises StoreError: nothing was written. The spooled files of a message
        that fails alone are gone; those of a batch stay, so that each message can be tried by itself."""
        applier = self._applier
        applier.begin()
        passing = [message for message in batch if isinstance(message, (LinkChanged, Progress))]
        writing = [message for message in batch if not isinstance(message, (LinkChanged, Progress))]
        applier.touched.passing.extend(passing)
        if not writing:
            return applier.touched.changes(self._revision(), (0, 0))
        try:
            self._still_there()
            revision = self._write(writing)
        except BaseException as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            applier.work.undo()
            if len(writing) == 1:
                _drop_spools(writing)
            applier.failed()
            if isinstance(error, sqlite3.Error):
                raise self._unwritten(error) from error
            if isinstance(error, OverflowError):
                raise StoreError(f"a number of the server is too large to be stored: {error}") from error
            raise
        applier.work.finish()
        return applier.touched.changes(revision, count_lines(self._db), count_outbox(self._db))

    def _write(self, batch: Sequence[Message]) -> Revision:
        """What a person did must survive power loss once it is acknowledged: those transactions sync the log. Mail
        lies in the maildir by then, and what the log might lose of it is found there."""
        lasting = any(isinstance(message, LASTING) for message in batch)
        self._db.execute(f"PRAGMA synchronous={'FULL' if lasting else 'NORMAL'}")
        before = self._db.total_changes
        self._db.execute("BEGIN IMMEDIATE")
        for message in batch:
            self._dispatch.one(message)
        self._count()
        trusted = self._trusted()
        self._applier.work.do()
        self._stamp(trusted)
        revision = self._bump() if self._db.total_changes != before else self._revision()
        self._db.execute("COMMIT")
        return revision

    def _still_there(self) -> None:
        try:
            there = os.stat(index_path(self.root)).st_ino == self._inode
        except OSError:
            there = False
        if not there:
            raise StoreError(
                f"{index_path(self.root)} was removed or replaced while mailtui was running",
                "start mailtui again: the index is rebuilt from the maildir",
            )

    def _unwritten(self, error: sqlite3.Error) -> StoreError:
        if is_damage(error):
            mark_damaged(index_path(self.root))
            return StoreError(f"the index is damaged: {error}", "start mailtui again: it is rebuilt from the maildir")
        return StoreError(f"the index can't be written: {error}", "is the disk full? nothing was lost")

    def submit(self, wanted: Deed | Order | Intent) -> list[Change]:
        """Journals at once, without an engine. Raises StoreError."""
        return self.apply([Submitted(None, wanted)])

    def _count(self) -> None:
        heads.settle(self._db)
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

    def _trusted(self) -> set[int]:
        """Mailboxes whose folder nobody else changed since we last looked; of others no stamp is taken, so that the
        next start looks into them."""
        found = set()
        for folder in self._touched_folders():
            (known,) = self._db.execute("SELECT cur_mtime_ns FROM mailbox WHERE id = ?", (folder.id,)).fetchone()
            if known in (0, stamp(folder.path)):
                found.add(folder.id)
        return found

    def _touched_folders(self) -> list[Folder]:
        changed = self._applier.work.folders
        return [folder for folder in self._applier.folders.known() if folder.path in changed]

    def _stamp(self, trusted: set[int]) -> None:
        """Remembers what the folders look like after our own renames."""
        for folder in self._touched_folders():
            mark = stamp(folder.path) if folder.id in trusted else UNTRUSTED
            self._db.execute("UPDATE mailbox SET cur_mtime_ns = ? WHERE id = ?", (mark, folder.id))

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
        return self._opened_fulltext().fill(limit)

    def many_unfilled(self, many: int) -> bool:
        """Whether `fill_fulltext` has so many messages to do; on its thread."""
        return self._opened_fulltext().waiting(many) >= many

    def _opened_fulltext(self) -> Fulltext:
        if self._fulltext is None:
            self._fulltext = Fulltext(self.root)
        return self._fulltext

    def leave_fulltext(self) -> None:
        """Somebody else fills it now; call on the thread of `fill_fulltext`."""
        if self._fulltext is not None:
            self._fulltext.close()
            self._fulltext = None

    def close(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._set("at-work", 0)
        self._close()
        self._lock.release()

    def _close(self) -> None:
        self.leave_fulltext()
        self._base.close()
        self._db.close()


def _drop_spools(batch: Sequence[Message]) -> None:
    """Of a refused batch nothing stays: its mail is fetched again."""
    for message in batch:
        if isinstance(message, (MailboxDelta, Filed)):
            FileWork.forget([delivery.spool for delivery in message.deliveries])
        elif isinstance(message, MaildropRead):
            FileWork.forget([popped.delivery.spool for popped in message.messages])


def _last_write(path: str) -> int:
    """When the index was last written, nanoseconds since 1970; 0 if there is none."""
    times = [0]
    for suffix in ("", "-wal"):
        with contextlib.suppress(OSError):
            times.append(os.stat(path + suffix).st_mtime_ns)
    return max(times)


def _set_aside(path: str) -> None:
    """A damaged index is kept for whoever wants to look; the maildir has everything else."""
    mark = time.strftime("%Y%m%d-%H%M%S")
    for suffix in ("", "-wal", "-shm"):
        if os.path.exists(path + suffix):
            os.replace(path + suffix, f"{path}.damaged-{mark}{suffix}")
    with contextlib.suppress(OSError):
        os.symlink(f"{os.path.basename(path)}.damaged-{mark}", path + CARRY)
    unmark_damaged(path)
