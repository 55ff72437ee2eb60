"""What the index and the learning file know about a message's sender, for judging it."""

from __future__ import annotations

import json
import sqlite3

from mailtui.mail.classify.advertising import Known
from mailtui.mail.classify.features import Features
from mailtui.mail.classify.lists import mailing_list
from mailtui.mail.classify.verdict import Context
from mailtui.mail.trust import domain_of, organisation
from mailtui.store.codec import unpack_addresses
from mailtui.store.lessons import AD, HAM, NO_AD, SPAM, said_of
from mailtui.store.teaching import learned

_REFERENCES = 50
"""Messages that one answers, as far as it is looked."""


def context(
    index: sqlite3.Connection, taught: sqlite3.Connection | None, mine: frozenset[str], of: Features
) -> Context:
    """`taught`: learning.sqlite, None where there is none. `mine`: one's own addresses, lower case."""
    names = {name for name in (of.sender, _list(of), organisation(domain_of(of.sender))) if name}
    said = {name: said_of(taught, name, (AD, NO_AD)) for name in names} if taught is not None else {}
    sent = _sent(index, {of.sender, *(one.addr.lower() for one in (*of.envelope.to, *of.envelope.cc))} - mine)
    known = Known(
        mine=mine,
        written={of.sender: sent[of.sender][0]} if sent.get(of.sender, (0, 0))[0] else {},
        posted=frozenset(addr for addr, (times, _) in sent.items() if times and addr != of.sender),
        answered=_answered(index, mine, of),
        seen={of.sender: sent[of.sender][1]} if of.sender in sent else {},
        wanted=frozenset(name for name, kind in said.items() if kind == NO_AD),
        unwanted=frozenset(name for name, kind in said.items() if kind == AD),
    )
    if taught is None:
        return Context(known)
    spammer = said_of(taught, of.sender, (SPAM, HAM)) == SPAM
    return Context(known, learned(taught), frozenset((of.sender,)) if spammer else frozenset())


def _list(of: Features) -> str:
    found = mailing_list(of)
    return found.id if found is not None else ""


def _sent(index: sqlite3.Connection, addresses: set[str]) -> dict[str, tuple[int, int]]:
    """How often the person wrote to an address, and got mail from it."""
    rows = index.execute(
        "SELECT addr, sent, got FROM person WHERE addr IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(addresses)[:200]),),
    )
    return {addr: (sent, got) for addr, sent, got in rows}


def _answered(index: sqlite3.Connection, mine: frozenset[str], of: Features) -> bool:
    """Whether it answers a message of the person's own."""
    before = list(dict.fromkeys((*of.envelope.in_reply_to, *reversed(of.envelope.references))))[:_REFERENCES]
    rows = index.execute(
        "SELECT from_ FROM message WHERE message_id <> '' AND message_id IN (SELECT value FROM json_each(?))",
        (json.dumps(before),),
    )
    return any(one.addr.lower() in mine for (text,) in rows for one in unpack_addresses(text))
