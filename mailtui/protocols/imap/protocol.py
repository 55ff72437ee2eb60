"""aioimaplib's protocol, hardened. Theirs: tags, connection states, the transport's bookkeeping. Ours: every byte that
comes in (lexer, parse), waiting for answers, deadlines, flow control, the end of a connection, compression.

Measured on aioimaplib 2.0.3: 1,000 untagged lines in one read end in RecursionError and a hung command; BYE and a
closed connection are noticed only by a timeout; `* OK text {3}` waits for a literal; the timer starts anew with every
byte. tests/dialogue/test_imap_library_defects.py shows each of them on the bare library.
"""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import aioimaplib.aioimaplib as library

from mailtui.model.errors import LinkError, LostError, MailtuiError, RemoteProtocolError, TimeoutError_
from mailtui.protocols.imap.commands import Command, Literal
from mailtui.protocols.imap.lexer import Framer, Limits, Part
from mailtui.protocols.imap.parse import parse_reply
from mailtui.protocols.imap.replies import Continuation, Reply, Status

PROGRESS_BYTES = 32 * 1024
"""Literal bytes within one deadline that count as progress: about 1 KB/s at 30 s."""
INFLATE_STEP = 256 * 1024
UPLOAD_STEP = 64 * 1024
_INJECTED = ("the server sent data between STARTTLS and TLS", "it may be an attack: the connection is closed")


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


