"""A query as SQL: an FTS5 expression for what only needs words, conditions with parameters for the rest.

Aliases: p placement, m message, b mailbox; the full-text file is attached as schema `fulltext`. The index keeps no word
positions (detail=column), so quoted phrases, words of several tokens and long CJK runs are only narrowed down here:
then `verify` is set, and the reader keeps those candidates for which `match.matches` says yes (`phrases` are the plain
phrases among them). What SQL gives is never too little."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

from mailtui.model.mail import Flag
from mailtui.search.cjk import match_terms, words
from mailtui.search.operators import ROLES
from mailtui.search.query import And, Dated, Named, Node, Not, Or, Query, Size, State, Text

Parameter: TypeAlias = str | int

_COLUMNS = {"from": "from_", "to": "to_", "subject": "subject", "body": "body", "attachment": "attachment"}
_LIKE = {"cc": "m.cc_", "list": "m.list_id", "": "m.subject", "subject": "m.subject", "from": "m.from_", "to": "m.to_"}
_STATES = {
    "unread": f"p.flags & {Flag.SEEN:d} = 0",
    "read": f"p.flags & {Flag.SEEN:d} <> 0",
    "flagged": f"p.flags & {Flag.FLAGGED:d} <> 0",
    "unflagged": f"p.flags & {Flag.FLAGGED:d} = 0",
    "answered": f"p.flags & {Flag.ANSWERED:d} <> 0",
    "unanswered": f"p.flags & {Flag.ANSWERED:d} = 0",
    "draft": f"p.flags & {Flag.DRAFT:d} <> 0",
    "attachment": "m.attachment <> 0",
}
_IN_FULLTEXT = (
    "p.message IN (SELECT message FROM fulltext.doc WHERE docid IN (SELECT rowid FROM fulltext.fts WHERE fts MATCH ?))"
)
_ALL, _NONE = "1", "0"


@dataclass(frozen=True, slots=True)
class Compiled:
    match: str | None
    """FTS5 expression that every hit's document must match, or None."""
    where: str
    """SQL condition over p, m, b; `1` if there is none."""
    params: tuple[Parameter, ...]
    """Values for the question marks in `where`."""
    phrases: tuple[str, ...] = ()
    """Phrases that every hit's text must hold (see `match.holds_phrase`)."""
    verify: bool = False
    """Whether there may be too many hits: ask `match.matches` about each."""
    asks_folder: bool = False
    """Whether the query itself says which folder (so Junk and Trash need no hiding)."""


def _quoted(term: str) -> str:
    return '"' + term.replace('"', '""') + '"'


