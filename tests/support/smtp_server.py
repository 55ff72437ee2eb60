"""A submission server on loopback that fails where it is told to, and knows exactly what it took over."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

Fault = Callable[[str, str], "Action | None"]
"""(phase, what was said) -> what to do instead of the usual answer. Phases: connect ehlo starttls tls auth mail rcpt
data body dot accepted rset quit."""


@dataclass(frozen=True)
class Action:
    """`say`: this reply instead (lines without CRLF); `cut`: hang up after it; `wait`: seconds before it."""

    say: str = ""
    cut: bool = False
    wait: float = 0.0
    extra: bytes = b""
    """Bytes sent right behind the usual answer, in the same write."""


CUT = Action(cut=True)


@dataclass
class Taken:
    sender: str
    recipients: list[str]
    data: bytes
    """As it came, dots undone, ends with CRLF."""
    parameters: str = ""


@dataclass
class SmtpServer:
    fault: Fault = lambda phase, said: None
    extensions: tuple[str, ...] = ("PIPELINING", "SIZE 30000000", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES")
    auth: tuple[str, ...] = ("PLAIN", "LOGIN")
    user: str = "me"
    password: str = "secret"
    context: ssl.SSLContext | None = None
    implicit: bool = False
    offers_tls: bool = True
    taken: list[Taken] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    """Every command line, with `(tls)` before those that came encrypted."""
    connections: int = 0
    port: int = 0
    trips: int = 0
    """Reads: how often the client waited for us, at most."""

    async def __aenter__(self) -> SmtpServer:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, ssl=self.context if self.implicit else None, limit=1 << 26
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            await _Session(self, reader, writer).run()
        writer.close()


class _Over(Exception):
    pass


class _Session:
    def __init__(self, server: SmtpServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._tls = server.implicit
        self._known = not server.auth
        self._sender: str | None = None
        self._parameters = ""
        self._recipients: list[str] = []

    async def run(self) -> None:
        with contextlib.suppress(_Over):
            await self._answer("connect", "", "220 localhost ESMTP")
            while line := await self._reader.readline():
                await self._line(line.decode("utf-8", "replace").rstrip("\r\n"))

    async def _answer(self, phase: str, said: str, usual: str) -> bool:
        """Whether the usual answer went out."""
        action = self._server.fault(phase, said)
        if action is None:
            await self._send(usual)
            return True
        await asyncio.sleep(action.wait)
        if action.extra:
            self._writer.write("".join(f"{line}\r\n" for line in usual.split("\n")).encode() + action.extra)
            await self._writer.drain()
            return True
        if action.say:
            await self._send(action.say)
        if action.cut:
            self._writer.transport.abort()
            raise _Over
        if not action.say:
            await self._send(usual)
            return True
        return False

    async def _send(self, text: str) -> None:
        self._writer.write("".join(f"{line}\r\n" for line in text.split("\n")).encode())
        await self._writer.drain()

    async def _line(self, line: str) -> None:
        self._server.heard.append(f"(tls) {line}" if self._tls else line)
        verb, _, rest = line.partition(" ")
        match verb.upper():
            case "EHLO":
                await self._answer("ehlo", line, self._offer())
            case "HELO":
                await self._answer("helo", line, "250 localhost")
            case "STARTTLS":
                await self._starttls(line)
            case "AUTH":
                await self._auth(rest)
            case "MAIL":
                await self._mail(line, rest)
            case "RCPT":
                address = rest[4:].partition(">")[0].lstrip("<")
                if await self._answer("rcpt", address, "250 2.1.5 ok"):
                    self._recipients.append(address)
            case "DATA":
                await self._data(line)
            case "RSET":
                self._sender, self._recipients = None, []
                await self._answer("rset", line, "250 2.0.0 ok")
            case "QUIT":
                await self._answer("quit", line, "221 2.0.0 bye")
                raise _Over
            case _:
                await self._send("500 5.5.2 what?")

    def _offer(self) -> str:
        words = ["localhost", *self._server.extensions]
        if self._server.auth:
            words.append(f"AUTH {' '.join(self._server.auth)}")
        if self._server.context is not None and self._server.offers_tls and not self._tls:
            words.append("STARTTLS")
        return "\n".join([*(f"250-{word}" for word in words[:-1]), f"250 {words[-1]}"])

    async def _starttls(self, line: str) -> None:
        if not await self._answer("starttls", line, "220 2.0.0 ready"):
            return
        assert self._server.context is not None
        await self._writer.start_tls(self._server.context)
        self._tls = True
        self._sender, self._recipients = None, []

    async def _auth(self, rest: str) -> None:
        method, _, initial = rest.partition(" ")
        if method.upper() == "PLAIN":
            good = base64.b64decode(initial).decode().split("\0")[1:] == [self._server.user, self._server.password]
        elif method.upper() == "LOGIN":
            said = []
            for question in (b"Username:", b"Password:"):
                await self._send(f"334 {base64.b64encode(question).decode()}")
                said.append(base64.b64decode(await self._reader.readline()).decode())
            good = said == [self._server.user, self._server.password]
        elif method.upper() == "CRAM-MD5":
            import hmac

            await self._send(f"334 {base64.b64encode(b'<1.2@localhost>').decode()}")
            answer = base64.b64decode(await self._reader.readline()).decode()
            digest = hmac.new(self._server.password.encode(), b"<1.2@localhost>", "md5").hexdigest()
            good = answer == f"{self._server.user} {digest}"
        else:
            token = base64.b64decode(initial).decode()
            good = f"Bearer {self._server.password}\1" in token
            if not good:
                await self._send("334 eyJzdGF0dXMiOiI0MDEifQ==")
                await self._reader.readline()
        if await self._answer("auth", method, "235 2.7.0 welcome" if good else "535 5.7.8 wrong"):
            self._known = good

    async def _mail(self, line: str, rest: str) -> None:
        if not self._known:
            await self._send("530 5.7.0 log in first")
        elif await self._answer("mail", line, "250 2.1.0 ok"):
            path, _, self._parameters = rest[5:].partition(">")
            self._sender, self._recipients = path.lstrip("<"), []

    async def _data(self, line: str) -> None:
        if not self._recipients:
            await self._send("554 5.5.1 no valid recipients")
            return
        if not await self._answer("data", line, "354 go on"):
            return
        parts: list[bytes] = []
        size = 0
        while (part := await self._reader.readline()) != b".\r\n":
            if not part:
                raise _Over
            size += len(part)
            parts.append(part[1:] if part.startswith(b".") else part)
            action = self._server.fault("body", str(size))
            if action is not None:
                self._writer.transport.abort()
                raise _Over
        assert self._sender is not None
        action = self._server.fault("dot", line)
        if action is not None:
            await self._refused(action)
            return
        self._server.taken.append(Taken(self._sender, list(self._recipients), b"".join(parts), self._parameters))
        self._sender, self._recipients = None, []
        await self._answer("accepted", line, "250 2.0.0 queued as 42")

    async def _refused(self, action: Action) -> None:
        if action.say:
            await self._send(action.say)
        if action.cut or not action.say:
            self._writer.transport.abort()
            raise _Over
        self._sender, self._recipients = None, []
