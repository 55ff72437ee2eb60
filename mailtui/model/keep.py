"""How long mail stays in a POP3 maildrop."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


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


KEEP_FOREVER = KeepPolicy()