@dataclass(slots=True)
class _Compiler:
    prefix_of: Text | None
    utc_offset: int
    params: list[Parameter] = field(default_factory=list)
    verify: bool = False

    # --- words -> FTS5

    def fts(self, node: Text) -> str | None:
        """The FTS5 expression of a text leaf; None if it has no column or no token."""
        if node.field not in _COLUMNS and node.field:
            return None
        terms = match_terms(node.text)
        if not terms:
            return None
        parts = [_quoted(term) + ("*" if prefix else "") for term, prefix in terms]
        if node is self.prefix_of and not parts[-1].endswith("*"):
            parts[-1] += "*"
        joined = " AND ".join(parts)
        joined = f"({joined})" if len(parts) > 1 else joined
        return f"{{{_COLUMNS[node.field]}}} : {joined}" if node.field else joined

    def match(self, node: Node) -> str | None:
        """The FTS5 expression of a subtree made of words only, without any negation; None if it is not."""
        match node:
            case Text():
                return self.fts(node)
            case And(nodes) | Or(nodes) if nodes:
                parts = [self.match(one) for one in nodes]
                if any(part is None for part in parts):
                    return None
                glue = " AND " if isinstance(node, And) else " OR "
                return "(" + glue.join(part for part in parts if part is not None) + ")"
            case _:
                return None

    # --- everything -> SQL

    def sql(self, node: Node, positive: bool) -> str:
        """The condition of a subtree. Where it can't be exact it errs so that the whole finds too much."""
        expression = self.match(node)
        if expression is not None:
            if not positive and not exact(node):
                self.verify = True
                return _NONE
            self.params.append(expression)
            return _IN_FULLTEXT
        match node:
            case Text():
                return self.like(node)
            case State(name):
                return _STATES[name]
            case Named():
                return self.named(node)
            case Dated():
                return self.dated(node)
            case Size(larger, size):
                self.params.append(size)
                return "m.size > ?" if larger else "m.size < ?"
            case Not(inner):
                return f"NOT ({self.sql(inner, not positive)})"
            case And(nodes):
                return " AND ".join(f"({self.sql(one, positive)})" for one in nodes) if nodes else _ALL
            case Or(nodes):
                return " OR ".join(f"({self.sql(one, positive)})" for one in nodes)
            case _:
                assert_never(node)

    def like(self, node: Text) -> str:
        """Fields without a full-text column, and words that are all signs (found in subjects and names only)."""
        column = _LIKE.get(node.field)
        if column is None:
            return _NONE
        escaped = node.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        self.params.append(f"%{escaped}%")
        return f"{column} LIKE ? ESCAPE '\\'"

    def named(self, node: Named) -> str:
        value = node.value
        match node.field:
            case "account":
                self.params.append(value.lower())
                return "lower(b.account) = ?"
            case "id":
                self.params += [value.lower(), value.strip("<>")]
                return "(p.word = ? OR m.message_id = ?)"
            case "keyword":
                self.params.append(f" {value.lower()} ")
                return "instr(lower(p.keywords), ?) > 0"
            case _:
                low = value.lower()
                self.params += [ROLES.get(low, low), low, value, low, low]
                return (
                    "(b.role = ? OR lower(b.name) = ? OR b.name = ? OR"
                    " (b.delimiter IS NOT NULL AND substr(lower(b.name), -length(?) - 1) = b.delimiter || ?))"
                )

    def dated(self, node: Dated) -> str:
        parts = []
        for sign, day in ((">=", node.start), ("<", node.end)):
            if day is not None:
                self.params.append(midnight(day) - self.utc_offset)
                parts.append(f"p.date {sign} ?")
        return " AND ".join(parts) or _ALL


_EPOCH = datetime.date(1970, 1, 1)


def midnight(day: datetime.date) -> int:
    """Seconds since 1970 of the start of a day in UTC."""
    return (day - _EPOCH).days * 86400


def exact(node: Node) -> bool:
    """Whether the index can answer a tree of words exactly."""
    match node:
        case Text(_, text, _):
            return len(words(text)) <= 1 and len(match_terms(text)) <= 1
        case And(nodes) | Or(nodes):
            return all(exact(one) for one in nodes)
        case Not(inner):
            return exact(inner)
        case _:
            return True


def last_word(node: Node) -> Text | None:
    """The word that is being typed: the last leaf, if it is a bare word."""
    match node:
        case Text(_, _, phrase):
            return None if phrase else node
        case And(nodes) | Or(nodes) if nodes:
            return last_word(nodes[-1])
        case _:
            return None


def _asks_folder(node: Node) -> bool:
    match node:
        case Named(name, _):
            return name in {"in", "id"}
        case And(nodes) | Or(nodes):
            return any(_asks_folder(one) for one in nodes)
        case _:
            return False


def compile_query(query: Query, *, prefix: bool = False, utc_offset: int = 0) -> Compiled:
    """SQL for a query. `prefix`: the last bare word may be unfinished (search as you type). `utc_offset`: seconds
    east of UTC of the person's midnight."""
    root = query.root
    compiler = _Compiler(last_word(root) if prefix else None, utc_offset)
    expressions: list[str] = []
    conditions: list[str] = []
    phrases: list[str] = []
    inexact = False
    for node in root.nodes if isinstance(root, And) else (root,):
        expression = compiler.match(node)
        if expression is not None:
            expressions.append(expression)
        else:
            conditions.append(compiler.sql(node, True))
        if not exact(node):
            inexact = True
            if isinstance(node, Text):
                phrases.append(node.text)
    where = " AND ".join(f"({condition})" for condition in conditions) or _ALL
    match = " AND ".join(expressions) or None
    return Compiled(
        match, where, tuple(compiler.params), tuple(phrases), compiler.verify or inexact, _asks_folder(root)
    )
