"""The store's face: opened by one writer, applied to by its Writer thread, read by everybody."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from mailtui.model.changes import Change
from mailtui.model.errors import StoreError
from mailtui.model.facts import (
    Attempted,
    Carried,
    Confirmed,
    Delayed,
    Expunged,
    Fact,
    LinkChanged,
    MailboxDelta,
    MailboxesListed,
    Progress,
    Refined,
    Refused,
    Relinked,
)
from mailtui.model.ids import AccountId, MailboxId, Revision
from mailtui.model.intents import Deed, Discard, Intent, Order, Redo, Restore, Retry, Undo
from mailtui.model.ports import MailReader
from mailtui.store import journal
from mailtui.store.apply import Applier
from mailtui.store.base import Base
from mailtui.store.carry import carry_over
from mailtui.store.files import FileWork
from mailtui.store.folders import Folder
from mailtui.store.fulltext import FillResult, Fulltext, forget_fulltext
from mailtui.store.lock import Lock
from mailtui.store.maildir import Spool, make_maildir, make_private, stamp
from mailtui.store.reader import open_reader
from mailtui.store.recover import (
    Recovery,
    Report,
    adopt_validity,
    clean_spools,
    restore_mailboxes,
    settle_checkpoints,
)
from mailtui.store.schema import (
    DamagedError,
    check,
    connect,
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


@dataclass(frozen=True, slots=True)
class Submitted:
    """What the person wants, on its way into the journal. `account` only says who asked; every message goes to its
    own account's journal."""

    account: AccountId | None
    intent: Deed | Order | Intent


@dataclass(frozen=True, slots=True)
class OutsideChange:
    """The folders of these mailboxes look other than we left them."""

    mailboxes: tuple[MailboxId, ...]


