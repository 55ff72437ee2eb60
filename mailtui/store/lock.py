"""One writer per store: a locked file that holds the writer's pid. The lock ends with the process, however it ends."""

from __future__ import annotations

import contextlib
import fcntl
import os

from mailtui.model.errors import StoreLockedError
from mailtui.store.maildir import store_error


class Lock:
    def __init__(self, root: str) -> None:
        path = os.path.join(root, "lock")
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise store_error(error, path) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            words = os.pread(self._descriptor, 32, 0).strip()
            pid = int(words) if words.isdigit() else 0
            os.close(self._descriptor)
            raise StoreLockedError(
                f"another mailtui (process {pid}) is at work on {root}",
                pid,
                "it keeps this mail in step; reading works meanwhile, or end it first",
            ) from error
        try:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)
        except OSError as error:
            os.close(self._descriptor)
            raise store_error(error, path) from error

    def release(self) -> None:
        if self._descriptor >= 0:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = -1
