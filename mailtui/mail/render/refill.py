"""Prose that its writer broke into lines, for a reader that is narrower than those lines: what hangs over the edge
flows on into the next line, where cutting every line by itself would leave a word or two alone on every other one.

Only where it is safe to say so: lines of running text whose end was the end of the room, and not of the thought. A
generator that looks no further than to the end of a paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from mailtui.mail.sanitize import cell_width

COLUMNS: Final = range(56, 101)
"""Cells to which writers, or their programs, fill lines. Longer lines are whole paragraphs, shorter ones verse."""
MAX_PARAGRAPH: Final = 300
"""Lines that are looked at together."""

_LONGEST: Final = 400
"""Characters; no line within COLUMNS has more, whatever it is written in."""
_START: Final = re.compile(r"[^\W_]|[\"'(“”‘’„«»¿¡*_…]")
_ITEM: Final = re.compile(r"(?:\(?\d{1,3}|\(?[A-Za-z])[.):]+\s|[*_o]\s|[*_]{3}")
_FIELD: Final = re.compile(r"[A-Z][\w-]{0,24}:(?:\s|$)|[\w-]{1,30}=")
_GAP: Final = re.compile(r"(?<![.!?:…)\"'”’])  |   ")
_CODE: Final = re.compile(r"[{};\\]$|[|\t]| (?:=|==|!=|->|=>|::|&&) |\w\(\)|^(?:def|class|import|return|if|for)\b.*:$")
_ADDRESS: Final = re.compile(r"(?:[a-z][a-z+.-]*://|www\.|mailto:)\S*")
_WIDE: Final = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff60\u3001-\u303f]")
"""Scripts that are written without blanks between words."""
_ITEM_HEAD: Final = re.compile(r" *(?:[-*+•–] +|\(?\d{1,3}[.)] +)?")
_COLUMN: Final = re.compile(r" *[^ ]+(?: [^ ]+)*?(?: {3,}|:  +)(?=[^ ])")
_MIN_ROOM: Final = 24
"""Cells beside what hangs."""
_PATCH_START: Final = ("diff --git ", "--- ", "@@ ", "Index: ")


class Source(NamedTuple):
    """A line or a joined paragraph of the text."""

    depth: int
    text: str


def refilled(sources: Iterable[Source | int], width: int, mark: int = 2) -> Iterator[Source | int]:
    """The same with lines of prose joined that do not fit `width` cells, less `mark` cells per quote depth. Numbers,
    signatures and patches come through as they are."""
    held: list[Source] = []
    untouched = False
    for source in sources:
        if isinstance(source, int) or untouched or not _is_prose(source.text):
            yield from _joined(held, width, mark)
            held = []
            yield source
            if not isinstance(source, int) and not source.depth:
                untouched = untouched or source.text == "-- " or source.text.startswith(_PATCH_START)
            continue
        if held and (source.depth != held[0].depth or len(held) >= MAX_PARAGRAPH):
            yield from _joined(held, width, mark)
            held = []
        held.append(source)
    yield from _joined(held, width, mark)


def _is_prose(text: str) -> bool:
    """Whether a line could be one of several of a paragraph."""
    if not text or len(text) > _LONGEST or not _START.match(text):
        return False
    if _ITEM.match(text) or _FIELD.match(text) or _CODE.search(text) or _GAP.search(text):
        return False
    return _ADDRESS.fullmatch(text) is None


def _joined(lines: list[Source], width: int, mark: int) -> Iterator[Source]:
    """One paragraph's lines. They are left alone if they fit."""
    if not lines:
        return
    room = width - mark * lines[0].depth
    widths = [cell_width(line.text) for line in lines]
    filled = max((size for size in widths if size < COLUMNS.stop), default=0)
    if max(widths) <= room or filled not in COLUMNS:
        yield from lines
        return
    text = lines[0].text
    for before, size, line in zip(lines, widths, lines[1:], strict=False):
        glue = _glue(before.text, size, line.text, filled)
        if glue is None:
            yield Source(line.depth, text)
            text = line.text
        else:
            text = f"{text}{glue}{line.text}"
    yield Source(lines[0].depth, text)


def _glue(before: str, size: int, after: str, filled: int) -> str | None:
    """What stood between two lines before they were broken; None if the first one ended by itself."""
    wide = _WIDE.match(before[-1]) is not None, _WIDE.match(after) is not None
    if size > filled or before[-1] in "-/:" or wide[0] != wide[1]:
        return None
    blank = "" if wide[0] else " "
    word = after[0] if wide[0] else after.partition(" ")[0]
    return blank if size + len(blank) + cell_width(word) > filled else None


def hanging(text: str, room: int) -> int:
    """Cells by which the further lines of a line that does not fit `room` are moved in: below the words of an item,
    below the second column of a small table, as far as the line itself."""
    found = _COLUMN.match(text[:room]) if "   " in text[:room] or ":  " in text[:room] else None
    found = found or _ITEM_HEAD.match(text[:room])
    size = cell_width(found[0]) if found else 0
    return size if size <= room - _MIN_ROOM else 0
