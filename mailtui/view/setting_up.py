"""The set-up sheet as values: its rows, what was typed, what is missing, whose fault a failure is, what to say."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum

from mailtui.mail.sanitize import safe_line
from mailtui.model.account import Protocol, Secret, SecretKind, Security
from mailtui.model.errors import AuthError, MailtuiError, TlsError, UsageError
from mailtui.model.setting_up import PORTS, Draft, Found, Place

_HOST = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
_SECURITIES = {one.value: one for one in Security}
_NAMES = {Protocol.IMAP: "IMAP", Protocol.POP3: "POP3", Protocol.SMTP: "SMTP"}


class Row(Enum):
    """The rows of the sheet with their labels, in their order."""

    EMAIL = "Address"
    NAME = "Name"
    PASSWORD = "Password"  # noqa: S105 - a label
    WAY = "Kept by"
    COMMAND = "Command"
    PROTOCOL = "Fetch by"
    INCOMING = "Incoming"
    OUTGOING = "Outgoing"
    USER = "Login"
    CA = "Own CA"


SERVER_ROWS = (Row.PROTOCOL, Row.INCOMING, Row.OUTGOING, Row.USER, Row.CA)
CHOICES = (Row.WAY, Row.PROTOCOL)
"""Rows that are no text."""
PLACEHOLDERS: dict[Row, str] = {
    Row.EMAIL: "anna@example.org",
    Row.NAME: "as others see it: Anna Example",
    Row.PASSWORD: "not shown",
    Row.COMMAND: "prints it as its first line: pass show mail",
    Row.INCOMING: "imap.example.org  or  host:port tls|starttls",
    Row.OUTGOING: "smtp.example.org  or  nothing: only read",
    Row.USER: "the address, if nothing stands here",
    Row.CA: "PEM file, if the server has an authority of its own",
}
TOKEN_PLACEHOLDER = "prints a token: oama access anna@example.org"  # noqa: S105 - an example
WAYS: dict[SecretKind, str] = {
    SecretKind.KEYRING: "the system's keyring",
    SecretKind.PLAIN: "config.toml, which only you can read",
    SecretKind.COMMAND: "a program that prints it",
    SecretKind.TOKEN_COMMAND: "OAuth 2: a program that prints tokens",
}


class Mistake(UsageError):
    """Something is missing or can't be read, in this row."""

    def __init__(self, row: Row, text: str, hint: str = "") -> None:
        super().__init__(text, hint)
        self.row = row


def place_of(text: str, protocol: Protocol) -> Place:
    """`host`, `host:port` or `host port`, and `tls`, `starttls` or `none` behind it if it is not what is usual on that
    port. Raises UsageError."""
    words = text.lower().replace(":", " ").split()
    security = next((_SECURITIES[word] for word in words if word in _SECURITIES), None)
    host, number, *rest = [*(word for word in words if word not in _SECURITIES), "", ""][:3]
    if any(rest):
        raise UsageError(f"'{safe_line(rest[0])}' is not understood", "a server is host, host:port, or host:port tls")
    host = host.rstrip(".")
    if not _HOST.fullmatch(host):
        raise UsageError("this is no name of a server", "only its name, such as imap.example.org")
    if number and not (number.isascii() and number.isdigit() and 0 < int(number[:6]) < 65536):
        raise UsageError(f"'{safe_line(number)}' is no port", f"usual are {', '.join(map(str, PORTS[protocol]))}")
    usual = PORTS[protocol]
    if number:
        port = int(number)
        return Place(protocol, host, port, security or usual.get(port, Security.TLS))
    security = security or Security.TLS
    port = next((one for one, its in usual.items() if its is security), min(usual))
    return Place(protocol, host, port, security)


def show_place(place: Place) -> str:
    """The words that `place_of` reads."""
    return f"{place.host}:{place.port} {place.security.value}"


def check_email(text: str) -> str:
    """The address, or Mistake."""
    address = text.strip()
    local, _, domain = address.rpartition("@")
    if not local or not domain or safe_line(address) != address or set(address) & set(' <>,"'):
        raise Mistake(Row.EMAIL, "this is no address", "it looks like anna@example.org")
    return address


