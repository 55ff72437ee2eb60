"""Intents: what the person wants done. Written to the journal before anything else happens.

Wishes are asked for too, but leave no trace: losing one loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from mailtui.model.ids import AccountId, IntentId, MailboxId, PlacementId
from mailtui.model.mail import NO_FLAGS, Flags


@dataclass(frozen=True, slots=True)
class SetFlags:
    """Add and remove flags; a flag named in both is removed."""

    placements: tuple[PlacementId, ...]
    add: Flags = NO_FLAGS
    remove: Flags = NO_FLAGS


Intent: TypeAlias = SetFlags


@dataclass(frozen=True, slots=True)
class PendingIntent:
    """A journal line that the server has not confirmed. `sent`: the bytes may have gone out (RFC-less, ours)."""

    id: IntentId
    intent: Intent
    account: AccountId
    sent: bool = False
    created: float = 0.0


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


Wish: TypeAlias = FetchBody | SyncNow | Look
