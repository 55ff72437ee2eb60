"""Mail as values: flags, addresses, envelopes, list rows, contents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntFlag
from typing import NamedTuple

from mailtui.model.ids import MailboxId, MessageId, PlacementId, ThreadId, Word


class Flag(IntFlag):
    """System flags (RFC 9051 section 2.3.2) as bits; the index stores the integer."""

    SEEN = 1
    ANSWERED = 2
    FLAGGED = 4
    DELETED = 8
    DRAFT = 16


SYSTEM_FLAG_NAMES: dict[str, Flag] = {
    "\\seen": Flag.SEEN,
    "\\answered": Flag.ANSWERED,
    "\\flagged": Flag.FLAGGED,
    "\\deleted": Flag.DELETED,
    "\\draft": Flag.DRAFT,
}
_WIRE_NAMES = {
    Flag.SEEN: "\\Seen",
    Flag.ANSWERED: "\\Answered",
    Flag.FLAGGED: "\\Flagged",
    Flag.DELETED: "\\Deleted",
    Flag.DRAFT: "\\Draft",
}


class Flags(NamedTuple):
    """System flags as bits plus keywords, sorted case-insensitively and without doubles. `\\Recent` is never kept."""

    bits: int = 0
    keywords: tuple[str, ...] = ()

    @classmethod
    def of(cls, names: Iterable[str]) -> Flags:
        """From wire names such as `\\Seen`, `$Junk`; unknown system flags (and `\\Recent`) are dropped."""
        bits = 0
        keywords: dict[str, str] = {}
        for name in names:
            if name.startswith("\\"):
                bits |= SYSTEM_FLAG_NAMES.get(name.lower(), 0)
            elif name:
                keywords.setdefault(name.lower(), name)
        return cls(bits, tuple(keywords[key] for key in sorted(keywords)))

    def names(self) -> tuple[str, ...]:
        """Wire names, system flags first."""
        return tuple(wire for flag, wire in _WIRE_NAMES.items() if self.bits & flag) + self.keywords

    def union(self, other: Flags) -> Flags:
        return Flags(self.bits | other.bits, Flags.of((*self.keywords, *other.keywords)).keywords)

    def without(self, other: Flags) -> Flags:
        gone = {name.lower() for name in other.keywords}
        return Flags(self.bits & ~other.bits, tuple(name for name in self.keywords if name.lower() not in gone))

    @property
    def seen(self) -> bool:
        return bool(self.bits & Flag.SEEN)


NO_FLAGS = Flags()


NOWHERE = PlacementId(0)


class Address(NamedTuple):
    """One mailbox of an address header: decoded display name (may be empty) and `local@domain` (may be broken)."""

    name: str
    addr: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the index keeps of a header block; every text is decoded, unfolded and free of NUL, CR and LF,
    but NOT made safe for a terminal (see mail/sanitize)."""

    message_id: str = ""
    """Without angle brackets; empty if the header is missing."""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    """Oldest first, without angle brackets, without doubles."""
    date: int | None = None
    """Date header, seconds since 1970 UTC; None if missing or unreadable."""
    subject: str = ""
    from_: tuple[Address, ...] = ()
    sender: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    list_id: str = ""
    attachment: bool = False
    """Likely has an attachment (from Content-Type until the body was scanned)."""


class RowKey(NamedTuple):
    """Place of a row in a mailbox sorted by date: (sort date in seconds since 1970 UTC, placement). In a list of
    threads both are those of the thread's newest message."""

    date: int
    placement: PlacementId
    order: int = 0
    """In a list of threads: 0 for the first line of the thread, -1 for the second, ..."""
    at: PlacementId = NOWHERE
    """In a list of threads: the message of the line itself, else NOWHERE."""


@dataclass(frozen=True, slots=True)
class Folding:
    """Which threads of a list show all their lines: those of `besides`, or all but those if `unfolded`."""

    unfolded: bool = False
    besides: frozenset[ThreadId] = frozenset()

    def shows(self, thread: ThreadId) -> bool:
        return (thread in self.besides) != self.unfolded

    def toggled(self, thread: ThreadId) -> Folding:
        return Folding(self.unfolded, self.besides ^ {thread})


class Member(NamedTuple):
    """A message of a thread, as its head has it."""

    placement: PlacementId
    bits: int
    """System flags."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a row is in a list of threads."""

    newest: int
    """Sort date of the thread's newest message here; seconds since 1970 UTC."""
    lead: PlacementId
    """That message."""
    order: int
    """0: the thread's first line."""
    count: int
    """Messages of the thread here."""
    unread: int
    folded: bool
    """This row stands for all of them (also for one that is alone)."""
    rails: str = ""
    """How it hangs below others, a letter for each level: `|` a line passes, blank, `+` hangs and others follow, `L`
    hangs as the last."""
    people: tuple[Address, ...] = ()
    """Folded: authors, oldest first, each once; of many the first and the last ones."""
    members: tuple[Member, ...] = ()
    """Folded: the messages, oldest first; empty if there are more than a screen needs."""

    @property
    def whole(self) -> bool:
        """Whether the row stands for several messages."""
        return self.folded and self.count > 1


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the message list, as the index has it. Texts are decoded, not yet made safe for a terminal."""

    placement: PlacementId
    word: Word
    message: MessageId
    thread: ThreadId
    mailbox: MailboxId
    uid: int | None
    flags: Flags
    date: int
    """Sort date: the Date header if sane, else INTERNALDATE; seconds since 1970 UTC."""
    from_: tuple[Address, ...]
    to: tuple[Address, ...]
    subject: str
    size: int
    """RFC822.SIZE in bytes."""
    message_id: str
    attachment: bool
    body_here: bool
    """Whether the whole message is in the maildir."""
    pending: bool
    """Whether an unconfirmed Intent touches it."""
    snippet: str = ""
    """First words of the text, empty until the full-text filler has passed."""
    line: Line | None = None
    """In a list of threads: which line it is."""

    @property
    def key(self) -> RowKey:
        line = self.line
        if line is None:
            return RowKey(self.date, self.placement)
        return RowKey(line.newest, line.lead, -line.order, self.placement)


@dataclass(frozen=True, slots=True)
class Content:
    """Where the raw message lies: an absolute path in the maildir and its size in bytes."""

    path: str
    size: int
