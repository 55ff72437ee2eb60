"""Saved searches as folders of the tree: mailboxes that no server has."""

from __future__ import annotations

from mailtui.mail.sanitize import safe_line
from mailtui.model.folder import Mailbox, Role
from mailtui.model.ids import AccountId, MailboxId
from mailtui.model.remembered import SavedSearch

FIRST = -1_000
"""Ids of saved searches are this and below."""
TITLE = "Searches"
MOST_COUNTED = 100
"""Unread matches are counted up to here."""


def is_search(mailbox: MailboxId) -> bool:
    """Whether it is none of a server's folders but a saved search."""
    return mailbox <= FIRST


class Shelf:
    """The saved searches with their ids, which live as long as the program, and their counts."""

    def __init__(self) -> None:
        self.searches: tuple[SavedSearch, ...] = ()
        self.unread: dict[str, int] = {}
        """Unread matches by query."""
        self._ids: dict[str, int] = {}
        self._next = FIRST

    def fill(self, searches: tuple[SavedSearch, ...]) -> None:
        """These are all."""
        self.searches = searches
        for one in searches:
            if one.name not in self._ids:
                self._ids[one.name] = self._next
                self._next -= 1

    def save(self, name: str, query: str) -> SavedSearch:
        """A new one behind the others, or another query for a name that there is."""
        new = SavedSearch(name, query)
        if any(one.name == name for one in self.searches):
            self.fill(tuple(new if one.name == name else one for one in self.searches))
        else:
            self.fill((*self.searches, new))
        return new

    def rename(self, mailbox: MailboxId, name: str) -> None:
        """It keeps its place and its id."""
        one = self.search(mailbox)
        if one is not None and name != one.name:
            self._ids[name] = self._ids.pop(one.name)
            self.fill(tuple(SavedSearch(name, it.query) if it is one else it for it in self.searches))

    def remove(self, mailbox: MailboxId) -> None:
        one = self.search(mailbox)
        self.fill(tuple(it for it in self.searches if it is not one))

    def search(self, mailbox: MailboxId) -> SavedSearch | None:
        """What hides behind an id."""
        return next((one for one in self.searches if self._ids[one.name] == mailbox), None)

    def named(self, name: str) -> MailboxId | None:
        return MailboxId(self._ids[name]) if any(one.name == name for one in self.searches) else None

    def of_query(self, query: str) -> SavedSearch | None:
        return next((one for one in self.searches if one.query == query), None)

    def mailboxes(self) -> tuple[Mailbox, ...]:
        """As the tree shows them."""
        return tuple(
            Mailbox(
                id=MailboxId(self._ids[one.name]),
                account=AccountId(""),
                name=safe_line(one.name),
                delimiter=None,
                role=Role.NONE,
                attributes=frozenset({"\\subscribed"}),
                total=0,
                unread=self.unread.get(one.query, 0),
                remote_total=None,
                selectable=True,
                checkpoint=None,
            )
            for one in self.searches
        )
