"""Lists of threads, read in pages: implements ports.LineReader over the heads that `store/heads` keeps."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from mailtui.mail.threads import Member as Branch
from mailtui.mail.threads import arrange
from mailtui.model.ids import MailboxId, PlacementId, ThreadId
from mailtui.model.mail import NOWHERE, Address, Flag, Folding, Line, Member, Row, RowKey
from mailtui.store.codec import ROW_COLUMNS, unpack_addresses, unpack_row

DEEPEST = 6
"""Levels of a tree; what hangs deeper hangs there."""
TREE = 2_000
"""Messages of a thread that is drawn as a tree; a larger one is a plain run by date."""
MOST = 5_000
"""Messages of a conversation that is listed."""
KNOWN = 500
"""Messages of a folded thread that its line names."""
NAMED = 6
"""Authors of a folded thread that its line names: the first and the last ones."""
_PART = 500
_NAMES = ROW_COLUMNS.split(", ")
_FLAGGED = int(Flag.FLAGGED)
_THREAD, _BITS, _ATTACHMENT = (_NAMES.index(name) for name in ("m.thread", "p.flags", "m.attachment"))


@dataclass(frozen=True, slots=True)
class _Head:
    thread: int
    newest: int
    lead: int
    count: int
    unread: int


@dataclass(frozen=True, slots=True)
class _Spot:
    """A line before its row is read."""

    placement: int
    line: Line


class Lines:
    """`connection` gives the calling thread's own."""

    def __init__(self, connection: Callable[[], sqlite3.Connection]) -> None:
        self._connection = connection

    # -- ports.LineReader

    def page(
        self,
        mailbox: MailboxId,
        folding: Folding,
        *,
        after: RowKey | None = None,
        limit: int = 200,
        newest_first: bool = True,
        skip: int = 0,
    ) -> tuple[Row, ...]:
        db = self._connection()
        spots: list[_Spot] = []
        if after is not None:
            spots = self._rest(db, mailbox, folding, after, newest_first)
        if len(spots) >= skip:
            spots, skip = spots[skip:], 0
        else:
            spots, skip = [], skip - len(spots)
        if len(spots) < limit:
            heads, skip = _heads(db, mailbox, folding, after, limit - len(spots), newest_first, skip)
            for head in heads:
                block = _block(db, mailbox, folding, head)
                found = block if newest_first else block[::-1]
                spots += found[skip:]
                skip = 0
                if len(spots) >= limit:
                    break
        return _read(db, spots[:limit], mailbox)

    def _rest(
        self, db: sqlite3.Connection, mailbox: int, folding: Folding, after: RowKey, newest_first: bool
    ) -> list[_Spot]:
        """What is left of the thread that `after` stands in."""
        head = db.execute(
            "SELECT thread, newest, lead, count, unread FROM head INDEXED BY head_list "
            "WHERE mailbox = ? AND newest = ? AND lead = ?",
            (mailbox, after.date, after.placement),
        ).fetchone()
        if head is None or not folding.shows(head[0]):
            return []
        block = _block(db, mailbox, folding, _Head(*head))
        return block[1 - after.order :] if newest_first else block[: -after.order][::-1]

    def rank(self, mailbox: MailboxId, folding: Folding, key: RowKey) -> int:
        weight, values = _weight(folding)
        (above,) = (
            self._connection()
            .execute(
                f"SELECT coalesce(sum({weight}), 0) FROM head INDEXED BY head_list "  # noqa: S608
                "WHERE mailbox = ? AND (newest, lead) > (?, ?)",
                (*values, mailbox, key.date, key.placement),
            )
            .fetchone()
        )
        return int(above) - key.order

    def total(self, mailbox: MailboxId, folding: Folding) -> int:
        db = self._connection()
        row = db.execute("SELECT total, threads FROM mailbox WHERE id = ?", (mailbox,)).fetchone()
        if row is None:
            return 0
        (more,) = db.execute(
            "SELECT coalesce(sum(count - 1), 0) FROM head WHERE mailbox = ? "
            "AND thread IN (SELECT value FROM json_each(?))",
            (mailbox, _besides(folding)),
        ).fetchone()
        return int(row[0] - more if folding.unfolded else row[1] + more)

    def landing(self, mailbox: MailboxId, folding: Folding, key: RowKey) -> RowKey | None:
        db = self._connection()
        head = db.execute(
            "SELECT h.thread, h.newest, h.lead, h.count, h.unread FROM placement p JOIN message m ON m.id = p.message "
            "JOIN head h ON h.mailbox = p.mailbox AND h.thread = m.thread WHERE p.id = ? AND p.mailbox = ?",
            (key.at or key.placement, mailbox),
        ).fetchone()
        if head is None:
            return None
        block = _block(db, mailbox, folding, _Head(*head))
        spot = next((spot for spot in block if spot.placement == key.at), block[0])
        return RowKey(spot.line.newest, spot.line.lead, -spot.line.order, PlacementId(spot.placement))

    def next_unread(self, mailbox: MailboxId, folding: Folding, key: RowKey | None, *, older: bool) -> RowKey | None:
        compare, order = ("<", "DESC") if older else (">", "ASC")
        bound = f"AND (newest, lead) {compare} (?, ?)" if key is not None else ""
        db = self._connection()
        head = db.execute(
            "SELECT thread, newest, lead, count, unread FROM head INDEXED BY head_unread "  # noqa: S608
            f"WHERE mailbox = ? AND unread > 0 {bound} ORDER BY newest {order}, lead {order} LIMIT 1",
            (mailbox, *(key[:2] if key is not None else ())),
        ).fetchone()
        if head is None:
            return None
        spots = _block(db, mailbox, folding, _Head(*head))
        if len(spots) > 1:
            ids = [spot.placement for spot in spots]
            unread = {
                found[0] for found in _in_parts(db, "SELECT id FROM placement WHERE id IN ({}) AND flags & 1 = 0", ids)
            }
            spots = [spot for spot in spots if spot.placement in unread] or spots
        spot = spots[0 if older else -1]
        return RowKey(spot.line.newest, spot.line.lead, -spot.line.order, PlacementId(spot.placement))

    def conversation(self, mailboxes: Sequence[MailboxId], thread: ThreadId) -> tuple[Row, ...]:
        db = self._connection()
        found = db.execute(
            "SELECT p.id, p.date, m.message_id, m.envelope, p.flags & 1 FROM message m INDEXED BY message_thread "
            "CROSS JOIN placement p INDEXED BY placement_message ON p.message = m.id "
            "WHERE m.thread = ? AND p.mailbox IN (SELECT value FROM json_each(?)) ORDER BY p.date, p.id LIMIT ?",
            (thread, json.dumps(mailboxes), MOST),
        ).fetchall()
        line = Line(0, NOWHERE, 0, len(found), sum(not row[4] for row in found), False)
        return _read(db, _drawn([row[:4] for row in found], line))

    def members(self, mailbox: MailboxId, threads: Sequence[ThreadId]) -> tuple[Row, ...]:
        rows = self._connection().execute(
            f"SELECT {ROW_COLUMNS} FROM json_each(?) t CROSS JOIN message m ON m.thread = t.value "  # noqa: S608
            "CROSS JOIN placement p ON p.message = m.id AND p.mailbox = ? ORDER BY t.key, p.date, p.id",
            (json.dumps(threads), mailbox),
        )
        return tuple(unpack_row(row) for row in rows)


