"""From nothing to a connection that takes mail: TCP, TLS, EHLO, STARTTLS, AUTH (RFC 5321, 3207, 4954, 8314).

Where TLS was asked for nothing else is said in clear text, and nothing that was heard in clear text is believed.
"""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass, field

from aiosmtplib.errors import SMTPException, SMTPResponseException, SMTPServerDisconnected, SMTPTimeoutError
from aiosmtplib.esmtp import parse_esmtp_extensions

from mailtui.model.account import Secret, SecretKind, Security, ServerSettings
from mailtui.model.errors import AuthError, LostError, RemoteProtocolError, TlsError
from mailtui.protocols import connecting, login, tls
from mailtui.protocols.smtp.outcome import Answer
from mailtui.protocols.smtp.wire import Wire


@dataclass(frozen=True, slots=True)
class Offer:
    """What the server said to EHLO: keywords in lower case with their parameters, and login methods."""

    extensions: dict[str, str] = field(default_factory=dict)
    mechanisms: frozenset[str] = frozenset()

    def __contains__(self, keyword: str) -> bool:
        return keyword in self.extensions

    @property
    def size(self) -> int:
        """Largest message it takes, in bytes; 0: not said (RFC 1870)."""
        text = self.extensions.get("size", "").strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


async def enter(settings: ServerSettings, secret: Secret | None) -> tuple[Wire, Offer]:
    """Ready for MAIL FROM. Raises LinkError (Auth, Lost, Timeout, Tls), ProtocolError."""
    wire = await connecting.connect(settings, lambda: Wire(settings.host, settings.timeout))
    try:
        greeting = await wire.greeting()
        if greeting.code != 220:
            raise LostError(f'{settings.host} turned us away: "{greeting.words}"', "it is tried again")
        offer = await _hello(wire)
        if settings.security is Security.STARTTLS:
            await _starttls(wire, settings, offer)
            offer = await _hello(wire)
        if secret is not None:
            await _log_in(wire, settings, secret, offer)
            offer = await _hello(wire)  # some offer more to those they know (RFC 4954 section 4)
        return wire, offer
    except BaseException:
        wire.close()
        raise


async def _hello(wire: Wire) -> Offer:
    """EHLO with this computer's address, as a literal: its name is nobody's business (RFC 5321 section 4.1.3)."""
    sockname = wire.transport.get_extra_info("sockname") if wire.transport is not None else None
    name = _literal(str(sockname[0]) if isinstance(sockname, tuple) and sockname else "127.0.0.1")
    answer = await wire.ask(b"EHLO " + name)
    if answer.code == 250:
        extensions, methods = parse_esmtp_extensions(answer.text)
        return Offer(extensions, frozenset(method.upper() for method in methods))
    if answer.code in {500, 501, 502, 504}:
        answer = await wire.ask(b"HELO " + name)
        if answer.code == 250:
            return Offer()
    raise LostError(f'{wire.host} does not greet back: "{answer.words}"', "it is tried again")


def _literal(address: str) -> bytes:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return b"[127.0.0.1]"
    return f"[{'IPv6:' if found.version == 6 else ''}{found}]".encode()


async def _starttls(wire: Wire, settings: ServerSettings, offer: Offer) -> None:
    host = settings.host
    if "starttls" not in offer:
        raise TlsError(
            f"{host} does not offer STARTTLS: nothing was sent",
            'it may be an attack; use security = "tls" (port 465) if the server offers it',
        )
    context = tls.context(settings)
    try:
        if not wire.clean:
            raise TlsError(f"{host} spoke unasked before the connection was encrypted", "it may be an attack")
        await wire.start_tls(context, server_hostname=host, timeout=settings.timeout)
    except ssl.SSLError as error:
        raise tls.explain(error, settings) from error
    except SMTPResponseException as error:
        words = Answer(error.code, error.message).words
        raise TlsError(f'{host} refused STARTTLS: "{words}"', 'try security = "tls" on port 465') from error
    except (SMTPServerDisconnected, SMTPTimeoutError, SMTPException, OSError) as error:
        raise TlsError(
            f"the TLS handshake with {host} failed: {error or 'the connection was closed'}",
            'try security = "tls" on port 465',
        ) from error
    if not wire.clean:
        raise TlsError(f"{host} spoke unasked before the connection was encrypted", "it may be an attack")


async def _log_in(wire: Wire, settings: ServerSettings, secret: Secret, offer: Offer) -> None:
    """AUTH (RFC 4954)."""
    token = settings.secret.kind is SecretKind.TOKEN_COMMAND
    mechanism = login.choose(settings, secret, offer.mechanisms, token=token, digest=True)
    if mechanism is None:
        raise AuthError(
            f"{settings.host} offers no login that mailtui knows",
            f'it offers {", ".join(sorted(offer.mechanisms)) or "none"}; auth = "none" sends without a login',
        )
    line = b"AUTH " + mechanism.name.encode()
    if mechanism.first is not None:
        line += b" " + login.encode_initial(mechanism.first)
        mechanism.answer(b"")  # the first answer goes with the command
    answer = await wire.ask(line, secret=True)
    for _ in range(login.MAX_ROUNDS):
        if answer.code != 334:
            break
        answer = await wire.ask(login.encode(mechanism.answer(login.decode(answer.text.encode()))), secret=True)
    if answer.code != 235:
        raise _refused(answer, settings, secret)


def _refused(answer: Answer, settings: ServerSettings, secret: Secret) -> AuthError | LostError | RemoteProtocolError:
    said = login.without_secret(answer.words, secret)
    words = f'{settings.host} refused the login of {settings.user}: "{said}"'
    if answer.code // 100 == 4:
        return LostError(words, "it is tried again later")
    if answer.code == 334:
        return RemoteProtocolError(f"{settings.host} asks without end at the login", "the connection is closed")
    if answer.code == 538:
        return AuthError(words, 'use security = "tls" or "starttls"')
    return AuthError(words, "check user and password (an app password may be needed); press R to try again")
