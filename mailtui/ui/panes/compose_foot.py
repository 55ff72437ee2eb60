"""The two lines at the bottom of the composer: a sentence or what the message comes to, and the keys."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.strip import Strip
from textual.timer import Timer

from mailtui.ui.actions import COMPOSER, in_scope
from mailtui.ui.keymap import Keymap
from mailtui.ui.painting import SIDE, Painter
from mailtui.ui.widgets.lines import LinesWidget
from mailtui.view.glyphs import Glyphs
from mailtui.view.pieces import Piece, Pieces, fit, spread, width_of
from mailtui.view.pointing import piece_at

WORD_STAYS = 6.0
"""Seconds that a sentence stays."""


class ComposeFoot(LinesWidget):
    """Line 0: a sentence for a moment, else figures. Line 1: as many keys as fit."""

    GROUND = SIDE

    def __init__(self, painter: Painter, glyphs: Glyphs, keymap: Keymap) -> None:
        super().__init__(painter, glyphs, id="compose-foot")
        self.keymap = keymap
        self.left: Pieces = ()
        self.right: Pieces = ()
        self.press: Callable[[str], None] = lambda action: None
        """Performs an action that the mouse pressed."""
        self.without: frozenset[str] = frozenset()
        """Actions that mean nothing for this message."""
        self._sentence = ""
        self._style = "warn"
        self._stay: Timer | None = None

    def say(self, text: str, style: str = "warn", seconds: float = WORD_STAYS) -> None:
        """Safe text, for a moment."""
        self._sentence, self._style = text, style
        if self._stay is not None:
            self._stay.stop()
        self._stay = self.set_timer(seconds, self.hush)
        self.touch(0)

    def hush(self) -> None:
        """The figures again."""
        if self._sentence:
            self._sentence = ""
            self.touch(0)

    def show(self, left: Pieces, right: Pieces) -> None:
        if (left, right) != (self.left, self.right):
            self.left, self.right = left, right
            self.touch(0)

    def paint(self, y: int, width: int) -> Strip:
        if y == 1:
            return self.painter.strip(self._hints(width), width, SIDE)
        if self._sentence:
            pieces = fit((Piece("  "), Piece(self._sentence, self._style)), width, self.glyphs.ellipsis)
        else:
            pieces = spread((Piece("  "), *self.left), self.right, width, self.glyphs.ellipsis)
        return self.painter.strip(pieces, width, SIDE)

    def on_click(self, event: events.Click) -> None:
        """What the mouse presses here does what its key does."""
        width = self.content_size.width
        at = piece_at(self._hints(width), event.x) if self.line_of(event.y) == 1 else None
        if at:
            self.press(self._offered(width)[(at - 1) // 2][0])

    def _hints(self, width: int) -> Pieces:
        return (Piece(" "), *(piece for _, pieces in self._offered(width) for piece in pieces))

    def _offered(self, width: int) -> list[tuple[str, Pieces]]:
        """Actions of the line, each with its key and its word."""
        found: list[tuple[int, str, Pieces]] = []
        for action in in_scope(COMPOSER):
            keys = self.keymap.shown(action.name, COMPOSER, 1)
            if action.hint and keys and action.name not in self.without:
                words = (Piece(f" {keys}", "hint-key"), Piece(f" {action.hint} ", "hint"))
                found.append((action.rank, action.name, words))
        room = width - 1
        kept: set[int] = set()
        for place, (_, _, pieces) in sorted(enumerate(found), key=lambda item: item[1][0]):
            room -= width_of(pieces)
            if room < 0:
                break
            kept.add(place)
        return [found[place][1:] for place in sorted(kept)]
