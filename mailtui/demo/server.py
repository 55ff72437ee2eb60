"""The demo's servers on the loopback interface: asyncio sockets around the sans-IO sessions."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final, NamedTuple

from mailtui.demo.mailboxes import Mailboxes
from mailtui.demo.session import Session
from mailtui.demo.smtp import SmtpSession
from mailtui.demo.state import offered_without

HOST: Final = "127.0.0.1"
USER: Final = "robin@example.org"
PASSWORD: Final = "lighthouse"  # noqa: S105 - guards invented mail on the loopback interface


class Ports(NamedTuple):
    imap: int
    smtp: int


class DemoServer:
    """IMAP and SMTP for one invented account, all in memory. Start and stop it inside one running event loop.

    `without` switches capabilities off (names as in `state.CAPABILITIES`), so it can stand for poorer servers; what
    depends on them goes too. `mailboxes` may be changed at any time from the loop; sessions hear of it.
    """

    def __init__(
        self,
        mailboxes: Mailboxes | None = None,
        *,
        without: Iterable[str] = (),
        user: str = USER,
        password: str = PASSWORD,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.mailboxes = Mailboxes() if mailboxes is None else mailboxes
        self._offered = offered_without(without)
        self._user = user
        self._password = password
        self._clock = clock
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, imap: int = 0, smtp: int = 0) -> Ports:
        """Listen; 0 takes any free port. Raises OSError when a port can't be had."""
        for serve, port in ((self._imap, imap), (self._smtp, smtp)):
            self._servers.append(await asyncio.start_server(partial(self._track, serve), HOST, port))
        return Ports(*(server.sockets[0].getsockname()[1] for server in self._servers))

    async def stop(self) -> None:
        """Close the listeners and every connection."""
        for server in self._servers:
            server.close()
        await self.drop()
        for server in self._servers:
            await server.wait_closed()
        self._servers.clear()

    async def drop(self) -> None:
        """Cut all connections, without a word, as a failing network does; the listeners stay."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _track(
        self,
        serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], object],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await serve(reader, writer)  # type: ignore[misc]
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _imap(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def wake() -> None:
            asyncio.get_running_loop().call_soon(push)

        def push() -> None:
            if writer.is_closing():
                return
            if not session.ended:
                writer.write(session.idle_news())
            if session.ended:
                writer.close()

        session = self.session(wake)
        try:
            await self._converse(session, reader, writer)
        finally:
            session.close()

    def session(self, wake: Callable[[], None]) -> Session:
        return Session(self.mailboxes, self._user, self._password, self._offered, wake)

    async def _smtp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._converse(SmtpSession(self._user, self._password, self._deliver), reader, writer)

    async def _converse(
        self, session: Session | SmtpSession, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(session.greeting())
        while not session.ended:
            data = await reader.read(65536)
            if not data:
                return
            for piece in session.feed(data):
                writer.write(piece)
                if writer.transport.get_write_buffer_size() > 262144:
                    await writer.drain()
            await writer.drain()

    def _deliver(self, sender: str, recipients: tuple[str, ...], data: bytes) -> None:
        """Mail to the demo's own user lands in INBOX; everybody else's goes nowhere."""
        if self._user.lower() in (recipient.lower() for recipient in recipients):
            trace = f"Return-Path: <{sender}>\r\nReceived: from [{HOST}] by localhost (mailtui demo)\r\n"
            self.mailboxes["INBOX"].append(trace.encode("utf-8") + data, (), int(self._clock()))
