"""What is inside of a message: its attachments listed, shown, saved, opened, piped. Blocking: runs on a thread."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from mailtui.mail.charsets import guess_text
from mailtui.mail.sanitize import cut, safe_line, safe_text
from mailtui.model.errors import FileError
from mailtui.model.ids import PlacementId
from mailtui.model.ports import MailReader
from mailtui.ui.opening import raw_message
from mailtui.view.pieces import Piece, Pieces
from mailtui.view.reader import wrap

if TYPE_CHECKING:
    from mailtui.files.programs import Viewing
    from mailtui.files.saving import Saved
    from mailtui.mail.attachments import Attachment

GONE = "The message is not on this computer any more"
LEAST_WIDTH = 20
MOST_ROWS = 60
"""Lines of a picture."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Lines to be read above the screen; safe texts. `remark`: what the foot says."""

    title: str
    lines: tuple[Pieces, ...]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """One stored message. Every method reads it anew: nothing big is kept while a person thinks."""

    reader: MailReader
    placement: PlacementId

    def raw(self) -> bytes:
        """Its bytes, with the line ends that the part tree counts in. Raises FileError."""
        raw = raw_message(self.reader, self.placement)
        if raw is None:
            raise FileError(GONE)
        return raw if b"\n" in raw else raw.replace(b"\r", b"\n")

    def attachments(self) -> tuple[Attachment, ...]:
        """All that is attached."""
        from mailtui.mail.attachments import find

        return find(self.raw())

    def _one(self, number: int) -> tuple[bytes, Attachment]:
        from mailtui.mail.attachments import find

        raw = self.raw()
        for one in find(raw):
            if one.number == number:
                return raw, one
        raise FileError("The attachment is not there any more")

    def preview(self, number: int, width: int, *, plain: bool = False) -> Sheet:
        """Its inside as lines of `width` cells; `plain`: pictures by ASCII letters."""
        from mailtui.mail.attachments import content
        from mailtui.mail.preview.choose import MAX_BYTES, preview
        from mailtui.mail.render.pictures import is_picture

        raw, one = self._one(number)
        if is_picture(one.type, one.file_name):
            return Sheet(one.name, *_picture(b"".join(content(raw, one)), width, plain))
        data, more = _some(content(raw, one), MAX_BYTES)
        if one.type == "message/rfc822":
            return Sheet(one.name, _message_lines(data, width))
        shown = preview(data, one.type, one.file_name, one.part.charset, max(width, LEAST_WIDTH), more=more)
        lines = tuple(tuple(Piece(span.text, span.style) for span in line) for line in shown.lines)
        return Sheet(one.name, lines, "only its beginning is shown" if shown.cut else "")

    def save(self, numbers: Sequence[int], folder: str) -> list[Saved]:
        """Write attachments (none named: all) to files. Raises FileError."""
        from mailtui.files.saving import save
        from mailtui.mail.attachments import content, find

        raw = self.raw()
        chosen = [one for one in find(raw) if not numbers or one.number in numbers]
        return [save(content(raw, one), folder, one.file_name) for one in chosen]

    def open(self, number: int, viewing: Viewing, opener: Sequence[str]) -> str:
        """Show an attachment with another program; what was done, in words. Raises FileError."""
        from mailtui.files.programs import find_opener, shown_name
        from mailtui.mail.attachments import content

        raw, one = self._one(number)
        program = find_opener(opener, os.environ, one.type)
        viewing.open(viewing.put(content(raw, one), one.file_name).path, program)
        return f"{one.name} was given to {safe_line(shown_name(program))}"

    def browse(self, viewing: Viewing, opener: Sequence[str]) -> str:
        """The message as a local file that loads nothing, shown by the browser. Raises FileError."""
        from mailtui.files.programs import find_opener
        from mailtui.mail.render.browser import browser_page

        program = find_opener(opener, os.environ)
        page = browser_page(self.raw()).encode("utf-8", "replace")
        viewing.open(viewing.put((page,), "message.html").path, program)
        return f"The message was given to {safe_line(os.path.basename(program[0]))}; nothing remote is loaded"

    def pipe(self, number: int | None, command: str, width: int) -> Sheet:
        """What a command says to an attachment, or to the whole message. Raises FileError."""
        from mailtui.files.programs import pipe
        from mailtui.mail.attachments import content

        if number is None:
            chunks: Iterable[bytes] = (self.raw(),)
        else:
            raw, one = self._one(number)
            chunks = content(raw, one)
        found = pipe(command, chunks)
        ended = "" if found.status == 0 else f"it ended with {found.status}"
        remark = ", ".join(word for word in (ended, "only the beginning is shown" if found.cut else "") if word)
        return Sheet(safe_line(command), text_sheet(guess_text(found.data) or "(it printed nothing)", width), remark)

    def unseal(self, width: int) -> Sheet:
        """What gpg says to a signed message, or an encrypted one as text, apart from everything around it. Raises
        FileError."""
        from mailtui.files.gnupg import unseal
        from mailtui.mail.openpgp import find_sealed
        from mailtui.mail.parse import parse_message

        message = parse_message(self.raw())
        sealed = find_sealed(message)
        if sealed is None:
            raise FileError("This message is neither signed nor encrypted with OpenPGP")
        senders = message.envelope.from_
        opened = unseal(sealed, senders[0].addr if len(senders) == 1 else "")
        style = "good" if opened.verdict.good else "warn"
        lines: list[Pieces] = [
            (Piece(line, style),) for one in opened.verdict.sentences for line in wrap(one, width, 6)
        ]
        if sealed.kind == "encrypted" and opened.text:
            lines += [(), *_message_lines(opened.text, width)]
        elif opened.text:
            lines += [(), *text_sheet(guess_text(opened.text), width)]
        return Sheet("Signature" if sealed.kind == "signed" else "OpenPGP", tuple(lines))

    def source(self, width: int) -> Sheet:
        """The message as it is, made safe."""

        raw = self.raw()
        remark = f"only the first {MOST_SOURCE:,} bytes are shown" if len(raw) > MOST_SOURCE else ""
        return Sheet("Source", text_sheet(guess_text(raw[:MOST_SOURCE]), width), remark)


