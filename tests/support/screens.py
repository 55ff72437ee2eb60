"""Terminal screens as pictures, to look at: `python -m tests.support.screens IN.ansi OUT.png|OUT.svg [IN OUT ...]`.

IN is what `tmux capture-pane -e -p` prints (`Screen.save`). Every cell is drawn on its true place of the grid, so a
line whose width was miscounted shows. SVG needs nothing; PNG needs Pillow."""

from __future__ import annotations

import glob
import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

CELL = (10, 20)
"""Pixels of a cell, width and height."""
_INK, _PAPER = (216, 216, 216), (16, 16, 20)
_TOKENS = re.compile(r"\x1b\[([0-9;:]*)m|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-9;?]*[a-zA-Z]|\x1b.|(.)", re.S)
_BASE = (
    "000000 cd3131 0dbc79 e5e510 2472c8 bc3fbc 11a8cd e5e5e5 666666 f14c4c 23d18b f5f543 3b8eea d670d6 29b8db ffffff"
)
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Style:
    ink: Colour | None = None
    paper: Colour | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False
    strike: bool = False

    def colours(self) -> tuple[Colour, Colour]:
        ink, paper = self.ink or _INK, self.paper or _PAPER
        if self.reverse:
            ink, paper = paper, ink
        if self.dim:
            ink = tuple((3 * a + 2 * b) // 5 for a, b in zip(ink, paper, strict=True))  # type: ignore[assignment]
        return ink, paper


@dataclass(frozen=True, slots=True)
class Cell:
    column: int
    row: int
    text: str
    width: int
    style: Style


_SWITCHES = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse", 9: "strike"}
_OFF = {22: ("bold", "dim"), 23: ("italic",), 24: ("underline",), 27: ("reverse",), 29: ("strike",)}


def cells(ansi: str) -> Iterator[Cell]:
    """Cells in reading order; a character of width 0 joins the one before it."""
    style = Style()
    for row, line in enumerate(ansi.rstrip("\n").split("\n")):
        column = 0
        last: Cell | None = None
        for match in _TOKENS.finditer(line):
            if match[1] is not None:
                style = _apply(style, match[1])
            elif match[2] is not None and (width := _width(match[2])):
                if last:
                    yield last
                last = Cell(column, row, match[2], width, style)
                column += width
            elif match[2] is not None and last:
                last = replace(last, text=last.text + match[2])
        if last:
            yield last


def _width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _apply(style: Style, parameters: str) -> Style:
    """SGR (ECMA-48 8.3.117) with the 256- and true-colour forms."""
    values = [int(word or 0) for word in re.split("[;:]", parameters)] if parameters else [0]
    place = 0
    while place < len(values):
        value = values[place]
        place += 1
        if value == 0:
            style = Style()
        elif value in _SWITCHES:
            switched: dict[str, Any] = {_SWITCHES[value]: True}
            style = replace(style, **switched)
        elif value in _OFF:
            switched = dict.fromkeys(_OFF[value], False)
            style = replace(style, **switched)
        elif value in (38, 48):
            colour, place = _colour(values, place)
            style = replace(style, ink=colour) if value == 38 else replace(style, paper=colour)
        elif value in (39, 49):
            style = replace(style, ink=None) if value == 39 else replace(style, paper=None)
        elif 30 <= value <= 37 or 90 <= value <= 97:
            style = replace(style, ink=_palette(value - 30 if value < 90 else value - 82))
        elif 40 <= value <= 47 or 100 <= value <= 107:
            style = replace(style, paper=_palette(value - 40 if value < 100 else value - 92))
    return style


def _colour(values: list[int], place: int) -> tuple[Colour | None, int]:
    kind = values[place] if place < len(values) else 0
    if kind == 2 and place + 3 < len(values):
        return (values[place + 1], values[place + 2], values[place + 3]), place + 4
    if kind == 5 and place + 1 < len(values):
        return _palette(values[place + 1]), place + 2
    return None, len(values)


def _palette(number: int) -> Colour:
    if number < 16:
        value = int(_BASE.split()[number], 16)
        return value >> 16, value >> 8 & 255, value & 255
    if number < 232:
        number -= 16
        red, green, blue = (55 + 40 * level if level else 0 for level in (number // 36, number // 6 % 6, number % 6))
        return red, green, blue
    grey = 8 + 10 * (number - 232)
    return grey, grey, grey


def svg(ansi: str) -> str:
    """The screen as a standalone SVG document."""
    drawn = list(cells(ansi))
    width, height = _size(ansi, drawn)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-size="16" '
        'font-family="DejaVu Sans Mono, Noto Sans Mono CJK JP, monospace" xml:space="preserve">',
        f'<rect width="100%" height="100%" fill="{_hex(_PAPER)}"/>',
    ]
    for cell in drawn:
        ink, paper = cell.style.colours()
        x, y = cell.column * CELL[0], cell.row * CELL[1]
        if paper != _PAPER:
            out.append(
                f'<rect x="{x}" y="{y}" width="{cell.width * CELL[0]}" height="{CELL[1]}" fill="{_hex(paper)}"/>'
            )
    for cell in drawn:
        if cell.text.strip():
            ink, _ = cell.style.colours()
            x, y = cell.column * CELL[0], cell.row * CELL[1] + 15
            look = ' font-weight="bold"' if cell.style.bold else ""
            look += ' font-style="italic"' if cell.style.italic else ""
            look += ' text-decoration="underline"' if cell.style.underline else ""
            out.append(f'<text x="{x}" y="{y}" fill="{_hex(ink)}"{look}>{escape(cell.text)}</text>')
    return "\n".join([*out, "</svg>\n"])


def png(ansi: str, path: Path) -> None:
    """The screen as a PNG file. Needs Pillow and the DejaVu fonts."""
    from PIL import Image, ImageDraw, ImageFont

    folder = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono"
    fonts = {bold: ImageFont.truetype(f"{folder}{'-Bold' if bold else ''}.ttf", 16) for bold in (False, True)}
    found = glob.glob("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
    wide = ImageFont.truetype(found[0], 16) if found else fonts[False]
    drawn = list(cells(ansi))
    image = Image.new("RGB", _size(ansi, drawn), _PAPER)
    draw = ImageDraw.Draw(image)
    for cell in drawn:
        ink, paper = cell.style.colours()
        x, y = cell.column * CELL[0], cell.row * CELL[1]
        right = x + cell.width * CELL[0] - 1
        draw.rectangle((x, y, right, y + CELL[1] - 1), fill=paper)
        if cell.text.strip():
            place = (x, y - 3 if cell.width == 2 else y)
            draw.text(place, cell.text, font=wide if cell.width == 2 else fonts[cell.style.bold], fill=ink)
        if cell.style.underline:
            draw.line((x, y + CELL[1] - 2, right, y + CELL[1] - 2), fill=ink)
        if cell.style.strike:
            draw.line((x, y + CELL[1] // 2, right, y + CELL[1] // 2), fill=ink)
    image.save(path)


def _size(ansi: str, drawn: list[Cell]) -> tuple[int, int]:
    columns = max((cell.column + cell.width for cell in drawn), default=1)
    return columns * CELL[0], (ansi.rstrip("\n").count("\n") + 1) * CELL[1]


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def main(words: list[str]) -> int:
    if not words or len(words) % 2:
        print(__doc__, file=sys.stderr)
        return 2
    for source, target in zip(words[::2], words[1::2], strict=True):
        ansi = Path(source).read_text()
        if target.endswith(".svg"):
            Path(target).write_text(svg(ansi))
        else:
            png(ansi, Path(target))
        print(target)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
