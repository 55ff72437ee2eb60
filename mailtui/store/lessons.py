"""What the person's deeds teach, worked out from the steps of the history: nothing is written where they are done.

A step that was undone teaches nothing. Which steps were read, and what is still to be learned from them, is kept in
learning.sqlite in one transaction, so that a crash at any point neither forgets nor counts twice.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mailtui.model.folder import Role
from mailtui.model.mail import Flags
from mailtui.store.learning import LearningFile

SPAM, HAM, KEPT, AD, NO_AD = "spam", "ham", "kept", "advertising", "no advertising"
"""Kinds of lessons. KEPT: filed like mail that one wants; a weaker word than HAM."""
STEPS = 50
"""Steps read at once."""
MOST, MOST_KEPT = 1_000, 20
"""Messages of one step that teach something: nobody looks at each of ten thousand that are filed at once."""
_FILED = frozenset({Role.ARCHIVE, Role.NONE, Role.FLAGGED, Role.IMPORTANT})


@dataclass(frozen=True, slots=True)
class Lesson:
    """`words`: public ids of the messages."""

    kind: str
    words: tuple[str, ...]


def moved(source: Role, to: Role) -> str:
    """What a move of the person's says about a message; "": nothing."""
    match source, to:
        case (_, Role.JUNK):
            return SPAM
        case (Role.JUNK, Role.TRASH):
            return ""
        case (Role.JUNK, _):
            return HAM
        case (_, Role.ADVERTISING):
            return AD
        case (Role.ADVERTISING, Role.INBOX):
            return NO_AD
        case (Role.INBOX, _) if to in _FILED:
            return KEPT
        case _:
            return ""


def lessons(inverse: Sequence[dict[str, Any]], role: dict[tuple[str, str], Role]) -> Iterator[Lesson]:
    """Of one step. `inverse`: what would take it back; `role`: of the mailboxes, by account and name."""
    for fields in inverse:
        words = tuple(fields.get("words", ()))
        if fields["do"] == "move" and fields.get("from") is not None and fields.get("to") is not None:
            source, to = (role.get(tuple(fields[key]), Role.NONE) for key in ("to", "from"))
            kind = moved(source, to)
        elif fields["do"] == "flags":
            gained = {name.lower() for name in Flags(fields["remove"][0], tuple(fields["remove"][1])).keywords}
            kind = SPAM if "$junk" in gained else HAM if "$notjunk" in gained else ""
        else:
            continue
        if kind:
            yield Lesson(kind, words[-MOST_KEPT if kind == KEPT else -MOST :])


class Syllabus:
    """Reads the history into the learning file. One thread."""

    def __init__(self, index: sqlite3.Connection, file: LearningFile) -> None:
        self._index = index
        self._file = file

    def read(self) -> bool:
        """Some steps; what they teach stands in `lesson`, and the messages it is about in `todo`. Whether there is
        more. Raises StoreError: nothing was written."""
        born = str(self._index.execute("SELECT value FROM meta WHERE key = 'born'").fetchone()[0])
        known = dict(self._file.db.execute("SELECT key, value FROM meta WHERE key IN ('born', 'step')").fetchall())
        cursor = int(known.get("step", 0)) if known.get("born") == born else 0
        steps = self._index.execute(
            "SELECT id, created, undone IS NOT NULL, inverse FROM step WHERE id > ? AND author = '' "
            "ORDER BY id LIMIT ?",
            (cursor, STEPS),
        ).fetchall()
        rows = list(self._rows(steps))
        changed = self._changed() if known.get("born") == born else []
        if not steps and not changed and known.get("born") == born:
            return False
        with self._file.transaction() as db:
            if known.get("born") != born:
                db.execute("UPDATE lesson SET step = 0")  # other numbers mean other steps now
                db.execute("INSERT OR REPLACE INTO meta VALUES('born', ?)", (born,))
            db.execute("INSERT OR REPLACE INTO meta VALUES('step', ?)", (steps[-1][0] if steps else cursor,))
            db.executemany(
                "INSERT INTO lesson VALUES(?,?,?,?,?,'','') ON CONFLICT DO UPDATE SET step = excluded.step, "
                "undone = excluded.undone",
                rows,
            )
            db.executemany("INSERT OR IGNORE INTO todo VALUES(?)", ((digest,) for _, digest, *_ in rows))
            for undone, step in changed:
                db.execute("UPDATE lesson SET undone = ? WHERE step = ?", (undone, step))
                db.execute("INSERT OR IGNORE INTO todo SELECT digest FROM lesson WHERE step = ?", (step,))
        return len(steps) == STEPS

    def _rows(self, steps: Sequence[tuple[Any, ...]]) -> Iterator[tuple[float, bytes, str, int, int]]:
        roles = {
            (account, name): Role(role)
            for account, name, role in self._index.execute("SELECT account, name, role FROM mailbox")
        }
        for step, created, undone, inverse in steps:
            for lesson in lessons(json.loads(inverse or "[]"), roles):
                for (digest,) in self._index.execute(
                    "SELECT DISTINCT m.digest FROM placement p JOIN message m ON m.id = p.message "
                    "WHERE p.word IN (SELECT value FROM json_each(?)) AND m.digest IS NOT NULL",
                    (json.dumps(lesson.words),),
                ):
                    yield created, digest, lesson.kind, step, undone

    def _changed(self) -> list[tuple[int, int]]:
        """(undone, step) of steps that were undone or done again since."""
        known = dict(self._file.db.execute("SELECT step, max(undone) FROM lesson WHERE step > 0 GROUP BY step"))
        return [
            (undone, step)
            for step, undone in self._index.execute("SELECT id, undone IS NOT NULL FROM step").fetchall()
            if step in known and known[step] != undone
        ]


def wanted(db: sqlite3.Connection, digest: bytes) -> bool | None:
    """What a message counts as after all that was said of it: spam, ham, or nothing. The last plain word decides."""
    rows = db.execute("SELECT kind FROM lesson WHERE digest = ? AND NOT undone ORDER BY created DESC", (digest,))
    kinds = [kind for (kind,) in rows]
    plain = [kind for kind in kinds if kind in {SPAM, HAM}]
    return plain[0] == SPAM if plain else False if kinds else None


def said_of(db: sqlite3.Connection, name: str, kinds: tuple[str, str]) -> str:
    """Which of these the person said last of mail of this sender, or this list; "": neither."""
    row = db.execute(
        "SELECT kind, created FROM lesson WHERE sender = ?1 AND sender <> '' AND NOT undone AND kind IN (?2, ?3) "
        "UNION ALL SELECT kind, created FROM lesson WHERE list = ?1 AND list <> '' AND NOT undone AND kind IN (?2, ?3) "
        "ORDER BY created DESC LIMIT 1",
        (name, *kinds),
    ).fetchone()
    return str(row[0]) if row is not None else ""
