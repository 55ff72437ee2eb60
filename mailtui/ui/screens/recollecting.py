"""What the screen remembers between starts, and the saved searches: read and written on threads, counted in quiet
moments."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from textual.timer import Timer

from mailtui.files.remembering import Memory
from mailtui.mail.sanitize import safe_line
from mailtui.model.errors import MailtuiError, QueryError
from mailtui.model.ids import MailboxId
from mailtui.model.ports import MailReader
from mailtui.model.remembered import Remembered, SavedSearch
from mailtui.ui.bridge import Bridge
from mailtui.view.asking import both
from mailtui.view.saved import MOST_COUNTED, Shelf

CALM = 2.0
"""Seconds after which the searches are counted, once something changed."""
SHARE = 20
"""Counting rests this many times as long as it took."""
EVERY = 20.0
"""Seconds between two looks whether there is something to write."""

Later = Callable[[float, Callable[[], None]], Timer]


class Recollection:
    """`shelf` and `screen` are there when `load` has run, on whatever thread. Everything else: on the loop."""

    def __init__(self, bridge: Bridge, store: str, later: Later, say: Callable[[str], None]) -> None:
        """`later(seconds, callback)`; `say`: a sentence for the status line."""
        self._bridge = bridge
        self._memory = Memory(store)
        self._later = later
        self._say = say
        self.shelf = Shelf()
        self.screen = Remembered()
        self._loaded = False
        self._unsaved = False
        self._written = Remembered()
        self._soon: Timer | None = None
        self._rests_until = 0.0
        self.changed: Callable[[], None] = lambda: None
        """Called when searches or their counts are others."""

    def load(self) -> None:
        """Read the files, the first time. Blocking."""
        if not self._loaded:
            self._loaded = True
            self.screen = self._written = self._memory.screen()
            self.shelf.fill(self._memory.searches())

    # -- where one is

    def keep_screen(self) -> None:
        """Write it, if it is another one than before."""
        now = self.screen
        if self._loaded and now != self._written:
            self._written = now
            self._bridge.ask("file:screen", lambda: self._memory.keep_screen(now), lambda _: None, lambda error: None)

    def end(self) -> None:
        """The last time, when no thread works any more."""
        if self._loaded and self.screen != self._written:
            self._memory.keep_screen(self.screen)
        if self._unsaved:
            with contextlib.suppress(MailtuiError):
                self._memory.keep_searches(self.shelf.searches)

    # -- searches

    def save(self, name: str, query: str) -> SavedSearch:
        one = self.shelf.save(name, query)
        self._shelved()
        return one

    def rename(self, mailbox: MailboxId, name: str) -> None:
        self.shelf.rename(mailbox, name)
        self._shelved()

    def remove(self, mailbox: MailboxId) -> None:
        self.shelf.remove(mailbox)
        self._shelved()

    def _shelved(self) -> None:
        searches = self.shelf.searches
        self._unsaved = True

        def kept(_: None) -> None:
            self._unsaved = searches is not self.shelf.searches

        work = lambda: self._memory.keep_searches(searches)  # noqa: E731
        self._bridge.ask("file:searches", work, kept, lambda error: self._say(safe_line(str(error))))
        self.changed()
        self.count(0.1)

    # -- counts

    def count(self, wait: float = CALM) -> None:
        """Count unread matches soon; it takes its share of the time, never more."""
        if self._soon is None and self.shelf.searches and not self._bridge.busy("counting"):
            self._soon = self._later(max(wait, self._rests_until - time.monotonic()), self._count)

    def _count(self) -> None:
        self._soon = None
        queries = tuple(one.query for one in self.shelf.searches)
        reader = self._bridge.reader
        self._bridge.ask("counting", lambda: _counted(reader, queries), self._counted, lambda error: self.count(EVERY))

    def _counted(self, found: tuple[dict[str, int], float]) -> None:
        unread, took = found
        self._rests_until = time.monotonic() + took * SHARE
        if unread != self.shelf.unread:
            self.shelf.unread = unread
            self.changed()


def _counted(reader: MailReader, queries: tuple[str, ...]) -> tuple[dict[str, int], float]:
    """Unread matches by query, as far as they are counted, and the seconds that it took. Blocking."""
    began = time.monotonic()
    out: dict[str, int] = {}
    for query in queries:
        try:
            out[query] = len(reader.search(both(query, "is:unread"), limit=MOST_COUNTED, unfinished=True))
        except QueryError:
            out[query] = 0
    return out, time.monotonic() - began
