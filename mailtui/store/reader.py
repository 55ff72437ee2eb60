"""The store for the screen and the command line: implements ports.MailReader, without a lock, beside a writer."""

from __future__ import annotations

import contextlib
import datetime
import os
import sqlite3
from collections.abc import Sequence

from mailtui.model.errors import StoreError
from mailtui.model.folder import Mailbox, Role
from mailtui.model.ids import MailboxId, PlacementId, Revision, ThreadId, Word
from mailtui.model.ledger import Line, SafetyCopy, Step
from mailtui.model.listing import By
from mailtui.model.mail import Content, Envelope, Row, RowKey
from mailtui.model.outgoing import Outgoing, Person
from mailtui.model.senders import SenderGroup
from mailtui.store import ledger, outbox_files, people
from mailtui.store.codec import MAILBOX_COLUMNS, ROW_COLUMNS, unpack_envelope, unpack_mailbox, unpack_row
from mailtui.store.connections import Connections
from mailtui.store.files import elsewhere
from mailtui.store.learning import read_decision
from mailtui.store.lines import Lines
from mailtui.store.maildir import account_dir
from mailtui.store.ordering import ordered
from mailtui.store.schema import VERSION, fulltext_path, index_path, reading_uri

FILED_IN = {Role.JUNK.value: "spam", Role.ADVERTISING.value: "advertising"}
_FROM = "FROM placement p JOIN message m ON m.id = p.message"
_ROLE_ORDER = {role: place for place, role in enumerate(Role)}


class _Attached(Connections):
    """Read connections that see the full-text index too."""

    def __init__(self, root: str) -> None:
        super().__init__(index_path(root))
        self._fulltext = fulltext_path(root)

    def prepare(self, db: sqlite3.Connection) -> sqlite3.Connection:
        return db

    def with_words(self) -> sqlite3.Connection:
        """The connection with the full-text index as it is now: it may have come, or come anew, since the last time.
        Raises StoreError while there is none."""
        db = self.get()
        try:
            inode = os.stat(self._fulltext).st_ino
        except OSError:
            raise StoreError("the search index is not there yet", "it is made while mailtui runs; try again") from None
        if getattr(self._local, "inode", None) != inode:
            if getattr(self._local, "inode", None) is not None:
                db.execute("DETACH DATABASE fulltext")
                self._local.inode = None
            db.execute("ATTACH DATABASE ? AS fulltext", (reading_uri(self._fulltext),))
            self._local.inode = inode
        return db