class HardenedProtocol(library.IMAP4ClientProtocol):
    """One connection, one command at a time: a second one waits for its turn. Untagged replies go to the command
    under way, and if it does not want them to `on_untagged`."""

    transport: Any
    state: str

    def __init__(self, host: str, timeout: float, limits: Limits, on_untagged: Callable[[Reply], None] | None) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(loop)
        self.host = host
        self.timeout = timeout
        self.limits = limits
        self.framer = Framer(limits)
        self.greeting: asyncio.Future[Status] = loop.create_future()
        self.greeting.add_done_callback(_retrieve)
        self.lost: asyncio.Future[None] = loop.create_future()
        self.error: MailtuiError | None = None
        self.bytes_in = self.bytes_out = 0
        self.paused = False
        self._on_untagged = on_untagged
        self._turn = asyncio.Lock()
        self._pending: Pending | None = None
        self._progress = 0
        self._inflate: Any = None
        self._deflate: Any = None
        self._switching = ""
        self._writable: asyncio.Future[None] | None = None
        self._bye = ""

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
        except Exception as error:  # a callback or a sink failed: nothing after it may be believed
            if self._pending is not None and not self._pending.done.done():
                self._pending.done.set_exception(error)
                _retrieve(self._pending.done)
            self.fail(LinkError(f"reading from {self.host} failed: {type(error).__name__}"))

    def _inflated(self, d: bytes) -> None:
        """In steps, so that a bomb is never whole in memory; the lexer's bounds hold for what comes out."""
        data, made, streamed = d, 0, self.framer.streamed
        while data and self.error is None:
            step = self._inflate.decompress(data, INFLATE_STEP)
            made += len(step)
            self._take(step)
            if made - (self.framer.streamed - streamed) > self.limits.inflated:
                raise RemoteProtocolError(
                    f"{len(d)} bytes from {self.host} unpack to more than {self.limits.inflated}",
                    "the connection is closed",
                )
            data = self._inflate.unconsumed_tail
        if self._inflate.eof:
            raise RemoteProtocolError(f"{self.host} ended the compressed stream", "the connection is closed")

    def _take(self, data: bytes) -> None:
        moved = self.framer.moved
        if self._switching == "STARTTLS":
            raise RemoteProtocolError(*_INJECTED)
        for parts in self.framer.feed(data):
            self._progress += 1
            self._response(parts)
            if self.error is not None:
                return
            if self._switching:
                self._switched(data[self.framer.consumed :])
                return
        if self.framer.moved // PROGRESS_BYTES != moved // PROGRESS_BYTES:
            self._progress += 1

    def _switched(self, rest: bytes) -> None:
        """The tagged OK of STARTTLS or COMPRESS has been read; `rest` came after it in the same packet."""
        if self._switching == "STARTTLS":
            if rest:  # not protected, whoever sent it
                raise RemoteProtocolError(*_INJECTED)
            return
        self._switching = ""
        self._inflate = zlib.decompressobj(-15)  # RFC 4978: raw deflate, both ways
        self._deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
        self._inflated(rest)

    def _response(self, parts: list[Part]) -> None:
        if parts == [b""]:
            return  # an empty line: harmless
        if not self.greeting.done():
            self._greeted(parts)
            return
        reply = parse_reply(parts)
        if isinstance(reply, Status) and reply.tag:
            self._tagged(reply)
        elif isinstance(reply, Continuation):
            self._continued(reply)
        else:
            if isinstance(reply, Status) and reply.kind == "BYE":
                self._said_goodbye(reply.text)
            self._untagged(reply)

    def _greeted(self, parts: list[Part]) -> None:
        reply: Reply | None = None
        with contextlib.suppress(RemoteProtocolError):
            reply = parse_reply(parts)
        if not isinstance(reply, Status) or reply.tag or reply.kind not in {"OK", "PREAUTH", "BYE", "NO"}:
            raise RemoteProtocolError(
                f"{self.host} greets with {parts[0]!r:.80}, which is not IMAP", "check `host`, `port` and `security`"
            )
        self.state = {"OK": library.NONAUTH, "PREAUTH": library.AUTH}.get(reply.kind, library.LOGOUT)
        self.greeting.set_result(reply)

    def _tagged(self, status: Status) -> None:
        pending = self._pending
        if pending is None or pending.tag != status.tag:
            raise RemoteProtocolError(
                f"{self.host} answered a command that was not asked ({status.tag[:20]!r})", "the connection is closed"
            )
        self._pending = None
        self.framer.sink_factory = None
        for waiting in pending.continuations:
            waiting.cancel()
        if status.kind == "OK" and pending.name in {"STARTTLS", "COMPRESS"}:
            self._switching = pending.name
        if not pending.done.done():
            pending.done.set_result(status)

    def _said_goodbye(self, words: str) -> None:
        """Whatever is asked now gets no answer; only after LOGOUT one still comes."""
        self._bye = words
        if self._pending is None or self._pending.name != "LOGOUT":
            raise LostError(f'{self.host} said goodbye: "{words[:200]}"', "it is tried again by itself")

    def _continued(self, reply: Continuation) -> None:
        if self._pending is not None and self._pending.continuations:
            waiting = self._pending.continuations.popleft()
            if not waiting.done():
                waiting.set_result(reply.text)
        # an unasked `+` is harmless

    def _untagged(self, reply: Reply) -> None:
        pending = self._pending
        if pending is not None and pending.on_reply is not None and pending.on_reply(reply):
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
        self.state = library.LOGOUT
        with contextlib.suppress(Exception):  # a sink that can't even be given up changes nothing here
            self.framer.abort()
        if self.transport is not None:
            self.transport.abort()
        waiting: list[asyncio.Future[Any]] = [self.greeting]
        if self._writable is not None:
            waiting.append(self._writable)
        if self._pending is not None:
            waiting += [*self._pending.continuations, self._pending.done]
            self._pending = None
        for future in waiting:
            if not future.done():
                future.set_exception(error)
                _retrieve(future)

    # -- commands

    def write(self, data: bytes) -> None:
        if self._deflate is not None:
            data = self._deflate.compress(data) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        self.bytes_out += len(data)
        self.transport.write(data)

    def pause_writing(self) -> None:
        self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    async def run(
        self,
        name: str,
        pieces: Command,
        on_reply: Callable[[Reply], bool] | None = None,
        *,
        nonsync: Callable[[int], bool] = lambda size: False,
        talk: Callable[[Pending], Awaitable[None]] | None = None,
        prepare: Callable[[], None] | None = None,
    ) -> Status:
        """Sends a command and waits for its tagged answer, whatever it is. `on_reply` gets untagged replies first
        and says whether it took them. `nonsync(size)`: whether a literal goes without asking. `talk`: what to do
        between, for AUTHENTICATE and IDLE. Raises LinkError or ProtocolError, and what a callback raised."""
        async with self._turn:
            self._check()
            if prepare is not None:
                prepare()
            pending = Pending(self.new_tag(), name, asyncio.get_running_loop().create_future(), on_reply)
            self._pending = pending
            try:
                await self._send(pending, pieces, nonsync)
                if talk is not None:
                    await talk(pending)
                status: Status = await self.outcome(pending.done, name)
                return status
            finally:
                if self._pending is pending:
                    # Given up half way (a caller was cancelled): its answer would be taken for another command's.
                    self.fail(LostError("the connection was given up in the middle of a command"))

    async def _send(self, pending: Pending, pieces: Iterable[bytes | Literal], nonsync: Callable[[int], bool]) -> None:
        line = pending.tag.encode("ascii") + b" "
        for piece in pieces:
            if isinstance(piece, bytes):
                line += piece
                continue
            size = len(piece.data)
            if nonsync(size):
                line += b"{%d+}\r\n" % size
            else:
                waiting = self.expect(pending)
                self.write(line + b"{%d}\r\n" % size)
                line = b""
                await self.wait_either(waiting, pending, pending.name)
                if pending.done.done():
                    return  # refused
            if size <= UPLOAD_STEP:
                line += piece.data
                continue
            await self._upload(line, piece.data, pending.name)
            line = b""
        self.write(line + b"\r\n")

    async def _upload(self, line: bytes, data: bytes, what: str) -> None:
        """Big literals in steps: each has to leave this computer within one deadline."""
        self.write(line)
        for start in range(0, len(data), UPLOAD_STEP):
            self.write(data[start : start + UPLOAD_STEP])
            self._progress += 1
            if self._writable is not None:
                await self.outcome(self._writable, what)
            self._check()

    def expect(self, pending: Pending) -> asyncio.Future[bytes]:
        """The next `+` of this command. Ask before you write."""
        waiting: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        pending.continuations.append(waiting)
        return waiting

    async def wait_either(self, waiting: asyncio.Future[bytes], pending: Pending, what: str) -> None:
        """Until `+` came or the command was answered instead (refused)."""
        while not waiting.done() and not pending.done.done():
            await self._tick({waiting, pending.done}, what)

    async def outcome(self, future: asyncio.Future[Any], what: str, *, within: float | None = None) -> Any:
        """`within`: a shorter deadline than the usual one, in seconds."""
        while not future.done():
            await self._tick({future}, what, self.timeout if within is None else min(within, self.timeout))
        return future.result()

    async def _tick(self, futures: set[asyncio.Future[Any]], what: str, seconds: float | None = None) -> None:
        """One deadline's worth of waiting. Whole responses and a minimum rate of literal bytes are progress; single
        bytes are not, so a server that drips can't hold us."""
        before, seconds = self._progress, self.timeout if seconds is None else seconds
        done, _ = await asyncio.wait(futures, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not done and self._progress == before and not self.paused:
            error = TimeoutError_(
                f"{self.host} did not answer {what} within {seconds:g} seconds", "it is tried again by itself"
            )
            self.fail(error)
            raise error

    def _check(self) -> None:
        if self.error is not None:
            raise self.error

    # -- upgrades

    def before_tls(self) -> None:
        """After the tagged OK of STARTTLS nothing may be in the buffer: it was sent in clear text, by whomever."""
        self._check()
        if not self.framer.empty:
            raise RemoteProtocolError(*_INJECTED)

    def after_tls(self, transport: asyncio.Transport) -> None:
        self._switching = ""
        self.transport = transport


def _retrieve(future: asyncio.Future[Any]) -> None:
    """Marks an error as seen: the connection's end is told elsewhere too."""
    if future.done() and not future.cancelled():
        future.exception()


__all__ = ["HardenedProtocol", "Pending", "library"]
