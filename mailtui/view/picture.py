"""A picture as lines of half blocks: two pixels a cell, one above the other."""

from __future__ import annotations

from mailtui.view.pieces import Piece, Pieces

HALF = "\u2580"
RAMP = " .:-=+*#%@"
"""From dark to bright, for terminals without colours or without half blocks."""


def picture_lines(pixels: bytes, width: int, height: int) -> list[Pieces]:
    """RGB rows as pieces whose style is `#rrggbb/#rrggbb`: the upper pixel and the lower one (white below the last)."""
    row = width * 3
    blank = b"\xff" * row
    lines: list[Pieces] = []
    for top in range(0, height, 2):
        upper = pixels[top * row : (top + 1) * row]
        lower = pixels[(top + 1) * row : (top + 2) * row] if top + 1 < height else blank
        line: list[Piece] = []
        for place in range(0, row, 3):
            style = f"#{upper[place : place + 3].hex()}/#{lower[place : place + 3].hex()}"
            if line and line[-1].style == style:
                line[-1] = Piece(line[-1].text + HALF, style)
            else:
                line.append(Piece(HALF, style))
        lines.append(tuple(line))
    return lines


def in_letters(line: Pieces) -> Pieces:
    """The same for a terminal that has neither half blocks nor, maybe, colours."""
    return tuple(Piece(shaded(piece.style) * len(piece.text)) for piece in line)


def shaded(style: str) -> str:
    """The letter of RAMP that is as bright as the two pixels of a style."""
    colours = bytes.fromhex(style.replace("#", "").replace("/", ""))
    red, green, blue = (colours[at] + colours[at + 3] for at in range(3))
    brightness = (299 * red + 587 * green + 114 * blue) // 2000
    return RAMP[min(len(RAMP) - 1, brightness * len(RAMP) // 256)]
