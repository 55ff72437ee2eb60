"""Values of the set-up of a first account, and the port through which the screen and the command line have it done."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol as Port

from mailtui.model.account import Protocol, Secret, SecretKind, Security

PORTS: dict[Protocol, dict[int, Security]] = {
    Protocol.IMAP: {993: Security.TLS, 143: Security.STARTTLS},
    Protocol.POP3: {995: Security.TLS, 110: Security.STARTTLS},
    Protocol.SMTP: {465: Security.TLS, 587: Security.STARTTLS, 25: Security.STARTTLS},
}
"""What is usual on which port (RFC 8314)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server is."""

    protocol: Protocol
    host: str
    port: int
    security: Security


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of the mail of an address, and from where. All texts are safe."""

    source: str
    """In words, to be read behind "found": "in mailtui's own list"; "" if nothing was found."""
    provider: str = ""
    """Its name, if it is known."""
    incoming: tuple[Place, ...] = ()
    """The best first; at most one of a protocol."""
    outgoing: Place | None = None
    user: str = ""
    """Name for the login."""
    note: str = ""
    """What a person must know or do first: "it wants an app password"."""
    link: str = ""
    """Where that is done."""
    way: SecretKind | None = None
    """The only kind of secret that will do (TOKEN_COMMAND), if not every one will."""
    save_sent: bool = True
    """False: the server keeps what is sent by itself."""
    closed: bool = False
    """The provider lets no mail program in at all; `note` says so."""
    doubtful: bool = False
    """Told by DNS, which can be forged, and of another domain than the address: a person must agree before a password
    goes there (RFC 6186 section 6)."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An account that is about to be."""

    email: str
    name: str
    incoming: Place
    outgoing: Place | None
    user: str
    way: SecretKind
    """Where its secret comes from."""
    password: Secret | None = None
    """For KEYRING and PLAIN."""
    command: str = ""
    """For COMMAND and TOKEN_COMMAND, as it is typed."""
    ca_file: str = ""
    """PEM file with the authority of the servers; "": those of the system."""
    save_sent: bool = True
    account: str = ""
    """Its name in config.toml; "": made from the address."""

    def places(self) -> tuple[Place, ...]:
        return (self.incoming,) if self.outgoing is None else (self.incoming, self.outgoing)


class Ended(Enum):
    """How a set-up ended."""

    WRITTEN = "written"
    DEMO = "demo"
    """The person wants to look around first."""
    LEFT = "left"
    """Nothing was written."""


class SettingUp(Port):
    """Does what the person decides. Everything blocks: call it on a thread. Errors are MailtuiErrors that never
    hold the password."""

    def ways(self) -> tuple[SecretKind, ...]:
        """Where a password can be kept on this computer, the best one first."""

    def person(self) -> str:
        """The name of the person as this computer knows it, a safe line; "" if it does not."""

    def find(self, email: str) -> Found:
        """The servers for this address: seconds, never a minute. Raises nothing: nothing found is an answer."""

    def check(self, draft: Draft, place: Place) -> str:
        """Logs in and out again; a sentence about what the server said. Raises MailtuiError."""

    def write(self, draft: Draft) -> str:
        """Keeps the password where it was wished and writes config.toml; its path. Raises MailtuiError, with nothing
        changed then."""
