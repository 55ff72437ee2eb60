"""Whom the person writes to and hears from: learned from their own mail, for completing addresses."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable

from mailtui.model.folder import Role
from mailtui.model.mail import Address, Envelope
from mailtui.model.outgoing import Person
from mailtui.store.codec import unpack_addresses

HALF = 180 * 86_400.0
"""Seconds after which an address counts half."""
LONGEST = 254
"""Octets of an address at most (RFC 5321 section 4.5.3.1.3)."""
NOBODY = frozenset({Role.JUNK.value, Role.TRASH.value, Role.DRAFTS.value})
_LEARN = (
    "INSERT INTO person(addr, name, sent, got, last, words) VALUES(?,?,?,?,?,?) ON CONFLICT(addr) DO UPDATE SET "
    "sent = sent + excluded.sent, got = got + excluded.got, last = max(last, excluded.last), "
    "name = iif(excluded.name <> '' AND (name = '' OR excluded.last >= last), excluded.name, name), "
    "words = iif(excluded.name <> '' AND (name = '' OR excluded.last >= last), excluded.words, words)"
)
# All that somebody wrote weighs less than one message that was written to them.
_FIND = (
    "SELECT addr, name, sent, got, last FROM person WHERE instr(words, ?) ORDER BY "
    "(sent * 8 + min(got, 16) * 0.4) * iif(NOT sent AND addr LIKE '%no%reply%', 0.01, 1) "
    "/ (1 + max(0, ? - last) / ?) DESC, addr LIMIT ?"
)


def learn(db: sqlite3.Connection, role: str, envelope: Envelope, date: float) -> None:
    """A message came into a mailbox of this role: `date` in seconds since 1970 UTC."""
    if role in NOBODY:
        return
    sent = role == Role.SENT.value
    whom = (*envelope.to, *envelope.cc, *envelope.bcc) if sent else envelope.from_
    db.executemany(_LEARN, [(*_key(one), int(sent), int(not sent), date, _words(one)) for one in whom if _sane(one)])


class Learned:
    """The same for many messages: who is met again and again is written once."""

    def __init__(self) -> None:
        self._met: dict[tuple[str, str, bool], list[float]] = {}

    def hear(self, role: str, envelope: Envelope, date: float) -> None:
        if role in NOBODY:
            return
        sent = role == Role.SENT.value
        for one in (*envelope.to, *envelope.cc, *envelope.bcc) if sent else envelope.from_:
            met = self._met.get((*one, sent))
            if met is None:
                self._met[*one, sent] = [1, date]
            else:
                met[0] += 1
                met[1] = max(met[1], date)

    def write(self, db: sqlite3.Connection) -> None:
        rows = []
        for (name, addr, sent), (count, last) in self._met.items():
            one = Address(name, addr)
            if _sane(one):
                rows.append((*_key(one), count if sent else 0, 0 if sent else count, last, _words(one)))
        db.executemany(_LEARN, rows)
        self._met.clear()


def _key(one: Address) -> tuple[str, str]:
    return one.addr.lower(), "" if one.name.lower() == one.addr.lower() else one.name


def _words(one: Address) -> str:
    """Everything that typing may begin with, each behind a blank."""
    local, _, domain = one.addr.lower().rpartition("@")
    return f" {' '.join(one.name.casefold().split())} {local}@{domain} {domain}"


def _sane(one: Address) -> bool:
    return "@" in one.addr and len(one.addr) <= LONGEST and one.addr.isprintable() and " " not in one.addr


def find(db: sqlite3.Connection, prefix: str, limit: int) -> tuple[Person, ...]:
    """Whose name, or a part of it, or whose address begins so: whom the person writes to first, then who wrote often
    and lately."""
    wanted = " " + " ".join(prefix.casefold().split())
    rows = db.execute(_FIND, (wanted, time.time(), HALF, limit))
    return tuple(Person(*row) for row in rows)


def fill(db: sqlite3.Connection) -> None:
    """From the mail that an index has already."""
    rows: Iterable[tuple[str, int, float]] = db.execute(
        "SELECT m.from_, count(*), max(p.date) FROM placement p JOIN message m ON m.id = p.message "
        "JOIN mailbox b ON b.id = p.mailbox WHERE b.role NOT IN ('junk', 'trash', 'drafts', 'sent') "
        "AND m.from_ <> '' GROUP BY m.from_"
    ).fetchall()
    for text, count, last in rows:
        for one in unpack_addresses(text):
            if _sane(one):
                db.execute(_LEARN, (*_key(one), 0, count, last, _words(one)))
    rows = db.execute(
        "SELECT m.to_ || char(10) || m.cc_, count(*), max(p.date) FROM placement p JOIN message m ON m.id = p.message "
        "JOIN mailbox b ON b.id = p.mailbox WHERE b.role = 'sent' GROUP BY m.to_, m.cc_"
    ).fetchall()
    for text, count, last in rows:
        for one in unpack_addresses(text.strip("\n")):
            if _sane(one):
                db.execute(_LEARN, (*_key(one), count, 0, last, _words(one)))
