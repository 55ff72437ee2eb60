"""A mailbox in another order than by date: its newest messages, sorted once, as ids."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from mailtui.model.ids import MailboxId, PlacementId
from mailtui.model.listing import By

_MARKS = ("re:", "fwd:", "fw:", "aw:", "wg:", "sv:")
_MOST_MARKS = 3
"""Answers of answers; what has more stands where it says `re:`."""


def _plain(text: str) -> str:
    """SQL: without the marks of answers before it."""
    for _ in range(_MOST_MARKS):
        cases = " ".join(
            f"WHEN lower(substr({{0}}, 1, {len(mark)})) = '{mark}' THEN ltrim(substr({{0}}, {len(mark) + 1}))"
            for mark in _MARKS
        )
        text = f"(SELECT CASE {cases.format('s')} ELSE s END FROM (SELECT {text} AS s))"  # noqa: S608
    return text


_KEYS = {
    By.SENDER: "lower(ltrim(m.from_, char(9) || '\"' || char(39)))",
    By.SUBJECT: f"lower({_plain('m.subject')})",
    By.SIZE: "-m.size",
    By.UNREAD: "p.flags & 1",
}


def ordered(db: sqlite3.Connection, mailboxes: Sequence[MailboxId], by: By, limit: int) -> tuple[PlacementId, ...]:
    """The newest `limit` messages of the mailboxes in this order; what is equal, newest first. `By.OLDEST` has no need
    of it: that is the index itself."""
    marks = ",".join("?" * len(mailboxes))
    sql = (
        f"SELECT k FROM (SELECT id AS k, date AS d FROM placement WHERE mailbox IN ({marks}) "  # noqa: S608
        "ORDER BY date DESC, id DESC LIMIT ?) CROSS JOIN placement p ON p.id = k "
        f"CROSS JOIN message m ON m.id = p.message ORDER BY {_KEYS[by]}, d DESC, k DESC"
    )
    return tuple(PlacementId(row[0]) for row in db.execute(sql, (*mailboxes, limit)))
