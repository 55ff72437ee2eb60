"""Quotes in a text that is being written: answering within one, cutting one away, filling its lines anew. Places are
lines and columns from 0; each function says which lines are replaced by which."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailtui.mail.compose.flowed import WIDTH, broken, split_marks

_FIRST = re.compile(r"\s|[-*+\u2022\u2013] |\d{1,3}[.)] ")


@dataclass(frozen=True, slots=True)
class Rework:
    """Lines `first` to `last` (both included) give way to `lines`; then the cursor is at `cursor` (line, column)."""

    first: int
    last: int
    lines: tuple[str, ...]
    cursor: tuple[int, int]


def answer_within(lines: Sequence[str], row: int, column: int) -> Rework | None:
    """Enter amid a quoted line: it is cut in two there, both parts quoted, with room for an answer between them. None:
    the line is not quoted, or the place is not amid its words."""
    line = lines[row]
    marks, rest = split_marks(line)
    before, after = line[:column], line[column:].lstrip(" ")
    if not marks or not rest.strip() or not after or column <= len(line) - len(rest):
        return None
    return Rework(row, row, (before.rstrip(" "), "", "", "", f"{marks} {after}"), (row + 2, 0))


def without_quote(lines: Sequence[str], row: int) -> Rework | None:
    """From line `row` to the end of the quote that it is in; from own words, the whole quote below them. Blank lines
    within a quote belong to it. None: there is no quote from here on."""
    first = row
    while first < len(lines) and not split_marks(lines[first])[0]:
        first += 1
    if first == len(lines):
        return None
    last = place = first
    while place < len(lines):
        if split_marks(lines[place])[0]:
            last = place
        elif lines[place].strip():
            break
        place += 1
    blank_above = first > 0 and not lines[first - 1].strip()
    while blank_above and last + 1 < len(lines) and not lines[last + 1].strip():
        last += 1
    left = () if len(lines) > last - first + 1 else ("",)
    after = first if last + 1 < len(lines) or left else first - 1
    return Rework(first, last, left, (after, 0 if after == first else len(lines[after])))


def filled(lines: Sequence[str], row: int) -> Rework | None:
    """The paragraph (or the point of a list) of line `row`, filled anew: quoted lines up to WIDTH with the marks in
    front; own words become one line, which wraps by itself. None: nothing changes."""
    marks, rest = split_marks(lines[row])
    if not rest.strip():
        return None
    first = last = row
    while first > 0 and not _begins(lines[first]) and _same(lines[first - 1], marks):
        first -= 1
    while last + 1 < len(lines) and _same(lines[last + 1], marks) and not _begins(lines[last + 1]):
        last += 1
    words = " ".join(" ".join(split_marks(line)[1].split()) for line in lines[first : last + 1])
    if marks:
        room = max(20, WIDTH - len(marks) - 1)
        new = tuple(f"{marks} {piece.rstrip(' ')}" for piece in broken(words, room))
    else:
        new = (words,)
    if new == tuple(lines[first : last + 1]):
        return None
    end = first + len(new) - 1
    return Rework(first, last, new, (end, len(new[-1])))


def _begins(line: str) -> bool:
    """Whether the line is the first of something: a point of a list, or indented."""
    return _FIRST.match(split_marks(line)[1]) is not None


def _same(line: str, marks: str) -> bool:
    """Whether the line goes on with a paragraph of these marks."""
    its, rest = split_marks(line)
    return its == marks and bool(rest.strip()) and rest.rstrip() != "--"


def quoted_more(lines: Sequence[str], first: int, last: int) -> Rework:
    """One mark more in front of each of these lines."""
    new = tuple(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in lines[first : last + 1])
    return Rework(first, last, new, (last, len(new[-1])))
