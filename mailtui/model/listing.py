"""How a list of messages can be ordered, and what its lines say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class By(Enum):
    """An order other than newest first; its value is its name in config.toml and on the screen."""

    OLDEST = "oldest"
    SENDER = "sender"
    SUBJECT = "subject"
    SIZE = "size"
    UNREAD = "unread"


NEWEST, THREADS = "newest", "threads"
"""The other ways to list a folder, by name: newest first, and as threads."""
ORDERS = (NEWEST, THREADS, *(by.value for by in By))
COLUMNS = ("from", "subject", "attachment", "size", "date")


@dataclass(frozen=True, slots=True)
class ListStyle:
    """What the lines of the message list say."""

    columns: tuple[str, ...] = ()
    """Out of COLUMNS, from left to right behind the flags; "subject" is among them. Empty: as the width suggests."""
    snippets: bool = True
    """The first words of the text behind the subject, where there is room."""
    order: str = NEWEST
    """One of ORDERS: how a folder is listed that was never listed otherwise."""


USUAL_STYLE = ListStyle()
