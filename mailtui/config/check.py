"""Checks tables against the schema and remembers every mistake with its place, so that all of them are told at once."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any

from mailtui.config.kinds import Wrong
from mailtui.config.locate import Path, Place, inside
from mailtui.config.picture import Mistake, nearest
from mailtui.config.schema import SECTIONS, Key

_VARIABLE = re.compile(r"\$(?:(\w+)|\{([^}]*)\})")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def title(path: Path) -> str:
    """A table's name as a person writes it: `[accounts.home.imap]`, `[[rules]]`."""
    if path and isinstance(path[-1], int):
        return f"[{title(path[:-1])}]"
    names = (str(name) for name in path)
    return "[" + ".".join(name if _BARE.fullmatch(name) else f'"{name}"' for name in names) + "]"


class Checker:
    """Holds the values of one file, where they stand, and what is wrong with them."""

    def __init__(self, values: dict[str, Any], places: dict[Path, Place]) -> None:
        self._values = values
        self._places = places
        self.mistakes: list[Mistake] = []
        self.warnings: list[Mistake] = []
        self.passwords: list[Path] = []
        """Where passwords stand in clear text."""

    def section(self, path: Path, keys: Sequence[Key], *, required: bool = True) -> dict[str, Any]:
        """The values of one table with defaults filled in; what is wrong counts as not given."""
        table = self._table(path, required)
        found = {key.name: key.default for key in keys}
        if table is None:
            return found
        known = {key.name: key for key in keys}
        for name, value in table.items():
            if name not in known:
                self.unknown((*path, name), tuple(known), title(path))
                continue
            try:
                found[name] = known[name].kind.read(value)
            except Wrong as wrong:
                place = (*path, name) if wrong.index is None else (*path, name, wrong.index)
                self._point(f"'{name}' in {title(path)} {wrong.text}", place, wrong.hint, at_value=True)
        for key in keys:
            if key.required and key.name not in table:
                self.mistake(
                    f"missing key '{key.name}' in {title(path)}", path, f"{key.name} = ... ({key.kind.phrase})"
                )
        return found

    def elements(self, path: Path, shape: str) -> tuple[Path, ...]:
        """Paths of the tables in an array of tables; anything else there is a mistake."""
        value = self._value(path)
        if value is not None and (not isinstance(value, list) or not all(isinstance(one, dict) for one in value)):
            self.mistake(f"'{path[-1]}' must be an array of tables", path, f"write {shape}")
            return ()
        return tuple((*path, number) for number in range(len(value or ())))

    def tables(self, path: Path, shape: str, besides: Sequence[str] = ()) -> tuple[str, ...]:
        """Names of the tables in a table; everything else in it is a mistake, but for the keys named `besides`."""
        table = self._table(path, required=False) or {}
        for name, value in table.items():
            if not isinstance(value, dict) and name not in besides:
                self.mistake(f"'{name}' in {title(path)} must be a table", (*path, name), f"write {shape}")
        return tuple(name for name, value in table.items() if isinstance(value, dict))

    def has(self, path: Path) -> bool:
        """Whether the file gives this key at all."""
        return self._value(path) is not None

    def _value(self, path: Path) -> Any:
        """None: not given (TOML has no null)."""
        value: Any = self._values
        for name in path:
            known = range(len(value)) if isinstance(value, list) else value if isinstance(value, dict) else ()
            if name not in known:
                return None
            value = value[name]
        return value

    def path(self, path: Path, value: str | None, folder: str) -> str | None:
        """A path with `~` and `$VARIABLES` replaced; relative ones start at the config file's folder."""
        if value is None:
            return None
        for found in _VARIABLE.finditer(value):
            name = found[1] or found[2] or ""
            if name not in os.environ:
                self._point(f"there is no environment variable '{name}'", path, "", at_value=True)
                return None
        expanded = os.path.expanduser(os.path.expandvars(value))
        if expanded.startswith("~"):
            self._point(f"can't find the home folder of '{expanded.partition('/')[0]}'", path, "", at_value=True)
            return None
        return os.path.normpath(os.path.join(folder, expanded))

    def unknown(self, path: Path, known: Sequence[str], where: str) -> None:
        name = str(path[-1])
        what = f"unknown key '{name}' in {where}" if where else f"unknown key or table '{name}'"
        self.mistake(what, path, nearest(name, known) or _elsewhere(name, where))

    def mistake(self, text: str, path: Path | None, hint: str = "") -> None:
        """Points at the key."""
        self._point(text, path, hint, at_value=False)

    def wrong_value(self, text: str, path: Path, hint: str = "") -> None:
        """Points at the value."""
        self._point(text, path, hint, at_value=True)

    def wrong_part(self, text: str, path: Path, source: str, span: tuple[int, int], hint: str = "") -> None:
        """Points at a part of a string value; `span` in characters of what the string means."""
        start, end = self._span(path, at_value=True)
        if start is not None and end is not None:
            start, end = inside(source, start, end, *span)
        self.mistakes.append(Mistake(text, start, end, hint))

    def warn(self, text: str, path: Path | None, hint: str = "") -> None:
        start, end = self._span(path, at_value=False)
        self.warnings.append(Mistake(f"warning: {text}", start, end, hint))

    def _table(self, path: Path, required: bool) -> dict[str, Any] | None:
        value = self._value(path)
        if value is None:
            if required:
                self.mistake(f"missing table {title(path)}", path[:-1])
            return None
        if isinstance(value, dict):
            return value
        self.mistake(f"'{path[-1]}' must be a table", path, f"write {title(path)} on a line of its own")
        return None

    def _point(self, text: str, path: Path | None, hint: str, *, at_value: bool) -> None:
        start, end = self._span(path, at_value=at_value)
        self.mistakes.append(Mistake(text, start, end, hint))

    def place(self, path: Path) -> tuple[int, int] | None:
        """Where the last key of the path stands: offsets into the text."""
        found = self._places.get(path)
        return (found.start, found.end) if found is not None else None

    def _span(self, path: Path | None, *, at_value: bool) -> tuple[int | None, int | None]:
        """Place of the path, or of the nearest table around it."""
        while path:
            place = self._places.get(path)
            if place is not None:
                return (place.value_start, place.value_end) if at_value else (place.start, place.end)
            path = path[:-1]
        return None, None


def _elsewhere(name: str, where: str) -> str:
    """Where a key that is unknown here belongs."""
    for section, keys in SECTIONS.items():
        if any(key.name == name for key in keys) and f"[{section}]" != where:
            return f"that key belongs in [{section}]"
    return ""
