"""A store with one account and few folders, and words to feed it: for tests of the store room."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from mailtui.model.facts import Delivery, HeaderOnly, MailboxDelta, MailboxesListed
from mailtui.model.folder import Checkpoint, RemoteMailbox
from mailtui.model.ids import AccountId, MailboxId
from mailtui.model.mail import Flags
from mailtui.store.store import Store
from tests.support.heads import wrong_heads

ACCOUNT = AccountId("home")
DATE = 1_700_000_000


def open_store(root: Path, *names: str, delimiter: str = "/") -> Store:
    """With these mailboxes listed; INBOX if none is named."""
    store = Store.open(str(root))
    listed = tuple(RemoteMailbox(name, delimiter, frozenset()) for name in names or ("INBOX",))
    store.apply([MailboxesListed(ACCOUNT, listed)])
    return store


def box(store: Store, name: str = "INBOX") -> MailboxId:
    return next(box.id for box in store.base().mailboxes(ACCOUNT) if box.name == name)


def raw_mail(number: int, *, extra: str = "", body: str = "") -> bytes:
    return (
        f"From: Anna <anna@example.org>\r\nTo: me@example.org\r\nSubject: mail {number}\r\n"
        f"Message-ID: <{number}@example.org>\r\nDate: Tue, 14 Nov 2023 22:{number % 60:02}:00 +0000\r\n{extra}\r\n"
        f"{body or f'text of number {number}'}\r\n"
    ).encode()


def delivery(
    store: Store, mailbox: MailboxId, uid: int, raw: bytes, flags: Iterable[str] = (), modseq: int = 0
) -> Delivery:
    """Spooled as a worker does it."""
    file = store.spool(mailbox).open()
    file.feed(raw)
    done = file.finish()
    return Delivery(uid, Flags.of(flags), DATE + uid, done.size, done.digest, done.head, done.path, modseq)


def header(uid: int, raw: bytes, flags: Iterable[str] = ()) -> HeaderOnly:
    return HeaderOnly(uid, Flags.of(flags), DATE + uid, len(raw), raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")


def deliver(store: Store, mailbox: MailboxId, *uids: int, validity: int = 7) -> None:
    """Mail number = UID, with a checkpoint behind it."""
    mails = tuple(delivery(store, mailbox, uid, raw_mail(uid)) for uid in uids)
    point = Checkpoint(validity, max(uids) + 1, 0, 1)
    store.apply([MailboxDelta(ACCOUNT, mailbox, validity, deliveries=mails, checkpoint=point)])


def files(root: Path) -> list[str]:
    """Every message file, relative to the store, without safety copies."""
    found = []
    for folder, _, names in os.walk(root / "mail"):
        if os.path.basename(folder) in {"cur", "new"} and ".gone" not in folder:
            found += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return sorted(found)


def seen(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """All that a person sees, folder by folder: (word, UID, flags, date, subject, digest of the file)."""
    reader = store.reader()
    try:
        assert not wrong_heads(store._db)
        found: dict[str, list[tuple[object, ...]]] = {}
        for mailbox in reader.mailboxes():
            rows = reader.page(mailbox.id, limit=100_000)
            assert mailbox.total == len(rows), "the counter lies"
            assert mailbox.unread == sum(not row.flags.seen for row in rows), "the unread counter lies"
            found[mailbox.name] = sorted(
                (row.word, row.uid, row.flags, row.date, row.subject, _digest(reader.content(row.placement)))
                for row in rows
            )
        return found
    finally:
        reader.close()


def _digest(content: object) -> str:
    path = getattr(content, "path", None)
    return hashlib.md5(Path(path).read_bytes()).hexdigest() if path else ""
