"""Reads the file in which a domain tells mail programs where its servers are (Thunderbird's autoconfig format, version
1.1). It comes from a stranger: no document types, no entities, a bounded size and depth, and only host names come
out."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from mailtui.mail.sanitize import clip, safe_line
from mailtui.model.account import Protocol, SecretKind, Security
from mailtui.model.setting_up import Found, Place
from mailtui.setup.hosts import is_host

LARGEST = 64 << 10
"""Bytes."""
_DEEPEST = 16
_MOST_SERVERS = 32
_LONGEST_TEXT = 1024
_SECURITY = {"SSL": Security.TLS, "STARTTLS": Security.STARTTLS}  # `plain` is never used
_INCOMING = {"imap": Protocol.IMAP, "pop3": Protocol.POP3}
_PASSWORDS = {"password-cleartext", "plain", "password-encrypted", "secure"}


class AutoconfigError(ValueError):
    """Not such a file, or one that is up to something."""


@dataclass(slots=True)
class _Server:
    place: Place
    user: str
    ways: tuple[str, ...]


@dataclass(slots=True)
class _Reader:
    """Gathers what lies in the elements of a server."""

    path: list[str] = field(default_factory=list)
    text: str = ""
    kind: str = ""
    values: dict[str, list[str]] = field(default_factory=dict)
    servers: list[tuple[str, str, dict[str, list[str]]]] = field(default_factory=list)
    name: str = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.path.append(name)
        self.text = ""
        if len(self.path) > _DEEPEST:
            raise AutoconfigError("elements are nested too deep")
        if self.path == ["clientConfig", "emailProvider", name] and name in {"incomingServer", "outgoingServer"}:
            self.kind, self.values = attributes.get("type", ""), {}

    def end(self, name: str) -> None:
        within = self.path[2:3]
        self.path.pop()
        if self.path == ["clientConfig", "emailProvider"]:
            if name in {"incomingServer", "outgoingServer"} and len(self.servers) < _MOST_SERVERS:
                self.servers.append((name, self.kind, self.values))
            elif name == "displayName" and not self.name:
                self.name = self.text.strip()
        elif within and within[0] in {"incomingServer", "outgoingServer"} and len(self.path) == 3:
            self.values.setdefault(name, []).append(self.text.strip())
        self.text = ""

    def characters(self, text: str) -> None:
        self.text = (self.text + text)[:_LONGEST_TEXT]


def read(data: bytes, email: str) -> Found | None:
    """The servers for this address; None if none of them can be used (no TLS). Raises AutoconfigError."""
    reader = _parse(data)
    incoming: list[_Server] = []
    outgoing: list[_Server] = []
    for element, kind, values in reader.servers:
        protocol = _INCOMING.get(kind) if element == "incomingServer" else Protocol.SMTP if kind == "smtp" else None
        server = _server(protocol, values, email) if protocol is not None else None
        if server is not None:
            (outgoing if protocol is Protocol.SMTP else incoming).append(server)
    if not incoming:
        return None
    incoming.sort(key=lambda one: (_wants_token(one), one.place.protocol is not Protocol.IMAP, _upgrade(one)))
    outgoing.sort(key=lambda one: (_wants_token(one), _upgrade(one)))
    first = {one.place.protocol: one.place for one in reversed(incoming)}
    best = incoming[0]
    ordered = sorted(first.values(), key=lambda place: place.protocol is not best.place.protocol)
    return Found(
        source="from the domain itself (autoconfig)",
        provider=clip(safe_line(reader.name), 60),
        incoming=tuple(ordered),
        outgoing=outgoing[0].place if outgoing else None,
        user=best.user,
        way=SecretKind.TOKEN_COMMAND if _wants_token(best) else None,
    )


def _parse(data: bytes) -> _Reader:
    if len(data) > LARGEST:
        raise AutoconfigError("the file is too long")
    reader = _Reader()
    parser = expat.ParserCreate()

    def forbidden(*words: object) -> int:
        raise AutoconfigError("it declares a document type or entities")

    parser.StartDoctypeDeclHandler = forbidden
    parser.EntityDeclHandler = forbidden
    parser.UnparsedEntityDeclHandler = forbidden
    parser.ExternalEntityRefHandler = forbidden
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise error if isinstance(error, AutoconfigError) else AutoconfigError("not well-formed XML") from None
    return reader


def _server(protocol: Protocol, values: dict[str, list[str]], email: str) -> _Server | None:
    def first(name: str) -> str:
        return values.get(name, [""])[0]

    host = _filled(first("hostname"), email).lower().rstrip(".")
    port = first("port")
    security = _SECURITY.get(first("socketType"))
    if security is None or not is_host(host) or not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        return None
    user = _filled(first("username"), email)
    if not user or safe_line(user) != user or " " in user:
        user = email
    return _Server(Place(protocol, host, int(port), security), user, tuple(values.get("authentication", [])))


def _filled(text: str, email: str) -> str:
    local, _, domain = email.rpartition("@")
    for gap, value in (("%EMAILADDRESS%", email), ("%EMAILLOCALPART%", local), ("%EMAILDOMAIN%", domain)):
        text = text.replace(gap, value)
    return text


def _wants_token(server: _Server) -> bool:
    return "OAuth2" in server.ways and not _PASSWORDS & set(server.ways)


def _upgrade(server: _Server) -> bool:
    return server.place.security is not Security.TLS
