"""The asyncio side of a conversation: commands out, at most a window of them unanswered; bytes in, to the dialogue; and
a deadline that means progress, not single bytes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mailtui.model.errors import LinkError, LostError, MailtuiError, RemoteProtocolError, TimeoutError_
from mailtui.protocols.pop3.dialogue import Dialogue, Limits, Want
from mailtui.protocols.pop3.replies import Greeting, Reply, Status

WINDOW = 200
"""Commands on their way at once (RFC 2449 section 6.8): some kilobytes, which no server's buffer refuses."""
PROGRESS_BYTES = 4096
"""So many within one deadline are progress."""

Command = tuple[bytes, Want]


@dataclass
class _Exchange:
    commands: Iterator[Command]
    window: int
    on_reply: Callable[[Reply], bytes | None]
    """Called for every answer in order; what it returns is sent at once (an answer to a challenge)."""
    done: asyncio.Future[None]
    exhausted: bool = False


class Wire(asyncio.Protocol):
    """One exchange at a time. After an error nothing more is believed."""

    def __init__(self, host: str, timeout: float, limits: Limits = Limits()) -> None:  # noqa: B008
        self.host = host
        self.timeout = timeout
        self.error: MailtuiError | None = None
        self.greeting: asyncio.Future[Greeting] = asyncio.get_running_loop().create_future()
        self.bytes_in = 0
        self._dialogue = Dialogue(host, limits)
        self._exchange: _Exchange | None = None
        self._transport: asyncio.Transport | None = None
        self._answers = 0
        self._clear = False
        """STLS was granted: what still comes in clear text is an attack."""

    @property
    def transport(self) -> asyncio.Transport:
        assert self._transport is not None
        return self._transport

    # -- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self.bytes_in += len(data)
        if self.error is not None:
            return
        try:
            if self._clear:
                raise RemoteProtocolError(
                    f"{self.host} spoke in clear text after it granted encryption", "nothing of it is believed"
                )
            for reply in self._dialogue.feed(data):
                self._take(reply)
            self._pump()
        except MailtuiError as error:
            self.fail(error)
        except Exception as error:  # a callback or a sink failed: nothing after it may be believed
            self.fail(LinkError(f"reading from {self.host} failed: {type(error).__name__}: {error}"))

    def connection_lost(self, exc: Exception | None) -> None:
        self.fail(LostError(f"{self.host} closed the connection{f': {exc}' if exc is not None else ''}"))

    def eof_received(self) -> bool:
        return False

    # -- answers

    def _take(self, reply: Reply) -> None:
        self._answers += 1
        if isinstance(reply, Greeting):
            if not self.greeting.done():
                self.greeting.set_result(reply)
            return
        exchange = self._exchange
        if exchange is None:
            raise RemoteProtocolError(f"{self.host} answers what was given up", "the connection is closed")
        say = exchange.on_reply(reply)
        if say is not None:
            self.transport.write(say)

    def _pump(self) -> None:
        """Sends what the window has room for; ends the exchange when all is answered."""
        exchange = self._exchange
        if exchange is None:
            return
        out: list[bytes] = []
        while not exchange.exhausted and self._dialogue.outstanding < exchange.window:
            command = next(exchange.commands, None)
            if command is None:
                exchange.exhausted = True
            else:
                self._dialogue.want(command[1])
                out.append(command[0])
        if out:
            self.transport.write(b"".join(out))
        if exchange.exhausted and not self._dialogue.outstanding and not exchange.done.done():
            exchange.done.set_result(None)

    # -- what the link calls

    async def run(
        self, commands: Iterator[Command], on_reply: Callable[[Reply], bytes | None], *, window: int = 1
    ) -> None:
        """Sends all of these and waits for all answers. Raises LinkError, ProtocolError, and what a sink raised."""
        self.check()
        exchange = _Exchange(commands, window, on_reply, asyncio.get_running_loop().create_future())
        self._exchange = exchange
        try:
            self._pump()
            await self.outcome(exchange.done, "a command")
        finally:
            self._exchange = None
            if not exchange.done.done() or exchange.done.cancelled():
                # Given up half way (a caller was cancelled): answers would be taken for another command's.
                self.fail(LostError("the connection was given up in the middle of a command"))

    async def ask(self, line: bytes, want: Want, answer: Callable[[bytes], bytes] | None = None) -> Reply:
        """One command and its answer; `answer` says what to say to a challenge."""
        found: list[Reply] = []

        def on_reply(reply: Reply) -> bytes | None:
            found.append(reply)
            if isinstance(reply, Status) and want.last and reply.ok:
                self._clear = True
            data = getattr(reply, "data", None)
            return answer(data) if answer is not None and data is not None else None

        await self.run(iter([(line, want)]), on_reply)
        return found[-1]

    async def outcome(self, future: asyncio.Future[Any], what: str) -> Any:
        while not future.done():
            before = self._answers, self.bytes_in
            done, _ = await asyncio.wait({future}, timeout=self.timeout)
            if not done and self._answers == before[0] and self.bytes_in - before[1] < PROGRESS_BYTES:
                error = TimeoutError_(
                    f"{self.host} did not answer {what} within {self.timeout:g} seconds", "it is tried again by itself"
                )
                self.fail(error)
                raise error
        return future.result()

    def encrypted(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._clear = False

    def check(self) -> None:
        if self.error is not None:
            raise self.error

    def fail(self, error: MailtuiError) -> None:
        """Whoever waits learns it now."""
        if self.error is not None:
            return
        self.error = error
        with contextlib.suppress(Exception):  # a sink that can't even be given up changes nothing here
            self._dialogue.abort()
        if self._transport is not None:
            self._transport.abort()
        waiting: list[asyncio.Future[Any]] = [self.greeting]
        if self._exchange is not None:
            waiting.append(self._exchange.done)
        for future in waiting:
            if not future.done():
                future.set_exception(error)
                future.exception()  # seen: the connection's end is told elsewhere too
