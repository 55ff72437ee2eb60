"""Cuts an mbox (RFC 4155, and the dialects that are about) into messages, however large it is; says what other mail
programs noted in their headers. Bytes in, bytes out.

A line "From ..." begins a message where a blank line (or nothing) is before it, it looks like an envelope line, and
a header field follows. Lines that were escaped with `>` (mboxrd; mboxo reads the same) get one of these taken off. A
Content-Length that leads to the next such line, or to the end, is believed (mboxcl, mboxcl2).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mailtui.mail.dates import parse_date
from mailtui.mail.fields import fields, normal_block
from mailtui.model.mail import Flags

CHUNK = 1 << 20
LENGTH_LIMIT = 1 << 28
"""Bytes; a Content-Length beyond it is not looked for."""
_FROM = b"From "
_DATED = re.compile(rb"From .*\d{1,2}:\d\d.*(?:19|20)\d\d|From .*(?:19|20)\d\d.*\d{1,2}:\d\d")
_BARE = re.compile(rb"From +-?[ \t]*\r?\n?$")
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)
_BLANK = re.compile(rb"\n\r?\n")
_BARE_LF = re.compile(rb"(?<!\r)\n")
_LENGTH = re.compile(rb"\nContent-Length:[ \t]*(\d{1,12})[ \t]*\r?\n", re.IGNORECASE)
HEAD = 1 << 16
"""Bytes of header that are looked through for a Content-Length."""
_LONGEST = 4096
"""Bytes that an envelope line and the name of the field after it may have."""


@dataclass(frozen=True, slots=True)
class MboxMail:
    """One message of an mbox. `start`: offset of its first byte; `raw`: as it was before it got there."""

    start: int
    envelope: bytes
    """The line "From ...", without its end; empty where the file has none."""
    raw: bytes

    @property
    def date(self) -> int | None:
        """When it came, seconds since 1970 UTC: asctime in UTC (RFC 4155), or with a zone."""
        _, _, rest = self.envelope.partition(b" ")
        return parse_date(rest.partition(b" ")[2].strip()) or parse_date(rest.strip())


class _Window:
    """A piece of the file: as much as was asked for, from `base` on."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self.data = bytearray()
        self.base = 0
        self.ended = False

    def reach(self, place: int) -> bool:
        """Whether the file has a byte at this offset of the window."""
        while len(self.data) <= place and not self.ended:
            more = self._read(CHUNK)
            self.ended = not more
            self.data += more
        return len(self.data) > place

    def drop(self, count: int) -> None:
        del self.data[:count]
        self.base += count


def read_mbox(read: Callable[[int], bytes]) -> Iterator[MboxMail]:
    """`read` gives the next bytes, at most so many, b"" at the end. Holds one message at a time (and a chunk).
    Raises ValueError if it is no mbox."""
    window = _Window(read)
    while window.reach(0) and window.data.startswith((b"\r", b"\n")):
        window.drop(1)
    if not window.reach(0):
        return
    if not _begins(window, 0):
        raise ValueError("it does not begin with a line 'From '")
    place = 0
    while window.reach(place):
        end = _end(window, place)
        yield _cut(window, place, end)
        place = end
        if place > CHUNK:
            window.drop(place)
            place = 0


def _begins(window: _Window, place: int) -> bool:
    """Whether a message begins here; what is before it was looked at."""
    window.reach(place + _LONGEST)
    if not window.data.startswith(_FROM, place):
        return False
    end = window.data.find(b"\n", place, place + _LONGEST)
    if end < 0:
        return False
    line, after = bytes(window.data[place : end + 1]), bytes(window.data[end + 1 : place + _LONGEST])
    followed = _FIELD.match(after) is not None or after.startswith((b">From ", _FROM))
    dated = _DATED.match(line) is not None
    if window.base + place == 0:
        return dated or followed
    return (dated and (followed or not after.strip(b"\r\n"))) or (_BARE.match(line) is not None and followed)


def _blank_before(window: _Window, place: int, start: int) -> bool:
    """Whether the line before this one is empty."""
    before = bytes(window.data[max(start, place - 4) : place])
    return before.endswith((b"\n\n", b"\n\r\n"))