def _besides(folding: Folding) -> str:
    return json.dumps(sorted(folding.besides))


def _weight(folding: Folding) -> tuple[str, tuple[str, ...]]:
    """How many lines a head takes, in SQL, with its values."""
    usual, other = ("count", "1") if folding.unfolded else ("1", "count")
    if not folding.besides:
        return usual, ()
    case = f"CASE WHEN thread IN (SELECT value FROM json_each(?)) THEN {other} ELSE {usual} END"  # noqa: S608
    return case, (_besides(folding),)


def _heads(
    db: sqlite3.Connection,
    mailbox: int,
    folding: Folding,
    after: RowKey | None,
    limit: int,
    newest_first: bool,
    skip: int,
) -> tuple[list[_Head], int]:
    """Heads that hold the wanted lines, and how many lines of the first are to be left out."""
    order, compare = ("DESC", "<") if newest_first else ("ASC", ">")
    bound = f"AND (newest, lead) {compare} (?, ?)" if after is not None else ""
    values = (mailbox, *(after[:2] if after is not None else ()))
    rows = f"FROM head INDEXED BY head_list WHERE mailbox = ? {bound}"
    by = f"ORDER BY newest {order}, lead {order}"
    weight, more = _weight(folding)
    if not skip or weight == "1":  # one line each: as in a list of messages
        sql = f"SELECT thread, newest, lead, count, unread {rows} {by} LIMIT ? OFFSET ?"
        return [_Head(*row) for row in db.execute(sql, (*values, limit, skip))], 0
    sql = (
        f"SELECT thread, newest, lead, count, unread, before FROM (SELECT thread, newest, lead, count, unread, w, "  # noqa: S608
        f"sum(w) OVER ({by} ROWS UNBOUNDED PRECEDING) - w AS before FROM "
        f"(SELECT thread, newest, lead, count, unread, {weight} AS w {rows})) "
        f"WHERE before + w > ? {by} LIMIT ?"
    )
    found = db.execute(sql, (*more, *values, skip, limit)).fetchall()
    return [_Head(*row[:5]) for row in found], skip - found[0][5] if found else 0


def _block(db: sqlite3.Connection, mailbox: int, folding: Folding, head: _Head) -> list[_Spot]:
    """The lines of one thread, from the top."""
    folded = head.count == 1 or not folding.shows(ThreadId(head.thread))
    line = Line(head.newest, PlacementId(head.lead), 0, head.count, head.unread, folded)
    if folded:
        return [_Spot(head.lead, line)]
    found = db.execute(
        "SELECT p.id, p.date, m.message_id, m.envelope FROM message m INDEXED BY message_thread "
        "CROSS JOIN placement p INDEXED BY placement_message ON p.message = m.id "
        "WHERE m.thread = ? AND p.mailbox = ? ORDER BY p.date, p.id",
        (head.thread, mailbox),
    ).fetchall()
    return _drawn(found, line)


