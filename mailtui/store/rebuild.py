"""What the state files and file names of the maildirs say about mailboxes, when the index does not."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import unquote

from mailtui.model.folder import Role
from mailtui.store.apply import Applier
from mailtui.store.mailboxes import SUBSCRIBED
from mailtui.store.maildir import State, safe_component
from mailtui.store.maildirs import find_maildirs, holds_mail

_ROLES = {role.value for role in Role}
_TOP_UID = "SELECT max(uid) FROM placement WHERE base_mailbox = ? AND uid IS NOT NULL"
"""From the index alone."""


def restore_mailboxes(applier: Applier, root: str) -> list[int]:
    """Mailbox rows from the state files, after the index was lost. UIDs are listed anew by the worker (floor); what no
    server lists is in the state file. A deleted mailbox makes room for one of the same name."""
    found = []
    local: set[str] = set()
    unsaid: list[int] = []
    for account_folder, relative, _path, state in sorted(find_maildirs(root), key=lambda entry: entry[3].gone):
        account = _unescape(account_folder)
        ident = _restore(applier.db, account, relative, state)
        if ident:
            found.append(ident)
        if state.local:
            local.add(account)
        elif ident:
            unsaid.append(ident)
    for account in local:  # where the state file of a folder was damaged, nobody knows what it said
        applier.db.execute(
            "UPDATE mailbox SET attributes = ? WHERE account = ? AND id IN (SELECT value FROM json_each(?))",
            (SUBSCRIBED, account, json.dumps(unsaid)),
        )
    if local:
        applier.local.remember(local)
    return found


def _restore(db: sqlite3.Connection, account: str, relative: str, state: State) -> int | None:
    gone = state.local and state.gone
    cursor = db.execute(
        "INSERT INTO mailbox(account, name, delimiter, role, attributes, dir, uidvalidity, uidnext, highestmodseq, "
        "floor, server_name, gone) VALUES(?,?,?,?,?,?,?,?,0,?,?,?) ON CONFLICT DO NOTHING",
        (
            *(account, state.name, state.delimiter, state.role if state.role in _ROLES else "none"),
            *(state.attributes if state.local else "", relative, state.uidvalidity or None),
            *(max(state.uidnext, 1), max(state.uidnext, 1), None if gone else state.name, gone),
        ),
    )
    return cursor.lastrowid if cursor.rowcount else None


def adopt_folders(applier: Applier, root: str) -> None:
    """Maildirs with mail in them that another program made in the folder of a local account are mailboxes of it. Only
    when mailtui was closed in order: after a crash they may be our own unfinished work."""
    local = {safe_component(account): account for account in applier.hand.local}
    for owner, relative, path, state in find_maildirs(root) if local else ():
        account = local.get(owner, "")
        known = applier.db.execute("SELECT 1 FROM mailbox WHERE account = ? AND dir = ?", (account, relative))
        if not account or known.fetchone() is not None or not holds_mail(path):
            continue
        ident = _restore(applier.db, account, relative, replace(state, local=True, gone=False, attributes=SUBSCRIBED))
        if ident is not None:
            applier.folders.restate_local(ident)


def adopt_validity(applier: Applier, mailboxes: Iterable[int]) -> None:
    """A crash in a mailbox's first delta leaves files with UIDs and a row that knows no UIDVALIDITY: the state file,
    written before them, does. Everything below the highest UID is compared with the server once."""
    for ident in mailboxes:
        validity = applier.folders.get(ident).state.uidvalidity
        (top,) = applier.db.execute(_TOP_UID, (ident,)).fetchone()
        if validity and top:
            applier.db.execute(
                "UPDATE mailbox SET uidvalidity = ?, uidnext = ?, highestmodseq = 0, floor = ? "
                "WHERE id = ? AND uidvalidity IS NULL",
                (validity, top + 1, top + 1, ident),
            )


def settle_checkpoints(db: sqlite3.Connection) -> None:
    """After adoption: UIDNEXT is one above the highest UID found; everything below is compared with the server once."""
    for ident, _validity in db.execute("SELECT id, uidvalidity FROM mailbox WHERE uidvalidity IS NOT NULL").fetchall():
        (top,) = db.execute(_TOP_UID, (ident,)).fetchone()
        top = (top or 0) + 1
        db.execute("UPDATE mailbox SET uidnext = ?, highestmodseq = 0, floor = ? WHERE id = ?", (top, top, ident))


def _unescape(name: str) -> str:
    return unquote(name, errors="replace")
