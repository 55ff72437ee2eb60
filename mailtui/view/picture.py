"""A picture as lines of half blocks: two pixels a cell, one above the other."""

from __future__ import annotations

from mailtui.view.pieces import Piece, Pieces

HALF = "\u2580"
RAMP = " .:-=+*#%@"
"""From dark to bright, for terminals without colours or without half blocks."""
PIXELS = 4
"""Pixels of a picture for each cell, where there is room: letters in it stay in sight, logos stay small."""
LEAST = 2
MOST_LINES = 60


def cells_for(pixels: int, room: int) -> int:
    """How wide a picture of so many pixels is drawn in `room` cells."""
    return max(1, min(room, max(LEAST, -(-pixels // PIXELS))))


def scaled(pixels: bytes, width: int, height: int, wide: int) -> tuple[bytes, int, int]:
    """RGB rows made `wide` pixels wide, but never more than they are, nor more than MOST_LINES lines high; with the
    width and the height (an even number) that came of it. Each new pixel is the middle of those that it stands for."""
    wide = max(1, min(wide, width))
    high = max(2, round(height * wide / width / 2) * 2)  # whole cells
    if high > MOST_LINES * 2:
        high = MOST_LINES * 2
        wide = max(1, min(wide, round(width * high / height)))
    if (wide, high) == (width, height):
        return pixels, width, height
    columns = [(x * width // wide, max((x + 1) * width // wide, x * width // wide + 1)) for x in range(wide)]
    out = bytearray()
    for y in range(high):
        top = y * height // high
        rows = range(top, max((y + 1) * height // high, top + 1))
        for left, right in columns:
            many = (right - left) * len(rows)
            red = green = blue = 0
            for row in rows:
                start, end = (row * width + left) * 3, (row * width + right) * 3
                red += sum(pixels[start:end:3])
                green += sum(pixels[start + 1 : end : 3])
                blue += sum(pixels[start + 2 : end : 3])
            out += bytes((red // many, green // many, blue // many))
    return bytes(out), wide, high


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
