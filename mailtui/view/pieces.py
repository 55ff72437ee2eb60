"""A row of the screen as pieces of safe text with the name of a style each; `ui` knows what the names look like."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from mailtui.mail.sanitize import cell_width, clip, pad


class Piece(NamedTuple):
    """Safe text and the name of its style ("" is plain)."""

    text: str
    style: str = ""


Pieces: TypeAlias = tuple[Piece, ...]


def width_of(pieces: Iterable[Piece]) -> int:
    """Cells that the pieces take together."""
    return sum(cell_width(piece.text) for piece in pieces)


def fit(pieces: Iterable[Piece], cells: int, ellipsis: str = "…") -> Pieces:
    """Exactly `cells` wide: the first piece that does not fit is clipped, what follows is left out, the rest blank."""
    out: list[Piece] = []
    room = cells
    for piece in pieces:
        width = cell_width(piece.text)
        if width > room:
            out.append(Piece(pad(clip(piece.text, room, ellipsis), room), piece.style))
            room = 0
            break
        out.append(piece)
        room -= width
    if room > 0:
        out.append(Piece(" " * room))
    return tuple(piece for piece in out if piece.text)


def spread(left: Iterable[Piece], right: Iterable[Piece], cells: int, ellipsis: str = "…") -> Pieces:
    """`left` at the left edge, `right` at the right one; where they meet the left gives way, with a blank between.

    If not even `right` fits it is left out."""
    end = tuple(right)
    room = cells - width_of(end)
    if room < 8 and end:
        return fit(left, cells, ellipsis)
    if not end:
        return fit(left, cells, ellipsis)
    return (*fit(left, room - 1, ellipsis), Piece(" "), *end)