MOST_SOURCE = 2_000_000
"""Bytes of a message whose source is shown."""


def _some(chunks: Iterator[bytes], limit: int) -> tuple[bytes, bool]:
    """At most `limit` bytes, and whether there are more."""
    held = bytearray()
    for chunk in chain(chunks):
        held += chunk
        if len(held) > limit:
            return bytes(held[:limit]), True
    return bytes(held), False


def _picture(data: bytes, width: int, plain: bool) -> tuple[tuple[Pieces, ...], str]:
    """A picture, no wider than `width` cells and not much higher than a screen, and what it is."""
    from mailtui.files.pictures import shrink
    from mailtui.view.picture import in_letters, picture_lines, scaled

    try:
        made = shrink(data, width, MOST_ROWS * 2)
    except FileError as error:
        return ((Piece(error.text, "notice"),), (Piece(error.hint, "dim"),)), ""
    words = f"{made.form}, {made.was[0]} x {made.was[1]} pixels" + (", the first frame" if made.moves else "")
    lines = picture_lines(*scaled(made.pixels, made.width, made.height, made.width))
    return tuple(map(in_letters, lines) if plain else lines), words


def _message_lines(raw: bytes, width: int) -> tuple[Pieces, ...]:
    """A forwarded message: its card and its text."""
    from mailtui.mail.render.reader import render_message

    rendered = render_message(raw, width)
    card: list[Pieces] = [(Piece(f"{name}: ", "dim"), Piece(value)) for name, value in rendered.headers]
    return (*card, (), *(tuple(Piece(span.text, span.style) for span in line) for line in rendered.lines))


def text_sheet(text: str, width: int) -> tuple[Pieces, ...]:
    """Text from outside as lines of at most `width` cells; longer ones go on in the next."""
    lines: list[Pieces] = []
    for line in safe_text(text).rstrip("\n").split("\n"):
        while (place := max(1, cut(line, width))) < len(line):
            lines.append((Piece(line[:place]),))
            line = line[place:]
        lines.append((Piece(line),) if line else ())
    return tuple(lines)


def open_address(viewing: Viewing, url: str, opener: Sequence[str]) -> str:
    """Give a web or mail address to the desktop; what was done, in words. Raises FileError."""
    from mailtui.files.programs import find_opener

    if not url.lower().startswith(("http://", "https://", "mailto:")):
        raise FileError("only web and mail addresses are opened")
    program = find_opener(opener, os.environ)
    viewing.open(url, program)
    return f"{url} was given to {safe_line(os.path.basename(program[0]))}"