Message = Fact | Submitted | OutsideChange
LASTING = (Submitted, OutsideChange, Attempted, Carried, Expunged, Confirmed, Refused)
"""What must survive power loss once it is told."""


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
        self._inode = os.stat(index_path(root)).st_ino
        self.recovered = Report(0, 0, 0, 0)

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
            clean_spools(root)
            rebuilt |= store._db.execute("SELECT 1 FROM meta WHERE key = 'rebuilding'").fetchone() is not None
            if rebuilt:
                forget_fulltext(root)  # its documents name messages by the numbers of the lost index
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

    def recover(self, *, rebuilt: bool, progress: Callable[[int], None], racy_from: int = 1 << 62) -> Report:
        """Index and maildir agree afterwards. A rebuild that is cut short goes on at the next start."""
        recovery = Recovery(self._applier, progress, adopting=not rebuilt and self._was_closed())
        if rebuilt:
            with self._transaction():
                self._db.execute("INSERT OR REPLACE INTO meta VALUES('rebuilding', 1)")
                restore_mailboxes(self._applier, self.root)
        boxes = [ident for (ident,) in self._db.execute("SELECT id FROM mailbox ORDER BY id").fetchall()]
        for ident in boxes:
            with self._transaction():
                recovery.look(ident, always=rebuilt, racy_from=racy_from)
        with self._transaction():
            recovery.settle()
            adopt_validity(self._applier, boxes)
        self._set("at-work", 1)
        if rebuilt:
            with self._transaction():
                settle_checkpoints(self._db)
                for old in predecessors(index_path(self.root)):
                    carry_over(self._db, old, self._applier.placing)
                self._applier.orphans.count_on()
                self._db.execute("DELETE FROM meta WHERE key = 'rebuilding'")
            forget_predecessors(index_path(self.root))
        return Report(len(boxes), recovery.messages, recovery.adopted, recovery.missing)

    def _was_closed(self) -> bool:
        """Whether the last writer ended in order: then whatever differs was done by other programs."""
        return self._db.execute("SELECT 1 FROM meta WHERE key = 'at-work' AND value").fetchone() is None

    def _set(self, key: str, value: float | None) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES(?, ?)", (key, value))

    def _look_outside(self, mailboxes: Sequence[int]) -> None:
        """Other programs were at the files while we run."""
        recovery = Recovery(self._applier, adopting=True)
        for ident in mailboxes:
            recovery.look(ident)
        recovery.settle()
        assert recovery.outside is not None
        for text in recovery.outside.notices:
            self._applier.touched.notices.append(("warning", text, "move mail to the Trash to delete it"))

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
        return applier.touched.changes(revision, journal.count(self._db))

    def _write(self, batch: Sequence[Message]) -> Revision:
        """What a person did must survive power loss once it is acknowledged: those transactions sync the log. Mail
        lies in the maildir by then, and what the log might lose of it is found there."""
        lasting = any(isinstance(message, LASTING) for message in batch)
        self._db.execute(f"PRAGMA synchronous={'FULL' if lasting else 'NORMAL'}")
        before = self._db.total_changes
        self._db.execute("BEGIN IMMEDIATE")
        for message in batch:
            self._one(message)
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

    def _one(self, message: Message) -> None:
        applier = self._applier
        match message:
            case MailboxDelta():
                applier.delta(message)
            case Relinked():
                applier.relinked(message)
            case MailboxesListed():
                applier.listed(message)
            case Attempted(account, attempt):
                journal.attempted(self._db, account, attempt)
            case Carried():
                applier.placing.carried(message)
            case Expunged():
                applier.placing.expunged(message)
            case Confirmed():
                self._confirmed(message)
            case Refused(_, line, text, _, placements):
                applier.steps.refused(line, placements, text)
                applier.touched.notices.append(("warning", text, "it is as the server has it; the ledger can retry"))
            case Delayed(_, intents, text):
                journal.answered(self._db, intents, text)
                applier.touched.pending = True
            case Submitted(_, wanted):
                self._submitted(wanted)
            case OutsideChange(mailboxes):
                self._look_outside(mailboxes)
            case Refined(messages):
                self._db.executemany(
                    "UPDATE message SET snippet = ?, attachment = ? WHERE id = ?",
                    ((snippet, attachment, ident) for ident, snippet, attachment in messages),
                )
            case LinkChanged() | Progress():
                pass
            case _:
                assert_never(message)

    def _submitted(self, wanted: Deed | Order | Intent) -> None:
        steps = self._applier.steps
        match wanted:
            case Deed():
                steps.do(wanted)
            case Undo():
                steps.undo(wanted)
            case Redo():
                steps.redo(wanted)
            case Retry():
                steps.retry(wanted)
            case Discard():
                steps.discard(wanted)
            case Restore():
                steps.restore(wanted)
            case _:
                steps.do(Deed("", (wanted,)))

    def _confirmed(self, fact: Confirmed) -> None:
        for kind, fields in journal.on_mailboxes(self._db, fact.intents):
            self._applier.mailboxes.settle(kind, fields, done=True)
        self._refold(journal.confirm(self._db, fact))

    def submit(self, wanted: Deed | Order | Intent) -> list[Change]:
        """Journals at once, without an engine. Raises StoreError."""
        return self.apply([Submitted(None, wanted)])

    def _refold(self, placements: Sequence[int]) -> None:
        self._applier.touched.pending = True
        for placement in placements:
            self._applier.placing.refold(placement)

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
        if self._fulltext is None:
            self._fulltext = Fulltext(self.root)
        return self._fulltext.fill(limit)

    def close(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._set("at-work", 0)
        self._close()
        self._lock.release()

    def _close(self) -> None:
        if self._fulltext is not None:
            self._fulltext.close()
            self._fulltext = None
        self._base.close()
        self._db.close()


def _drop_spools(batch: Sequence[Message]) -> None:
    """Of a refused batch nothing stays: its mail is fetched again."""
    for message in batch:
        if isinstance(message, MailboxDelta):
            FileWork.forget([delivery.spool for delivery in message.deliveries])


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


CARRY = ".carry"
"""Names a damaged index of which the journal has not been carried over yet."""
BEFORE = ".before-reindex"


def predecessors(path: str) -> list[str]:
    """Indexes whose journal the one being built takes over, if it can be read."""
    found = [path + BEFORE] if os.path.exists(path + BEFORE) else []
    with contextlib.suppress(OSError):
        found.append(os.path.join(os.path.dirname(path), os.readlink(path + CARRY)))
    return found


def forget_predecessors(path: str) -> None:
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path + BEFORE + suffix)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path + CARRY)
