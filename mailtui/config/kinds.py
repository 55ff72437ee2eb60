"""Kinds of values a key may have: each reads a TOML value into what the model wants, or says what it should be."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from mailtui.config.picture import nearest
from mailtui.mail.compose.attribution import PLACES, unknown
from mailtui.model.account import SHELL, OfflineKind, OfflinePolicy
from mailtui.model.keep import Keep, KeepPolicy
from mailtui.model.listing import COLUMNS

Choice = TypeVar("Choice", bound=Enum)

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_RECENT = re.compile(r"recent:\s*(\d{1,5})\s*(d|w|y)")
_DAYS_ONLY = re.compile(r"(\d{1,5})\s*(d|w|y)")
_DAYS = {"d": 1, "w": 7, "y": 365}


class Wrong(Exception):
    """The value does not fit. `hint` says what to write instead."""

    def __init__(self, text: str, hint: str = "", index: int | str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint
        self.index = index
        """Which element of an array or table is wrong."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`phrase` completes "must be ..."; `read` raises Wrong."""

    phrase: str
    read: Callable[[Any], Any]


def _what(value: object) -> str:
    """What a person would call a TOML value (never the value itself: it may be a secret)."""
    names: Mapping[type, str] = {
        bool: "true or false",
        int: "a number",
        float: "a number with a fraction",
        str: "a string",
        list: "an array",
        dict: "a table",
    }
    return names.get(type(value), "a date or time")


def _mismatch(phrase: str, value: object, hint: str = "") -> Wrong:
    return Wrong(f"must be {phrase}, not {_what(value)}", hint)


def text(phrase: str = "a string", *, empty: bool = False) -> Kind:
    """A string without control characters."""

    def read(value: Any) -> str:
        if not isinstance(value, str):
            hint = "put it in quotes" if isinstance(value, int | float) else ""
            raise _mismatch(phrase, value, hint)
        if not empty and not value.strip():
            raise Wrong(f"must be {phrase}, not empty")
        if any(ord(character) < 32 or 127 <= ord(character) < 160 for character in value):
            raise Wrong(f"must be {phrase} without line ends or other control characters")
        return value

    return Kind(phrase, read)


def attribution() -> Kind:
    """One line with known names in braces."""
    plain = text("a line of text", empty=True)

    def read(value: Any) -> str:
        line: str = plain.read(value)
        odd = unknown(line)
        if odd:
            known = ", ".join(f"{{{name}}}" for name in PLACES)
            raise Wrong(f"holds {{{odd[0]}}}, which means nothing", f"there is {known}")
        return line

    return Kind(plain.phrase, read)


def boolean() -> Kind:
    phrase = "true or false"

    def read(value: Any) -> bool:
        if not isinstance(value, bool):
            bare = isinstance(value, str) and value.lower() in ("true", "false")
            raise _mismatch(phrase, value, "write it without quotes" if bare else "")
        return value

    return Kind(phrase, read)


def integer(low: int, high: int) -> Kind:
    phrase = f"a whole number from {low} to {high}"

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            digits = isinstance(value, str) and value.strip().isdigit()
            raise _mismatch(phrase, value, "write it without quotes" if digits else "")
        if not low <= value <= high:
            raise Wrong(f"must be {phrase}")
        return value

    return Kind(phrase, read)


def number(low: float, high: float) -> Kind:
    phrase = f"a number from {low:g} to {high:g}"

    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _mismatch(phrase, value)
        if not low <= value <= high:
            raise Wrong(f"must be {phrase}")
        return float(value)

    return Kind(phrase, read)


def duration(low: float, high: float) -> Kind:
    """Seconds as a number, or `"30s"`, `"5m"`, `"2h"`, `"1d"`; read as seconds."""
    phrase = f'a time such as "30s", "5m" or "2h" ({_short(low)} to {_short(high)})'

    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise _mismatch(phrase, value)
        if isinstance(value, str):
            found = _DURATION.fullmatch(value.strip())
            if found is None:
                raise Wrong(f"must be {phrase}")
            value = float(found[1]) * _SECONDS[found[2]]
        if not low <= value <= high:
            raise Wrong(f"must be {phrase}")
        return float(value)

    return Kind(phrase, read)


def _short(seconds: float) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"


def one_of(names: tuple[str, ...]) -> Kind:
    phrase = "one of " + ", ".join(f'"{name}"' for name in names)

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise _mismatch(phrase, value)
        if value not in names:
            raise Wrong(f"must be {phrase}", nearest(value.lower(), names))
        return value

    return Kind(phrase, read)


def member(choices: type[Choice], *, without: tuple[Choice, ...] = ()) -> Kind:
    """One of an enumeration's values."""
    inner = one_of(tuple(str(choice.value) for choice in choices if choice not in without))
    return Kind(inner.phrase, lambda value: choices(inner.read(value)))


def lines() -> Kind:
    """A string of several lines."""

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise _mismatch("a string", value, 'put it in """ """')
        if any((ord(char) < 32 and char not in "\n\t") or 127 <= ord(char) < 160 for char in value):
            raise Wrong("must be a string without control characters")
        return value.strip("\n")

    return Kind("a string", read)


