"""A message that was written here becomes a row of its mailbox, with a file of its own, in one transaction.

Its bytes lie complete and synced in the mailbox's tmp/ before they get a second name in cur/; the first one goes after
the commit. So a crash leaves a file in cur/ that no row knows only beside its twin in tmp/, and `forget_unsaved` tells
it from mail that another program delivered.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mailtui.model.errors import StoreError
from mailtui.model.mail import Envelope, Flags
from mailtui.store.codec import pack_keywords
from mailtui.store.hand import Hand
from mailtui.store.maildir import (
    HEAD_LIMIT,
    SPOOL_MARK,
    file_name,
    letters_of,
    make_maildir,
    new_word,
    parse_name,
    store_error,
)
from mailtui.store.messages import sort_date

SAVED_MARK = f".saved{SPOOL_MARK}"
DROPPED = 1
"""`gone` of a row that nobody wants back: a draft that was written anew before it was ever uploaded."""
Content = Callable[[bytes, bytes, int, str], tuple[int, Envelope]]
"""(digest, header block, size, role of the mailbox) → the message, new or known, and its envelope."""


@dataclass(frozen=True, slots=True)
class Saved:
    placement: int
    word: str
    new: bool
    """False: this very message lay there already."""


def read_written(path: str) -> bytes:
    """The bytes of a message that the person wrote. Raises StoreError."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise StoreError(f"{path} can't be read: {error.strerror}", "save it again") from error
    if not data:
        raise StoreError(f"{path} is empty", "there is nothing to be saved")
    return data


def head_of(data: bytes) -> bytes:
    """The header block with the blank line that ends it."""
    head = data[:HEAD_LIMIT]
    ends = [at + len(mark) for mark in (b"\r\n\r\n", b"\n\n") if (at := head.find(mark)) >= 0]
    return head[: min(ends, default=len(head))]


class Saving:
    """Belongs to the Writer's thread; runs inside its transaction."""

    def __init__(self, hand: Hand, content: Content, fill_again: Callable[[int], None]) -> None:
        self._hand = hand
        self._db = hand.db
        self._content = content
        self._fill_again = fill_again

    def put(self, mailbox: int, data: bytes, flags: Flags) -> Saved:
        """A row of this computer; what was saved there before, byte by byte the same, is not saved twice."""
        digest = hashlib.blake2b(data, digest_size=16).digest()
        there = self._db.execute(
            "SELECT p.id, p.word FROM placement p JOIN message m ON m.id = p.message "
            "WHERE m.digest = ? AND p.mailbox = ? AND p.gone IS NULL LIMIT 1",
            (digest, mailbox),
        ).fetchone()
        if there is not None:
            return Saved(there[0], there[1], new=False)
        known = self._db.execute("SELECT id FROM message WHERE digest = ?", (digest,)).fetchone()
        message, envelope = self._content(digest, head_of(data), len(data), self._hand.folders.get(mailbox).state.role)
        if known is not None:
            self._fill_again(message)
        return self._placed(mailbox, message, envelope, data, flags)

    def _placed(self, mailbox: int, message: int, envelope: Envelope, data: bytes, flags: Flags) -> Saved:
        folder = self._hand.folders.get(mailbox)
        now, word = int(time.time()), new_word()
        self._hand.folders.learn_keywords(folder, flags)
        name = file_name(now, word, None, 0, letters_of(flags, folder.keywords))
        make_maildir(folder.path)
        spool = os.path.join(folder.path, "tmp", word + SAVED_MARK)
        self._hand.work.temporary.append(spool)
        write_synced(spool, data)
        self._hand.work.link(spool, folder.path, name)
        ident = self.row(mailbox, word, message, flags, sort_date(envelope, now), now, name)
        return Saved(ident, word, new=True)

    def row(self, mailbox: int, word: str, message: int, flags: Flags, date: int, internaldate: int, name: str) -> int:
        """A new row of this computer, in sight; `name`: of its file, empty if there is none."""
        packed = pack_keywords(flags)
        ident = self._db.execute(
            "INSERT INTO placement(word, message, mailbox, base_mailbox, flags, keywords, base_flags, base_keywords, "
            "date, internaldate, body, file) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                *(word, message, mailbox, mailbox, flags.bits, packed, flags.bits, packed),
                *(date, internaldate, 1 if name else 0, name),
            ),
        ).lastrowid
        assert ident is not None
        self._hand.touched.added(mailbox, ident, flags.bits)
        return ident


def write_synced(path: str, data: bytes) -> None:
    """A new file for the owner alone, its contents on the disk. Raises StoreError."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(descriptor, left) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise store_error(error, path) from error


# -- after a crash


def forget_unsaved(root: str, db: sqlite3.Connection) -> None:
    """Files in cur/ whose transaction was never committed. Call it while the index is whole and before spools are
    cleaned: the twin in tmp/ is what tells."""
    for folder, word in _twins(root):
        if db.execute("SELECT 1 FROM placement WHERE word = ?", (word,)).fetchone() is not None:
            continue
        with contextlib.suppress(OSError):
            for name in os.listdir(os.path.join(folder, "cur")):
                if parse_name(name).word == word:
                    os.unlink(os.path.join(folder, "cur", name))


def _twins(root: str) -> Iterator[tuple[str, str]]:
    """(maildir folder, word) of every spool that may have a second name."""
    for folder, folders, names in os.walk(os.path.join(root, "mail")):
        folders[:] = [name for name in folders if name not in {"cur", "new"}]
        if os.path.basename(folder) == "tmp":
            for name in names:
                if name.endswith(SAVED_MARK):
                    yield os.path.dirname(folder), name.removesuffix(SAVED_MARK)
