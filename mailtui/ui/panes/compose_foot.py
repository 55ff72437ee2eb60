"""The two lines at the bottom of the composer: a sentence or what the message comes to, and the keys."""

from __future__ import annotations

from textual.strip import Strip
from textual.timer import Timer

from mailtui.ui.actions import COMPOSER, in_scope
from mailtui.ui.keymap import Keymap
from mailtui.ui.painting import SIDE, Painter
from mailtui.ui.widgets.lines import LinesWidget
from mailtui.view.glyphs import Glyphs
from mailtui.view.pieces import Piece, Pieces, fit, spread, width_of

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

    def _hints(self, width: int) -> Pieces:
        found: list[tuple[int, Pieces]] = []
        for action in in_scope(COMPOSER):
            keys = self.keymap.shown(action.name, COMPOSER, 1)
            if action.hint and keys and action.name not in self.without:
                found.append((action.rank, (Piece(f" {keys}", "hint-key"), Piece(f" {action.hint} ", "hint"))))
        room = width - 1
        kept: set[int] = set()
        for place, (_, pieces) in sorted(enumerate(found), key=lambda item: item[1][0]):
            room -= width_of(pieces)
            if room < 0:
                break
            kept.add(place)
        return (Piece(" "), *(piece for place in sorted(kept) for piece in found[place][1]))
