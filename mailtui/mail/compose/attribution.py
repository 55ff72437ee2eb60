"""The line above a quote that says whose words it is: `On {date}, {name} wrote:`, in the person's own words."""

from __future__ import annotations

import re
from collections.abc import Mapping

STANDARD = "On {date}, {name} wrote:"
PLACES = ("date", "time", "name", "first", "address", "subject")
"""What stands in braces; all else is text."""
_PLACE = re.compile(r"\{([^{}]*)\}")


def unknown(form: str) -> tuple[str, ...]:
    """What stands in its braces and is nothing that is known."""
    return tuple(name for name in _PLACE.findall(form) if name not in PLACES)


def attribution(form: str, values: Mapping[str, str]) -> str:
    """The line; what a value says is never filled in again."""
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), form).strip()
