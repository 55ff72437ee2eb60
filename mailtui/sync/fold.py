"""What you see = Base folded with Pending: one pure function."""

from __future__ import annotations

from collections.abc import Iterable

from mailtui.model.intents import Intent, SetFlags
from mailtui.model.mail import Flags


def visible(base: Flags, pending: Iterable[Intent]) -> Flags:
    """The flags a person sees: the server's, then every unconfirmed wish in its order."""
    flags = base
    for intent in pending:
        match intent:
            case SetFlags(_, add, remove):
                flags = flags.union(add).without(remove)
    return flags
