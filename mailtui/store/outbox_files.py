"""Messages on their way out, as they lie on the disk and in the index: files, state files, rows.

`outbox/WORD.eml` is the message, `outbox/WORD.json` what is known about it: both are enough to show it again when the
index is lost. A state file is written before the transaction that it is about commits, never after.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mailtui.model.ids import AccountId
from mailtui.model.outgoing import Fate, Outgoing, OutgoingId, Recipient, Stage
from mailtui.store.maildir import write_private

NEVER = 253_402_300_799.0
"""`not_before` of what only the person sets going again: the end of the year 9999."""
COLUMNS = (
    "id, word, account, stage, size, sender, message_id, subject, created, not_before, next_try, tries, answer, "
    "notify, step, answers, forwards, copied, flagged"
)


@dataclass(slots=True)
class Queued:
    """A row of the outbox; columns as in COLUMNS."""

    id: int
    word: str
    account: str
    stage: str
    size: int
    sender: str
    message_id: str
    subject: str
    created: float
    not_before: float
    next_try: float = 0.0
    """Of a record of what was sent: when that was."""
    tries: int = 0
    answer: str = ""
    notify: int = 0
    step: int | None = None
    answers: str = ""
    """Word of the message that it answers; empty: of none. `forwards` likewise."""
    forwards: str = ""
    copied: int = 0
    """Whether the copy in Sent was made."""
    flagged: int = 0
    """Whether the original was flagged."""


def folder(root: str) -> str:
    return os.path.join(root, "outbox")


def message_path(root: str, word: str) -> str:
    return os.path.join(folder(root), f"{word}.eml")


def state_path(root: str, word: str) -> str:
    return os.path.join(folder(root), f"{word}.json")


# -- rows


def find(db: sqlite3.Connection, outgoing: int) -> Queued | None:
    row = db.execute(f"SELECT {COLUMNS} FROM outbox WHERE id = ?", (outgoing,)).fetchone()  # noqa: S608
    return Queued(*row) if row is not None else None


def by_word(db: sqlite3.Connection, word: str) -> Queued | None:
    row = db.execute(f"SELECT {COLUMNS} FROM outbox WHERE word = ?", (word,)).fetchone()  # noqa: S608
    return Queued(*row) if row is not None else None


def recipients(db: sqlite3.Connection, outgoing: int) -> list[Recipient]:
    rows = db.execute(
        "SELECT address, fate, answer FROM outbox_recipient WHERE outgoing = ? ORDER BY position", (outgoing,)
    )
    return [Recipient(address, Fate(fate), answer) for address, fate, answer in rows]


def read(
    db: sqlite3.Connection, root: str, *, account: str | None = None, sent: bool = True, now: float | None = None
) -> tuple[Outgoing, ...]:
    """Oldest first; `sent`: the records of what went out, too."""
    now = time.time() if now is None else now
    rows = db.execute(
        f"SELECT {COLUMNS} FROM outbox WHERE (?1 IS NULL OR account = ?1) AND (?2 OR stage <> 'sent') ORDER BY id",  # noqa: S608
        (account, sent),
    ).fetchall()
    return tuple(_value(db, root, Queued(*row), now) for row in rows)


def _value(db: sqlite3.Connection, root: str, row: Queued, now: float) -> Outgoing:
    there = row.stage != Stage.SENT.value
    return Outgoing(
        id=OutgoingId(row.id),
        account=AccountId(row.account),
        stage=stage_of(row, now),
        path=message_path(root, row.word) if there else "",
        size=row.size,
        sender=row.sender,
        recipients=tuple(recipients(db, row.id)),
        message_id=row.message_id,
        subject=row.subject,
        created=row.created,
        not_before=row.not_before,
        next_try=row.next_try,
        tries=row.tries,
        answer=row.answer,
        notify=bool(row.notify),
    )


def stage_of(row: Queued, now: float) -> Stage:
    """What waited for its time is due when that has come: nothing is written for it."""
    if row.stage in (Stage.HELD.value, Stage.DUE.value):
        return Stage.HELD if row.not_before > now else Stage.DUE
    return Stage(row.stage)


def count(db: sqlite3.Connection) -> tuple[int, int, int]:
    """(waiting to go out or going, held back, stuck)."""
    found = db.execute(
        "SELECT count(*) FILTER (WHERE stage IN ('sending', 'final') OR (stage IN ('held', 'due') AND not_before <= "
        "?1)), count(*) FILTER (WHERE stage IN ('held', 'due') AND not_before > ?1), "
        "count(*) FILTER (WHERE stage = 'stuck') FROM outbox",
        (time.time(),),
    ).fetchone()
    return int(found[0]), int(found[1]), int(found[2])


def insert(db: sqlite3.Connection, row: Queued, whom: Iterable[Recipient]) -> int:
    """`row.id` 0: a number of its own."""
    marks = ",".join("?" * 19)
    values = [getattr(row, name) for name in Queued.__slots__]
    ident = db.execute(
        f"INSERT INTO outbox({COLUMNS}) VALUES({marks})",
        (row.id or None, *values[1:]),
    ).lastrowid
    assert ident is not None
    db.executemany(
        "INSERT INTO outbox_recipient(outgoing, position, address, fate, answer) VALUES(?,?,?,?,?)",
        [(ident, place, one.address, one.fate.value, one.answer) for place, one in enumerate(whom)],
    )
    return ident


def delete(db: sqlite3.Connection, outgoing: int) -> None:
    db.execute("DELETE FROM outbox_recipient WHERE outgoing = ?", (outgoing,))
    db.execute("DELETE FROM outbox WHERE id = ?", (outgoing,))


# -- state files


def write_state(root: str, row: Queued, whom: Sequence[Recipient], accepted: Iterable[str] = ()) -> None:
    """Raises StoreError."""
    fields: dict[str, Any] = {name: getattr(row, name) for name in Queued.__slots__ if name not in ("id", "step")}
    fields["recipients"] = [[one.address, one.fate.value, one.answer] for one in whom]
    fields["accepted"] = list(accepted)
    write_private(state_path(root, row.word), json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def read_state(root: str, word: str) -> tuple[Queued, list[Recipient], list[str]] | None:
    """The row, its recipients, and those whom the server had accepted; None: no file, or one that says nothing."""
    try:
        with open(state_path(root, word), encoding="utf-8", errors="surrogatepass") as file:
            fields = json.load(file)
        whom = [Recipient(str(address), Fate(fate), str(answer)) for address, fate, answer in fields["recipients"]]
        row = Queued(id=0, word=word, step=None, **{key: fields[key] for key in _KEPT})
        Stage(row.stage)
        return row, whom, [str(address) for address in fields["accepted"]]
    except (OSError, ValueError, TypeError, KeyError):
        return None


_KEPT = tuple(name for name in Queued.__slots__ if name not in ("id", "word", "step"))


def carry(new: sqlite3.Connection, old: sqlite3.Connection) -> None:
    """From a lost index to its successor."""
    rows = old.execute(f"SELECT {COLUMNS} FROM outbox").fetchall()  # noqa: S608
    whom = old.execute("SELECT outgoing, position, address, fate, answer, accepted FROM outbox_recipient").fetchall()
    marks = ",".join("?" * 19)
    new.executemany(f"INSERT OR IGNORE INTO outbox({COLUMNS}) VALUES({marks})", rows)
    new.executemany("INSERT OR IGNORE INTO outbox_recipient VALUES(?,?,?,?,?,?)", whom)
