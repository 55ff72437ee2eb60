"""A server that follows a script, on 127.0.0.1: what it says, what it must hear, in order. A conversation with lines
left over, or with other words than expected, fails the test that holds it.

    async with scripted([S("* OK hello"), C("{tag} CAPABILITY"), S("{tag} OK done")]) as server:
        ... talk to 127.0.0.1:server.port ...

`C` takes the next line of the client and keeps its first word as the tag; `{tag}` in later lines is that tag.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace

from mailtui.model.account import Protocol, Secret, SecretKind, SecretSource, Security, ServerSettings
from tests.support.certificates import Certificate

SECONDS = 20.0
"""A conversation that takes longer has hung."""


class Step:
    """One thing that happens in a conversation."""


@dataclass(frozen=True)
class S(Step):
    """Server sends this line, with CRLF; bytes are sent as they are."""

    words: str | bytes


@dataclass(frozen=True)
class C(Step):
    """Client must send this line (without CRLF); a function judges it instead. `{tag}` is whatever comes first."""

    words: str | Callable[[str], bool]


@dataclass(frozen=True)
class CBytes(Step):
    """Client must send exactly these bytes."""

    data: bytes


@dataclass(frozen=True)
class Pause(Step):
    seconds: float


@dataclass(frozen=True)
class Drip(Step):
    """Sends byte by byte, `gap` seconds apart, until the client goes away."""

    data: bytes
    gap: float


@dataclass(frozen=True)
class Tls(Step):
    """The server's side of STARTTLS."""

    certificate: Certificate


@dataclass(frozen=True)
class Deflate(Step):
    """From here on everything is compressed both ways (RFC 4978)."""


@dataclass(frozen=True)
class Close(Step):
    """The server closes; `hard`: with a reset."""

    hard: bool = False


@dataclass(frozen=True)
class Gone(Step):
    """The client must have closed the connection by now (within some seconds), without another word unless it `may`."""

    may: bool = False


class Mismatch(AssertionError):
    """The client said something that is not in the script."""


