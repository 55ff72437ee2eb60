"""What to ask a server for next: (Base, what SELECT or STATUS said, capabilities) → Plan. Pure; the worker does it."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from mailtui.model.account import OfflineKind, OfflinePolicy
from mailtui.model.folder import Checkpoint, RemoteStatus, Role

SLICE = 200
"""Messages per FETCH command while filling: one commit each."""
FIRST_SCREEN = 100
"""Newest headers that are fetched alone, before any body, so that the list shows at once."""
DAY = 86_400


@dataclass(frozen=True, slots=True)
class RemoteState:
    """What SELECT said (RFC 9051 section 6.3.2)."""

    uidvalidity: int
    uidnext: int | None
    highestmodseq: int
    """0: none (NOMODSEQ)."""
    exists: int


class Ladder(Enum):
    """How changes to known mail are found, best first."""

    NOTHING = "nothing changed"
    QRESYNC = "the SELECT already told (RFC 7162)"
    CHANGEDSINCE = "UID FETCH (FLAGS) (CHANGEDSINCE m), UIDs listed if the count disagrees"
    COMPARE = "every UID and its flags compared"


@dataclass(frozen=True, slots=True)
class Plan:
    """First `relink` if UIDVALIDITY changed, then `ladder` for known mail, then new mail from `new_from` on."""

    first: bool
    relink: bool
    ladder: Ladder
    changed_since: int
    new_from: int | None
    """Lowest UID that may be new; None = the server has none."""


def plan(base: Checkpoint | None, remote: RemoteState, *, condstore: bool, qresync_used: bool) -> Plan:
    """Chooses the cheapest way that can't miss a change.

    A HIGHESTMODSEQ that went back, or none, can't be trusted: compare everything (RFC 7162 section 3.1.2.1 allows
    a server to lose its mod-sequences only together with UIDVALIDITY, but some do).
    """
    if base is None:
        return Plan(True, False, Ladder.NOTHING, 0, None)
    if base.uidvalidity != remote.uidvalidity:
        return Plan(False, True, Ladder.NOTHING, 0, None)
    new_from = base.uidnext if remote.uidnext is None or remote.uidnext > base.uidnext else None
    if remote.uidnext is not None and remote.uidnext < base.uidnext:
        return Plan(False, False, Ladder.COMPARE, 0, None)
    if qresync_used and remote.highestmodseq >= base.highestmodseq > 0:
        return Plan(False, False, Ladder.QRESYNC, 0, new_from)
    if condstore and remote.highestmodseq >= base.highestmodseq > 0:
        return Plan(False, False, Ladder.CHANGEDSINCE, base.highestmodseq, new_from)
    return Plan(False, False, Ladder.COMPARE, 0, new_from)


def needs_visit(base: Checkpoint | None, known_total: int, status: RemoteStatus | None) -> bool:
    """Whether a mailbox must be selected at all, from LIST-STATUS (RFC 5819) alone.

    Without HIGHESTMODSEQ flag changes don't show in STATUS, so such a mailbox is always visited.
    """
    if base is None or base.floor > 1 or status is None:
        return True
    if status.uidvalidity != base.uidvalidity or status.uidnext != base.uidnext:
        return True
    if status.messages is not None and status.messages != known_total:
        return True
    return not status.highestmodseq or status.highestmodseq != base.highestmodseq


def newest_first(uids: array[int], size: int = SLICE) -> Iterator[array[int]]:
    """Ascending UIDs cut into slices of `size`, the newest slice first; each slice ascending."""
    end = len(uids)
    while end > 0:
        start = max(0, end - size)
        yield uids[start:end]
        end = start


_ORDER = {
    Role.INBOX: 0,
    Role.DRAFTS: 2,
    Role.SENT: 2,
    Role.NONE: 3,
    Role.FLAGGED: 4,
    Role.IMPORTANT: 4,
    Role.ARCHIVE: 4,
    Role.ADVERTISING: 5,
    Role.TRASH: 6,
    Role.JUNK: 6,
    Role.ALL: 7,
}


def priority(role: Role, *, looked_at: bool) -> int:
    """Which mailbox comes first: lower is sooner. What is on the screen waits for nothing but the Inbox."""
    return 1 if looked_at and role is not Role.INBOX else _ORDER[role]


def wants_body(policy: OfflinePolicy, internaldate: int, now: float) -> bool:
    """Whether the policy keeps this message's body on this computer."""
    match policy.kind:
        case OfflineKind.ALL:
            return True
        case OfflineKind.RECENT:
            return internaldate >= now - policy.days * DAY
        case OfflineKind.HEADERS:
            return False


def body_horizon(policy: OfflinePolicy, now: float) -> int | None:
    """Bodies older than this (seconds since 1970) are not wanted; None = every body is."""
    match policy.kind:
        case OfflineKind.ALL:
            return None
        case OfflineKind.RECENT:
            return int(now - policy.days * DAY)
        case OfflineKind.HEADERS:
            return int(now) + 100 * 365 * DAY
