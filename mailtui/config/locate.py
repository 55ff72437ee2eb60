"""Finds where a key stands in the text of a TOML file (TOML 1.0). `tomllib` gives values without places; this gives
places without values. It expects text that `tomllib` has accepted, so it checks nothing."""

from __future__ import annotations

import re
import tomllib
from typing import NamedTuple

Path = tuple[str | int, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BLANK = re.compile(r"[ \t]*")
_VOID = re.compile(r"(?:[ \t\n]+|#[^\n]*)*")
_SCALAR = re.compile(r"[^,\]}#\n]*")
_BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL = re.compile(r"'[^'\n]*'")
_LONG_BASIC = re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"""(?:"{0,2}(?!"))?', re.DOTALL)
_CHARACTER = re.compile(r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}|\\.|[^\\]")
_LONG_LITERAL = re.compile(r"'''(?:[^']|'(?!''))*'''(?:'{0,2}(?!'))?", re.DOTALL)


class Place(NamedTuple):
    """Offsets into the text: of the key as written (the whole header for a table) and of its value.
    Where there is no value of its own (a table header) both spans are the same."""

    start: int
    end: int
    value_start: int
    value_end: int


def locate(text: str) -> dict[Path, Place]:
    """Place of every table, key and array element, by path (array elements by number).

    Line ends must be LF already. Of a table that is opened several times (by dotted keys, by headers), the first
    place counts, but a header of its own wins. Raises RecursionError where values are nested too deep.
    """
    return _Scanner(text).run()


def inside(text: str, start: int, end: int, first: int, length: int) -> tuple[int, int]:
    """Where `length` characters of the string at [start, end) stand, from the character `first` of what it means. The
    whole value where it is written over several lines."""
    if text.startswith(('"""', "'''"), start):
        return start, end
    if not text.startswith('"', start):
        return start + 1 + first, start + 1 + first + length
    places = [found.start() for found in _CHARACTER.finditer(text, start + 1, end - 1)]
    places.append(end - 1)
    return places[min(first, len(places) - 1)], places[min(first + length, len(places) - 1)]


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._places: dict[Path, Place] = {}
        self._elements: dict[Path, int] = {}
        """How many elements each array of tables has so far."""

    def run(self) -> dict[Path, Place]:
        table: Path = ()
        self._skip(_VOID)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            before = self._at
            self._skip(_VOID)
            if self._at == before and self._at < len(self._text):
                break  # not TOML: stop instead of standing still
        return self._places

    def _skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            return ""
        self._at = found.end()
        return found.group()

    def _header(self) -> Path:
        start = self._at
        array = self._text.startswith("[[", start)
        self._at += 2 if array else 1
        names = [name for name, _, _ in self._key()]
        self._at += 2 if array else 1
        path: Path = ()
        for number, name in enumerate(names):
            path = (*path, name)
            last = number == len(names) - 1
            if last and array:
                self._elements[path] = self._elements.get(path, 0) + 1
                self._places.setdefault(path, Place(start, self._at, start, self._at))
            if path in self._elements:
                path = (*path, self._elements[path] - 1)
            if not last:
                self._places.setdefault(path, Place(start, self._at, start, self._at))
        self._places[path] = Place(start, self._at, start, self._at)
        return path

    def _pair(self, table: Path) -> None:
        """`a.b = value`; afterwards the scanner stands behind the value."""
        names = self._key()
        self._skip(_BLANK)
        self._at += 1  # "="
        self._skip(_BLANK)
        path = table + tuple(name for name, _, _ in names)
        value_start = self._at
        self._value(path)
        for depth, (_, start, end) in enumerate(names, start=len(table) + 1):
            self._places.setdefault(path[:depth], Place(start, end, value_start, self._at))

    def _key(self) -> list[tuple[str, int, int]]:
        """The parts of a dotted key with their offsets."""
        parts: list[tuple[str, int, int]] = []
        while True:
            self._skip(_BLANK)
            start = self._at
            quote = self._text[start : start + 1]
            raw = self._skip(_BASIC if quote == '"' else _LITERAL if quote == "'" else _BARE)
            parts.append((_plain(raw), start, self._at))
            self._skip(_BLANK)
            if self._text[self._at : self._at + 1] != ".":
                return parts
            self._at += 1

    def _value(self, path: Path) -> None:
        text, at = self._text, self._at
        first = text[at : at + 1]
        if first == "[":
            self._array(path)
        elif first == "{":
            self._inline_table(path)
        elif first == '"':
            self._skip(_LONG_BASIC if text.startswith('"""', at) else _BASIC)
        elif first == "'":
            self._skip(_LONG_LITERAL if text.startswith("'''", at) else _LITERAL)
        else:
            raw = self._skip(_SCALAR)
            self._at -= len(raw) - len(raw.rstrip())

    def _array(self, path: Path) -> None:
        self._at += 1
        number = 0
        while True:
            self._skip(_VOID)
            if self._text[self._at : self._at + 1] in ("]", ""):
                break
            start = self._at
            self._value((*path, number))
            self._places[(*path, number)] = Place(start, self._at, start, self._at)
            number += 1
            self._skip(_VOID)
            if self._text[self._at : self._at + 1] != ",":
                break
            self._at += 1
        self._at += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        while True:
            self._skip(_VOID)
            if self._text[self._at : self._at + 1] in ("}", ""):
                break
            self._pair(path)
            self._skip(_VOID)
            if self._text[self._at : self._at + 1] != ",":
                break
            self._at += 1
        self._at += 1


def _plain(raw: str) -> str:
    """A key without its quotes and escapes."""
    if raw[:1] == '"':
        try:
            return str(tomllib.loads(f"k = {raw}")["k"])
        except tomllib.TOMLDecodeError:  # broken text, which has no business here
            return raw
    return raw[1:-1] if raw[:1] == "'" else raw