@dataclass
class Scripted:
    steps: Sequence[Step]
    certificate: Certificate | None = None
    port: int = 0
    tag: str = ""
    heard: list[str] = field(default_factory=list)
    failure: BaseException | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None
    _inflate: zlib._Decompress | None = None
    _deflate: zlib._Compress | None = None
    _buffer: bytes = b""
    _next: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._task = asyncio.current_task()
        try:
            for self._next, step in enumerate(self.steps):  # noqa: B020
                await self._do(step, reader, writer)
            self._next = len(self.steps)
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            self.failure = Mismatch(f"the client went away before {self._left()}: {error!r}")
        except asyncio.CancelledError:
            self.failure = Mismatch(f"the client still has to {self._left()}")
        except BaseException as error:
            self.failure = error
        finally:
            self.done.set()
            writer.transport.abort()

    def _left(self) -> str:
        return f"{self.steps[self._next]!r} (step {self._next})"

    async def _do(self, step: Step, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        match step:
            case S(words):
                data = words if isinstance(words, bytes) else words.replace("{tag}", self.tag).encode() + b"\r\n"
                await self._send(data, writer)
            case C(words):
                line = (await self._until(b"\r\n", reader))[:-2].decode("utf-8", "surrogateescape")
                self.heard.append(line)
                self._judge(line, words)
            case CBytes(data):
                found = await self._exactly(len(data), reader)
                if found != data:
                    raise Mismatch(f"expected {data!r}, heard {found!r}")
            case Pause(seconds):
                await asyncio.sleep(seconds)
            case Drip(data, gap):
                with contextlib.suppress(ConnectionError):
                    for place in range(len(data)):
                        writer.write(data[place : place + 1])
                        await writer.drain()
                        await asyncio.sleep(gap)
            case Tls(certificate):
                await writer.start_tls(server_context(certificate))
            case Deflate():
                self._inflate, self._deflate = zlib.decompressobj(-15), zlib.compressobj(6, zlib.DEFLATED, -15)
            case Close(hard):
                if not hard:
                    writer.close()
                writer.transport.abort()
            case Gone(may):
                await self._gone(reader, may)

    def _judge(self, line: str, words: str | Callable[[str], bool]) -> None:
        if callable(words):
            if not words(line):
                raise Mismatch(f"heard {line!r}, which the script does not take")
            return
        if words.startswith("{tag} "):
            self.tag = line.partition(" ")[0]
        expected = words.replace("{tag}", self.tag)
        if line != expected:
            raise Mismatch(f"expected {expected!r}, heard {line!r}")

    async def _send(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        if self._deflate is not None:
            data = self._deflate.compress(data) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        writer.write(data)
        await writer.drain()

    async def _more(self, reader: asyncio.StreamReader) -> None:
        data = await reader.read(65536)
        if not data:
            raise ConnectionResetError("closed")
        self._buffer += data if self._inflate is None else self._inflate.decompress(data)

    async def _until(self, mark: bytes, reader: asyncio.StreamReader) -> bytes:
        while mark not in self._buffer:
            await self._more(reader)
        return await self._exactly(self._buffer.index(mark) + len(mark), reader)

    async def _exactly(self, size: int, reader: asyncio.StreamReader) -> bytes:
        while len(self._buffer) < size:
            await self._more(reader)
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    async def _gone(self, reader: asyncio.StreamReader, may: bool) -> None:
        try:
            rest = self._buffer + await asyncio.wait_for(reader.read(), SECONDS / 2)
        except (ConnectionError, ssl.SSLError):
            rest = self._buffer
        except TimeoutError:
            raise Mismatch("the client has not closed the connection") from None
        if rest and not may:
            raise Mismatch(f"the client went on: {rest!r}")

    async def finish(self) -> None:
        """Raises what went wrong on the server's side."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.done.wait(), 2.0)
        if not self.done.is_set() and self._task is not None:
            self._task.cancel()
            await self.done.wait()
        if self.failure is not None:
            raise self.failure
        if self._next < len(self.steps):
            raise Mismatch(f"nobody came: {self._left()} is still to be said")


def server_context(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert, certificate.key)
    return context


@contextlib.asynccontextmanager
async def scripted(steps: Sequence[Step], certificate: Certificate | None = None) -> AsyncIterator[Scripted]:
    """Serves one conversation; with `certificate` under implicit TLS. Leaving checks that all of it was said."""
    script = Scripted(list(steps), certificate)
    context = server_context(certificate) if certificate is not None else None
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0, ssl=context, limit=1 << 26)
    script.port = server.sockets[0].getsockname()[1]
    try:
        async with asyncio.timeout(SECONDS):
            yield script
        await script.finish()
    finally:
        server.close()
        if script._task is not None and not script.done.is_set():
            script._task.cancel()
            await script.done.wait()


# -- how the tests of the IMAP link talk


SECRET = Secret("s3cret-canary")


def imap_settings(port: int, **changes: object) -> ServerSettings:
    """Clear text to 127.0.0.1, user alice, two seconds of patience."""
    made = ServerSettings(
        protocol=Protocol.IMAP,
        host="127.0.0.1",
        port=port,
        security=Security.NONE,
        user="alice",
        secret=SecretSource(SecretKind.PLAIN, plain=SECRET),
        timeout=2.0,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def logged_in(capabilities: str = "", extra: Sequence[Step] = ()) -> list[Step]:
    """Greeting and login of a server that can IMAP4rev1 and `capabilities`; `extra`: what comes of those."""
    names = f"IMAP4rev1 {capabilities}".strip()
    return [
        S(f"* OK [CAPABILITY {names}] ready"),
        C(f"{{tag}} LOGIN alice {SECRET.reveal()}"),
        S(f"{{tag}} OK [CAPABILITY {names}] welcome"),
        *extra,
    ]
