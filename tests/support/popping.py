"""A POP3 server of our own, with every fault that one can have, and accounts that are fetched from it.

drop = Maildrop([raw(1), raw(2)])
async with drop.serving():
    async with running(root, pop_account(drop.port), watch=False) as me: ...
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from mailtui.model.account import Account, Protocol, SecretKind, SecretSource, Security, ServerSettings
from mailtui.model.keep import KEEP_FOREVER, KeepPolicy
from tests.support.running_engine import ACCOUNT

CAPABILITIES = ("TOP", "UIDL", "USER", "PIPELINING", "RESP-CODES", "AUTH-RESP-CODE", "SASL PLAIN", "UTF8")


def pop_account(
    port: int,
    *,
    user: str = "anna",
    keep: KeepPolicy = KEEP_FOREVER,
    security: Security = Security.NONE,
    ca_file: str | None = None,
    auth: str = "auto",
    timeout: float = 20.0,
    poll_seconds: int = 300,
) -> Account:
    """A POP3 account on loopback."""
    return Account(
        ACCOUNT,
        f"{user}@example.com",
        user.capitalize(),
        pop3=ServerSettings(
            Protocol.POP3,
            "127.0.0.1",
            port,
            security,
            user,
            SecretSource(SecretKind.COMMAND, ("true",)),
            ca_file=ca_file,
            auth=auth,
            timeout=timeout,
            leave_on_server=keep,
        ),
        poll_seconds=poll_seconds,
    )


def mail(number: int, body: bytes = b"text\r\n") -> bytes:
    """A small message, different for every number."""
    return (
        b"Message-ID: <p%d@example>\r\nDate: Thu, 9 Oct 2025 08:%02d:20 +0000\r\nSubject: number %d\r\n"
        b"From: Anna <anna@example>\r\nTo: bob@example\r\n\r\n" % (number, number % 60, number)
    ) + body


def stuffed(message: bytes) -> bytes:
    """As it crosses the wire, with the final dot."""
    wire = (b"\r\n" + message).replace(b"\r\n.", b"\r\n..")[2:]
    if message and not message.endswith(b"\r\n"):
        wire += b"\r\n"
    return wire + b".\r\n"


def uidl_of(message: bytes, number: int) -> str:
    return f"u{number}-{hashlib.blake2b(message, digest_size=4).hexdigest()}"


@dataclass
class Maildrop:
    """One maildrop; any user gets in with the password `secret`. Deletions count at QUIT, as they must."""

    messages: Sequence[bytes] = ()
    capabilities: Sequence[str] | None = CAPABILITIES
    refuse: dict[str, str] = field(default_factory=dict)
    """What to say (after -ERR) to a command."""
    refuse_numbers: dict[int, str] = field(default_factory=dict)
    """What to say to RETR of a message."""
    cut_after: int | None = None
    """Bytes after which the connection is reset."""
    say: Callable[[str, bytes], bytes] = lambda command, answer: answer
    """Rewrites answers."""
    greeting: bytes = b"+OK ready\r\n"
    pause: float = 0.0
    """Before every answer, seconds."""
    port: int = 0
    box: dict[str, bytes] = field(default_factory=dict)
    """What is there now, by UIDL."""
    heard: list[str] = field(default_factory=list)
    """All commands of all visits."""
    sent: int = 0

    def __post_init__(self) -> None:
        self.box = {uidl_of(message, number): message for number, message in enumerate(self.messages, 1)}

    def count(self, command: str) -> int:
        return sum(line.upper().startswith(command) for line in self.heard)

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[Maildrop]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = _Session(self)
        left = self.cut_after
        answer: bytes | None = self.greeting
        try:
            while answer is not None:
                if self.pause:
                    await asyncio.sleep(self.pause)
                if left is not None:
                    answer, left = answer[:left], left - len(answer)
                self.sent += len(answer)
                writer.write(answer)
                await writer.drain()
                if session.ended or (left is not None and left <= 0):
                    break
                line = (await reader.readline()).decode("utf-8", "surrogateescape").rstrip("\r\n")
                if not line:
                    break
                self.heard.append(line)
                answer = session.answer(line)
        except ConnectionError:
            pass
        finally:
            writer.close()


class _Session:
    def __init__(self, drop: Maildrop) -> None:
        self._drop = drop
        self._there = list(drop.box.items())
        self._marked: set[int] = set()
        self._challenged = False
        self.ended = False

    def answer(self, line: str) -> bytes:
        if self._challenged:
            self._challenged = False
            return b"+OK in\r\n"
        name, _, rest = line.partition(" ")
        name = name.upper()
        if name in self._drop.refuse:
            plain = f"-ERR {self._drop.refuse[name]}\r\n".encode()
            self.ended = name == "QUIT"
        else:
            plain = getattr(self, f"_{name.lower()}", self._unknown)(rest)
        return self._drop.say(name, plain)

    def _unknown(self, rest: str) -> bytes:
        return b"-ERR unknown command\r\n"

    def _capa(self, rest: str) -> bytes:
        names = self._drop.capabilities
        if names is None:
            return b"-ERR what\r\n"
        return b"+OK\r\n" + "".join(f"{name}\r\n" for name in names).encode() + b".\r\n"

    def _user(self, rest: str) -> bytes:
        return b"+OK\r\n"

    def _pass(self, rest: str) -> bytes:
        return b"+OK in\r\n" if rest == "secret" else b"-ERR [AUTH] wrong password\r\n"

    def _auth(self, rest: str) -> bytes:
        if " " in rest:
            return b"+OK in\r\n"
        self._challenged = True
        return b"+ \r\n"

    def _apop(self, rest: str) -> bytes:
        return b"+OK in\r\n"

    def _utf8(self, rest: str) -> bytes:
        return b"+OK\r\n"

    def _noop(self, rest: str) -> bytes:
        return b"+OK\r\n"

    def _rset(self, rest: str) -> bytes:
        self._marked.clear()
        return b"+OK\r\n"

    def _stat(self, rest: str) -> bytes:
        return b"+OK %d %d\r\n" % (len(self._there), sum(len(message) for _, message in self._there))

    def _uidl(self, rest: str) -> bytes:
        rows = [f"{number} {uidl.partition('#')[0]}\r\n" for number, (uidl, _) in enumerate(self._there, 1)]
        return b"+OK\r\n" + "".join(rows).encode("latin-1") + b".\r\n"

    def _list(self, rest: str) -> bytes:
        rows = [b"%d %d\r\n" % (number, len(message)) for number, (_, message) in enumerate(self._there, 1)]
        return b"+OK\r\n" + b"".join(rows) + b".\r\n"

    def _message(self, rest: str) -> bytes | None:
        number = int(rest.split()[0])
        if number in self._marked or not 1 <= number <= len(self._there):
            return None
        return self._there[number - 1][1]

    def _retr(self, rest: str) -> bytes:
        refused = self._drop.refuse_numbers.get(int(rest))
        if refused is not None:
            return f"-ERR {refused}\r\n".encode()
        message = self._message(rest)
        return b"-ERR no such message\r\n" if message is None else b"+OK\r\n" + stuffed(message)

    def _top(self, rest: str) -> bytes:
        message = self._message(rest)
        if message is None:
            return b"-ERR no such message\r\n"
        return b"+OK\r\n" + stuffed(message.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")

    def _dele(self, rest: str) -> bytes:
        if self._message(rest) is None:
            return b"-ERR no such message\r\n"
        self._marked.add(int(rest))
        return b"+OK\r\n"

    def _quit(self, rest: str) -> bytes:
        self.ended = True
        for number in self._marked:
            self._drop.box.pop(self._there[number - 1][0], None)
        return b"+OK bye\r\n"
