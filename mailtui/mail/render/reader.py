"""A raw message as the reader shows it: header card, lines, attachments, facts about what is not shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from mailtui.mail.attachments import describe
from mailtui.mail.bodies import part_text
from mailtui.mail.headers import decode_text, scan_envelope
from mailtui.mail.parse import Message, Part, fields_of, parse_message
from mailtui.mail.render.choose import Choice, Shown
from mailtui.mail.render.html import html_text
from mailtui.mail.render.lines import Line, Span, wrap
from mailtui.mail.render.text import text_lines
from mailtui.mail.sanitize import safe_line
from mailtui.model.mail import Address, Envelope

__all__ = ["AttachmentInfo", "Line", "Rendered", "Span", "render_message"]

MAX_TEXT = 2_000_000
MAX_SHOWN_ADDRESSES = 40


class AttachmentInfo(NamedTuple):
    """An attachment: `name` safe to show (not yet a safe file name; made up if it has none), MIME type, decoded size
    in bytes (estimated for coded parts), and its number among the parts of the message, from 1."""

    name: str
    type: str
    size: int
    number: int
    danger: str = ""
    """Why it had better not be opened."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """Everything the reader paints; all texts are safe, every line fits the width it was made for."""

    headers: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]
    attachments: tuple[AttachmentInfo, ...]
    notes: tuple[str, ...]


def address_text(address: Address) -> str:
    """Name and address, safe; the address always shows."""
    name, addr = safe_line(address.name), safe_line(address.addr)
    return f"{name} <{addr}>" if name and addr else addr or name


def _people(addresses: tuple[Address, ...]) -> str:
    shown = ", ".join([address_text(address) for address in addresses[:MAX_SHOWN_ADDRESSES]])
    rest = len(addresses) - MAX_SHOWN_ADDRESSES
    return f"{shown} and {rest} more" if rest > 0 else shown


def _date_text(raw: bytes, start: int) -> str:
    for name, value in fields_of(raw, start):
        if name.lower() == b"date":
            return safe_line(decode_text(value[:200]))
    return ""


def header_rows(envelope: Envelope, date: str) -> tuple[tuple[str, str], ...]:
    """The rows of the header card that have something to say."""
    addresses = [address.addr.lower() for address in envelope.from_]
    sender = envelope.sender if [one.addr.lower() for one in envelope.sender] != addresses else ()
    reply_to = envelope.reply_to if [one.addr.lower() for one in envelope.reply_to] != addresses else ()
    rows = (
        ("From", _people(envelope.from_)),
        ("Sender", _people(sender)),
        ("Reply-To", _people(reply_to)),
        ("To", _people(envelope.to)),
        ("Cc", _people(envelope.cc)),
        ("Bcc", _people(envelope.bcc)),
        ("Date", date),
        ("Subject", safe_line(envelope.subject)),
    )
    return tuple((name, value) for name, value in rows if value)


def _count(number: int, one: str, many: str) -> str:
    return f"1 {one}" if number == 1 else f"{number} {many}"


class _Page:
    """Lines and facts gathered while the parts come by."""

    def __init__(self, message: Message, width: int, quotes_folded: bool) -> None:
        self.message = message
        self.width = width
        self.quotes_folded = quotes_folded
        self.lines: list[Line] = []
        self.notes: list[str] = []
        self.remote_images = 0

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def gap(self) -> None:
        if self.lines and self.lines[-1]:
            self.lines.append(())

    def show(self, piece: Shown) -> None:
        if piece.kind == "message":
            self.message_head(piece.part)
        elif piece.kind == "end":
            self.gap()
            self.lines.append((Span("─" * self.width, "rule"),))
        else:
            self.body(piece)

    def message_head(self, part: Part) -> None:
        """A small header card inside the text."""
        self.gap()
        self.lines.append((Span("─" * self.width, "rule"),))
        raw = self.message.raw
        rows = header_rows(scan_envelope(raw[part.start : part.start + 262_144]), _date_text(raw, part.start))
        for name, value in rows:
            self.lines += wrap([Span(f"{name}: ", "dim"), Span(value)], self.width)

    def body(self, piece: Shown) -> None:
        part = piece.part
        text = part_text(self.message.raw, part, MAX_TEXT)
        if len(text) >= MAX_TEXT - 4:
            self.note("the text is longer than 2 MB; its end is not shown")
        lines = self.html(text) if piece.kind == "html" else self.plain(text, part)
        if lines:
            self.gap()
            self.lines += lines
        if piece.other:
            self.note(f"also there as {piece.other}")

    def html(self, text: str) -> list[Line]:
        result = html_text(text, self.width)
        self.remote_images += result.remote_images
        if result.hidden:
            self.note("hidden text not shown")
        if result.forms:
            self.note("form not shown")
        if result.cut:
            self.note("the HTML is too big or too deep; not all of it is shown")
        return result.lines

    def plain(self, text: str, part: Part) -> list[Line]:
        flowed = part.params.get("format", "").lower() == "flowed"
        delsp = part.params.get("delsp", "").lower() == "yes"
        folded = self.quotes_folded
        lines = list(text_lines(text, self.width, flowed=flowed, delsp=delsp, quotes_folded=folded))
        while lines and not lines[0]:
            del lines[0]
        return lines


def _facts(page: _Page, message: Message, types: Iterable[str]) -> None:
    kinds = set(types)
    if page.remote_images:
        page.note(_count(page.remote_images, "remote image not loaded", "remote images not loaded"))
    if message.cut:
        page.note("the message has too many or too deeply nested parts; not all of them are shown")
    if "multipart/encrypted" in kinds or "application/pkcs7-mime" in kinds:
        page.note("encrypted or sealed; not decrypted")
    if "multipart/signed" in kinds:
        page.note("signed; the signature was not checked")
    if "message/external-body" in kinds:
        page.note("refers to a text elsewhere, which was not fetched")
    envelope = message.envelope
    if len(envelope.from_) > 1:
        page.note(f"names {len(envelope.from_)} senders")
    for address in envelope.from_:
        if "@" in address.name and address.addr.lower() not in address.name.lower():
            page.note(f"the sender's name looks like an address, but the mail is from {safe_line(address.addr)}")


def render_message(raw: bytes, width: int, *, html: bool = False, quotes_folded: bool = False) -> Rendered:
    """A raw message for a reader of `width` cells (at least 2). Plain text is preferred unless `html` is set or it
    only says that there is HTML. Never raises, fetches nothing."""
    width = max(width, 2)
    message = parse_message(raw)
    page = _Page(message, width, quotes_folded)
    choice = Choice(message, html)
    for piece in choice.pieces():
        page.show(piece)
    while page.lines and not page.lines[-1]:
        page.lines.pop()
    _facts(page, message, choice.types)
    headers = header_rows(message.envelope, _date_text(message.raw, message.root.start))
    attachments = tuple(
        AttachmentInfo(one.name, one.type, one.size, one.number, "; ".join(one.dangers))
        for one in (describe(message.raw, attached.part, attached.number) for attached in choice.attached)
    )
    return Rendered(headers, tuple(page.lines), attachments, tuple(page.notes))
