"""Times to come, as people type them: `in 2h`, `tomorrow 9`, `mon 8:30`, `24.12. 18:00`, `2026-12-24 18:00`, `18:30`.

Pure: now comes in. Without a time zone it is what the clock of this computer shows: only so does `tomorrow 8:00` mean
8:00 when the clocks are changed in between.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from mailtui.model.errors import UsageError

MORNING, EVENING = 8, 18
"""Hours where none is typed."""
_UNITS = {"m": 1, "min": 1, "minute": 1, "h": 60, "hour": 60, "d": 1440, "day": 1440, "w": 10080, "week": 10080}
_IN = re.compile(r"(?:in\s+)?(?:(\d{1,5}|an?|half an)\s*([a-z]+?)s?)(?:\s*(?:and\s+)?(\d{1,2})\s*(?:m|min|minutes?)?)?")
_CLOCK = re.compile(r"(?:at\s+)?(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm|h)?")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:t|\s+|$)(.+)?")
_ISO_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?\s*(z|[+-]\d{2}:?\d{2})?")
_MONTH = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th)?\.?\s+([a-z]{3,9})|([a-z]{3,9})\s+(\d{1,2})(?:st|nd|rd|th)?)(?:,?\s+(\d{4}))?(?:,?\s+(.+))?"
)
_DAY = re.compile(r"(\d{1,2})\.(1[0-2]|0?[1-9])(?:\.(\d{4})?)?(?:\s+(.+))?")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WORDS = {"morning": MORNING, "noon": 12, "afternoon": 14, "evening": EVENING, "tonight": 20}
HINT = 'say it like "in 2h", "tomorrow 9:00", "mon 8:30", "18:00" or "2026-12-24 18:00"'


def moment(typed: str, now: datetime) -> datetime:
    """Always later than `now`. Raises UsageError."""
    words = " ".join(typed.lower().split())
    if not words:
        raise UsageError("that is no time", HINT)
    try:
        found = _relative(words, now) or _dated(words, now) or _named(words, now) or _next_clock(words, now)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"there is no such time: {typed.strip()[:60]}", HINT) from error
    if found is None:
        raise UsageError(f"{typed.strip()[:60]!r} is no time that mailtui understands", HINT)
    if found <= now:
        raise UsageError(f"{typed.strip()[:60]!r} is over already", HINT)
    return found


def _relative(words: str, now: datetime) -> datetime | None:
    """Hours are as long as they are; a day later is the same time of the day."""
    found = _IN.fullmatch(words)
    if found is None or found[2] not in _UNITS:
        return None
    unit = _UNITS[found[2]]
    if found[3] and unit != 60:
        return None
    minutes = {"a": unit, "an": unit, "half an": unit // 2}.get(found[1]) or int(found[1]) * unit
    minutes += int(found[3] or 0)
    if unit >= _UNITS["d"]:
        return now + timedelta(minutes=minutes)
    at = (now.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(now.tzinfo)
    return at if now.tzinfo else at.replace(tzinfo=None)


def _clock(words: str | None, default: int = MORNING) -> tuple[int, int] | None:
    """Hour and minute; None if that is none."""
    if not words:
        return default, 0
    if words in _WORDS:
        return _WORDS[words], 0
    found = _CLOCK.fullmatch(words)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3] in {"am", "pm"}:
        if not 1 <= hour <= 12:
            raise ValueError(words)
        hour = hour % 12 + (12 if found[3] == "pm" else 0)
    if hour > 23 or minute > 59:
        raise ValueError(words)
    return hour, minute


def _at(day: datetime, clock: tuple[int, int] | None) -> datetime | None:
    if clock is None:
        return None
    return day.replace(hour=clock[0], minute=clock[1], second=0, microsecond=0)


def _dated(words: str, now: datetime) -> datetime | None:
    if found := _ISO.fullmatch(words):
        day = now.replace(year=int(found[1]), month=int(found[2]), day=int(found[3]))
        return _exact(found, now) or _at(day, _clock(found[4]))
    if found := _DAY.fullmatch(words):
        day = now.replace(year=int(found[3] or now.year), month=int(found[2]), day=int(found[1]))
        at = _at(day, _clock(found[4]))
        return at.replace(year=at.year + 1) if at is not None and at <= now and not found[3] else at
    found = _MONTH.fullmatch(words)
    months = [number for number, name in enumerate(MONTHS, 1) if found and name.startswith(found[2] or found[3])]
    if found is None or len(months) != 1:
        return None
    day = now.replace(year=int(found[5] or now.year), month=months[0], day=int(found[1] or found[4]))
    at = _at(day, _clock((found[6] or "").removeprefix("at ")))
    return at.replace(year=at.year + 1) if at is not None and at <= now and not found[5] else at


def _exact(found: re.Match[str], now: datetime) -> datetime | None:
    """ISO 8601 with seconds or a zone, as programs write it."""
    words = (found[4] or "").strip()
    clock = _ISO_CLOCK.fullmatch(words)
    if clock is None:
        return None
    at = datetime.fromisoformat(f"{found[1]}-{found[2]:0>2}-{found[3]:0>2}T{words.upper().replace(' ', ''):0>5}")
    if at.tzinfo is None:
        return at.replace(tzinfo=now.tzinfo)
    there = at.astimezone(now.tzinfo)
    return there if now.tzinfo else there.replace(tzinfo=None)


def _named(words: str, now: datetime) -> datetime | None:
    first, _, rest = words.removeprefix("next ").removeprefix("on ").partition(" ")
    if _CLOCK.fullmatch(first) and rest:  # 8:00 tomorrow
        (first, _, behind), rest = rest.removeprefix("on ").partition(" "), first
        if behind:
            return None
    rest = rest.removeprefix("at ")
    if first == "week" and words.startswith("next "):
        first = "monday"
    if first in {"today", "tonight"}:
        return _at(now, _clock(rest, 20 if first == "tonight" else EVENING))
    if first in {"tomorrow", "tmrw"}:
        return _at(now + timedelta(days=1), _clock(rest))
    if first in _WORDS and not rest:
        at = _at(now, _clock(first))
        return at + timedelta(days=1) if at is not None and at <= now else at
    days = [number for number, name in enumerate(WEEKDAYS) if len(first) >= 2 and name.startswith(first)]
    if len(days) != 1:
        return None
    at = _at(now + timedelta(days=(days[0] - now.weekday()) % 7), _clock(rest))
    return at + timedelta(days=7) if at is not None and at <= now else at


def _next_clock(words: str, now: datetime) -> datetime | None:
    """The next time that a clock shows it; a bare number is no time."""
    if words.isdigit():
        return None
    at = _at(now, _clock(words))
    return at + timedelta(days=1) if at is not None and at <= now else at
