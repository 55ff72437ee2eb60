"""The mail itself, in memory: mailboxes with UIDs, flags and MODSEQ (RFC 7162), and who watches. No I/O, no clock."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

_SYSTEM = {name.lower(): name for name in ("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft")}


def canonical_flags(names: Iterable[str]) -> frozenset[str]:
    """Flag names with system flags in their usual spelling; `\\Recent` and unknown system flags are dropped."""
    found = (_SYSTEM.get(name.lower(), "") if name.startswith("\\") else name for name in names)
    return frozenset(name for name in found if name)


@dataclass(slots=True)
class StoredMessage:
    uid: int
    raw: bytes
    flags: frozenset[str]
    internaldate: int
    """Seconds since 1970 UTC."""
    modseq: int


class Watcher(Protocol):
    """A session that has the mailbox open."""

    def added(self, uids: Sequence[int]) -> None: ...

    def removed(self, uids: Sequence[int]) -> None: ...

    def changed(self, uid: int) -> None: ...

    def reset(self) -> None:
        """UIDs mean nothing any more (UIDVALIDITY changed, mailbox deleted)."""


@dataclass(slots=True, eq=False)
class Mailbox:
    name: str
    uidvalidity: int
    attributes: tuple[str, ...] = ()
    """SPECIAL-USE attributes."""
    selectable: bool = True
    subscribed: bool = True
    uidnext: int = 1
    highestmodseq: int = 1
    messages: dict[int, StoredMessage] = field(default_factory=dict)
    uids: list[int] = field(default_factory=list)
    """Ascending."""
    tombstones: list[tuple[int, int]] = field(default_factory=list)
    """(MODSEQ, UID) of expunged messages, oldest first."""
    watchers: list[Watcher] = field(default_factory=list)

    def _next_modseq(self) -> int:
        self.highestmodseq += 1
        return self.highestmodseq

    @property
    def unseen(self) -> int:
        return sum("\\Seen" not in message.flags for message in self.messages.values())

    def append(self, raw: bytes, flags: Iterable[str] = (), internaldate: int = 0) -> int:
        """Store one message; returns its UID."""
        return self.append_all([(raw, frozenset(flags), internaldate)])[0]

    def append_all(self, mails: Sequence[tuple[bytes, frozenset[str], int]]) -> list[int]:
        added = []
        for raw, flags, internaldate in mails:
            uid = self.uidnext
            self.uidnext += 1
            self.messages[uid] = StoredMessage(uid, raw, canonical_flags(flags), internaldate, self._next_modseq())
            self.uids.append(uid)
            added.append(uid)
        for watcher in list(self.watchers):
            watcher.added(added)
        return added

    def set_flags(self, uid: int, flags: frozenset[str], by: Watcher | None = None) -> None:
        """Give a message these flags; everyone but `by` hears of it. No change, no new MODSEQ."""
        message = self.messages[uid]
        if message.flags == flags:
            return
        message.flags = flags
        message.modseq = self._next_modseq()
        for watcher in list(self.watchers):
            if watcher is not by:
                watcher.changed(uid)

    def expunge(self, uids: Iterable[int]) -> list[int]:
        """Remove those of `uids` that exist; returns them ascending."""
        gone = sorted({uid for uid in uids if uid in self.messages})
        if not gone:
            return []
        modseq = self._next_modseq()
        for uid in gone:
            del self.messages[uid]
            self.tombstones.append((modseq, uid))
        dead = set(gone)
        self.uids = [uid for uid in self.uids if uid not in dead]
        for watcher in list(self.watchers):
            watcher.removed(gone)
        return gone

    def vanished_since(self, modseq: int) -> list[int]:
        """UIDs expunged after `modseq`, ascending."""
        start = bisect_left(self.tombstones, (modseq + 1, 0))
        return sorted(uid for _, uid in self.tombstones[start:])

    def renumber(self, uidvalidity: int) -> None:
        """Change UIDVALIDITY: the same mail under new UIDs from 1, as after a restore from a backup."""
        messages = [self.messages[uid] for uid in self.uids]
        self.uidvalidity = uidvalidity
        self.tombstones.clear()
        self.highestmodseq = 1
        self.messages = {}
        for uid, message in enumerate(messages, 1):
            self.messages[uid] = StoredMessage(
                uid, message.raw, message.flags, message.internaldate, self._next_modseq()
            )
        self.uids = list(self.messages)
        self.uidnext = len(self.uids) + 1
        self.dismiss()

    def dismiss(self) -> None:
        """Tell every watcher that the mailbox they had open is no more."""
        for watcher in list(self.watchers):
            watcher.reset()


class Mailboxes:
    """All mailboxes of the one account. Hierarchy delimiter `/`. Names are Unicode."""

    def __init__(self, uidvalidity: int = 1) -> None:
        self._boxes: dict[str, Mailbox] = {}
        self._uidvalidity = uidvalidity
        self.create("INBOX")

    def sorted(self) -> list[Mailbox]:
        """INBOX first, then by name."""
        return sorted(self._boxes.values(), key=lambda box: (box.name != "INBOX", box.name))

    def get(self, name: str) -> Mailbox | None:
        return self._boxes.get(name)

    def __getitem__(self, name: str) -> Mailbox:
        return self._boxes[name]

    def has_children(self, name: str) -> bool:
        return any(other.startswith(name + "/") for other in self._boxes)

    def create(self, name: str, attributes: tuple[str, ...] = (), selectable: bool = True) -> Mailbox:
        """Make a mailbox and whatever lies above it. A name that exists but can't be opened becomes selectable."""
        parent = name.rpartition("/")[0]
        if parent and parent not in self._boxes:
            self.create(parent)
        box = self._boxes.get(name)
        if box is None:
            box = self._boxes[name] = Mailbox(name, self._uidvalidity, attributes, selectable)
            self._uidvalidity += 1
        box.selectable = box.selectable or selectable
        return box

    def delete(self, name: str) -> None:
        """Remove a mailbox; one with children stays as a bare name (RFC 9051 section 6.3.5)."""
        box = self._boxes.pop(name)
        box.dismiss()
        if self.has_children(name):
            self._boxes[name] = Mailbox(name, self._uidvalidity, selectable=False)
            self._uidvalidity += 1

    def rename(self, old: str, new: str) -> None:
        """Rename a mailbox and everything below it; INBOX keeps its name and gives its mail away (section 6.3.6)."""
        if old == "INBOX":
            inbox = self._boxes[old]
            target = self.create(new)
            target.append_all([(m.raw, m.flags, m.internaldate) for m in inbox.messages.values()])
            inbox.expunge(list(inbox.uids))
            return
        parent = new.rpartition("/")[0]
        if parent and parent not in self._boxes:
            self.create(parent)
        for name in [name for name in self._boxes if name == old or name.startswith(old + "/")]:
            box = self._boxes.pop(name)
            box.name = new + name[len(old) :]
            self._boxes[box.name] = box
