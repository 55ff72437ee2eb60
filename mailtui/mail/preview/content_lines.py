"""Lines of iCalendar and vCard (RFC 5545 section 3.1, RFC 6350 section 3.2): unfolded, cut into name, parameters and
value. Forgiving and linear."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

MAX_ITEMS = 20_000
_FOLD = re.compile(r"\r?\n[ \t]")
_ESCAPE = re.compile(r"\\([\\;,nN:])")


class Item(NamedTuple):
    """`name` in upper case without its group; `params` by upper-case name."""

    name: str
    params: dict[str, str]
    value: str


def _split(line: str) -> tuple[str, str] | None:
    """Before and behind the first colon that is not in quotes."""
    quoted = False
    for place, char in enumerate(line[:2000]):
        if char == '"':
            quoted = not quoted
        elif char == ":" and not quoted:
            return line[:place], line[place + 1 :]
    head, colon, rest = line.partition(":")
    return (head, rest) if colon else None


def items(text: str) -> Iterator[Item]:
    """Every line that has a colon, MAX_ITEMS at most."""
    for count, line in enumerate(_FOLD.sub("", text).splitlines()):
        if count >= MAX_ITEMS:
            return
        halves = _split(line)
        if halves is None:
            continue
        name, *params = halves[0].split(";")[:40]
        found = {}
        for one in params:
            key, _, value = one.partition("=")
            found[key.strip().upper()] = value.strip().strip('"')
        yield Item(name.rpartition(".")[2].strip().upper(), found, halves[1])


def plain(value: str) -> str:
    """A text value with its escapes undone."""
    return _ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)
