"""What a worker has on its desk: the account, a reading store, the way to the Writer, a clock; and its connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mailtui.model.account import Account, SecretKind, ServerSettings
from mailtui.model.changes import Change
from mailtui.model.errors import ConfigError
from mailtui.model.facts import Fact, LinkChanged
from mailtui.model.folder import RemoteStatus
from mailtui.model.ids import MailboxId
from mailtui.model.link import LinkState
from mailtui.model.ports import Clock, Secrets
from mailtui.protocols.imap.link import ImapLink
from mailtui.protocols.imap.replies import Listed, Reply, Status, StatusOf
from mailtui.protocols.imap.results import remote_status
from mailtui.store.base import Base
from mailtui.store.maildir import Spool


@dataclass(frozen=True)
class Desk:
    """Everything a worker may use. `commit` returns at once; await its result to know that the Fact is durable."""

    account: Account
    base: Base
    spool: Callable[[MailboxId], Spool]
    commit: Callable[[Fact], asyncio.Future[Sequence[Change]]]
    post: Callable[[Fact], None]
    tell: Callable[[Change], None]
    clock: Clock
    secrets: Secrets
    root: str = ""
    """Absolute path of the store."""
    pushing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while Intents go out: two connections would do them twice."""

    @property
    def server(self) -> ServerSettings:
        if self.account.imap is None:
            raise ConfigError(f"account {self.account.id!r} has no [accounts.{self.account.id}.imap] table")
        return self.account.imap

    def state(self, state: LinkState, text: str = "") -> None:
        """Tells the status line."""
        self.post(LinkChanged(self.account.id, state, text))


@dataclass(eq=False)
class Connection:
    """A logged-in link, the mailbox it has selected, and what the server said unasked."""

    link: ImapLink
    selected: MailboxId | None = None
    stirred: set[str] = field(default_factory=set)
    """Kinds of untagged news since it was last emptied: exists, expunge, fetch."""
    told: dict[bytes, RemoteStatus] = field(default_factory=dict)
    """Figures of other mailboxes (NOTIFY), by their names on the wire."""
    notified: bool = False
    """The server tells of every mailbox here."""
    relist: bool = False
    """Mailboxes came, went or changed their names."""
    overflown: bool = False
    """There was too much to tell: NOTIFY is off again (RFC 5465 section 5.8)."""
    visited: float = -1e9
    """When a mailbox was last read anew because of news, monotonic seconds."""
    hasty: int = 0
    """So many IDLEs in a row ended at once by themselves."""
    permanent: frozenset[str] = frozenset({"\\*"})
    """PERMANENTFLAGS of the selected mailbox, lower case (RFC 9051 section 7.1)."""

    def notice(self, reply: Reply) -> None:
        kind = type(reply).__name__.lower()
        if kind in NEWS:
            self.stirred.add(kind)
        elif isinstance(reply, StatusOf):
            self.told[reply.name] = remote_status(reply)
        elif isinstance(reply, Listed):
            self.relist = True
        elif isinstance(reply, Status) and reply.code == "NOTIFICATIONOVERFLOW":
            self.overflown = True


NEWS = frozenset({"exists", "expunge", "vanished", "fetchreply", "fetch"})


async def connect(desk: Desk) -> Connection:
    """Connects and logs in. Raises LinkError (Auth, Lost, Timeout, Tls) or ProtocolError."""
    server = desk.server
    secret = None if server.secret.kind is SecretKind.NONE else await desk.secrets.get(server)
    news: list[Connection] = []

    def heard(reply: Reply) -> None:
        if news:
            news[0].notice(reply)

    connection = Connection(await ImapLink.open(server, secret, on_untagged=heard))
    news.append(connection)
    return connection
