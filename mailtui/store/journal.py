"""The journal: what the person did and no server has confirmed."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable

from mailtui.model.facts import Confirmed, Refused
from mailtui.model.ids import AccountId, IntentId, PlacementId
from mailtui.model.intents import Intent, PendingIntent, SetFlags
from mailtui.model.mail import Flags
from mailtui.store.codec import pack_keywords, unpack_flags
from mailtui.sync.fold import visible

TABLE = """
CREATE TABLE IF NOT EXISTS pending(placement INTEGER NOT NULL, intent INTEGER NOT NULL,
  PRIMARY KEY(placement, intent)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS pending_intent ON pending(intent);
"""


def pack(intent: Intent) -> tuple[str, str]:
    """(kind, payload as JSON)."""
    match intent:
        case SetFlags(placements, add, remove):
            return "set-flags", json.dumps({"placements": placements, "add": add, "remove": remove})


def unpack(kind: str, payload: str) -> Intent:
    fields = json.loads(payload)
    if kind != "set-flags":
        raise ValueError(f"unknown journal line {kind!r}")
    return SetFlags(
        tuple(PlacementId(placement) for placement in fields["placements"]),
        Flags(fields["add"][0], tuple(fields["add"][1])),
        Flags(fields["remove"][0], tuple(fields["remove"][1])),
    )


def write(db: sqlite3.Connection, account: str, intent: Intent) -> IntentId:
    kind, payload = pack(intent)
    cursor = db.execute(
        "INSERT INTO journal(account, kind, payload, created) VALUES(?,?,?,?)", (account, kind, payload, time.time())
    )
    assert cursor.lastrowid is not None
    db.executemany(
        "INSERT INTO pending VALUES(?, ?)",
        ((placement, cursor.lastrowid) for placement in dict.fromkeys(intent.placements)),
    )
    return IntentId(cursor.lastrowid)


def read(db: sqlite3.Connection, account: str | None = None) -> tuple[PendingIntent, ...]:
    """Unconfirmed lines, oldest first."""
    where, values = ("WHERE account = ?", (account,)) if account is not None else ("", ())
    sql = f"SELECT id, account, kind, payload, sent, created FROM journal {where} ORDER BY id"  # noqa: S608
    return tuple(
        PendingIntent(IntentId(ident), unpack(kind, payload), AccountId(name), bool(sent), created)
        for ident, name, kind, payload, sent, created in db.execute(sql, values)
    )


def count(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM journal").fetchone()[0])


def fold_placement(db: sqlite3.Connection, placement: int, base: Flags) -> tuple[Flags, int]:
    """Base folded with the pending intents of this row, and how many there are."""
    lines = db.execute(
        "SELECT j.kind, j.payload FROM pending q JOIN journal j ON j.id = q.intent WHERE q.placement = ? ORDER BY j.id",
        (placement,),
    ).fetchall()
    return visible(base, (unpack(kind, payload) for kind, payload in lines)), len(lines)


def strike(db: sqlite3.Connection, intents: Iterable[int]) -> list[int]:
    """Lines leave the journal; the rows that they touched."""
    touched: dict[int, None] = {}
    for intent in intents:
        for (placement,) in db.execute("SELECT placement FROM pending WHERE intent = ?", (intent,)).fetchall():
            touched[placement] = None
        db.execute("DELETE FROM pending WHERE intent = ?", (intent,))
        db.execute("DELETE FROM journal WHERE id = ?", (intent,))
    return list(touched)


def confirm(db: sqlite3.Connection, fact: Confirmed) -> list[int]:
    """Folds confirmed intents into Base, oldest first, and strikes them."""
    for ident in sorted(fact.intents):
        line = db.execute("SELECT kind, payload FROM journal WHERE id = ?", (ident,)).fetchone()
        if line is None:
            continue
        intent = unpack(*line)
        for placement in intent.placements:
            row = db.execute("SELECT base_flags, base_keywords FROM placement WHERE id = ?", (placement,)).fetchone()
            if row is not None:
                after = visible(unpack_flags(*row), (intent,))
                db.execute(
                    "UPDATE placement SET base_flags = ?, base_keywords = ? WHERE id = ?",
                    (after.bits, pack_keywords(after), placement),
                )
    return strike(db, fact.intents)


def refuse(db: sqlite3.Connection, fact: Refused) -> list[int]:
    return strike(db, (fact.intent,))
