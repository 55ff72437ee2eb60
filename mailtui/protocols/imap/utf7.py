"""Mailbox names on the wire: modified UTF-7 (RFC 3501 section 5.1.3), and raw UTF-8 where it is switched on (RFC 6855).

Servers do send names that are neither. What can't be read is kept as private-use characters U+F701..U+F7FF, one per
byte, so that every name is text that can be stored and goes back to the server exactly as it came:
`encode(decode(raw)) == raw` for every `raw` without NUL.
"""

from __future__ import annotations

import base64
import binascii
import re

_CODED = re.compile(rb"&([A-Za-z0-9+,]*)-")
_SPECIAL = re.compile(r"[^\x20-\x7e]+|&")
_PRINTABLE = re.compile(rb"[\x20-\x7e]*")
_PRIVATE = 0xF700
_RAW = re.compile("[\uf700-\uf7ff]")
_MARK = "\uf700"
"""Ends a name that was sent as UTF-8 by a server that did not say so; stands for no byte."""
_ESCAPED = re.compile("[\x01-\x1f\x7f\udc80-\udcff\uf700-\uf7ff]")


def encode(name: str) -> bytes:
    """Unicode to modified UTF-7; names with bytes that `decode` had to keep go back as those bytes."""
    if _RAW.search(name):
        return encode_utf8(name)
    return _SPECIAL.sub(_coded, name).encode("ascii")


def encode_utf8(name: str) -> bytes:
    """Unicode to raw UTF-8; kept bytes are put back."""
    return b"".join(
        b""
        if piece == _MARK
        else bytes([ord(piece) - _PRIVATE])
        if _RAW.match(piece)
        else piece.encode("utf-8", "replace")
        for piece in re.split("([\uf700-\uf7ff])", name)
    )


def decode(raw: bytes) -> str:
    """Modified UTF-7 to Unicode, one to one."""
    if not _PRINTABLE.fullmatch(raw):
        name = decode_utf8(raw)
        return name if _RAW.search(name) else name + _MARK
    if b"&" not in raw:
        return raw.decode("ascii")
    pieces: list[str] = []
    position = 0
    for match in _CODED.finditer(raw):
        pieces.append(raw[position : match.start()].decode("ascii"))
        pieces.append(_decoded(match))
        position = match.end()
    pieces.append(raw[position:].decode("ascii"))
    name = "".join(pieces)
    if _RAW.search(name) is None and encode(name) == raw:
        return name
    # Not the one right way to write it: its ampersands are kept as bytes, so that no other name can look the same.
    return raw.decode("ascii").replace("&", chr(_PRIVATE + ord("&")))


def decode_utf8(raw: bytes) -> str:
    """Raw UTF-8 to Unicode, one to one. Control characters are kept as bytes too."""
    return _ESCAPED.sub(_kept, raw.decode("utf-8", "surrogateescape"))


def _kept(match: re.Match[str]) -> str:
    return "".join(chr(_PRIVATE + byte) for byte in match[0].encode("utf-8", "surrogateescape"))


def _coded(match: re.Match[str]) -> str:
    text = match[0]
    if text == "&":
        return "&-"
    raw = text.encode("utf-16-be", "surrogatepass")
    return "&" + base64.b64encode(raw).decode("ascii").rstrip("=").replace("/", ",") + "-"


def _decoded(match: re.Match[bytes]) -> str:
    coded = match[1]
    if not coded:
        return "&"
    try:
        data = base64.b64decode(coded.replace(b",", b"/") + b"=" * (-len(coded) % 4), validate=True)
        return data.decode("utf-16-be")
    except (binascii.Error, UnicodeDecodeError):
        return match[0].decode("ascii")
