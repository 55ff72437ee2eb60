"""Transfer encodings undone piece by piece, so that a big attachment needs no second copy of itself in memory."""

from __future__ import annotations

import re
from binascii import Error as BinasciiError
from binascii import a2b_base64, a2b_qp
from collections.abc import Iterator

from mailtui.mail.bodies import not_base64, part_bytes
from mailtui.mail.structure import Part

CHUNK = 196_608
"""Encoded bytes read at once."""
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_PLAIN = frozenset(("", "7bit", "8bit", "binary"))
_MAX_LINE = 1_000_000


def decoded_chunks(raw: bytes, part: Part) -> Iterator[bytes]:
    """The decoded body of a part in pieces of about CHUNK bytes. The same bytes as `part_bytes`. Never raises."""
    if part.encoding == "base64" and not not_base64(raw[part.body : min(part.end, part.body + CHUNK)]):
        yield from _base64(raw, part.body, part.end)
    elif part.encoding == "quoted-printable":
        yield from _quoted(raw, part.body, part.end)
    elif part.encoding in _PLAIN or part.encoding == "base64":
        for start in range(part.body, part.end, CHUNK):
            yield raw[start : min(start + CHUNK, part.end)]
    else:
        yield part_bytes(raw, part)


def _base64(raw: bytes, start: int, end: int) -> Iterator[bytes]:
    """Groups of four letters; what is no letter is left out. A `=` ends a group, and the text, unless more follows."""
    held = b""
    for place in range(start, end, CHUNK):
        window = raw[place : min(place + CHUNK, end)]
        pad = window.find(b"=")
        if pad >= 0:
            rest = raw[place:end]
            yield from _ending(held, rest)
            return
        held += _NOT_BASE64.sub(b"", window)
        whole = len(held) - len(held) % 4
        if whole:
            yield a2b_base64(held[:whole])
            held = held[whole:]
    yield from _ending(held, b"")


def _ending(held: bytes, rest: bytes) -> Iterator[bytes]:
    """From the first `=` on: what is padded in the middle (two texts behind each other) ends there, like `part_bytes`
    has it."""
    data = held + rest
    try:
        decoded = a2b_base64(data)
    except BinasciiError:
        clean = _NOT_BASE64.sub(b"", data)
        if len(clean) % 4 == 1:
            clean = clean[:-1]
        decoded = a2b_base64(clean + b"=" * (-len(clean) % 4))
    if decoded:
        yield decoded


def _quoted(raw: bytes, start: int, end: int) -> Iterator[bytes]:
    """Whole lines at a time: a soft line break must not be torn."""
    place = start
    while place < end:
        stop = min(place + CHUNK, end)
        if stop < end:
            line_end = raw.find(b"\n", stop, min(stop + _MAX_LINE, end))
            stop = line_end + 1 if line_end >= 0 else min(stop + _MAX_LINE, end)
        yield a2b_qp(raw[place:stop])
        place = stop
