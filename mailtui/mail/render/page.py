"""The text of a message gathered part by part: lines, links, and facts about what is not shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from mailtui.mail.bodies import part_bytes, part_text
from mailtui.mail.headers import decode_text, scan_envelope
from mailtui.mail.packed import without_files
from mailtui.mail.parse import Message, Part, fields_of
from mailtui.mail.preview.calendar import calendar_lines
from mailtui.mail.render.choose import Shown
from mailtui.mail.render.html import html_text
from mailtui.mail.render.lines import Line, Span, wrap
from mailtui.mail.render.links import Links, Misleading
from mailtui.mail.render.pictures import Drawing, PictureInfo, Pictures
from mailtui.mail.render.report import SENTENCES
from mailtui.mail.render.text import is_fold, text_lines, text_links
from mailtui.mail.sanitize import safe_line
from mailtui.mail.trust import Known
from mailtui.model.mail import Address, Envelope

FIRST_TEXT = 400_000
MAX_TEXT = 20_000_000
"""Characters of one part that are shown at first, and at most."""
MAX_CALENDAR = 200_000
MAX_SHOWN_ADDRESSES = 40
MAX_FIELDS = 400
"""Header fields that are shown when all are asked for."""
MAX_FIELD = 4_000


@dataclass(frozen=True, slots=True)
class Options:
    """How a message is to be shown. `quotes_folded` None: only a long quote at the end. `whole`: beyond the first
    FIRST_TEXT characters. `all_headers`: every field as it came, not the few a reader wants."""

    html: bool = False
    quotes_folded: bool | None = False
    whole: bool = False
    all_headers: bool = False
    known: Known = field(default_factory=Known)
    """What is known about the person's own mail, to judge the sender."""
    pictures: Mapping[str, Drawing] = field(default_factory=dict)
    """What is drawn for the pictures, by PictureInfo's `source`; those that are not here are only named."""


class LinkInfo(NamedTuple):
    """A link that may be opened: its number, its address (safe, a foreign host in punycode), and, if its text names
    another host than it leads to, that text and the real host."""

    number: int
    url: str
    says: str = ""
    host: str = ""


def address_text(address: Address) -> str:
    """Name and address, safe; the address always shows."""
    name, addr = safe_line(address.name), safe_line(address.addr)
    return f"{name} <{addr}>" if name and addr else addr or name


def people(addresses: tuple[Address, ...]) -> str:
    """The first MAX_SHOWN_ADDRESSES, and how many more there are."""
    shown = ", ".join([address_text(address) for address in addresses[:MAX_SHOWN_ADDRESSES]])
    rest = len(addresses) - MAX_SHOWN_ADDRESSES
    return f"{shown} and {rest} more" if rest > 0 else shown


def date_text(raw: bytes, start: int) -> str:
    """The Date field of the header block at `start`, as written, safe."""
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
        ("From", people(envelope.from_)),
        ("Sender", people(sender)),
        ("Reply-To", people(reply_to)),
        ("To", people(envelope.to)),
        ("Cc", people(envelope.cc)),
        ("Bcc", people(envelope.bcc)),
        ("Date", date),
        ("Subject", safe_line(envelope.subject)),
    )
    return tuple((name, value) for name, value in rows if value)


def all_rows(raw: bytes, start: int) -> tuple[tuple[str, str], ...]:
    """Every field of a header block in its order, decoded and safe."""
    rows = []
    found = fields_of(raw, start)
    for name, value in found[:MAX_FIELDS]:
        text = safe_line(decode_text(value[:MAX_FIELD]))
        rows.append((safe_line(name[:100].decode("ascii", "replace")), text if len(value) <= MAX_FIELD else f"{text}…"))
    if len(found) > MAX_FIELDS:
        rows.append(("", f"and {len(found) - MAX_FIELDS} more fields"))
    return tuple(rows)


