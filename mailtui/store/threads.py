"""Threads, kept while mail arrives: every id mentioned points to a thread; a message that joins two merges them."""

from __future__ import annotations

import sqlite3

from mailtui.mail.threads import subject_key, thread_keys
from mailtui.model.mail import Envelope


def thread_of(db: sqlite3.Connection, envelope: Envelope, message: int) -> int:
    """The thread this message belongs to; `message` is the name of a new one. Merges smaller into larger."""
    keys = thread_keys(envelope)
    if not keys:
        return message
    marks = ",".join("?" * len(keys))
    known = [row[0] for row in db.execute(f"SELECT DISTINCT thread FROM ref WHERE mid IN ({marks})", keys)]  # noqa: S608
    if not known:
        thread = message
    elif len(known) == 1:
        thread = known[0]
    else:
        thread = _merge(db, known)
    subject = subject_key(envelope)
    extra = (subject,) if subject and subject not in keys else ()
    db.executemany("INSERT OR IGNORE INTO ref VALUES(?, ?)", [(key, thread) for key in (*keys, *extra)])
    return thread


def _merge(db: sqlite3.Connection, threads: list[int]) -> int:
    marks = ",".join("?" * len(threads))
    sizes = dict(db.execute(f"SELECT thread, count(*) FROM ref WHERE thread IN ({marks}) GROUP BY thread", threads))  # noqa: S608
    largest = max(threads, key=lambda thread: sizes.get(thread, 0))
    for thread in threads:
        if thread != largest:
            db.execute("UPDATE ref SET thread = ? WHERE thread = ?", (largest, thread))
            db.execute("UPDATE message SET thread = ? WHERE thread = ?", (largest, thread))
    return largest
