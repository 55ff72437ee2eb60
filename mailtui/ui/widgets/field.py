"""A line of the header block: its label, and a field that shows names while nobody types in it."""

from __future__ import annotations

from textual import events
from textual.strip import Strip

from mailtui.mail.sanitize import safe_line
from mailtui.ui.painting import BASE, Painter
from mailtui.ui.widgets.entry import Entry
from mailtui.ui.widgets.lines import LinesWidget
from mailtui.view.completing import chips
from mailtui.view.composer import Field
from mailtui.view.glyphs import Glyphs
from mailtui.view.pieces import Piece, fit

LABEL = 10
"""Cells of the labels, with the blank before and after them."""


class FieldName(LinesWidget):
    """`To`; lit while its field has the keys."""

    def __init__(self, painter: Painter, glyphs: Glyphs, field: Field) -> None:
        super().__init__(painter, glyphs)
        self.field = field
        self.lit = False
        self.add_class("field-label")

    def light(self, lit: bool) -> None:
        if lit != self.lit:
            self.lit = lit
            self.refresh()

    def paint(self, y: int, width: int) -> Strip:
        mark = Piece(self.glyphs.cursor if self.lit else " ", "cursor-mark")
        words = Piece(self.field.value, "head-focus" if self.lit else "key")
        return self.painter.strip(fit((mark, Piece(" "), words), width, self.glyphs.ellipsis), width, BASE)


class LineField(Entry):
    """One line of text; what is pasted becomes one safe line."""

    def __init__(self, painter: Painter, glyphs: Glyphs, field: Field) -> None:
        super().__init__("", frozenset(), id=f"field-{field.name.lower()}")
        self.select_on_focus = False
        self.painter = painter
        self.glyphs = glyphs
        self.field = field
        self.add_class("field-entry")

    def fill(self, text: str) -> None:
        """Text from a mail or a file, made safe."""
        self.value = safe_line(" ".join(text.split("\n")))
        self.cursor_position = len(self.value)

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        text = safe_line(
            ", ".join(line for line in event.text.splitlines() if line.strip()) if self.field.people else event.text
        )
        self.replace(" ".join(text.split()), *sorted(self.selection))

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()


class PeopleField(LineField):
    """Addresses: shown as names until one types in it."""

    def render_line(self, y: int) -> Strip:
        if self.has_focus or y or not self.value.strip():
            return super().render_line(y)
        width = self.content_size.width
        pieces = fit(chips(self.value, width, self.glyphs.ellipsis), width, self.glyphs.ellipsis)
        return self.painter.strip(pieces, width, BASE)
