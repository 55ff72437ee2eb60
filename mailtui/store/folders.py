"""Mailbox rows and their folders on disk."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass, replace
from typing import Any

from mailtui.model.errors import StoreError
from mailtui.model.facts import MailboxesListed
from mailtui.model.folder import Checkpoint, Mailbox, Role
from mailtui.model.ids import AccountId, MailboxId
from mailtui.model.mail import Flags
from mailtui.store.maildir import State, apart, make_maildir, read_state, safe_component, safe_path, write_state
from mailtui.store.touched import Touched
from mailtui.sync.roles import roles_of

COLUMNS = (
    "id, account, name, delimiter, role, attributes, uidvalidity, uidnext, highestmodseq, floor, total, unread, "
    "remote_total, gone"
)


def unpack_mailbox(row: tuple[Any, ...]) -> Mailbox:
    """From COLUMNS."""
    (
        ident,
        account,
        name,
        delimiter,
        role,
        attributes,
        validity,
        uidnext,
        modseq,
        floor,
        total,
        unread,
        remote,
        _gone,
    ) = row
    marks = frozenset(str(attributes).split())
    checkpoint = Checkpoint(validity, uidnext or 1, modseq or 0, floor or 1) if validity else None
    return Mailbox(
        MailboxId(ident),
        AccountId(account),
        name,
        delimiter,
        Role(role),
        marks,
        total,
        unread,
        remote,
        not marks & {"\\noselect", "\\nonexistent"},
        checkpoint,
    )


def account_dir(root: str, account: str) -> str:
    return os.path.join(root, "mail", safe_component(account))


@dataclass
class Folder:
    """What the Writer remembers of a mailbox between transactions."""

    id: int
    account: str
    path: str
    state: State

    @property
    def keywords(self) -> tuple[str, ...]:
        return self.state.keywords


class Folders:
    """Folders by mailbox, loaded as needed. Belongs to the Writer's thread."""

    def __init__(self, db: sqlite3.Connection, root: str) -> None:
        self._db = db
        self._root = root
        self._known: dict[int, Folder] = {}

    def get(self, mailbox: int) -> Folder:
        folder = self._known.get(mailbox)
        if folder is None:
            row = self._db.execute(
                "SELECT account, name, delimiter, role, dir, uidvalidity, uidnext, floor FROM mailbox WHERE id = ?",
                (mailbox,),
            ).fetchone()
            if row is None:
                raise StoreError("the mailbox is not in the index", "it is listed anew with the next connection")
            account, name, delimiter, role, relative, validity, uidnext, floor = row
            path = os.path.join(account_dir(self._root, account), relative)
            state = read_state(path) or State(name, delimiter, role, validity or 0, uidnext or 0, floor or 0)
            folder = self._known[mailbox] = Folder(mailbox, account, path, state)
        return folder

    def known(self) -> tuple[Folder, ...]:
        return tuple(self._known.values())

    def forget(self) -> None:
        """After a failed transaction: the next one reads anew."""
        self._known.clear()

    def learn_keywords(self, folder: Folder, flags: Flags) -> None:
        """New keywords get a letter; the table is on disk before a file name uses it."""
        known = {keyword.lower() for keyword in folder.keywords} | {"$forwarded"}
        new = tuple(keyword for keyword in flags.keywords if keyword.lower() not in known)
        if new and len(folder.keywords) < 26:
            folder.state = replace(folder.state, keywords=(*folder.keywords, *new)[:26])
            write_state(folder.path, folder.state)

    def checkpoint(self, folder: Folder, checkpoint: Checkpoint) -> None:
        """UIDVALIDITY goes to the state file before any file name mentions it; UIDNEXT and floor follow lazily."""
        if folder.state.uidvalidity != checkpoint.uidvalidity or (folder.state.floor != 1) != (checkpoint.floor != 1):
            folder.state = replace(
                folder.state, uidvalidity=checkpoint.uidvalidity, uidnext=checkpoint.uidnext, floor=checkpoint.floor
            )
            write_state(folder.path, folder.state)

    def listed(self, fact: MailboxesListed, touched: Touched) -> None:
        """Creates what is new, updates what changed, marks what is gone (its rows stay)."""
        roles = roles_of(fact.mailboxes)
        known = {
            name: (ident, delimiter, role, attributes, gone)
            for ident, name, delimiter, role, attributes, gone in self._db.execute(
                "SELECT id, name, delimiter, role, attributes, gone FROM mailbox WHERE account = ?", (fact.account,)
            )
        }
        for remote in fact.mailboxes:
            role = roles.get(remote.name, Role.NONE).value
            attributes = " ".join(sorted(remote.attributes))
            old = known.pop(remote.name, None)
            if old is None:
                self._create(fact.account, remote.name, remote.delimiter, role, attributes)
                touched.listed = True
            elif old[1:] != (remote.delimiter, role, attributes, 0):
                self._db.execute(
                    "UPDATE mailbox SET delimiter = ?, role = ?, attributes = ?, gone = 0 WHERE id = ?",
                    (remote.delimiter, role, attributes, old[0]),
                )
                self._restate(old[0], remote.delimiter, role)
                touched.listed = True
        if fact.complete:
            for ident, *_, gone in known.values():
                if not gone:
                    self._db.execute("UPDATE mailbox SET gone = 1 WHERE id = ?", (ident,))
                    touched.listed = True

    def _create(self, account: str, name: str, delimiter: str | None, role: str, attributes: str) -> None:
        parts = name.split(delimiter) if delimiter else [name]
        relative = safe_path(parts)
        if self._taken(account, name, relative):
            relative = apart(relative, name, delimiter)
        path = os.path.join(account_dir(self._root, account), relative)
        make_maildir(path)
        if read_state(path) is None:
            write_state(path, State(name, delimiter, role))
        self._db.execute(
            "INSERT INTO mailbox(account, name, delimiter, role, attributes, dir) VALUES(?,?,?,?,?,?)",
            (account, name, delimiter, role, attributes, relative),
        )

    def _taken(self, account: str, name: str, relative: str) -> bool:
        """Whether another mailbox has this folder, in the index or by its state file."""
        row = self._db.execute("SELECT 1 FROM mailbox WHERE account = ? AND dir = ?", (account, relative)).fetchone()
        state = read_state(os.path.join(account_dir(self._root, account), relative))
        return row is not None or (state is not None and state.name != name)

    def _restate(self, mailbox: int, delimiter: str | None, role: str) -> None:
        """The state file learns a new delimiter or role; the folder stays where it is, and so does its mail."""
        folder = self.get(mailbox)
        if (folder.state.delimiter, folder.state.role) != (delimiter, role):
            make_maildir(folder.path)
            folder.state = replace(folder.state, delimiter=delimiter, role=role)
            write_state(folder.path, folder.state)
