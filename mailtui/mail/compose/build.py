"""A letter as the bytes that go out (RFC 5322, 2045 to 2047, 2183, 3676): CRLF, no line longer than 998 octets, 7 bit
wherever the content allows it, so that every server takes it."""

from __future__ import annotations

import base64
import hashlib
import re
from binascii import b2a_qp
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mailtui.mail.compose.flowed import flow
from mailtui.mail.compose.header import (
    ComposeError,
    address_field,
    checked,
    id_field,
    parametrised,
    text_field,
)
from mailtui.mail.parse import parse_message
from mailtui.model.mail import Address

LINE = 998
"""Octets of a line at most (RFC 5322 section 2.1.1)."""
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")
_NAME = re.compile(r"[A-Za-z0-9-]+")


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes along. `type`: its content type; `data`: its bytes."""

    name: str
    type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything that becomes a message. Texts as typed; `date` with a time zone; ids without angle brackets."""

    sender: Address
    date: datetime
    message_id: str
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    subject: str = ""
    text: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    flowed: bool = True
    """Whoever reads it may wrap it anew (RFC 3676)."""
    markdown: bool = False
    """The text is Markdown: an HTML version of it goes along (RFC 2046 section 5.1.4)."""
    extra: tuple[tuple[str, str], ...] = ()
    """Further header fields."""


def build(letter: Letter) -> bytes:
    """The whole message, Bcc included. Raises ComposeError."""
    head = [
        b"Date: " + date_text(letter.date).encode() + b"\r\n",
        address_field("From", (letter.sender,)),
        *(address_field(name, found) for name, found in _people(letter) if found),
        text_field("Subject", letter.subject),
        id_field("Message-ID", (letter.message_id,)),
        *(id_field(name, ids) for name, ids in _ids(letter) if ids),
        *(_extra(name, value) for name, value in letter.extra),
        b"MIME-Version: 1.0\r\n",
    ]
    parts = [_text(letter), *(_file(file) for file in letter.files)]
    return b"".join(head) + (_multipart("mixed", parts, letter.message_id) if letter.files else parts[0])


def _people(letter: Letter) -> tuple[tuple[str, tuple[Address, ...]], ...]:
    return ("Reply-To", letter.reply_to), ("To", letter.to), ("Cc", letter.cc), ("Bcc", letter.bcc)


def _ids(letter: Letter) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return ("In-Reply-To", letter.in_reply_to), ("References", letter.references)


def _extra(name: str, value: str) -> bytes:
    if not _NAME.fullmatch(name):
        raise ComposeError(f"{name!r} is no name of a header field")
    return text_field(name, value)


def date_text(date: datetime) -> str:
    """RFC 5322 section 3.3."""
    offset = date.utcoffset()
    if offset is None:
        raise ComposeError("a date without a time zone")
    minutes = round(offset.total_seconds() / 60)
    sign, minutes = ("-", -minutes) if minutes < 0 else ("+", minutes)
    day = f"{_DAYS[date.weekday()]}, {date.day} {_MONTHS[date.month - 1]} {date.year:04}"
    return f"{day} {date:%H:%M:%S} {sign}{minutes // 60:02}{minutes % 60:02}"


# -- parts: each is its own header, an empty line, and a body that ends with CRLF


def _text(letter: Letter) -> bytes:
    text = letter.text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"
    text = "".join(char for char in text if char >= " " or char in "\n\t")
    plain = _plain(text, flowed=letter.flowed and not letter.markdown)
    if not letter.markdown:
        return plain
    html = _leaf("text/html", (("charset", "utf-8"),), _html(text).encode())
    return _multipart("alternative", [plain, html], f"{letter.message_id} alternative")


def _plain(text: str, *, flowed: bool) -> bytes:
    if flowed:
        text = flow(text)
    else:
        text = "\n".join(line if line == "-- " else line.rstrip(" \t") for line in text.split("\n"))
    parameters = [("charset", "us-ascii" if text.isascii() else "utf-8")]
    return _leaf("text/plain", (*parameters, *((("format", "flowed"),) if flowed else ())), text.encode())


