"""From nothing to a logged-in connection: TCP, TLS, greeting, STARTTLS, login (RFC 9051 section 6.2, RFC 8314).

Nothing that is said before TLS is believed afterwards.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

from mailtui import __version__
from mailtui.model.account import Secret, SecretKind, Security, ServerSettings
from mailtui.model.errors import AuthError, LostError, RemoteProtocolError, TlsError
from mailtui.protocols import connecting, login, tls
from mailtui.protocols.imap import commands
from mailtui.protocols.imap.capabilities import Capabilities
from mailtui.protocols.imap.lexer import Limits
from mailtui.protocols.imap.protocol import HardenedProtocol, Pending, library
from mailtui.protocols.imap.replies import Capability, Enabled, Identity, Reply, Status
from mailtui.protocols.imap.results import must

_LATER = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "THROTTLED", "SERVERBUG"})
"""Refusals of a login that say nothing about the password (RFC 5530)."""


async def connect(settings: ServerSettings, limits: Limits, on_untagged: Callable[[Reply], None]) -> HardenedProtocol:
    """A connection, encrypted if TLS is implicit; nothing has been read yet. Raises LostError, TlsError,
    TimeoutError_."""
    return await connecting.connect(
        settings, lambda: HardenedProtocol(settings.host, settings.timeout, limits, on_untagged)
    )


async def enter(protocol: HardenedProtocol, settings: ServerSettings, secret: Secret | None) -> Capabilities:
    """Greeting, STARTTLS, login; what the server can do for one who is logged in. Raises LinkError (Auth, Lost,
    Timeout, Tls), ProtocolError, RefusedError."""
    greeting: Status = await protocol.outcome(protocol.greeting, "the connection with a greeting")
    if greeting.kind in {"BYE", "NO"}:
        raise LostError(f'{settings.host} turned us away: "{greeting.text[:200]}"', "it may be busy; it is tried again")
    capabilities = _told(greeting)
    if settings.security is Security.STARTTLS:
        if greeting.kind == "PREAUTH":
            raise TlsError(
                f"{settings.host} claims that we are logged in before the connection is encrypted",
                'it may be an attack; use security = "tls" if the server offers it',
            )
        await _starttls(protocol, settings, capabilities or await ask_capabilities(protocol))
        capabilities = None  # learned in clear text: forgotten
    if greeting.kind == "PREAUTH":
        return capabilities or await ask_capabilities(protocol)
    return await _log_in(protocol, settings, secret, capabilities or await ask_capabilities(protocol))


def _told(answer: Status) -> Capabilities | None:
    """Capabilities in a greeting or in the answer to a login save a round trip (RFC 9051 section 7.1)."""
    return Capabilities.of(answer.arguments.split()) if answer.code == "CAPABILITY" else None


async def ask_capabilities(protocol: HardenedProtocol) -> Capabilities:
    names: list[str] = []

    def on_reply(reply: Reply) -> bool:
        if isinstance(reply, Capability):
            names.extend(reply.names)
            return True
        return False

    must(await protocol.run("CAPABILITY", [b"CAPABILITY"], on_reply), protocol.host, "CAPABILITY")
    found = Capabilities.of(names)
    if not found.imap:
        raise RemoteProtocolError(f"{protocol.host} does not speak IMAP4rev1", "check `host` and `port`")
    return found


async def _starttls(protocol: HardenedProtocol, settings: ServerSettings, offered: Capabilities) -> None:
    host = settings.host
    if "STARTTLS" not in offered:
        raise TlsError(
            f"{host} does not offer STARTTLS", 'somebody may have taken it out; try security = "tls" on port 993'
        )
    context = tls.context(settings)
    answer = await protocol.run("STARTTLS", [b"STARTTLS"])
    if answer.kind != "OK":
        raise TlsError(f'{host} refused STARTTLS: "{answer.text[:200]}"', 'try security = "tls" on port 993')
    protocol.before_tls()
    try:
        transport = await asyncio.get_running_loop().start_tls(
            protocol.transport,
            protocol,
            context,
            server_hostname=host,
            ssl_handshake_timeout=settings.timeout,
        )
    except ssl.SSLError as error:
        raise tls.explain(error, settings) from error
    except OSError as error:  # TimeoutError is one
        raise TlsError(
            f"the TLS handshake with {host} failed: {error or 'the connection was closed'}",
            'try security = "tls" on port 993',
        ) from error
    if transport is None:
        raise LostError(f"{host} closed the connection at the TLS handshake")
    protocol.after_tls(transport)


async def _log_in(
    protocol: HardenedProtocol, settings: ServerSettings, secret: Secret | None, offered: Capabilities
) -> Capabilities:
    if secret is None:
        raise AuthError(f"no password for {settings.user} at {settings.host}", "set password_command in config.toml")
    token = settings.secret.kind is SecretKind.TOKEN_COMMAND
    mechanism = login.choose(settings, secret, offered.mechanisms, token=token)
    told: list[str] = []

    def on_reply(reply: Reply) -> bool:
        if isinstance(reply, Capability):
            told.extend(reply.names)
        return True

    if mechanism is None:
        if offered.login_disabled:
            raise AuthError(f"{settings.host} allows no password login here", 'use security = "tls" or "starttls"')
        words = commands.login(settings.user, secret.reveal())
        answer = await protocol.run("LOGIN", words, on_reply, nonsync=offered.nonsync)
    else:
        answer = await _authenticate(protocol, mechanism, offered, on_reply)
    if answer.kind != "OK":
        raise _refused(answer, settings, secret)
    protocol.state = library.AUTH
    return _told(answer) or (Capabilities.of(told) if told else await ask_capabilities(protocol))


def _refused(answer: Status, settings: ServerSettings, secret: Secret) -> AuthError | LostError:
    said = login.without_secret(answer.text[:200], secret)
    words = f'{settings.host} refused the login of {settings.user}: "{said}"'
    if answer.code in _LATER:
        return LostError(words, "it is tried again later")
    if answer.code == "PRIVACYREQUIRED":
        return AuthError(words, 'use security = "tls" or "starttls"')
    if answer.code == "EXPIRED":
        return AuthError(words, "the password has expired: change it with the provider")
    return AuthError(words, "check user and password (an app password may be needed); press R to try again")


async def _authenticate(
    protocol: HardenedProtocol, mechanism: login.Mechanism, offered: Capabilities, on_reply: Callable[[Reply], bool]
) -> Status:
    initial = None
    if mechanism.first is not None and offered.sasl_ir:
        initial = login.encode_initial(mechanism.first)
        mechanism.answer(b"")  # the first answer goes with the command

    async def talk(pending: Pending) -> None:
        for _ in range(login.MAX_ROUNDS):
            # The expectation is made before anything is sent for it: a `+` can't slip through in between.
            waiting = protocol.expect(pending)
            await protocol.wait_either(waiting, pending, "AUTHENTICATE")
            if pending.done.done():
                return
            protocol.write(login.encode(mechanism.answer(login.decode(waiting.result()))) + b"\r\n")
        waiting = protocol.expect(pending)
        await protocol.wait_either(waiting, pending, "AUTHENTICATE")
        if not pending.done.done():
            raise RemoteProtocolError(f"{protocol.host} asks without end at the login", "the connection is closed")

    return await protocol.run("AUTHENTICATE", commands.authenticate(mechanism.name, initial), on_reply, talk=talk)


async def identify(protocol: HardenedProtocol, capabilities: Capabilities) -> tuple[tuple[str, str], ...]:
    """Says who we are, and returns what the server says it is (ID, RFC 2971); some let nobody in who does not."""
    found: list[tuple[str, str]] = []

    def on_reply(reply: Reply) -> bool:
        if isinstance(reply, Identity):
            found.extend(reply.fields)
        return isinstance(reply, Identity)

    if "ID" in capabilities:
        await protocol.run("ID", commands.identify("mailtui", __version__), on_reply)
    return tuple(found)


async def enable(protocol: HardenedProtocol, capabilities: Capabilities) -> Capabilities:
    """Switches on QRESYNC or CONDSTORE and UTF8=ACCEPT where offered (RFC 5161, 7162, 6855)."""
    wanted = [name for name in ("QRESYNC", "CONDSTORE", "UTF8=ACCEPT") if name in capabilities]
    if "QRESYNC" in wanted and "CONDSTORE" in wanted:
        wanted.remove("CONDSTORE")  # implied (RFC 7162 section 3.2.3)
    if not wanted or not capabilities.enable:
        return capabilities
    on: set[str] = set()

    def on_reply(reply: Reply) -> bool:
        if isinstance(reply, Enabled):
            on.update(reply.names)
            return True
        return False

    await protocol.run("ENABLE", commands.enable(wanted), on_reply)
    return capabilities.with_enabled(on & set(wanted))


async def compress(protocol: HardenedProtocol, capabilities: Capabilities) -> None:
    """COMPRESS=DEFLATE (RFC 4978), except on this very computer, where it would only cost time. The protocol switches
    over by itself when the OK comes."""
    if "COMPRESS=DEFLATE" in capabilities and not _loopback(protocol.host):
        await protocol.run("COMPRESS", [b"COMPRESS DEFLATE"])


def _loopback(host: str) -> bool:
    return host in {"localhost", "127.0.0.1", "::1"}
