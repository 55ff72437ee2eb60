"""Responses as values (RFC 9051 section 7). Unknown ones become `Other`; nothing here ever waits or recurses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import TypeAlias

from mailtui.model.errors import RemoteProtocolError
from mailtui.model.mail import Flags
from mailtui.protocols.imap import utf7
from mailtui.protocols.imap.lexer import Body, Part
from mailtui.protocols.imap.seqset import parse_uids

MAX_DEPTH = 64


@dataclass(frozen=True, slots=True)
class Status:
    """OK, NO, BAD, BYE, PREAUTH; `tag` empty when untagged. `code` upper case, `arguments` what follows it."""

    tag: str
    kind: str
    code: str
    arguments: str
    text: str


@dataclass(frozen=True, slots=True)
class Continuation:
    text: bytes


@dataclass(frozen=True, slots=True)
class Capability:
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Enabled:
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exists:
    count: int


@dataclass(frozen=True, slots=True)
class Expunge:
    seq: int


@dataclass(frozen=True, slots=True)
class Vanished:
    """Inclusive UID ranges (RFC 7162 section 3.2.10)."""

    ranges: tuple[tuple[int, int], ...]
    earlier: bool


@dataclass(frozen=True, slots=True)
class Found:
    """SEARCH or ESEARCH: inclusive ranges, in the server's order."""

    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """LIST; `name` as on the wire."""

    attributes: frozenset[str]
    delimiter: str | None
    name: bytes


@dataclass(frozen=True, slots=True)
class StatusOf:
    """STATUS; items upper case."""

    name: bytes
    items: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class FetchReply:
    """One FETCH. `internaldate`: seconds since 1970 UTC; `body`: what the sink made of BODY[]; `header`: BODY[HEADER...]."""

    seq: int
    uid: int | None = None
    flags: Flags | None = None
    modseq: int = 0
    internaldate: int | None = None
    size: int | None = None
    body: object | None = None
    header: bytes | None = None


@dataclass(frozen=True, slots=True)
class Other:
    """Harmless or unknown."""

    line: bytes


Reply: TypeAlias = (
    Status
    | Continuation
    | Capability
    | Enabled
    | Exists
    | Expunge
    | Vanished
    | Found
    | Listed
    | StatusOf
    | FetchReply
    | Other
)
Value: TypeAlias = "bytes | Body | list[Value] | None"

