"""Mailboxes: roles, what a server lists, what the index knows, how far a mailbox is synchronised."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from mailtui.model.ids import AccountId, MailboxId


class Role(Enum):
    """What a mailbox is for (RFC 6154 SPECIAL-USE, plus INBOX, Advertising and ordinary ones)."""

    INBOX = "inbox"
    DRAFTS = "drafts"
    SENT = "sent"
    ARCHIVE = "archive"
    JUNK = "junk"
    TRASH = "trash"
    ADVERTISING = "advertising"
    ALL = "all"
    FLAGGED = "flagged"
    IMPORTANT = "important"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class RemoteStatus:
    """STATUS figures of one mailbox; None where the server did not say."""

    messages: int | None = None
    unseen: int | None = None
    uidnext: int | None = None
    uidvalidity: int | None = None
    highestmodseq: int | None = None


@dataclass(frozen=True, slots=True)
class RemoteMailbox:
    """One LIST reply, decoded. `name` is Unicode with the server's hierarchy `delimiter` (None: flat)."""

    name: str
    delimiter: str | None
    attributes: frozenset[str]
    """Lower case with backslash: `\\noselect`, `\\sent`, `\\subscribed`, ..."""
    status: RemoteStatus | None = None

    @property
    def selectable(self) -> bool:
        return not self.attributes & {"\\noselect", "\\nonexistent"}


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far Base reaches in one mailbox; committed together with the mail it covers, never ahead of it.

    Every server UID in [floor, uidnext) has a row; below `floor` the first fill has not come yet (floor 1 = complete).
    """

    uidvalidity: int
    uidnext: int
    highestmodseq: int = 0
    """0 where the server keeps no MODSEQ (RFC 7162), or where it can't be trusted yet."""
    floor: int = 1


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox as the index knows it; counts are of visible rows (Base folded with Pending)."""

    id: MailboxId
    account: AccountId
    name: str
    delimiter: str | None
    role: Role
    attributes: frozenset[str]
    total: int
    unread: int
    remote_total: int | None
    """Messages the server said it has (EXISTS or STATUS), for progress; None if unknown."""
    selectable: bool
    checkpoint: Checkpoint | None
    server_name: str | None = None
    """What the server calls it, where that is known to differ or agree; None: the server does not have it yet, or it
    is gone there."""

    @property
    def parts(self) -> tuple[str, ...]:
        """The hierarchy, outermost first."""
        return tuple(self.name.split(self.delimiter)) if self.delimiter else (self.name,)
