"""Date headers (RFC 5322 section 3.3 and its obsolete forms) to seconds since 1970 UTC."""

from __future__ import annotations

import re
from datetime import date

from mailtui.mail.charsets import decode_header

_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6,
    "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
    "mai": 5, "okt": 10, "dez": 12, "mrz": 3,
}  # fmt: skip
_HOURS = {
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
    "cet": 1, "cest": 2, "met": 1, "mest": 2, "bst": 1, "eet": 2, "eest": 3, "msk": 3, "jst": 9, "kst": 9,
    "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13, "hst": -10, "akst": -9, "akdt": -8,
}  # fmt: skip
_EPOCH = date(1970, 1, 1).toordinal()
_COMMENT = re.compile(r"\([^()]*\)")

_USUAL = re.compile(
    r"\s*(?:[^\s\d,]+\s*,?|,)?\s*(\d{1,2})[\s.-]+([A-Za-z]{3})[A-Za-z]*\.?[\s,-]+(\d{2,4})[\s,]+"
    r"(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2})(?:[.,]\d+)?)?\s*(am|pm)?\s*(.*)",
    re.IGNORECASE | re.DOTALL,
)
_PLAIN = re.compile(
    rb" ?(?:[A-Za-z]{3}, ?)?(\d{1,2}) ([A-Za-z]{3}) (\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"
    rb"(?: \([A-Za-z ]*\))?[ \t]*\Z"
)
"""As RFC 5322 wants it: nearly all of them. The others are read by the patterns above and below."""
_PLAIN_MONTHS = {name.encode(): month for name, month in _MONTHS.items()}
_ASCTIME = re.compile(
    r"\s*(?:[A-Za-z]+,?\s+)?([A-Za-z]{3})[A-Za-z]*\s+(\d{1,2}),?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s+"
    r"(?:([A-Za-z]+|[+-]\d{4})\s+)?(\d{4})\s*(.*)",
    re.DOTALL,
)
_ISO = re.compile(r"\s*(\d{4})-(\d{1,2})-(\d{1,2})[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(.*)", re.DOTALL)
_NUMERIC_ZONE = re.compile(r"(?:GMT|UTC?)?([+-])(\d{1,2}):?(\d{2})?\b", re.IGNORECASE)
_NAMED_ZONE = re.compile(r"([A-Za-z]+)")


def _zone(text: str) -> int:
    """Seconds east of UTC; unknown names count as UTC (RFC 5322 section 4.3)."""
    match = _NUMERIC_ZONE.match(text)
    if match:
        hours, minutes = int(match[2]), int(match[3] or 0)
        if hours > 23 or minutes > 59:
            return 0
        seconds = hours * 3600 + minutes * 60
        return -seconds if match[1] == "-" else seconds
    named = _NAMED_ZONE.match(text)
    return _HOURS.get(named[1].lower(), 0) * 3600 if named else 0


def _year(digits: str | bytes) -> int:
    """Two digits below 50 are this century, two or three others the last (RFC 5322 section 4.3); so is a `0102` that
    counts from 1900 (old programs)."""
    year = int(digits)
    if len(digits) >= 4:
        return year + 1900 if 70 <= year < 200 else year
    return year + 2000 if year < 50 and len(digits) == 2 else year + 1900


def _seconds(year: int, month: int, day: int, clock: tuple[int, int, int], zone: int) -> int | None:
    hour, minute, second = clock
    if hour > 24 or minute > 59 or second > 60 or not 1970 <= year <= 2200:
        return None
    try:
        days = date(year, month, day).toordinal() - _EPOCH
    except ValueError:
        return None
    stamp = days * 86400 + hour * 3600 + minute * 60 + second - zone
    return stamp if stamp >= 0 else None


def _clock(hour: str, minute: str, second: str | None) -> tuple[int, int, int]:
    return int(hour), int(minute), int(second or 0)


def _without_comments(text: str) -> str:
    if "(" not in text:
        return text
    for _ in range(4):
        text, count = _COMMENT.subn(" ", text)
        if not count:
            break
    return text


def parse_date(value: bytes) -> int | None:
    """Seconds since 1970 UTC of a Date header value; None if it is absurd (a 31st of February, the year 1900 or 9999)
    or no date at all. A weekday that does not fit is ignored."""
    plain = _PLAIN.match(value)
    if plain is not None:
        day, name, year, hour, minute, second, sign, hours, minutes = plain.groups()
        month = _PLAIN_MONTHS.get(name.lower())
        if month is None:
            return None
        zone = int(hours) * 3600 + int(minutes) * 60 if int(hours) < 24 and int(minutes) < 60 else 0
        clock = (int(hour), int(minute), int(second))
        return _seconds(_year(year), month, int(day), clock, -zone if sign == b"-" else zone)
    text = _without_comments(decode_header(value[:300]))
    match = _USUAL.match(text)
    if match:
        month = _MONTHS.get(match[2].lower())
        if month is None:
            return None
        hour = match[4]
        if match[7]:
            hour = str(int(hour) % 12 + (12 if match[7].lower() == "pm" else 0))
        return _seconds(_year(match[3]), month, int(match[1]), _clock(hour, match[5], match[6]), _zone(match[8]))
    match = _ASCTIME.match(text)
    if match:
        month = _MONTHS.get(match[1].lower())
        if month is None:
            return None
        zone = _zone(match[6] or match[8])
        return _seconds(int(match[7]), month, int(match[2]), _clock(match[3], match[4], match[5]), zone)
    match = _ISO.match(text)
    if match:
        clock = _clock(match[4], match[5], match[6])
        return _seconds(int(match[1]), int(match[2]), int(match[3]), clock, _zone(match[7]))
    return None
