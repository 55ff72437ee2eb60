"""A POP3 maildrop (RFC 1939): what lies there, what of it is here, what is to be deleted there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from mailtui.model.facts import Delivery
from mailtui.model.ids import AccountId, PlacementId
from mailtui.model.keep import KEEP_FOREVER, Keep, KeepPolicy


@dataclass(frozen=True, slots=True)
class Popped:
    """A message of the maildrop with the name that the server gives it; without UIDL, a name made of its digest."""

    uidl: str
    delivery: Delivery
    """Its `uid` is 0: a maildrop has none."""
    octets: int = 0
    """The size that LIST told; servers count differently. 0: it told none."""


@dataclass(frozen=True, slots=True)
class MaildropRead:
    """New mail, durable together with the names that say it is here. A name that is known already with these bytes is
    dropped; with other bytes, the server gave it to another message: it is that one's now."""

    account: AccountId
    messages: tuple[Popped, ...]
    at: float = 0.0
    """When it was fetched, seconds since 1970 UTC."""


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


__all__ = [
    "KEEP_FOREVER",
    "Keep",
    "KeepPolicy",
    "MaildropDeleting",
    "MaildropEntry",
    "MaildropFact",
    "MaildropListed",
    "MaildropRead",
    "Popped",
]

MaildropFact: TypeAlias = MaildropRead | MaildropListed | MaildropDeleting


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
    """Octets as the server told them."""
    deleting: bool = False
    """DELE was asked for; nobody knows whether it counted."""
    deleted: bool = False
    """QUIT was answered; it is on the server no more, if the next listing agrees."""
    lost: bool = False
    """Its file is not here any more, and nobody here deleted it: to be fetched again."""
    unsure: bool = False
    """The index was made anew, and nothing tells whether it was deleted here or lost: neither fetched nor deleted."""
