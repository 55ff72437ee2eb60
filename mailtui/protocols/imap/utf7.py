"""Mailbox names on the wire: modified UTF-7 (RFC 3501 section 5.1.3)."""

from __future__ import annotations

import base64
import binascii
import re

_CODED = re.compile(rb"&([A-Za-z0-9+,]*)-")
_PLAIN = re.compile(r"[^\x20-\x7e]+|&")


def encode(name: str) -> bytes:
    """Unicode to modified UTF-7. Lone surrogates become U+FFFD."""

    def coded(match: re.Match[str]) -> str:
        text = match[0]
        if text == "&":
            return "&-"
        raw = text.encode("utf-16-be", "replace" if any("\ud800" <= c <= "\udfff" for c in text) else "strict")
        return "&" + base64.b64encode(raw).decode("ascii").rstrip("=").replace("/", ",") + "-"

    return _PLAIN.sub(coded, name).encode("ascii")


def decode(raw: bytes) -> str:
    """Modified UTF-7 to Unicode. What is not valid is kept as it stands, so that no name is ever lost or shared:
    servers do send raw UTF-8 or half-broken names."""
    if b"&" not in raw and raw.isascii():
        return raw.decode("ascii")
    pieces: list[str] = []
    position = 0
    for match in _CODED.finditer(raw):
        pieces.append(raw[position : match.start()].decode("utf-8", "surrogateescape"))
        pieces.append(_decoded(match))
        position = match.end()
    pieces.append(raw[position:].decode("utf-8", "surrogateescape"))
    name = "".join(pieces)
    return name if not raw.isascii() or encode(name) == raw else raw.decode("ascii")


def _decoded(match: re.Match[bytes]) -> str:
    coded = match[1]
    if not coded:
        return "&"
    try:
        data = base64.b64decode(coded.replace(b",", b"/") + b"=" * (-len(coded) % 4), validate=True)
        return data.decode("utf-16-be")
    except (binascii.Error, UnicodeDecodeError):
        return match[0].decode("ascii")
