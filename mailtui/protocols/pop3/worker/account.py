"""One account that is fetched by POP3: a visit, a rest, a visit. The same face as the worker of an IMAP account.

Straight-line scripts: every error goes up to the supervisor, which decides by `error.retry` when to run them again.
"""

from __future__ import annotations

import asyncio
import contextlib

from mailtui.model.ids import MailboxId, PlacementId
from mailtui.model.link import LinkState
from mailtui.protocols.pop3.worker.desk import PopDesk
from mailtui.protocols.pop3.worker.visit import Visit


class PopWorker:
    """What others ask for may be asked at any time on the event loop."""

    def __init__(self, desk: PopDesk) -> None:
        self.desk = desk
        self.scripts = (self.run,)
        """To be kept running; its failures are the account's."""
        self._wake = asyncio.Event()
        self._complained: set[str] = set()
        """Names of messages that the server refused, and that the person was told of."""

    def sync_now(self, mailbox: MailboxId | None = None) -> None:
        self._wake.set()

    def want(self, placement: PlacementId) -> None:
        """Nothing: a maildrop's mail is whole here or not at all."""

    def look(self, mailbox: MailboxId) -> None:
        """Nothing: many servers want minutes between two logins (RFC 2449 section 6.6)."""

    def journaled(self) -> None:
        """Nothing: what is deleted here leaves the server with the next visit, if at all."""

    def woke(self) -> None:
        """The computer was asleep: news may have gathered."""
        self._wake.set()

    async def run(self) -> None:
        """For ever: visit, rest. Raises what stopped it."""
        while True:
            self._wake.clear()
            delay = await self._visit()
            self.desk.state(LinkState.IDLE)
            await self._rest(max(self.desk.account.poll_seconds, delay))

    async def run_once(self) -> None:
        await self._visit()
        self.desk.state(LinkState.OFFLINE)

    async def _visit(self) -> int:
        """Seconds that the server wants until the next one."""
        self.desk.state(LinkState.CONNECTING)
        link = await self.desk.connect()
        try:
            self.desk.state(LinkState.SYNCING)
            await Visit(self.desk, link, self._complained).run()
            return link.capabilities.login_delay
        finally:
            await link.close()

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)
