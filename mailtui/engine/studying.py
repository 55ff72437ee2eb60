"""Reading what is to be learned, and fitting weights to it: `python -m mailtui.engine.studying ROOT` does the latter in
a process of its own.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from mailtui.mail.classify.features import read_features
from mailtui.mail.classify.lists import mailing_list
from mailtui.mail.classify.weights import fit
from mailtui.store.arrivals import Arrivals
from mailtui.store.learning import LearningFile, figure
from mailtui.store.lessons import wanted
from mailtui.store.teaching import examples, forget, keep_weights, taught, teach

PORTION = 10
"""Messages per transaction."""
NICE = 10


def study(index: Arrivals, file: LearningFile) -> int:
    """Learns from some of the messages that wait for it. How many. Raises StoreError: nothing of it was written."""
    waiting = [digest for (digest,) in file.db.execute("SELECT digest FROM todo LIMIT ?", (PORTION,))]
    ready = [(digest, _Reading.of(index.file_of(digest))) for digest in waiting]
    if not waiting:
        return 0
    with file.transaction() as db:
        for digest, reading in ready:
            if reading is not None:
                db.execute(
                    "UPDATE lesson SET sender = ?, list = ? WHERE digest = ?", (reading.sender, reading.list, digest)
                )
            spam = wanted(db, digest)
            if spam is None:
                forget(db, digest)
            elif reading is not None and taught(db, digest) is not spam:
                teach(db, digest, reading.tokens, spam=spam)
        db.executemany("DELETE FROM todo WHERE digest = ?", ((digest,) for digest in waiting))
    return len(waiting)


class _Reading:
    """What of a message is learned."""

    def __init__(self, data: bytes) -> None:
        features = read_features(data)
        found = mailing_list(features)
        self.sender = features.sender
        self.list = found.id if found is not None and not found.talk else ""
        """People who talk on a list are not meant by what is said of one of them."""
        self.tokens = features.tokens

    @classmethod
    def of(cls, path: str | None) -> _Reading | None:
        """None: the file is not here."""
        try:
            return cls(Path(path).read_bytes()) if path is not None else None
        except OSError:
            return None


def refit(root: str) -> None:
    """Fits the weights anew. Raises StoreError."""
    file = LearningFile(root)
    try:
        changes = figure(file.db, "changes")
        found = fit(examples(file.db))
        with file.transaction() as db:
            keep_weights(db, found, changes)
    finally:
        file.close()


if __name__ == "__main__":
    os.nice(NICE)
    refit(sys.argv[1])
