"""What goes along with a message that is being written: a line for each file, at most a few of them at once."""

from __future__ import annotations

from textual import events
from textual.message import Message
from textual.strip import Strip

from mailtui.mail.sanitize import safe_line
from mailtui.ui.painting import BASE, CURSOR, SIDE, Painter
from mailtui.ui.widgets.lines import LinesWidget
from mailtui.view.composer import Enclosed
from mailtui.view.figures import size
from mailtui.view.glyphs import Glyphs
from mailtui.view.pieces import Piece, spread


class FilesLine(LinesWidget):
    """Has the keys when one tabs to it: j k move, d takes away, Enter opens."""

    can_focus = True

    class Acted(Message):
        """A key on a file: `open` or `remove`."""

        def __init__(self, deed: str, place: int) -> None:
            super().__init__()
            self.deed = deed
            self.place = place

    def __init__(self, painter: Painter, glyphs: Glyphs) -> None:
        super().__init__(painter, glyphs, id="compose-files")
        self.files: tuple[Enclosed, ...] = ()
        self.coming = 0
        """Files that are being copied."""
        self.cursor = 0
        self.top = 0
        self.most = 4

    def show(self, files: tuple[Enclosed, ...], coming: int, most: int) -> None:
        """At most `most` lines."""
        self.files, self.coming, self.most = files, coming, max(1, most)
        self.cursor = max(0, min(self.cursor, len(files) - 1))
        lines = min(self.most, len(files) + bool(coming))
        self.styles.height = lines
        self.display = bool(lines)
        self._follow()
        self.refresh()

    def _follow(self) -> None:
        height = min(self.most, len(self.files) + bool(self.coming))
        self.top = max(0, min(self.top, self.cursor, len(self.files) + bool(self.coming) - height))
        if self.cursor >= self.top + height:
            self.top = self.cursor - height + 1

    def on_key(self, event: events.Key) -> None:
        moves = {"j": 1, "down": 1, "k": -1, "up": -1}
        deeds = {"d": "remove", "delete": "remove", "x": "remove", "backspace": "remove", "enter": "open", "o": "open"}
        if event.key in moves:
            self.cursor = max(0, min(self.cursor + moves[event.key], len(self.files) - 1))
            self._follow()
            self.refresh()
        elif event.key in deeds and self.files:
            self.post_message(self.Acted(deeds[event.key], self.cursor))
        else:
            return
        event.stop()

    def on_click(self, event: events.Click) -> None:
        place = self.top + self.line_of(event.y)
        if place < len(self.files):
            self.cursor = place
            self.refresh()

    def paint(self, y: int, width: int) -> Strip:
        place = self.top + y
        if place >= len(self.files):
            words = f"  {self.glyphs.attachment} copying{self.glyphs.ellipsis}" if self.coming else ""
            return self.painter.strip(spread((Piece(words, "dim"),), (), width, self.glyphs.ellipsis), width, BASE)
        one = self.files[place]
        here = self.has_focus and place == self.cursor
        left = (
            Piece(f"{self.glyphs.cursor if here else ' '} ", "cursor-mark"),
            Piece(f"{self.glyphs.attachment} ", "dim"),
            Piece(safe_line(one.name), "file"),
        )
        right: tuple[Piece, ...] = (Piece(f"{size(one.size)} ", "dim"),)
        hidden = len(self.files) - self.top - self.most
        if y == self.most - 1 and hidden > 0:
            right = (Piece(f"and {hidden} more  ", "dim"), *right)
        if here:
            keys = (("Enter", " open  "), ("d", " take away  "))
            right = (*(piece for key, word in keys for piece in (Piece(key, "hint-key"), Piece(word, "hint"))), *right)
        return self.painter.strip(spread(left, right, width, self.glyphs.ellipsis), width, CURSOR if here else BASE)


class ComposeTitle(LinesWidget):
    """What this is, and what of it is safe on the disk."""

    GROUND = SIDE
    text = ""
    right = ""
    style = "dim"

    def say(self, text: str, right: str, style: str = "dim") -> None:
        """Safe texts."""
        if (text, right, style) != (self.text, self.right, self.style):
            self.text, self.right, self.style = text, right, style
            self.refresh()

    def paint(self, y: int, width: int) -> Strip:
        left = (Piece(self.glyphs.cursor, "cursor-mark"), Piece(self.text, "head-focus"))
        right = (Piece(f"{self.right} ", self.style),) if self.right else ()
        return self.painter.strip(spread(left, right, width, self.glyphs.ellipsis), width, SIDE)


class Rule(LinesWidget):
    """A line across."""

    def paint(self, y: int, width: int) -> Strip:
        return self.painter.strip((Piece(self.glyphs.rule * width, "rule"),), width, BASE)
