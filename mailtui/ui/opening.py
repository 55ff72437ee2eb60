"""Opening a message: from the maildir to lines. Blocking, so it runs on a thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mailtui.mail.sanitize import safe_line
from mailtui.model.ids import PlacementId
from mailtui.model.ports import MailReader
from mailtui.view.figures import size
from mailtui.view.pieces import Piece
from mailtui.view.reader import Attached, Document, Linked


@dataclass(frozen=True, slots=True)
class Wanted:
    """One message at one width."""

    placement: PlacementId
    width: int
    html: bool = False
    quotes_folded: bool | None = None
    all_headers: bool = False
    whole: bool = False


Opener = Callable[[MailReader, Wanted], Document | None]


def raw_message(reader: MailReader, placement: PlacementId) -> bytes | None:
    """The bytes of a message; None if they are not on this computer. Raises StoreError, OSError."""
    content = reader.content(placement)
    if content is None:
        return None
    try:
        return Path(content.path).read_bytes()
    except FileNotFoundError:  # moved since it was looked up: look once more
        content = reader.content(placement)
        return Path(content.path).read_bytes() if content is not None else None


def open_message(reader: MailReader, wanted: Wanted) -> Document | None:
    """The rendered message; None if its body is not on this computer. Raises StoreError, OSError."""
    raw = raw_message(reader, wanted.placement)
    return render(raw, wanted) if raw is not None else None


def render(raw: bytes, wanted: Wanted) -> Document:
    """The renderer is imported here: the first list does not wait for it."""
    from mailtui.mail.render.reader import Options, render_message

    options = Options(wanted.html, wanted.quotes_folded, wanted.whole, wanted.all_headers)
    rendered = render_message(raw, wanted.width, options=options)
    return Document(
        headers=rendered.headers,
        lines=tuple(tuple(Piece(span.text, span.style) for span in line) for line in rendered.lines),
        attachments=tuple(
            Attached(safe_line(one.name), safe_line(one.type), size(one.size), one.number, one.danger)
            for one in rendered.attachments
        ),
        notes=rendered.notes,
        links=tuple(Linked(*link) for link in rendered.links),
        cut=rendered.cut,
        folded=rendered.folded,
    )
