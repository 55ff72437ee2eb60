"""Threads, kept while mail arrives: every id mentioned points to a thread; a message that joins two merges them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import TypeAlias

from mailtui.mail.threads import all_keys
from mailtui.model.mail import Envelope

_AT_ONCE = 500
Keys: TypeAlias = tuple[tuple[str, ...], str]


def thread_of(db: sqlite3.Connection, envelope: Envelope, message: int) -> int:
    """The thread this message belongs to; `message` is the name of a new one. Merges smaller into larger."""
    keys, subject = all_keys(envelope)
    if not keys:
        return message
    known = _threads_with(db, keys)
    if not known:
        thread = message
    elif len(known) == 1:
        thread = known[0]
    else:
        thread = _merge(db, known)
    extra = (subject,) if subject and subject not in keys else ()
    db.executemany("INSERT OR IGNORE INTO ref VALUES(?, ?)", [(key, thread) for key in (*keys, *extra)])
    return thread


class Threads:
    """The same for many messages: what is known of their ids is read at once, what they add is written at once.
    `settle` writes down the messages that were asked about and are in no table yet: merging looks for them."""

    def __init__(self, db: sqlite3.Connection, settle: Callable[[], None]) -> None:
        self._db = db
        self._settle = settle
        self._known: dict[str, int] = {}
        self._new: list[tuple[str, int]] = []

    def load(self, envelopes: Sequence[Envelope]) -> list[Keys]:
        """What to call `of` with, one for each."""
        self._known.clear()
        self._new.clear()
        loaded = [all_keys(envelope) for envelope in envelopes]
        wanted = list(dict.fromkeys(key for keys, subject in loaded for key in (*keys, subject) if key))
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            self._known.update(
                self._db.execute(f"SELECT mid, thread FROM ref WHERE mid IN ({_marks(len(part))})", part)  # noqa: S608
            )
        return loaded

    def of(self, loaded: Keys, message: int) -> int:
        """As `thread_of`."""
        keys, subject = loaded
        if not keys:
            return message
        known = self._known
        found = {known[key] for key in keys if key in known}
        if not found:
            thread = message
        elif len(found) == 1:
            thread = found.pop()
        else:
            thread = self._merged(keys)
        for key in (*keys, subject) if subject else keys:
            if key not in known:
                known[key] = thread
                self._new.append((key, thread))
        return thread

    def flush(self) -> None:
        new, self._new = self._new, []
        self._db.executemany("INSERT OR IGNORE INTO ref VALUES(?, ?)", new)

    def _merged(self, keys: tuple[str, ...]) -> int:
        self._settle()
        self.flush()
        merged = _threads_with(self._db, keys)
        largest = _merge(self._db, merged)
        known, gone = self._known, set(merged)
        for key, thread in known.items():
            if thread in gone:
                known[key] = largest
        return largest


def _threads_with(db: sqlite3.Connection, keys: tuple[str, ...]) -> list[int]:
    return [row[0] for row in db.execute(f"SELECT DISTINCT thread FROM ref WHERE mid IN ({_marks(len(keys))})", keys)]  # noqa: S608


def _merge(db: sqlite3.Connection, threads: list[int]) -> int:
    marks = _marks(len(threads))
    sizes = dict(db.execute(f"SELECT thread, count(*) FROM ref WHERE thread IN ({marks}) GROUP BY thread", threads))  # noqa: S608
    largest = max(threads, key=lambda thread: sizes.get(thread, 0))
    for thread in threads:
        if thread != largest:
            db.execute("UPDATE ref SET thread = ? WHERE thread = ?", (largest, thread))
            db.execute("UPDATE message SET thread = ? WHERE thread = ?", (largest, thread))
    return largest


def _marks(count: int) -> str:
    return ",".join("?" * count)
