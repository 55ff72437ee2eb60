"""Dates as a person says them. The clock and the time zone come in as values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = 253402300799  # the last second of the year 9999


def moment(stamp: float, zone: tzinfo | None) -> datetime:
    """`stamp` (seconds since 1970 UTC) in `zone` (None: the computer's own); the nearest date a calendar can hold."""
    bounded = min(max(stamp, -62135510400), _LAST - 86400 * 2)
    return (_EPOCH + timedelta(seconds=bounded)).astimezone(zone)


class SmartDate:
    """Says when, seen from `now`: 15:04 today, Mon this week, 12 Mar this year, 2024-03-12 before.

    Make a new one when the day changes (`day_ends`). `narrow` says `Mar ’24` (7 cells) in place of ten cells.
    """

    def __init__(self, now: float, zone: tzinfo | None = None, *, narrow: bool = False, apostrophe: str = "’") -> None:
        today = moment(now, zone)
        midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
        self._zone = zone
        self._year = today.year
        self._today = midnight.timestamp()
        self.day_ends = (midnight + timedelta(days=1, hours=6)).replace(hour=0).timestamp()
        self._week = self._today - 6 * 86400
        self._narrow = narrow
        self._apostrophe = apostrophe

    def __call__(self, stamp: float) -> str:
        at = moment(stamp, self._zone)
        if self._today <= stamp < self.day_ends:
            return f"{at.hour:02}:{at.minute:02}"
        if self._week <= stamp < self._today:
            return WEEKDAYS[at.weekday()]
        if at.year == self._year:
            return f"{at.day} {MONTHS[at.month - 1]}"
        if self._narrow:
            return f"{MONTHS[at.month - 1]} {self._apostrophe}{at.year % 100:02}"
        return f"{at.year:04}-{at.month:02}-{at.day:02}"


def full_date(stamp: float, zone: tzinfo | None = None) -> str:
    """Mon 12 Mar 2024, 15:04."""
    at = moment(stamp, zone)
    return f"{WEEKDAYS[at.weekday()]} {at.day} {MONTHS[at.month - 1]} {at.year}, {at.hour:02}:{at.minute:02}"
