"""The list below a field of addresses: who fits what was typed so far."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.message import Message

from mailtui.mail.sanitize import cell_width, safe_line
from mailtui.model.mail import Address
from mailtui.ui.painting import Painter
from mailtui.ui.widgets.menu import Item, Menu
from mailtui.view.glyphs import Glyphs
from mailtui.view.pieces import Piece

LEAST, MOST = 24, 70
"""Cells that the list is wide."""


class Completing(Menu):
    """Never has the focus: the field keeps it, the screen hands on the keys."""

    class Taken(Message):
        """This one."""

        def __init__(self, person: Address) -> None:
            super().__init__()
            self.person = person

    def __init__(self, painter: Painter, glyphs: Glyphs) -> None:
        super().__init__(painter, glyphs, id="completing")
        self._people: tuple[Address, ...] = ()
        self.typed = ""
        """What the list is for."""
        self.display = False

    @property
    def is_open(self) -> bool:
        return bool(self.display)

    def open(self, people: Sequence[Address], typed: str, x: int, y: int) -> None:
        """Below the cell (x, y) of the screen."""
        self._people = tuple(people)
        self.typed = typed
        words = typed.lower().split()
        items = []
        widest = LEAST
        for place, one in enumerate(people):
            name, addr = safe_line(one.name), safe_line(one.addr)
            left = [Piece(" "), *_lit(name, words, "person")] if name else [Piece(" ")]
            if name:
                left.append(Piece("  "))
            left += _lit(addr, words, "dim" if name else "person")
            widest = max(widest, cell_width(name) + cell_width(addr) + 5)
            items.append(Item(tuple(left), (), str(place)))
        room = self.app.size
        width = min(widest, MOST, room.width - x)
        self.styles.width = width
        self.styles.height = max(1, min(len(items), room.height - y - 3))
        self.styles.offset = (x, y)
        self.show(items)
        self.display = True

    def close(self) -> None:
        self.display = False

    def take(self) -> None:
        """The one the cursor is on."""
        if self.value:
            self.post_message(self.Taken(self._people[int(self.value)]))

    @on(Menu.Chosen)
    def _clicked(self, event: Menu.Chosen) -> None:
        event.stop()
        self.take()


def _lit(text: str, words: Sequence[str], style: str) -> list[Piece]:
    """The first place of each typed word lit."""
    low = text.lower()
    marks = [False] * len(text)
    if len(low) == len(text):
        for word in words:
            at = low.find(word)
            if at >= 0:
                marks[at : at + len(word)] = [True] * len(word)
    out: list[Piece] = []
    for char, lit in zip(text, marks, strict=True):
        name = "match" if lit else style
        if out and out[-1].style == name:
            out[-1] = Piece(out[-1].text + char, name)
        else:
            out.append(Piece(char, name))
    return out