def _drawn(found: Sequence[tuple[Any, ...]], line: Line) -> list[_Spot]:
    """(placement, date, Message-ID, rest of the envelope), by date, as the lines of a tree."""
    if len(found) > TREE:
        shape = [(ident, min(1, order)) for order, (ident, *_) in enumerate(found)]
    else:
        placed = arrange([_branch(*row[1:]) for row in found])
        shape = _one_tree([(found[one.index][0], one.depth) for one in placed])
    return [
        _Spot(ident, replace(line, order=order, rails=rail))
        for order, ((ident, _), rail) in enumerate(zip(shape, rails([depth for _, depth in shape]), strict=True))
    ]


def _branch(date: int, message_id: str, rest: str) -> Branch:
    fields = json.loads(rest) if rest else {}
    return Branch(message_id, tuple(fields.get("refs") or fields.get("irt", ())[:1]), date)


def _one_tree(shape: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What has lost its parents hangs below the first message."""
    out, lost = [], 0
    for order, (ident, depth) in enumerate(shape):
        if order and depth == 0:
            lost = 1
        out.append((ident, min(depth + lost, DEEPEST)))
    return out


def rails(depths: Sequence[int]) -> list[str]:
    """How each line of a tree hangs, from the depths of its lines in order; see `Line.rails`."""
    out: list[str] = []
    more: set[int] = set()
    for depth in reversed(depths):
        passing = "".join("|" if level in more else " " for level in range(1, depth))
        out.append(passing + ("+" if depth in more else "L") if depth else "")
        more = {level for level in more if level < depth} | {depth}
    return out[::-1]


# -- rows


def _read(db: sqlite3.Connection, spots: Sequence[_Spot], mailbox: int = 0) -> tuple[Row, ...]:
    """`mailbox`: where the messages of folded threads lie."""
    ids = [spot.placement for spot in spots]
    sql = f"SELECT {ROW_COLUMNS} FROM placement p JOIN message m ON m.id = p.message "  # noqa: S608
    rows = {row[0]: row for row in _in_parts(db, sql + "WHERE p.id IN ({}) AND p.mailbox IS NOT NULL", ids)}
    wholes = [
        rows[spot.placement][_THREAD]
        for spot in spots
        if spot.line.whole and spot.line.count <= KNOWN and spot.placement in rows
    ]
    inside = _inside(db, mailbox, wholes)
    return tuple(
        _row(rows[spot.placement], spot.line, inside.get(rows[spot.placement][_THREAD]))
        for spot in spots
        if spot.placement in rows
    )


def _in_parts(db: sqlite3.Connection, sql: str, ids: Sequence[int]) -> Iterable[tuple[Any, ...]]:
    values = iter(ids)
    while part := tuple(islice(values, _PART)):
        yield from db.execute(sql.format(",".join("?" * len(part))), part)


@dataclass(slots=True)
class _Inside:
    """What the messages of a folded thread come to, oldest first."""

    members: list[Member]
    authors: dict[str, None]
    bits: int = 0
    attachment: bool = False


def _inside(db: sqlite3.Connection, mailbox: int, threads: Sequence[int]) -> dict[int, _Inside]:
    out: dict[int, _Inside] = {}
    if threads:
        for thread, ident, bits, authors, attachment in db.execute(
            "SELECT m.thread, p.id, p.flags, m.from_, m.attachment FROM json_each(?) t "
            "CROSS JOIN message m INDEXED BY message_thread ON m.thread = t.value "
            "CROSS JOIN placement p INDEXED BY placement_message ON p.message = m.id AND p.mailbox = ? "
            "ORDER BY t.key, p.date, p.id",
            (json.dumps(threads), mailbox),
        ):
            here = out.get(thread)
            if here is None:
                here = out[thread] = _Inside([], {})
            here.members.append(Member(ident, bits))
            here.authors[authors] = None
            here.bits |= bits
            here.attachment |= bool(attachment)
    return out


def _row(columns: tuple[Any, ...], line: Line, inside: _Inside | None) -> Row:
    """A line with what it is folded over."""
    if inside is None or not line.whole:
        return unpack_row(columns, line)
    people: dict[str, Address] = {}
    texts = list(inside.authors)
    for authors in texts if len(texts) <= NAMED else (texts[0], *texts[1 - NAMED :]):
        for one in unpack_addresses(authors)[:1]:
            people.setdefault(one.addr.lower(), one)
    line = Line(
        line.newest, line.lead, 0, line.count, line.unread, True, "", tuple(people.values()), tuple(inside.members)
    )
    own = list(columns)
    own[_BITS] |= inside.bits & _FLAGGED
    own[_ATTACHMENT] = inside.attachment
    return unpack_row(own, line)
