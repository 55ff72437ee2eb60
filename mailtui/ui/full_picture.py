"""Pictures over the whole terminal, as good as it can: by kitty's graphics protocol, by sixels, else by half blocks.
Blocking; for a terminal that nobody else reads meanwhile."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import termios
import time
import tty
from collections.abc import Sequence
from dataclasses import dataclass

from mailtui.files.pictures import Picture, shrink
from mailtui.mail.sanitize import clip, safe_line
from mailtui.model.errors import FileError
from mailtui.view.graphics import ANSWER, ASK, KITTY_END, enlarged, kind_of, kitty, sixel
from mailtui.view.picture import picture_lines, scaled

PATIENCE = 0.7
"""Seconds that a terminal gets to say what it can."""
MOST_PIXELS = 1_400, 1_000
MOST_TIMES = 3
"""So many times bigger than it is."""
_CELL = 8, 16
"""Pixels, where the terminal does not say."""
_ENDS = (b"q", b"\x1b", b"\x03", b"\x04", b"")


@dataclass(frozen=True, slots=True)
class Window:
    """Cells, and pixels of a cell."""

    columns: int
    lines: int
    cell: tuple[int, int]

    @property
    def pixels(self) -> tuple[int, int]:
        """What a picture may take: all but the first line and the last two."""
        wide, high = self.columns * self.cell[0], max(1, self.lines - 3) * self.cell[1]
        return min(wide, MOST_PIXELS[0]), min(high, MOST_PIXELS[1])


def window(handle: int) -> Window:
    """Of the terminal behind `handle`. Raises OSError."""
    lines, columns, wide, high = struct.unpack("HHHH", fcntl.ioctl(handle, termios.TIOCGWINSZ, bytes(8)))
    lines, columns = lines or 24, columns or 80
    cell = (wide // columns, high // lines) if wide >= columns * 2 and high >= lines * 2 else _CELL
    return Window(columns, lines, cell)


def show_in_full(pictures: Sequence[tuple[str, bytes]], source: int = 0, sink: int = 1) -> None:
    """Each with its name until a key; `q`, Escape or the end of the terminal ends it. Raises OSError, termios.error."""
    before = termios.tcgetattr(source)
    tty.setraw(source)
    kind = ""
    try:
        kind = _ask(source, sink)
        for place, (name, data) in enumerate(pictures, 1):
            title = f"{safe_line(name)}  {place} of {len(pictures)}" if len(pictures) > 1 else safe_line(name)
            _write(sink, _frame(title, data, kind, window(sink), last=place == len(pictures)))
            if _key(source) in _ENDS:
                break
    finally:
        _write(sink, (KITTY_END if kind == "kitty" else b"") + b"\x1b[0m\x1b[2J\x1b[H\x1b[?25h")
        termios.tcsetattr(source, termios.TCSAFLUSH, before)


def _ask(source: int, sink: int) -> str:
    _write(sink, b"\x1b[?25l\x1b[2J\x1b[H" + ASK)
    answer, end = b"", time.monotonic() + PATIENCE
    while ANSWER.search(answer) is None and (left := end - time.monotonic()) > 0:
        if select.select([source], [], [], left)[0]:
            piece = os.read(source, 1024)
            if not piece:
                break
            answer += piece
    return kind_of(answer)


def _key(source: int) -> bytes:
    """What was typed; an escape sequence (a key with a name) is none of those that end."""
    typed = os.read(source, 64)
    return typed if typed == b"\x1b" or not typed.startswith(b"\x1b") else b"\x1b["


def _frame(title: str, data: bytes, kind: str, place: Window, *, last: bool) -> bytes:
    foot = "any key: back" if last else "any key: the next one    q: back"
    room = max(1, place.columns - 2)
    head = f"\x1b[0m\x1b[2J\x1b[H\x1b[1m {clip(title, room)}\x1b[0m\x1b[2;1H".encode()
    if kind == "kitty":
        head = KITTY_END + head
    tail = f"\x1b[0m\x1b[{place.lines};1H {clip(foot, room)}".encode()
    try:
        body = _drawn(data, kind, place)
    except FileError as error:
        words = error.text + (f": {error.hint}" if error.hint else "")
        body = f" {clip(safe_line(words), room)}".encode()
    return head + body + tail


def _drawn(data: bytes, kind: str, place: Window) -> bytes:
    """In the middle, small ones bigger. Raises FileError."""
    if not kind:
        return _blocks(shrink(data, place.columns, max(2, place.lines - 3) * 2), place.columns)
    made = shrink(data, *place.pixels)
    times = max(1, min(place.pixels[0] // made.width, place.pixels[1] // made.height, MOST_TIMES))
    pixels, wide, high = enlarged(made.pixels, made.width, times), made.width * times, made.height * times
    middle = b"\x1b[2;%dH" % (1 + max(0, place.columns - -(-wide // place.cell[0])) // 2)
    return middle + (b"".join(kitty(pixels, wide, high)) if kind == "kitty" else sixel(pixels, wide, high))


def _blocks(made: Picture, columns: int) -> bytes:
    """Direct colours: who has graphics in mind has them."""
    pixels, wide, high = scaled(made.pixels, made.width, made.height, made.width)
    edge = " " * ((columns - wide) // 2)
    lines = []
    for line in picture_lines(pixels, wide, high):
        cells = [edge]
        for text, style in line:
            red, green, blue, *under = bytes.fromhex(style.replace("#", "").replace("/", ""))
            cells.append(f"\x1b[38;2;{red};{green};{blue};48;2;{under[0]};{under[1]};{under[2]}m{text}")
        lines.append("".join(cells) + "\x1b[0m")
    return "\r\n".join(lines).encode()


def _write(sink: int, data: bytes) -> None:
    while data:
        data = data[os.write(sink, data) :]
