"""From a lost index to its successor: journal and history. Everything in words, since numbers die."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator
from typing import Any

from mailtui.model.errors import StoreError
from mailtui.store import journal, outbox_files
from mailtui.store.placing import Placing
from mailtui.store.schema import VERSION, connect

CARRY = ".carry"
"""Names a damaged index of which the journal has not been carried over yet."""
BEFORE = ".before-reindex"


def predecessors(path: str) -> list[str]:
    """Indexes whose journal the one being built takes over, if it can be read."""
    found = [path + BEFORE] if os.path.exists(path + BEFORE) else []
    with contextlib.suppress(OSError):
        found.append(os.path.join(os.path.dirname(path), os.readlink(path + CARRY)))
    return found


def forget_predecessors(path: str) -> None:
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path + BEFORE + suffix)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path + CARRY)


class Orphans:
    """Lines that wait for a row that is not here yet: one without a body has no file, so a new index learns of it only
    when the server lists it again. Known by account, mailbox, UIDVALIDITY and UID."""

    def __init__(self, db: sqlite3.Connection, placing: Placing) -> None:
        self._db = db
        self._placing = placing
        self.count_on()

    def count_on(self) -> None:
        with contextlib.suppress(sqlite3.OperationalError):
            self.any = self._db.execute("SELECT 1 FROM orphan").fetchone() is not None

    any = False

    def adopt(self, mailbox: int, placement: int, uid: int) -> None:
        """The row is here: what waited for it counts for it."""
        rows = self._db.execute(
            "SELECT o.intent, o.account, o.mailbox, o.validity FROM orphan o JOIN mailbox b ON b.account = o.account "
            "AND b.server_name = o.mailbox AND b.uidvalidity = o.validity WHERE b.id = ? AND o.uid = ?",
            (mailbox, uid),
        ).fetchall()
        for line, account, name, validity in rows:
            self._db.execute("INSERT OR IGNORE INTO pending VALUES(?, ?, NULL)", (placement, line))
            self._db.execute(
                "DELETE FROM orphan WHERE account = ? AND mailbox = ? AND validity = ? AND uid = ? AND intent = ?",
                (account, name, validity, uid, line),
            )
        if rows:
            self._placing.refold(placement)
            self.count_on()


@contextlib.contextmanager
def old_index(path: str) -> Iterator[sqlite3.Connection | None]:
    """For reading; None where it can't be."""
    try:
        db = connect(path, read_only=True)
    except StoreError:
        yield None
        return
    with contextlib.closing(db):
        try:
            (version,) = db.execute("PRAGMA user_version").fetchone()
        except sqlite3.Error:
            yield None
            return
        yield db if 2 <= version <= VERSION else None


def carry_over(new: sqlite3.Connection, path: str, placing: Placing) -> int:
    """What can be read of the old index's journal and history goes to the new one, inside the caller's transaction.
    How many lines. What can't be read is left behind without a word: it is damaged."""
    with old_index(path) as old:
        if old is None:
            return 0
        lines = 0
        with contextlib.suppress(sqlite3.Error, ValueError, KeyError, TypeError):
            _keep_numbers(new, old)
        with contextlib.suppress(sqlite3.Error, ValueError, KeyError, TypeError):
            lines = _journal(new, old, placing)
        with contextlib.suppress(sqlite3.Error):
            _history(new, old)
        with contextlib.suppress(sqlite3.Error):
            outbox_files.carry(new, old)
        with contextlib.suppress(sqlite3.Error):
            _base_flags(new, old, placing)
        return lines


def _history(new: sqlite3.Connection, old: sqlite3.Connection) -> None:
    known = {name for _, name, *_ in old.execute("PRAGMA table_info(step)")}
    author = "author" if "author" in known else "''"
    rows = old.execute(f"SELECT id, label, created, undone, deed, inverse, {author} FROM step").fetchall()  # noqa: S608
    new.executemany(
        "INSERT OR IGNORE INTO step(id, label, created, undone, deed, inverse, author) VALUES(?,?,?,?,?,?,?)", rows
    )


