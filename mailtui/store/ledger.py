"""History, ledger and safety copies for the eye."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from mailtui.model.ids import AccountId, IntentId, StepId, Word
from mailtui.model.ledger import Line, LineState, SafetyCopy, Step
from mailtui.model.mail import Flags
from mailtui.store.codec import unpack_addresses
from mailtui.store.saving import DROPPED


def count(db: sqlite3.Connection) -> tuple[int, int]:
    """(waiting, failed) lines."""
    waiting, failed = db.execute(
        "SELECT count(*) FILTER (WHERE NOT failed), count(*) FILTER (WHERE failed) FROM journal"
    ).fetchone()
    return int(waiting), int(failed)


def history(db: sqlite3.Connection, limit: int) -> tuple[Step, ...]:
    rows = db.execute(
        "SELECT s.id, s.label, s.created, s.undone IS NOT NULL, "
        "(SELECT count(*) FROM journal j WHERE j.step = s.id AND NOT j.failed), "
        "coalesce(s.undone > (SELECT coalesce(max(created), 0) FROM step WHERE author = ''), 0), "
        "s.author FROM step s ORDER BY s.id DESC LIMIT ?",
        (limit,),
    )
    return tuple(
        Step(StepId(step), label, created, bool(undone), waiting, bool(redoable), author)
        for step, label, created, undone, waiting, redoable, author in rows
    )


def lines(db: sqlite3.Connection) -> tuple[Line, ...]:
    names = dict(db.execute("SELECT id, name FROM mailbox"))
    rows = db.execute(
        "SELECT id, account, kind, payload, created, messages, failed, answer FROM journal ORDER BY id"
    ).fetchall()
    return tuple(
        Line(
            IntentId(ident),
            AccountId(account),
            LineState.FAILED if failed else LineState.WAITING,
            _sentence(kind, json.loads(payload), messages, names),
            created,
            messages,
            answer,
        )
        for ident, account, kind, payload, created, messages, failed, answer in rows
    )


def _sentence(kind: str, fields: dict[str, Any], messages: int, names: dict[int, str]) -> str:
    some = "1 message" if messages == 1 else f"{messages} messages"
    mailbox = names.get(fields.get("mailbox", 0), "?")
    match kind:
        case "set-flags":
            return f"{_flags(fields)} on {some}"
        case "move":
            return f"Move {some} to {names.get(fields['to'], '?')}"
        case "expunge":
            return f"Delete {some} for ever"
        case "upload":
            return f"Upload {some}"
        case "create":
            return f"Create folder {fields['name']}"
        case "rename":
            return f"Rename folder {fields['old']} to {fields['name']}"
        case "delete":
            return f"Delete folder {mailbox}"
        case _:
            return f"{'Subscribe to' if fields.get('on') else 'Unsubscribe from'} folder {mailbox}"


_WORDS = {"\\Seen": ("Mark read", "Mark unread"), "\\Flagged": ("Star", "Unstar")}


def _flags(fields: dict[str, Any]) -> str:
    words = []
    for key, place, sign in (("add", 0, "+"), ("remove", 1, "-")):
        flags = Flags(fields[key][0], tuple(fields[key][1]))
        words += [_WORDS[name][place] if name in _WORDS else f"{sign}{name}" for name in flags.names()]
    return ", ".join(words) or "Nothing"


def safety_copies(db: sqlite3.Connection, limit: int) -> tuple[SafetyCopy, ...]:
    keep = db.execute("SELECT value FROM meta WHERE key = 'keep-deleted'").fetchone()
    seconds = float(keep[0]) if keep is not None and keep[0] is not None else None
    rows = db.execute(
        "SELECT p.word, b.account, b.name, m.from_, m.subject, p.date, p.gone "
        "FROM placement p INDEXED BY placement_gone "
        "JOIN mailbox b ON b.id = p.base_mailbox JOIN message m ON m.id = p.message "
        "WHERE p.gone > ? AND p.body AND p.file <> '' ORDER BY p.gone DESC, p.id DESC LIMIT ?",
        (DROPPED, limit),
    )
    found = []
    for word, account, mailbox, from_, subject, date, gone in rows:
        sender = next(iter(unpack_addresses(from_)), None)
        who = (sender.name or sender.addr) if sender is not None else ""
        until = gone + seconds if seconds is not None else None
        found.append(SafetyCopy(Word(word), AccountId(account), mailbox, who, subject, date, gone, until))
    return tuple(found)
