"""The journal: what the person did and no server has confirmed, and what a server refused."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Sequence
from typing import Any

from mailtui.model.facts import Attempt, Confirmed
from mailtui.model.ids import AccountId, IntentId, MailboxId, PlacementId
from mailtui.model.intents import (
    Copy,
    CreateMailbox,
    DeleteMailbox,
    Expunge,
    Intent,
    Move,
    PendingIntent,
    RenameMailbox,
    SetFlags,
    Subscribe,
    Upload,
)
from mailtui.model.mail import Flags
from mailtui.model.outgoing import Save, Send
from mailtui.store.codec import pack_keywords, unpack_flags
from mailtui.sync.fold import lies, visible

ON_MAILBOXES = ("create", "rename", "delete", "subscribe")
PLACING = ("move", "expunge", "upload")
"""Kinds that say where a message lies."""


def pack(intent: Intent) -> tuple[str, dict[str, Any]]:
    """(kind, what it says besides its placements). Roles were resolved, copies have become uploads."""
    match intent:
        case SetFlags(_, add, remove):
            return "set-flags", {"add": [add.bits, add.keywords], "remove": [remove.bits, remove.keywords]}
        case Move(_, to):
            return "move", {"to": to}
        case Expunge():
            return "expunge", {}
        case Upload(_, _, lost):
            return "upload", {"lost": lost}
        case CreateMailbox(_, name):
            return "create", {"name": name}
        case RenameMailbox(mailbox, name):
            return "rename", {"mailbox": mailbox, "name": name}
        case DeleteMailbox(mailbox):
            return "delete", {"mailbox": mailbox}
        case Subscribe(mailbox, on):
            return "subscribe", {"mailbox": mailbox, "on": on}
        case Copy() | Save() | Send():
            raise ValueError("journaled as the upload of its new rows")


def unpack(
    kind: str,
    fields: dict[str, Any],
    account: str = "",
    placements: tuple[PlacementId, ...] = (),
    sources: tuple[PlacementId, ...] = (),
) -> Intent:
    match kind:
        case "set-flags":
            add, remove = fields["add"], fields["remove"]
            return SetFlags(placements, Flags(add[0], tuple(add[1])), Flags(remove[0], tuple(remove[1])))
        case "move":
            return Move(placements, MailboxId(fields["to"]))
        case "expunge":
            return Expunge(placements, sources)
        case "upload":
            return Upload(placements, sources, bool(fields.get("lost")))
        case "create":
            return CreateMailbox(AccountId(account), fields["name"])
        case "rename":
            return RenameMailbox(MailboxId(fields["mailbox"]), fields["name"])
        case "delete":
            return DeleteMailbox(MailboxId(fields["mailbox"]))
        case "subscribe":
            return Subscribe(MailboxId(fields["mailbox"]), fields["on"])
        case _:
            raise ValueError(f"unknown journal line {kind!r}")


def write(
    db: sqlite3.Connection,
    account: str,
    intent: Intent,
    *,
    step: int | None = None,
    extra: dict[str, Any] | None = None,
    created: float | None = None,
) -> IntentId:
    """A line with its placements; `extra` is for whoever reads the payload (mailbox rows of mailbox intents)."""
    kind, fields = pack(intent)
    placements: tuple[PlacementId, ...] = tuple(dict.fromkeys(getattr(intent, "placements", ())))
    cursor = db.execute(
        "INSERT INTO journal(account, kind, payload, created, step, messages) VALUES(?,?,?,?,?,?)",
        (
            account,
            kind,
            json.dumps({**fields, **(extra or {})}),
            time.time() if created is None else created,
            step,
            len(placements),
        ),
    )
    assert cursor.lastrowid is not None
    line = cursor.lastrowid
    others = intent.sources if isinstance(intent, Upload) else intent.after if isinstance(intent, Expunge) else ()
    sources = dict(zip(placements, others, strict=False))
    db.executemany(
        "INSERT INTO pending VALUES(?, ?, ?)", ((placement, line, sources.get(placement)) for placement in placements)
    )
    return IntentId(line)


def read(db: sqlite3.Connection, account: str | None = None) -> tuple[PendingIntent, ...]:
    """Unconfirmed lines, oldest first."""
    where, values = ("AND account = ?", (account,)) if account is not None else ("", ())
    sql = f"SELECT id, account, kind, payload, created FROM journal WHERE NOT failed {where} ORDER BY id"  # noqa: S608
    found = []
    for ident, name, kind, payload, created in db.execute(sql, values).fetchall():
        rows = db.execute("SELECT placement, source FROM pending WHERE intent = ? ORDER BY placement", (ident,))
        pairs = rows.fetchall()
        placements = tuple(PlacementId(placement) for placement, _ in pairs)
        sources = tuple(PlacementId(source) for _, source in pairs if source is not None)
        if len(sources) != len(placements):
            sources = ()
        intent = unpack(kind, json.loads(payload), name, placements, sources)
        found.append(PendingIntent(IntentId(ident), intent, AccountId(name), created))
    return tuple(found)


def fold_placement(
    db: sqlite3.Connection, placement: int, base: Flags, mailbox: int | None
) -> tuple[Flags, int | None, int]:
    """Base folded with the pending intents of this row: flags, mailbox, and how many intents there are."""
    lines = [
        unpack(kind, json.loads(payload))
        for kind, payload in db.execute(
            "SELECT j.kind, j.payload FROM pending q JOIN journal j ON j.id = q.intent "
            "WHERE q.placement = ? ORDER BY j.id",
            (placement,),
        )
    ]
    if not lines:
        return base, mailbox, 0
    return visible(base, lines), lies(MailboxId(mailbox) if mailbox is not None else None, lines), len(lines)


def goes_up(db: sqlite3.Connection, placement: int) -> bool:
    """Whether the server does not have this message yet, or not any more: it waits to be uploaded."""
    found = db.execute(
        "SELECT 1 FROM pending q JOIN journal j ON j.id = q.intent WHERE q.placement = ? AND j.kind = 'upload'",
        (placement,),
    ).fetchone()
    return found is not None


def strike(db: sqlite3.Connection, intents: Iterable[int]) -> list[int]:
    """Lines leave the journal; the rows that they touched."""
    touched: dict[int, None] = {}
    for intent in intents:
        for (placement,) in db.execute("SELECT placement FROM pending WHERE intent = ?", (intent,)).fetchall():
            touched[placement] = None
        db.execute("DELETE FROM pending WHERE intent = ?", (intent,))
        db.execute("DELETE FROM orphan WHERE intent = ?", (intent,))
        db.execute("DELETE FROM journal WHERE id = ?", (intent,))
    return list(touched)


def drop_placement(db: sqlite3.Connection, placement: int, kinds: Sequence[str] | None = None) -> bool:
    """What waits for this row waits no more; lines without any row left are struck. Whether anything waited."""
    lines = db.execute(
        "SELECT q.intent FROM pending q JOIN journal j ON j.id = q.intent "
        "WHERE q.placement = ?1 AND (?2 IS NULL OR j.kind IN (SELECT value FROM json_each(?2)))",
        (placement, json.dumps(kinds) if kinds is not None else None),
    ).fetchall()
    for (line,) in lines:
        db.execute("DELETE FROM pending WHERE placement = ? AND intent = ?", (placement, line))
        sweep_line(db, line)
    return bool(lines)


def sweep_line(db: sqlite3.Connection, line: int) -> None:
    """Strikes a line of messages that has none left."""
    db.execute(
        "DELETE FROM journal WHERE id = ?1 AND NOT failed AND kind NOT IN ('create', 'rename', 'delete', 'subscribe') "
        "AND NOT EXISTS (SELECT 1 FROM pending WHERE intent = ?1) "
        "AND NOT EXISTS (SELECT 1 FROM orphan WHERE intent = ?1)",
        (line,),
    )


def on_mailboxes(db: sqlite3.Connection, intents: Iterable[int]) -> list[tuple[str, dict[str, Any]]]:
    """(kind, payload) of those lines that are about mailboxes, oldest first."""
    rows = db.execute(
        "SELECT kind, payload FROM journal WHERE id IN (SELECT value FROM json_each(?)) AND NOT failed "
        "AND kind IN ('create', 'rename', 'delete', 'subscribe') ORDER BY id",
        (json.dumps(list(intents)),),
    ).fetchall()
    return [(kind, json.loads(payload)) for kind, payload in rows]


def attempted(db: sqlite3.Connection, account: str, attempt: Attempt) -> None:
    items = list(zip(attempt.placements, attempt.uids or (0,) * len(attempt.placements), strict=True))
    db.execute(
        "INSERT OR REPLACE INTO attempt VALUES(?,?,?,?,?,?,?,?,?)",
        (
            *(attempt.id, account, attempt.road.value, attempt.to, attempt.source, attempt.uidvalidity),
            *(attempt.uidnext, attempt.leaves, json.dumps(items)),
        ),
    )


def answered(db: sqlite3.Connection, intents: Iterable[int], text: str) -> None:
    """The server's words at the last try."""
    db.executemany("UPDATE journal SET answer = ? WHERE id = ?", [(text, intent) for intent in intents])


def confirm(db: sqlite3.Connection, fact: Confirmed) -> list[int]:
    """Folds confirmed flags into Base, oldest first, and strikes the lines. Where the messages lie was told before."""
    for ident in sorted(fact.intents):
        line = db.execute("SELECT kind, payload FROM journal WHERE id = ? AND NOT failed", (ident,)).fetchone()
        if line is None or line[0] != "set-flags":
            continue
        intent = unpack(line[0], json.loads(line[1]))
        rows = db.execute(
            "SELECT p.id, p.base_flags, p.base_keywords FROM pending q JOIN placement p ON p.id = q.placement "
            "WHERE q.intent = ?",
            (ident,),
        ).fetchall()
        folded = []
        for placement, bits, keywords in rows:
            after = visible(unpack_flags(bits, keywords), (intent,))
            folded.append((after.bits, pack_keywords(after), placement))
        db.executemany("UPDATE placement SET base_flags = ?, base_keywords = ? WHERE id = ?", folded)
    return strike(db, fact.intents)
