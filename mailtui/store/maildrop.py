"""Maildrops (POP3): which names of the server are here, and what becomes of the Facts about them.

File names of a maildir say nothing of a maildrop's names. They stand in the index, and in a small journal beside the
account's folders (`names`), which is written before the files get their names: whatever is lost of the index, nothing
is fetched twice for it, and nothing is taken for fetched whose file never came.
"""

from __future__ import annotations

import os
import sqlite3

from mailtui.model.folder import Role
from mailtui.model.ids import AccountId, PlacementId
from mailtui.model.maildrop import MaildropEntry
from mailtui.store import names

ASKED, ANSWERED, UNSURE = 1, 2, 3
"""`deleting` of a name: DELE goes out; QUIT was answered, and only the next listing can show that it is still there;
and of a name whose mail was not found when the index was made anew."""


KEEP = "INSERT OR REPLACE INTO pop(account, uidl, word, digest, size, fetched) VALUES(?,?,?,?,?,?)"


def entries(db: sqlite3.Connection, account: AccountId) -> dict[str, MaildropEntry]:
    """Names that are known, by themselves."""
    found: dict[str, MaildropEntry] = {}
    for uidl, digest, size, fetched, deleting, ident, gone, body, role in db.execute(
        "SELECT m.uidl, m.digest, m.size, m.fetched, m.deleting, p.id, p.gone, p.body, b.role FROM pop m "
        "LEFT JOIN placement p ON p.word = m.word LEFT JOIN mailbox b ON b.id = p.mailbox WHERE m.account = ?",
        (account,),
    ):
        here = ident is not None and gone is None
        found[uidl] = MaildropEntry(
            uidl,
            digest,
            PlacementId(ident) if here else None,
            role == Role.TRASH.value,
            fetched,
            size,
            deleting=deleting == ASKED,
            deleted=deleting == ANSWERED,
            lost=ident is not None and not body,
            unsure=deleting == UNSURE,
        )
    return found


def last_visit(db: sqlite3.Connection, account: AccountId) -> float | None:
    """When the maildrop was listed last, seconds since 1970 UTC."""
    row = db.execute("SELECT value FROM meta WHERE key = ?", (f"maildrop {account}",)).fetchone()
    return float(row[0]) if row is not None else None


class Restoring:
    """Around a recovery: `before` it looks into the folders, `after` it has adopted what it found there."""

    def __init__(self, db: sqlite3.Connection, root: str, *, rebuilt: bool) -> None:
        self._db = db
        self._root = root
        self._rebuilt = rebuilt
        self._unsure: list[tuple[str, names.Name]] = []

    def before(self) -> None:
        """Names whose commit the index does not know."""
        for path in names.find(os.path.join(self._root, "mail")):
            if not self._rebuilt and names.settled(path):
                continue
            account, found = names.read(path)
            for name in found.values():
                if not name.sure or self._rebuilt:
                    cursor = self._db.execute(KEEP.replace("REPLACE", "IGNORE"), (account, *name.row))
                    if cursor.rowcount and not name.sure:
                        self._unsure.append((account, name))

    def after(self) -> None:
        """Whose file never came is fetched again. Journals that hold far more than they need are written anew."""
        for account, name in self._unsure:
            there = self._db.execute("SELECT 1 FROM placement WHERE word = ?", (name.word,)).fetchone()
            if there is None:
                self._db.execute("DELETE FROM pop WHERE account = ? AND uidl = ?", (account, name.uidl))
        if self._rebuilt:
            self._db.execute(
                "UPDATE pop SET deleting = ? WHERE NOT EXISTS (SELECT 1 FROM placement p WHERE p.word = pop.word)",
                (UNSURE,),
            )
        for path in names.find(os.path.join(self._root, "mail")):
            if self._unsure or self._rebuilt or names.swollen(path):
                account = names.read(path)[0]
                rows = self._db.execute(
                    "SELECT uidl, word, digest, size, fetched FROM pop WHERE account = ?", (account,)
                )
                names.rewrite(path, account, [names.Name(*row) for row in rows])
