"""Attachments to files: in a chosen folder and nowhere else, never over a file that is there. Blocking."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from mailtui.mail.filenames import numbered
from mailtui.mail.sanitize import safe_line
from mailtui.model.errors import FileError

MOST_OF_A_NAME = 10_000
"""Files of one name in one folder; beyond that something is wrong."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A file that was written: its path, and its size in bytes."""

    path: str
    size: int


def save(chunks: Iterable[bytes], folder: str, name: str) -> Saved:
    """Write `chunks` to a new file in `folder` (made if it is missing, mode 0700). `name` comes from
    `safe_file_name`; where it is taken, `name (2)`, `name (3)` ... is used. The file is for its owner alone and is
    taken away again if it can't be written whole. Links are not followed. Raises FileError."""
    if os.sep in name or name in {"", ".", ".."} or "\x00" in name:
        raise FileError(f"'{safe_line(name)}' is not a file name")
    folder = os.path.abspath(os.path.expanduser(folder))
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        inside = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise _failed(folder, error) from None
    try:
        final, handle = _create(inside, name)
        return Saved(os.path.join(folder, final), _fill(inside, final, handle, chunks))
    except OSError as error:
        raise _failed(os.path.join(folder, name), error) from None
    finally:
        os.close(inside)


def _create(inside: int, name: str) -> tuple[str, int]:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    for count in range(1, MOST_OF_A_NAME + 1):
        final = numbered(name, count)
        try:
            return final, os.open(final, flags, 0o600, dir_fd=inside)
        except FileExistsError:
            continue
    raise FileError(f"there are {MOST_OF_A_NAME:,} files of the name {safe_line(name)} already")


def _fill(inside: int, final: str, handle: int, chunks: Iterable[bytes]) -> int:
    size = 0
    try:
        with open(handle, "wb") as stream:
            for chunk in chunks:
                size += stream.write(chunk)
    except BaseException:
        os.unlink(final, dir_fd=inside)
        raise
    return size


def _failed(place: str, error: OSError | ValueError) -> FileError:
    why = (error.strerror if isinstance(error, OSError) else "") or "not a path"
    return FileError(f"can't write {safe_line(place)}: {why}", "choose another folder, or make room")
