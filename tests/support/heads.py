"""Heads of threads, judged: what the store keeps against what plain Python makes of its rows."""

from __future__ import annotations

import sqlite3


def wrong_heads(db: sqlite3.Connection) -> list[str]:
    """What differs between the heads that are kept and those counted from scratch."""
    threads: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
    for mailbox, thread, date, ident, flags in db.execute(
        "SELECT p.mailbox, m.thread, p.date, p.id, p.flags FROM placement p JOIN message m ON m.id = p.message "
        "WHERE p.mailbox IS NOT NULL"
    ):
        threads.setdefault((mailbox, thread), []).append((date, ident, flags))
    right = {
        key: (*max((date, ident) for date, ident, _ in found), len(found), sum(not flags & 1 for _, _, flags in found))
        for key, found in threads.items()
    }
    kept = {(mailbox, thread): tuple(rest) for mailbox, thread, *rest in db.execute("SELECT * FROM head").fetchall()}
    wrong = [f"head of {key}: {kept.get(key)}, not {right.get(key)}" for key in kept.keys() | right.keys()
             if kept.get(key) != right.get(key)]  # fmt: skip
    for ident, number in db.execute("SELECT id, threads FROM mailbox").fetchall():
        really = sum(1 for mailbox, _ in right if mailbox == ident)
        if number != really:
            wrong.append(f"mailbox {ident} has {really} threads, not {number}")
    if db.execute("SELECT count(*) FROM unsettled").fetchone()[0]:
        wrong.append("something is unsettled")
    return wrong
