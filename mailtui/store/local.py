"""Accounts whose server keeps nothing (POP3, local ones): what the person wants is so at once.

Their wishes go through the journal like all others, and are confirmed within the same transaction: Base follows, the
file moves. So history, undo and safety copies know no difference, and nothing of theirs ever waits.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterable
from string import ascii_lowercase
from typing import Any

from mailtui.model.folder import Role
from mailtui.model.mail import Flags
from mailtui.store import journal
from mailtui.store.carry import old_index
from mailtui.store.codec import pack_keywords, unpack_flags
from mailtui.store.folders import Folder
from mailtui.store.hand import Hand
from mailtui.store.mailboxes import NAMES, SUBSCRIBED, Mailboxes
from mailtui.store.maildir import file_name, letters_of, make_maildir
from mailtui.store.maildirs import forget_unmade
from mailtui.store.placing import Placing

DELIMITER = "/"
INBOX = "INBOX"
ROLES = {Role.INBOX: INBOX, **NAMES}
"""Mailboxes that every such account has."""
_KEY = "local-accounts"


class Local:
    """Belongs to the Writer's thread; runs inside its transaction."""

    def __init__(self, hand: Hand, placing: Placing, mailboxes: Mailboxes) -> None:
        self._hand = hand
        self._db = hand.db
        self._placing = placing
        self._mailboxes = mailboxes
        self._seen = 0
        """Lines up to this one were looked at."""
        self.read()

    def read(self) -> None:
        """Also after a failed transaction: what it remembered and numbered does not count."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (_KEY,)).fetchone()
        self._hand.folders.local = frozenset(json.loads(row[0])) if row is not None else frozenset()
        self._seen = 0

    def remember(self, names: Iterable[str], others: Iterable[str] = ()) -> None:
        """Which accounts are local; they get the mailboxes that they lack. Others are no longer."""
        before, names = self._hand.local, frozenset(names)
        after = before - frozenset(others) | names
        if after != before:
            self._db.execute("INSERT OR REPLACE INTO meta VALUES(?, ?)", (_KEY, json.dumps(sorted(after))))
            self._hand.folders.local = after
            self._seen = 0
        for name in sorted(names):
            self._furnish(name)
            if name not in before:
                self.restate(name)
        self.settle()

    def clean_up(self) -> None:
        """After a crash: what state files and folders tell of a transaction that was never committed does not count."""
        for account in self._hand.local:
            self.restate(account)
            rows = self._db.execute("SELECT dir FROM mailbox WHERE account = ?", (account,))
            forget_unmade(self._hand.root, account, {relative for (relative,) in rows})

    def restate(self, account: str) -> None:
        """The state files of its mailboxes say what no server will."""
        for (mailbox,) in self._db.execute("SELECT id FROM mailbox WHERE account = ?", (account,)).fetchall():
            if os.path.isdir(self._hand.folders.get(mailbox).path):  # one that is away just now is not made anew
                self._hand.folders.restate_local(mailbox)

    def _furnish(self, account: str) -> None:
        """Makes the mailboxes that are missing; one that the person has deleted is not missing."""
        roles = {role for (role,) in self._db.execute("SELECT role FROM mailbox WHERE account = ?", (account,))}
        for role, name in ROLES.items():
            if role.value in roles:
                continue
            self._hand.touched.listed = True
            row = self._db.execute("SELECT id FROM mailbox WHERE account = ? AND name = ?", (account, name)).fetchone()
            if row is None:
                self._hand.folders.create(account, name, DELIMITER, role.value, SUBSCRIBED, name)
            else:
                self._db.execute("UPDATE mailbox SET role = ?, gone = 0 WHERE id = ?", (role.value, row[0]))
                self._hand.folders.restate_local(row[0])

    def carry(self, path: str) -> None:
        """What an old index knows and no file name can say: keywords of a folder that has more than there are
        letters, and where safety copies lay."""
        with old_index(path) as old:
            if old is None:
                return
            with contextlib.suppress(sqlite3.Error):
                for account in self._hand.local:
                    self._carry_keywords(old, account)
                    self._carry_homes(old, account)

    def _carry_keywords(self, old: sqlite3.Connection, account: str) -> None:
        mailboxes = self._db.execute("SELECT id FROM mailbox WHERE account = ?", (account,)).fetchall()
        for folder in (self._hand.folders.get(mailbox) for (mailbox,) in mailboxes):
            if len(folder.keywords) < len(ascii_lowercase):
                continue
            said = {keyword.lower() for keyword in (*folder.keywords, "$Forwarded")}
            for ident, word, keywords in self._db.execute(
                "SELECT id, word, keywords FROM placement WHERE mailbox = ?", (folder.id,)
            ).fetchall():
                row = old.execute("SELECT keywords FROM placement WHERE word = ? AND gone IS NULL", (word,)).fetchone()
                unsaid = [one for one in row[0].split() if one.lower() not in said] if row is not None else []
                if unsaid:
                    text = pack_keywords(Flags.of((*keywords.split(), *unsaid)))
                    self._db.execute(
                        "UPDATE placement SET keywords = ?1, base_keywords = ?1 WHERE id = ?2", (text, ident)
                    )

    def _carry_homes(self, old: sqlite3.Connection, account: str) -> None:
        """Of safety copies; without an old index they count as the Inbox's."""
        homes = old.execute(
            "SELECT p.word, p.gone, p.keywords, b.name FROM placement p JOIN mailbox b ON b.id = p.base_mailbox "
            "WHERE p.gone IS NOT NULL AND p.file <> '' AND b.account = ?",
            (account,),
        ).fetchall()
        for word, gone, keywords, name in homes:
            self._db.execute(
                "UPDATE placement SET gone = ?1, keywords = ?2, base_keywords = ?2, base_mailbox = coalesce((SELECT id "
                "FROM mailbox WHERE account = ?3 AND name = ?4), base_mailbox) WHERE word = ?5 AND gone IS NOT NULL",
                (gone, keywords, account, name, word),
            )

    # -- confirming

    def settle(self) -> None:
        """Everything that waits for a local account is confirmed, oldest first."""
        local = self._hand.local
        if not local:
            return
        lines = self._db.execute(
            "SELECT id, account, kind, payload FROM journal WHERE id > ? AND NOT failed ORDER BY id", (self._seen,)
        ).fetchall()
        for line, account, kind, payload in lines:
            self._seen = line
            if account in local:
                self._confirm(line, account, kind, json.loads(payload))

    def _confirm(self, line: int, account: str, kind: str, fields: dict[str, Any]) -> None:
        self._db.execute(
            "UPDATE placement SET pending = 0 WHERE id IN (SELECT placement FROM pending WHERE intent = ?)", (line,)
        )
        match kind:
            case "set-flags":
                self._db.execute(
                    "UPDATE placement SET base_flags = flags, base_keywords = keywords "
                    "WHERE id IN (SELECT placement FROM pending WHERE intent = ?)",
                    (line,),
                )
                journal.strike(self._db, (line,))
            case "move":
                self._move(line, int(fields["to"]))
                journal.strike(self._db, (line,))
            case "expunge":
                for placement in journal.strike(self._db, (line,)):
                    self._placing.gone(placement)
            case "upload":
                journal.strike(self._db, (line,))
            case _:
                self._mailboxes.settle(kind, fields, done=True)
                journal.strike(self._db, (line,))
                self._restate_around(account, fields)

    def _restate_around(self, account: str, fields: dict[str, Any]) -> None:
        """The mailbox of a line, and those below it: their names changed with it."""
        row = self._db.execute("SELECT name, delimiter FROM mailbox WHERE id = ?", (fields["mailbox"],)).fetchone()
        if row is None:
            return
        below = row[0] + (row[1] or DELIMITER)
        for (mailbox,) in self._db.execute(
            "SELECT id FROM mailbox WHERE account = ? AND (id = ? OR substr(name, 1, ?) = ?)",
            (account, fields["mailbox"], len(below), below),
        ).fetchall():
            self._hand.folders.restate_local(mailbox)

    def _move(self, line: int, to: int) -> None:
        """The rows of a line lie in `to` now, and so do their files."""
        rows = self._db.execute(
            "SELECT p.id, p.word, p.base_mailbox, p.flags, p.keywords, p.internaldate, p.body, p.file "
            "FROM pending q JOIN placement p ON p.id = q.placement WHERE q.intent = ? AND p.gone IS NULL",
            (line,),
        ).fetchall()
        target = self._hand.folders.get(to)
        make_maildir(target.path)
        placed = []
        for ident, word, base, bits, keywords, internaldate, body, file in rows:
            name = file
            if body and file and base != to:
                flags = unpack_flags(bits, keywords)
                name = self._carry(base, target, word, internaldate, flags, file)
            placed.append((to, name, ident))
        self._db.executemany(
            "UPDATE placement SET base_mailbox = ?, uid = NULL, modseq = 0, leftover = 0, file = ? WHERE id = ?", placed
        )

    def _carry(self, base: int, target: Folder, word: str, internaldate: int, flags: Flags, file: str) -> str:
        """Its name in the other mailbox, where letters may mean other keywords."""
        self._hand.folders.learn_keywords(target, flags)
        name = file_name(internaldate, word, None, 0, letters_of(flags, target.keywords))
        self._hand.work.move(os.path.join(self._hand.folders.get(base).path, "cur", file), target.path, name)
        return name
