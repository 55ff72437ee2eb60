"""What can follow the keys typed so far: a box above the footer that comes after a pause."""

from __future__ import annotations

from textual.strip import Strip

from mailtui.mail.sanitize import cell_width
from mailtui.ui.actions import LIST, describe
from mailtui.ui.keymap import Keymap
from mailtui.ui.painting import RAISED, Painter
from mailtui.ui.widgets.lines import LinesWidget
from mailtui.view.glyphs import Glyphs
from mailtui.view.keys import Sequence_, show_keys
from mailtui.view.pieces import Piece, Pieces, fit

COLUMN, LEAST = 40, 29
"""Cells of a column, when there is room for several; and when there is not."""
MOST_LINES = 14


class WhichKey(LinesWidget):
    """Line 0 is the prefix, the rest are columns of keys."""

    GROUND = RAISED

    def __init__(self, painter: Painter, glyphs: Glyphs, keymap: Keymap) -> None:
        super().__init__(painter, glyphs, id="which")
        self._keymap = keymap
        self._title = ""
        self._entries: tuple[tuple[str, str], ...] = ()
        self._rows = 1
        self._columns = 1
        self._unseen = 0

    def on_mount(self) -> None:
        self.display = False

    def open(self, prefix: Sequence_, scope: str) -> None:
        """Show what can follow."""
        size = self.app.size
        found = sorted(self._keymap.bindings[scope].continuations(prefix))
        self._title = show_keys(prefix)
        most = max(1, min(MOST_LINES, size.height // 2))
        self._columns = max(1, min(size.width // COLUMN, 4))
        while -(-len(found) // self._columns) > most and (self._columns + 1) * LEAST <= size.width:
            self._columns += 1
        self._rows = min(-(-len(found) // self._columns), most)
        self._unseen = max(0, len(found) - self._rows * self._columns)
        room = size.width // self._columns - 8
        self._entries = tuple((show_keys(keys[len(prefix) :]), _words(name, scope, room)) for keys, name in found)
        self.styles.height = self._rows + 1
        self.display = True
        self.refresh(layout=True)

    def shut(self) -> None:
        if self.display:
            self.display = False

    def paint(self, y: int, width: int) -> Strip:
        if y == 0:
            words = f"{self.glyphs.ellipsis}  Esc ends it"
            if self._unseen:
                words += f" {self.glyphs.separator} {self._unseen} more: {self._keymap.shown('help', LIST, 1)}"
            left: Pieces = (Piece(f"  {self._title} ", "head-focus"), Piece(words, "dim"))
            if self.painter.palette.reverse:  # no ground of its own: a line says where it begins
                left = (*left, Piece("  "), Piece(self.glyphs.rule * width, "rule"))
                return self.painter.strip(fit(left, width, self.glyphs.rule), width, RAISED)
            return self.painter.strip(fit(left, width, self.glyphs.ellipsis), width, RAISED)
        pieces: list[Piece] = []
        column = width // self._columns
        for index in range(self._columns):
            at = index * self._rows + y - 1
            if at < len(self._entries):
                keys, words = self._entries[at]
                cell = fit(
                    (Piece(f"  {keys:>3}", "hint-key"), Piece(f"  {words}", "text")), column - 1, self.glyphs.ellipsis
                )
                used = sum(cell_width(piece.text) for piece in cell)
                pieces += [*cell, Piece(" " * (column - used))]
        return self.painter.strip(pieces, width, RAISED)


def _words(name: str, scope: str, room: int) -> str:
    """What it does; its short name, where that has no room."""
    action = describe(name, scope)
    words = action.description.split(";")[0].split(":")[0] if action is not None else ""
    if words and cell_width(words) <= room:
        return words
    words = (action.hint if action is not None else "") or name.removeprefix("go_").replace("_", " ")
    return words[:1].upper() + words[1:]
