"""Changes: what whoever watches is told after a commit. They carry ids and a revision, never objects:
truth is on disk, so a lost or merged Change costs a re-read and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from mailtui.model.ids import AccountId, MailboxId, PlacementId, Revision, StepId
from mailtui.model.link import LinkState
from mailtui.model.outgoing import OutgoingId


@dataclass(frozen=True, slots=True)
class RowsChanged:
    """Rows of one mailbox came, went or look different. `whole`: too many to name, re-read what you show."""

    revision: Revision
    mailbox: MailboxId
    added: tuple[PlacementId, ...] = ()
    removed: tuple[PlacementId, ...] = ()
    updated: tuple[PlacementId, ...] = ()
    whole: bool = False


@dataclass(frozen=True, slots=True)
class MailboxesChanged:
    """The mailbox list or some counts changed; re-read `MailReader.mailboxes()`."""

    revision: Revision


@dataclass(frozen=True, slots=True)
class BodyArrived:
    """The whole message is in the maildir now."""

    revision: Revision
    placement: PlacementId


@dataclass(frozen=True, slots=True)
class BodyFailed:
    """A wanted body could not be had."""

    revision: Revision
    placement: PlacementId
    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class AccountChanged:
    """State of an account's connection, for the status line."""

    revision: Revision
    account: AccountId
    state: LinkState
    text: str = ""
    hint: str = ""
    retry_in: float | None = None


@dataclass(frozen=True, slots=True)
class ProgressChanged:
    """A long fill goes on; done == total ends it."""

    revision: Revision
    account: AccountId
    mailbox: MailboxId
    done: int
    total: int
    rate: float


@dataclass(frozen=True, slots=True)
class PendingChanged:
    """How many operations wait for their server, and how many it refused."""

    revision: Revision
    pending: int
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """A deed is in the journal, or was undone or redone: a line such as "Archived 3 · u undo" is due."""

    revision: Revision
    step: StepId
    label: str
    undone: bool = False


@dataclass(frozen=True, slots=True)
class OutboxChanged:
    """How many messages wait to go out (or are going), are held back, are stuck: re-read `MailReader.outbox()`."""

    revision: Revision
    waiting: int
    held: int
    stuck: int


@dataclass(frozen=True, slots=True)
class Unsent:
    """A message was taken out of the outbox; this is the draft that it became."""

    revision: Revision
    outgoing: OutgoingId
    placement: PlacementId


@dataclass(frozen=True, slots=True)
class ListLeft:
    """What a list's server said to a LeaveList."""

    revision: Revision
    account: AccountId
    name: str
    host: str
    status: int = 0
    """HTTP's, when it said yes; 0: it said no, or nothing."""
    text: str = ""
    """Why not."""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class PicturesFetched:
    """How a FetchPictures went. `text`: why the first of those that `failed` could not be had."""

    revision: Revision
    placement: PlacementId
    fetched: int
    failed: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """A server was asked about mail whose text was not here: so many messages were found and fetched. `text`: why it
    could not be asked, or not everywhere."""

    revision: Revision
    account: AccountId
    query: str
    found: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence for the person. `level`: information, warning, error."""

    revision: Revision
    level: str
    text: str
    hint: str = ""
    account: AccountId | None = None


@dataclass(frozen=True, slots=True)
class Resync:
    """You were too slow and missed Changes: re-read everything you show."""

    revision: Revision


Change: TypeAlias = (
    RowsChanged
    | MailboxesChanged
    | BodyArrived
    | BodyFailed
    | AccountChanged
    | ProgressChanged
    | PendingChanged
    | Done
    | OutboxChanged
    | Unsent
    | ListLeft
    | PicturesFetched
    | Answered
    | Notice
    | Resync
)
