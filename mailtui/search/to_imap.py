"""A query as IMAP SEARCH keys (RFC 9051 section 6.4.4), for asking the server about what is not here."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from mailtui.search.query import And, Dated, Named, Node, Not, Or, Query, Size, State, Text

Piece: TypeAlias = str | bytes
"""str: a word of the protocol, sent as it is. bytes: a UTF-8 string, to be quoted or sent as a literal by the link."""

_STATES = {
    "unread": "UNSEEN",
    "read": "SEEN",
    "flagged": "FLAGGED",
    "unflagged": "UNFLAGGED",
    "answered": "ANSWERED",
    "unanswered": "UNANSWERED",
    "draft": "DRAFT",
}
_FIELDS = {"": "TEXT", "from": "FROM", "cc": "CC", "subject": "SUBJECT", "body": "BODY"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ATOM_SPECIALS = frozenset('(){%*"\\] ')


@dataclass(frozen=True, slots=True)
class Criteria:
    """SEARCH keys in order. Not `exact`: the server may answer with too many (file names, folders it can't search)."""

    pieces: tuple[Piece, ...]
    exact: bool = True

    @property
    def ascii(self) -> bool:
        """Whether no CHARSET argument is needed."""
        return all(isinstance(piece, str) or piece.isascii() for piece in self.pieces)


def _day(day: datetime.date) -> str:
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}"


class _Translator:
    def __init__(self) -> None:
        self.exact = True

    def give_up(self, positive: bool) -> list[Piece]:
        """A term the server can't be asked: found too much, never too little."""
        self.exact = False
        return ["ALL"] if positive else ["NOT", "ALL"]

    def keys(self, node: Node, positive: bool) -> list[Piece]:
        match node:
            case Text():
                return self.text(node, positive)
            case State("attachment"):
                return self.give_up(positive)
            case State(name):
                return [_STATES[name]]
            case Named():
                return self.named(node, positive)
            case Dated(start, end):
                return self.dated(start, end)
            case Size(larger, size):
                return ["LARGER" if larger else "SMALLER", str(min(size, 2**32 - 1))]
            case Not(inner):
                return ["NOT", *self.one(inner, not positive)]
            case And(nodes):
                return [piece for one in nodes for piece in self.one(one, positive)] or ["ALL"]
            case Or(nodes):
                *rest, last = [self.one(one, positive) for one in nodes]
                keys = last
                for other in reversed(rest):
                    keys = ["OR", *other, *keys]
                return keys
            case _:
                assert_never(node)

    def one(self, node: Node, positive: bool) -> list[Piece]:
        """Exactly one key: several are put into parentheses."""
        keys = self.keys(node, positive)
        several = isinstance(node, And) or (isinstance(node, Dated) and len(keys) > 2)
        return ["(", *keys, ")"] if several else keys

    def text(self, node: Text, positive: bool) -> list[Piece]:
        value = node.text.replace("\x00", "").encode("utf-8", "replace")
        if node.field == "to":
            return ["OR", "TO", value, "CC", value]
        if node.field == "list":
            return ["HEADER", "List-Id", value]
        if node.field == "attachment":
            return self.give_up(positive)
        return [_FIELDS[node.field], value]

    def named(self, node: Named, positive: bool) -> list[Piece]:
        value = node.value
        if node.field == "keyword" and value.isascii() and value.isprintable() and not _ATOM_SPECIALS & set(value):
            return ["KEYWORD", value]
        if node.field == "id" and "@" in value:
            return ["HEADER", "Message-ID", value.encode("utf-8", "replace")]
        return self.give_up(positive)

    def dated(self, start: datetime.date | None, end: datetime.date | None) -> list[Piece]:
        keys: list[Piece] = []
        if start is not None:
            keys += ["SENTSINCE", _day(start)]
        if end is not None:
            keys += ["SENTBEFORE", _day(end)]
        return keys or ["ALL"]


def to_imap(query: Query) -> Criteria:
    """SEARCH keys of a query. Only strings as bytes come from the person, so nothing can be injected."""
    translator = _Translator()
    keys = translator.keys(query.root, True)
    return Criteria(tuple(keys), translator.exact)
