"""From pieces of safe text with style names to strips with colours. Every segment gets a foreground and a ground of its
own, so that nothing shines through from somewhere else."""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from mailtui.mail.sanitize import cell_width
from mailtui.ui.themes.palettes import Palette
from mailtui.view.picture import shaded
from mailtui.view.pieces import Piece

BASE, SIDE, RAISED, CURSOR, CURSOR_IDLE, MARKED = "base", "side", "raised", "cursor", "cursor_idle", "marked"

# style name -> (colour of the palette, attributes: b bold, d dim, i italic, u underlined, r reverse)
_LOOKS: dict[str, tuple[str, str]] = {
    "": ("text", ""),
    "text": ("text", ""),
    "dim": ("dim", ""),
    "strong": ("strong", "b"),
    "accent": ("accent", ""),
    "rule": ("faint", ""),
    "good": ("good", ""),
    "warn": ("warn", ""),
    "error": ("error", "b"),
    "badge": ("unread", "br"),
    "cursor-mark": ("accent", "b"),
    "head": ("dim", "b"),
    "head-focus": ("accent", "b"),
    # list
    "mark": ("unread", "b"),
    "star": ("star", ""),
    "note": ("dim", ""),
    "pending": ("warn", ""),
    "picked": ("accent", "b"),
    "done": ("good", "b"),
    "sender": ("text", ""),
    "subject": ("text", ""),
    "snippet": ("dim", ""),
    "rails": ("dim", ""),
    "where": ("link", ""),
    "size": ("dim", ""),
    "date": ("dim", ""),
    "unread-sender": ("strong", "b"),
    "unread-subject": ("strong", "b"),
    "unread-date": ("unread", ""),
    "loading": ("faint", ""),
    "new": ("unread", "b"),
    # folders
    "account": ("dim", "b"),
    "folder": ("text", ""),
    "folder-open": ("accent", "b"),
    "folder-unread": ("strong", "b"),
    "folder-dim": ("dim", ""),
    "glyph": ("dim", ""),
    "count": ("unread", ""),
    # reader
    "title": ("strong", "b"),
    "key": ("dim", ""),
    "value": ("text", ""),
    "person": ("strong", ""),
    "file": ("link", ""),
    "notice": ("warn", ""),
    "quote1": ("quote1", ""),
    "quote2": ("quote2", ""),
    "quote3": ("quote3", ""),
    "link": ("link", "u"),
    "fold": ("accent", ""),
    "heading": ("strong", "b"),
    "emphasis": ("text", "i"),
    "code": ("quote2", ""),
    "signature": ("dim", ""),
    "diff-add": ("good", ""),
    "diff-del": ("error", ""),
    # keys
    "hint-key": ("accent", "b"),
    "hint": ("dim", ""),
    "match": ("unread", "b"),
}


def _colour(name: str) -> str:
    """Textual says ansi_red where Rich says red."""
    return name.removeprefix("ansi_")


class Painter:
    """Strips in the colours of one palette."""

    def __init__(self, palette: Palette, *, colours: bool = True) -> None:
        """Without `colours` (NO_COLOR) only bold, underline and reverse are left."""
        self.palette = palette
        self.colours = colours
        self._styles: dict[tuple[str, str], Style] = {}

    def style(self, name: str, ground: str = BASE) -> Style:
        found = self._styles.get((name, ground))
        if found is None:
            found = self._styles[(name, ground)] = self._make(name, ground)
        return found

    def _make(self, name: str, ground: str) -> Style:
        colour, attributes = _LOOKS.get(name, _LOOKS[""])
        palette = self.palette
        dim_by_attribute = palette.reverse and colour == "dim"
        on_cursor = palette.reverse and ground in {CURSOR, CURSOR_IDLE}
        foreground: str = palette.text if on_cursor else getattr(palette, colour)
        if ground == CURSOR and not palette.reverse and colour in {"dim", "faint"}:
            foreground = palette.text
        return Style(
            color=_colour(foreground) if self.colours else "default",
            bgcolor=_colour(getattr(palette, ground)) if self.colours else "default",
            bold="b" in attributes or (on_cursor and ground == CURSOR),
            dim=(dim_by_attribute and not on_cursor) or "d" in attributes,
            italic="i" in attributes,
            underline="u" in attributes or (on_cursor and ground == CURSOR_IDLE),
            reverse=("r" in attributes) != (on_cursor and ground == CURSOR),
        )

    def strip(self, pieces: Iterable[Piece], width: int, ground: str = BASE, edge: str = "") -> Strip:
        """Exactly `width` cells; `pieces` must not be wider. `edge`: what stands in the last cell, on the plain ground
        (part of a scroll bar)."""
        segments = [self._segment(text, name, ground) for text, name in pieces if text]
        used = sum([cell_width(segment.text) for segment in segments])
        room = width - len(edge)
        if used < room:
            segments.append(Segment(" " * (room - used), self.style("", ground)))
        if edge:
            segments.append(Segment(edge, self.style("dim", ground if ground == RAISED else BASE)))
        return Strip(segments, max(used + len(edge), width))

    def _segment(self, text: str, name: str, ground: str) -> Segment:
        if not name.startswith("#"):
            return Segment(text, self.style(name, ground))
        if not self.colours:
            return Segment(shaded(name) * len(text), self.style("", ground))
        upper, _, lower = name.partition("/")  # of a picture: too many to be remembered
        return Segment(text, Style(color=upper, bgcolor=lower))

    def blank(self, width: int, ground: str = BASE) -> Strip:
        return self.strip((), width, ground)
