"""Responses read into values. Unknown ones become `Other`; nothing here ever waits or recurses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import TypeAlias

from mailtui.model.errors import RemoteProtocolError
from mailtui.model.mail import Flags
from mailtui.protocols.imap import utf7
from mailtui.protocols.imap.lexer import Body, Part
from mailtui.protocols.imap.replies import (
    Capability,
    Continuation,
    Defined,
    Enabled,
    Exists,
    Expunge,
    FetchReply,
    Found,
    Held,
    Identity,
    Listed,
    Namespaces,
    Other,
    Recent,
    Reply,
    Status,
    StatusOf,
    Vanished,
)
from mailtui.protocols.imap.seqset import MAX_UID, parse_uids, ranges_of

_EPOCH = date(1970, 1, 1).toordinal()
MAX_DEPTH = 64
MAX_MODSEQ = (1 << 63) - 1
"""RFC 7162 section 7; also what SQLite can hold."""
Value: TypeAlias = "bytes | Body | list[Value] | None"

_FAST = re.compile(
    rb"\* (\d{1,10}) FETCH \((?:UID (\d{1,10}) )?(?:MODSEQ \((\d{1,20})\) )?FLAGS \(([^()\"{}]*)\)"
    rb"(?: UID (\d{1,10}))?(?: MODSEQ \((\d{1,20})\))?\)$"
)
_WHOLE = re.compile(
    rb"\* (\d{1,10}) FETCH \(UID (\d{1,10}) FLAGS \(([^()\"{}]*)\) INTERNALDATE \"([^\"\\]{26})\" "
    rb"(?:MODSEQ \((\d{1,19})\) )?BODY\[\] $"
)
_WHOLE_END = re.compile(rb"(?: MODSEQ \((\d{1,19})\))?\)$")
"""The two lines around a message, as most servers write them; the others are read item by item."""
_STATUS = re.compile(rb"(\S+) (OK|NO|BAD|BYE|PREAUTH)(?: |$)(?:\[([A-Za-z0-9-]+)(?: ([^\]]*))?\])? ?(.*)$", re.I | re.S)
_NUMBERED = re.compile(rb"\* (\d{1,10}) ([A-Za-z]+)(.*)$", re.S)
_TOKEN = re.compile(rb'[ \t]*+(?:(\()|(\))|"([^"\\]*+(?:\\.[^"\\]*+)*+)"|((?:[^\s()"\[]++|\[[^\]]*+\])++))', re.S)
"""One of: list opens, list closes, quoted string, atom (with a section such as `BODY[HEADER.FIELDS (DATE)]` in it).
The ways never overlap, so there is nothing to backtrack into."""
_AFTER_LITERAL = (b"", b" ", b")")
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
            int(seq), _uid(chosen) if chosen else None, parse_flags(flags), _modseq(modseq or modseq_late or b"0")
        )
    if len(parts) == 3 and (whole := _whole_message(head, parts[1], parts[2])) is not None:
        return whole
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


def _whole_message(head: bytes, body: Part, end: Part) -> FetchReply | None:
    begun = _WHOLE.match(head)
    ended = _WHOLE_END.match(end) if begun is not None and isinstance(body, Body) and isinstance(end, bytes) else None
    if begun is None or ended is None:
        return None
    assert isinstance(body, Body)
    seq, uid, flags, arrived, modseq = begun.groups()
    return FetchReply(
        int(seq),
        _uid(uid),
        parse_flags(flags),
        _modseq(modseq or ended[1] or b"0"),
        internaldate=parse_internaldate(arrived),
        body=body.value,
    )


def _uid(digits: bytes) -> int:
    uid = int(digits)
    if not 0 < uid <= MAX_UID:
        raise RemoteProtocolError(f"the server names a message {uid}, which can't be a UID", "the connection is closed")
    return uid


def _modseq(digits: bytes) -> int:
    modseq = int(digits)
    return modseq if modseq <= MAX_MODSEQ else 0


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
    if kind == b"EXISTS" and number <= MAX_UID:
        return Exists(number)
    if kind == b"RECENT":
        return Recent(number)
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
        case b"FLAGS":
            return Defined(tuple(rest.decode("utf-8", "replace").strip("() ").split()))
        case b"ID":
            return _identity(parts)
        case b"NAMESPACE":
            return _namespaces(parts)
    return Other(head[:200])


def _numbers(rest: bytes) -> tuple[tuple[int, int], ...]:
    words = rest.partition(b"(")[0].split()  # `(MODSEQ n)` may follow
    if not all(map(bytes.isdigit, words)) or len(max(words, key=len, default=b"")) > 10:
        raise RemoteProtocolError("the server sent a SEARCH answer that is no list of numbers")
    numbers = set(map(int, words))
    if numbers and (min(numbers) < 1 or max(numbers) > MAX_UID):
        raise RemoteProtocolError("the server sent a SEARCH answer with an impossible number")
    return tuple(ranges_of(numbers))


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
        if place and part[:1] not in _AFTER_LITERAL:
            raise RemoteProtocolError("the server sent more bytes than it had announced", "the connection is closed")
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
        if isinstance(key, bytes) and isinstance(value, bytes) and value.isdigit() and len(value) < 20:
            items.append((key.decode("ascii", "replace").upper(), _modseq(value)))
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
    """One item of a FETCH; what is not known or not right is left out."""
    if isinstance(value, list):
        if key == b"FLAGS":
            found["flags"] = parse_flags(b" ".join(item for item in value if isinstance(item, bytes)))
        elif key == b"X-GM-LABELS":
            found["labels"] = tuple(utf7.decode(item) for item in value if isinstance(item, bytes))
        elif key in _ID_LISTS and len(value) == 1 and isinstance(value[0], bytes):
            if key == b"MODSEQ":
                found["modseq"] = _modseq(value[0]) if value[0].isdigit() and len(value[0]) < 20 else 0
            else:
                found[_ID_LISTS[key]] = value[0].decode("ascii", "replace")
    elif key == b"BODY[]" or key.startswith(b"BODY[]<"):
        found["body"] = value.value if isinstance(value, Body) else Held(value) if value is not None else None
    elif not isinstance(value, bytes):
        return
    elif key.startswith(b"BODY[HEADER"):
        found["header"] = value
    elif key == b"INTERNALDATE":
        found["internaldate"] = parse_internaldate(value)
    elif key in (b"UID", b"RFC822.SIZE", b"X-GM-MSGID", b"X-GM-THRID") and value.isdigit() and len(value) < 20:
        if key == b"UID":
            found["uid"] = _uid(value)
        elif key == b"RFC822.SIZE":
            found["size"] = _modseq(value)
        else:
            found["email_id" if key == b"X-GM-MSGID" else "thread_id"] = value.decode("ascii")


_ID_LISTS = {b"MODSEQ": "modseq", b"EMAILID": "email_id", b"THREADID": "thread_id"}


def _identity(parts: Sequence[Part]) -> Identity:
    head = parts[0]
    assert isinstance(head, bytes)
    values = parse_values(parts, 4)
    fields = values[0] if values and isinstance(values[0], list) else []
    return Identity(
        tuple(
            (key.decode("utf-8", "replace").lower(), value.decode("utf-8", "replace"))
            for key, value in zip(fields[::2], fields[1::2], strict=False)
            if isinstance(key, bytes) and isinstance(value, bytes)
        )
    )


def _namespaces(parts: Sequence[Part]) -> Namespaces:
    values = parse_values(parts, 11)

    def kind(place: int) -> tuple[tuple[bytes, str | None], ...]:
        found = values[place] if place < len(values) else None
        entries = [entry for entry in found if isinstance(entry, list)] if isinstance(found, list) else []
        return tuple(
            (entry[0], entry[1].decode("utf-8", "replace") if isinstance(entry[1], bytes) else None)
            for entry in entries
            if len(entry) >= 2 and isinstance(entry[0], bytes)
        )

    return Namespaces(kind(0), kind(1), kind(2))


def parse_internaldate(raw: bytes) -> int | None:
    """Seconds since 1970 UTC; None if it is no date."""
    match = _DATE.match(raw)
    if match is None or match[2].lower() not in _MONTHS:
        return None
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = match.groups()
    days = _days(int(day), _MONTHS[month.lower()], int(year))
    offset = int(zone_hours) * 60 + int(zone_minutes)
    if days is None or int(hour) > 23 or int(minute) > 59 or offset >= 24 * 60:
        return None
    seconds = days * 86_400 + int(hour) * 3600 + int(minute) * 60 + min(int(second), 59)
    return seconds + offset * 60 if sign == b"-" else seconds - offset * 60


@lru_cache(maxsize=4096)
def _days(day: int, month: int, year: int) -> int | None:
    """Days since 1970; None: there is no such day."""
    try:
        return date(year, month, day).toordinal() - _EPOCH
    except ValueError:
        return None


def mailbox_name(raw: bytes, *, utf8: bool) -> str:
    """The Unicode name of a mailbox as it came over the wire."""
    name = utf7.decode_utf8(raw) if utf8 else utf7.decode(raw)
    return "INBOX" if name.upper() == "INBOX" else name
