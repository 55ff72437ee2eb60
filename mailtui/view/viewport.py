"""Where a list is looked at: its length, the cursor, the lines on the screen, and what has to be painted again."""

from __future__ import annotations

from dataclasses import dataclass

from mailtui.model.ids import PlacementId
from mailtui.model.mail import Row, RowKey
from mailtui.view.window import Window

CONTEXT = 2
"""Lines above and below the cursor that stay in sight while it moves line by line."""


@dataclass(frozen=True, slots=True)
class Damage:
    """What has to be painted again: all of it, or lines of the viewport; `header` if counts changed."""

    everything: bool = False
    lines: frozenset[int] = frozenset()
    header: bool = False


class Viewport:
    """Cursor and screen over the loaded rows. Positions count from the newest message, 0."""

    def __init__(self, total: int, height: int, cursor_key: RowKey | None) -> None:
        self.total = total
        self.height = max(1, height)
        self.top = 0
        self.cursor = 0
        self.cursor_key = cursor_key
        self.window = Window()
        self.fresh: set[PlacementId] = set()
        self._follow = True
        self._damage_all = True
        self._damage_header = True
        self._damage_lines: set[int] = set()

    # -- what is there

    def row_at(self, position: int) -> Row | None:
        """None: not loaded yet (or beyond the end)."""
        return self.window.at(position)

    @property
    def current(self) -> Row | None:
        """The message under the cursor, if it is loaded."""
        return self.window.at(self.cursor)

    def visible(self) -> range:
        """Positions on the screen."""
        return range(self.top, min(self.total, self.top + self.height))

    def damage(self) -> Damage:
        """What changed since it was last asked."""
        out = Damage(self._damage_all, frozenset(self._damage_lines), self._damage_header)
        self._damage_all = self._damage_header = False
        self._damage_lines.clear()
        return out

    # -- what the person does

    def move_to(self, position: int) -> None:
        """Put the cursor on a position; the viewport follows as little as it must."""
        position = max(0, min(position, self.total - 1))
        self._touch(self.cursor)
        self._touch(position)
        self.cursor = position
        row = self.window.at(position)
        self.cursor_key = row.key if row else None
        self._follow = position == 0
        if self._follow and self.fresh:
            self.fresh.clear()
            self._damage_header = True
        self._reveal()

    def move_by(self, lines: int) -> None:
        """Lines beyond the cursor stay in sight, so that one sees what comes next."""
        self.move_to(self.cursor + lines)
        self._reveal(min(CONTEXT, self.height // 6))

    def align(self, part: float) -> None:
        """The viewport moves, the cursor does not: to its first line (0.0), its middle (0.5), its last (1.0)."""
        self.scroll_to(self.cursor - round((self.height - 1) * part))

    def page(self, pages: float) -> None:
        """Cursor and viewport by pages; one line of the old page stays in sight."""
        step = max(1, round((self.height - 1) * abs(pages))) * (1 if pages > 0 else -1)
        line = self.cursor - self.top
        top = max(0, min(self.top + step, self.total - self.height))
        if top != self.top:
            self.top = top
            self._damage_all = True
            self.move_to(min(max(top + line, top), top + self.height - 1))
        else:
            self.move_by(step)

    def scroll_to(self, top: int) -> None:
        """The viewport alone (mouse wheel, scroll bar)."""
        top = max(0, min(top, self.total - self.height))
        if top != self.top:
            self.top = top
            self._damage_all = True

    def resize(self, height: int) -> None:
        """The cursor stays in sight."""
        line = self.cursor - self.top
        self.height = max(1, height)
        if line >= self.height:
            self.top = self.cursor - self.height + 1
        self._clamp()
        self._damage_all = True

    def pin(self) -> RowKey | None:
        """The message that keeps its line on the screen: under the cursor, or the first in sight."""
        return self._pin()

    def _pin(self) -> RowKey | None:
        if self._cursor_shown() and self.cursor_key is not None:
            return self.cursor_key
        row = self.window.at(self.top)
        return row.key if row else self.cursor_key

    def _cursor_shown(self) -> bool:
        return self.top <= self.cursor < self.top + self.height

    def _clamp(self) -> None:
        self.cursor = max(0, min(self.cursor, self.total - 1))
        self.top = max(0, min(self.top, self.total - self.height))

    def _reveal(self, context: int = 0) -> None:
        """The cursor in sight, with `context` lines above and below it."""
        top = self.top
        if self.cursor - context < top:
            top = self.cursor - context
        elif self.cursor + context >= top + self.height:
            top = self.cursor + context - self.height + 1
        top = max(0, min(top, self.total - self.height))
        if top != self.top:
            self.top = top
            self._damage_all = True

    def _touch(self, position: int) -> None:
        if self.top <= position < self.top + self.height:
            self._damage_lines.add(position - self.top)
