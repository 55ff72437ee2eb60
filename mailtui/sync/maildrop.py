"""When a message leaves its maildrop (`leave_on_server`), and which names can't be believed. Pure."""

from __future__ import annotations

from mailtui.model.keep import Keep, KeepPolicy
from mailtui.model.maildrop import MaildropEntry

DAY = 86_400.0
AT_ONCE = 0.0


def leaves_at(entry: MaildropEntry, policy: KeepPolicy) -> float | None:
    """From when on it is to be deleted there, seconds since 1970 UTC; None: never, as things stand."""
    if entry.lost or entry.unsure:
        return None  # what is on the server may be all there is
    match policy.kind:
        case Keep.FOREVER:
            return None
        case Keep.NEVER:
            return AT_ONCE
        case Keep.DAYS:
            return entry.fetched + policy.days * DAY
        case Keep.UNTIL_DELETED:
            return AT_ONCE if entry.placement is None or entry.in_trash else None


def doubtful(entry: MaildropEntry, octets: int) -> bool:
    """Whether another message may have got this name: its size is another one (0: not told), or the server said that
    it deleted what had it."""
    return entry.deleted or bool(octets and entry.size != octets)
