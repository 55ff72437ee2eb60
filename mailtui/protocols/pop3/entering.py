"""Greeting, CAPA and login, over a wire whose encryption is settled (RFC 1939, 2449, 5034, 6856)."""

from __future__ import annotations

from mailtui.model.account import Secret, SecretKind, Security, ServerSettings
from mailtui.model.errors import AuthError, LinkError, LostError, RemoteProtocolError, Retry
from mailtui.protocols import login
from mailtui.protocols.pop3 import commands
from mailtui.protocols.pop3.dialogue import Memory, Want
from mailtui.protocols.pop3.replies import Body, Capabilities, Greeting, Status
from mailtui.protocols.pop3.wire import Wire


async def greeted(wire: Wire) -> Greeting:
    """Raises LostError when the server turns us away."""
    greeting: Greeting = await wire.outcome(wire.greeting, "the connection with a greeting")
    if not greeting.status.ok:
        raise LostError(
            f'{wire.host} turned us away: "{greeting.status.text[:200]}"', "it may be busy; it is tried again"
        )
    return greeting


async def ask_capabilities(wire: Wire) -> Capabilities:
    """Servers older than RFC 2449 refuse CAPA: nothing is known of them."""
    reply = await wire.ask(commands.CAPA, Want("CAPA", Memory))
    if isinstance(reply, Body) and isinstance(reply.result, list):
        return Capabilities.of(reply.result)
    return Capabilities()


async def log_in(
    wire: Wire, settings: ServerSettings, secret: Secret | None, offered: Capabilities, stamp: bytes
) -> Capabilities:
    """What the server can do for one who is logged in. Raises AuthError, LinkError, RefusedError."""
    if secret is None:
        raise AuthError(f"no password for {settings.user} at {settings.host}", "set password_command in config.toml")
    if "UTF8" in offered:  # before the login, and without it mail with UTF-8 headers comes altered (RFC 6856)
        await wire.ask(commands.UTF8, Want("UTF8"))
    answer = await _try(wire, settings, secret, offered, stamp)
    if not answer.ok:
        raise _refused(answer, settings, secret)
    if offered.known and "PIPELINING" in offered and "UIDL" in offered:
        return offered
    return await ask_capabilities(wire)  # some tell more to those they know


async def _try(wire: Wire, settings: ServerSettings, secret: Secret, offered: Capabilities, stamp: bytes) -> Status:
    token = settings.secret.kind is SecretKind.TOKEN_COMMAND
    clear = settings.security is Security.NONE
    if settings.auth == "apop" or (settings.auth == "auto" and clear and stamp and not token):
        answer = await _apop(wire, settings, secret, stamp)
        if answer.ok or answer.later or settings.auth == "apop":
            return answer  # else: many servers show a stamp to all and know no such secret
    if token and not offered.mechanisms:
        offered = Capabilities(True, {"SASL": ("XOAUTH2",)})  # what large providers take, whatever CAPA says
    mechanism = login.choose(settings, secret, offered.mechanisms, token=token) if settings.auth != "apop" else None
    if mechanism is None:
        return await _user_and_password(wire, settings, secret)
    return await _authenticate(wire, mechanism)


async def _apop(wire: Wire, settings: ServerSettings, secret: Secret, stamp: bytes) -> Status:
    if not stamp:
        raise AuthError(f"{settings.host} does not offer APOP", "leave `auth` out")
    return _line(await wire.ask(commands.apop(settings.user, stamp, secret.reveal()), Want("APOP")), wire)


async def _user_and_password(wire: Wire, settings: ServerSettings, secret: Secret) -> Status:
    word = commands.password(secret.reveal())
    answer = _line(await wire.ask(commands.user(settings.user), Want("USER")), wire)
    return _line(await wire.ask(word, Want("PASS")), wire) if answer.ok else answer


async def _authenticate(wire: Wire, mechanism: login.Mechanism) -> Status:
    initial = None
    if mechanism.name == "PLAIN" and mechanism.first is not None:
        initial = login.encode_initial(mechanism.first)
        if len(commands.authenticate(mechanism.name, initial)) > commands.MAX_LINE:
            initial = None
        else:
            mechanism.answer(b"")  # the first answer goes with the command
    rounds = 0

    def answer(challenge: bytes) -> bytes:
        nonlocal rounds
        rounds += 1
        if rounds > login.MAX_ROUNDS:
            raise RemoteProtocolError(f"{wire.host} asks without end at the login", "the connection is closed")
        return login.encode(mechanism.answer(login.decode(challenge))) + b"\r\n"

    line = commands.authenticate(mechanism.name, initial)
    return _line(await wire.ask(line, Want("AUTH", challenged=True), answer), wire)


def _line(reply: object, wire: Wire) -> Status:
    if not isinstance(reply, Status):
        raise RemoteProtocolError(f"{wire.host} answers a login with something else", "the connection is closed")
    return reply


def _refused(answer: Status, settings: ServerSettings, secret: Secret) -> LinkError:
    said = login.without_secret(answer.text[:200], secret)
    if answer.code == "LOGIN-DELAY":
        return LostError(f'{settings.host} wants more time between two logins: "{said}"', "it is tried again later")
    if answer.locked:
        return LostError(
            f'the maildrop of {settings.user} at {settings.host} is open elsewhere: "{said}"',
            "another program is fetching from it; it is tried again",
        )
    words = f'{settings.host} refused the login of {settings.user}: "{said}"'
    if answer.later:
        return LostError(words, "it is tried again later")
    if answer.code == "SYS/PERM":
        return LinkError(words, "something is wrong with the mailbox: ask the provider", Retry.NEVER)
    return AuthError(words, "check user and password (an app password may be needed); press R to try again")
