"""FETCH: which items were asked for, and their values (RFC 9051 section 6.4.5, RFC 7162). No I/O.

Absent on purpose: part numbers (`BODY[1.2]`), BODY and BODYSTRUCTURE, BINARY; whoever reads here takes whole messages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses

from mailtui.demo.grammar import BadCommand, Scanner
from mailtui.demo.mailboxes import StoredMessage
from mailtui.demo.view import flag_words
from mailtui.demo.wire import format_date, literal, nstring

_MACROS = {
    "ALL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"),
    "FAST": ("FLAGS", "INTERNALDATE", "RFC822.SIZE"),
}
_SIMPLE = frozenset({"UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE", "MODSEQ", "ENVELOPE"})
_OLD = {"RFC822": ("", False), "RFC822.HEADER": ("HEADER", True), "RFC822.TEXT": ("TEXT", False)}
_SECTIONS = frozenset({"", "HEADER", "TEXT", "HEADER.FIELDS", "HEADER.FIELDS.NOT"})


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to fetch. `name` is echoed; body sections have `section`, `fields`, `partial` (offset, length)."""

    name: str
    section: str | None = None
    fields: tuple[bytes, ...] = ()
    partial: tuple[int, int] | None = None
    peek: bool = True


def parse_items(scan: Scanner, modseq: bool) -> list[Item]:
    """The item list of a FETCH command. Raises BadCommand for items this server does not have."""
    items = scan.listing(lambda: _item(scan)) if scan.peek(b"(") else [_item(scan)]
    flat: list[Item] = []
    for item in items:
        flat.extend(Item(name) for name in _MACROS[item.name]) if item.name in _MACROS else flat.append(item)
    if not modseq and any(item.name == "MODSEQ" for item in flat):
        raise BadCommand("MODSEQ is not offered here")
    return flat


def _item(scan: Scanner) -> Item:
    name = scan.section()
    if name in _SIMPLE or name in _MACROS:
        return Item(name)
    if name in _OLD:
        section, peek = _OLD[name]
        return Item(name, section, peek=peek)
    if name not in ("BODY", "BODY.PEEK") or not scan.skip(b"["):
        raise BadCommand(f"FETCH item {name or '?'} is not known here")
    section = scan.section()
    if section not in _SECTIONS:
        raise BadCommand(f"section {section} is not known here")
    fields: tuple[bytes, ...] = ()
    if section.startswith("HEADER.FIELDS"):
        scan.space()
        fields = tuple(scan.listing(scan.astring))
    scan.expect(b"]")
    partial = _partial(scan) if scan.skip(b"<") else None
    words = section if not fields else f"{section} ({' '.join(f.decode('latin-1') for f in fields)})"
    origin = f"<{partial[0]}>" if partial else ""
    return Item(f"BODY[{words}]{origin}", section, fields, partial, peek=name == "BODY.PEEK")


def _partial(scan: Scanner) -> tuple[int, int]:
    offset = scan.number()
    scan.expect(b".")
    length = scan.number()
    scan.expect(b">")
    return offset, length


def render(items: Sequence[Item], message: StoredMessage) -> bytes:
    """The inside of one FETCH response, without its parentheses."""
    return b" ".join(_values(items, message))


def _values(items: Sequence[Item], message: StoredMessage) -> Iterator[bytes]:
    for item in items:
        yield item.name.encode("latin-1") + b" " + _value(item, message)


def _value(item: Item, message: StoredMessage) -> bytes:
    if item.section is not None:
        data = section_bytes(message.raw, item.section, item.fields)
        if item.partial is not None:
            data = data[item.partial[0] : item.partial[0] + item.partial[1]]
        return literal(data)
    match item.name:
        case "UID":
            return b"%d" % message.uid
        case "FLAGS":
            return b"(%s)" % flag_words(message.flags)
        case "INTERNALDATE":
            return format_date(message.internaldate)
        case "RFC822.SIZE":
            return b"%d" % len(message.raw)
        case "MODSEQ":
            return b"(%d)" % message.modseq
    return _envelope(message.raw)


def split_message(raw: bytes) -> tuple[bytes, bytes]:
    """Header block with its blank line, and the rest."""
    if raw.startswith(b"\r\n"):
        return raw[:2], raw[2:]
    end = raw.find(b"\r\n\r\n")
    return (raw, b"") if end < 0 else (raw[: end + 4], raw[end + 4 :])


def section_bytes(raw: bytes, section: str, fields: Sequence[bytes] = ()) -> bytes:
    """The bytes of BODY[section]."""
    if section == "":
        return raw
    head, text = split_message(raw)
    if section == "TEXT":
        return text
    if section == "HEADER":
        return head
    wanted = {field.lower() for field in fields}
    keep = section == "HEADER.FIELDS"
    return b"".join(field for name, field in header_fields(head) if (name in wanted) == keep) + b"\r\n"


def header_fields(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(lower case name, whole field with its folding and CRLF), in order."""
    field: list[bytes] = []
    for line in head.splitlines(keepends=True):
        if line[:1] in (b" ", b"\t") and field:
            field.append(line)
            continue
        if field:
            yield field[0].partition(b":")[0].strip().lower(), b"".join(field)
        field = [line] if line.strip() else []
    if field:
        yield field[0].partition(b":")[0].strip().lower(), b"".join(field)


def _envelope(raw: bytes) -> bytes:
    head = BytesHeaderParser(policy=compat32).parsebytes(split_message(raw)[0])

    def text(name: str) -> bytes | None:
        value = head.get(name)
        return None if value is None else _one_line(str(value))

    def people(name: str) -> bytes:
        found = getaddresses([_one_line(str(value)).decode("latin-1") for value in head.get_all(name, [])])
        return b"(%s)" % b"".join(_address(*pair) for pair in found) if found else b"NIL"

    sender = people("From")
    parts = [nstring(text("Date")), nstring(text("Subject")), sender]
    parts += [people(name) if name in head else sender for name in ("Sender", "Reply-To")]
    parts += [people(name) for name in ("To", "Cc", "Bcc")]
    parts += [nstring(text("In-Reply-To")), nstring(text("Message-ID"))]
    return b"(%s)" % b" ".join(parts)


def _one_line(value: str) -> bytes:
    return " ".join(value.split()).encode("ascii", "replace")


def _address(name: str, addr: str) -> bytes:
    local, _, domain = addr.rpartition("@")
    parts = (name.encode() or None, None, local.encode(), domain.encode())
    return b"(%s)" % b" ".join(nstring(part) for part in parts)
