"""Intents: what the person wants done. Written to the journal before anything else happens.

Wishes are asked for too, but leave no trace: losing one loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from mailtui.model.folder import Role
from mailtui.model.ids import AccountId, IntentId, MailboxId, PlacementId, StepId
from mailtui.model.mail import NO_FLAGS, Flags
from mailtui.model.outgoing import OutboxOrder, Save, Send

# -- messages


@dataclass(frozen=True, slots=True)
class FolderNamed:
    """The mailbox of this name (or role: `archive`) in each message's own account; made if the account has none. A `/`
    stands for the account's own delimiter where there is no mailbox of just this name."""

    name: str


Place: TypeAlias = MailboxId | Role | FolderNamed
"""Where something may be wanted."""


@dataclass(frozen=True, slots=True)
class SetFlags:
    """Add and remove flags; a flag named in both is removed."""

    placements: tuple[PlacementId, ...]
    add: Flags = NO_FLAGS
    remove: Flags = NO_FLAGS


@dataclass(frozen=True, slots=True)
class Move:
    """Into another mailbox of the same account. A role means that mailbox of each message's own account; one that
    the account does not have yet is created. Messages that lie there already stay."""

    placements: tuple[PlacementId, ...]
    to: Place


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of each message in another mailbox of the same account; each copy has an id of its own."""

    placements: tuple[PlacementId, ...]
    to: Place


@dataclass(frozen=True, slots=True)
class Expunge:
    """Delete for ever: off the server; a safety copy stays on this computer for a while."""

    placements: tuple[PlacementId, ...]
    after: tuple[PlacementId, ...] = ()
    """What takes their places (same order): none leaves the server before that is there."""


@dataclass(frozen=True, slots=True)
class Upload:
    """These messages lie on this computer only and shall be on the server, in the mailbox where they are seen:
    copied there from `sources` (same order) while the server has those, else appended."""

    placements: tuple[PlacementId, ...]
    sources: tuple[PlacementId, ...] = ()
    lost: bool = False
    """Another client took them away from where they were: they may turn up elsewhere with the next complete look."""


# -- mailboxes


@dataclass(frozen=True, slots=True)
class CreateMailbox:
    """`name`: Unicode, with the account's own hierarchy delimiter."""

    account: AccountId
    name: str


@dataclass(frozen=True, slots=True)
class RenameMailbox:
    """With everything below it (RFC 9051 section 6.3.6)."""

    mailbox: MailboxId
    name: str


@dataclass(frozen=True, slots=True)
class DeleteMailbox:
    """With the mail in it, of which safety copies stay. A mailbox that has others below it is refused."""

    mailbox: MailboxId


@dataclass(frozen=True, slots=True)
class Subscribe:
    mailbox: MailboxId
    on: bool = True


MessageIntent: TypeAlias = SetFlags | Move | Copy | Expunge | Upload
MailboxIntent: TypeAlias = CreateMailbox | RenameMailbox | DeleteMailbox | Subscribe
Intent: TypeAlias = MessageIntent | MailboxIntent | Save | Send


SORTER, RULES = "sorter", "rules"
AUTHORS = (SORTER, RULES)
"""Who acts by itself: the filing of spam and advertising, and the rules of the configuration."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing the person did: one step of the history, undone as a whole. `label` says it in the past tense
    ("Archived 3"); an empty one leaves no step (reading a message marks it read)."""

    label: str
    intents: tuple[Intent, ...]
    author: str = ""
    """Who did it: empty for the person, else a word for the part of mailtui that acts by itself (AUTHORS). Its steps
    stand in the history and can be undone there; "undo the last one" passes them over, and nobody is told."""


# -- the history and the ledger


@dataclass(frozen=True, slots=True)
class Undo:
    """The newest `steps` steps that are not undone, or this one step."""

    steps: int = 1
    step: StepId | None = None


@dataclass(frozen=True, slots=True)
class Redo:
    """The step undone last, or this one step, done again. A new deed forgets what was undone."""

    steps: int = 1
    step: StepId | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """A failed operation of the ledger is wanted again."""

    line: IntentId


@dataclass(frozen=True, slots=True)
class Discard:
    """A waiting or failed operation of the ledger is no longer wanted: the screen shows what the server has."""

    line: IntentId


@dataclass(frozen=True, slots=True)
class Restore:
    """Safety copies (their public ids) come back to the mailbox that they were in, else to the Inbox."""

    words: tuple[str, ...]
    account: AccountId | None = None


Order: TypeAlias = Undo | Redo | Retry | Discard | Restore | OutboxOrder


@dataclass(frozen=True, slots=True)
class PendingIntent:
    """A journal line that the server has not confirmed."""

    id: IntentId
    intent: Intent
    account: AccountId
    created: float = 0.0
    """Seconds since 1970 UTC."""


# -- wishes


@dataclass(frozen=True, slots=True)
class FetchBody:
    """A body is wanted on the screen now: ahead of everything."""

    placement: PlacementId


@dataclass(frozen=True, slots=True)
class SyncNow:
    """Look at the server now; None = every account / every mailbox."""

    account: AccountId | None = None
    mailbox: MailboxId | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """This mailbox is on the screen: keep it fresh."""

    mailbox: MailboxId


@dataclass(frozen=True, slots=True)
class LeaveList:
    """Ask the list's server, once, to take the person off it (RFC 8058); a ListLeft tells what it said."""

    account: AccountId
    name: str
    """What the list is remembered by; safe text."""
    url: str
    """https, from the List-Unsubscribe field."""


@dataclass(frozen=True, slots=True)
class FetchPictures:
    """Fetch these remote pictures of a message (https addresses), once; a PicturesFetched tells how it went."""

    placement: PlacementId
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AskServer:
    """Which messages of those whose text is not here does the server find? They are fetched; an Answered comes from
    each account. `mailbox`, `account`: only there."""

    query: str
    mailbox: MailboxId | None = None
    account: AccountId | None = None


Wish: TypeAlias = FetchBody | SyncNow | Look | LeaveList | FetchPictures | AskServer
