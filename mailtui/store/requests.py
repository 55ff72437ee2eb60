"""What the Writer is asked for besides Facts."""

from __future__ import annotations

from dataclasses import dataclass

from mailtui.model.account import LOCAL_TRAITS, Settings
from mailtui.model.facts import Attempted, Carried, Confirmed, Delivery, Expunged, Fact, Refused
from mailtui.model.ids import AccountId, MailboxId
from mailtui.model.intents import Deed, Intent, Order
from mailtui.model.maildrop import MaildropDeleting, MaildropFact
from mailtui.model.outgoing import FinalDot, SubmissionEnded, Submitting


@dataclass(frozen=True, slots=True)
class Submitted:
    """What the person wants, on its way into the journal. `account` only says who asked; every message goes to its
    own account's journal."""

    account: AccountId | None
    intent: Deed | Order | Intent


@dataclass(frozen=True, slots=True)
class OutsideChange:
    """The folders of these mailboxes look other than we left them."""

    mailboxes: tuple[MailboxId, ...]
    surely: bool = False
    """Whatever the time stamps say."""


@dataclass(frozen=True, slots=True)
class KeepDeleted:
    """How long safety copies are kept, in seconds; None: for ever. Older ones go now, some at a time."""

    seconds: float | None


@dataclass(frozen=True, slots=True)
class LocalAccounts:
    """Accounts whose server keeps nothing (`Account.traits` are LOCAL_TRAITS): what is done on them is done at once,
    and they have all mailboxes that a mail program needs. Remembered; `others` are local no longer."""

    names: tuple[AccountId, ...]
    others: tuple[AccountId, ...] = ()


@dataclass(frozen=True, slots=True)
class Filed:
    """Whole messages, spooled in a mailbox of a local account, lie there now. Their `uid` is 0."""

    mailbox: MailboxId
    deliveries: tuple[Delivery, ...]


def local_accounts(settings: Settings) -> LocalAccounts:
    """What the configuration says."""
    local = tuple(account.id for account in settings.accounts if account.traits == LOCAL_TRAITS)
    return LocalAccounts(local, tuple(account.id for account in settings.accounts if account.id not in local))


@dataclass(frozen=True, slots=True)
class NoSentCopies:
    """Accounts whose sent mail is not to be kept in Sent by us: their server does it. Remembered."""

    names: tuple[AccountId, ...]


def no_sent_copies(settings: Settings) -> NoSentCopies:
    """What the configuration says."""
    return NoSentCopies(tuple(account.id for account in settings.accounts if not account.save_sent))


@dataclass(frozen=True, slots=True)
class SendingEnded:
    """Nobody is sending for this account: what a worker had begun and not ended is settled."""

    account: AccountId


Message = (
    Fact | MaildropFact | Submitted | OutsideChange | KeepDeleted | LocalAccounts | Filed | NoSentCopies | SendingEnded
)
LASTING = (
    *(Submitted, Filed, OutsideChange, Attempted, Carried, Expunged, Confirmed, Refused),
    *(Submitting, FinalDot, SubmissionEnded, SendingEnded, MaildropDeleting),
)
"""What must survive power loss once it is told."""
