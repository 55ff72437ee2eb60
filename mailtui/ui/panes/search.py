"""The search line: asks while one types, shows where a query is wrong."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer

from mailtui.mail.sanitize import cell_width, safe_line
from mailtui.model.errors import QueryError
from mailtui.ui.painting import RAISED, Painter
from mailtui.ui.widgets.entry import Entry
from mailtui.ui.widgets.lines import LinesWidget
from mailtui.view.glyphs import Glyphs
from mailtui.view.pieces import Piece, fit, spread

PAUSE = 0.12
"""Seconds without a key before the query is asked."""
LEFT = 3
"""Cells before the text of the field."""


class SearchNote(LinesWidget):
    """The line under the field: what can be done, or the caret under a mistake."""

    GROUND = RAISED
    error: tuple[str, int, int] | None = None
    here = False

    def paint(self, y: int, width: int) -> Strip:
        if self.error is None:
            scope = "this folder only" if self.here else "all mail"
            left = (Piece(" " * LEFT), Piece(scope, "where"), Piece("  ^T changes where", "dim"))
            pieces = spread(left, (Piece("Enter list  Esc close ", "dim"),), width, self.glyphs.ellipsis)
            return self.painter.strip(pieces, width, RAISED)
        text, position, length = self.error
        carets = self.glyphs.caret * max(1, min(length, width - LEFT - position))
        before = Piece(" " * (LEFT + max(position, 0)))
        mark = (
            (before, Piece(carets, "error"), Piece(f" {text}", "warn"))
            if position >= 0
            else (Piece(f"   {text}", "warn"),)
        )
        return self.painter.strip(fit(mark, width, self.glyphs.ellipsis), width, RAISED)


class SearchBar(Vertical):
    """Shown while a search is on the screen."""

    class Asked(Message):
        """Look for this. `here`: only in the folder that was open."""

        def __init__(self, query: str, here: bool) -> None:
            super().__init__()
            self.query = query
            self.here = here

    class Done(Message):
        """The typing is over."""

        def __init__(self, cancelled: bool) -> None:
            super().__init__()
            self.cancelled = cancelled

    def __init__(self, painter: Painter, glyphs: Glyphs) -> None:
        super().__init__(id="search")
        self._painter = painter
        self._glyphs = glyphs
        self._entry: Entry | None = None
        self.note = SearchNote(painter, glyphs, id="search-note")
        self._pause: Timer | None = None
        self._asked = ("", False)

    def compose(self) -> ComposeResult:
        yield self.note

    def on_mount(self) -> None:
        self.display = False

    @property
    def typing(self) -> bool:
        return self._entry is not None and self._entry.has_focus

    def open(self) -> None:
        """The field is made when it is first wanted."""
        self.display = True
        if self._entry is None:
            wanted = frozenset({"escape", "down", "tab", "ctrl+t", "ctrl+q"})
            self._entry = Entry("words, from:anna, is:unread ...", wanted, id="search-entry")
            self.mount(self._entry, before=self.note)
        self._entry.focus()

    def close(self) -> None:
        """Away, and empty the next time."""
        if self._pause is not None:
            self._pause.stop()
        self.display = False
        self._asked = ("", False)
        if self._entry is not None:
            with self._entry.prevent(Entry.Changed):
                self._entry.value = ""
        self.complain(None)

    def complain(self, error: QueryError | None, text: str = "") -> None:
        """Point at the mistake, say what went wrong, or (nothing given) be content."""
        note = self.note
        if error is not None:
            scroll = self._entry.scroll_offset.x if self._entry is not None else 0
            position = cell_width(safe_line(error.query[: error.position])) - scroll
            words = f"{error.text}: {error.hint}" if error.hint else error.text
            note.error = (safe_line(words), max(position, 0), error.length)
        else:
            note.error = (text, -1, 0) if text else None
        note.refresh()

    @on(Entry.Changed)
    def _changed(self, event: Entry.Changed) -> None:
        event.stop()
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(PAUSE, self._ask)

    @on(Entry.Submitted)
    def _submitted(self, event: Entry.Submitted) -> None:
        event.stop()
        if not event.value.strip():
            self.post_message(self.Done(cancelled=True))
            return
        self._ask()
        self.post_message(self.Done(cancelled=False))

    @on(Entry.Pressed)
    def _pressed(self, event: Entry.Pressed) -> None:
        event.stop()
        if event.key == "ctrl+t":
            self.note.here = not self.note.here
            self.note.refresh()
            self._ask()
        elif event.key == "ctrl+q":
            self.app.exit()
        else:
            empty = self._entry is None or not self._entry.value.strip()
            if event.key != "escape" and not empty:
                self._ask()
            self.post_message(self.Done(cancelled=event.key == "escape" or empty))

    def _ask(self) -> None:
        if self._pause is not None:
            self._pause.stop()
        query = self._entry.value.strip() if self._entry is not None else ""
        wanted = (query, self.note.here)
        if query and wanted != self._asked:
            self._asked = wanted
            self.post_message(self.Asked(query, self.note.here))

    def repainted(self, painter: Painter) -> None:
        self.note.repainted(painter)
