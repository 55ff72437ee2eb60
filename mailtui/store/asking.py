"""Queries asked about single messages: what the index knows of one, and its text, read only where it is needed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace

from mailtui.mail.text import scan_text
from mailtui.model.ids import PlacementId
from mailtui.search.match import Candidate, from_headers, matches
from mailtui.search.query import Query
from mailtui.store.codec import unpack_envelope, unpack_flags

Path = Callable[[PlacementId], str | None]
"""Where a message's file lies; None: its text is not on this computer."""

_WHAT = (
    "SELECT m.message_id, m.subject, m.from_, m.to_, m.cc_, m.list_id, m.attachment, m.envelope, b.account, "
    "b.name, b.role, b.delimiter, p.flags, p.keywords, p.date, m.size, p.word "
    "FROM placement p JOIN message m ON m.id = p.message JOIN mailbox b ON b.id = p.mailbox WHERE p.id = ?"
)


def candidate(db: sqlite3.Connection, placement: PlacementId) -> Candidate | None:
    """Without its text; None: the message lies nowhere any more."""
    row = db.execute(_WHAT, (placement,)).fetchone()
    if row is None:
        return None
    envelope = unpack_envelope(row[:8])
    return Candidate(
        subject=envelope.subject,
        from_=envelope.from_,
        to=envelope.to,
        cc=envelope.cc,
        list_id=envelope.list_id,
        attachment=envelope.attachment,
        flags=unpack_flags(row[12], row[13]),
        date=row[14],
        size=row[15],
        word=row[16],
        message_id=envelope.message_id,
        account=row[8],
        mailbox=row[9],
        role=row[10],
        delimiter=row[11],
    )


def with_text(bare: Candidate, path: str | None) -> Candidate:
    """The same with what its file says; as it is where there is no file."""
    if path is None:
        return bare
    try:
        with open(path, "rb") as file:
            scanned = scan_text(file.read())
    except OSError:
        return bare
    return replace(bare, body=scanned.body, attachments=scanned.attachments, attachment=scanned.attachment)


class Asked:
    """One message that several queries are asked about: its file is read once at most."""

    def __init__(self, bare: Candidate, path: Callable[[], str | None]) -> None:
        self._bare = bare
        self._path = path
        self._full: Candidate | None = None

    def holds(self, query: Query, *, prefix: bool = False) -> bool:
        """Whether the message is a hit. Where its text is not here, as if it had none. `prefix`: the last word may be
        unfinished."""
        known = from_headers(query, self._bare)
        if known or (known is not None and not prefix):
            return known
        if self._full is None:
            self._full = with_text(self._bare, self._path())
        return matches(query, self._full, prefix=prefix)


def holds(db: sqlite3.Connection, query: Query, placement: PlacementId, path: Path, *, prefix: bool = False) -> bool:
    """As `Asked.holds`, of a message in the index."""
    bare = candidate(db, placement)
    return bare is not None and Asked(bare, lambda: path(placement)).holds(query, prefix=prefix)
