"""Transfer encodings done (RFC 2045 section 6): bodies that every server passes on unharmed, and foreign parts brought
to 7 bits and lines that may be sent."""

from __future__ import annotations

import contextlib
import re
from binascii import b2a_base64, b2a_qp
from collections.abc import Collection

from mailtui.mail.addresses import parse_addresses
from mailtui.mail.compose.header import ComposeError, address_field, text_field
from mailtui.mail.fields import header_bounds, normal_block
from mailtui.mail.structure import Part, read_structure
from mailtui.mail.words import decode_text

LONGEST = 998
"""Octets of a line at most (RFC 5322 section 2.1.1)."""
_LINE = 76
_DEEPEST = 10
_LONG = re.compile(rb"[^\r\n]{%d}" % (LONGEST + 1))
_NEEDS = re.compile(rb"[^\t\n\r -~]")
_FROM = re.compile(rb"^From |^\.\r?$", re.MULTILINE)
_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_ENCODING = re.compile(rb"(?i)^content-transfer-encoding[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*", re.MULTILINE)
_PEOPLE = frozenset(
    b"from to cc bcc sender reply-to resent-from resent-to resent-cc resent-bcc resent-sender mail-followup-to".split()
)
_CODED = frozenset(("base64", "quoted-printable"))


def base64_lines(data: bytes) -> bytes:
    """Base64 in lines of 76 letters that end with CRLF."""
    coded = b2a_base64(data, newline=False)
    lines = [coded[place : place + _LINE] for place in range(0, len(coded), _LINE)]
    return b"\r\n".join([*lines, b""])


def printable_lines(data: bytes) -> bytes:
    """Quoted-printable of a text with CRLF line ends; a `From ` or a dot at the start of a line is coded too."""
    coded = b2a_qp(data.replace(b"\r\n", b"\n"), istext=True).replace(b"\n", b"\r\n")
    return _FROM.sub(lambda found: b"=%02X" % found[0][0] + found[0][1:], coded)


def crlf(data: bytes) -> bytes:
    """Every line end as CRLF."""
    return _BARE.sub(b"\r\n", data) if _BARE.search(data) else data


def is_clean(data: bytes) -> bool:
    """Whether the bytes may be sent as 7bit: ASCII without NUL, CRLF only, no line beyond 998."""
    return not (_NEEDS.search(data) or _LONG.search(data) or _BARE.search(data))


def encode_text(text: str) -> tuple[bytes, bytes]:
    """(transfer encoding, body with CRLF) of a text with \\n line ends: as it is where that is safe, else whichever of
    quoted-printable and base64 is shorter."""
    raw = text.encode("utf-8", "replace").replace(b"\n", b"\r\n")
    if is_clean(raw) and not _FROM.search(raw):
        return b"7bit", raw
    coded = printable_lines(raw)
    if len(coded) * 3 <= len(raw) * 4 + 300:
        return b"quoted-printable", coded
    return b"base64", base64_lines(raw)


def clean_entity(raw: bytes, level: int = 0) -> bytes:
    """A MIME entity (header, blank line, body) that may be sent as 7bit: what is in the way is coded, all else stays
    byte for byte. `level`: messages around it. Never raises."""
    if is_clean(raw):
        return raw
    raw = crlf(raw)
    if is_clean(raw):
        return raw
    root = read_structure(raw).root
    out: list[bytes] = []
    _write(raw, root, out, len(raw), level)
    return b"".join(out)


def _write(raw: bytes, part: Part, out: list[bytes], end: int, level: int) -> None:
    """The part's bytes up to `end`, the leaves below it mended."""
    if not part.children:
        out += _leaf(raw[part.start : part.body], raw[part.body : end], part, level)
        return
    out.append(_clean_header(raw[part.start : part.body], "7bit" if not _declared(part) else ""))
    position = part.body
    for child in part.children:
        out.append(_plain(raw[position : child.start]))
        _write(raw, child, out, child.end, level)
        position = child.end
    out.append(_plain(raw[position:end]))


