"""The rows of a sheet that is filled in: a label with a line of text, or with a choice; and lines of words below."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.strip import Strip

from mailtui.ui.painting import BASE, RAISED, SIDE, Painter
from mailtui.ui.widgets.entry import Entry
from mailtui.ui.widgets.lines import LinesWidget
from mailtui.view.glyphs import Glyphs
from mailtui.view.pieces import Piece, Pieces, fit, spread
from mailtui.view.reader import wrap

LONGEST = 3
"""Lines that one sentence may take."""


class RowLabel(LinesWidget):
    """Lit while its row has the keys."""

    def __init__(self, painter: Painter, glyphs: Glyphs, text: str) -> None:
        super().__init__(painter, glyphs)
        self.text = text
        self.lit = False
        self.add_class("sheet-label")

    def light(self, lit: bool) -> None:
        if lit != self.lit:
            self.lit = lit
            self.refresh()

    def paint(self, y: int, width: int) -> Strip:
        mark = Piece(self.glyphs.cursor if self.lit else " ", "cursor-mark")
        words = Piece(self.text, "head-focus" if self.lit else "key")
        return self.painter.strip(fit((mark, Piece(" "), words), width, self.glyphs.ellipsis), width, BASE)


class Line(Entry):
    """One line of text, or of a secret that is never shown."""

    def __init__(
        self,
        placeholder: str,
        wanted: frozenset[str],
        *,
        id: str,  # noqa: A002
        secret: bool = False,
        whole: bool = False,
    ) -> None:
        """`whole`: what is typed first takes the place of what stood there."""
        super().__init__(placeholder, wanted, id=id)
        self.select_on_focus = whole
        self.password = secret
        self.add_class("sheet-line")

    def _on_paste(self, event: events.Paste) -> None:
        """Its first line, without what no terminal should get back."""
        event.stop()
        event.prevent_default()
        line = next((line for line in event.text.splitlines() if line.strip()), "")
        self.replace("".join(char for char in line if char.isprintable()), *sorted(self.selection))


class Choice(LinesWidget):
    """One of several; left and right turn to the next."""

    GROUND = RAISED
    can_focus = True

    def __init__(
        self,
        painter: Painter,
        glyphs: Glyphs,
        words: Callable[[], str],
        turn: Callable[[int], None],
        wanted: frozenset[str],
        *,
        id: str,  # noqa: A002
    ) -> None:
        super().__init__(painter, glyphs, id=id)
        self._words = words
        self._turn = turn
        self.wanted = wanted
        self.add_class("sheet-choice")

    def paint(self, y: int, width: int) -> Strip:
        words = Piece(self._words(), "text")
        hint = Piece("  left/right changes", "dim")
        blank, ends = Piece(" "), (Piece("< ", "hint-key"), Piece(" >", "hint-key"))
        pieces = (blank, ends[0], words, ends[1], hint) if self.has_focus else (blank, words)
        return self.painter.strip(fit(pieces, width, self.glyphs.ellipsis), width, RAISED)

    def on_key(self, event: events.Key) -> None:
        if event.key in self.wanted:
            event.stop()
            self.post_message(Entry.Pressed(event.key))
        elif event.key in {"left", "right", "space", "h", "l"}:
            event.stop()
            self.turn(-1 if event.key in {"left", "h"} else 1)

    def on_click(self) -> None:
        self.turn(1)

    def turn(self, by: int) -> None:
        """To the next one, or the one before."""
        self._turn(by)
        self.refresh()


class Words(LinesWidget):
    """Sentences, broken to the width that there is."""

    lines: Sequence[tuple[str, str]] = ()
    """(style, safe text); an empty text is an empty line."""

    def say(self, lines: Sequence[tuple[str, str]]) -> None:
        if tuple(lines) != tuple(self.lines):
            self.lines = tuple(lines)
            self.refresh()

    def paint(self, y: int, width: int) -> Strip:
        rows = [
            Piece(part, style)
            for style, text in self.lines
            for part in (wrap(text, width - 4, LONGEST, self.glyphs.ellipsis) or [""])
        ]
        row = (Piece("  "), rows[y]) if y < len(rows) else ()
        return self.painter.strip(fit(row, width, self.glyphs.ellipsis), width, BASE)


class Edge(LinesWidget):
    """A line at the upper or lower edge."""

    GROUND = SIDE
    left: Pieces = ()
    right: Pieces = ()

    def show(self, left: Pieces, right: Pieces = ()) -> None:
        if (left, right) != (self.left, self.right):
            self.left, self.right = left, right
            self.refresh()

    def paint(self, y: int, width: int) -> Strip:
        return self.painter.strip(spread(self.left, self.right, width, self.glyphs.ellipsis), width, SIDE)
