"""`mailtui import`: mail of other programs is copied into a local account, each message once, however often asked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from mailtui.engine.foreign import Foreign, Unread
from mailtui.model.facts import Delivery
from mailtui.model.folder import RemoteMailbox, Role
from mailtui.model.ids import AccountId, MailboxId
from mailtui.model.intents import CreateMailbox
from mailtui.store.local import ROLES
from mailtui.store.requests import Filed
from mailtui.store.store import Store
from mailtui.sync.roles import roles_of

BATCH = 400
"""Messages in a transaction at most."""
BATCH_BYTES = 32 << 20
NAMED = 20
"""Files that a report names."""


@dataclass(slots=True)
class Imported:
    """What became of what was read: `known` was here already (also as mail that was deleted since)."""

    added: int = 0
    known: int = 0
    unread: int = 0
    folders: dict[str, int] = field(default_factory=dict)
    """Messages added, by folder."""
    left: list[tuple[str, str]] = field(default_factory=list)
    """(path, why) of some that were not read."""


class Importer:
    """One run. A message counts as here if the account has its very bytes in any folder: as often as it was there
    before this run, it is passed over; so a run that was cut short is just begun anew."""

    def __init__(
        self, store: Store, account: AccountId, folder: str | None, progress: Callable[[int, float], None]
    ) -> None:
        self._store = store
        self._base = store.base()
        self._account = account
        self._folder = folder
        self._progress = progress
        self._before: dict[bytes, int] = {}
        """How many of this content were here before and are not yet met."""
        self._boxes: dict[str, tuple[MailboxId, str]] = {}
        self._waiting: dict[MailboxId, list[Delivery]] = {}
        self._size = self._count = 0
        self.report = Imported()

    def run(self, source: Iterable[Foreign | Unread]) -> Imported:
        """Raises StoreError; what was committed until then stays."""
        for mail in source:
            if isinstance(mail, Unread):
                self.report.unread += 1
                self.report.left += [(mail.path, mail.why)] if len(self.report.left) < NAMED else []
            else:
                self._take(mail)
        self._commit()
        return self.report

    def _take(self, mail: Foreign) -> None:
        digest = hashlib.blake2b(mail.raw, digest_size=16).digest()
        if digest not in self._before:
            self._before[digest] = self._base.copies(self._account, digest)
        if self._before[digest]:
            self._before[digest] -= 1
            self.report.known += 1
            return
        mailbox, name = self._box(mail.folder)
        sink = self._store.spool(mailbox).open()
        sink.feed(mail.raw)
        done = sink.finish()
        delivery = Delivery(0, mail.flags, mail.date, done.size, done.digest, done.head, done.path)
        self._waiting.setdefault(mailbox, []).append(delivery)
        self.report.added += 1
        self.report.folders[name] = self.report.folders.get(name, 0) + 1
        self._size += done.size
        self._count += 1
        if self._count >= BATCH or self._size >= BATCH_BYTES:
            self._commit()
            self._progress(self.report.added + self.report.known, mail.done)

    def _commit(self) -> None:
        if self._waiting:
            self._store.apply([Filed(mailbox, tuple(mails)) for mailbox, mails in self._waiting.items()])
        self._waiting = {}
        self._size = self._count = 0

    # -- where it goes

    def _box(self, folder: str) -> tuple[MailboxId, str]:
        found = self._boxes.get(folder)
        if found is None:
            found = self._boxes[folder] = self._find(folder)
        return found

    def _find(self, folder: str) -> tuple[MailboxId, str]:
        """Below the folder that was asked for; else its Inbox is our Inbox, its Sent our Sent, whatever it calls it."""
        if self._folder is not None:
            name = "/".join(part for part in (self._folder, folder) if part)
        else:
            role = _role(folder)
            known = self._base.role_mailbox(self._account, role) if role is not Role.NONE else None
            if known is not None:
                return known, self._name(known)
            name = ROLES.get(role, folder)
        return self._named(name)

    def _named(self, name: str) -> tuple[MailboxId, str]:
        """The folder of this name (or, for one word, of this role), made if there is none."""
        boxes = [box for box in self._base.mailboxes(self._account) if box.selectable and box.server_name is not None]
        for box in boxes:
            if box.name == name:
                return box.id, box.name
        for box in boxes:
            if box.role is not Role.NONE and name.lower() in (box.role.value, box.name.lower()):
                return box.id, box.name
        self._store.submit(CreateMailbox(self._account, name))
        return next((box.id, box.name) for box in self._base.mailboxes(self._account) if box.name == name.strip())

    def _name(self, mailbox: MailboxId) -> str:
        box = self._base.mailbox(mailbox)
        return box.name if box is not None else ""


def _role(folder: str) -> Role:
    if not folder:
        return Role.INBOX
    role = roles_of([RemoteMailbox(folder, "/", frozenset())]).get(folder, Role.NONE)
    return role if role in ROLES else Role.NONE
