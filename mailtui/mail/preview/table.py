"""Comma-separated values as a table that fits the width."""

from __future__ import annotations

import csv
import io

from mailtui.mail.render.lines import Line, Span, wrap
from mailtui.mail.sanitize import cell_width, clip, pad, safe_line

MAX_ROWS = 2_000
MAX_COLUMNS = 60
_LEAST = 6
_MOST = 40


def _delimiter(text: str) -> str:
    """The sign that most often divides the first line."""
    first = text.lstrip("\ufeff\n").partition("\n")[0]
    return max(",;\t|", key=first.count)


def _rows(text: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text), delimiter=delimiter):
            rows.append([" ".join(cell.split()) for cell in row[:MAX_COLUMNS]])
            if len(rows) >= MAX_ROWS:
                break
    except csv.Error:
        pass
    return rows


def _sizes(rows: list[list[str]], width: int) -> list[int]:
    """Cells of each column: what it needs, the widest ones cut until all fit."""
    columns = max(map(len, rows))
    sizes = [1] * columns
    for row in rows[:500]:
        for place, cell in enumerate(row):
            sizes[place] = max(sizes[place], min(cell_width(cell), _MOST))
    while sum(sizes) + 2 * (columns - 1) > width and max(sizes) > _LEAST:
        sizes[sizes.index(max(sizes))] -= 1
    return sizes


def table_lines(text: str, width: int, delimiter: str = "") -> list[Line]:
    """Columns under each other; where they don't fit, every row as `name: value` lines. `text` is safe."""
    rows = _rows(text, delimiter or _delimiter(text))
    if not rows:
        return [(Span("(empty)", "dim"),)]
    sizes = _sizes(rows, width)
    if sum(sizes) + 2 * (len(sizes) - 1) > width:
        return _as_cards(rows, width)
    lines: list[Line] = []
    for number, row in enumerate(rows):
        cells = [pad(clip(safe_line(cell), size), size) for cell, size in zip(row, sizes, strict=False)]
        lines.append((Span("  ".join(cells).rstrip(), "strong" if number == 0 else ""),))
        if number == 0:
            lines.append((Span("─" * min(sum(sizes) + 2 * (len(sizes) - 1), width), "rule"),))
    if len(rows) >= MAX_ROWS:
        lines.append((Span(f"only the first {MAX_ROWS:,} rows are shown", "dim"),))
    return lines


def _as_cards(rows: list[list[str]], width: int) -> list[Line]:
    head, *rest = rows
    lines: list[Line] = []
    for row in rest or [head]:
        for place, cell in enumerate(row):
            if cell:
                name = safe_line(head[place]) if place < len(head) and rest else f"{place + 1}"
                lines += wrap([Span(f"{name}: ", "dim"), Span(safe_line(cell))], width)
        lines.append(())
    return lines[:-1]