class StoreReader:
    """Blocking; thread-safe (a connection per thread); sees committed state only."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._connections = _Attached(root)
        self.threaded = Lines(self._connections.get)
        try:
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
        except BaseException:
            self._connections.close()
            raise
        if version != VERSION:
            self._connections.close()
            raise StoreError(
                f"{index_path(root)} has schema {version}; this mailtui reads {VERSION}",
                "start mailtui once to bring it up to date",
            )

    @property
    def _db(self) -> sqlite3.Connection:
        return self._connections.get()

    def revision(self) -> Revision:
        return Revision(self._db.execute("SELECT value FROM meta WHERE key = 'revision'").fetchone()[0])

    def mailboxes(self) -> tuple[Mailbox, ...]:
        rows = self._db.execute(
            f"SELECT {MAILBOX_COLUMNS} FROM mailbox WHERE NOT deleted AND (gone = 0 OR total > 0)"  # noqa: S608
        ).fetchall()
        found = [unpack_mailbox(row) for row in rows]
        found.sort(key=lambda box: (box.account, box.role is Role.NONE, _ROLE_ORDER[box.role], box.name.casefold()))
        return tuple(found)

    def page(
        self,
        mailbox: MailboxId,
        *,
        after: RowKey | None = None,
        limit: int = 200,
        newest_first: bool = True,
        skip: int = 0,
    ) -> tuple[Row, ...]:
        order, compare = ("DESC", "<") if newest_first else ("ASC", ">")
        bound = ""
        values: tuple[int, ...] = (mailbox,)
        if after is not None:
            bound, values = f"AND (date, id) {compare} (?, ?)", (mailbox, after.date, after.placement)
        # Keys first, from the covering index alone; only the rows returned touch the tables.
        sql = (
            f"SELECT {ROW_COLUMNS} FROM (SELECT id AS k FROM placement INDEXED BY placement_list "  # noqa: S608
            f"WHERE mailbox = ? {bound} ORDER BY date {order}, id {order} LIMIT ? OFFSET ?) "
            f"JOIN placement p ON p.id = k JOIN message m ON m.id = p.message ORDER BY p.date {order}, p.id {order}"
        )
        return tuple(unpack_row(row) for row in self._db.execute(sql, (*values, limit, skip)))

    def rank(self, mailbox: MailboxId, key: RowKey) -> int:
        return int(
            self._db.execute(
                "SELECT count(*) FROM placement INDEXED BY placement_list WHERE mailbox = ? AND (date, id) > (?, ?)",
                (mailbox, key.date, key.placement),
            ).fetchone()[0]
        )

    def ordered(self, mailboxes: Sequence[MailboxId], by: By, limit: int) -> tuple[PlacementId, ...]:
        return ordered(self._db, mailboxes, by, limit)

    def rows(self, placements: Sequence[PlacementId]) -> tuple[Row, ...]:
        found: dict[int, Row] = {}
        for start in range(0, len(placements), 500):
            part = placements[start : start + 500]
            marks = ",".join("?" * len(part))
            for row in self._db.execute(
                f"SELECT {ROW_COLUMNS} {_FROM} WHERE p.id IN ({marks}) AND p.mailbox IS NOT NULL", part
            ):
                found[row[0]] = unpack_row(row)
        return tuple(found[placement] for placement in placements if placement in found)

    def by_word(self, word: Word) -> Row | None:
        row = self._db.execute(
            f"SELECT {ROW_COLUMNS} {_FROM} WHERE p.word = ? AND p.mailbox IS NOT NULL", (word,)
        ).fetchone()
        return unpack_row(row) if row is not None else None

    def thread(self, thread: ThreadId) -> tuple[Row, ...]:
        rows = self._db.execute(
            f"SELECT {ROW_COLUMNS} {_FROM} WHERE m.thread = ? AND p.mailbox IS NOT NULL ORDER BY p.date, p.id",
            (thread,),
        )
        return tuple(unpack_row(row) for row in rows)

    def envelope(self, placement: PlacementId) -> Envelope | None:
        row = self._db.execute(
            f"SELECT m.message_id, m.subject, m.from_, m.to_, m.cc_, m.list_id, m.attachment, m.envelope "
            f"{_FROM} WHERE p.id = ?",
            (placement,),
        ).fetchone()
        return unpack_envelope(row) if row is not None else None

    def content(self, placement: PlacementId) -> Content | None:
        row = self._db.execute(
            "SELECT b.account, b.dir, p.file FROM placement p JOIN mailbox b ON b.id = p.base_mailbox "
            "WHERE p.id = ? AND p.body = 1",
            (placement,),
        ).fetchone()
        if row is None:
            return None
        path = os.path.join(account_dir(self._root, row[0]), row[1], "cur", row[2])
        with contextlib.suppress(OSError):
            return Content(path, os.stat(path).st_size)
        moved = elsewhere(path, path)
        with contextlib.suppress(OSError):
            return Content(moved, os.stat(moved).st_size) if moved is not None else None
        return None

    def search(
        self,
        query: str,
        *,
        mailbox: MailboxId | None = None,
        account: str | None = None,
        limit: int = 50,
        before: RowKey | None = None,
        unfinished: bool = False,
    ) -> tuple[Row, ...]:
        try:
            from mailtui.store import search  # a tenth of the start, and not needed for it

            return search.run(
                self._connections.with_words(),
                query,
                today=datetime.date.today(),
                mailbox=mailbox,
                account=account,
                limit=limit,
                before=before,
                content=self.content,
                unfinished=unfinished,
            )
        except sqlite3.Error as error:
            if "interrupt" in str(error):
                raise StoreError("the search was interrupted") from error
            raise StoreError(f"the search failed: {error}", "`mailtui reindex` rebuilds the index") from error

    def caught(self, query: str, mailbox: MailboxId) -> tuple[Row, ...]:
        from mailtui.store import search

        today = datetime.date.today()
        try:
            db, indexed = self._connections.with_words(), True
        except StoreError:
            db, indexed = self._db, False
        try:
            return search.everything(db, query, today=today, mailbox=mailbox, content=self.content, indexed=indexed)
        except sqlite3.Error as error:
            raise StoreError(f"the search failed: {error}", "`mailtui reindex` rebuilds the index") from error

    def senders(self, mailbox: MailboxId, *, newest: int | None = None) -> tuple[SenderGroup, ...]:
        from mailtui.store import senders

        return senders.groups(self._db, mailbox, newest)

    def of_sender(self, mailbox: MailboxId, group: SenderGroup) -> tuple[PlacementId, ...]:
        from mailtui.store import senders

        return senders.members(self._db, mailbox, group)

    def interrupt(self) -> None:
        for db in self._connections.everyone():
            db.interrupt()

    def pending(self) -> int:
        return ledger.count(self._db)[0]

    def history(self, limit: int = 100) -> tuple[Step, ...]:
        return ledger.history(self._db, limit)

    def ledger(self) -> tuple[Line, ...]:
        return ledger.lines(self._db)

    def safety_copies(self, limit: int = 1000) -> tuple[SafetyCopy, ...]:
        return ledger.safety_copies(self._db, limit)

    def outbox(self) -> tuple[Outgoing, ...]:
        return outbox_files.read(self._db, self._root)

    def people(self, prefix: str, limit: int = 10) -> tuple[Person, ...]:
        return people.find(self._db, prefix, limit)

    def why_filed(self, placement: PlacementId) -> str:
        row = self._db.execute(
            "SELECT m.digest, b.role FROM placement p JOIN message m ON m.id = p.message "
            "JOIN mailbox b ON b.id = p.mailbox WHERE p.id = ?",
            (placement,),
        ).fetchone()
        if row is None or row[0] is None or row[1] not in FILED_IN:
            return ""
        found = read_decision(self._root, row[0])
        if found is None or FILED_IN[row[1]] != found.kind:
            return ""
        return f"Filed as {found.kind}: {found.reason}"

    def close(self) -> None:
        self._connections.close()


def open_reader(root: str) -> StoreReader:
    """Raises StoreError when there is no store yet."""
    if not os.path.exists(index_path(root)):
        raise StoreError(f"there is no mail store in {root} yet", "run `mailtui sync` or start mailtui first")
    return StoreReader(root)
