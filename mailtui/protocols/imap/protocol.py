"""aioimaplib's protocol, hardened. Theirs: tags, connection states, the transport's bookkeeping. Ours: every byte that
comes in (lexer, replies), waiting for answers, deadlines, the end of a connection, compression.

Measured on aioimaplib 2.0.3: 1,000 untagged lines in one read end in RecursionError and a hung command; BYE and a closed
connection are noticed only by a timeout; `* OK text {3}` waits for a literal; the timer starts anew with every byte.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import deque
from collections.abc import Callable
from typing import Any

import aioimaplib.aioimaplib as library

from mailtui.model.errors import LinkError, LostError, MailtuiError, RemoteProtocolError, TimeoutError_
from mailtui.protocols.imap.commands import Literal, Piece
from mailtui.protocols.imap.lexer import Framer, Limits, Part
from mailtui.protocols.imap.replies import Continuation, Reply, Status, parse_reply

PROGRESS_BYTES = 32 * 1024
"""Literal bytes within one deadline that count as progress: about 1 KB/s at 30 s."""
INFLATE_STEP = 256 * 1024
_INJECTED = RemoteProtocolError(
    "the server sent data between STARTTLS and TLS", "it may be an attack: the connection is closed"
)


class Pending:
    """A command that waits for its tagged answer."""

    __slots__ = ("continuations", "done", "name", "on_reply", "tag")

    def __init__(
        self, tag: str, name: str, done: asyncio.Future[Status], on_reply: Callable[[Reply], bool] | None
    ) -> None:
        self.tag = tag
        self.name = name
        self.done = done
        self.on_reply = on_reply
        self.continuations: deque[asyncio.Future[bytes]] = deque()


class HardenedProtocol(library.IMAP4ClientProtocol):  # type: ignore[misc]
    """One connection. Untagged replies go to the command under way, and if it does not want them to `on_untagged`."""

    def __init__(self, host: str, timeout: float, limits: Limits, on_untagged: Callable[[Reply], None] | None) -> None:
        super().__init__(asyncio.get_running_loop())
        self.host = host
        self.timeout = timeout
        self.framer = Framer(limits)
        self.greeting: asyncio.Future[Status] = asyncio.get_running_loop().create_future()
        self.greeting.add_done_callback(_retrieve)
        self.error: MailtuiError | None = None
        self.bytes_in = self.bytes_out = 0
        self._on_untagged = on_untagged
        self._pending: deque[Pending] = deque()
        self._progress = 0
        self._inflate: Any = None
        self._deflate: Any = None
        self._upgrading = False
        self._bye = ""
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    # -- bytes

    def data_received(self, d: bytes) -> None:
        self.bytes_in += len(d)
        if self.error is not None:
            return
        try:
            if self._inflate is None:
                self._take(d)
            else:
                self._inflated(d)
        except MailtuiError as error:
            self.fail(error)
        except zlib.error:
            self.fail(RemoteProtocolError("the server's compressed stream is broken", "the connection is closed"))
        except Exception as error:  # a callback failed: nothing after it may be believed
            self.fail(LinkError(f"reading from {self.host} failed: {type(error).__name__}: {error}"))

    def _inflated(self, d: bytes) -> None:
        """In steps, so that a bomb is never whole in memory; the lexer's bounds hold for what comes out."""
        data = d
        while data and self.error is None:
            self._take(self._inflate.decompress(data, INFLATE_STEP))
            data = self._inflate.unconsumed_tail

    def _take(self, data: bytes) -> None:
        moved = self.framer.moved
        for parts in self.framer.feed(data):
            if self._upgrading:
                raise _INJECTED
            self._progress += 1
            self._response(parts)
            if self.error is not None:
                return
        if self.framer.moved // PROGRESS_BYTES != moved // PROGRESS_BYTES:
            self._progress += 1

    def _response(self, parts: list[Part]) -> None:
        if parts == [b""]:
            return  # an empty line: harmless
        reply = parse_reply(parts)
        if not self.greeting.done():
            if not isinstance(reply, Status) or reply.tag or reply.kind not in {"OK", "PREAUTH", "BYE", "NO"}:
                raise RemoteProtocolError(
                    f"{self.host} greets with {parts[0]!r:.80}, which is not IMAP", "check `host` and `port`"
                )
            self.greeting.set_result(reply)
            return
        if isinstance(reply, Status) and reply.tag:
            self._tagged(reply)
        elif isinstance(reply, Continuation):
            self._continued(reply)
        else:
            if isinstance(reply, Status) and reply.kind == "BYE":
                self._bye = reply.text
            self._untagged(reply)

    def _tagged(self, status: Status) -> None:
        if not self._pending or self._pending[0].tag != status.tag:
            raise RemoteProtocolError(
                f"{self.host} answered a command that was not asked ({status.tag[:20]!r})", "the connection is closed"
            )
        pending = self._pending.popleft()
        self.framer.sink_factory = None
        for waiting in pending.continuations:
            waiting.cancel()
        if pending.name == "STARTTLS" and status.kind == "OK":
            self._upgrading = True  # whatever else is in this packet was not protected
        if not pending.done.done():
            pending.done.set_result(status)

    def _continued(self, reply: Continuation) -> None:
        if self._pending and self._pending[0].continuations:
            waiting = self._pending[0].continuations.popleft()
            if not waiting.done():
                waiting.set_result(reply.text)
        # an unasked `+` is harmless

    def _untagged(self, reply: Reply) -> None:
        if self._pending and self._pending[0].on_reply is not None and self._pending[0].on_reply(reply):
            return
        if self._on_untagged is not None:
            self._on_untagged(reply)

    # -- the end

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.lost.done():
            self.lost.set_result(None)
        words = f': "{self._bye[:200]}"' if self._bye else (f": {exc}" if exc is not None else "")
        self.fail(LostError(f"{self.host} closed the connection{words}"))

    def eof_received(self) -> bool:
        return False

    def fail(self, error: MailtuiError) -> None:
        """Everything that waits learns it now; nothing more is believed."""
        if self.error is not None:
            return
        self.error = error
        self.framer.abort()
        if self.transport is not None:
            self.transport.abort()
        if not self.greeting.done():
            self.greeting.set_exception(error)
        for pending in self._pending:
            for waiting in pending.continuations:
                if not waiting.done():
                    waiting.set_exception(error)
                    _retrieve(waiting)
            if not pending.done.done():
                pending.done.set_exception(error)
                _retrieve(pending.done)
        self._pending.clear()

    # -- commands

    def write(self, data: bytes) -> None:
        if self._deflate is not None:
            data = self._deflate.compress(data) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        self.bytes_out += len(data)
        self.transport.write(data)

    async def run(
        self,
        name: str,
        pieces: list[Piece],
        on_reply: Callable[[Reply], bool] | None = None,
        *,
        literal_plus: bool = False,
        talk: Callable[[Pending], Any] | None = None,
    ) -> Status:
        """Sends a command and waits for its tagged answer, whatever it is. `on_reply` gets untagged replies first
        and says whether it took them. `talk`: what to do between, for AUTHENTICATE and IDLE. Raises LinkError."""
        self._check()
        loop = asyncio.get_running_loop()
        pending = Pending(self.new_tag(), name, loop.create_future(), on_reply)
        self._pending.append(pending)
        try:
            await self._send(pending, pieces, literal_plus)
            if talk is not None:
                await talk(pending)
            return await self.wait(pending.done, name)
        except asyncio.CancelledError:
            # Its answer would be taken for another command's.
            self.fail(LostError("the connection was given up in the middle of a command"))
            raise

    async def _send(self, pending: Pending, pieces: list[Piece], literal_plus: bool) -> None:
        line = pending.tag.encode("ascii") + b" "
        for piece in pieces:
            if isinstance(piece, bytes):
                line += piece
                continue
            line += b"{%d%s}\r\n" % (len(piece.data), b"+" if literal_plus else b"")
            if not literal_plus:
                waiting = self.expect(pending)
                self.write(line)
                line = b""
                await self.wait_either(waiting, pending, pending.name)
                if pending.done.done():
                    return
            line += piece.data
        self.write(line + b"\r\n")

    def expect(self, pending: Pending) -> asyncio.Future[bytes]:
        """The next `+` of this command. Ask before you write."""
        waiting: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        pending.continuations.append(waiting)
        return waiting

    async def wait_either(self, waiting: asyncio.Future[bytes], pending: Pending, what: str) -> None:
        """Until `+` came or the command was answered instead (refused)."""
        while not waiting.done() and not pending.done.done():
            await self._tick({waiting, pending.done}, what)

    async def wait(self, future: asyncio.Future[Any], what: str) -> Any:
        while not future.done():
            await self._tick({future}, what)
        return future.result()

    async def _tick(self, futures: set[asyncio.Future[Any]], what: str) -> None:
        """One deadline's worth of waiting. Whole responses and a minimum rate of literal bytes are progress; single
        bytes are not, so a server that drips can't hold us."""
        before = self._progress
        done, _ = await asyncio.wait(futures, timeout=self.timeout, return_when=asyncio.FIRST_COMPLETED)
        if not done and self._progress == before:
            error = TimeoutError_(f"{self.host} did not answer {what} within {self.timeout:g} seconds")
            self.fail(error)
            raise error

    def _check(self) -> None:
        if self.error is not None:
            raise self.error

    # -- upgrades

    def before_tls(self) -> None:
        """After the tagged OK of STARTTLS nothing may be in the buffer: it was sent in clear text, by whomever."""
        if not self.framer.empty:
            raise _INJECTED

    def after_tls(self, transport: asyncio.Transport) -> None:
        self._upgrading = False
        self.transport = transport

    def compress(self) -> None:
        """COMPRESS DEFLATE is on (RFC 4978): raw deflate both ways."""
        self._inflate = zlib.decompressobj(-15)
        self._deflate = zlib.compressobj(6, zlib.DEFLATED, -15)


def _retrieve(future: asyncio.Future[Any]) -> None:
    """Marks an error as seen: the connection's end is told elsewhere too."""
    if not future.cancelled():
        future.exception() if future.done() else None


__all__ = ["HardenedProtocol", "Literal", "Pending"]
