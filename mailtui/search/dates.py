"""Date words of the search language as spans of days. Knows no clock: today is handed in."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_WRITTEN = re.compile(r"(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?)?")
_AGO = re.compile(r"(\d{1,5})([dwmy])")


class Span(NamedTuple):
    """Days from start up to, not including, end."""

    start: date
    end: date


def date_span(word: str, today: date | None) -> Span | str:
    """The days that a date word names (a day, a month, a year), or why it names none."""
    written = _WRITTEN.fullmatch(word)
    try:
        if written:
            return _written(int(written[1]), written[2], written[3])
        return _relative(word.lower(), today)
    except (ValueError, OverflowError):
        return f"{word} is no date in the calendar"


def _written(year: int, month: str | None, day: str | None) -> Span:
    if month is None:
        return Span(date(year, 1, 1), date(year + 1, 1, 1))
    if day is None:
        number = int(month)
        return Span(date(year, number, 1), date(year + number // 12, number % 12 + 1, 1))
    start = date(year, int(month), int(day))
    return Span(start, start + timedelta(days=1))


def _relative(word: str, today: date | None) -> Span | str:
    ago = _AGO.fullmatch(word)
    if word not in {"today", "yesterday"} and not ago:
        return f"{word} is no date"
    if today is None:
        return f"{word} needs to know what day it is; write the date itself"
    days = {"today": 0, "yesterday": 1}.get(word, 0)
    if ago:
        days = int(ago[1]) * _DAYS[ago[2]]
    start = today - timedelta(days=days)
    return Span(start, start + timedelta(days=1))