@dataclass(slots=True)
class Sheet:
    """What is on the sheet at the moment."""

    ways: tuple[SecretKind, ...] = (SecretKind.PLAIN, SecretKind.COMMAND, SecretKind.TOKEN_COMMAND)
    way: SecretKind = SecretKind.PLAIN
    protocol: Protocol = Protocol.IMAP
    texts: dict[Row, str] = field(default_factory=dict)
    """What stands in the fields, except the password."""
    found: Found | None = None
    """None: nobody has looked yet, or is still looking."""
    servers: bool = False
    """Whether the rows of the servers are shown."""
    agreed: bool = False
    """The person has seen servers that are doubtful."""

    def rows(self) -> tuple[Row, ...]:
        """Those that are shown."""
        program = self.way in (SecretKind.COMMAND, SecretKind.TOKEN_COMMAND)
        asked = (Row.EMAIL, Row.NAME, Row.WAY, Row.COMMAND) if program else (Row.EMAIL, Row.NAME, Row.PASSWORD, Row.WAY)
        return (*asked, *SERVER_ROWS) if self.servers else asked

    def text(self, row: Row) -> str:
        return self.texts.get(row, "").strip()

    def learn(self, found: Found) -> None:
        """What was found becomes what stands in the rows; what the person wrote there already stays."""
        self.found, self.agreed = found, False
        if self.servers and self.text(Row.INCOMING):
            return
        if found.way is not None:
            self.way = found.way
        elif self.way is SecretKind.TOKEN_COMMAND:
            self.way = self.ways[0]
        if found.incoming:
            self.protocol = found.incoming[0].protocol
        self._fill()
        self.texts[Row.OUTGOING] = show_place(found.outgoing) if found.outgoing else ""
        self.texts[Row.USER] = found.user if found.user != self.text(Row.EMAIL) else ""
        self.servers = self.servers or (not found.incoming and not found.closed)

    def forget(self) -> None:
        """The address has another domain now: other servers."""
        self.found, self.servers, self.agreed = None, False, False
        for row in SERVER_ROWS:
            self.texts.pop(row, None)

    def _fill(self) -> None:
        known = self.found.incoming if self.found else ()
        place = next((one for one in known if one.protocol is self.protocol), None)
        self.texts[Row.INCOMING] = show_place(place) if place else ""

    def turn(self, row: Row, by: int) -> None:
        """The next choice of a row that is one."""
        if row is Row.WAY:
            self.way = self.ways[(self.ways.index(self.way) + by) % len(self.ways)]
        elif row is Row.PROTOCOL:
            self.protocol = Protocol.POP3 if self.protocol is Protocol.IMAP else Protocol.IMAP
            self._fill()

    def placeholder(self, row: Row) -> str:
        """What an empty row says."""
        token = row is Row.COMMAND and self.way is SecretKind.TOKEN_COMMAND
        return TOKEN_PLACEHOLDER if token else PLACEHOLDERS.get(row, "")

    def choice(self, row: Row) -> str:
        """What a row that is a choice says."""
        return WAYS[self.way] if row is Row.WAY else _NAMES[self.protocol]

    def draft(self, password: str) -> Draft:
        """What is to be done, or Mistake about the first thing that is missing."""
        email = check_email(self.text(Row.EMAIL))
        program = self.way in (SecretKind.COMMAND, SecretKind.TOKEN_COMMAND)
        if program and not self.text(Row.COMMAND):
            raise Mistake(Row.COMMAND, "there is no command yet", "type the one that prints the secret")
        if not program and not password:
            raise Mistake(Row.PASSWORD, "there is no password yet", "type it, or choose a program below")
        return Draft(
            email=email,
            name=safe_line(self.text(Row.NAME)),
            incoming=self._place(Row.INCOMING, self.protocol),
            outgoing=self._place(Row.OUTGOING, Protocol.SMTP) if self.text(Row.OUTGOING) else None,
            user=self.text(Row.USER) or email,
            way=self.way,
            password=None if program else Secret(password),
            command=self.text(Row.COMMAND) if program else "",
            ca_file=self.text(Row.CA),
            save_sent=self.found.save_sent if self.found else True,
        )

    def _place(self, row: Row, protocol: Protocol) -> Place:
        if not self.text(row):
            raise Mistake(row, "where does the mail come from?", "the provider's help pages name the server")
        try:
            return place_of(self.text(row), protocol)
        except UsageError as error:
            raise Mistake(row, error.text, error.hint) from None

    def blame(self, error: MailtuiError, place: Place | None) -> Row:
        """The row that is to be corrected after a failure; the rows of the servers are shown if it is one of them."""
        if isinstance(error, Mistake):
            row = error.row
        elif place is None or isinstance(error, AuthError | UsageError):
            row = Row.COMMAND if Row.COMMAND in self.rows() else Row.PASSWORD
        elif isinstance(error, TlsError) and "ca_file" in error.hint:
            row = Row.CA
        else:
            row = Row.OUTGOING if place.protocol is Protocol.SMTP else Row.INCOMING
        self.servers = self.servers or row in SERVER_ROWS
        return row


def step_of(place: Place) -> str:
    """What a login there is called."""
    return f"{_NAMES[place.protocol]} login at {place.host}"


def told(found: Found) -> list[tuple[str, str]]:
    """Lines about what was found: (style, text)."""
    lines: list[tuple[str, str]] = []
    if found.incoming:
        hosts = [found.incoming[0].host, *([found.outgoing.host] if found.outgoing else [])]
        name = f"{found.provider}: " if found.provider else ""
        lines.append(("text", f"{name}{', '.join(dict.fromkeys(hosts))} ({found.source})"))
    elif not found.closed:
        lines.append(("warn", "No servers were found. The provider's help pages name them."))
    if found.note:
        words = found.note[:1].upper() + found.note[1:]
        lines.append(("warn", f"{found.provider} {found.note.removeprefix('it ')}" if found.closed else words))
    if found.link:
        lines.append(("link", found.link))
    if found.doubtful:
        lines.append(("warn", "These names come from DNS, of another domain. Do you know them? Then go on."))
    return lines


def failed(step: str, error: MailtuiError) -> list[tuple[str, str]]:
    """Lines about what went wrong: step, cause, and what to do next."""
    lines = [("error", f"{step}: {safe_line(error.text)}")]
    return [*lines, ("text", f"-> {safe_line(error.hint)}")] if error.hint else lines
