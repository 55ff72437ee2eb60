"""Blocks between HTML and lines: paragraphs with prefixes, tables, rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mailtui.mail.render.lines import Line, Span, line_width, wrap
from mailtui.mail.render.pictures import Drawing
from mailtui.mail.render.text import FOLD_END_FROM, FOLD_FROM, fold_span, quote_prefix

_CELL_LIMIT = 48
_COLUMN_GAP = 2


@dataclass(slots=True)
class Block:
    """One paragraph. `gap`: whether a blank line belongs above it. `quote`: depth. `indent`: cells. `bullet`: what
    stands in the last cells of the indent on the first line. kind: flow, pre, rule or picture."""

    kind: str
    spans: list[Span] = field(default_factory=list)
    quote: int = 0
    indent: int = 0
    bullet: str = ""
    gap: bool = False
    picture: tuple[Drawing, int] | None = None
    """What draws it, and the width in pixels that the mail asks for (0: none)."""


@dataclass(slots=True)
class Grid:
    """A data table: rows of cells with short texts."""

    rows: list[list[list[Span]]]
    quote: int = 0
    indent: int = 0
    gap: bool = True


@dataclass(slots=True)
class Cell:
    blocks: list[Block | Grid] = field(default_factory=list)
    header: bool = False


@dataclass(slots=True)
class Table:
    rows: list[list[Cell]] = field(default_factory=list)
    nested: bool = False

    def grid(self) -> list[list[list[Span]]] | None:
        """The cells as short texts if this is a table of data, None if it is only there for the layout."""
        rows = [row for row in self.rows if any(cell.blocks for cell in row)]
        if self.nested or len(rows) < 2 or max(map(len, rows)) < 2:
            return None
        grid: list[list[list[Span]]] = []
        for row in rows:
            cells: list[list[Span]] = []
            for cell in row:
                spans = _short(cell)
                if spans is None:
                    return None
                cells.append(spans)
            grid.append(cells)
        several = sum(1 for cells in grid if sum(1 for cell in cells if cell) >= 2)
        return grid if several * 2 > len(grid) else None


def _short(cell: Cell) -> list[Span] | None:
    """The one short text of a cell, or None."""
    if not cell.blocks:
        return []
    if len(cell.blocks) > 1:
        return None
    block = cell.blocks[0]
    if isinstance(block, Grid) or block.kind != "flow" or block.bullet or line_width(block.spans) > _CELL_LIMIT:
        return None
    if cell.header:
        return [Span(span.text, span.style or "strong") for span in block.spans]
    return block.spans


def _grid_lines(grid: Grid, width: int) -> list[Line]:
    prefix = (*quote_prefix(grid.quote), Span(" " * grid.indent))
    columns = max(map(len, grid.rows))
    sizes = [0] * columns
    for row in grid.rows:
        for place, cell in enumerate(row):
            sizes[place] = max(sizes[place], line_width(cell))
    room = width - line_width(prefix)
    if sum(sizes) + _COLUMN_GAP * (columns - 1) > room:
        return _grid_as_rows(grid, width, prefix)
    lines: list[Line] = []
    for row in grid.rows:
        spans: list[Span] = [span for span in prefix if span.text]
        for place, cell in enumerate(row):
            spans += cell
            if place < len(row) - 1:
                spans.append(Span(" " * (sizes[place] - line_width(cell) + _COLUMN_GAP)))
        lines.append(tuple(spans))
    return lines


def _grid_as_rows(grid: Grid, width: int, prefix: Line) -> list[Line]:
    """Too wide for columns: every row as a paragraph, cells divided by bars."""
    lines: list[Line] = []
    for row in grid.rows:
        spans: list[Span] = []
        for cell in row:
            if cell:
                spans += [Span(" | ", "dim"), *cell] if spans else cell
        lines += wrap(spans, width, prefix, (*prefix, Span("  ")))
    return lines


def _block_lines(block: Block, width: int) -> list[Line]:
    quote = quote_prefix(block.quote)
    if block.kind == "rule":
        return [(*quote, Span("─" * max(width - line_width(quote), 1), "rule"))] if line_width(quote) < width else []
    rest = (*quote, Span(" " * block.indent)) if block.indent else quote
    first = rest
    if block.bullet:
        first = (*quote, Span(" " * max(block.indent - len(block.bullet), 0) + block.bullet))
    if block.kind == "flow":
        return wrap(block.spans, width, first, rest)
    if block.picture is not None:
        drawing, pixels = block.picture
        before = tuple(span for span in rest if span.text)
        return [(*before, *line) for line in drawing(width - line_width(rest), pixels)]
    lines: list[Line] = []
    for row in _rows(block.spans):
        lines += wrap(row, width, first if not lines else rest, rest) if row else [()]
    return lines


def _rows(spans: Sequence[Span]) -> list[list[Span]]:
    """Spans of preformatted text divided at its line breaks."""
    rows: list[list[Span]] = [[]]
    for text, style in spans:
        head, *others = text.split("\n")
        if head:
            rows[-1].append(Span(head, style))
        rows.extend([Span(other, style)] if other else [] for other in others)
    return rows


def block_lines(blocks: Sequence[Block | Grid], width: int) -> list[Line]:
    """All blocks as lines of at most `width` cells; never two blank lines in a row, none at the edges."""
    lines: list[Line] = []
    gap = False
    for block in blocks:
        if (block.gap or gap) and lines and lines[-1]:
            lines.append(())
        gap = isinstance(block, Grid) or (block.gap and block.kind in {"pre", "rule"})
        lines += _grid_lines(block, width) if isinstance(block, Grid) else _block_lines(block, width)
    return lines


def fold_quotes(blocks: Sequence[Block | Grid], width: int, folded: bool | None) -> Sequence[Block | Grid]:
    """Long runs of quoted blocks as one line each; None: only one at the very end, with something new before it."""
    if folded is False or not any(block.quote for block in blocks):
        return blocks
    out: list[Block | Grid] = []
    run: list[Block | Grid] = []

    def end(*, last: bool) -> None:
        lines = block_lines(run, width) if folded or last else []
        wanted = FOLD_FROM if folded else FOLD_END_FROM
        if len(lines) >= wanted and len(run) > 1 and (folded or out):
            out.append(Block("flow", [fold_span(len(lines))], gap=True))
        else:
            out.extend(run)
        run.clear()

    for block in blocks:
        if block.quote:
            run.append(block)
            continue
        end(last=False)
        out.append(block)
    end(last=True)
    return out
