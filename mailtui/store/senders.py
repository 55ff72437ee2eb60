"""The mail of a mailbox by who sent it: one pass over its placements, most of it in SQLite."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from dataclasses import dataclass, field

from mailtui.model.ids import MailboxId, PlacementId
from mailtui.model.mail import RowKey
from mailtui.model.senders import SenderGroup
from mailtui.store.codec import unpack_addresses

_JOINED = "FROM placement p INDEXED BY placement_list JOIN message m ON m.id = p.message WHERE p.mailbox = ?"


_NEVER = RowKey(-(1 << 62), PlacementId(0))


@dataclass(slots=True)
class _Sum:
    """What is added up for one author or list."""

    name: str = ""
    address: str = ""
    lists: dict[str, None] = field(default_factory=dict)
    count: int = 0
    unread: int = 0
    newest: RowKey = _NEVER


_ALL = "SELECT message, flags, date, id FROM placement INDEXED BY placement_list WHERE mailbox = ?"
_NEWEST = f"{_ALL} ORDER BY date DESC, id DESC LIMIT ?"


def groups(db: sqlite3.Connection, mailbox: MailboxId, newest: int | None = None) -> tuple[SenderGroup, ...]:
    """Newest first; of the `newest` messages alone if given. Who writes to a list alone is one with it, however many
    names the lists have."""
    some, values = (_ALL, (mailbox,)) if newest is None else (_NEWEST, (mailbox, newest))
    # p.id is of the row that has the greatest date (SQLite's rule for a lone max()).
    found = db.execute(
        "SELECT m.from_, m.list_id, count(*), sum(p.flags & 1 = 0), max(p.date), p.id "  # noqa: S608
        f"FROM ({some}) p JOIN message m ON m.id = p.message GROUP BY m.from_, m.list_id",
        values,
    ).fetchall()
    writers: dict[str, set[str]] = defaultdict(set)
    parts = []
    for from_, list_id, count, unread, date, placement in found:
        author = (unpack_addresses(from_) or (("", ""),))[0]
        name, address, list_ = author[0], author[1].lower(), list_id.lower()
        parts.append((name, address, list_, count, unread, RowKey(date, PlacementId(placement))))
        if list_:
            writers[list_].add(address)
    sums: dict[str, _Sum] = {}
    for name, address, list_, count, unread, key in parts:
        group = f"list {list_}" if list_ and len(writers[list_]) > 1 else f"from {address}"
        one = sums.setdefault(group, _Sum())
        one.count += count
        one.unread += unread
        if list_:
            one.lists[list_] = None
        if key > one.newest:
            one.newest, one.name, one.address = key, name, address
    out = sorted(sums.items(), key=lambda each: each[1].newest, reverse=True)
    subjects = _subjects(db, [one.newest.placement for _, one in out])
    return tuple(
        SenderGroup(
            key,
            one.name,
            one.address,
            tuple(one.lists),
            key.startswith("from "),
            one.count,
            one.unread,
            one.newest,
            subjects.get(one.newest.placement, ""),
        )
        for key, one in out
    )


def _subjects(db: sqlite3.Connection, placements: list[PlacementId]) -> dict[int, str]:
    found: dict[int, str] = {}
    for start in range(0, len(placements), 500):
        part = placements[start : start + 500]
        marks = ",".join("?" * len(part))
        sql = f"SELECT p.id, m.subject FROM placement p JOIN message m ON m.id = p.message WHERE p.id IN ({marks})"  # noqa: S608
        found.update(db.execute(sql, part))
    return found


def members(db: sqlite3.Connection, mailbox: MailboxId, group: SenderGroup) -> tuple[PlacementId, ...]:
    """Messages of the group that lie there now, newest first."""
    known: dict[tuple[str, str], bool] = {}
    out = []
    for placement, from_, list_id in db.execute(
        f"SELECT p.id, m.from_, m.list_id {_JOINED} ORDER BY p.date DESC, p.id DESC",
        (mailbox,),
    ):
        whose = (from_, list_id)
        holds = known.get(whose)
        if holds is None:
            author = (unpack_addresses(from_) or (("", ""),))[0]
            holds = known[whose] = group.holds(author[1], list_id)
        if holds:
            out.append(PlacementId(placement))
    return tuple(out)
