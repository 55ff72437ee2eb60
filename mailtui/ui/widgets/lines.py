"""A widget that is lines of pieces: the base of every pane. Scrolls by itself in the sense that whoever fills it knows
which line stands where; there is no virtual region, so a million lines cost what a screenful costs."""

from __future__ import annotations

from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from mailtui.ui.painting import BASE, Painter
from mailtui.view.glyphs import Glyphs
from mailtui.view.pieces import Piece


class ActionWanted(Message):
    """The mouse pressed what stands for an action; `times` as a number before its key."""

    def __init__(self, action: str, times: int | None = None) -> None:
        super().__init__()
        self.action = action
        self.times = times


class LinesWidget(Widget):
    """Give `paint(y, width)`; call `touch` with the lines that changed."""

    GROUND = BASE
    BORDERED = False
    """Whether the style sheet gives it borders or padding; if not, its strips go to the compositor as they are."""

    def __init__(self, painter: Painter, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.painter = painter
        self.glyphs = glyphs
        self._labels: dict[int, str] = {}

    def paint(self, y: int, width: int) -> Strip:
        """The strip of line `y` of the widget, `width` cells."""
        raise NotImplementedError

    def label(self, lines: dict[int, str]) -> None:
        """Letters at the left of these lines, above what stands there; none takes them away."""
        if lines != self._labels:
            self._labels = lines
            self.refresh()

    def _line(self, y: int, width: int) -> Strip:
        strip = self.paint(y, width)
        label = self._labels.get(y)
        if label is None:
            return strip
        badge = self.painter.strip((Piece(label, "badge"),), len(label))
        return Strip.join([badge, strip.crop(len(label), width)])

    def render_line(self, y: int) -> Strip:
        return self._line(y, self.content_size.width)

    def render_lines(self, crop: Region) -> list[Strip]:
        if self.BORDERED:
            return super().render_lines(crop)
        width = self.size.width
        strips = [self._line(y, width) for y in range(crop.y, crop.bottom)]
        if crop.x or crop.right < width:
            return [strip.crop(crop.x, crop.right) for strip in strips]
        return strips

    def touch(self, *lines: int) -> None:
        """Paint these lines again."""
        for y in lines:
            self.refresh(Region(0, y, self.content_size.width, 1))

    def repainted(self, painter: Painter) -> None:
        """Other colours from now on."""
        self.painter = painter
        self.forget()
        self.refresh()

    def forget(self) -> None:
        """Drop strips that were kept."""

    def line_of(self, y: int) -> int:
        """Line of the content for the y of a mouse event."""
        return y - self.gutter.top

    def head(
        self, title: str, right: tuple[Piece, ...] = (), after: tuple[Piece, ...] = ()
    ) -> tuple[list[Piece], tuple[Piece, ...]]:
        """Pieces of a title line: the mark and the colour say where the focus is."""
        focus = self.has_focus
        mark = Piece(self.glyphs.cursor if focus else " ", "cursor-mark")
        return [mark, Piece(f"{title}", "head-focus" if focus else "head"), *after], right

    def on_focus(self) -> None:
        self.forget()
        self.refresh()

    def on_blur(self) -> None:
        self.forget()
        self.refresh()


def thumb(top: int, height: int, total: int) -> range:
    """Lines of a scroll bar of `height` that are its thumb; empty if everything is in sight."""
    if total <= height or height < 2:
        return range(0)
    size = max(1, round(height * height / total))
    start = round((height - size) * top / max(1, total - height))
    return range(start, start + size)
