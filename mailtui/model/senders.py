"""The mail of a mailbox by who sent it."""

from __future__ import annotations

from dataclasses import dataclass

from mailtui.model.mail import RowKey


@dataclass(frozen=True, slots=True)
class SenderGroup:
    """A mailing list, or an author with all lists that nobody else writes to. Texts are decoded, not yet made safe for
    a terminal."""

    key: str
    """Tells it from the others of its mailbox, also when it is read again."""
    name: str
    """Display name of the author of the newest message; may be empty."""
    address: str
    """Of that author, lower case."""
    lists: tuple[str, ...]
    """List-Ids, lower case."""
    alone: bool
    """It is an author, not a list of several."""
    count: int
    unread: int
    newest: RowKey
    subject: str
    """Of the newest message."""

    def holds(self, address: str, list_id: str) -> bool:
        """Whether a message of this author (address) by this list ("" by none) belongs to it."""
        if list_id:
            return list_id.lower() in self.lists
        return self.alone and address.lower() == self.address