_FAST = re.compile(
    rb"\* (\d{1,10}) FETCH \((?:UID (\d{1,10}) )?(?:MODSEQ \((\d{1,20})\) )?FLAGS \(([^()\"{}]*)\)"
    rb"(?: UID (\d{1,10}))?(?: MODSEQ \((\d{1,20})\))?\)$"
)
_STATUS = re.compile(rb"(\S+) (OK|NO|BAD|BYE|PREAUTH)(?: |$)(?:\[([A-Za-z0-9-]+)(?: ([^\]]*))?\])? ?(.*)$", re.I | re.S)
_NUMBERED = re.compile(rb"\* (\d{1,10}) ([A-Za-z]+)(.*)$", re.S)
_TOKEN = re.compile(rb' *(?:(\()|(\))|"((?:[^"\\]|\\.)*)"|((?:[^\s()"\[]|\[[^\]]*\])+))', re.S)
_MONTHS = {name: place for place, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_DATE = re.compile(rb" ?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$")


@lru_cache(maxsize=4096)
def parse_flags(raw: bytes) -> Flags:
    """The inside of a flag list."""
    return Flags.of(raw.decode("utf-8", "replace").split())


def parse_reply(parts: Sequence[Part]) -> Reply:
    """One response. Raises RemoteProtocolError when it can't be understood and can't be left out either."""
    head = parts[0]
    assert isinstance(head, bytes)
    if len(parts) == 1 and (fast := _FAST.match(head)):
        seq, uid, modseq, flags, uid_late, modseq_late = fast.groups()
        chosen = uid or uid_late
        return FetchReply(
            int(seq), int(chosen) if chosen else None, parse_flags(flags), int(modseq or modseq_late or 0)
        )
    if head.startswith(b"+"):
        return Continuation(head[2:] if head[1:2] == b" " else head[1:])
    status = _STATUS.match(head)
    if status is not None:
        return _status(status)
    if not head.startswith(b"* "):
        raise RemoteProtocolError(f"the server sent {head[:60]!r}, which is no response", "the connection is closed")
    numbered = _NUMBERED.match(head)
    if numbered is not None:
        return _numbered(int(numbered[1]), numbered[2].upper(), parts)
    return _named(parts)


def _status(match: re.Match[bytes]) -> Status:
    tag, kind, code, arguments, text = match.groups()
    return Status(
        "" if tag == b"*" else tag.decode("ascii", "replace"),
        kind.decode("ascii").upper(),
        (code or b"").decode("ascii").upper(),
        (arguments or b"").decode("utf-8", "replace"),
        text.decode("utf-8", "replace"),
    )


def _numbered(number: int, kind: bytes, parts: Sequence[Part]) -> Reply:
    if kind == b"EXISTS":
        return Exists(number)
    if kind == b"EXPUNGE":
        return Expunge(number)
    if kind == b"FETCH":
        return _fetch(number, parts)
    head = parts[0]
    assert isinstance(head, bytes)
    return Other(head)


def _named(parts: Sequence[Part]) -> Reply:
    head = parts[0]
    assert isinstance(head, bytes)
    kind, _, rest = head[2:].partition(b" ")
    match kind.upper():
        case b"CAPABILITY":
            return Capability(tuple(rest.decode("ascii", "replace").split()))
        case b"ENABLED":
            return Enabled(tuple(rest.decode("ascii", "replace").upper().split()))
        case b"SEARCH":
            return Found(_numbers(rest))
        case b"ESEARCH":
            return _esearch(rest)
        case b"VANISHED":
            return _vanished(rest)
        case b"LIST" | b"LSUB":
            return _list(parts)
        case b"STATUS":
            return _status_of(parts)
    return Other(head[:200])


def _numbers(rest: bytes) -> tuple[tuple[int, int], ...]:
    rest = rest.partition(b"(")[0]  # `(MODSEQ n)` may follow
    try:
        return tuple((int(word), int(word)) for word in rest.split())
    except ValueError as error:
        raise RemoteProtocolError("the server sent a SEARCH answer that is no list of numbers") from error


def _esearch(rest: bytes) -> Found:
    match = re.search(rb"\bALL ([\d:,]+)", rest, re.IGNORECASE)
    return Found(_ranges(match[1]) if match else ())


def _vanished(rest: bytes) -> Vanished:
    earlier = rest[:10].upper().startswith(b"(EARLIER)")
    return Vanished(_ranges(rest[9:].strip() if earlier else rest.strip()), earlier)


def _ranges(text: bytes) -> tuple[tuple[int, int], ...]:
    try:
        return parse_uids(text)
    except ValueError as error:
        raise RemoteProtocolError("the server sent a UID set that is none") from error


def parse_values(parts: Sequence[Part], start: int) -> list[Value]:
    """Atoms, strings, literals and lists from the parts; `start`: where in the first part. Iterative."""
    top: list[Value] = []
    stack: list[list[Value]] = [top]
    for place, part in enumerate(parts):
        if place % 2 or isinstance(part, Body):
            stack[-1].append(part)
            continue
        position = start if place == 0 else 0
        while position < len(part):
            token = _TOKEN.match(part, position)
            if token is None or token.end() == position:
                if part[position:].strip():
                    raise RemoteProtocolError(
                        f"the server sent {part[position : position + 40]!r}, which can't be read"
                    )
                break
            position = token.end()
            opened, closed, quoted, atom = token.groups()
            if opened:
                if len(stack) > MAX_DEPTH:
                    raise RemoteProtocolError("the server nests lists without end")
                inner: list[Value] = []
                stack[-1].append(inner)
                stack.append(inner)
            elif closed:
                if len(stack) == 1:
                    raise RemoteProtocolError("the server closes a list that it has not opened")
                stack.pop()
            elif quoted is not None:
                stack[-1].append(re.sub(rb"\\(.)", rb"\1", quoted) if b"\\" in quoted else quoted)
            else:
                stack[-1].append(None if atom.upper() == b"NIL" else atom)
    if len(stack) != 1:
        raise RemoteProtocolError("the server left a list open")
    return top


def _list(parts: Sequence[Part]) -> Listed:
    head = parts[0]
    assert isinstance(head, bytes)
    values = parse_values(parts, head.index(b" ", 2))
    if len(values) < 3 or not isinstance(values[0], list) or not isinstance(values[2], bytes):
        raise RemoteProtocolError("the server sent a LIST answer that can't be read")
    attributes = frozenset(item.decode("ascii", "replace").lower() for item in values[0] if isinstance(item, bytes))
    delimiter = values[1].decode("utf-8", "replace") if isinstance(values[1], bytes) and values[1] else None
    return Listed(attributes, delimiter, values[2])


def _status_of(parts: Sequence[Part]) -> StatusOf:
    head = parts[0]
    assert isinstance(head, bytes)
    values = parse_values(parts, head.index(b" ", 2))
    if len(values) < 2 or not isinstance(values[0], bytes) or not isinstance(values[1], list):
        raise RemoteProtocolError("the server sent a STATUS answer that can't be read")
    items = []
    for key, value in zip(values[1][::2], values[1][1::2], strict=False):
        if isinstance(key, bytes) and isinstance(value, bytes) and value.isdigit():
            items.append((key.decode("ascii", "replace").upper(), int(value)))
    return StatusOf(values[0], tuple(items))


def _fetch(seq: int, parts: Sequence[Part]) -> FetchReply:
    head = parts[0]
    assert isinstance(head, bytes)
    named = _NUMBERED.match(head)
    values = parse_values(parts, named.end(2)) if named is not None else []
    if not values or not isinstance(values[0], list):
        raise RemoteProtocolError("the server sent a FETCH answer that can't be read")
    found: dict[str, object] = {}
    items = values[0]
    for key, value in zip(items[::2], items[1::2], strict=False):
        if isinstance(key, bytes):
            _item(found, key.upper(), value)
    return FetchReply(seq, **found)  # type: ignore[arg-type]


def _item(found: dict[str, object], key: bytes, value: Value) -> None:
    if key == b"UID" and isinstance(value, bytes) and value.isdigit():
        found["uid"] = int(value)
    elif key == b"FLAGS" and isinstance(value, list):
        found["flags"] = parse_flags(b" ".join(item for item in value if isinstance(item, bytes)))
    elif key == b"RFC822.SIZE" and isinstance(value, bytes) and value.isdigit():
        found["size"] = int(value)
    elif key == b"MODSEQ" and isinstance(value, list) and value and isinstance(value[0], bytes) and value[0].isdigit():
        found["modseq"] = int(value[0])
    elif key == b"INTERNALDATE" and isinstance(value, bytes):
        found["internaldate"] = parse_internaldate(value)
    elif key.startswith(b"BODY[]"):
        found["body"] = value.value if isinstance(value, Body) else value
    elif key.startswith(b"BODY[HEADER"):
        found["header"] = value if isinstance(value, bytes) else b""


def parse_internaldate(raw: bytes) -> int | None:
    """Seconds since 1970 UTC; None if it is no date."""
    match = _DATE.match(raw)
    if match is None or match[2].lower() not in _MONTHS:
        return None
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = match.groups()
    offset = timedelta(hours=int(zone_hours), minutes=int(zone_minutes)) * (-1 if sign == b"-" else 1)
    try:
        moment = datetime(
            int(year),
            _MONTHS[month.lower()],
            int(day),
            int(hour),
            int(minute),
            min(int(second), 59),
            tzinfo=timezone(offset),
        )
    except ValueError:
        return None
    return int(moment.timestamp())


def mailbox_name(raw: bytes, *, utf8: bool) -> str:
    """The Unicode name of a mailbox as it came over the wire."""
    name = raw.decode("utf-8", "surrogateescape") if utf8 else utf7.decode(raw)
    return "INBOX" if name.upper() == "INBOX" else name
