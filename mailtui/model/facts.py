"""Facts: what a server or a disk said. Only the Writer reads them; each is committed in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from mailtui.model.folder import Checkpoint, RemoteMailbox
from mailtui.model.ids import AccountId, IntentId, MailboxId, MessageId, PlacementId
from mailtui.model.link import LinkState
from mailtui.model.mail import Flags
from mailtui.model.outgoing import OutboxFact


@dataclass(frozen=True, slots=True)
class Delivery:
    """A whole message, spooled: its bytes lie complete in `spool` (a file in the mailbox's tmp/, not yet fsynced)."""

    uid: int
    flags: Flags
    internaldate: int
    """Seconds since 1970 UTC."""
    size: int
    digest: bytes
    """BLAKE2b-128 of the raw bytes."""
    head: bytes
    """The header block (at most the spool's head limit), ends at or after the blank line."""
    spool: str
    """Absolute path of the spooled file."""
    modseq: int = 0


@dataclass(frozen=True, slots=True)
class HeaderOnly:
    """A message of which only the header fields were fetched."""

    uid: int
    flags: Flags
    internaldate: int
    size: int
    head: bytes
    modseq: int = 0


@dataclass(frozen=True, slots=True)
class FlagsAt:
    """The server's flags of one UID."""

    uid: int
    flags: Flags
    modseq: int = 0


@dataclass(frozen=True, slots=True)
class MailboxDelta:
    """Everything one round of synchronisation found in one mailbox, committed together with its checkpoint.

    A UID in `deliveries` that has a row already (header only, or re-sent) completes or refreshes it, never doubles it.
    The delta is refused (Stale) if the mailbox's UIDVALIDITY is no longer `uidvalidity`; the first delta sets it.
    """

    account: AccountId
    mailbox: MailboxId
    uidvalidity: int
    deliveries: tuple[Delivery, ...] = ()
    headers: tuple[HeaderOnly, ...] = ()
    flags: tuple[FlagsAt, ...] = ()
    vanished: tuple[tuple[int, int], ...] = ()
    """Inclusive UID ranges that the server no longer has."""
    checkpoint: Checkpoint | None = None
    remote_total: int | None = None
    only_known: bool = False
    """Deliveries only complete rows that exist (a body fetched for the screen while another connection synchronises
    the mailbox); a UID without a row is dropped, its spool removed. The flags of such deliveries are not applied."""


@dataclass(frozen=True, slots=True)
class Relinked:
    """UIDVALIDITY changed and old rows were matched to new UIDs: (placement, new UID, flags).

    Rows not named lose their UID and stay (hidden) until content matching or a full listing settles them:
    `unmatched_gone` says that the whole new UID set was listed, so unmatched rows are really gone from the server.
    """

    account: AccountId
    mailbox: MailboxId
    uidvalidity: int
    matched: tuple[tuple[PlacementId, int, Flags], ...]
    unmatched_gone: bool
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class MailboxesListed:
    """The server's whole mailbox list. `complete` = names not in it no longer exist on the server
    (their rows are kept, marked as gone)."""

    account: AccountId
    mailboxes: tuple[RemoteMailbox, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """State of an account's connection. Not stored; passed on as a Change."""

    account: AccountId
    state: LinkState
    text: str = ""
    hint: str = ""
    retry_in: float | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """A long fill. Not stored; passed on as a Change. Rate in messages per second."""

    account: AccountId
    mailbox: MailboxId
    done: int
    total: int
    rate: float


class Road(Enum):
    """How a message gets into another mailbox of the server."""

    MOVE = "move"
    COPY = "copy"
    APPEND = "append"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A command that must not be done twice, durable before its first byte goes out.

    If its answer never comes, the next connection looks at the server to learn whether it was done.
    """

    id: int
    """Random, 63 bits."""
    account: AccountId
    road: Road
    to: MailboxId
    placements: tuple[PlacementId, ...]
    source: MailboxId | None = None
    uids: tuple[int, ...] = ()
    """Of the originals in `source`, in the order of `placements`; empty for APPEND."""
    uidvalidity: int = 0
    """Of `to`, as far as known."""
    uidnext: int = 1
    """Of `to` before the command: what it makes lies at or above it."""
    leaves: bool = False
    """COPY that stands for a move: the originals are to be deleted afterwards."""


@dataclass(frozen=True, slots=True)
class Attempted:
    """The bytes of this command are about to go out."""

    account: AccountId
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of an attempt: these placements lie in its mailbox now, as (placement, UID or 0 if unknown).

    Placements not named are where they were. `flags`: what an APPEND gave the message. The attempt is over.
    """

    account: AccountId
    attempt: Attempt
    uidvalidity: int
    placed: tuple[tuple[PlacementId, int], ...] = ()
    flags: Flags | None = None
    lost: tuple[PlacementId, ...] = ()
    """Neither where they were nor where they were going: someone else took them away."""


@dataclass(frozen=True, slots=True)
class Expunged:
    """These UIDs are off the server because we asked for it. `kept`: marked deleted, but still there, because the
    server can't expunge them without those that others marked (no UIDPLUS, RFC 4315)."""

    account: AccountId
    mailbox: MailboxId
    uids: tuple[int, ...]
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The server did these Intents; they are folded into Base and struck from the journal."""

    account: AccountId
    intents: tuple[IntentId, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """The server refused this Intent for good (for these placements, or wholly), in these words; it is struck, the
    screen shows Base again, and the ledger keeps it for a retry."""

    account: AccountId
    intent: IntentId
    text: str
    code: str = ""
    placements: tuple[PlacementId, ...] = ()


@dataclass(frozen=True, slots=True)
class Delayed:
    """The server can't do it now; it is tried again. Its words are for the ledger."""

    account: AccountId
    intents: tuple[IntentId, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Swept:
    """All mailboxes were looked at, and what was new in them fetched, since the newest row was `newest`: what lay in a
    mailbox then and was not missed still lies there."""

    account: AccountId
    newest: PlacementId


@dataclass(frozen=True, slots=True)
class Refined:
    """What the full-text filler learned from texts: (message, snippet, whether it has attachments)."""

    messages: tuple[tuple[MessageId, str, bool], ...]


Fact: TypeAlias = (
    MailboxDelta
    | Relinked
    | MailboxesListed
    | LinkChanged
    | Progress
    | Attempted
    | Carried
    | Expunged
    | Confirmed
    | Refused
    | Delayed
    | Swept
    | Refined
    | OutboxFact
)
