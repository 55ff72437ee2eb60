"""Printing: JSON that is safe in a terminal, and tables that keep their columns whatever is in a subject."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from mailtui.mail.sanitize import cell_width, clip, pad, safe_line

_HARMFUL = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_PLAIN_WIDTH = 80


def to_json(value: Any) -> str:
    """One line of JSON. Characters that would act in a terminal (C0, C1, bidi, invisible) are escaped, and all
    that are not ASCII where the output can't carry them."""
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "")
    text = json.dumps(value, ensure_ascii=encoding != "utf8", separators=(", ", ": "))
    return _HARMFUL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def print_array(values: Iterable[Any]) -> None:
    """A JSON array with one element per line, written as the elements come."""
    separator = "["
    for value in values:
        sys.stdout.write(f"{separator}\n {to_json(value)}")
        separator = ","
    sys.stdout.write("\n]\n" if separator == "," else "[]\n")


class Column(NamedTuple):
    """`right`: figures. The last column of a table takes the room that is left."""

    title: str
    right: bool = False
    most: int = 200
    """Cells at most."""


def print_table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as they need to be; on a terminal the last one is cut to fit. Texts are made safe here."""
    safe = [[safe_line(cell) for cell in row] for row in rows]
    widths = [
        min(column.most, max([cell_width(column.title), *(cell_width(row[place]) for row in safe)]))
        for place, column in enumerate(columns)
    ]
    if sys.stdout.isatty():
        widths[-1] = max(10, min(widths[-1], terminal_width() - sum(widths[:-1]) - 2 * (len(widths) - 1)))
    for row in ([column.title for column in columns], *safe):
        cells = [_fit(cell, width, column.right) for cell, width, column in zip(row, widths, columns, strict=True)]
        print("  ".join(cells).rstrip())


def _fit(cell: str, width: int, right: bool) -> str:
    short = clip(cell, width)
    return " " * (width - cell_width(short)) + short if right else pad(short, width)


def terminal_width() -> int:
    return shutil.get_terminal_size((_PLAIN_WIDTH, 24)).columns if sys.stdout.isatty() else _PLAIN_WIDTH


def iso_date(seconds: int) -> str:
    """ISO 8601 in UTC; dates outside of the years 1 to 9999 are moved to their edge."""
    return _moment(seconds).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def short_date(seconds: int) -> str:
    """Local time, to the minute."""
    try:
        return _moment(seconds).astimezone().strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError):
        return iso_date(seconds)[:10]


def _moment(seconds: int) -> datetime:
    first, last = -62135596800, 253402300799
    return datetime.fromtimestamp(max(first, min(seconds, last)), UTC)
