"""Small pieces of the IMAP wire format: number sets, strings, dates, modified UTF-7 (RFC 3501, 5.1.3). No I/O."""

from __future__ import annotations

import base64
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

Ranges: TypeAlias = tuple[tuple[int, int], ...]
"""Inclusive ranges as written; 0 stands for `*`."""

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PLAIN = re.compile(rb"[\x20-\x7e]*")
_SHIFT = re.compile(rb"&([^-]*)-")


def parse_ranges(text: str) -> Ranges:
    """`1:5,9,12:*`. Raises ValueError for anything else."""
    ranges = []
    for piece in text.split(","):
        first, _, last = piece.partition(":")
        ends = [0 if end == "*" else int(end) for end in (first, last or first)]
        ranges.append((ends[0], ends[1]))
    return tuple(ranges)


def bounds(ranges: Ranges, star: int) -> list[tuple[int, int]]:
    """The ranges with `*` filled in and each in ascending order."""
    found = [(low or star, high or star) for low, high in ranges]
    return [(min(pair), max(pair)) for pair in found]


def pick(ranges: Ranges, present: Sequence[int], star: int | None = None) -> list[int]:
    """Those of the ascending numbers `present` that the set names, ascending, each once."""
    if not present and star is None:
        return []
    top = star if star is not None else present[-1]
    chosen: set[int] = set()
    for low, high in bounds(ranges, top):
        chosen.update(present[bisect_left(present, low) : bisect_right(present, high)])
    return sorted(chosen)


def compress(numbers: Iterable[int]) -> str:
    """Ascending numbers as a set: `1:3,7`."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ",".join(str(low) if low == high else f"{low}:{high}" for low, high in spans)


def quote(text: bytes, utf8: bool = False) -> bytes:
    """A quoted string where the bytes allow it, else a literal."""
    plain = _PLAIN.fullmatch(text) is not None or (utf8 and not any(byte in text for byte in b"\r\n\0"))
    if not plain or len(text) > 1000:
        return b"{%d}\r\n%s" % (len(text), text)
    return b'"%s"' % text.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


def nstring(text: bytes | None) -> bytes:
    return b"NIL" if text is None else quote(text)


def literal(data: bytes) -> bytes:
    return b"{%d}\r\n%s" % (len(data), data)


def encode_name(name: str, utf8: bool) -> bytes:
    """A mailbox name as it goes out."""
    return quote(name.encode("utf-8"), utf8=True) if utf8 else quote(encode_utf7(name))


def encode_utf7(name: str) -> bytes:
    out = bytearray()
    run = ""
    for char in [*name, ""]:
        if char and not " " <= char <= "~":
            run += char
            continue
        if run:
            packed = base64.b64encode(run.encode("utf-16-be")).rstrip(b"=").replace(b"/", b",")
            out += b"&" + packed + b"-"
            run = ""
        out += b"&-" if char == "&" else char.encode("ascii")
    return bytes(out)


def decode_utf7(raw: bytes) -> str:
    """Raises ValueError when the name is not modified UTF-7."""
    parts: list[str] = []
    at = 0
    for shift in _SHIFT.finditer(raw):
        parts.append(raw[at : shift.start()].decode("ascii"))
        packed = shift[1].replace(b",", b"/")
        padded = packed + b"=" * (-len(packed) % 4)
        parts.append(base64.b64decode(padded, validate=True).decode("utf-16-be") if packed else "&")
        at = shift.end()
    rest = raw[at:].decode("ascii")
    if "&" in rest:
        raise ValueError("unfinished shift in a mailbox name")
    return "".join(parts) + rest


def format_date(seconds: int) -> bytes:
    """INTERNALDATE, quoted, in UTC."""
    when = datetime.fromtimestamp(seconds, UTC)
    return f'"{when.day:2d}-{MONTHS[when.month - 1]}-{when.year} {when:%H:%M:%S} +0000"'.encode("ascii")


def parse_date_time(text: str) -> int:
    """`" 1-Jul-2026 09:00:00 +0200"` to seconds since 1970. Raises ValueError."""
    found = re.fullmatch(r" ?(\d{1,2})-(\w{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-]\d{4})", text)
    if found is None:
        raise ValueError("not a date-time")
    day, month, year, hour, minute, second, zone = found.groups()
    offset = datetime.strptime(zone, "%z").tzinfo
    parts = (int(year), _month(month), int(day), int(hour), int(minute), int(second))
    return int(datetime(*parts, tzinfo=offset).timestamp())


def parse_day(text: str) -> int:
    """`1-Jul-2026` to the day's ordinal. Raises ValueError."""
    day, month, year = text.split("-")
    return datetime(int(year), _month(month), int(day), tzinfo=UTC).toordinal()


def _month(name: str) -> int:
    return MONTHS.index(name.capitalize()) + 1
