"""The header block of the composer: sender, recipients, subject. Cc and Bcc show when they are wanted or not empty."""

from __future__ import annotations

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from mailtui.mail.sanitize import safe_line
from mailtui.ui.painting import BASE, Painter
from mailtui.ui.widgets.field import FieldName, LineField, PeopleField
from mailtui.ui.widgets.lines import LinesWidget
from mailtui.view.completing import Token, token_at
from mailtui.view.composer import Field, Written
from mailtui.view.glyphs import Glyphs
from mailtui.view.pieces import Piece, Pieces, spread

COPIES = (Field.CC, Field.BCC)


class SenderLine(LinesWidget):
    """Who it is from; Enter chooses another."""

    can_focus = True

    class Wanted(Message):
        """Another sender is to be chosen."""

    text = ""
    remark = ""

    def paint(self, y: int, width: int) -> Strip:
        left = (Piece(safe_line(self.text), "person"),)
        right: Pieces = (Piece(f"{self.remark} ", "dim"),) if self.remark and not self.has_focus else ()
        if self.has_focus:
            right = (Piece("Enter ", "hint-key"), Piece("other sender ", "hint"))
        return self.painter.strip(spread(left, right, width, self.glyphs.ellipsis), width, BASE)

    def on_click(self) -> None:
        self.post_message(self.Wanted())

    def on_key(self, event: events.Key) -> None:
        if event.key in {"enter", "space"}:
            event.stop()
            self.post_message(self.Wanted())


class ComposeHead(Vertical):
    """Tells `Typed` when something was typed."""

    class Typed(Message):
        """The text of a field is another. `token`: the piece of addresses the cursor is in, else None."""

        def __init__(self, field: Field, token: Token | None) -> None:
            super().__init__()
            self.field = field
            self.token = token

    def __init__(self, painter: Painter, glyphs: Glyphs) -> None:
        super().__init__(id="compose-head")
        self.sender = SenderLine(painter, glyphs, id="field-sender")
        self.entries: dict[Field, LineField] = {
            field: (PeopleField if field.people else LineField)(painter, glyphs, field)
            for field in Field
            if field is not Field.SENDER
        }
        self.labels = {field: FieldName(painter, glyphs, field) for field in Field}
        self._wanted: set[Field] = set()
        self._hidden: set[Field] = set()
        self._told: dict[Field, str] = {}
        """Values that everybody knows: filling a field is no typing."""

    def compose(self) -> ComposeResult:
        for field in Field:
            widget: Widget = self.sender if field is Field.SENDER else self.entries[field]
            with Horizontal(classes="field-row", id=f"row-{field.name.lower()}"):
                yield self.labels[field]
                yield widget

    def on_mount(self) -> None:
        self._show_copies()

    # -- values

    def fill(self, written: Written) -> None:
        self.sender.text = written.sender
        self._hidden = {Field.SUBJECT} if written.fixed else set()
        for field, entry in self.entries.items():
            entry.fill(written.field(field))
            self._told[field] = entry.value
        if self.is_mounted:
            self._show_copies()

    def put(self, field: Field, text: str) -> None:
        """Another value, not typed."""
        self.entries[field].fill(text)
        self._told[field] = self.entries[field].value
        self._show_copies()

    def values(self) -> dict[Field, str]:
        return {Field.SENDER: self.sender.text} | {field: entry.value for field, entry in self.entries.items()}

    def set_sender(self, text: str, remark: str) -> None:
        self.sender.text, self.sender.remark = text, remark
        self.sender.refresh()

    # -- rows

    def want_copies(self) -> None:
        """Show Cc and Bcc, and go to the first that is empty."""
        self._wanted |= set(COPIES)
        self._show_copies()
        self.entries[Field.BCC if self.entries[Field.CC].value.strip() else Field.CC].focus()

    def show_field(self, field: Field) -> None:
        """Go to a line, which is shown if it was not."""
        if field in COPIES:
            self._wanted.add(field)
            self._show_copies()
        (self.sender if field is Field.SENDER else self.entries[field]).focus()

    def _show_copies(self) -> None:
        for field in COPIES:
            shown = field in self._wanted or bool(self.entries[field].value.strip()) or self.entries[field].has_focus
            self.query_one(f"#row-{field.name.lower()}").display = shown
        for field in self._hidden:
            self.query_one(f"#row-{field.name.lower()}").display = False

    def focused(self) -> Field | None:
        """The line that has the keys."""
        here = self.screen.focused
        if here is self.sender:
            return Field.SENDER
        return next((field for field, entry in self.entries.items() if entry is here), None)

    def light(self) -> None:
        """The label of the line that has the keys is lit."""
        now = self.focused()
        for field, label in self.labels.items():
            label.light(field is now)

    def _rows(self) -> list[tuple[Field, Widget]]:
        widgets: dict[Field, Widget] = {Field.SENDER: self.sender, **self.entries}
        return [
            (field, widget) for field, widget in widgets.items() if self.query_one(f"#row-{field.name.lower()}").display
        ]

    def step(self, by: int) -> bool:
        """To the line below (1) or above (-1); False: there is none below."""
        rows = self._rows()
        place = next((n for n, (_, widget) in enumerate(rows) if widget is self.screen.focused), 0) + by
        if place < len(rows):
            self.screen.set_focus(rows[max(0, place)][1])
        return place < len(rows)

    @on(LineField.Changed)
    def _changed(self, event: LineField.Changed) -> None:
        event.stop()
        entry = event.input
        if not isinstance(entry, LineField) or self._told.get(entry.field) == entry.value:
            return
        self._told[entry.field] = entry.value
        token = token_at(entry.value, entry.cursor_position) if entry.field.people and entry.has_focus else None
        self.post_message(self.Typed(entry.field, token))
