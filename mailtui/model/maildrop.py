"""A POP3 maildrop (RFC 1939): what lies there, what of it is here, what is to be deleted there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from mailtui.model.facts import Delivery
from mailtui.model.ids import AccountId, PlacementId


class Keep(Enum):
    """When mail is deleted from the maildrop (`leave_on_server`)."""

    FOREVER = "forever"
    NEVER = "never"
    """As soon as it is durable here."""
    DAYS = "days"
    UNTIL_DELETED = "until_deleted"
    """When it was deleted for good, or lies in the Trash, here."""


@dataclass(frozen=True, slots=True)
class KeepPolicy:
    kind: Keep = Keep.FOREVER
    days: int = 0


@dataclass(frozen=True, slots=True)
class Popped:
    """A message of the maildrop with the name that the server gives it; without UIDL, a name made of its digest."""

    uidl: str
    delivery: Delivery
    """Its `uid` is 0: a maildrop has none."""


@dataclass(frozen=True, slots=True)
class MaildropRead:
    """New mail, durable together with the names that say it is here. A name that is known already is dropped."""

    account: AccountId
    messages: tuple[Popped, ...]


@dataclass(frozen=True, slots=True)
class MaildropListed:
    """The whole UIDL listing of this visit, at `at` (seconds since 1970 UTC). Names that are known and not in it are
    gone from the server: forgotten."""

    account: AccountId
    uidls: tuple[str, ...]
    at: float


@dataclass(frozen=True, slots=True)
class MaildropDeleting:
    """DELE was asked for these; they count as deleted when QUIT was answered, or when they are no longer listed."""

    account: AccountId
    uidls: tuple[str, ...]
    done: bool = False
    """QUIT was answered with +OK."""


@dataclass(frozen=True, slots=True)
class MaildropEntry:
    """What the index knows of one message of a maildrop."""

    uidl: str
    digest: bytes
    placement: PlacementId | None
    """None: deleted for good here."""
    in_trash: bool
    fetched: float
    """Seconds since 1970 UTC."""
    size: int
    deleting: bool = False
