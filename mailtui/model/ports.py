"""Ports: what one room needs of another, as Protocols. Whoever composes (boot) hands in the real thing or a fake."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from mailtui.model.account import Secret, ServerSettings
from mailtui.model.changes import Change
from mailtui.model.folder import Mailbox
from mailtui.model.ids import MailboxId, PlacementId, Revision, ThreadId, Word
from mailtui.model.intents import Deed, Intent, Order, Wish
from mailtui.model.ledger import Line, SafetyCopy, Step
from mailtui.model.listing import By
from mailtui.model.mail import Content, Envelope, Folding, Row, RowKey
from mailtui.model.outgoing import Outgoing, Person
from mailtui.model.senders import SenderGroup


class LineReader(Protocol):
    """A mailbox as a list of threads: every thread stands where its newest message stands, folded on one line or with
    all its messages as a tree. Blocking; the work grows with limit + skip."""

    def page(
        self,
        mailbox: MailboxId,
        folding: Folding,
        *,
        after: RowKey | None = None,
        limit: int = 200,
        newest_first: bool = True,
        skip: int = 0,
    ) -> tuple[Row, ...]:
        """As `MailReader.page`, with `Row.line` set. `newest_first` is the order of the screen, from the top."""

    def rank(self, mailbox: MailboxId, folding: Folding, key: RowKey) -> int:
        """How many lines stand above `key`."""

    def total(self, mailbox: MailboxId, folding: Folding) -> int:
        """How many lines there are."""

    def landing(self, mailbox: MailboxId, folding: Folding, key: RowKey) -> RowKey | None:
        """Where the message `key.at` stands now (without one: the first line of the thread of `key.placement`); None
        if it is not in this mailbox."""

    def next_unread(self, mailbox: MailboxId, folding: Folding, key: RowKey | None, *, older: bool) -> RowKey | None:
        """The first unread line below (`older`) or above the thread of `key`; folded: over an unread message."""

    def conversation(self, mailboxes: Sequence[MailboxId], thread: ThreadId) -> tuple[Row, ...]:
        """The messages of a thread in all these mailboxes as one tree, from its top; of very many the oldest."""

    def members(self, mailbox: MailboxId, threads: Sequence[ThreadId]) -> tuple[Row, ...]:
        """All rows of these threads in this mailbox."""


class MailReader(Protocol):
    """Reads the store. Blocking (SQLite, microseconds to milliseconds): call it off the event loop.
    Thread-safe: every thread gets its own connection. Sees committed state only."""

    @property
    def threaded(self) -> LineReader: ...

    def revision(self) -> Revision: ...

    def mailboxes(self) -> tuple[Mailbox, ...]:
        """All mailboxes with counts, ordered by account (config order unknown here: by name), then role, then name."""

    def page(
        self,
        mailbox: MailboxId,
        *,
        after: RowKey | None = None,
        limit: int = 200,
        newest_first: bool = True,
        skip: int = 0,
    ) -> tuple[Row, ...]:
        """`limit` rows in date order strictly behind `after` (None: from the end that comes first), leaving out the
        first `skip` of them. Keyset on the index: cost does not depend on how deep it is, only on limit + skip."""

    def rank(self, mailbox: MailboxId, key: RowKey) -> int:
        """How many rows of the mailbox are newer than `key` (its 0-based place, newest first)."""

    def ordered(self, mailboxes: Sequence[MailboxId], by: By, limit: int) -> tuple[PlacementId, ...]:
        """The newest `limit` messages of these mailboxes in another order than by date: sorted in one go."""

    def rows(self, placements: Sequence[PlacementId]) -> tuple[Row, ...]:
        """These rows, in the order asked for; those that are gone are left out."""

    def by_word(self, word: Word) -> Row | None: ...

    def thread(self, thread: ThreadId) -> tuple[Row, ...]:
        """All rows of a thread, oldest first."""

    def envelope(self, placement: PlacementId) -> Envelope | None: ...

    def content(self, placement: PlacementId) -> Content | None:
        """Where the raw message lies; None if its body is not here."""

    def search(
        self,
        query: str,
        *,
        mailbox: MailboxId | None = None,
        account: str | None = None,
        limit: int = 50,
        before: RowKey | None = None,
        unfinished: bool = False,
    ) -> tuple[Row, ...]:
        """Newest matches first (older than `before`). Raises QueryError with the place of the mistake. `unfinished`:
        the last word, if it has two letters, may be the beginning of one.
        Rows in Junk and Trash come only when `in:` or `mailbox` asks for them."""

    def senders(self, mailbox: MailboxId, *, newest: int | None = None) -> tuple[SenderGroup, ...]:
        """Who sent the mail of a mailbox, newest first; of its `newest` messages alone if given. A pass over all of
        them: some tenths of a second for 100,000."""

    def of_sender(self, mailbox: MailboxId, group: SenderGroup) -> tuple[PlacementId, ...]:
        """The messages of a group that lie there now, newest first. As long as `senders`."""

    def interrupt(self) -> None:
        """End a running search of another thread; it raises StoreError there."""

    def pending(self) -> int:
        """Operations that wait for their server."""

    def history(self, limit: int = 100) -> tuple[Step, ...]:
        """Newest first."""

    def ledger(self) -> tuple[Line, ...]:
        """Waiting and failed operations, oldest first."""

    def safety_copies(self, limit: int = 1000) -> tuple[SafetyCopy, ...]:
        """Mail that left its server, newest deletion first."""

    def outbox(self) -> tuple[Outgoing, ...]:
        """What is on its way out, and for some days what went out; oldest first."""

    def people(self, prefix: str, limit: int = 10) -> tuple[Person, ...]:
        """Whose name (or a part of it) or address begins like this; those that the person writes to first."""

    def why_filed(self, placement: PlacementId) -> str:
        """Why mailtui filed it by itself where it lies: `Filed as spam: X-Spam-Flag: YES`, one line, safe for a
        terminal; "": it did not, or it was moved on since."""

    def close(self) -> None: ...


class RuleReader(MailReader, Protocol):
    """What rules are tried on."""

    def caught(self, query: str, mailbox: MailboxId) -> tuple[Row, ...]:
        """All hits in one mailbox, newest first, none left out, however long that takes. Raises QueryError."""


class IntentSink(Protocol):
    """Where the person's side sends what it wants. Never blocks."""

    def send(self, message: Deed | Intent | Order | Wish) -> None: ...


class ChangeSource(Protocol):
    """Where Changes come from, in order of revision. The listener is called on the event loop, in batches."""

    def listen(self, listener: Callable[[Sequence[Change]], None]) -> Callable[[], None]:
        """Returns a function that ends the listening."""


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since 1970 UTC."""

    def monotonic(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class Secrets(Protocol):
    """Fetches passwords and tokens when a login needs them. Raises AuthError with a hint when there is none."""

    async def get(self, settings: ServerSettings) -> Secret: ...
