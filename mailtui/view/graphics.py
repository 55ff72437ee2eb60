"""Pixels as what terminals with graphics understand: DEC's sixels, and the graphics protocol of kitty. Pure: nothing of
a mail but its pixels comes in here, and nothing but our own letters goes out."""

from __future__ import annotations

import re
import zlib
from base64 import standard_b64encode
from collections.abc import Iterator

ASK = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c"
"""Whoever knows kitty's protocol answers to the first, everybody to the second (DA1)."""
_KITTY = re.compile(rb"\x1b_Gi=31;OK")
ANSWER = re.compile(rb"\x1b\[\?([0-9;]*)c")
_PIECE = 4096
"""Bytes of base64 in one command of kitty's protocol, at most."""
_LEVELS = 6
"""Of each colour, for sixels: a terminal need not have more than 256 registers."""
_RUN = re.compile(rb"(.)\1{3,}", re.DOTALL)
_SIX = 6


def kind_of(answer: bytes) -> str:
    """What a terminal can, by what it said to ASK: "kitty", "sixel" (4 among its attributes) or ""."""
    if _KITTY.search(answer):
        return "kitty"
    found = ANSWER.search(answer)
    return "sixel" if found and b"4" in found[1].split(b";") else ""


def enlarged(pixels: bytes, width: int, times: int) -> bytes:
    """RGB rows with each pixel a square of `times` x `times`."""
    if times == 1:
        return pixels
    out = bytearray()
    for place in range(0, len(pixels), width * 3):
        row = pixels[place : place + width * 3]
        wide = bytearray(len(row) * times)
        for step in range(times):
            for channel in range(3):
                wide[step * 3 + channel :: times * 3] = row[channel::3]
        out += wide * times
    return bytes(out)


def kitty(pixels: bytes, width: int, height: int) -> Iterator[bytes]:
    """RGB rows as commands that draw them where the cursor stands, and leave it there."""
    data = standard_b64encode(zlib.compress(pixels, 1))
    head = b"a=T,f=24,o=z,q=2,C=1,s=%d,v=%d," % (width, height)
    for place in range(0, len(data), _PIECE):
        more = 1 if place + _PIECE < len(data) else 0
        yield b"\x1b_G%sm=%d;%s\x1b\\" % (head, more, data[place : place + _PIECE])
        head = b"q=2,"


KITTY_END = b"\x1b_Ga=d,q=2\x1b\\"
"""All pictures on the screen go."""


def sixel(pixels: bytes, width: int, height: int) -> bytes:
    """RGB rows as sixels in a cube of 216 colours, dithered: what is between two of them becomes a pattern of both."""
    rows = [_indices(pixels[y * width * 3 : (y + 1) * width * 3], y) for y in range(height)]
    out = [b'\x1bP0;1q"1;1;%d;%d' % (width, height)]
    used = sorted(set().union(*map(set, rows))) if rows else []
    out += [b"#%d;2;%d;%d;%d" % (one, one // 36 * 20, one // 6 % _LEVELS * 20, one % _LEVELS * 20) for one in used]
    for top in range(0, height, _SIX):
        out.append(_band(rows[top : top + _SIX], width))
    return b"".join((*out, b"\x1b\\"))


def _tables() -> list[list[list[bytes]]]:
    """By row and column (odd or even) and channel: from a value to its level times what the channel counts."""
    tables = []
    for thresholds in ((0.125, 0.625), (0.875, 0.375)):
        columns = []
        for threshold in thresholds:
            levels = [min(_LEVELS - 1, int(value * (_LEVELS - 1) / 255 + threshold)) for value in range(256)]
            columns.append([bytes(level * weight for level in levels) for weight in (36, 6, 1)])
        tables.append(columns)
    return tables


_TABLES = _tables()


def _indices(row: bytes, y: int) -> bytes:
    """The colours of a row, a byte each."""
    width = len(row) // 3
    total = 0
    for channel in range(3):
        values = bytearray(row[channel::3])
        for odd, tables in enumerate(_TABLES[y % 2]):
            values[odd::2] = values[odd::2].translate(tables[channel])
        total += int.from_bytes(values, "big")
    return total.to_bytes(width, "big")


def _band(rows: list[bytes], width: int) -> bytes:
    """Six rows: one line for each colour in them, drawn over each other."""
    lines = []
    for colour in sorted(set().union(*map(set, rows))):
        bits = 0
        for place, row in enumerate(rows):
            table = bytearray(256)
            table[colour] = 1 << place
            bits |= int.from_bytes(row.translate(table), "big")
        line = bytes(bit + 63 for bit in bits.to_bytes(width, "big"))
        lines.append(b"#%d%s" % (colour, _RUN.sub(_packed, line.rstrip(b"?"))))
    return b"$".join(lines) + b"-"


def _packed(run: re.Match[bytes]) -> bytes:
    return b"!%d%s" % (len(run[0]), run[1])