def _leaf(kind: str, parameters: Sequence[tuple[str, str]], data: bytes) -> bytes:
    """A text in the plainest encoding that keeps it."""
    data = data.replace(b"\n", b"\r\n")
    lines = data.split(b"\r\n")
    fits = max(map(len, lines)) <= LINE and not any(line.startswith(b"From ") or line == b"." for line in lines)
    if data.isascii() and fits:
        encoding, body = b"7bit", data
    elif sum(byte > 126 for byte in data[:50_000]) * 4 > min(len(data), 50_000):
        encoding, body = b"base64", _base64(data)
    else:
        encoding = b"quoted-printable"
        body = b2a_qp(data.replace(b"\r\n", b"\n"), istext=True).replace(b"\n", b"\r\n")
        body = re.sub(rb"(?m)^(From |\.\r$)", lambda found: b"=%02X%s" % (found[0][0], found[0][1:]), body)
    return _part(parametrised("Content-Type", kind, parameters), encoding, body)


def _part(kind: bytes, encoding: bytes, body: bytes, more: bytes = b"") -> bytes:
    return kind + b"Content-Transfer-Encoding: " + encoding + b"\r\n" + more + b"\r\n" + body


def _base64(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def _file(file: File) -> bytes:
    """Byte for byte: base64, but for messages, which may not be encoded (RFC 2046 section 5.2.1)."""
    kind = file.type.lower().partition(";")[0].strip()
    if not _TYPE.fullmatch(kind) or kind.startswith("multipart/"):
        kind = "application/octet-stream"
    disposition = parametrised("Content-Disposition", "attachment", (("filename", file.name),))
    if kind == "message/rfc822":
        data = re.sub(rb"\r(?!\n)|(?<!\r)\n", b"\r\n", file.data)
        data += b"" if data.endswith(b"\r\n") else b"\r\n"
        if max(map(len, data.split(b"\r\n"))) <= LINE and b"\0" not in data:
            return _part(b"Content-Type: message/rfc822\r\n", b"7bit" if data.isascii() else b"8bit", data, disposition)
        kind = "application/octet-stream"
    named = (("name", file.name),) if file.name.isascii() else ()
    return _part(parametrised("Content-Type", kind, named), b"base64", _base64(file.data) or b"\r\n", disposition)


def _multipart(kind: str, parts: Sequence[bytes], seed: str) -> bytes:
    boundary = _boundary(parts, seed)
    line = b"--" + boundary
    head = parametrised("Content-Type", f"multipart/{kind}", (("boundary", boundary.decode()),)) + b"\r\n"
    return head + b"".join(line + b"\r\n" + part for part in parts) + line + b"--\r\n"


def _boundary(parts: Sequence[bytes], seed: str) -> bytes:
    """A line that no part holds: made of what they hold, and looked for."""
    for number in range(1000):
        made = hashlib.blake2b(f"{seed} {number} {len(parts)}".encode(), digest_size=12).hexdigest()
        boundary = f"=_{made}".encode()  # `=_` is in no base64 and no quoted-printable text
        if not any(boundary in part for part in parts):
            return boundary
    raise ComposeError("no boundary was found for its parts")


def _html(text: str) -> str:
    """Markdown as HTML; tags in it stay text. `markdown_it` comes with Textual."""
    from markdown_it import MarkdownIt

    body = MarkdownIt("js-default", {"html": False, "linkify": False, "breaks": True}).render(text)
    return f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body>\n{body}</body></html>\n'


def blind(raw: bytes) -> tuple[Address, ...]:
    """Addresses in the Bcc field of a message that was built."""
    return parse_message(raw).envelope.bcc


__all__ = ["ComposeError", "File", "Letter", "blind", "build", "checked", "date_text"]
