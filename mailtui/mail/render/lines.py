"""Lines of styled spans that fit a width in cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from mailtui.mail.sanitize import cell_width, cut


class Span(NamedTuple):
    """Safe text and its style: "", quote1..quote3, link, heading, strong, emphasis, code, dim, signature, diff-add,
    diff-del, fold or rule."""

    text: str
    style: str = ""


Line: TypeAlias = tuple[Span, ...]

_PIECE = re.compile(r" +|[^ ]+")
_MIN_ROOM = 8
"""Cells that must be left beside a prefix; where there are fewer, the prefix is dropped."""


def line_width(spans: Line | list[Span]) -> int:
    """Cells of a line."""
    return sum([cell_width(span.text) for span in spans])


class _Wrapper:
    """Fills lines with words; blanks at a break vanish, words wider than a line are cut hard."""

    def __init__(self, width: int, first: Line, rest: Line) -> None:
        self.width = width
        self.rest = rest
        self.rest_width = line_width(rest)
        self.lines: list[Line] = []
        self.current = list(first)
        self.used = self.start = line_width(first)
        self.gap: Span | None = None

    def flush(self) -> None:
        self.lines.append(tuple(self.current))
        self.current = list(self.rest)
        self.used = self.start = self.rest_width
        self.gap = None

    def put(self, span: Span, size: int) -> None:
        self.current.append(span)
        self.used += size

    def blank(self, span: Span) -> None:
        if self.used == self.start and self.lines:
            return
        if self.gap is not None:
            span = Span(self.gap.text + span.text, span.style)
        self.gap = span

    def word(self, pieces: list[Span]) -> None:
        """An unbreakable word, maybe of several styles."""
        size = line_width(pieces)
        gap = len(self.gap.text) if self.gap is not None else 0
        fits = self.used + gap + size <= self.width
        long = self.rest_width + size > self.width
        wide = long and not pieces[0].text.isascii()
        if not fits and not wide and self.used > self.start:
            self.flush()
            gap = 0
        if self.gap is not None:
            if self.used + gap < self.width:
                self.put(self.gap, gap)
            self.gap = None
        for span in pieces:
            self.fill(span)

    def fill(self, span: Span) -> None:
        text, style = span
        while True:
            place = cut(text, self.width - self.used)
            if place == len(text):
                self.put(Span(text, style), cell_width(text))
                return
            if place == 0 and self.used == self.start:
                place = 1
            if place:
                self.put(Span(text[:place], style), cell_width(text[:place]))
            text = text[place:]
            self.flush()


def _is_simple(text: str, room: int) -> bool:
    """One cell each, no blank at its beginning, and no long word but of ASCII (others begin where they stand)."""
    if text[:1] in ("", " "):
        return False
    return text.isascii() or (max(text) < "\u0300" and max(map(len, text.split(" "))) <= room)


def _wrap_simple(span: Span, width: int, first: Line, rest: Line) -> Iterator[Line]:
    """What `wrap` does, for text that needs no look at every word: one span for each line."""
    text, style = span
    begin, prefix = 0, first
    end = len(text.rstrip(" "))
    while begin < end:
        room = width - line_width(prefix)
        stop = text.rfind(" ", begin, begin + room + 1) if end - begin > room else end
        if stop <= begin:
            stop = begin + room
        yield (*prefix, Span(text[begin:stop].rstrip(" "), style))
        begin, prefix = stop, rest
        while begin < end and text[begin] == " ":
            begin += 1


def wrap(spans: Line | list[Span], width: int, first: Line = (), rest: Line | None = None) -> list[Line]:
    """Lines of at most `width` cells (at least 2), broken at blanks. `first` stands before the first line, `rest`
    before the others (like `first` if None); both are dropped where they leave hardly any room."""
    rest = first if rest is None else rest
    width = max(width, 2)
    if line_width(first) + line_width(spans) <= width:
        return [tuple([span for span in (*first, *spans) if span.text])]
    if max(line_width(first), line_width(rest)) > width - _MIN_ROOM:
        first = rest = ()
    if len(spans) == 1 and _is_simple(spans[0].text, width - line_width(rest)):
        return list(_wrap_simple(spans[0], width, first, rest))
    wrapper = _Wrapper(width, first, rest)
    word: list[Span] = []
    for text, style in spans:
        for piece in _PIECE.findall(text):
            if piece[0] != " ":
                word.append(Span(piece, style))
                continue
            if word:
                wrapper.word(word)
                word = []
            wrapper.blank(Span(piece, style))
    if word:
        wrapper.word(word)
    if wrapper.used > wrapper.start or not wrapper.lines:
        wrapper.flush()
    return wrapper.lines
