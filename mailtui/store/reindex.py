"""`mailtui reindex`: the index made anew from the maildir: every row, flag, keyword and UID, and no download."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable

from mailtui.model.errors import StoreError
from mailtui.model.ids import PlacementId
from mailtui.model.intents import SetFlags
from mailtui.store import journal
from mailtui.store.lock import Lock
from mailtui.store.recover import Report
from mailtui.store.schema import connect, fulltext_path, index_path
from mailtui.store.store import Store

_SUFFIXES = ("", "-wal", "-shm")


def reindex(root: str, progress: Callable[[int], None] = lambda done: None) -> Report:
    """The old index stays until the new one is whole; what waits in the journal is carried over; full text is filled
    anew behind the list. Raises StoreLockedError while another mailtui writes, StoreError when the disk refuses."""
    lock = Lock(root)
    path, aside = index_path(root), index_path(root) + ".before-reindex"
    waiting = _waiting(path)
    _move(path, aside)
    _remove(fulltext_path(root))
    try:
        store = Store.opened(root, lock, progress)
    except BaseException:
        _remove(path)
        _move(aside, path)
        lock.release()
        raise
    with contextlib.closing(store):
        _carry_over(store, waiting)
        _remove(aside)
        return store.recovered


Waiting = list[tuple[str, SetFlags, tuple[str, ...]]]


def _waiting(path: str) -> Waiting:
    """Unconfirmed Intents with the words of their rows; nothing from an index that can't be read."""
    found: Waiting = []
    if not os.path.exists(path):
        return found
    with (
        contextlib.suppress(sqlite3.Error, StoreError, ValueError),
        contextlib.closing(connect(path, read_only=True)) as db,
    ):
        for line in journal.read(db):
            words = [
                row[0]
                for placement in line.intent.placements
                if (row := db.execute("SELECT word FROM placement WHERE id = ?", (placement,)).fetchone())
            ]
            found.append((line.account, line.intent, tuple(words)))
    return found


def _carry_over(store: Store, waiting: Waiting) -> None:
    for account, intent, words in waiting:
        placements = tuple(PlacementId(row.placement) for word in words if (row := store.row_by_word(word)) is not None)
        if placements:
            store.submit(account, SetFlags(placements, intent.add, intent.remove))


def _move(old: str, new: str) -> None:
    for suffix in _SUFFIXES:
        if os.path.exists(old + suffix):
            os.replace(old + suffix, new + suffix)


def _remove(path: str) -> None:
    for suffix in _SUFFIXES:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path + suffix)
