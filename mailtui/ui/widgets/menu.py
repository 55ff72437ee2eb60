"""A list of lines to choose from: palette and help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from mailtui.ui.painting import CURSOR, RAISED
from mailtui.ui.widgets.lines import LinesWidget, thumb
from mailtui.view.pieces import Pieces, spread

TALLEST, FRAME = 28, 7
"""Lines of a box with a menu in it, and of those the ones that are not the menu's."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line. `value` "" can't be chosen: a heading."""

    left: Pieces
    right: Pieces = ()
    value: str = ""


class Menu(LinesWidget):
    """Moves over what can be chosen; the screen gives it the keys."""

    GROUND = RAISED

    class Chosen(Message):
        """This one."""

        def __init__(self, value: str) -> None:
            super().__init__()
            self.value = value

    items: Sequence[Item] = ()
    cursor = 0
    top = 0
    choosing = True

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Asked where the style leaves it open: as many lines as there are, within four fifths of the screen."""
        return max(1, min(len(self.items), min(TALLEST, viewport.height * 4 // 5) - FRAME))

    def show(self, items: Sequence[Item]) -> None:
        taller = len(items) != len(self.items) and self.styles.is_auto_height
        self.items = items
        self.cursor = next((index for index, item in enumerate(items) if item.value), 0)
        self.top = 0
        self.refresh(layout=taller)

    def update(self, items: Sequence[Item]) -> None:
        """The same list, read again: the cursor stays on its line, or near it."""
        value, at, top = self.value, self.cursor, self.top
        self.show(items)
        places = [index for index, item in enumerate(items) if item.value]
        same = [index for index in places if items[index].value == value]
        if places and value:
            self.cursor = same[0] if same else min(places, key=lambda index: abs(index - at))
            height = max(1, self.content_size.height)
            self.top = max(self.cursor - height + 1, min(top, self.cursor, max(0, len(items) - height)), 0)
        self.refresh()

    @property
    def value(self) -> str:
        """What the cursor is on; "" if it can't be chosen."""
        return self.items[self.cursor].value if self.cursor < len(self.items) else ""

    def move(self, steps: int) -> None:
        places = [index for index, item in enumerate(self.items) if item.value] if self.choosing else []
        height = self.content_size.height
        if not places:
            self.top = max(0, min(self.top + steps, len(self.items) - height))
        else:
            at = places.index(self.cursor) if self.cursor in places else 0
            self.cursor = places[max(0, min(at + steps, len(places) - 1))]
            if self.cursor < self.top or self.cursor == places[0]:
                self.top = 0 if self.cursor == places[0] else self.cursor
            elif self.cursor >= self.top + height:
                self.top = self.cursor - height + 1
        self.refresh()

    def choose(self) -> None:
        if self.value:
            self.post_message(self.Chosen(self.value))

    def on_click(self, event: events.Click) -> None:
        index = self.top + self.line_of(event.y)
        if self.choosing and index < len(self.items) and self.items[index].value:
            self.cursor = index
            self.choose()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.move(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.move(-3)

    def paint(self, y: int, width: int) -> Strip:
        index = self.top + y
        bar = y in thumb(self.top, self.content_size.height, len(self.items))
        edge = self.glyphs.thumb if bar else " "
        if index >= len(self.items):
            return self.painter.strip((), width, RAISED, edge)
        item = self.items[index]
        ground = CURSOR if self.choosing and index == self.cursor and item.value else RAISED
        pieces = spread(item.left, item.right, width - (1 if item.right else 2), self.glyphs.ellipsis)
        return self.painter.strip(pieces, width, ground, edge)
