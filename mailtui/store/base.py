"""What workers read: Base as it was committed last. Every thread has a connection of its own."""

from __future__ import annotations

import json
import os
import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailtui.model.facts import Attempt, Road
from mailtui.model.folder import Mailbox, Role
from mailtui.model.ids import AccountId, MailboxId, MessageId, PlacementId
from mailtui.model.intents import PendingIntent
from mailtui.model.mail import Flags
from mailtui.model.maildrop import MaildropEntry
from mailtui.model.outgoing import Outgoing
from mailtui.search import match
from mailtui.store import asking, journal, maildrop, outbox_files
from mailtui.store.codec import MAILBOX_COLUMNS, unpack_flags, unpack_mailbox
from mailtui.store.connections import Connections
from mailtui.store.maildir import account_dir, stamp
from mailtui.sync.compile import Where


@dataclass(frozen=True, slots=True)
class Located:
    """Where a placement lies; `mailbox` and `uid` None when the server no longer has it."""

    account: AccountId
    mailbox: MailboxId | None
    uid: int | None
    body_here: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row to be matched after a UIDVALIDITY change."""

    placement: PlacementId
    uid: int | None
    message_id: str
    size: int
    internaldate: int
    digest: bytes | None
    body: bool


class Base:
    """Blocking reads of microseconds to milliseconds; thread-safe."""

    def __init__(self, path: str) -> None:
        self._connections = Connections(path)
        self._root = os.path.dirname(path)

    @property
    def _db(self) -> sqlite3.Connection:
        return self._connections.get()

    def candidate(self, placement: PlacementId) -> match.Candidate | None:
        """What the index knows of a message that queries are asked about; None: it lies nowhere any more."""
        return asking.candidate(self._db, placement)

    def lies_in(self, message: MessageId, mailbox: MailboxId) -> bool:
        """Whether this very message lies there."""
        row = self._db.execute("SELECT 1 FROM placement WHERE message = ? AND mailbox = ?", (message, mailbox))
        return row.fetchone() is not None

    def mailboxes(self, account: AccountId) -> tuple[Mailbox, ...]:
        rows = self._db.execute(f"SELECT {MAILBOX_COLUMNS} FROM mailbox WHERE account = ? ORDER BY name", (account,))  # noqa: S608
        return tuple(unpack_mailbox(row) for row in rows)

    def mailbox(self, mailbox: MailboxId) -> Mailbox | None:
        row = self._db.execute(f"SELECT {MAILBOX_COLUMNS} FROM mailbox WHERE id = ?", (mailbox,)).fetchone()  # noqa: S608
        return unpack_mailbox(row) if row is not None else None

    def role_mailbox(self, account: AccountId, role: Role) -> MailboxId | None:
        """The account's mailbox for this; None if it has none yet."""
        row = self._db.execute(
            "SELECT id FROM mailbox WHERE account = ? AND role = ? AND NOT deleted AND gone = 0 ORDER BY id",
            (account, role.value),
        ).fetchone()
        return MailboxId(row[0]) if row is not None else None

    def folder(self, mailbox: MailboxId) -> str | None:
        """Path of the mailbox's maildir below the store."""
        row = self._db.execute("SELECT account, dir FROM mailbox WHERE id = ?", (mailbox,)).fetchone()
        return os.path.join(account_dir("", row[0]), row[1]) if row is not None else None

    def marks(self, root: str) -> dict[MailboxId, tuple[int, int]]:
        """Of each mailbox: what its folder looked like after the last commit (0: not known), and what it looks like."""
        rows = self._db.execute("SELECT id, account, dir, cur_mtime_ns FROM mailbox WHERE gone = 0").fetchall()
        return {
            MailboxId(ident): (known, stamp(os.path.join(account_dir(root, account), relative)))
            for ident, account, relative, known in rows
        }

    def changed_outside(self, root: str) -> tuple[MailboxId, ...]:
        """Mailboxes whose folder on the disk is not as the last commit left it."""
        return tuple(mailbox for mailbox, (known, now) in self.marks(root).items() if known not in (0, now))

    def differs(self, root: str, mailbox: MailboxId) -> bool:
        """Whether the names of a mailbox's files are others than the index has. A folder that can't be read: no."""
        folder = self.folder(mailbox)
        if folder is None:
            return False
        there: set[str] = set()
        try:
            for part in ("cur", "new"):
                there.update(name for name in os.listdir(os.path.join(root, folder, part)) if name[:1] != ".")
        except OSError:
            return False
        rows = self._db.execute(
            "SELECT file FROM placement WHERE base_mailbox = ? AND body = 1 AND gone IS NULL", (mailbox,)
        )
        return there != {name for (name,) in rows}

    def flags(self, mailbox: MailboxId) -> Iterator[tuple[int, Flags]]:
        """Server flags by ascending UID, streamed."""
        for uid, bits, keywords in self._db.execute(
            "SELECT uid, base_flags, base_keywords FROM placement WHERE base_mailbox = ? AND uid IS NOT NULL "
            "ORDER BY uid",
            (mailbox,),
        ):
            yield uid, unpack_flags(bits, keywords)

    def uids(self, mailbox: MailboxId, *, at_least: int = 1) -> array[int]:
        """Ascending, from `at_least` on."""
        rows = self._db.execute(
            "SELECT uid FROM placement WHERE base_mailbox = ? AND uid >= ? ORDER BY uid", (mailbox, at_least)
        )
        return array("Q", (uid for (uid,) in rows))

    def whole(self, mailbox: MailboxId, *, at_least: int = 1) -> array[int]:
        """UIDs of messages that are on this computer with their bodies, ascending."""
        rows = self._db.execute(
            "SELECT uid FROM placement WHERE base_mailbox = ? AND uid >= ? AND (body OR leftover) ORDER BY uid",
            (mailbox, at_least),
        )
        return array("Q", (uid for (uid,) in rows))

    def newest(self) -> PlacementId:
        """The newest row of all; 0: there is none."""
        (newest,) = self._db.execute("SELECT coalesce(max(id), 0) FROM placement").fetchone()
        return PlacementId(newest)

    def busy(self, account: AccountId) -> bool:
        """Whether anything waits to go out."""
        (found,) = self._db.execute(
            "SELECT EXISTS (SELECT 1 FROM journal WHERE account = ?1 AND NOT failed) "
            "OR EXISTS (SELECT 1 FROM attempt WHERE account = ?1) OR EXISTS (SELECT 1 FROM placement p INDEXED BY "
            "placement_leftover JOIN mailbox b ON b.id = p.base_mailbox WHERE p.leftover AND b.account = ?1)",
            (account,),
        ).fetchone()
        return bool(found)

    def missing_bodies(
        self, mailbox: MailboxId, *, newer_than: int | None, below: int | None, limit: int
    ) -> list[tuple[int, int]]:
        """(UID, size) of rows with headers only, newest UID first; `newer_than`: INTERNALDATE, `below`: UID."""
        return self._db.execute(
            "SELECT p.uid, m.size FROM placement p JOIN message m ON m.id = p.message "
            "WHERE p.base_mailbox = ? AND p.body = 0 AND NOT p.leftover AND p.uid IS NOT NULL AND p.uid < ? "
            "AND p.internaldate >= ? "
            "ORDER BY p.uid DESC LIMIT ?",
            (
                mailbox,
                below if below is not None else 1 << 40,
                newer_than if newer_than is not None else -(1 << 62),
                limit,
            ),
        ).fetchall()

    def placement(self, placement: PlacementId) -> Located | None:
        row = self._db.execute(
            "SELECT b.account, p.base_mailbox, p.uid, p.body FROM placement p JOIN mailbox b ON b.id = p.base_mailbox "
            "WHERE p.id = ?",
            (placement,),
        ).fetchone()
        return Located(row[0], row[1], row[2], bool(row[3])) if row is not None else None

    def relink_candidates(self, mailbox: MailboxId) -> Iterator[Candidate]:
        for row in self._db.execute(
            "SELECT p.id, p.uid, m.message_id, m.size, p.internaldate, m.digest, p.body FROM placement p "
            "JOIN message m ON m.id = p.message WHERE p.base_mailbox = ? AND p.gone IS NULL ORDER BY p.uid",
            (mailbox,),
        ):
            yield Candidate(PlacementId(row[0]), row[1], row[2], row[3], row[4], row[5], bool(row[6]))

    def pending(self, account: AccountId) -> tuple[PendingIntent, ...]:
        return journal.read(self._db, account)

    def where(self, placement: PlacementId) -> Where | None:
        """For compiling; None when it is gone."""
        row = self._db.execute(
            "SELECT base_mailbox, uid, base_flags, base_keywords, body, gone FROM placement WHERE id = ?", (placement,)
        ).fetchone()
        return Where(row[0], row[1], unpack_flags(row[2], row[3]), bool(row[4]), row[5]) if row is not None else None

    def outgoing(self, account: AccountId) -> tuple[Outgoing, ...]:
        """What is in the outbox, oldest first, without what went out wholly."""
        return outbox_files.read(self._db, self._root, account=account, sent=False)

    def attempts(self, account: AccountId) -> tuple[Attempt, ...]:
        """Commands of which nobody knows whether they were done."""
        rows = self._db.execute(
            "SELECT id, road, to_, source, uidvalidity, uidnext, leaves, items FROM attempt WHERE account = ? "
            "ORDER BY id",
            (account,),
        ).fetchall()
        found = []
        for ident, road, to, source, validity, uidnext, leaves, items in rows:
            pairs = json.loads(items)
            placements = tuple(PlacementId(placement) for placement, _ in pairs)
            uids = tuple(uid for _, uid in pairs if uid)
            found.append(
                Attempt(ident, account, Road(road), to, placements, source, uids, validity, uidnext, bool(leaves))
            )
        return tuple(found)

    def identities(self, placements: Sequence[PlacementId]) -> list[Candidate]:
        """What these messages are, for finding them on the server again."""
        rows = self._db.execute(
            "SELECT p.id, p.uid, m.message_id, m.size, p.internaldate, m.digest, p.body FROM placement p "
            "JOIN message m ON m.id = p.message WHERE p.id IN (SELECT value FROM json_each(?)) ORDER BY p.uid, p.id",
            (json.dumps(list(placements)),),
        )
        return [Candidate(PlacementId(row[0]), row[1], row[2], row[3], row[4], row[5], bool(row[6])) for row in rows]

    def leftovers(self, account: AccountId) -> dict[MailboxId, list[int]]:
        """UIDs that are to be expunged: originals of copies that stand for moves, and the like."""
        found: dict[MailboxId, list[int]] = {}
        for mailbox, uid in self._db.execute(
            "SELECT p.base_mailbox, p.uid FROM placement p INDEXED BY placement_leftover "
            "JOIN mailbox b ON b.id = p.base_mailbox WHERE p.leftover AND p.uid IS NOT NULL AND b.account = ?",
            (account,),
        ):
            found.setdefault(mailbox, []).append(uid)
        return found

    def held(self, mailbox: MailboxId) -> int:
        """How many messages of the server's mailbox have a row, seen or not."""
        row = self._db.execute(
            "SELECT count(*) FROM placement INDEXED BY placement_uid WHERE base_mailbox = ? AND uid IS NOT NULL",
            (mailbox,),
        ).fetchone()
        return int(row[0])

    def path(self, placement: PlacementId) -> str | None:
        """The message's file below the store; None if its body is not here."""
        row = self._db.execute(
            "SELECT b.account, b.dir, p.file FROM placement p JOIN mailbox b ON b.id = p.base_mailbox "
            "WHERE p.id = ? AND p.body AND p.gone IS NULL",
            (placement,),
        ).fetchone()
        return os.path.join(account_dir("", row[0]), row[1], "cur", row[2]) if row is not None else None

    def internaldate(self, placement: PlacementId) -> int:
        row = self._db.execute("SELECT internaldate FROM placement WHERE id = ?", (placement,)).fetchone()
        return int(row[0]) if row is not None else 0

    def copies(self, account: AccountId, digest: bytes) -> int:
        """How many messages of the account have this very content, safety copies too."""
        (count,) = self._db.execute(
            "SELECT count(*) FROM message m JOIN placement p ON p.message = m.id "
            "JOIN mailbox b ON b.id = p.base_mailbox WHERE m.digest = ? AND b.account = ?",
            (digest, account),
        ).fetchone()
        return int(count)

    def maildrop(self, account: AccountId) -> dict[str, MaildropEntry]:
        """What is known of the messages in the account's maildrop, by the server's names."""
        return maildrop.entries(self._db, account)

    def last_visit(self, account: AccountId) -> float | None:
        """When the maildrop was listed last, seconds since 1970 UTC."""
        return maildrop.last_visit(self._db, account)

    def has_digest(self, digest: bytes) -> bool:
        return self._db.execute("SELECT 1 FROM message WHERE digest = ?", (digest,)).fetchone() is not None

    def close(self) -> None:
        self._connections.close()
