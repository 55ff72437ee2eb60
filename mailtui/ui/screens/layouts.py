"""Which panes a terminal has room for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

LEAST_WIDTH, LEAST_HEIGHT = 40, 10
BESIDE_FROM = 150
"""Columns that list and reader need to stand side by side without cramping each other."""
STACKED_FROM = 30
"""Rows that they need to stand one above the other."""


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


def arrange(width: int, height: int, focus: str, zoomed: bool) -> Layout:
    """`focus`: folders, list or reader; where there is no room the focused pane is the one that is shown."""
    panes = panes_for(width, height)
    reading = focus == "reader"
    if panes is Panes.NONE:
        return Layout(panes, 0, 0, 0)
    if panes is Panes.ONE:
        return Layout(panes, width * (focus == "folders"), width * (focus == "list"), width * reading)
    if panes is Panes.TWO:
        if reading:
            return Layout(panes, 0, 0, width)
        folders = 20 if width < 100 else 24
        return Layout(panes, folders, width - folders, 0)
    if reading and zoomed:
        return Layout(panes, 0, 0, width)
    folders = 22 if width < BESIDE_FROM else 28
    rest = width - folders
    if width < BESIDE_FROM and height >= STACKED_FROM:
        return Layout(panes, folders, rest, rest, stacked=(height - 2) * 6 // 10)
    reader = max(56, min(rest * 55 // 100, 106))
    return Layout(panes, folders, rest - reader, reader)
