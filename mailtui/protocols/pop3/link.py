"""One logged-in POP3 connection: sockets, TLS (implicit or STLS, RFC 2595) and the commands of a visit.

Nothing that is said before TLS is believed afterwards. Errors of sockets and TLS end here, as LinkError, ProtocolError
or RefusedError; none of them ever holds a secret.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mailtui.model.account import Secret, Security, ServerSettings
from mailtui.model.errors import LostError, MailtuiError, RefusedError, TlsError
from mailtui.protocols import connecting, tls
from mailtui.protocols.pop3 import commands, replies
from mailtui.protocols.pop3.dialogue import Limits, Memory, Sink, Want
from mailtui.protocols.pop3.entering import ask_capabilities, greeted, log_in
from mailtui.protocols.pop3.replies import Body, Capabilities, Reply, Status
from mailtui.protocols.pop3.wire import WINDOW, Command, Wire


@dataclass(frozen=True, slots=True)
class Item:
    """A message to be fetched: its number, and its size as LIST told it (0: not told)."""

    number: int
    octets: int = 0


class PopLink:
    """Made by `PopLink.open`. One command, or one pipeline of them, at a time."""

    def __init__(self, wire: Wire, capabilities: Capabilities) -> None:
        self._wire = wire
        self.capabilities = capabilities
        self.host = wire.host

    @property
    def closed(self) -> bool:
        return self._wire.error is not None

    @property
    def bytes_in(self) -> int:
        return self._wire.bytes_in

    @classmethod
    async def open(cls, settings: ServerSettings, secret: Secret | None, limits: Limits = Limits()) -> PopLink:  # noqa: B008
        """Connects, encrypts, logs in. Raises LinkError (Auth, Lost, Timeout, Tls) or ProtocolError."""
        wire = await _connect(settings, limits)
        try:
            greeting = await greeted(wire)
            offered = await ask_capabilities(wire)
            if settings.security is Security.STARTTLS:
                await _stls(wire, settings, offered)
                offered = await ask_capabilities(wire)  # what was learned in clear text is forgotten
            stamp = greeting.stamp if settings.security is not Security.STARTTLS else b""
            return cls(wire, await log_in(wire, settings, secret, offered, stamp))
        except BaseException as error:
            wire.fail(error if isinstance(error, MailtuiError) else LostError("the login was given up"))
            raise

    # -- listings

    async def survey(self) -> tuple[int | None, dict[int, str] | None, dict[int, int] | None]:
        """How many messages there are (STAT), their names (UIDL) and octets (LIST) by message number, in one go. None:
        the server can't tell. Raises RefusedError when it only can't now."""
        answers: list[Reply] = []
        asked: list[Command] = [
            (b"STAT\r\n", Want("STAT")),
            (commands.UIDL, Want("UIDL", Memory)),
            (commands.LIST, Want("LIST", Memory)),
        ]
        await self._pipeline(iter(asked), answers.append)
        count = _count(answers[0])
        if count == 0:
            return 0, {}, {}  # some refuse to list nothing
        uidls, octets = (self._lines(answer, what) for answer, what in zip(answers[1:], ("UIDL", "LIST"), strict=True))
        return (
            count,
            replies.uidls(uidls) if uidls is not None else None,
            replies.sizes(octets) if octets is not None else None,
        )

    def _lines(self, reply: Reply, what: str) -> list[bytes] | None:
        if isinstance(reply, Body) and isinstance(reply.result, list):
            return reply.result
        if isinstance(reply, Status) and reply.later:
            raise RefusedError(f'{self.host} refuses {what} for now: "{reply.text[:200]}"', reply.code, lasting=False)
        return None

    # -- messages

    async def heads(self, numbers: Sequence[int], found: Callable[[int, bytes | None], None]) -> None:
        """The header of each message by TOP n 0; None where it is refused."""
        waiting = iter(numbers)

        def on_reply(reply: Reply) -> None:
            lines = reply.result if isinstance(reply, Body) else None
            found(next(waiting), b"\r\n".join(lines) if isinstance(lines, list) else None)

        asked = ((commands.top(number), Want("TOP", Memory)) for number in numbers)
        await self._pipeline(asked, on_reply)

    async def fetch(
        self, items: Sequence[Item], sink: Callable[[], Sink], found: Callable[[Item, object | Status], None]
    ) -> None:
        """Whole messages, each into a sink of its own; `found` gets what the sink's `finish` returned, or the server's
        refusal. In the order of `items`."""
        waiting = iter(items)

        def on_reply(reply: Reply) -> None:
            found(next(waiting), reply.result if isinstance(reply, Body) else reply)

        asked = ((commands.retrieve(item.number), Want("RETR", sink, octets=item.octets, body=True)) for item in items)
        await self._pipeline(asked, on_reply)

    async def delete(self, numbers: Sequence[int]) -> list[int]:
        """Marks them; those that the server took. They are gone when QUIT is answered."""
        waiting, done = iter(numbers), []

        def on_reply(reply: Reply) -> None:
            number = next(waiting)
            if isinstance(reply, Status) and reply.ok:
                done.append(number)

        await self._pipeline(((commands.delete(number), Want("DELE")) for number in numbers), on_reply)
        return done

    async def _pipeline(self, asked: Iterator[Command], on_reply: Callable[[Reply], None]) -> None:
        await self._wire.run(asked, on_reply, window=WINDOW if "PIPELINING" in self.capabilities else 1)

    # -- the rest

    async def noop(self) -> None:
        await self._wire.ask(commands.NOOP, Want("NOOP"))

    async def reset(self) -> None:
        """Takes the marks of DELE away again."""
        await self._wire.ask(commands.RSET, Want("RSET"))

    async def quit(self) -> Status:
        """+OK: what was marked is deleted. Raises LinkError: nobody knows."""
        reply = await self._wire.ask(commands.QUIT, Want("QUIT"))
        assert isinstance(reply, Status)
        return reply

    async def close(self) -> None:
        """At once, without a word."""
        self._wire.fail(LostError("the connection was closed"))
        await asyncio.sleep(0)


def _count(reply: Reply) -> int | None:
    words = reply.text.split() if isinstance(reply, Status) and reply.ok else []
    return int(words[0]) if words and words[0].isascii() and words[0].isdigit() and len(words[0]) < 11 else None


async def _connect(settings: ServerSettings, limits: Limits) -> Wire:
    """A connection, encrypted if TLS is implicit. Raises LostError, TlsError, TimeoutError_."""
    return await connecting.connect(settings, lambda: Wire(settings.host, settings.timeout, limits))


async def _stls(wire: Wire, settings: ServerSettings, offered: Capabilities) -> None:
    if offered.known and "STLS" not in offered:
        raise TlsError(
            f"{settings.host} does not offer STLS", 'somebody may have taken it out; try security = "tls" on port 995'
        )
    context = tls.context(settings)
    answer = await wire.ask(commands.STLS, Want("STLS", last=True))
    if not isinstance(answer, Status) or not answer.ok:
        raise TlsError(f"{settings.host} refused STLS", 'try security = "tls" on port 995')
    wire.check()
    try:
        transport = await asyncio.get_running_loop().start_tls(
            wire.transport,
            wire,
            context,
            server_hostname=settings.host,
            ssl_handshake_timeout=settings.timeout,
        )
    except ssl.SSLError as error:
        raise tls.explain(error, settings) from error
    except OSError as error:  # TimeoutError is one
        raise TlsError(
            f"the TLS handshake with {settings.host} failed: {error or 'the connection was closed'}",
            'try security = "tls" on port 995',
        ) from error
    if transport is None:
        raise LostError(f"{settings.host} closed the connection at the TLS handshake")
    wire.encrypted(transport)
