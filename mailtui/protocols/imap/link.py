"""One logged-in IMAP connection, over aioimaplib's transport bookkeeping (see protocol.py for whose part is whose).

Everything learned before TLS is forgotten. Every command has a deadline of progress. Errors of sockets, TLS and the
library end here, as LinkError, ProtocolError or RefusedError; none of them ever holds a secret.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from array import array
from collections.abc import Callable
from dataclasses import dataclass

from mailtui import __version__
from mailtui.model.account import Secret, SecretKind, Security, ServerSettings
from mailtui.model.errors import (
    AuthError,
    LinkError,
    LostError,
    RefusedError,
    RemoteProtocolError,
    TimeoutError_,
    TlsError,
)
from mailtui.model.folder import RemoteMailbox, RemoteStatus
from mailtui.model.mail import Flags
from mailtui.protocols import login, tls
from mailtui.protocols.imap import commands
from mailtui.protocols.imap.capabilities import Capabilities
from mailtui.protocols.imap.commands import Piece
from mailtui.protocols.imap.lexer import Limits, LiteralSink
from mailtui.protocols.imap.protocol import HardenedProtocol, Pending
from mailtui.protocols.imap.replies import (
    Capability,
    Enabled,
    Exists,
    FetchReply,
    Found,
    Listed,
    Other,
    Reply,
    Status,
    StatusOf,
    Vanished,
    mailbox_name,
)
from mailtui.protocols.imap.seqset import parse_uids

PASSING = frozenset(
    {"UNAVAILABLE", "INUSE", "LIMIT", "THROTTLED", "SERVERBUG", "OVERQUOTA", "CONTACTADMIN", "EXPIRED", "UIDVALIDITY"}
)
"""Response codes (RFC 5530 and servers' own) after which the same command may work later."""
CLOSE_SECONDS = 2.0
_STATUS_ITEMS = "MESSAGES UNSEEN UIDNEXT UIDVALIDITY"


@dataclass(frozen=True, slots=True)
class Selected:
    """What SELECT said. `highestmodseq` 0: none. `vanished`: only when QRESYNC was used."""

    exists: int
    uidvalidity: int
    uidnext: int | None
    highestmodseq: int
    permanent_flags: frozenset[str]
    readonly: bool
    vanished: tuple[tuple[int, int], ...]
    qresync_used: bool


@dataclass(frozen=True, slots=True)
class StoreResult:
    """`modified`: UIDs that failed UNCHANGEDSINCE (RFC 7162)."""

    modified: tuple[tuple[int, int], ...] = ()


class ImapLink:
    """Made by `ImapLink.open`. One command at a time."""

    def __init__(self, protocol: HardenedProtocol, settings: ServerSettings) -> None:
        self._protocol = protocol
        self._settings = settings
        self.capabilities = Capabilities()
        self.host = settings.host
        self._idle: asyncio.Future[None] | None = None
        self._idling = self._stop_wanted = False

    @property
    def closed(self) -> bool:
        return self._protocol.error is not None

    @property
    def bytes_in(self) -> int:
        """Wire bytes (compressed where COMPRESS is on; without TLS's own)."""
        return self._protocol.bytes_in

    @property
    def bytes_out(self) -> int:
        return self._protocol.bytes_out

    # -- opening

    @classmethod
    async def open(
        cls,
        settings: ServerSettings,
        secret: Secret | None,
        *,
        limits: Limits = Limits(),  # noqa: B008
        on_untagged: Callable[[Reply], None] | None = None,
    ) -> ImapLink:
        """Connects, protects, logs in, learns what the server can. Raises LinkError (Auth, Lost, Timeout, Tls),
        ProtocolError, RefusedError."""
        opening: list[bool] = [True]

        def heard(reply: Reply) -> None:
            if on_untagged is not None and not opening[0]:
                on_untagged(reply)

        protocol = await _connect(settings, limits, heard)
        link = cls(protocol, settings)
        try:
            await link._greeted(secret)
            opening[0] = False
        except BaseException:
            await link.close()
            raise
        return link

    async def _greeted(self, secret: Secret | None) -> None:
        greeting: Status = await self._protocol.wait(self._protocol.greeting, "the connection with a greeting")
        if greeting.kind in {"BYE", "NO"}:
            raise LostError(f'{self.host} turned us away: "{greeting.text[:200]}"', "it may be busy; it is tried again")
        if greeting.kind == "PREAUTH" and self._settings.security is Security.STARTTLS:
            raise TlsError(
                f"{self.host} claims that we are logged in before the connection is encrypted",
                'it may be an attack; use security = "tls" if the server offers it',
            )
        await self._ask_capabilities()
        if self._settings.security is Security.STARTTLS:
            await self._starttls()
            await self._ask_capabilities()
        if greeting.kind != "PREAUTH":
            await self._login(secret)
        await self._after_login()

    async def _ask_capabilities(self) -> None:
        names: list[str] = []

        def on_reply(reply: Reply) -> bool:
            if isinstance(reply, Capability):
                names.extend(reply.names)
                return True
            return False

        self._must(await self._protocol.run("CAPABILITY", [b"CAPABILITY"], on_reply), "CAPABILITY")
        self.capabilities = Capabilities.of(names)

    async def _starttls(self) -> None:
        if "STARTTLS" not in self.capabilities:
            raise TlsError(
                f"{self.host} does not offer STARTTLS",
                'somebody may have taken it out; try security = "tls" on port 993',
            )
        answer = await self._protocol.run("STARTTLS", [b"STARTTLS"])
        if answer.kind != "OK":
            raise TlsError(f'{self.host} refused STARTTLS: "{answer.text[:200]}"', 'try security = "tls" on port 993')
        self._protocol.before_tls()
        self.capabilities = Capabilities()
        loop = asyncio.get_running_loop()
        try:
            transport = await loop.start_tls(
                self._protocol.transport,
                self._protocol,
                tls.context(self._settings),
                server_hostname=self._settings.host,
                ssl_handshake_timeout=self._settings.timeout,
            )
        except ssl.SSLError as error:
            raise tls.explain(error, self._settings) from error
        except (TimeoutError, OSError) as error:
            raise TlsError(f"the TLS handshake with {self.host} failed: {error or 'no answer'}") from error
        assert transport is not None
        self._protocol.after_tls(transport)

    async def _login(self, secret: Secret | None) -> None:
        if secret is None:
            raise AuthError(
                f"no password for {self._settings.user} at {self.host}", "set password_command in config.toml"
            )
        token = self._settings.secret.kind is SecretKind.TOKEN_COMMAND
        mechanism = login.choose(self._settings, secret, self.capabilities.mechanisms, token=token)
        if mechanism is None:
            if "LOGINDISABLED" in self.capabilities:
                raise AuthError(f"{self.host} allows no password login here", 'use security = "tls" or "starttls"')
            pieces = commands.join([b"LOGIN", commands.astring(self._settings.user), commands.astring(secret.reveal())])
            answer = await self._protocol.run("LOGIN", pieces, literal_plus=self.capabilities.literal_plus)
        else:
            answer = await self._authenticate(mechanism)
        if answer.kind == "OK":
            return
        words = f'{self.host} refused the login of {self._settings.user}: "{answer.text[:200]}"'
        if answer.code in {"UNAVAILABLE", "INUSE", "LIMIT", "THROTTLED", "SERVERBUG"}:
            raise LostError(words, "it is tried again later")
        raise AuthError(words, "check user and password (an app password may be needed); press R to try again")

    async def _authenticate(self, mechanism: login.Mechanism) -> Status:
        pieces: list[Piece] = [b"AUTHENTICATE " + mechanism.name.encode("ascii")]
        initial = mechanism.first is not None and "SASL-IR" in self.capabilities
        if initial and mechanism.first is not None:
            pieces[0] += b" " + login.encode(mechanism.first)  # type: ignore[operator]
            mechanism.answer(b"")  # the first answer went with the command

        async def talk(pending: Pending) -> None:
            for _ in range(8):
                waiting = self._protocol.expect(pending)
                await self._protocol.wait_either(waiting, pending, "AUTHENTICATE")
                if pending.done.done():
                    return
                self._protocol.write(login.encode(mechanism.answer(login.decode(waiting.result()))) + b"\r\n")

        return await self._protocol.run("AUTHENTICATE", pieces, talk=talk)

    async def _after_login(self) -> None:
        await self._ask_capabilities()
        if "ID" in self.capabilities:
            await self._protocol.run("ID", [b'ID ("name" "mailtui" "version" "%s")' % __version__.encode("ascii")])
        await self._enable()
        if "COMPRESS=DEFLATE" in self.capabilities and not _loopback(self.host):
            answer = await self._protocol.run("COMPRESS", [b"COMPRESS DEFLATE"])
            if answer.kind == "OK":
                self._protocol.compress()

    async def _enable(self) -> None:
        wanted = [name for name in ("QRESYNC", "CONDSTORE", "UTF8=ACCEPT") if name in self.capabilities]
        if "QRESYNC" in wanted and "CONDSTORE" in wanted:
            wanted.remove("CONDSTORE")  # implied (RFC 7162 section 3.2.3)
        if not wanted or "ENABLE" not in self.capabilities:
            return
        on: set[str] = set()

        def on_reply(reply: Reply) -> bool:
            if isinstance(reply, Enabled):
                on.update(reply.names)
                return True
            return False

        await self._protocol.run("ENABLE", [b"ENABLE " + " ".join(wanted).encode("ascii")], on_reply)
        self.capabilities = Capabilities(self.capabilities.names, frozenset(on))

    # -- mailboxes

    async def list_mailboxes(self) -> tuple[RemoteMailbox, ...]:
        """All mailboxes, with STATUS in the same command where offered (RFC 5258, 5819, 6154)."""
        found: dict[bytes, Listed] = {}
        states: dict[bytes, RemoteStatus] = {}

        def on_reply(reply: Reply) -> bool:
            if isinstance(reply, Listed):
                found[reply.name] = reply
            elif isinstance(reply, StatusOf):
                states[reply.name] = _remote_status(reply)
            else:
                return False
            return True

        wanted = []
        if "LIST-EXTENDED" in self.capabilities:
            wanted.append("SUBSCRIBED")
            if "SPECIAL-USE" in self.capabilities:
                wanted.append("SPECIAL-USE")
        if "LIST-STATUS" in self.capabilities:
            wanted.append(f"STATUS ({self._status_items})")
        command = 'LIST "" "*"' + (f" RETURN ({' '.join(wanted)})" if wanted else "")
        await self._do("LIST", [commands.plain(command)], on_reply)
        return tuple(
            RemoteMailbox(
                mailbox_name(raw, utf8=self.capabilities.utf8), listed.delimiter, listed.attributes, states.get(raw)
            )
            for raw, listed in found.items()
        )

    @property
    def _status_items(self) -> str:
        return _STATUS_ITEMS + (" HIGHESTMODSEQ" if self.capabilities.condstore else "")

    async def status(self, name: str) -> RemoteStatus:
        """STATUS of one mailbox. Raises RefusedError."""
        found: list[RemoteStatus] = []

        def on_reply(reply: Reply) -> bool:
            if isinstance(reply, StatusOf):
                found.append(_remote_status(reply))
                return True
            return False

        await self._do("STATUS", [b"STATUS", self._name(name), commands.plain(f"({self._status_items})")], on_reply)
        return found[-1] if found else RemoteStatus()

    async def select(
        self,
        name: str,
        *,
        qresync: tuple[int, int, str] | None = None,
        readonly: bool = False,
        on_fetch: Callable[[FetchReply], None] | None = None,
    ) -> Selected:
        """SELECT or EXAMINE; `qresync`: (UIDVALIDITY, mod-sequence, known UIDs). Raises RefusedError."""
        taking = _Selecting(on_fetch)
        pieces: list[Piece] = [b"EXAMINE" if readonly else b"SELECT", self._name(name)]
        if qresync is not None and self.capabilities.qresync:
            pieces.append(commands.plain(f"(QRESYNC ({qresync[0]} {qresync[1]} {qresync[2]}))"))
        elif self.capabilities.condstore and not self.capabilities.qresync:
            pieces.append(b"(CONDSTORE)")
        answer = await self._do("SELECT", pieces, taking)
        return taking.result(answer, asked=qresync)

    async def create(self, name: str) -> None:
        await self._do("CREATE", [b"CREATE", self._name(name)])

    async def noop(self) -> None:
        await self._do("NOOP", [b"NOOP"])

    # -- messages

    async def uid_fetch(
        self,
        uids: str,
        items: str,
        *,
        on_fetch: Callable[[FetchReply], None],
        sink: Callable[[int], LiteralSink] | None = None,
        changed_since: int | None = None,
        vanished: bool = False,
        on_vanished: Callable[[tuple[tuple[int, int], ...]], None] | None = None,
    ) -> None:
        """Streams: `on_fetch` is called as each FETCH is complete. `sink`: makes the taker of BODY[] literals, given
        their size. An exception of either drops the connection."""

        def on_reply(reply: Reply) -> bool:
            if isinstance(reply, FetchReply):
                on_fetch(reply)
                return True
            if isinstance(reply, Vanished) and on_vanished is not None:
                on_vanished(reply.ranges)
                return True
            return False

        extra = ""
        if changed_since is not None:
            extra = f" (CHANGEDSINCE {changed_since}{' VANISHED' if vanished else ''})"
        self._protocol.framer.sink_factory = sink
        await self._do("UID FETCH", [commands.plain(f"UID FETCH {uids} {items}{extra}")], on_reply)

    async def uid_search(self, criteria: str = "ALL") -> array[int]:
        """Matching UIDs, ascending, without doubles."""
        ranges: list[tuple[int, int]] = []

        def on_reply(reply: Reply) -> bool:
            if isinstance(reply, Found):
                ranges.extend(reply.ranges)
                return True
            return False

        options = "RETURN (ALL) " if self.capabilities.esearch else ""
        await self._do("UID SEARCH", [commands.plain(f"UID SEARCH {options}{criteria}")], on_reply)
        if sum(high - low + 1 for low, high in ranges) > 50_000_000:
            raise RemoteProtocolError(f"{self.host} claims to hold more than 50 million messages in one mailbox")
        uids = {uid for low, high in ranges for uid in range(low, high + 1)}
        return array("Q", sorted(uids))

    async def uid_store(
        self, uids: str, action: str, flags: Flags, *, unchanged_since: int | None = None
    ) -> StoreResult:
        """`action` + or -. Raises RefusedError."""
        condition = f"(UNCHANGEDSINCE {unchanged_since}) " if unchanged_since is not None else ""
        words = commands.plain(f"UID STORE {uids} {condition}{action}FLAGS.SILENT ") + commands.flag_list(flags)
        answer = await self._do("UID STORE", [words], lambda reply: isinstance(reply, FetchReply))
        return StoreResult(parse_uids(answer.arguments) if answer.code == "MODIFIED" else ())

    # -- waiting for news

    async def idle(self, *, seconds: float) -> bool:
        """IDLE (RFC 2177) until something untagged came, `stop_idle`, or the time is over. Whether news came."""
        loop = asyncio.get_running_loop()
        stop: asyncio.Future[None] = loop.create_future()
        news: list[Reply] = []

        def on_reply(reply: Reply) -> bool:
            if not isinstance(reply, (Status, Other)):  # "* OK Still here" is no news
                news.append(reply)
                if not stop.done():
                    stop.set_result(None)
            return False

        async def talk(pending: Pending) -> None:
            waiting = self._protocol.expect(pending)
            # The `+` waits for nothing but the server: one deadline.
            await self._protocol.wait_either(waiting, pending, "IDLE")
            if pending.done.done():
                return
            self._idle = stop
            if self._stop_wanted and not stop.done():
                stop.set_result(None)
            try:
                await asyncio.wait({stop, pending.done}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            finally:
                self._idle = None
            if not pending.done.done():
                self._protocol.write(b"DONE\r\n")

        self._idling = True
        try:
            self._must(await self._protocol.run("IDLE", [b"IDLE"], on_reply, talk=talk), "IDLE")
        finally:
            self._idling = self._stop_wanted = False
        return bool(news)

    def stop_idle(self) -> None:
        """Ends a running `idle` (also one whose `+` has not come yet); one that starts later is not affected."""
        if self._idle is None:
            self._stop_wanted = self._idling
        elif not self._idle.done():
            self._idle.set_result(None)

    # -- the end

    async def logout(self) -> None:
        """A polite end; never raises for what the server makes of it."""
        with contextlib.suppress(LinkError, RemoteProtocolError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._protocol.run("LOGOUT", [b"LOGOUT"])
        await self.close()

    async def close(self) -> None:
        """At once. Never raises, never takes longer than a moment."""
        self._protocol.fail(LostError(f"the connection to {self.host} is closed"))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await asyncio.shield(self._protocol.lost)

    # -- inside

    def _name(self, name: str) -> Piece:
        return commands.mailbox(name, utf8=self.capabilities.utf8)

    async def _do(self, name: str, pieces: list[Piece], on_reply: Callable[[Reply], bool] | None = None) -> Status:
        answer = await self._protocol.run(
            name, commands.join(pieces), on_reply, literal_plus=self.capabilities.literal_plus
        )
        return self._must(answer, name)

    def _must(self, answer: Status, name: str) -> Status:
        if answer.kind == "OK":
            return answer
        raise RefusedError(
            f'{self.host} refused {name}: "{answer.text[:200]}"', answer.code, lasting=answer.code not in PASSING
        )


class _Selecting:
    """Gathers what SELECT says."""

    def __init__(self, on_fetch: Callable[[FetchReply], None] | None) -> None:
        self._on_fetch = on_fetch
        self._exists = 0
        self._codes: dict[str, str] = {}
        self._vanished: list[tuple[int, int]] = []
        self._open = False

    def __call__(self, reply: Reply) -> bool:
        if isinstance(reply, Exists):
            self._exists = reply.count
        elif isinstance(reply, Vanished):
            self._vanished.extend(reply.ranges)
        elif isinstance(reply, FetchReply):
            if self._on_fetch is not None:
                self._on_fetch(reply)
        elif isinstance(reply, Status):
            if reply.code == "CLOSED":
                # What came up to here was about the mailbox before (RFC 7162 section 3.2.11).
                self._exists, self._vanished = 0, []
            self._codes[reply.code] = reply.arguments
        return True

    def result(self, answer: Status, asked: tuple[int, int, str] | None) -> Selected:
        validity = _number(self._codes.get("UIDVALIDITY", ""))
        if not validity:
            raise RemoteProtocolError("the server gives the mailbox no UIDVALIDITY", "it can't be synchronised safely")
        modseq = 0 if "NOMODSEQ" in self._codes else _number(self._codes.get("HIGHESTMODSEQ", ""))
        used = asked is not None and asked[0] == validity and modseq >= asked[1]
        return Selected(
            self._exists,
            validity,
            _number(self._codes.get("UIDNEXT", "")) or None,
            modseq,
            frozenset(self._codes.get("PERMANENTFLAGS", "").strip("()").lower().split()),
            answer.code == "READ-ONLY",
            tuple(self._vanished) if used else (),
            used,
        )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _remote_status(reply: StatusOf) -> RemoteStatus:
    items = dict(reply.items)
    return RemoteStatus(
        items.get("MESSAGES"),
        items.get("UNSEEN"),
        items.get("UIDNEXT"),
        items.get("UIDVALIDITY"),
        items.get("HIGHESTMODSEQ"),
    )


def _loopback(host: str) -> bool:
    return host in {"localhost", "127.0.0.1", "::1"}


async def _connect(settings: ServerSettings, limits: Limits, on_untagged: Callable[[Reply], None]) -> HardenedProtocol:
    where = f"{settings.host}:{settings.port}"
    implicit = settings.security is Security.TLS
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(settings.timeout):
            transport, protocol = await loop.create_connection(
                lambda: HardenedProtocol(settings.host, settings.timeout, limits, on_untagged),
                settings.host,
                settings.port,
                ssl=tls.context(settings) if implicit else None,
                server_hostname=settings.host if implicit else None,
            )
    except ssl.SSLError as error:
        raise tls.explain(error, settings) from error
    except TimeoutError as error:
        raise TimeoutError_(f"{where} did not answer within {settings.timeout:g} seconds") from error
    except socket.gaierror as error:
        raise LostError(
            f"the name {settings.host!r} can't be found: {error.strerror}", "offline, or `host` is misspelt"
        ) from error
    except OSError as error:
        raise LostError(
            f"no connection to {where}: {error.strerror or error}", "offline, or `host` and `port` are wrong"
        ) from error
    _keep_alive(transport.get_extra_info("socket"))
    return protocol


def _keep_alive(connection: socket.socket | None) -> None:
    """A peer that vanished without a word is found within about two minutes."""
    if connection is None:
        return
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
            if hasattr(socket, name):
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