class Page:
    """Lines and facts gathered while the parts come by."""

    def __init__(self, message: Message, width: int, options: Options) -> None:
        self.message = message
        self.width = width
        self.options = options
        self.limit = MAX_TEXT if options.whole else FIRST_TEXT
        self.lines: list[Line] = []
        self.lead: list[Line] = []
        """What stands above the text: what a report means, an invitation."""
        self.notes: list[str] = []
        self.links = Links()
        self.pictures = Pictures(options.pictures)
        self.remote_images = 0
        self.other = ""
        self.cut = False
        self.folded = False
        self._calendars: set[str] = set()

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
        elif piece.kind == "calendar":
            self.calendar(piece.part)
        else:
            self.body(piece)

    def message_head(self, part: Part) -> None:
        """A small header card inside the text."""
        self.gap()
        self.lines.append((Span("─" * self.width, "rule"),))
        raw = self.message.raw
        rows = header_rows(scan_envelope(raw[part.start : part.start + 262_144]), date_text(raw, part.start))
        for name, value in rows:
            self.lines += wrap([Span(f"{name}: ", "dim"), Span(value)], self.width)

    def calendar(self, part: Part) -> None:
        """The card of an invitation; the same one often comes twice."""
        text = part_text(self.message.raw, part, MAX_CALENDAR)
        if text in self._calendars:
            return
        self._calendars.add(text)
        if lines := calendar_lines(text, self.width):
            self.lead += [*([()] if self.lead else []), *lines]

    def body(self, piece: Shown) -> None:
        part = piece.part
        if part.type in SENTENCES:
            self.report(part)
            return
        text = part_text(self.message.raw, part, self.limit * 4)
        if len(text) > self.limit:
            text = text[: self.limit]
            self.left_out(f"only the first {self.limit:,} characters are shown")
        lines = self.html(text) if piece.kind == "html" else self.plain(without_files(text), part)
        if lines:
            self.gap()
            self.lines += lines
        if piece.other:
            self.other = piece.other
            self.note(f"also there as {piece.other}")

    def attached_picture(self, number: int, name: str) -> None:
        """A photo that is attached stands below the text, with its name."""
        source = f"part:{number}"
        self.pictures.found.append(PictureInfo(source, name))
        drawing = self.options.pictures.get(source)
        if drawing is not None and (lines := drawing(self.width, 0)):
            self.gap()
            self.lines += [*lines, (Span(name, "dim"),)]

    def left_out(self, words: str) -> None:
        """Something is not shown; all of it can be, unless that was asked for already."""
        self.cut = self.cut or not self.options.whole
        self.note(words)

    def report(self, part: Part) -> None:
        """Sentences in front of what was written for machines."""
        sentences = SENTENCES[part.type](part_bytes(self.message.raw, part, self.limit))
        for sentence in sentences:
            self.lead += wrap([Span(sentence, "strong")], self.width)
        if not sentences:
            self.gap()
            self.lines += self.plain(part_text(self.message.raw, part, self.limit), part)

    def html(self, text: str) -> list[Line]:
        result = html_text(
            text,
            self.width,
            links=self.links,
            pictures=self.pictures,
            quotes_folded=self.options.quotes_folded,
            whole=self.options.whole,
        )
        self.remote_images += result.remote_images
        self.folded = self.folded or result.folded
        if result.hidden:
            self.note("hidden text not shown")
        if result.forms:
            self.note("form not shown")
        if result.cut:
            self.left_out("the HTML is too big or too deep; not all of it is shown")
        return result.lines

    def plain(self, text: str, part: Part) -> list[Line]:
        flowed = part.params.get("format", "").lower() == "flowed"
        delsp = part.params.get("delsp", "").lower() == "yes"
        self.links.mentioned += text_links(text)
        folded = self.options.quotes_folded
        lines = list(text_lines(text, self.width, flowed=flowed, delsp=delsp, quotes_folded=folded, refill=True))
        self.folded = self.folded or any(is_fold(line) for line in lines)
        while lines and not lines[0]:
            del lines[0]
        return lines

    def all_lines(self) -> tuple[Line, ...]:
        """What was gathered, without blank lines at the end."""
        lines = [*self.lead, (), *self.lines] if self.lead else self.lines
        while lines and not lines[-1]:
            lines.pop()
        return tuple(lines)

    def found_links(self) -> tuple[LinkInfo, ...]:
        """Numbered ones first, as their numbers stand in the text; then those that are only written out."""
        wrong: dict[int, Misleading] = {one.number: one for one in self.links.misleading}
        for url in self.links.mentioned:
            self.links.number(url)
        return tuple(
            LinkInfo(number, url, wrong[number].says, wrong[number].host) if number in wrong else LinkInfo(number, url)
            for url, number in self.links.numbers.items()
        )
