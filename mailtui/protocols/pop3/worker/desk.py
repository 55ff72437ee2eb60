"""What the worker of a maildrop has on its desk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from mailtui.model.account import Account, SecretKind, ServerSettings
from mailtui.model.changes import Change
from mailtui.model.errors import ConfigError
from mailtui.model.facts import Fact, LinkChanged
from mailtui.model.ids import MailboxId
from mailtui.model.link import LinkState
from mailtui.model.maildrop import MaildropFact
from mailtui.model.ports import Clock, Secrets
from mailtui.protocols.pop3.link import PopLink
from mailtui.store.base import Base
from mailtui.store.maildir import Spool

Told: TypeAlias = Fact | MaildropFact


@dataclass(frozen=True)
class PopDesk:
    """Everything a worker may use. `commit` returns at once; await its result to know that the Fact is durable."""

    account: Account
    base: Base
    spool: Callable[[MailboxId], Spool]
    commit: Callable[[Told], Awaitable[object]]
    post: Callable[[Fact], None]
    tell: Callable[[Change], None]
    clock: Clock
    secrets: Secrets
    root: str
    """Absolute path of the store."""

    @property
    def server(self) -> ServerSettings:
        if self.account.pop3 is None:
            raise ConfigError(f"account {self.account.id!r} has no [accounts.{self.account.id}.pop3] table")
        return self.account.pop3

    def state(self, state: LinkState, text: str = "") -> None:
        """Tells the status line."""
        self.post(LinkChanged(self.account.id, state, text))

    async def connect(self) -> PopLink:
        """Connects and logs in. Raises LinkError (Auth, Lost, Timeout, Tls) or ProtocolError."""
        secret = None if self.server.secret.kind is SecretKind.NONE else await self.secrets.get(self.server)
        return await PopLink.open(self.server, secret)
