"""A list of lines to choose from: palette and help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.strip import Strip

from mailtui.ui.painting import CURSOR, RAISED
from mailtui.ui.widgets.lines import LinesWidget, thumb
from mailtui.view.pieces import Pieces, spread


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

    def show(self, items: Sequence[Item]) -> None:
        self.items = items
        self.cursor = next((index for index, item in enumerate(items) if item.value), 0)
        self.top = 0
        self.refresh()

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
        if self.cursor < len(self.items) and self.items[self.cursor].value:
            self.post_message(self.Chosen(self.items[self.cursor].value))

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
        pieces = spread(item.left, item.right, width - 1, self.glyphs.ellipsis)
        return self.painter.strip(pieces, width, ground, edge)
