"""What a POP3 server says, as values, and how its words are read. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

from mailtui.model.errors import RemoteProtocolError

_STAMP = re.compile(rb"<[\x21-\x3b\x3d\x3f-\x7e]{1,250}@[\x21-\x3b\x3d\x3f-\x7e]{1,250}>")
_CODE = re.compile(r"\[([A-Z0-9/_-]{1,64})(?: [^\]]*)?\] ?", re.IGNORECASE)
_LOCKED = re.compile(
    r"\block(?:ed|s)?\b|in use|\bbusy\b|another (?:pop|session|client|process|connection)|"
    r"already (?:logged|open|active)|too many (?:connections|logins|sessions)",
    re.IGNORECASE,
)
_LATER = re.compile(
    r"try (?:it )?(?:again )?later|temporar|unavailable|too (?:often|frequent|soon|many)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Status:
    """One line: +OK or -ERR, the response code (RFC 2449 section 8) in capitals, and the words."""

    ok: bool
    text: str = ""
    code: str = ""

    @property
    def locked(self) -> bool:
        """Somebody else has the maildrop open (RFC 2449 section 8.1.1)."""
        return self.code == "IN-USE" or (not self.code and _LOCKED.search(self.text) is not None)

    @property
    def later(self) -> bool:
        """It says nothing about the password; trying again can help (RFC 2449 section 8.1, RFC 3206)."""
        if self.code:
            return self.code in {"IN-USE", "LOGIN-DELAY", "SYS/TEMP"}
        return self.locked or _LATER.search(self.text) is not None


@dataclass(frozen=True, slots=True)
class Greeting:
    status: Status
    stamp: bytes = b""
    """For APOP; empty: none, or none that may be answered (it must look like a Message-ID: CVE-2007-1558)."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """`+ ` and base64 (RFC 5034)."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Body:
    """The end of a multi-line answer: what its sink's `finish` returned."""

    status: Status
    result: object


Reply: TypeAlias = Status | Greeting | Challenge | Body


def status(line: bytes) -> Status | None:
    """None: neither +OK nor -ERR. Case is not minded; servers differ."""
    head, _, rest = line.partition(b" ")
    mark = head.upper()
    if mark not in {b"+OK", b"-ERR"}:
        return None
    text = rest.decode("utf-8", "replace").strip()
    code = _CODE.match(text)
    if code is None:
        return Status(mark == b"+OK", text)
    return Status(mark == b"+OK", text[code.end() :], code[1].upper())


def greeting(line: bytes) -> Greeting | None:
    found = status(line)
    if found is None:
        return None
    stamp = _STAMP.search(line)
    return Greeting(found, stamp[0] if stamp is not None and found.ok else b"")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The answer to CAPA (RFC 2449): names in capitals with their words. Without CAPA nothing is known."""

    known: bool = False
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: list[bytes]) -> Capabilities:
        found: dict[str, tuple[str, ...]] = {}
        for line in lines:
            words = line.decode("utf-8", "replace").split()
            if words:
                found[words[0].upper()] = tuple(words[1:])
        return cls(True, found)

    def __contains__(self, name: str) -> bool:
        return name in self.names

    @property
    def mechanisms(self) -> frozenset[str]:
        return frozenset(word.upper() for word in self.names.get("SASL", ()))

    @property
    def login_delay(self) -> int:
        """Seconds that must lie between two logins (RFC 2449 section 6.6); 0: none is told."""
        words = self.names.get("LOGIN-DELAY", ())
        return int(words[0]) if words and words[0].isascii() and words[0].isdigit() and len(words[0]) < 7 else 0


def listing(lines: list[bytes], what: str) -> list[tuple[int, bytes]]:
    """(message number, word) of each line of UIDL or LIST. Raises RemoteProtocolError: a listing that is not
    understood whole must not decide what is new or gone."""
    found: list[tuple[int, bytes]] = []
    known: set[int] = set()
    for line in lines:
        words = line.split()
        if len(words) < 2 or not words[0].isdigit() or len(words[0]) > 10 or int(words[0]) in known:
            raise RemoteProtocolError(
                f"the answer to {what} holds {line[:60]!r}", "the server is broken; it is tried again"
            )
        found.append((int(words[0]), words[1]))
        known.add(int(words[0]))
    return found


def sizes(lines: list[bytes]) -> dict[int, int]:
    """Octets by message number; those whose size is no number are left out."""
    return {number: int(word) for number, word in listing(lines, "LIST") if word.isdigit() and len(word) < 16}


def uidls(lines: list[bytes]) -> dict[int, str]:
    """Names by message number. RFC 1939 allows 70 characters of 0x21..0x7E; longer and other ones are taken as they
    are, byte by byte."""
    return {number: word.decode("latin-1") for number, word in listing(lines, "UIDL")}