def texts() -> Kind:
    """An array of strings."""
    phrase = "an array of strings"
    each = text()

    def read(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise _mismatch(phrase, value, "put it in [ ]" if isinstance(value, str) else "")
        found = []
        for index, element in enumerate(value):
            try:
                found.append(each.read(element))
            except Wrong as wrong:
                raise Wrong(f"must be {phrase}: this one {wrong.text}", wrong.hint, index) from None
        return tuple(found)

    return Kind(phrase, read)


def some_of(names: tuple[str, ...]) -> Kind:
    """An array of strings out of these."""
    phrase = "an array of " + ", ".join(f'"{name}"' for name in names)
    words = texts()

    def read(value: Any) -> tuple[str, ...]:
        found: tuple[str, ...] = words.read(value)
        for index, element in enumerate(found):
            if element not in names:
                raise Wrong(f"must be {phrase}", nearest(element.lower(), names), index)
        return found

    return Kind(phrase, read)


def columns() -> Kind:
    """An array of columns of the list, each once, the subject among them."""
    some = some_of(COLUMNS)

    def read(value: Any) -> tuple[str, ...]:
        found: tuple[str, ...] = some.read(value)
        for index, name in enumerate(found):
            if name in found[:index]:
                raise Wrong(f'names "{name}" twice', "", index)
        if found and "subject" not in found:
            raise Wrong('must have "subject" among them', "the subject takes the room that the others leave")
        return found

    return Kind(some.phrase, read)


def command() -> Kind:
    """A program with its arguments as an array, or one string for the shell; read as argv."""
    phrase = "a command: a string, or an array of strings"
    words = texts()

    def read(value: Any) -> tuple[str, ...]:
        if isinstance(value, str):
            if not value.strip():
                raise Wrong(f"must be {phrase}, not empty")
            return (*SHELL, value)
        if not isinstance(value, list):
            raise _mismatch(phrase, value)
        argv: tuple[str, ...] = words.read(value)
        if not argv:
            raise Wrong(f"must be {phrase}, not empty")
        return argv

    return Kind(phrase, read)


def secret() -> Kind:
    """A password: any string without NUL or line end. Never quoted in a mistake."""

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise _mismatch("a string", value)
        if not value or any(character in value for character in "\0\r\n"):
            raise Wrong("must be a string of one line, not empty")
        return value

    return Kind("a string", read)


def switch_or_text() -> Kind:
    phrase = "true or the name of a service"

    def read(value: Any) -> str | bool:
        if isinstance(value, bool):
            return value
        if not isinstance(value, str):
            raise _mismatch(phrase, value)
        name: str = text(phrase).read(value)
        return name

    return Kind(phrase, read)


def offline() -> Kind:
    phrase = '"all", "headers" or "recent:90d"'

    def read(value: Any) -> OfflinePolicy:
        if not isinstance(value, str):
            raise _mismatch(phrase, value)
        if value in (OfflineKind.ALL.value, OfflineKind.HEADERS.value):
            return OfflinePolicy(OfflineKind(value))
        found = _RECENT.fullmatch(value)
        if found is None or int(found[1]) == 0:
            raise Wrong(f"must be {phrase}", nearest(value, ("all", "headers", "recent:90d")))
        return OfflinePolicy(OfflineKind.RECENT, int(found[1]) * _DAYS[found[2]])

    return Kind(phrase, read)


def leave() -> Kind:
    phrase = '"forever", "never", "until_deleted" or a number of days such as "14d"'
    words = {keep.value: KeepPolicy(keep) for keep in Keep if keep is not Keep.DAYS}

    def read(value: Any) -> KeepPolicy:
        if not isinstance(value, str):
            raise _mismatch(phrase, value)
        if value in words:
            return words[value]
        found = _DAYS_ONLY.fullmatch(value)
        if found is None or int(found[1]) == 0:
            raise Wrong(f"must be {phrase}", nearest(value, (*words, "14d")))
        return KeepPolicy(Keep.DAYS, int(found[1]) * _DAYS[found[2]])

    return Kind(phrase, read)


def email() -> Kind:
    phrase = 'an address such as "me@example.org"'
    plain = text(phrase)

    def read(value: Any) -> str:
        address: str = plain.read(value)
        local, at, domain = address.rpartition("@")
        if not (local and at and domain) or any(character in address for character in " <>,"):
            raise Wrong(f"must be {phrase}")
        return address

    return Kind(phrase, read)


def host() -> Kind:
    phrase = 'a host name such as "imap.example.org"'
    plain = text(phrase)

    def read(value: Any) -> str:
        name: str = plain.read(value).strip()
        if "://" in name or "/" in name or " " in name or "@" in name:
            raise Wrong(f"must be {phrase}", "only the name: no scheme, user or path")
        if name.startswith("[") and name.endswith("]"):
            return name[1:-1]
        if name.count(":") == 1:
            raise Wrong(f"must be {phrase}", f"write the port apart: port = {name.partition(':')[2] or 993}")
        return name

    return Kind(phrase, read)


def names(allowed: tuple[str, ...]) -> Kind:
    """A table of strings with known keys; read as pairs in the order of the file."""
    phrase = "a table of strings"
    each = text()

    def read(value: Any) -> tuple[tuple[str, str], ...]:
        if not isinstance(value, dict):
            raise _mismatch(phrase, value)
        found = []
        for key, element in value.items():
            if key not in allowed:
                hint = nearest(key, allowed) or "known: " + ", ".join(allowed)
                raise Wrong(f"has an unknown key '{key}'", hint, key)
            try:
                found.append((key, each.read(element)))
            except Wrong as wrong:
                raise Wrong(f"must be {phrase}: '{key}' {wrong.text}", wrong.hint, key) from None
        return tuple(found)

    return Kind(phrase, read)
