"""`mailtui reindex`: the index made anew from the maildir: every row, flag, keyword and UID, and no download."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable

from mailtui.store.carry import BEFORE
from mailtui.store.lock import Lock
from mailtui.store.recover import Report
from mailtui.store.schema import fulltext_path, index_path
from mailtui.store.store import Store

_SUFFIXES = ("", "-wal", "-shm")


def reindex(root: str, progress: Callable[[int], None] = lambda done: None) -> Report:
    """The old index stays until the new one is whole; journal and history are carried over, also if this is killed and
    the next start finishes it; full text is filled anew behind the list. Raises StoreLockedError while another mailtui
    writes, StoreError when the disk refuses."""
    lock = Lock(root)
    path = index_path(root)
    if not os.path.exists(path + BEFORE):  # else an earlier try was killed: what it set aside is the true one
        _move(path, path + BEFORE)
    else:
        _remove(path)
    _remove(fulltext_path(root))
    try:
        store = Store.opened(root, lock, progress)
    except BaseException:
        _remove(path)
        _move(path + BEFORE, path)
        lock.release()
        raise
    with contextlib.closing(store):
        return store.recovered


def _move(old: str, new: str) -> None:
    for suffix in _SUFFIXES:
        if os.path.exists(old + suffix):
            os.replace(old + suffix, new + suffix)


def _remove(path: str) -> None:
    for suffix in _SUFFIXES:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path + suffix)
