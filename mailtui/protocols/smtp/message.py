"""A message as it goes over the wire: without Bcc, every line ended by CRLF, dots doubled (RFC 5321 section 4.5.2).

Pure. Everything else stays as it is, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

CHUNK = 1 << 18
"""Bytes written at once."""
_LONE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_HIDDEN = re.compile(rb"(?im)^(?:resent-)?bcc[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*")


@dataclass(frozen=True, slots=True)
class Wired:
    """`data` ends with CRLF and lacks the final dot only; `size`: bytes before the dots were doubled (RFC 1870)."""

    data: bytes
    size: int
    eight_bit: bool
    """8BITMIME is needed (RFC 6152)."""
    international: bool
    """The header itself holds non-ASCII: SMTPUTF8 is needed (RFC 6531)."""

    def chunks(self) -> Iterator[memoryview]:
        view = memoryview(self.data)
        for start in range(0, len(view), CHUNK):
            yield view[start : start + CHUNK]


def wire(raw: bytes) -> Wired:
    """Costs a few passes over the bytes: call it off the event loop for a large message."""
    if raw.count(b"\n") != raw.count(b"\r\n") or raw.count(b"\r") != raw.count(b"\r\n"):
        raw = _LONE.sub(b"\r\n", raw)
    if not raw.endswith(b"\r\n"):
        raw += b"\r\n"
    head, body = _split(raw)
    head = _HIDDEN.sub(b"", head)
    data = head + body
    stuffed = data.replace(b"\r\n.", b"\r\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    return Wired(stuffed, len(data), not data.isascii(), not head.isascii())


def _split(raw: bytes) -> tuple[bytes, bytes]:
    """Header fields with their last CRLF, and the rest from the empty line on."""
    if raw.startswith(b"\r\n"):
        return b"", raw
    end = raw.find(b"\r\n\r\n")
    return (raw, b"") if end < 0 else (raw[: end + 2], raw[end + 2 :])
