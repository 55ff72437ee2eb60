"""Mailboxes as the person makes, renames and deletes them: seen at once, done by the server when it can."""

from __future__ import annotations

import sqlite3
from typing import Any, assert_never

from mailtui.model.errors import StoreError
from mailtui.model.folder import Role
from mailtui.model.ids import AccountId, MailboxId
from mailtui.model.intents import CreateMailbox, DeleteMailbox, FolderNamed, MailboxIntent, RenameMailbox, Subscribe
from mailtui.store import journal
from mailtui.store.hand import Hand
from mailtui.store.placing import Placing
from mailtui.sync.ruling import fits

NAMES = {
    Role.ARCHIVE: "Archive",
    Role.TRASH: "Trash",
    Role.JUNK: "Junk",
    Role.SENT: "Sent",
    Role.DRAFTS: "Drafts",
    Role.ADVERTISING: "Advertising",
}
"""What a mailbox is called that an account lacks."""
INBOX_HINT = "it is there with the next connection"


SUBSCRIBED = "\\subscribed"


class Mailboxes:
    """Belongs to the Writer's thread; runs inside its transaction."""

    def __init__(self, hand: Hand, placing: Placing) -> None:
        self._hand = hand
        self._db = hand.db
        self._placing = placing

    def do(self, intent: MailboxIntent, step: int | None) -> list[dict[str, Any]]:
        """Journals and shows; what takes it back. Raises StoreError."""
        self._hand.touched.listed = True
        match intent:
            case CreateMailbox(account, name):
                return self._create(account, name, Role.NONE, step)[1]
            case RenameMailbox(mailbox, name):
                return self._rename(mailbox, name, step)
            case DeleteMailbox(mailbox):
                return self._delete(mailbox, step)
            case Subscribe(mailbox, on):
                return self._subscribe(mailbox, on, step)
            case _:
                assert_never(intent)

    def find(self, account: str, name: str) -> int | None:
        row = self._db.execute(
            "SELECT id FROM mailbox WHERE account = ? AND name = ? AND NOT deleted AND (gone = 0 OR total > 0)",
            (account, name),
        ).fetchone()
        return int(row[0]) if row is not None else None

    def of_role(self, account: str, role: Role, step: int | None) -> tuple[int, list[dict[str, Any]]]:
        """The account's mailbox for this, made if there is none; and what takes the making back."""
        wanted = [role.value, Role.ALL.value] if role is Role.ARCHIVE else [role.value]
        for value in wanted:
            row = self._db.execute(
                "SELECT id FROM mailbox WHERE account = ? AND role = ? AND NOT deleted AND gone = 0 ORDER BY id",
                (account, value),
            ).fetchone()
            if row is not None:
                return int(row[0]), []
        if role not in NAMES:
            raise StoreError(f"account {account!r} has no {role.value} folder yet", INBOX_HINT)
        self._hand.touched.listed = True
        return self._create(account, self._prefix(account) + NAMES[role], role, step)

    def meant(self, account: str, to: Role | FolderNamed, step: int | None) -> tuple[int, list[dict[str, Any]]]:
        return self.of_role(account, to, step) if isinstance(to, Role) else self._of_name(account, to.name, step)

    def _of_name(self, account: str, name: str, step: int | None) -> tuple[int, list[dict[str, Any]]]:
        """The account's mailbox of this name, made if there is none; and what takes the making back."""
        found = named(self._db, account, name)
        if found is not None:
            return found, []
        role = next((role for role in NAMES if role.value == name.lower()), None)
        if role is not None:
            return self.of_role(account, role, step)
        self._hand.touched.listed = True
        delimiter = self._delimiter(account)
        if delimiter:
            parts = (part.strip() for part in name.replace("/", delimiter).split(delimiter))
            name = delimiter.join(part for part in parts if part)
        return self._create(account, self._prefix(account) + name, Role.NONE, step)

    def _prefix(self, account: str) -> str:
        """Where people's mailboxes live on this server: some have them all below INBOX (Cyrus, Courier)."""
        rows = self._db.execute(
            "SELECT name, delimiter FROM mailbox WHERE account = ? AND gone = 0 AND role <> 'inbox'", (account,)
        ).fetchall()
        below = [name for name, delimiter in rows if delimiter and name.upper().startswith(f"INBOX{delimiter}")]
        if rows and len(below) == len(rows):
            return f"{below[0][:5]}{rows[0][1]}"
        return ""

    def _delimiter(self, account: str) -> str | None:
        row = self._db.execute(
            "SELECT delimiter FROM mailbox WHERE account = ? AND delimiter IS NOT NULL LIMIT 1", (account,)
        ).fetchone()
        return row[0] if row is not None else None

    def _checked(self, account: str, name: str) -> str:
        delimiter = self._delimiter(account)
        clean = name.strip()
        parts = clean.split(delimiter) if delimiter else [clean]
        if not clean or any(not part.strip() for part in parts) or any(ord(letter) < 32 for letter in clean):
            raise StoreError(
                f"{name!r} can't be the name of a folder", "a name has no empty parts and no control letters"
            )
        if self._db.execute("SELECT 1 FROM mailbox WHERE account = ?", (account,)).fetchone() is None:
            raise StoreError(f"account {account!r} has no folders yet", INBOX_HINT)
        return clean

    def _create(self, account: str, name: str, role: Role, step: int | None) -> tuple[int, list[dict[str, Any]]]:
        name = self._checked(account, name)
        row = self._db.execute(
            "SELECT id, gone, deleted FROM mailbox WHERE account = ? AND name = ?", (account, name)
        ).fetchone()
        if row is not None and row[2]:
            return self._keep(row[0], account, name)
        if row is not None and not row[1]:
            raise StoreError(f"there is a folder {name!r} already", "choose another name")
        if row is not None:
            ident = int(row[0])
            role = self._role_again(ident, account, role)
            self._db.execute(
                "UPDATE mailbox SET gone = 0, server_name = NULL, uidvalidity = NULL, role = ? WHERE id = ?",
                (role.value, ident),
            )
            self._db.execute("UPDATE placement SET uid = NULL WHERE base_mailbox = ?", (ident,))
        else:
            ident = self._hand.folders.create(account, name, self._delimiter(account), role.value, SUBSCRIBED, None)
        journal.write(self._db, account, CreateMailbox(AccountId(account), name), step=step, extra={"mailbox": ident})
        return ident, [{"do": "delete", "mailbox": [account, name]}]

    def _role_again(self, mailbox: int, account: str, role: Role) -> Role:
        """What a mailbox was for before it was deleted, where no server tells, and no other is for it now."""
        if role is not Role.NONE or account not in self._hand.local:
            return role
        (before,) = self._db.execute("SELECT role FROM mailbox WHERE id = ?", (mailbox,)).fetchone()
        taken = self._db.execute(
            "SELECT 1 FROM mailbox WHERE account = ? AND role = ? AND gone = 0", (account, before)
        ).fetchone()
        return role if taken else Role(before)

    def _keep(self, mailbox: int, account: str, name: str) -> tuple[int, list[dict[str, Any]]]:
        """It was to be deleted, and the server has not been told yet."""
        lines = [
            line
            for (line,) in self._db.execute(
                "SELECT id FROM journal WHERE kind = 'delete' AND NOT failed "
                "AND json_extract(payload, '$.mailbox') = ?",
                (mailbox,),
            ).fetchall()
        ]
        journal.strike(self._db, lines)
        self._db.execute("UPDATE mailbox SET deleted = 0 WHERE id = ?", (mailbox,))
        self._refold(mailbox)
        return mailbox, [{"do": "delete", "mailbox": [account, name]}]

    def _refold(self, mailbox: int) -> None:
        for (ident,) in self._db.execute(
            "SELECT id FROM placement WHERE base_mailbox = ? AND gone IS NULL", (mailbox,)
        ).fetchall():
            self._placing.refold(ident)

    def _facts(self, mailbox: int) -> tuple[str, str, str | None, str]:
        row = self._db.execute(
            "SELECT account, name, delimiter, role FROM mailbox WHERE id = ? AND NOT deleted", (mailbox,)
        ).fetchone()
        if row is None:
            raise StoreError("that folder is not there any more", "choose another one")
        return row  # type: ignore[no-any-return]

    def _rename(self, mailbox: int, name: str, step: int | None) -> list[dict[str, Any]]:
        account, old, delimiter, role = self._facts(mailbox)
        name = self._checked(account, name)
        if role == Role.INBOX.value:
            raise StoreError("the inbox can't be renamed", "make another folder and move mail there")
        if name == old:
            return []
        if delimiter and name.startswith(old + delimiter):
            raise StoreError(f"{old!r} can't be put below itself", "choose another name")
        for _, before in self._with_those_below(mailbox, account, old, delimiter):
            wanted = name + before[len(old) :]
            self._make_room(account, wanted)
            if self._db.execute("SELECT 1 FROM mailbox WHERE account = ? AND name = ?", (account, wanted)).fetchone():
                raise StoreError(f"there is a folder {wanted!r} already", "choose another name")
        self.call(mailbox, name)
        journal.write(self._db, account, RenameMailbox(MailboxId(mailbox), name), step=step, extra={"old": old})
        return [{"do": "rename", "mailbox": [account, name], "name": old}]

    def _make_room(self, account: str, name: str) -> None:
        """A deleted mailbox of a local account gives its name away: nobody else could take it. Its safety copies are
        the Inbox's from now on."""
        if account not in self._hand.local:
            return
        row = self._db.execute(
            "SELECT id FROM mailbox WHERE account = ? AND name = ? AND gone = 1 AND total = 0", (account, name)
        ).fetchone()
        if row is None:
            return
        inbox, _ = self.of_role(account, Role.INBOX, None)
        self._db.execute("UPDATE placement SET base_mailbox = ? WHERE base_mailbox = ?", (inbox, row[0]))
        self._db.execute("DELETE FROM mailbox WHERE id = ?", (row[0],))
        self._hand.folders.drop(row[0])

    def call(self, mailbox: int, name: str) -> None:
        """The name that is seen, of this mailbox and all below it."""
        account, old, delimiter, _ = self._facts(mailbox)
        for ident, before in self._with_those_below(mailbox, account, old, delimiter):
            self._db.execute("UPDATE mailbox SET name = ? WHERE id = ?", (name + before[len(old) :], ident))
            self._hand.folders.restate(ident, name=name + before[len(old) :])

    def _with_those_below(self, mailbox: int, account: str, name: str, delimiter: str | None) -> list[tuple[int, str]]:
        """(mailbox, name as it is seen)"""
        if not delimiter:
            return [(mailbox, name)]
        below = self._db.execute(
            "SELECT id, name FROM mailbox WHERE account = ? AND substr(name, 1, ?) = ?",
            (account, len(name) + 1, name + delimiter),
        )
        return [(mailbox, name), *below.fetchall()]

    def _delete(self, mailbox: int, step: int | None) -> list[dict[str, Any]]:
        account, name, delimiter, role = self._facts(mailbox)
        if role == Role.INBOX.value:
            raise StoreError("the inbox can't be deleted", "it belongs to the account")
        if (
            delimiter
            and self._db.execute(
                "SELECT 1 FROM mailbox WHERE account = ? AND NOT deleted AND gone = 0 AND substr(name, 1, ?) = ?",
                (account, len(name) + 1, name + delimiter),
            ).fetchone()
        ):
            raise StoreError(f"{name!r} has folders below it", "delete or rename those first")
        words = [
            word for (word,) in self._db.execute("SELECT word FROM placement WHERE mailbox = ? AND body", (mailbox,))
        ]
        self._db.execute("UPDATE mailbox SET deleted = 1 WHERE id = ?", (mailbox,))
        self._refold(mailbox)
        # What waits to come in from elsewhere stays where it is.
        for (ident,) in self._db.execute("SELECT id FROM placement WHERE mailbox = ?", (mailbox,)).fetchall():
            journal.drop_placement(self._db, ident, ("move",))
            self._placing.refold(ident)
        journal.write(self._db, account, DeleteMailbox(MailboxId(mailbox)), step=step)
        here = [account, name]
        return [{"do": "create", "mailbox": here}, {"do": "move", "words": words, "to": here, "from": None}]

    def _subscribe(self, mailbox: int, on: bool, step: int | None) -> list[dict[str, Any]]:
        account, name, _, _ = self._facts(mailbox)
        self._mark(mailbox, on)
        journal.write(self._db, account, Subscribe(MailboxId(mailbox), on), step=step)
        return [{"do": "subscribe", "mailbox": [account, name], "on": not on}]

    def _mark(self, mailbox: int, on: bool) -> None:
        (text,) = self._db.execute("SELECT attributes FROM mailbox WHERE id = ?", (mailbox,)).fetchone()
        marks = set(text.split()) - {SUBSCRIBED} | ({SUBSCRIBED} if on else set())
        self._db.execute("UPDATE mailbox SET attributes = ? WHERE id = ?", (" ".join(sorted(marks)), mailbox))

    # -- what the server said

    def settle(self, kind: str, fields: dict[str, Any], *, done: bool) -> None:
        """A line about a mailbox is over: the server did it, or refused it for good."""
        self._hand.touched.listed = True
        mailbox = int(fields["mailbox"])
        if self._db.execute("SELECT 1 FROM mailbox WHERE id = ?", (mailbox,)).fetchone() is None:
            return
        match kind:
            case "create":
                self._created(mailbox, fields["name"], done)
            case "rename" if done:
                self._renamed(mailbox, fields["name"])
            case "rename":
                self.call(mailbox, fields["old"])
            case "delete":
                self._deleted(mailbox, done)
            case "subscribe" if not done:
                self._mark(mailbox, not fields["on"])
            case _:
                pass

    def _created(self, mailbox: int, name: str, done: bool) -> None:
        if done:
            self._db.execute("UPDATE mailbox SET server_name = ? WHERE id = ? AND server_name IS NULL", (name, mailbox))
        else:  # seen as long as something waits to get in
            self._db.execute("UPDATE mailbox SET gone = 1 WHERE id = ? AND server_name IS NULL", (mailbox,))

    def _renamed(self, mailbox: int, name: str) -> None:
        (server_name, delimiter, account) = self._db.execute(
            "SELECT server_name, delimiter, account FROM mailbox WHERE id = ?", (mailbox,)
        ).fetchone()
        self._db.execute("UPDATE mailbox SET server_name = ? WHERE id = ?", (name, mailbox))
        if server_name and delimiter:
            self._db.execute(
                "UPDATE mailbox SET server_name = ?1 || substr(server_name, ?2) WHERE account = ?3 AND "
                "substr(server_name, 1, ?2) = ?4",
                (name, len(server_name) + 1, account, server_name + delimiter),
            )

    def _deleted(self, mailbox: int, done: bool) -> None:
        if not done:
            self._db.execute("UPDATE mailbox SET deleted = 0 WHERE id = ?", (mailbox,))
            self._refold(mailbox)
            return
        for (ident,) in self._db.execute(
            "SELECT id FROM placement WHERE base_mailbox = ? AND gone IS NULL", (mailbox,)
        ).fetchall():
            if not self._placing.lost(ident):
                self._placing.gone(ident)
        self._db.execute(
            "UPDATE mailbox SET gone = 1, deleted = 0, server_name = NULL, uidvalidity = NULL WHERE id = ?", (mailbox,)
        )


def named(db: sqlite3.Connection, account: str, name: str) -> int | None:
    """The mailbox that is meant by a name: just this one, else the one for this role, else the same with other case or
    delimiters, or below the Inbox, where this server has them all."""
    rows = db.execute(
        "SELECT id, name, role, delimiter FROM mailbox WHERE account = ? AND NOT deleted AND (gone = 0 OR total > 0) "
        "ORDER BY id",
        (account,),
    ).fetchall()
    likeness = [(rank, ident) for ident, *box in rows if (rank := fits(name, *box)) is not None]
    return min(likeness)[1] if likeness else None
