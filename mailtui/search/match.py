"""A query asked about one message in memory: the truth that SQL is checked against."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import lru_cache
from typing import assert_never

from mailtui.model.mail import NO_FLAGS, Address, Flag, Flags
from mailtui.search.cjk import fold as fold
from mailtui.search.cjk import index_text, match_terms, sequence, words
from mailtui.search.operators import ROLES
from mailtui.search.query import And, Dated, Named, Node, Not, Or, Query, Size, State, Text


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a query can ask about a message. `date` in seconds since 1970 UTC, `size` in bytes."""

    subject: str = ""
    from_: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    list_id: str = ""
    body: str = ""
    attachments: tuple[str, ...] = ()
    attachment: bool = False
    flags: Flags = NO_FLAGS
    date: int = 0
    size: int = 0
    word: str = ""
    message_id: str = ""
    account: str = ""
    mailbox: str = ""
    delimiter: str | None = "/"
    role: str = ""


def addresses_text(addresses: tuple[Address, ...]) -> str:
    """Names and addresses as one searchable text."""
    return ", ".join(f"{address.name} <{address.addr}>" for address in addresses)


@lru_cache(maxsize=64)
def _phrase(phrase: str) -> str:
    return sequence(phrase)


def holds_phrase(text: str, phrase: str) -> bool:
    """Whether the words of `phrase` stand in `text` next to each other (case, accents and signs do not count)."""
    return _phrase(phrase) in _sequence(text)


@lru_cache(maxsize=16)
def _terms(text: str) -> frozenset[str]:
    """Kept for a moment: many rules are asked about one message."""
    return frozenset(words(fold(index_text(text)))) if text else frozenset()


@lru_cache(maxsize=16)
def _sequence(text: str) -> str:
    return sequence(text)


def _holds_words(text: str, query: str, prefix: bool) -> bool:
    have = _terms(text)
    terms = match_terms(query)
    for place, (term, starts) in enumerate(terms):
        folded = fold(term)
        if starts or (prefix and place == len(terms) - 1):
            if not any(word.startswith(folded) for word in have):
                return False
        elif folded not in have:
            return False
    return True


def _texts(candidate: Candidate, field: str) -> tuple[str, ...]:
    people = addresses_text
    match field:
        case "from":
            return (people(candidate.from_),)
        case "to":
            return (people(candidate.to + candidate.cc),)
        case "cc":
            return (people(candidate.cc),)
        case "subject":
            return (candidate.subject,)
        case "body":
            return (candidate.body,)
        case "attachment":
            return (" ".join(candidate.attachments),)
        case "list":
            return (candidate.list_id,)
        case _:
            return (
                candidate.subject,
                people(candidate.from_),
                people(candidate.to + candidate.cc),
                candidate.body,
                " ".join(candidate.attachments),
            )


def _text(node: Text, candidate: Candidate, prefix: bool) -> bool:
    texts = _texts(candidate, node.field)
    parts = words(node.text)
    if not parts or node.field in {"cc", "list"}:
        needle = node.text.lower()
        return any(needle in text.lower() for text in texts[:1])
    if (len(parts) > 1 or len(match_terms(node.text)) > 1) and not prefix:
        return any(holds_phrase(text, node.text) for text in texts)
    return any(_holds_words(text, node.text, prefix) for text in texts)


def _state(name: str, candidate: Candidate) -> bool:
    bits = candidate.flags.bits
    match name:
        case "attachment":
            return candidate.attachment
        case "unread":
            return not bits & Flag.SEEN
        case "read":
            return bool(bits & Flag.SEEN)
        case "flagged":
            return bool(bits & Flag.FLAGGED)
        case "unflagged":
            return not bits & Flag.FLAGGED
        case "answered":
            return bool(bits & Flag.ANSWERED)
        case "unanswered":
            return not bits & Flag.ANSWERED
        case _:
            return bool(bits & Flag.DRAFT)


def _named(node: Named, candidate: Candidate) -> bool:
    value = node.value
    low = value.lower()
    match node.field:
        case "account":
            return candidate.account.lower() == low
        case "id":
            return candidate.word == low or candidate.message_id == value.strip("<>")
        case "keyword":
            return any(keyword.lower() == low for keyword in candidate.flags.keywords)
        case _:
            name = candidate.mailbox.lower()
            last = candidate.delimiter is not None and name.endswith(candidate.delimiter + low)
            return candidate.role == ROLES.get(low, low) or name == low or last


def _dated(node: Dated, candidate: Candidate, utc_offset: int) -> bool:
    epoch = datetime.date(1970, 1, 1)
    day = (candidate.date + utc_offset) // 86400
    after = node.start is None or day >= (node.start - epoch).days
    return after and (node.end is None or day < (node.end - epoch).days)


def _last(node: Node) -> Node:
    return _last(node.nodes[-1]) if isinstance(node, And | Or) and node.nodes else node


def matches(query: Query, candidate: Candidate, *, prefix: bool = False, utc_offset: int = 0) -> bool:
    """Whether the message is a hit. `prefix` and `utc_offset` as in `to_sql.compile_query`."""
    typed = _last(query.root) if prefix else None

    def ask(node: Node) -> bool:
        match node:
            case Text():
                return _text(node, candidate, node is typed and not node.phrase)
            case State(name):
                return _state(name, candidate)
            case Named():
                return _named(node, candidate)
            case Dated():
                return _dated(node, candidate, utc_offset)
            case Size(larger, size):
                return candidate.size > size if larger else candidate.size < size
            case Not(inner):
                return not ask(inner)
            case And(nodes):
                return all(ask(one) for one in nodes)
            case Or(nodes):
                return any(ask(one) for one in nodes)
            case _:
                assert_never(node)

    return ask(query.root)


def from_headers(query: Query, candidate: Candidate) -> bool | None:
    """As `matches` for a candidate without text and attachments; None: they have to be known."""

    def ask(node: Node) -> bool | None:
        match node:
            case Text(("body" | "attachment"), _, _) | State("attachment"):
                return None
            case Text("", _, _):
                return _text(node, candidate, prefix=False) or None
            case Not(inner):
                known = ask(inner)
                return None if known is None else not known
            case And(nodes) | Or(nodes):
                wanted = isinstance(node, Or)
                known_all = [ask(one) for one in nodes]
                return wanted if wanted in known_all else None if None in known_all else not wanted
            case _:
                return matches(Query(node), candidate)

    return ask(query.root)
