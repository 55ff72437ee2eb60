"""A real engine in the test's own process, against whatever server: start it, wait for what it must reach, look in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from mailtui.engine.clock import SystemClock
from mailtui.engine.engine import Engine
from mailtui.model.account import (
    Account,
    OfflinePolicy,
    Protocol,
    Secret,
    SecretKind,
    SecretSource,
    Security,
    ServerSettings,
    Settings,
)
from mailtui.model.changes import AccountChanged, Change
from mailtui.model.errors import MailtuiError
from mailtui.model.folder import Mailbox
from mailtui.model.ids import AccountId
from mailtui.model.link import LinkState
from mailtui.model.mail import Row
from mailtui.model.ports import Clock, MailReader
from mailtui.model.rules import Rule
from mailtui.store.reader import open_reader
from mailtui.store.store import Store

ACCOUNT = AccountId("work")


class KnownSecret:
    """Implements ports.Secrets with one password."""

    def __init__(self, password: str = "secret") -> None:
        self.password = password

    async def get(self, settings: ServerSettings) -> Secret:
        return Secret(self.password)


def account(
    user: str,
    port: int,
    *,
    security: Security = Security.NONE,
    ca_file: str | None = None,
    offline: OfflinePolicy = OfflinePolicy(),  # noqa: B008
    connections: int = 2,
    timeout: float = 20.0,
    poll_seconds: int = 300,
    watch: tuple[str, ...] = (),
    idle_renew: float = 300.0,
) -> Account:
    """An IMAP account on loopback."""
    return Account(
        ACCOUNT,
        f"{user}@example.com",
        user.capitalize(),
        imap=ServerSettings(
            Protocol.IMAP,
            "127.0.0.1",
            port,
            security,
            user,
            SecretSource(SecretKind.COMMAND, ("true",)),
            ca_file=ca_file,
            timeout=timeout,
            connections=connections,
            idle_renew=idle_renew,
        ),
        offline=offline,
        poll_seconds=poll_seconds,
        watch=watch,
    )


class Running:
    """An engine at work and a reader beside it."""

    def __init__(self, engine: Engine, reader: MailReader, root: Path) -> None:
        self.engine = engine
        self.reader = reader
        self.root = root
        self.changes: list[Change] = []
        self.failures: list[MailtuiError] = []

    def heard(self, changes: Sequence[Change]) -> None:
        self.changes.extend(changes)

    def mailbox(self, name: str = "INBOX") -> Mailbox:
        return next(mailbox for mailbox in self.reader.mailboxes() if mailbox.name == name)

    def rows(self, name: str = "INBOX") -> tuple[Row, ...]:
        return self.reader.page(self.mailbox(name).id, limit=100_000)

    def raw(self, row: Row) -> bytes:
        content = self.reader.content(row.placement)
        assert content is not None, f"no body of {row.subject!r}"
        return Path(content.path).read_bytes()

    def bodies(self, name: str = "INBOX") -> dict[int, bytes]:
        """UID -> bytes in the maildir."""
        return {row.uid: self.raw(row) for row in self.rows(name) if row.uid is not None}

    def flags(self, name: str = "INBOX") -> dict[int, frozenset[str]]:
        return {row.uid: frozenset(row.flags.names()) for row in self.rows(name) if row.uid is not None}

    def state(self) -> LinkState | None:
        states = [change.state for change in self.changes if isinstance(change, AccountChanged)]
        return states[-1] if states else None

    async def until(self, condition: Callable[[], object], seconds: float = 15.0) -> None:
        """Waits for what the store or the Changes must come to say. StopIteration counts as not yet."""
        end = asyncio.get_running_loop().time() + seconds
        while True:
            try:
                if condition():
                    return
            except StopIteration:
                pass
            if asyncio.get_running_loop().time() > end:
                waits = [line for line in self.reader.ledger() if line.state.name != "DONE"]
                raise AssertionError(f"not within {seconds} s; last changes: {self.changes[-5:]}; waits: {waits}")
            await asyncio.sleep(0.02)

    async def sync_once(self) -> None:
        await self.engine.sync_once(lambda name, error: self.failures.append(error))


@asynccontextmanager
async def running(
    root: Path,
    account: Account,
    *,
    watch: bool,
    password: str = "secret",
    clock: Clock | None = None,
    rules: tuple[Rule, ...] = (),
) -> AsyncIterator[Running]:
    """With `watch` the workers run until the end; without, call `sync_once`."""
    settings = Settings((account,), str(root), rules=rules)
    engine = Engine(settings, Store.open(str(root)), KnownSecret(password), clock or SystemClock())
    reader = open_reader(str(root))
    me = Running(engine, reader, root)
    try:
        engine.start(watch=watch)
        engine.listen(me.heard)
        yield me
    finally:
        await engine.stop()
        reader.close()


async def sync(root: Path, account: Account) -> list[MailtuiError]:
    """One headless round; what failed."""
    async with running(root, account, watch=False) as me:
        await me.sync_once()
        return me.failures
