"""Address lists (RFC 5322 section 3.4) as they come: groups, comments, routes, unclosed quotes. Linear, bounded."""

from __future__ import annotations

import re

from mailtui.mail.charsets import decode_header
from mailtui.mail.words import decode_words
from mailtui.model.mail import Address

MAX_ADDRESSES = 200
"""Recipients kept of one header."""

_MAX_LENGTH = 65_536
"""Bytes of one header that are looked at: enough for MAX_ADDRESSES long ones."""
_GROUP_WORDS = 64

# One mailbox and nothing odd: nearly all From and most To headers.
_SIMPLE = re.compile(r"""\s*(?:"([^"\\<>]*)"|([^"<>@,;:()\[\]\\]*))\s*<([^<>@\s",;:()]+@[^<>@\s",;:()]+)>\s*\Z""")
_BARE = re.compile(r"""\s*([^<>@\s",;:()\[\]\\]+@[^<>@\s",;:()\[\]\\]+)\s*\Z""")
_ODD = re.compile(r'["();:\[\\]')
# Every alternative matches something and never fails late, so a scan is linear whatever stands there.
_TOKEN = re.compile(
    r'(?P<quoted>"(?:[^"\\]|\\.)*+")'
    r'|(?P<angle><(?:[^<>"]|"[^"<>]*+")*+>)'
    r"|(?P<open>\()"
    r"|(?P<mark>[,;:])"
    r"|(?P<atom>(?:[^\s\"<(,;:\[]|\[[^\]\[<>,\"]*+\])++)"
    r"|(?P<space>\s++)"
    r"|(?P<odd>.)",
    re.DOTALL,
)
_PARENS = re.compile(r"[()\\]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_COMMENT = re.compile(r"\([^()]*\)")
_SPACED_DOT = re.compile(r"(?<=\S)\s+\.(?:\s+(?=\S))?")
_JUNK = re.compile(r"[\x00-\x1f\x7f]+")


def _comment_end(text: str, start: int) -> int:
    """Where the comment that opens at `start` ends (behind its parenthesis); -1 if it never does."""
    depth = 0
    position = start
    while match := _PARENS.search(text, position):
        position = match.end()
        sign = match[0]
        if sign == "\\":
            position += 1
        elif sign == "(":
            depth += 1
        else:
            depth -= 1
            if not depth:
                return position
    return -1


def _clean_name(name: str) -> str:
    name = decode_words(name)
    if not name.isprintable():
        name = _JUNK.sub("", name)
    return name.strip()


def _clean_addr(addr: str) -> str:
    """What stands between the angle brackets, without source route, blanks and controls."""
    if "(" in addr and '"' not in addr:
        addr = _COMMENT.sub("", addr)
    addr = _JUNK.sub("", addr.strip("<> \t"))
    if addr.startswith("@") and ":" in addr:
        addr = addr.rpartition(":")[2]
    return "".join(addr.split()) if '"' not in addr else addr.strip()


class _Collector:
    """Pieces of the mailbox being read, and the mailboxes read so far."""

    def __init__(self) -> None:
        self.found: list[Address] = []
        self.words: list[str] = []
        self.at = False
        self.angle: str | None = None
        self.comment = ""
        self.group: str | None = None
        self.group_start = 0

    def finish(self) -> None:
        """A comma, a semicolon or the end: the pieces make a mailbox."""
        phrase = "".join(self.words).strip()
        if self.angle is not None:
            self.found.append(Address(_clean_name(phrase or self.comment), _clean_addr(self.angle)))
        elif self.at:
            self._finish_bare(phrase)
        elif phrase:
            self.found.append(Address(_clean_name(phrase), ""))
        elif self.comment.strip():
            self.found.append(Address(_clean_name(self.comment), ""))
        self.words.clear()
        self.at = False
        self.angle = None
        self.comment = ""

    def _finish_bare(self, phrase: str) -> None:
        """No angle brackets: the last word with an @ inside is the address, the words before it a name."""
        if " ." in phrase and '"' not in phrase:
            phrase = _SPACED_DOT.sub(".", phrase)
        words = phrase.split() if '"@' not in phrase else [phrase]
        place = next((n for n in range(len(words) - 1, -1, -1) if "@" in words[n].strip("@")), None)
        if place is None:
            self.found.append(Address(_clean_name(self.comment), _clean_addr("".join(words))))
            return
        name = self.comment or " ".join(words[:place] + words[place + 1 :])
        self.found.append(Address(_clean_name(name), _clean_addr(words[place])))

    def colon(self) -> None:
        """The words so far name a group, if they can."""
        phrase = "".join(self.words) if len(self.words) < _GROUP_WORDS else ""
        if self.group is not None or self.at or self.angle is not None or not phrase.strip():
            self.words.append(":")
            return
        self.group = _clean_name(phrase)
        self.group_start = len(self.found)
        self.words.clear()

    def end_group(self) -> None:
        self.finish()
        if self.group and len(self.found) == self.group_start:
            self.found.append(Address(self.group, ""))
        self.group = None

    def quote(self, text: str) -> None:
        self.words.append(_ESCAPED.sub(r"\1", text[1:-1]) if "\\" in text else text[1:-1])


def _slow(text: str) -> tuple[Address, ...]:
    collector = _Collector()
    position, size = 0, len(text)
    comments = True
    quotes = True
    while position < size and len(collector.found) < MAX_ADDRESSES:
        if text[position] == '"' and not quotes:
            position += 1
            continue
        match = _TOKEN.match(text, position)
        assert match is not None
        kind, piece = match.lastgroup, match[0]
        position = match.end()
        if kind == "quoted" and text.startswith("@", position):
            kind = "atom"  # a quoted local part stays as it is written: "a b"@example.org
        if kind == "open":
            end = _comment_end(text, match.start()) if comments else -1
            if end < 0:
                comments = False
                collector.words.append("(")
            else:
                collector.comment = collector.comment or text[match.start() + 1 : end - 1]
                position = end
        elif kind == "odd" and piece == '"':
            quotes = False
        else:
            _take(collector, kind or "", piece)
    if collector.group is not None:
        collector.end_group()
    else:
        collector.finish()
    return tuple(collector.found[:MAX_ADDRESSES])


def _take(collector: _Collector, kind: str, piece: str) -> None:
    if kind == "quoted":
        collector.quote(piece)
    elif kind == "angle":
        if collector.angle is None or "@" not in collector.angle:
            if collector.angle:
                collector.words.append(collector.angle)
            collector.angle = piece[1:-1]
    elif kind == "mark":
        if piece == ",":
            collector.finish()
        elif piece == ";":
            collector.end_group()
        else:
            collector.colon()
    elif kind == "space":
        collector.words.append(" ")
    else:
        collector.at = collector.at or "@" in piece
        collector.words.append(piece)


def parse_addresses(value: bytes, hint: str = "") -> tuple[Address, ...]:
    """The mailboxes of an address header, at most MAX_ADDRESSES. Group names are dropped unless the group is empty
    ("undisclosed-recipients:;"), which gives an Address without addr. Addresses are never decoded, names are:
    an encoded-word can't forge an address. Never raises."""
    text = decode_header(value[:_MAX_LENGTH], hint)
    single = _single(text)
    if single is not None:
        return (single,)
    if not text or text.isspace():
        return ()
    if "," in text and not _ODD.search(text):
        found: list[Address] = []
        for piece in text.split(",", MAX_ADDRESSES)[:MAX_ADDRESSES]:
            address = _single(piece)
            if address is None:
                return _slow(text)
            found.append(address)
        return tuple(found)
    return _slow(text)


def _single(text: str) -> Address | None:
    """The mailbox, if the text is exactly one and nothing odd."""
    match = _SIMPLE.match(text)
    if match:
        name = match[1] if match[1] is not None else match[2]
        return Address(_clean_name(name) if name else "", match[3])
    match = _BARE.match(text)
    return Address("", match[1]) if match else None
