"""The lists that the person has left: `<store>/left-lists.json`, replaced as a whole. Blocking."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass

from mailtui.model.errors import FileError

NAME = "left-lists.json"
GRACE = 2 * 86400
"""Seconds in which what was on its way already may still arrive."""
MOST = 5_000
"""Lists; the oldest are forgotten beyond that."""


@dataclass(frozen=True, slots=True)
class Left:
    """`at`: seconds since 1970 UTC. `way`: one-click or mail. `where`: the host, or the address written to."""

    at: int
    way: str
    where: str

    def goes_on(self, date: int) -> bool:
        """Whether a mail of this date (seconds since 1970 UTC) should not have come any more."""
        return date > self.at + GRACE


class LeftLists:
    """By account and list: the List-Id, or the sender's address where there is none."""

    def __init__(self, store: str) -> None:
        """`store`: absolute path of the data folder."""
        self._path = os.path.join(store, NAME)

    def find(self, account: str, name: str) -> Left | None:
        """When and how the list was left; None if it was not. Raises FileError."""
        return self._read().get(_key(account, name))

    def keep(self, account: str, name: str, left: Left) -> None:
        """Durable when it returns. Raises FileError."""
        self._write({**self._read(), _key(account, name): left})

    def forget(self, account: str, name: str) -> None:
        """It was not left after all. Durable when it returns. Raises FileError."""
        known = {**self._read()}
        if known.pop(_key(account, name), None) is not None:
            self._write(known)

    def _write(self, known: Mapping[str, Left]) -> None:
        newest = sorted(known.items(), key=lambda one: one[1].at)[-MOST:]
        data = json.dumps({key: [one.at, one.way, one.where] for key, one in newest}, indent=1, ensure_ascii=True)
        beside = f"{self._path}.new"
        try:
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with open(handle, "w", encoding="ascii") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(beside, self._path)
        except OSError as error:
            raise FileError(f"can't write {self._path}: {error.strerror}", "is the disk full?") from error

    def _read(self) -> Mapping[str, Left]:
        try:
            with open(self._path, encoding="ascii") as stream:
                found = json.load(stream)
            return {str(key): Left(int(at), str(way), str(where)) for key, (at, way, where) in found.items()}
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except OSError as error:
            raise FileError(f"can't read {self._path}: {error.strerror}") from error
        except (ValueError, AttributeError, TypeError) as error:
            hint = "take it away: it only holds which lists you left"
            raise FileError(f"{self._path} is damaged", hint) from error


def _key(account: str, name: str) -> str:
    return f"{account}\n{name.lower()}"
