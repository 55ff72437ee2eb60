"""A store with an account whose server keeps nothing, seen as plain values, and judged by SQL and the files."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mailtui.model.changes import Change
from mailtui.model.ids import AccountId, MailboxId, PlacementId
from mailtui.model.intents import Deed, Intent, Order
from mailtui.model.mail import Flags, Row
from mailtui.store.reindex import reindex
from mailtui.store.requests import LocalAccounts, OutsideChange, Submitted
from mailtui.store.store import Store
from tests.support.store_bed import DATE, audit, raw

LOCAL = AccountId("paper")
Seen = dict[str, list[tuple[object, ...]]]


@dataclass
class LocalBed:
    """Closed and opened again at will. Messages are known by their number: `raw(number)`."""

    root: str
    store: Store
    account: AccountId = LOCAL
    _dropped: int = field(default=0)

    def reopen(self, *, crashed: bool = False) -> None:
        """`crashed`: as if the process had been killed."""
        if crashed:
            self.store._close()
            self.store._lock.release()
        else:
            self.store.close()
        self._open()

    def _open(self) -> None:
        self.store = Store.open(self.root)
        self.store.apply([LocalAccounts((self.account,))])

    def reindex(self) -> None:
        self.store.close()
        reindex(self.root)
        self._open()

    def lose_index(self) -> None:
        """Nothing is left but the maildir."""
        self.store.close()
        for name in os.listdir(self.root):
            if ".sqlite" in name:
                os.unlink(os.path.join(self.root, name))
        self._open()

    # -- asking

    def do(self, *intents: Intent, label: str = "did") -> list[Change]:
        return self.store.submit(Deed(label, intents))

    def order(self, order: Order) -> list[Change]:
        return self.store.submit(order)

    def together(self, *wanted: Deed | Order) -> list[Change]:
        """In one transaction."""
        return self.store.apply([Submitted(None, one) for one in wanted])

    def drop(self, box: str, *numbers: int, content: Callable[[int], bytes] = raw) -> None:
        """Another program delivers into the maildir."""
        for number in numbers:
            (self.folder(box) / "new" / f"{DATE + number}.M{self._dropped}.elsewhere").write_bytes(content(number))
            self._dropped += 1
        self.store.apply([OutsideChange((self.box(box),))])

    # -- looking

    def box(self, name: str) -> MailboxId:
        with contextlib.closing(self.store.reader()) as reader:
            return next(box.id for box in reader.mailboxes() if box.name == name)

    def folder(self, box: str) -> Path:
        return Path(self.root, str(self.store.base().folder(self.box(box))))

    def rows(self) -> list[tuple[str, Row]]:
        with contextlib.closing(self.store.reader()) as reader:
            return [(box.name, row) for box in reader.mailboxes() for row in reader.page(box.id, limit=10_000)]

    def mails(self, *numbers: int) -> tuple[PlacementId, ...]:
        known = {row.subject: row.placement for _, row in reversed(self.rows())}
        return tuple(known[f"number {number}"] for number in numbers)

    def where(self, number: int) -> str:
        (name,) = [name for name, row in self.rows() if row.subject == f"number {number}"]
        return name

    def flags(self, number: int) -> Flags:
        (flags,) = [row.flags for _, row in self.rows() if row.subject == f"number {number}"]
        return flags

    def seen(self) -> Seen:
        """All that a person sees: (word, subject, flags, date, bytes) by folder, and what the folder is like."""
        found: Seen = {}
        with contextlib.closing(self.store.reader()) as reader:
            for box in reader.mailboxes():
                rows = reader.page(box.id, limit=10_000)
                assert box.total == len(rows), "the counter lies"
                assert box.unread == sum(not row.flags.seen for row in rows), "the unread counter lies"
                marks = (box.role.value, *sorted(box.attributes))
                mails: list[tuple[object, ...]] = sorted(
                    (row.word, row.subject, sorted(row.flags.names()), row.date, self.bytes_of(row)) for row in rows
                )
                found[box.name] = [("", *marks), *mails]
        return found

    def shape(self) -> Seen:
        """The same without words."""
        return {name: sorted(row[1:] for row in rows) for name, rows in self.seen().items()}

    def path(self, placement: PlacementId) -> Path:
        with contextlib.closing(self.store.reader()) as reader:
            content = reader.content(placement)
        assert content is not None
        return Path(content.path)

    def bytes_of(self, row: Row) -> bytes:
        return self.path(row.placement).read_bytes()

    def audit(self) -> list[str]:
        """What is wrong: counters, files, anything that waits, Base that is not what is seen."""
        wrong = audit(self.root)
        with contextlib.closing(sqlite3.connect(os.path.join(self.root, "index.sqlite"))) as db:
            for table in ("journal", "pending", "orphan", "attempt"):
                if db.execute(f"SELECT count(*) FROM {table}").fetchone() != (0,):
                    wrong.append(f"something waits in {table}")
            wrong += [
                f"row {ident}: Base is not what is seen"
                for (ident,) in db.execute(
                    "SELECT id FROM placement WHERE pending OR leftover OR uid IS NOT NULL OR (gone IS NULL AND "
                    "(mailbox IS NOT base_mailbox OR flags <> base_flags OR keywords <> base_keywords))"
                )
            ]
            copies = {
                file for (file,) in db.execute("SELECT file FROM placement WHERE gone IS NOT NULL AND file <> ''")
            }
        gone = Path(self.root, "mail", self.account, ".gone", "cur")
        there = set(os.listdir(gone)) if gone.exists() else set()
        if copies != there:
            wrong.append(f"{len(there)} safety copies, {len(copies)} rows of such")
        return wrong


@contextlib.contextmanager
def local_bed(root: str | Path, account: AccountId = LOCAL) -> Iterator[LocalBed]:
    made = LocalBed(str(root), Store.open(str(root)), account)
    try:
        made.store.apply([LocalAccounts((account,))])
        yield made
    finally:
        made.store.close()
