"""New mail of an Inbox: what came in since it was looked at last, and was never here before."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass

from mailtui.model.folder import Role
from mailtui.model.ids import AccountId, MessageId, PlacementId
from mailtui.model.mail import Flag
from mailtui.store.connections import Connections
from mailtui.store.files import elsewhere
from mailtui.store.learning import Mark
from mailtui.store.maildir import account_dir
from mailtui.store.schema import index_path

_TOUCHED = int(Flag.SEEN | Flag.ANSWERED | Flag.FLAGGED | Flag.DELETED | Flag.DRAFT)
_NEW = (
    "SELECT p.id, p.message, m.digest, b.dir, p.file, p.body FROM placement p NOT INDEXED "
    "JOIN mailbox b ON b.id = p.base_mailbox JOIN message m ON m.id = p.message "
    "WHERE p.id > :after AND p.id <= :newest AND p.mailbox = :inbox AND p.base_mailbox = :inbox AND p.gone IS NULL "
    "AND (p.uid IS NULL OR p.uid > :uid) AND NOT p.flags & :touched "
    "AND NOT EXISTS (SELECT 1 FROM placement q JOIN mailbox o ON o.id = q.base_mailbox WHERE q.message = p.message "
    "AND q.id < p.id AND o.role NOT IN ('all', 'flagged', 'important')) ORDER BY p.id"
)
_AGAIN = _NEW.replace("p.id > :after AND p.id <= :newest", "p.id IN (SELECT value FROM json_each(:these))")


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message that came into an Inbox just now, and nobody touched it. `path`: its file, absolute; empty where the
    account keeps no texts on this computer (then `digest` is empty, too)."""

    placement: PlacementId
    message: MessageId
    digest: bytes
    path: str


@dataclass(frozen=True, slots=True)
class News:
    """`bare`: what has no text here and gets none. `waiting`: rows whose text is still on its way. `mark`: what is old
    as soon as `arrived` was dealt with; None: nothing is known of this Inbox yet."""

    arrived: tuple[Arrived, ...] = ()
    bare: tuple[Arrived, ...] = ()
    waiting: tuple[PlacementId, ...] = ()
    mark: Mark | None = None


class Arrivals:
    """Reads the index; thread-safe. Blocking, microseconds where nothing came."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._connections = Connections(index_path(root))

    @property
    def db(self) -> sqlite3.Connection:
        """The index, for reading on this thread."""
        return self._connections.get()

    def inboxes(self) -> dict[int, AccountId]:
        rows = self.db.execute("SELECT id, account FROM mailbox WHERE role = ? AND gone = 0", (Role.INBOX.value,))
        return {mailbox: AccountId(account) for mailbox, account in rows}

    def now(self, account: AccountId, *, numbered: bool) -> Mark | None:
        """Everything that is here now is old. None: the Inbox was never looked at. `numbered`: its server has UIDs."""
        row = self.db.execute(
            "SELECT id, coalesce(uidvalidity, 0), coalesce(uidnext, 0) FROM mailbox "
            "WHERE account = ? AND role = ? AND gone = 0 AND (uidnext IS NOT NULL OR NOT ?)",
            (account, Role.INBOX.value, numbered),
        ).fetchone()
        if row is None:
            return None
        return (
            Mark(self._born(), self._newest(), row[1], max(0, row[2] - 1))
            if numbered
            else Mark(self._born(), self._newest())
        )

    def news(
        self, account: AccountId, mark: Mark, waiting: tuple[PlacementId, ...] = (), *, texts: bool = True
    ) -> News:
        """What came since `mark`, and which of `waiting` is whole by now. `texts`: whether texts come by themselves. An
        index made anew, and a server that numbered its mail anew, have no news: everything in them is old."""
        now = self.now(account, numbered=mark.validity > 0)
        if now is None:
            return News()
        if now.born != mark.born or now.validity != mark.validity:
            return News(mark=now)
        newest = max(now.placement, mark.placement)
        after = Mark(now.born, newest, now.validity, mark.uid)
        rows = self._rows(account, _NEW, mark, newest, ())
        if waiting := tuple(row for row in waiting if row <= mark.placement):
            rows += self._rows(account, _AGAIN, mark, newest, waiting)
        whole = tuple(Arrived(row[0], row[1], row[2], self._path(account, row)) for row in rows if row[5])
        lacking = [row for row in rows if not row[5]]
        if not texts:
            return News(whole, tuple(Arrived(row[0], row[1], b"", "") for row in lacking), (), after)
        return News(whole, (), tuple(row[0] for row in lacking), after)

    def file_of(self, digest: bytes) -> str | None:
        """A file with these bytes, absolute; None: there is none here."""
        row = self.db.execute(
            "SELECT b.account, b.dir, p.file FROM message m JOIN placement p ON p.message = m.id "
            "JOIN mailbox b ON b.id = p.base_mailbox "
            "WHERE m.digest = ? AND p.body AND p.file <> '' AND p.gone IS NULL LIMIT 1",
            (digest,),
        ).fetchone()
        if row is None:
            return None
        path = os.path.join(account_dir(self._root, row[0]), row[1], "cur", row[2])
        return path if os.path.exists(path) else elsewhere(path, path)

    def _rows(
        self, account: AccountId, query: str, mark: Mark, newest: int, these: tuple[PlacementId, ...]
    ) -> list[tuple]:  # type: ignore[type-arg]
        found = []
        for inbox in [box for box, owner in self.inboxes().items() if owner == account]:
            values: dict[str, object] = {
                "after": max(mark.placement, self._imported(account)),
                "newest": newest,
                "inbox": inbox,
            }
            values |= {"uid": mark.uid, "touched": _TOUCHED, "these": f"[{','.join(map(str, these))}]"}
            found += self.db.execute(query, values).fetchall()
        return found

    def _path(self, account: AccountId, row: tuple) -> str:  # type: ignore[type-arg]
        return os.path.join(account_dir(self._root, account), row[3], "cur", row[4])

    def _born(self) -> str:
        return str(self.db.execute("SELECT value FROM meta WHERE key = 'born'").fetchone()[0])

    def _newest(self) -> int:
        return int(self.db.execute("SELECT coalesce(max(id), 0) FROM placement").fetchone()[0])

    def _imported(self, account: AccountId) -> int:
        """Mail of another program's that was copied in is old, whenever that was."""
        row = self.db.execute("SELECT value FROM meta WHERE key = ?", (f"imported {account}",)).fetchone()
        return int(row[0]) if row is not None else 0

    def close(self) -> None:
        self._connections.close()
