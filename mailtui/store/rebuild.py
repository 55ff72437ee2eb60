"""What the state files and file names of the maildirs say about mailboxes, when the index does not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from urllib.parse import unquote

from mailtui.model.folder import Role
from mailtui.store.apply import Applier
from mailtui.store.recover import find_maildirs

_ROLES = {role.value for role in Role}


def restore_mailboxes(applier: Applier, root: str) -> list[int]:
    """Mailbox rows from the state files, after the index was lost. UIDs are listed anew by the worker (floor)."""
    db = applier.db
    found = []
    for account_folder, relative, _path, state in find_maildirs(root):
        account = _unescape(account_folder)
        validity = state.uidvalidity or None
        cursor = db.execute(
            "INSERT INTO mailbox(account, name, delimiter, role, attributes, dir, uidvalidity, uidnext, highestmodseq, "
            "floor, server_name) VALUES(?,?,?,?,'',?,?,?,0,?,?) ON CONFLICT DO NOTHING",
            (
                account,
                state.name,
                state.delimiter,
                state.role if state.role in _ROLES else "none",
                relative,
                validity,
                max(state.uidnext, 1),
                max(state.uidnext, 1),
                state.name,
            ),
        )
        if cursor.lastrowid:
            found.append(cursor.lastrowid)
    return found


def adopt_validity(applier: Applier, mailboxes: Iterable[int]) -> None:
    """A crash in a mailbox's first delta leaves files with UIDs and a row that knows no UIDVALIDITY: the state file,
    written before them, does. Everything below the highest UID is compared with the server once."""
    for ident in mailboxes:
        validity = applier.folders.get(ident).state.uidvalidity
        (top,) = applier.db.execute("SELECT max(uid) FROM placement WHERE base_mailbox = ?", (ident,)).fetchone()
        if validity and top:
            applier.db.execute(
                "UPDATE mailbox SET uidvalidity = ?, uidnext = ?, highestmodseq = 0, floor = ? "
                "WHERE id = ? AND uidvalidity IS NULL",
                (validity, top + 1, top + 1, ident),
            )


def settle_checkpoints(db: sqlite3.Connection) -> None:
    """After adoption: UIDNEXT is one above the highest UID found; everything below is compared with the server once."""
    for ident, _validity in db.execute("SELECT id, uidvalidity FROM mailbox WHERE uidvalidity IS NOT NULL").fetchall():
        (top,) = db.execute("SELECT max(uid) FROM placement WHERE base_mailbox = ?", (ident,)).fetchone()
        top = (top or 0) + 1
        db.execute("UPDATE mailbox SET uidnext = ?, highestmodseq = 0, floor = ? WHERE id = ?", (top, top, ident))


def _unescape(name: str) -> str:
    return unquote(name, errors="replace")
