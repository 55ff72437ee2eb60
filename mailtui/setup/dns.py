"""DNS questions and answers as bytes (RFC 1035, RFC 2782): no sockets here. Reads what strangers send: every length is
checked, names are bounded, pointers only go back."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

LARGEST = 4096
"""Bytes of an answer that are looked at."""
MOST_RECORDS = 64
_NAME_BYTES, _LABEL_BYTES = 255, 63
_POINTER = 0xC0
_RESPONSE, _TRUNCATED, _RCODE = 0x8000, 0x0200, 0x000F
_RECURSE = 0x0100
_INTERNET = 1


class Kind(IntEnum):
    """Types of records."""

    MX = 15
    SRV = 33


class DnsError(ValueError):
    """Not an answer, or one that can't be trusted."""


@dataclass(frozen=True, slots=True)
class Server:
    """An MX or SRV record. `port`: 0 for MX. `host`: lower case, no final dot; "" says that there is none
    (RFC 2782)."""

    host: str
    port: int
    priority: int
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """`truncated`: there is more, to be had by TCP."""

    servers: tuple[Server, ...]
    truncated: bool = False


def ask(number: int, name: str, kind: Kind) -> bytes:
    """A question with recursion wished. `number`: 0 to 65535, not to be guessed by others. Raises DnsError for what is
    no name."""
    return struct.pack("!6H", number, _RECURSE, 1, 0, 0, 0) + _name(name) + struct.pack("!2H", kind, _INTERNET)


def read(number: int, name: str, kind: Kind, data: bytes) -> Answer:
    """The records of the answer to `ask` with the same words, best first. Raises DnsError if it is none: another
    number, another question, broken bytes, or the server failed. A name that does not exist has no records."""
    data = data[:LARGEST]
    if len(data) < 12:
        raise DnsError("too short")
    got, flags, questions, answers = struct.unpack_from("!4H", data)
    if got != number or not flags & _RESPONSE or questions != 1:
        raise DnsError("not an answer to the question")
    asked, place = _read_name(data, 12)
    if asked != name.lower().rstrip(".") or _fields("!2H", data, place) != (kind, _INTERNET):
        raise DnsError("an answer to another question")
    code = flags & _RCODE
    if code not in {0, 3}:  # NOERROR, NXDOMAIN
        raise DnsError(f"the server failed with code {code}")
    found = _records(data, place + 4, min(answers, MOST_RECORDS), kind)
    found.sort(key=lambda one: (one.priority, -one.weight))
    return Answer(tuple(found), bool(flags & _TRUNCATED))


def _records(data: bytes, place: int, count: int, kind: Kind) -> list[Server]:
    found = []
    for _ in range(count):
        if place >= len(data):
            break  # truncated
        _, place = _read_name(data, place)
        record, internet, _, length = _fields("!2HIH", data, place)
        place += 10
        if place + length > len(data):
            raise DnsError("a record is longer than the answer")
        if record == kind and internet == _INTERNET:
            found.append(_server(data, place, kind))
        place += length
    return found


def _server(data: bytes, place: int, kind: Kind) -> Server:
    if kind is Kind.MX:
        (priority,) = _fields("!H", data, place)
        return Server(_read_name(data, place + 2)[0], 0, priority)
    priority, weight, port = _fields("!3H", data, place)
    return Server(_read_name(data, place + 6)[0], port, priority, weight)


def _fields(form: str, data: bytes, place: int) -> tuple[int, ...]:
    if place + struct.calcsize(form) > len(data):
        raise DnsError("it ends too early")
    return struct.unpack_from(form, data, place)


def _name(name: str) -> bytes:
    labels = name.rstrip(".").split(".")
    out = b""
    for label in labels:
        try:
            raw = label.encode("ascii")
        except UnicodeEncodeError:
            raise DnsError("a name must be in ASCII (IDNA)") from None
        if not 1 <= len(raw) <= _LABEL_BYTES:
            raise DnsError("a label is empty or too long")
        out += bytes((len(raw),)) + raw
    if len(out) >= _NAME_BYTES:
        raise DnsError("the name is too long")
    return out + b"\0"


def _read_name(data: bytes, place: int) -> tuple[str, int]:
    """The name at `place`, and what follows it. Only letters, digits, `-`, `_` and `.` come through."""
    labels: list[str] = []
    end = -1
    least = place
    total = 0
    while True:
        (length,) = _fields("!B", data, place)
        if length & _POINTER == _POINTER:
            (pointer,) = _fields("!H", data, place)
            end = place + 2 if end < 0 else end
            place = pointer & ~(_POINTER << 8)
            if place >= least:
                raise DnsError("a pointer does not go back")
            least = place
            continue
        if length & _POINTER:
            raise DnsError("a label of an unknown kind")
        place += 1
        if length == 0:
            return ".".join(labels), place if end < 0 else end
        total += length + 1
        if total >= _NAME_BYTES or place + length > len(data):
            raise DnsError("a name is too long")
        labels.append(_label(data[place : place + length]))
        place += length


def _label(raw: bytes) -> str:
    text = raw.decode("ascii", "replace").lower()
    if not all(char.isascii() and (char.isalnum() or char in "-_") for char in text):
        raise DnsError("a name holds strange characters")
    return text
