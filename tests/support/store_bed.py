"""A store with an account and mailboxes to try things on, and a ledger that judges it by plain SQL and the files."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mailtui.model.changes import Change
from mailtui.model.facts import Delivery, FlagsAt, HeaderOnly, MailboxDelta, MailboxesListed
from mailtui.model.folder import Checkpoint, RemoteMailbox
from mailtui.model.ids import AccountId, MailboxId
from mailtui.model.mail import NO_FLAGS, Flags, Row
from mailtui.store.requests import Message
from mailtui.store.store import Store
from tests.support.heads import wrong_heads

ACCOUNT = AccountId("home")
VALIDITY = 77
DATE = 1_760_000_000


def raw(number: int, *, subject: str = "", body: str = "text", refs: str = "") -> bytes:
    """A small message, different for every number."""
    head = [
        f"Message-ID: <m{number}@example>",
        "Date: Thu, 9 Oct 2025 08:53:20 +0000",
        f"Subject: {subject or f'number {number}'}",
        "From: Anna <anna@example>",
        "To: bob@example",
    ]
    if refs:
        head.append(f"References: {refs}")
    return ("\r\n".join(head) + f"\r\n\r\n{body} {number}\r\n").encode()


def remote(*names: str, delimiter: str | None = "/") -> MailboxesListed:
    return MailboxesListed(ACCOUNT, tuple(RemoteMailbox(name, delimiter, frozenset()) for name in names))


@dataclass
class Bed:
    """A store at `root`; closed and opened again at will."""

    root: str
    store: Store

    def reopen(self) -> Store:
        self.store.close()
        self.store = Store.open(self.root)
        return self.store

    def box(self, name: str = "INBOX") -> MailboxId:
        for mailbox in self.store.base().mailboxes(ACCOUNT):
            if mailbox.name == name:
                return mailbox.id
        raise AssertionError(f"no mailbox {name}")

    def delivery(self, uid: int, content: bytes, *, box: str = "INBOX", flags: Flags = NO_FLAGS) -> Delivery:
        sink = self.store.spool(self.box(box)).open()
        sink.feed(content)
        done = sink.finish()
        return Delivery(uid, flags, DATE + uid, done.size, done.digest, done.head, done.path)

    def delta(
        self,
        *deliveries: Delivery,
        box: str = "INBOX",
        headers: Sequence[HeaderOnly] = (),
        flags: Sequence[FlagsAt] = (),
        vanished: Sequence[tuple[int, int]] = (),
        validity: int = VALIDITY,
        checkpoint: Checkpoint | None = None,
    ) -> MailboxDelta:
        return MailboxDelta(
            ACCOUNT, self.box(box), validity, deliveries, tuple(headers), tuple(flags), tuple(vanished), checkpoint
        )

    def apply(self, *facts: Message) -> list[Change]:
        return self.store.apply(facts)

    def fill(self, *uids: int, box: str = "INBOX") -> None:
        """Delivers raw(uid) for each."""
        self.apply(self.delta(*(self.delivery(uid, raw(uid), box=box) for uid in uids), box=box))

    def rows(self, box: str = "INBOX") -> tuple[Row, ...]:
        with contextlib.closing(self.store.reader()) as reader:
            return reader.page(self.box(box), limit=10_000)

    def row(self, uid: int, box: str = "INBOX") -> Row:
        return next(row for row in self.rows(box) if row.uid == uid)

    def bytes_of(self, row: Row) -> bytes | None:
        with contextlib.closing(self.store.reader()) as reader:
            content = reader.content(row.placement)
        return Path(content.path).read_bytes() if content is not None else None

    def cur(self, box: str = "INBOX") -> Path:
        return Path(self.root, str(self.store.base().folder(self.box(box))), "cur")


@contextlib.contextmanager
def bed(root: str | Path, *names: str) -> Iterator[Bed]:
    made = Bed(str(root), Store.open(str(root)))
    try:
        made.apply(remote(*(names or ("INBOX", "Archive"))))
        yield made
    finally:
        made.store.close()


def audit(root: str | Path) -> list[str]:
    """What is wrong with a store at rest: counters, files without rows, rows without files, doubles."""
    wrong: list[str] = []
    with contextlib.closing(sqlite3.connect(os.path.join(root, "index.sqlite"))) as db:
        for ident, account, folder, total, unread in db.execute(
            "SELECT id, account, dir, total, unread FROM mailbox"
        ).fetchall():
            rows = db.execute("SELECT flags, file, body, uid FROM placement WHERE mailbox = ?", (ident,)).fetchall()
            if (len(rows), sum(not row[0] & 1 for row in rows)) != (total, unread):
                wrong.append(f"{folder}: counters {total}/{unread}, rows {len(rows)}")
            uids = [row[3] for row in rows if row[3] is not None]
            if len(uids) != len(set(uids)):
                wrong.append(f"{folder}: a UID twice")
            files = sorted(os.listdir(os.path.join(root, "mail", account, folder, "cur")))
            if files != sorted(row[1] for row in rows if row[2]):
                wrong.append(
                    f"{folder}: {len(files)} files, {sum(row[2] for row in rows)} rows with a file; names differ"
                )
            tmp = os.listdir(os.path.join(root, "mail", account, folder, "tmp"))
            if tmp:
                wrong.append(f"{folder}: {len(tmp)} files left in tmp/")
        wrong += wrong_heads(db)
        (check,) = db.execute("PRAGMA integrity_check").fetchone()
        if check != "ok":
            wrong.append(check)
    return wrong
