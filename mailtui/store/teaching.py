"""What spam and honest mail are made of, counted: kept in learning.sqlite by a hash of each token.

What was taught is kept with each message's tokens, so that it can be taken back to the last count when the message
itself is long gone, and so that nothing counts twice.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Mapping, Sequence

from mailtui.mail.classify.spam import Learned
from mailtui.mail.classify.weights import BIAS, MOST, Example
from mailtui.store.learning import figure

LEVEL = 6


def hash_of(token: str) -> int:
    """32 bits; two tokens that meet in one count as one."""
    return zlib.crc32(token.encode("utf-8", "replace"))


def taught(db: sqlite3.Connection, digest: bytes) -> bool | None:
    """Whether this message counts as spam (True), as ham (False), or not at all."""
    row = db.execute("SELECT spam FROM taught WHERE digest = ?", (digest,)).fetchone()
    return bool(row[0]) if row is not None else None


def teach(db: sqlite3.Connection, digest: bytes, tokens: Sequence[str], *, spam: bool) -> None:
    """Inside a transaction. The same again changes nothing; the opposite takes back what was taught before."""
    known = taught(db, digest)
    if known is spam:
        return
    if known is not None:
        forget(db, digest)
    packed = zlib.compress("\n".join(tokens).encode("utf-8", "replace"), LEVEL)
    (number,) = db.execute("SELECT coalesce(max(number), 0) + 1 FROM taught").fetchone()
    db.execute("INSERT INTO taught VALUES(?,?,?,?)", (digest, spam, packed, number))
    _count(db, tokens, spam=spam, by=1)


def forget(db: sqlite3.Connection, digest: bytes) -> None:
    """As if it had never been taught. Inside a transaction."""
    row = db.execute("SELECT spam, tokens FROM taught WHERE digest = ?", (digest,)).fetchone()
    if row is None:
        return
    db.execute("DELETE FROM taught WHERE digest = ?", (digest,))
    tokens = zlib.decompress(row[1]).decode("utf-8").split("\n")
    _count(db, tokens, spam=bool(row[0]), by=-1)
    db.execute(
        "DELETE FROM token WHERE spam <= 0 AND ham <= 0 AND hash IN (SELECT value FROM json_each(?))",
        (json.dumps([hash_of(token) for token in tokens]),),
    )


def _count(db: sqlite3.Connection, tokens: Sequence[str], *, spam: bool, by: int) -> None:
    column = "spam" if spam else "ham"
    values = (by, 0) if spam else (0, by)
    db.executemany(
        f"INSERT INTO token VALUES(?,?,?) ON CONFLICT(hash) DO UPDATE SET {column} = {column} + excluded.{column}",
        {(number, *values) for number in map(hash_of, tokens)},
    )
    _note(db, column, by)
    _note(db, "changes", 1)


def _note(db: sqlite3.Connection, key: str, by: int) -> None:
    db.execute("INSERT INTO meta VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value = value + ?", (key, by, by))


def learned(db: sqlite3.Connection) -> Learned:
    """For judging; reads the counts of a message's tokens when asked for them."""

    def counts(tokens: Sequence[str]) -> dict[str, tuple[int, int]]:
        hashes = {token: hash_of(token) for token in tokens}
        rows = db.execute(
            "SELECT hash, spam, ham FROM token WHERE hash IN (SELECT value FROM json_each(?))",
            (json.dumps(list(hashes.values())),),
        )
        found = {number: (spam, ham) for number, spam, ham in rows}
        return {token: found[number] for token, number in hashes.items() if number in found}

    def weights(tokens: Sequence[str]) -> dict[str, float]:
        hashes = {token: hash_of(token) for token in (*tokens, BIAS)}
        rows = db.execute(
            "SELECT hash, value FROM weight WHERE hash IN (SELECT value FROM json_each(?))",
            (json.dumps(list(hashes.values())),),
        )
        found = dict(rows)
        return {token: found[number] for token, number in hashes.items() if number in found}

    return Learned(figure(db, "spam"), figure(db, "ham"), counts, weights if figure(db, "fitted") else None)


def examples(db: sqlite3.Connection) -> list[Example]:
    """What was taught, oldest first, the newest MOST."""
    rows = db.execute("SELECT tokens, spam FROM taught ORDER BY number DESC LIMIT ?", (MOST,)).fetchall()
    return [(zlib.decompress(tokens).decode("utf-8").split("\n"), bool(spam)) for tokens, spam in reversed(rows)]


def keep_weights(db: sqlite3.Connection, weights: Mapping[str, float], changes: int) -> None:
    """Inside a transaction. `changes`: of `figure`, when the examples were read."""
    db.execute("DELETE FROM weight")
    db.executemany("INSERT OR REPLACE INTO weight VALUES(?,?)", ((hash_of(one), by) for one, by in weights.items()))
    db.execute("INSERT OR REPLACE INTO meta VALUES('fitted', ?)", (changes,))
