"""Remote pictures that the person asked for: `<store>/pictures/`, so that nobody hears of the second look. Blocking."""

from __future__ import annotations

import contextlib
import os
from hashlib import sha256

from mailtui.model.errors import FileError

NAME = "pictures"
MOST_BYTES = 64 << 20
"""Of all of them; the oldest go first."""


class FetchedPictures:
    """By address."""

    def __init__(self, store: str) -> None:
        """`store`: absolute path of the data folder."""
        self._folder = os.path.join(store, NAME)

    def find(self, url: str) -> bytes | None:
        """The bytes behind the address as they were fetched; None if they are not here."""
        try:
            with open(self._path(url), "rb") as stream:
                return stream.read()
        except OSError:
            return None

    def keep(self, url: str, data: bytes) -> None:
        """Raises FileError."""
        path = self._path(url)
        beside = f"{path}.new"
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with open(handle, "wb") as stream:
                stream.write(data)
            os.replace(beside, path)
            self._make_room()
        except OSError as error:
            with contextlib.suppress(OSError):
                os.unlink(beside)
            raise FileError(f"a picture can't be kept in {self._folder}: {error.strerror}") from error

    def _path(self, url: str) -> str:
        return os.path.join(self._folder, sha256(url.encode("utf-8", "surrogatepass")).hexdigest())

    def _make_room(self) -> None:
        with os.scandir(self._folder) as entries:
            files = sorted(((one.stat().st_mtime_ns, one.stat().st_size, one.path) for one in entries), reverse=True)
        room = MOST_BYTES
        for _, size, path in files:
            room -= size
            if room < 0:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path)
