"""A letter as the bytes that go out (RFC 5322, 2045 to 2047, 2183, 3676): CRLF, no line longer than 998 octets, 7 bit
wherever the content allows it, so that every server takes it."""

from __future__ import annotations

import hashlib
import re
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
from mailtui.mail.compose.kinds import is_text
from mailtui.mail.compose.markup import pictures, to_html
from mailtui.mail.compose.transfer import base64_lines, clean_entity, encode_text
from mailtui.mail.parse import parse_message
from mailtui.model.mail import Address

MARKUP, AS_TYPED = "markup", "x-format"
"""Parameters of the text's Content-Type: that it is Markdown, how it will be sent."""
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
    part: bytes = b""
    """Instead of all that: a MIME part of another message as it stands there (header, blank line, body), passed on byte
    for byte unless it could not be sent."""
    inline: bool = False
    """Shown within the text, where the program that reads it can."""
    content_id: str = ""
    """How a Markdown text names a picture: `![](cid:...)`. Without angle brackets."""


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
    as_typed: bool = False
    """To be kept and not sent: the text as it is, not a soft line break more, and no HTML."""


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
    return b"".join(head) + _content(letter)


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


def _content(letter: Letter) -> bytes:
    text = letter.text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"
    text = "".join(char for char in text if char >= " " or char in "\n\t")
    body = _plain(text, letter)
    files = list(letter.files)
    if letter.markdown and not letter.as_typed:
        page = to_html(text)
        wanted = pictures(page)
        shown = [file for file in files if file.inline and file.content_id in wanted]
        files = [file for file in files if file not in shown]
        html = _leaf("text/html", (("charset", "utf-8"),), page)
        if shown:
            html = _multipart("related", [html, *map(_file, shown)], f"{letter.message_id} related")
        body = _multipart("alternative", [body, html], f"{letter.message_id} alternative")
    return _multipart("mixed", [body, *map(_file, files)], letter.message_id) if files else body


def _plain(text: str, letter: Letter) -> bytes:
    more: tuple[tuple[str, str], ...] = ()
    if letter.markdown:
        more = ((MARKUP, "markdown"),)
    elif letter.flowed:
        more = ((AS_TYPED if letter.as_typed else "format", "flowed"),)
    if letter.flowed and not letter.markdown and not letter.as_typed:
        text = flow(text)
    elif not letter.as_typed:
        text = "\n".join(line if line == "-- " else line.rstrip(" \t") for line in text.split("\n"))
    return _leaf("text/plain", (("charset", "us-ascii" if text.isascii() else "utf-8"), *more), text)


def _leaf(kind: str, parameters: Sequence[tuple[str, str]], text: str) -> bytes:
    encoding, body = encode_text(text)
    return _part(parametrised("Content-Type", kind, parameters), encoding, body)


def _part(kind: bytes, encoding: bytes, body: bytes, more: bytes = b"") -> bytes:
    return b"".join((kind, b"Content-Transfer-Encoding: ", encoding, b"\r\n", more, b"\r\n", body))


def _file(file: File) -> bytes:
    """Byte for byte: base64, but for messages, which may not be encoded (RFC 2046 section 5.2.1): what is in the way
    within them is."""
    if file.part:
        part = clean_entity(file.part)
        return part if part.endswith(b"\r\n") else part + b"\r\n"
    kind = file.type.lower().partition(";")[0].strip()
    if not _TYPE.fullmatch(kind) or kind.startswith("multipart/"):
        kind = "application/octet-stream"
    how = "inline" if file.inline else "attachment"
    more = parametrised("Content-Disposition", how, (("filename", file.name),) if file.name else ())
    if file.content_id:
        more += id_field("Content-ID", (file.content_id,))
    if kind == "message/rfc822":
        data = clean_entity(file.data)
        return _part(
            b"Content-Type: message/rfc822\r\n", b"7bit", data + (b"" if data.endswith(b"\r\n") else b"\r\n"), more
        )
    named = [("name", file.name)] if file.name and file.name.isascii() else []
    if kind.startswith("text/") and is_text(file.data, whole=True):
        named.append(("charset", "us-ascii" if file.data.isascii() else "utf-8"))
    return _part(parametrised("Content-Type", kind, named), b"base64", base64_lines(file.data) or b"\r\n", more)


def _multipart(kind: str, parts: Sequence[bytes], seed: str) -> bytes:
    boundary = _boundary(parts, seed)
    line = b"--" + boundary
    head = parametrised("Content-Type", f"multipart/{kind}", (("boundary", boundary.decode()),)) + b"\r\n"
    pieces = [piece for part in parts for piece in (line, b"\r\n", part)]
    return b"".join((head, *pieces, line, b"--\r\n"))


def _boundary(parts: Sequence[bytes], seed: str) -> bytes:
    """A line that no part holds: made of what they hold, and looked for."""
    for number in range(1000):
        made = hashlib.blake2b(f"{seed} {number} {len(parts)}".encode(), digest_size=12).hexdigest()
        boundary = f"=_{made}".encode()  # `=_` is in no base64 and no quoted-printable text
        if not any(boundary in part for part in parts):
            return boundary
    raise ComposeError("no boundary was found for its parts")


def blind(raw: bytes) -> tuple[Address, ...]:
    """Addresses in the Bcc field of a message that was built."""
    return parse_message(raw).envelope.bcc


__all__ = ["ComposeError", "File", "Letter", "blind", "build", "checked", "date_text"]
