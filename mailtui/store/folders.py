"""Mailbox rows and their folders on disk."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from dataclasses import dataclass, replace
from typing import Any

from mailtui.model.errors import StoreError
from mailtui.model.facts import MailboxesListed
from mailtui.model.folder import Checkpoint, RemoteMailbox, Role
from mailtui.model.mail import Flags
from mailtui.store.maildir import State, account_dir, apart, make_maildir, read_state, safe_path, stamp, write_state
from mailtui.store.maildirs import drop_empty
from mailtui.store.touched import Touched
from mailtui.sync.roles import roles_of


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
        self._restated: list[tuple[str, State]] = []
        self._made: list[str] = []
        self.local: frozenset[str] = frozenset()
        """Accounts whose server keeps nothing; see `local.Local`."""

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

    def begin(self) -> None:
        self._restated.clear()
        self._made.clear()

    def forget(self) -> None:
        """After a failed transaction: the next one reads anew."""
        self._known.clear()

    def drop(self, mailbox: int) -> None:
        """Its row is gone."""
        self._known.pop(mailbox, None)

    def put_back(self) -> None:
        """After a failed transaction: the state files are as they were, and new folders go again."""
        restated, self._restated = self._restated, []
        for path, state in reversed(restated):
            with contextlib.suppress(StoreError):
                write_state(path, state)
        made, self._made = self._made, []
        for path in reversed(made):
            drop_empty(path)

    def _write(self, folder: Folder, state: State) -> None:
        before, folder.state = folder.state, state
        write_state(folder.path, state)
        self._restated.append((folder.path, before))

    def learn_keywords(self, folder: Folder, flags: Flags) -> None:
        """New keywords get a letter; the table is on disk before a file name uses it."""
        if not flags.keywords:
            return
        known = {keyword.lower() for keyword in folder.keywords} | {"$forwarded"}
        new = tuple(keyword for keyword in flags.keywords if keyword.lower() not in known)
        if new and len(folder.keywords) < 26:
            self._write(folder, replace(folder.state, keywords=(*folder.keywords, *new)[:26]))

    def checkpoint(self, folder: Folder, checkpoint: Checkpoint) -> None:
        """UIDVALIDITY goes to the state file before any file name mentions it; UIDNEXT and floor follow lazily."""
        if folder.state.uidvalidity != checkpoint.uidvalidity or (folder.state.floor != 1) != (checkpoint.floor != 1):
            self._write(
                folder,
                replace(
                    folder.state, uidvalidity=checkpoint.uidvalidity, uidnext=checkpoint.uidnext, floor=checkpoint.floor
                ),
            )

    def listed(self, fact: MailboxesListed, touched: Touched) -> list[int]:
        """Creates what is new, updates what changed, marks what is gone (its rows stay). Those newly gone."""
        remotes = {remote.name: remote for remote in fact.mailboxes}
        roles = roles_of(remotes.values())
        known = self._by_server_name(fact.account)
        self._renamed_elsewhere(fact, remotes, known, touched)
        for name, remote in remotes.items():
            role = roles.get(name, Role.NONE).value
            attributes = " ".join(sorted(remote.attributes))
            old = known.pop(name, None)
            if old is None:
                self._found(fact.account, remote, role, attributes)
                touched.listed = True
            elif old[1:] != (remote.delimiter, role, attributes, 0):
                self._db.execute(
                    "UPDATE mailbox SET delimiter = ?, role = ?, attributes = ?, gone = 0 WHERE id = ?",
                    (remote.delimiter, role, attributes, old[0]),
                )
                self.restate(old[0], delimiter=remote.delimiter, role=role)
                touched.listed = True
        if not fact.complete:
            return []
        lost = [int(old[0]) for old in known.values() if not old[4]]
        for ident in lost:
            self._db.execute("UPDATE mailbox SET gone = 1 WHERE id = ?", (ident,))
            touched.listed = True
        return lost

    def _by_server_name(self, account: str) -> dict[str, tuple[Any, ...]]:
        return {
            name: (ident, delimiter, role, attributes, gone)
            for ident, name, delimiter, role, attributes, gone in self._db.execute(
                "SELECT id, server_name, delimiter, role, attributes, gone FROM mailbox "
                "WHERE account = ? AND server_name IS NOT NULL",
                (account,),
            )
        }

    def _found(self, account: str, remote: RemoteMailbox, role: str, attributes: str) -> None:
        """A mailbox of the server that we don't know by its server name: maybe we are about to create it."""
        row = self._db.execute(
            "SELECT id, server_name FROM mailbox WHERE account = ? AND name = ?", (account, remote.name)
        ).fetchone()
        if row is None:
            self.create(account, remote.name, remote.delimiter, role, attributes, remote.name)
            return
        if row[1] is not None:
            return  # that name is taken here by a renaming that the server has not heard of: settled when it has
        self._db.execute(
            "UPDATE mailbox SET server_name = ?, delimiter = ?, role = ?, attributes = ?, gone = 0 WHERE id = ?",
            (remote.name, remote.delimiter, role, attributes, row[0]),
        )
        self.restate(row[0], delimiter=remote.delimiter, role=role)

    def _renamed_elsewhere(
        self,
        fact: MailboxesListed,
        remotes: dict[str, RemoteMailbox],
        known: dict[str, tuple[Any, ...]],
        touched: Touched,
    ) -> None:
        """Another client renamed a mailbox: one name is missing, a new one has its UIDVALIDITY and no fewer UIDs. Its
        mail stays where it is, and nothing is fetched again. Told only if exactly one fits."""
        if not fact.complete:
            return
        missing = [name for name in known if name not in remotes and known[name][2] != "inbox"]
        fresh = {
            name: remote.status
            for name, remote in remotes.items()
            if name not in known and remote.status is not None and remote.status.uidvalidity
        }
        for old in missing:
            ident = known[old][0]
            validity, uidnext, name = self._db.execute(
                "SELECT uidvalidity, uidnext, name FROM mailbox WHERE id = ?", (ident,)
            ).fetchone()
            fits = [
                new
                for new, status in fresh.items()
                if validity and status.uidvalidity == validity and (status.uidnext or 0) >= (uidnext or 0)
            ]
            taken = (
                fits
                and self._db.execute(
                    "SELECT 1 FROM mailbox WHERE account = ? AND name = ? AND id <> ?", (fact.account, fits[0], ident)
                ).fetchone()
            )
            if len(fits) != 1 or taken:
                continue
            new = fits[0]
            del fresh[new]
            seen = new if name == old else name
            self._db.execute("UPDATE mailbox SET server_name = ?, name = ?, gone = 0 WHERE id = ?", (new, seen, ident))
            self.restate(ident, name=seen)
            known[new] = known.pop(old)
            touched.listed = True

    def create(
        self, account: str, name: str, delimiter: str | None, role: str, attributes: str, server_name: str | None
    ) -> int:
        """A mailbox row with its folder on disk. `server_name` None: the server does not have it yet."""
        parts = name.split(delimiter) if delimiter else [name]
        relative = safe_path(parts)
        if self._taken(account, name, relative):
            relative = apart(relative, name, delimiter)
        path = os.path.join(account_dir(self._root, account), relative)
        if not os.path.isdir(os.path.join(path, "cur")):
            self._made.append(path)
        make_maildir(path)
        state, local = read_state(path), account in self.local
        if state is None or (local and (not state.local or state.gone)):
            write_state(path, State(name, delimiter, role, local=local, attributes=attributes if local else ""))
        ident = self._db.execute(
            "INSERT INTO mailbox(account, name, delimiter, role, attributes, dir, server_name, cur_mtime_ns) "
            "VALUES(?,?,?,?,?,?,?,?)",
            (account, name, delimiter, role, attributes, relative, server_name, stamp(path)),
        ).lastrowid
        assert ident is not None
        return ident

    def _taken(self, account: str, name: str, relative: str) -> bool:
        """Whether another mailbox has this folder, in the index or by its state file."""
        row = self._db.execute("SELECT 1 FROM mailbox WHERE account = ? AND dir = ?", (account, relative)).fetchone()
        state = read_state(os.path.join(account_dir(self._root, account), relative))
        return row is not None or (state is not None and state.name != name)

    def restate(
        self, mailbox: int, *, delimiter: str | None = None, role: str | None = None, name: str | None = None
    ) -> None:
        """The state file learns a new name, delimiter or role; the folder stays where it is, and so does its mail."""
        state = self.get(mailbox).state
        new = replace(state, name=name or state.name, delimiter=delimiter or state.delimiter, role=role or state.role)
        self._restate(mailbox, new)

    def restate_local(self, mailbox: int) -> None:
        """The state file says all that the index says of a mailbox that no server lists."""
        name, delimiter, role, attributes, gone = self._db.execute(
            "SELECT name, delimiter, role, attributes, gone FROM mailbox WHERE id = ?", (mailbox,)
        ).fetchone()
        known = {"name": name, "delimiter": delimiter, "role": role, "attributes": attributes}
        self._restate(mailbox, replace(self.get(mailbox).state, **known, local=True, gone=bool(gone)))

    def _restate(self, mailbox: int, state: State) -> None:
        folder = self.get(mailbox)
        if state != folder.state:
            make_maildir(folder.path)
            self._write(folder, state)
