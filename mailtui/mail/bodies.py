"""Transfer encodings of part bodies (RFC 2045 section 6) undone, forgivingly."""

from __future__ import annotations

import re
from binascii import Error as BinasciiError
from binascii import a2b_qp, a2b_uu

from mailtui.mail.charsets import decode_bytes
from mailtui.mail.structure import Part
from mailtui.mail.words import loose_base64

_SAMPLE = 4096
_FOREIGN = re.compile(rb"[^A-Za-z0-9+/=\s]")
_UU = frozenset(("x-uuencode", "uuencode", "x-uue", "uue"))


def _uudecode(data: bytes) -> bytes:
    out = bytearray()
    inside = False
    for line in data.splitlines():
        if not inside:
            inside = line.startswith(b"begin ")
        elif line.strip() == b"end":
            break
        elif line:
            try:
                out += a2b_uu(line)
            except BinasciiError:
                count = (((line[0] - 32) & 63) * 4 + 5) // 3
                try:
                    out += a2b_uu(line[:count])
                except BinasciiError:
                    continue
    return bytes(out)


def not_base64(data: bytes) -> bool:
    """Whether what calls itself base64 was never coded: more than a tenth of it is no letter of base64."""
    sample = data[:_SAMPLE]
    letters = len(sample) - sum(sample.count(blank) for blank in (b" ", b"\t", b"\r", b"\n"))
    return letters > 0 and len(_FOREIGN.findall(sample)) * 10 > letters


def part_bytes(raw: bytes, part: Part, limit: int | None = None) -> bytes:
    """The decoded body of a part; about `limit` bytes of it if given."""
    end = part.end
    if limit is not None:
        factor = 1 if part.encoding in {"", "7bit", "8bit", "binary"} else 3
        end = min(end, part.body + limit * factor)
    data = raw[part.body : end]
    if part.encoding == "quoted-printable":
        data = a2b_qp(data)
    elif part.encoding == "base64":
        data = data if not_base64(data) else loose_base64(data)
    elif part.encoding in _UU:
        data = _uudecode(data)
    return data if limit is None else data[:limit]


def part_text(raw: bytes, part: Part, limit: int | None = None) -> str:
    """The decoded text of a text part, with \\n as line end. Never raises."""
    text = decode_bytes(part_bytes(raw, part, limit), part.charset)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text