def _end(window: _Window, start: int) -> int:
    """Where the message that begins at `start` ends: at the next one, or at the end of the file."""
    told = _told_end(window, start)
    if told is not None:
        return told
    place = start
    while True:
        found = window.data.find(b"\nFrom ", place)
        if found < 0:
            place = max(start, len(window.data) - len(_FROM))
            if not window.reach(len(window.data)):
                return len(window.data)
            continue
        place = found + 1
        if _blank_before(window, place, start) and _begins(window, place):
            return place


def _told_end(window: _Window, start: int) -> int | None:
    """Where Content-Length says that it ends, if something ends there."""
    window.reach(start + HEAD)
    body = _after_head(window.data, start, start + HEAD)
    given = _LENGTH.search(window.data, start, body) if body else None
    if given is None or int(given[1]) > LENGTH_LIMIT:
        return None
    end = body + int(given[1])
    if not window.reach(end - 1):
        return None
    for _ in range(2):  # the line end and the blank line that belong to the mbox
        window.reach(end + 2)
        end += 2 if window.data.startswith(b"\r\n", end) else 1 if window.data.startswith(b"\n", end) else 0
    if not window.reach(end):
        return end
    return end if window.data[end - 1 : end] == b"\n" and _begins(window, end) else None


def _after_head(data: bytearray, start: int, limit: int) -> int:
    """Where the body begins; 0: not within the limit."""
    found = _BLANK.search(data, start, limit)
    return found.end() if found else 0


def _cut(window: _Window, start: int, end: int) -> MboxMail:
    text = bytes(window.data[start:end])
    line, _, raw = text.partition(b"\n")
    if window.reach(end):  # the blank line before the next message belongs to the mbox
        raw = raw[: -2 if raw.endswith(b"\n\r\n") else -1] if raw.endswith((b"\n\n", b"\n\r\n")) else raw
    elif raw.endswith((b"\n\n", b"\n\r\n")):
        raw = raw[: -2 if raw.endswith(b"\r\n") else -1]
    if b">From " in raw and b"\nFrom " not in raw:  # else the writer told the length instead of escaping
        raw = _ESCAPED.sub(rb"\1", raw)
    return MboxMail(window.base + start, line.rstrip(b"\r"), raw)


def wire_form(raw: bytes) -> bytes:
    """With CRLF as line ends (RFC 5322), as a server would send it. A message that has them already is as it is."""
    first = raw.find(b"\n")
    if first < 0 or raw[first - 1 : first] == b"\r":
        return raw
    return _BARE_LF.sub(b"\r\n", raw)


_NOTED = (b"status", b"x-status", b"x-mozilla-status", b"x-keywords", b"x-mozilla-keys", b"x-gmail-labels")
_STATUS = {"R": "\\Seen", "A": "\\Answered", "F": "\\Flagged", "D": "\\Deleted", "T": "\\Draft"}
_MOZILLA = ((0x1, "\\Seen"), (0x2, "\\Answered"), (0x4, "\\Flagged"), (0x1000, "$Forwarded"))
_MOZILLA_EXPUNGED = 0x8


def noted_flags(head: bytes) -> Flags | None:
    """What mail programs noted in the header: flags and keywords. None: deleted there, and only not yet cleaned up."""
    found = fields(normal_block(head), _NOTED)
    names: list[str] = []
    for letter in b"".join((*found.get(b"status", ()), *found.get(b"x-status", ()))).decode("ascii", "replace"):
        names += [_STATUS[letter]] if letter in _STATUS else []
    for value in found.get(b"x-mozilla-status", ())[:1]:
        bits = int(value, 16) if re.fullmatch(rb"\s*[0-9A-Fa-f]{1,8}\s*", value) else 0
        if bits & _MOZILLA_EXPUNGED:
            return None
        names += [name for bit, name in _MOZILLA if bits & bit]
    for value in (*found.get(b"x-keywords", ()), *found.get(b"x-mozilla-keys", ())):
        names += [word for word in value.decode("utf-8", "replace").replace(",", " ").split() if _is_keyword(word)]
    for value in found.get(b"x-gmail-labels", ())[:1]:
        labels = {label.strip() for label in value.decode("utf-8", "replace").split(",")}
        names += ["\\Seen"] if "Unread" not in labels else []
        names += ["\\Flagged"] if "Starred" in labels else []
    return Flags.of(names)


def _is_keyword(word: str) -> bool:
    """An atom of IMAP (RFC 9051 section 9), as every flag must be."""
    return len(word) <= 100 and re.fullmatch(r"[!#$&'+\-./0-9:;<=>?@A-Z^_`a-z|}~]+", word) is not None
