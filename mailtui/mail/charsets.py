"""Bytes and a charset name, as mail gives them, to text. Never raises; wrong labels are guessed around."""

from __future__ import annotations

import re
from functools import lru_cache

_ALIASES = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "cngb": "gb18030",
    "xgbk": "gb18030",
    "big5": "cp950",
    "cnbig5": "cp950",
    "xxbig5": "cp950",
    "ksc56011987": "cp949",
    "ksc5601": "cp949",
    "euckr": "cp949",
    "shiftjis": "cp932",
    "sjis": "cp932",
    "xsjis": "cp932",
    "mskanji": "cp932",
    "xeucjp": "euc_jp",
    "iso2022jp": "iso2022_jp_ext",
    "iso88591": "cp1252",
    "latin1": "cp1252",
    "l1": "cp1252",
    "ansi": "cp1252",
    "iso88598i": "iso8859_8",
    "iso88598e": "iso8859_8",
    "iso88599": "cp1254",
    "iso885911": "cp874",
    "tis620": "cp874",
    "windows874": "cp874",
    "unicode11utf7": "utf_7",
    "utf8mb4": "utf_8",
    "unicode": "utf_16",
    "xmaccyrillic": "mac_cyrillic",
    "macintosh": "mac_roman",
    "xmacroman": "mac_roman",
}
_GUESS = frozenset(("", "usascii", "ascii", "unknown", "xunknown", "unknown8bit", "defaultcharset", "default", "8bit"))
_NO_CHARSET = re.compile(r"idna|punycode|escape|undefined|mbcs|oem|utf7imap|charmap|palmos")
"""Codecs of Python that are no charsets of mail; some take quadratic time."""
_PUNCTUATION = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=256)
def codec_name(charset: str) -> str | None:
    """The Python codec for a charset label; None if it is unknown or says nothing, so that one has to guess."""
    name = charset.strip().strip("\"'").lower()[:60]
    key = _PUNCTUATION.sub("", name)
    if key in _GUESS or _NO_CHARSET.search(name):
        return None
    for codec in (_ALIASES.get(key), name, name.removeprefix("x-"), key):
        if codec:
            try:
                b" ".decode(codec, "replace")
            except (LookupError, ValueError):
                continue
            return codec
    return None


def guess_text(data: bytes) -> str:
    """Text of unlabelled bytes: UTF-8 if it is that, else Windows-1252, of which everything is text."""
    if data.isascii():
        return data.decode("ascii")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def decode_bytes(data: bytes, charset: str = "") -> str:
    """Text of `data` labelled `charset`. ASCII or no label is guessed; what can't be decoded becomes U+FFFD."""
    codec = codec_name(charset)
    if codec is None:
        return guess_text(data).removeprefix("\ufeff")
    try:
        return data.decode(codec).removeprefix("\ufeff")
    except (UnicodeError, ValueError):
        pass
    if codec.startswith(("cp125", "iso8859", "iso-8859")):
        return guess_text(data)
    try:
        return data.decode(codec, "replace").removeprefix("\ufeff")
    except (UnicodeError, ValueError):
        return guess_text(data)


def decode_header(raw: bytes, hint: str = "") -> str:
    """Text of raw header bytes: ASCII, else UTF-8 (RFC 6532), else what the message declares, else Windows-1252."""
    if raw.isascii():
        if b"\x1b" in raw and hint.lower().startswith("iso-2022"):
            return decode_bytes(raw, hint)
        return raw.decode("ascii")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    codec = codec_name(hint) if hint else None
    if codec is not None:
        try:
            return raw.decode(codec)
        except (UnicodeError, ValueError):
            pass
    return guess_text(raw)
