"""What lies under the mouse in lines of pieces. Cells and lines count from 0."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailtui.mail.sanitize import cell_width
from mailtui.view.pieces import Pieces
from mailtui.view.reader import Attached, Document, Linked

_NUMBER = re.compile(r"\s*\[(\d{1,6})\]")
_LINES_ON = 3
"""Lines below the one under the mouse in which the number of a long link is looked for."""
_LEAST = 8
"""Characters of an address from which on a part of it says which one it is."""


def piece_at(pieces: Pieces, cell: int) -> int | None:
    """Index of the piece that covers a cell."""
    right = 0
    for index, piece in enumerate(pieces):
        right += cell_width(piece.text)
        if cell < right:
            return index if cell >= 0 else None
    return None


def meant(lines: Sequence[Pieces], line: int, cell: int, document: Document) -> tuple[str, int | None] | None:
    """The action, with its number, for what stands at a place of the reader: a link, an attachment, folded quotes."""
    if not 0 <= line < len(lines):
        return None
    at = piece_at(lines[line], cell)
    if at is None:
        return None
    piece = lines[line][at]
    match piece.style:
        case "link":
            place = _link(lines, line, at, document.links)
            return ("links", place) if place else None
        case "file":
            place = _file(piece.text, document.attachments)
            return ("attachments", place) if place else None
        case "fold":
            return "fold_quotes", None
    return None


def _link(lines: Sequence[Pieces], line: int, at: int, links: Sequence[Linked]) -> int | None:
    """Place among the links: by the number that follows, or by the address that is written there."""
    number = _number(lines, line, at)
    text = lines[line][at].text.strip()
    for place, link in enumerate(links, 1):
        if link.number == number or (number is None and text == link.url):
            return place
    if number is None and len(text) >= _LEAST:  # an address that goes on in another line, or begins with www
        return next((place for place, link in enumerate(links, 1) if text in link.url), None)
    return None


def _number(lines: Sequence[Pieces], line: int, at: int) -> int | None:
    """The number behind a link whose words may go on in the next lines."""
    for row in range(line, min(line + _LINES_ON + 1, len(lines))):
        for piece in lines[row][at + 1 if row == line else 0 :]:
            found = _NUMBER.match(piece.text)
            if found:
                return int(found[1])
            if piece.text.strip() and piece.style != "link":
                return None
    return None


def _file(text: str, files: Sequence[Attached]) -> int | None:
    name = text.rstrip().rstrip("…~.")
    return next((place for place, one in enumerate(files, 1) if one.name.startswith(name)), None)
