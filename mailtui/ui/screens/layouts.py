"""Which panes a terminal has room for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from mailtui.model.remembered import Sizes

LEAST_WIDTH, LEAST_HEIGHT = 40, 10
BESIDE_FROM = 150
"""Columns that list and reader need to stand side by side without cramping each other."""
STACKED_FROM = 30
"""Rows that they need to stand one above the other."""


LEAST_FOLDERS, LEAST_LIST, LEAST_READER = 14, 36, 40
"""Columns that a pane keeps, whatever a person makes of it."""
LEAST_LINES = 6
"""Lines that list and reader keep where they lie one above the other."""

USUAL = Sizes()


class Panes(Enum):
    """How many stand side by side."""

    NONE = 0
    ONE = 1
    TWO = 2
    THREE = 3


@dataclass(frozen=True, slots=True)
class Layout:
    """Widths in cells; 0 = not shown. `stacked`: the reader is below the list, that many lines high."""

    panes: Panes
    folders: int
    list: int
    reader: int
    stacked: int = 0


def panes_for(width: int, height: int) -> Panes:
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return Panes.NONE
    if width < 80:
        return Panes.ONE
    return Panes.TWO if width < 120 else Panes.THREE


def arrange(width: int, height: int, focus: str, zoomed: bool, sizes: Sizes = USUAL) -> Layout:
    """`focus`: folders, list or reader; where there is no room the focused pane is the one that is shown. `sizes`: what
    the person made of them, as far as there is room."""
    panes = panes_for(width, height)
    reading = focus == "reader"
    if panes is Panes.NONE:
        return Layout(panes, 0, 0, 0)
    if panes is Panes.ONE:
        return Layout(panes, width * (focus == "folders"), width * (focus == "list"), width * reading)
    if panes is Panes.TWO:
        if reading:
            return Layout(panes, 0, 0, width)
        folders = _folders(20 if width < 100 else 24, width - LEAST_LIST, sizes)
        return Layout(panes, folders, width - folders, 0)
    if reading and zoomed:
        return Layout(panes, 0, 0, width)
    if width < BESIDE_FROM and height >= STACKED_FROM:
        folders = _folders(22, width - LEAST_READER, sizes)
        rest = width - folders
        lines = height - 2
        stacked = lines * 6 // 10 if sizes.stacked is None else lines * sizes.stacked // 100
        return Layout(panes, folders, rest, rest, stacked=max(LEAST_LINES, min(stacked, lines - LEAST_LINES)))
    folders = _folders(22 if width < BESIDE_FROM else 28, width - LEAST_LIST - LEAST_READER, sizes)
    rest = width - folders
    reader = max(56, min(rest * 55 // 100, 106))
    if sizes.beside is not None:
        reader = rest * sizes.beside // 100
    reader = max(LEAST_READER, min(reader, rest - LEAST_LIST))
    return Layout(panes, folders, rest - reader, reader)


def _folders(usual: int, most: int, sizes: Sizes) -> int:
    return usual if sizes.folders is None else max(LEAST_FOLDERS, min(sizes.folders, most))


def edge_at(layout: Layout, height: int, x: int, y: int) -> str:
    """Which edge between panes is at a place of the screen, to be drawn by the mouse: folders, reader (its left one) or
    stacked (its upper one); "" for none."""
    if layout.folders and layout.list and x == layout.folders - 1 and y < height - 2:
        return "folders"
    if layout.list and layout.reader:
        if layout.stacked and y == height - 2 - layout.stacked and x >= layout.folders:
            return "stacked"
        if not layout.stacked and x == layout.folders + layout.list:
            return "reader"
    return ""


def resized(layout: Layout, sizes: Sizes, height: int, focus: str, across: int, down: int = 0) -> Sizes:
    """The sizes after the focused pane grew by so many columns, or by so many lines (less than 0: it shrank). `layout`:
    how the panes are now, on a screen of `height` lines."""
    if layout.panes in {Panes.NONE, Panes.ONE} or not layout.list:
        return sizes
    if across and focus != "folders" and layout.reader and not layout.stacked:
        reader = layout.reader + (across if focus == "reader" else -across)
        rest = layout.list + layout.reader
        reader = max(LEAST_READER, min(reader, rest - LEAST_LIST))
        return replace(sizes, beside=-(-100 * reader // rest))
    if across and layout.folders:
        most = layout.folders + layout.list - LEAST_LIST
        if layout.reader and not layout.stacked:
            most += layout.reader - LEAST_READER
        wanted = layout.folders + (across if focus == "folders" else -across)
        return replace(sizes, folders=max(LEAST_FOLDERS, min(wanted, most)))
    if down and layout.stacked:
        lines = height - 2
        stacked = layout.stacked + (down if focus == "reader" else -down)
        return replace(sizes, stacked=-(-100 * max(LEAST_LINES, min(stacked, lines - LEAST_LINES)) // lines))
    return sizes
