"""Makes index and maildir agree again: after a crash, after other programs were at the files, after the index was lost.

The maildir is the truth for content. A folder whose directory has not changed since the last commit is not looked into.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from mailtui.model.facts import Delivery
from mailtui.store.apply import Applier, sort_date
from mailtui.store.folders import Folder
from mailtui.store.maildir import HEAD_LIMIT, SPOOL_MARK, FileName, State, flags_of, parse_name, read_state

BATCH = 500


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. `adopted`: files that had no row; `missing`: rows whose file is gone."""

    mailboxes: int
    messages: int
    adopted: int
    missing: int


def clean_spools(root: str) -> None:
    """A killed process leaves half messages in tmp/; nobody else writes files with our mark."""
    for folder, _, names in os.walk(os.path.join(root, "mail")):
        if os.path.basename(folder) == "tmp":
            for name in names:
                if name.endswith(SPOOL_MARK):
                    os.unlink(os.path.join(folder, name))


def stamp(folder: str) -> int:
    """Changes whenever a file comes, goes or is renamed in cur/ or new/."""
    total = 0
    for part in ("cur", "new"):
        try:
            total = total * 31 + os.stat(os.path.join(folder, part)).st_mtime_ns
        except OSError:
            total = total * 31
    return total & ((1 << 62) - 1)


def find_maildirs(root: str) -> Iterator[tuple[str, str, str, State]]:
    """(account folder, relative path, path, state) of every mailbox folder with a state file."""
    top = os.path.join(root, "mail")
    for folder, names, _ in os.walk(top):
        names[:] = sorted(name for name in names if name not in {"cur", "new", "tmp", ".gone"})
        state = read_state(folder)
        if state is not None and folder != top:
            account, _, relative = os.path.relpath(folder, top).partition(os.sep)
            yield account, relative, folder, state


class Recovery:
    """Works through the Applier, so that what it finds is counted, threaded and announced like everything else."""

    def __init__(self, applier: Applier, progress: Callable[[int], None] = lambda done: None) -> None:
        self._applier = applier
        self._db = applier.db
        self._progress = progress
        self.messages = self.adopted = self.missing = 0

    def look(self, mailbox: int, *, always: bool = False) -> bool:
        """Reconciles one mailbox if its folder changed. Whether it did."""
        folder = self._applier.folders.get(mailbox)
        (known,) = self._db.execute("SELECT cur_mtime_ns FROM mailbox WHERE id = ?", (mailbox,)).fetchone()
        now = stamp(folder.path)
        if now == known and not always:
            return False
        self._reconcile(folder)
        self._db.execute("UPDATE mailbox SET cur_mtime_ns = ? WHERE id = ?", (stamp(folder.path), mailbox))
        return True

    def _reconcile(self, folder: Folder) -> None:
        rows = {
            word: (ident, file)
            for ident, word, file in self._db.execute(
                "SELECT id, word, file FROM placement WHERE base_mailbox = ? AND body = 1 AND mailbox IS NOT NULL",
                (folder.id,),
            )
        }
        for part in ("cur", "new"):
            try:
                entries = list(os.scandir(os.path.join(folder.path, part)))
            except OSError:
                continue
            for entry in entries:
                if entry.name.startswith(".") or not entry.is_file(follow_symlinks=False):
                    continue
                name = parse_name(entry.name)
                row = rows.pop(name.word, None)
                self.messages += 1
                if row is None:
                    self._adopt(folder, part, entry, name)
                elif row[1] != entry.name:
                    self._db.execute("UPDATE placement SET file = ? WHERE id = ?", (entry.name, row[0]))
                if self.messages % BATCH == 0:
                    self._progress(self.messages)
        for ident, _file in rows.values():
            self.missing += 1
            self._db.execute("UPDATE placement SET body = 0, file = '' WHERE id = ?", (ident,))

    def _adopt(self, folder: Folder, part: str, entry: os.DirEntry[str], name: FileName) -> None:
        """A file without a row: delivered just before a crash, the index was lost, or another program put it there."""
        if part == "new":
            return  # another program's delivery: moved to cur/ by whoever reads it first; adopted with the next slice
        head, digest, size = _read(entry.path)
        validity = folder.state.uidvalidity
        uid = name.uid if name.validity and name.validity == validity else None
        flags = flags_of(name.letters, folder.keywords)
        date = (
            int(entry.name.partition(".")[0]) if name.uid and entry.name[:1].isdigit() else int(entry.stat().st_mtime)
        )
        existing = (
            uid
            and self._db.execute(
                "SELECT id, body FROM placement WHERE base_mailbox = ? AND uid = ?", (folder.id, uid)
            ).fetchone()
        )
        if existing and existing[1]:
            os.unlink(entry.path)  # the same UID twice: an undone delivery that was then done again
            return
        message, envelope = self._applier._content(digest, head, size)
        if existing:
            self._db.execute(
                "UPDATE placement SET message = ?, word = ?, body = 1, file = ? WHERE id = ?",
                (message, name.word, entry.name, existing[0]),
            )
            return
        if self._db.execute("SELECT 1 FROM placement WHERE word = ?", (name.word,)).fetchone():
            self._db.execute("DELETE FROM placement WHERE word = ? AND mailbox IS NULL", (name.word,))
        mail = Delivery(uid or 0, flags, date, size, digest, b"", "")
        self._applier._place(folder, message, name.word, mail, sort_date(envelope, date), entry.name, None)
        if uid is None:
            self._db.execute("UPDATE placement SET uid = NULL WHERE word = ?", (name.word,))
        self.adopted += 1


def _read(path: str) -> tuple[bytes, bytes, int]:
    with open(path, "rb") as file:
        raw = file.read()
    head = raw[:HEAD_LIMIT]
    end = min((at for mark in (b"\r\n\r\n", b"\n\n") if (at := head.find(mark)) >= 0), default=len(head))
    return head[: end + 4], hashlib.blake2b(raw, digest_size=16).digest(), len(raw)


def restore_mailboxes(applier: Applier, root: str) -> list[int]:
    """Mailbox rows from the state files, after the index was lost. UIDs are listed anew by the worker (floor)."""
    db = applier.db
    found = []
    for account_folder, relative, _path, state in find_maildirs(root):
        account = _unescape(account_folder)
        validity = state.uidvalidity or None
        cursor = db.execute(
            "INSERT INTO mailbox(account, name, delimiter, role, attributes, dir, uidvalidity, uidnext, highestmodseq, "
            "floor) VALUES(?,?,?,?,'',?,?,?,0,?) ON CONFLICT DO NOTHING",
            (
                account,
                state.name,
                state.delimiter,
                state.role,
                relative,
                validity,
                max(state.uidnext, 1),
                max(state.uidnext, 1),
            ),
        )
        if cursor.lastrowid:
            found.append(cursor.lastrowid)
    return found


def settle_checkpoints(db: sqlite3.Connection) -> None:
    """After adoption: UIDNEXT is one above the highest UID found; everything below is compared with the server once."""
    for ident, _validity in db.execute("SELECT id, uidvalidity FROM mailbox WHERE uidvalidity IS NOT NULL").fetchall():
        (top,) = db.execute("SELECT max(uid) FROM placement WHERE base_mailbox = ?", (ident,)).fetchone()
        top = (top or 0) + 1
        db.execute("UPDATE mailbox SET uidnext = ?, highestmodseq = 0, floor = ? WHERE id = ?", (top, top, ident))


def _unescape(name: str) -> str:
    return unquote(name, errors="surrogateescape")