def _leaf(header: bytes, body: bytes, part: Part, level: int) -> tuple[bytes, ...]:
    if is_clean(body):
        return _clean_header(header, "" if _declared(part) else "7bit"), body
    if part.encoding in _CODED:
        return _clean_header(header, ""), _unbroken(body)
    if part.type.startswith("message/"):  # these can't be coded themselves (RFC 2046 section 5.2.1)
        inner = clean_entity(body, level + 1) if level < _DEEPEST else _unbroken(body)
        return _clean_header(header, "7bit"), inner
    if part.type.startswith("text/") and b"\x00" not in body:
        coded = printable_lines(body)
        return _clean_header(header, "quoted-printable"), coded
    return _clean_header(header, "base64"), base64_lines(body)


def _declared(part: Part) -> bool:
    """Whether the part says nothing that would be wrong for 7-bit bytes."""
    return part.encoding in ("", "7bit") or part.encoding in _CODED


def _plain(gap: bytes) -> bytes:
    """Between the parts: boundaries, and a preamble that nobody reads."""
    return gap if is_clean(gap) else _unbroken(_NEEDS.sub(b"?", gap))


def _unbroken(body: bytes) -> bytes:
    """No line beyond 998, whatever it was."""
    body = _NEEDS.sub(b"", body)
    return re.sub(rb"([^\r\n]{900})(?=[^\r\n])", rb"\1\r\n", body)


def _clean_header(block: bytes, encoding: str) -> bytes:
    """A header block (with the blank line behind it) in ASCII and short lines; `encoding` replaces what it said."""
    if encoding:
        block = _ENCODING.sub(b"", block)
    first, end, body = header_bounds(block)
    fields, rest = block[first:end].rstrip(b"\r\n"), block[body:] if body < len(block) else b""
    if fields:
        fields = clean_fields(fields + b"\r\n").rstrip(b"\r\n")
    if encoding:
        fields += (b"\r\n" if fields else b"") + f"Content-Transfer-Encoding: {encoding}".encode()
    return (fields + b"\r\n" if fields else b"") + b"\r\n" + rest


def _clean_field(line: bytes) -> bytes:
    if is_clean(line):
        return line + b"\r\n"
    name, colon, value = line.partition(b":")
    name = name.strip()
    if not colon or not name.isascii() or not re.fullmatch(rb"[!-9;-~]{1,200}", name):
        return b""
    if value.isascii() and not _NEEDS.search(value):
        folded = re.sub(rb"[ \t](?=[^ \t])", lambda found: b"\r\n" + found[0], value)
        if is_clean(folded):
            return name + b":" + folded + b"\r\n"
    shown = name.decode("ascii")
    if name.lower() in _PEOPLE:
        with contextlib.suppress(ComposeError):
            return address_field(shown, parse_addresses(value))
    return text_field(shown, "".join(sign if sign.isprintable() else " " for sign in decode_text(value)))


def clean_fields(block: bytes) -> bytes:
    """Header fields, each ended by CRLF, in ASCII and short lines; those that are so already stay as they are."""
    if is_clean(block):
        return block
    folded = block.rstrip(b"\r\n").replace(b"\r\n ", b"\n ").replace(b"\r\n\t", b"\n\t").split(b"\r\n")
    fields = (one.replace(b"\n", b"\r\n") + b"\r\n" for one in folded if one)
    return b"".join(one if is_clean(one) else _clean_field(normal_block(one[:-2])) for one in fields)


def without_fields(block: bytes, names: Collection[bytes]) -> bytes:
    """The fields of a header block with CRLF, byte for byte, but for those of these names (lower case)."""
    kept: list[bytes] = []
    dropping = False
    for line in block.split(b"\r\n"):
        if line[:1] not in (b" ", b"\t"):
            dropping = line.partition(b":")[0].strip().lower() in names
        if line and not dropping:
            kept.append(line + b"\r\n")
    return b"".join(kept)
