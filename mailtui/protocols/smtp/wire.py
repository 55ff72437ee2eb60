"""The bytes of a submission connection. The library keeps the transport, its flow control, the parsing of one reply
and the STARTTLS handshake; ours is what it lacks: several replies on their way (PIPELINING, RFC 2920), replies that
nobody asked for, and a message whose final dot is a step of its own."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from aiosmtplib.errors import SMTPReadTimeoutError, SMTPResponseException, SMTPServerDisconnected
from aiosmtplib.protocol import MAX_RESPONSE_LENGTH, SMTPProtocol
from aiosmtplib.response import SMTPResponse

from mailtui.model.errors import LocalProtocolError, LostError, RemoteProtocolError, TimeoutError_
from mailtui.protocols.smtp.outcome import Answer

PATIENCE = 0.005
"""Seconds between two looks at what is still to be written."""


class Wire(SMTPProtocol):
    """One conversation. `host` is for the words of errors; `timeout` in seconds without a reply."""

    def __init__(self, host: str, timeout: float) -> None:
        super().__init__(loop=asyncio.get_running_loop())
        self.host = host
        self.timeout = timeout
        self._replies: deque[SMTPResponse] = deque()
        self._owed = 1  # the greeting
        self._news = asyncio.Event()
        self._broken: Exception | None = None
        self._leftover = False
        self.farewell = ""
        """What the server said unasked (421 before it hangs up)."""

    # -- from the transport

    def data_received(self, data: bytes) -> None:
        self._buffer.extend(data)
        try:
            while (reply := self._read_response_from_buffer()) is not None:
                if not 200 <= reply.code <= 599:
                    raise SMTPResponseException(reply.code, "Malformed SMTP response")
                if self._owed:
                    self._owed -= 1
                    self._replies.append(reply)
                else:
                    self.farewell = Answer(reply.code, reply.message).words
            if len(self._buffer) > MAX_RESPONSE_LENGTH:
                raise SMTPResponseException(-1, "Response too long")
        except SMTPResponseException as error:
            self._break(error)
            if self.transport is not None:
                self.transport.close()
        self._news.set()

    def eof_received(self) -> bool:
        self._break(SMTPServerDisconnected("Unexpected EOF received"))
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._break(exc or SMTPServerDisconnected("Connection lost"))
        super().connection_lost(exc)

    def _break(self, error: Exception) -> None:
        if self._broken is None:
            self._broken = error
        self._news.set()

    # -- for the library's STARTTLS

    async def read_response(self, timeout: float | None = None) -> SMTPResponse:  # noqa: ASYNC109 (the library's)
        """The next reply, one more than were waited for so far. Only STARTTLS asks here: what has come behind the
        reply by then is remembered, for the library throws it away."""
        self._owed += 1
        reply = await self._next(timeout)
        self._leftover = bool(self._buffer)
        return reply

    async def _next(self, seconds: float | None) -> SMTPResponse:
        try:
            async with asyncio.timeout(seconds):
                while not self._replies:
                    if self._broken is not None:
                        raise self._broken
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError as error:
            raise SMTPReadTimeoutError("Timed out waiting for server response") from error
        return self._replies.popleft()

    @property
    def clean(self) -> bool:
        """Nothing has come that was not asked for: no half line, no reply too many."""
        return not self._buffer and not self._leftover and not self._replies and not self.farewell

    # -- ours

    async def greeting(self) -> Answer:
        return await self._answer("the connection with a greeting")

    async def ask(self, line: bytes, *, within: float | None = None, secret: bool = False) -> Answer:
        """One command, one reply `within` so many seconds. Raises LostError, TimeoutError_, ProtocolError."""
        (answer,) = await self.ask_all((line,), within=within, secret=secret)
        return answer

    async def ask_all(
        self, lines: Sequence[bytes], *, within: float | None = None, secret: bool = False
    ) -> list[Answer]:
        """Commands in one write, and their replies in order. `secret`: never name them in an error."""
        for line in lines:
            if any(byte < 32 or byte == 127 for byte in line):
                raise LocalProtocolError("a command for the mail server would hold a control character")
        self._owed += len(lines)
        await self.push(b"".join(line + b"\r\n" for line in lines))
        what = "the login" if secret else lines[0].split(b" ")[0].decode("ascii", "replace")
        return [await self._answer(what, within) for _ in lines]

    async def end_of_data(self, *, within: float) -> Answer:
        """The final dot and what the server says to it."""
        self._owed += 1
        await self.push(b".\r\n")
        return await self._answer("the end of the message", within)

    async def late_answer(self, within: float) -> Answer:
        """What is still owed, after waiting for it was broken off."""
        return await self._answer("the end of the message", within)

    async def push(self, data: bytes | memoryview) -> None:
        """Written, as far as the flow control lets it. Raises LostError, TimeoutError_."""
        transport = self.transport
        if self._broken is not None or not isinstance(transport, asyncio.WriteTransport) or transport.is_closing():
            raise self._lost(self._broken)
        transport.write(data)
        try:
            async with asyncio.timeout(self.timeout):
                await self._drain_helper()
        except TimeoutError as error:
            raise TimeoutError_(f"{self.host} took nothing for {self.timeout:g} seconds") from error
        except OSError as error:
            raise self._lost(error) from error

    async def drained(self) -> None:
        """Everything written so far is with the system. Raises LostError, TimeoutError_."""
        left, since = -1, self._loop.time()
        while isinstance(self.transport, asyncio.WriteTransport) and self._broken is None:
            size = self.transport.get_write_buffer_size()
            if not size:
                return
            if size != left:
                left, since = size, self._loop.time()
            elif self._loop.time() - since > self.timeout:
                raise TimeoutError_(f"{self.host} took nothing for {self.timeout:g} seconds")
            await asyncio.sleep(PATIENCE)
        raise self._lost(self._broken)

    async def _answer(self, what: str, within: float | None = None) -> Answer:
        seconds = within or self.timeout
        try:
            reply = await self._next(seconds)
        except SMTPReadTimeoutError as error:
            raise TimeoutError_(f"{self.host} did not answer {what} within {seconds:g} seconds") from error
        except SMTPResponseException as error:
            raise RemoteProtocolError(
                f"{self.host} gave an answer to {what} that is no mail server's", "check `host` and `port`"
            ) from error
        except (SMTPServerDisconnected, OSError) as error:
            raise self._lost(error) from error
        return Answer(reply.code, reply.message)

    def _lost(self, error: Exception | None) -> LostError:
        words = f': "{self.farewell}"' if self.farewell else ""
        lost = LostError(f"{self.host} closed the connection{words}", "it is tried again")
        lost.__cause__ = error
        return lost

    def close(self) -> None:
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()
