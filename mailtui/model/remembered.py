"""What the screen remembers from one start to the next, as values: searches, where one was, how wide the panes are."""

from __future__ import annotations

from dataclasses import dataclass

MOST_RECENT = 50
"""Searches that are remembered by themselves."""
MOST_SAVED = 200
MOST_ORDERS = 500
"""Folders of which is remembered how they were listed."""
MOST_QUERY = 2_000
"""Characters of a query that is kept."""


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search with a name, shown like a folder."""

    name: str
    query: str


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a person made of the panes; None: as the terminal's size suggests."""

    folders: int | None = None
    """Columns of the folder pane."""
    beside: int | None = None
    """Hundredths of what list and reader have side by side that are the reader's."""
    stacked: int | None = None
    """Hundredths of their height that are the reader's, where it lies below the list."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The folder that was open, and the message under the cursor (its date, in seconds since 1970 UTC, and its
    placement; 0, 0: the newest)."""

    account: str = ""
    folder: str = ""
    date: int = 0
    placement: int = 0


@dataclass(frozen=True, slots=True)
class FolderOrder:
    """How a folder was listed; `order` is one of `listing.ORDERS`."""

    account: str
    folder: str
    order: str


@dataclass(frozen=True, slots=True)
class Remembered:
    """Everything but the saved searches: nothing in it is missed for long."""

    at: Whereabouts = Whereabouts()
    sizes: Sizes = Sizes()
    recent: tuple[str, ...] = ()
    """Searches, newest first."""
    orders: tuple[FolderOrder, ...] = ()


def with_recent(recent: tuple[str, ...], query: str) -> tuple[str, ...]:
    """The list after a search: it is the first, and once in it."""
    words = " ".join(query.split())
    if not words or len(words) > MOST_QUERY:
        return recent
    return (words, *(one for one in recent if one != words))[:MOST_RECENT]