def _keep_numbers(new: sqlite3.Connection, old: sqlite3.Connection) -> None:
    """Server names of mailboxes that were renamed here, mailboxes that the server has not made yet."""
    rows = old.execute("SELECT account, name, server_name, deleted FROM mailbox").fetchall()
    for account, name, server_name, deleted in rows:
        new.execute(
            "UPDATE mailbox SET server_name = ?, deleted = ? WHERE account = ? AND name = ?",
            (server_name, deleted, account, name),
        )


def _journal(new: sqlite3.Connection, old: sqlite3.Connection, placing: Placing) -> int:
    lines = old.execute(
        "SELECT id, account, kind, payload, created, step, messages, failed, answer FROM journal ORDER BY id"
    ).fetchall()
    names = _mailbox_numbers(new, old)
    for line in lines:
        fields = _translated(json.loads(line[3]), names)
        if fields is None:
            continue
        ident = new.execute(
            "INSERT INTO journal(account, kind, payload, created, step, messages, failed, answer) "
            "VALUES(?,?,?,?,?,?,?,?)",
            (line[1], line[2], json.dumps(fields), *line[4:]),
        ).lastrowid
        assert ident is not None
        _rows(new, old, placing, line[0], ident, line[1])
        journal.sweep_line(new, ident)
    return len(lines)


def _mailbox_numbers(new: sqlite3.Connection, old: sqlite3.Connection) -> dict[int, int]:
    here = {(account, name): ident for ident, account, name in new.execute("SELECT id, account, name FROM mailbox")}
    there = old.execute("SELECT id, account, name FROM mailbox")
    return {ident: here[account, name] for ident, account, name in there if (account, name) in here}


def _translated(fields: dict[str, Any], names: dict[int, int]) -> dict[str, Any] | None:
    """Mailbox numbers of the new index; None where a mailbox has no folder here."""
    for key in ("to", "mailbox"):
        if isinstance(fields.get(key), int):
            if fields[key] not in names:
                return None
            fields[key] = names[fields[key]]
    return fields


def _rows(
    new: sqlite3.Connection, old: sqlite3.Connection, placing: Placing, line: int, ident: int, account: str
) -> None:
    """The line's messages by their public ids; those that have no file by where the server has them."""
    rows = old.execute(
        "SELECT p.word, p.uid, b.server_name, b.uidvalidity, s.word FROM pending q "
        "JOIN placement p ON p.id = q.placement "
        "JOIN mailbox b ON b.id = p.base_mailbox LEFT JOIN placement s ON s.id = q.source WHERE q.intent = ?",
        (line,),
    ).fetchall()
    for word, uid, mailbox, validity, source in rows:
        here = new.execute("SELECT id FROM placement WHERE word = ?", (word,)).fetchone()
        if here is not None:
            original = new.execute("SELECT id FROM placement WHERE word = ?", (source,)).fetchone() or (None,)
            new.execute("INSERT OR IGNORE INTO pending VALUES(?, ?, ?)", (here[0], ident, original[0]))
            placing.refold(here[0])
        elif uid is not None and mailbox is not None and validity is not None:
            new.execute("INSERT OR IGNORE INTO orphan VALUES(?,?,?,?,?)", (account, mailbox, validity, uid, ident))


def _base_flags(new: sqlite3.Connection, old: sqlite3.Connection, placing: Placing) -> None:
    """File names show what is seen; what the server has of rows with something pending only the old index knew."""
    rows = old.execute("SELECT word, base_flags, base_keywords FROM placement WHERE pending > 0").fetchall()
    for word, bits, keywords in rows:
        here = new.execute("SELECT id FROM placement WHERE word = ?", (word,)).fetchone()
        if here is not None:
            new.execute(
                "UPDATE placement SET base_flags = ?, base_keywords = ? WHERE id = ?", (bits, keywords, here[0])
            )
            placing.refold(here[0])
