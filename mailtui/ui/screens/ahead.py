"""The line in which one types ahead: each letter moves the cursor of the list behind it."""

from __future__ import annotations

from textual import on

from mailtui.ui.painting import Painter
from mailtui.ui.panes.ahead import Ahead
from mailtui.ui.screens.overlays import Overlay
from mailtui.ui.widgets.entry import Entry
from mailtui.ui.widgets.menu import Item
from mailtui.view.glyphs import Glyphs
from mailtui.view.pieces import Piece

LOOK = 0.05
"""Seconds between two looks where the cursor is."""


class TypeAhead(Overlay):
    """Ends with None, with the cursor where it is. Down: the next one that begins so."""

    TITLE_TEXT = "Jump to a sender or a subject"
    PLACEHOLDER = "its first letters; down: the next one"
    SMALL = True

    def __init__(self, painter: Painter, glyphs: Glyphs, ahead: Ahead) -> None:
        super().__init__(painter, glyphs)
        self._ahead = ahead
        ahead.begin()

    def items(self, typed: str) -> list[Item]:
        return [Item((Piece("  "), Piece("stay here", "dim")), (Piece("Enter ", "hint-key"),), "here")]

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(LOOK, self._aside)

    def _aside(self) -> None:
        """The row that it jumped to must not lie behind this box."""
        low = self._ahead.line * 2 < self.app.size.height
        if low != self.has_class("-low"):
            self.set_class(low, "-low")

    @on(Entry.Changed)
    def _typed(self, event: Entry.Changed) -> None:
        self._ahead.find(event.value.strip())

    @on(Entry.Pressed)
    def _further(self, event: Entry.Pressed) -> None:
        if event.key == "down":
            self._ahead.next()
