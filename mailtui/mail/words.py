"""Encoded-words in header text (RFC 2047), read the way mail is really written: broken padding, unknown charsets,
words inside quotes, characters cut in two between words. Linear in the length of the header."""

from __future__ import annotations

import re
from binascii import Error as BinasciiError
from binascii import a2b_base64, a2b_qp

from mailtui.mail.charsets import codec_name, decode_bytes, decode_header

# The payload may hold a few stray question marks; a fixed number of them, so that hostile input stays linear.
_WORD = re.compile(r"=\?([^?\s]{1,75})\?([bBqQ])\?([^?]*(?:\?(?!=)[^?]*){0,4})\?=")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_BREAKS = re.compile(r"[\r\n]+")


def loose_base64(data: bytes) -> bytes:
    """Base64 with foreign characters and missing padding forgiven."""
    try:
        return a2b_base64(data)
    except BinasciiError:
        pass
    clean = _NOT_BASE64.sub(b"", data)
    if len(clean) % 4 == 1:
        clean = clean[:-1]
    return a2b_base64(clean + b"=" * (-len(clean) % 4))


def _payload(charset: str, encoding: str, payload: str) -> bytes:
    """The bytes of one word. Raw 8-bit characters in it, already guessed, go back into its own charset."""
    codec = "ascii" if payload.isascii() else codec_name(charset) or "utf-8"
    data = payload.encode(codec, "replace")
    if encoding in "bB":
        return loose_base64(data)
    return a2b_qp(data, header=True)


def decode_words(text: str) -> str:
    """Decode all encoded-words in `text`; NUL, CR and LF that they smuggle in are taken out."""
    if "=?" not in text:
        return text
    out: list[str] = []
    charset = ""
    held: list[bytes] = []
    position = 0
    for match in _WORD.finditer(text):
        gap = text[position : match.start()]
        label = match[1].partition("*")[0].lower()
        if held and (label != charset or not _blank(gap)):
            out.append(decode_bytes(b"".join(held), charset))
            held.clear()
            if not _blank(gap):
                out.append(gap)
        elif not held:
            out.append(gap)
        charset = label
        held.append(_payload(label, match[2], match[3]))
        position = match.end()
    if held:
        out.append(decode_bytes(b"".join(held), charset))
    out.append(text[position:])
    return without_breaks("".join(out))


def without_breaks(text: str) -> str:
    """Line breaks as blanks, NUL gone: the text can't end a header or a C string any more."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    return _BREAKS.sub(" ", text) if "\n" in text or "\r" in text else text


def _blank(gap: str) -> bool:
    return not gap or gap.isspace()


def decode_text(raw: bytes, hint: str = "") -> str:
    """Decoded text of an unstructured header value (Subject, ...): 8-bit guessed, unfolded, without NUL, CR and LF.

    `hint` is the charset that the message declares for its body."""
    return without_breaks(decode_words(decode_header(raw, hint))).strip()
