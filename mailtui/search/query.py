"""The search language: words to a tree. Every mistake knows its place."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import TypeAlias

from mailtui.model.errors import QueryError
from mailtui.search.dates import Span, date_span
from mailtui.search.operators import HAS, NAMES, STATES, TEXT_FIELDS, nearest

MAX_TERMS = 200
MAX_DEPTH = 40


@dataclass(frozen=True, slots=True)
class Text:
    """Words in a field: "" (anywhere), from, to (To, Cc, Bcc), cc, subject, body, list, attachment (a file name).
    `phrase`: written in quotes, so the words stand next to each other."""

    field: str
    text: str
    phrase: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """has:attachment, or is: unread, read, flagged, unflagged, answered, unanswered, draft."""

    name: str


@dataclass(frozen=True, slots=True)
class Named:
    """in: (a role or a folder's name), account:, id:, keyword:."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Dated:
    """Days [start, end); None is open."""

    start: datetime.date | None
    end: datetime.date | None


@dataclass(frozen=True, slots=True)
class Size:
    """Larger or smaller than so many bytes."""

    larger: bool
    bytes: int


@dataclass(frozen=True, slots=True)
class Not:
    node: Node


@dataclass(frozen=True, slots=True)
class And:
    """All of them; none at all is every message."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    nodes: tuple[Node, ...]


Node: TypeAlias = Text | State | Named | Dated | Size | Not | And | Or


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query; an empty one (`And(())`) finds everything."""

    root: Node


_LEXEME = re.compile(r"\s*(?:(?P<mark>[()|])|(?P<minus>-)(?=\S)|(?P<field>[A-Za-z]+):(?!//)|(?P<rest>))")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
_BARE = re.compile(r'[^\s()"]+')
_ESCAPED = re.compile(r'\\(["\\])')
_SIZE = re.compile(r"(\d{1,15})([kmg]?)i?b?", re.IGNORECASE)
_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


@dataclass(frozen=True, slots=True)
class _Value:
    text: str
    quoted: bool
    start: int
    end: int


class _Parser:
    def __init__(self, text: str, today: datetime.date | None) -> None:
        self.text = text
        self.today = today
        self.position = 0
        self.terms = 0

    def fail(self, message: str, start: int, end: int, hint: str = "") -> QueryError:
        return QueryError(message, self.text, start, max(end - start, 1), hint)

    def skip(self) -> str:
        """Skip blanks; the next character or "" at the end."""
        while self.position < len(self.text) and self.text[self.position].isspace():
            self.position += 1
        return self.text[self.position : self.position + 1]

    def word_ahead(self, words: tuple[str, ...]) -> str:
        """One of the words if it stands alone here."""
        self.skip()
        for word in words:
            end = self.position + len(word)
            if self.text.startswith(word, self.position) and (
                word == "|" or not self.text[end : end + 1] or self.text[end].isspace() or self.text[end] in '()"'
            ):
                return word
        return ""

    def any_of(self, depth: int) -> Node:
        branches = [self.all_of(depth)]
        while word := self.word_ahead(("OR", "|")):
            start = self.position
            self.position += len(word)
            if self.skip() in {"", ")"} or self.word_ahead(("OR", "|")):
                raise self.fail("nothing to choose after OR", start, self.position, "write OR between two terms")
            branches.append(self.all_of(depth))
        return branches[0] if len(branches) == 1 else Or(tuple(branches))

    def all_of(self, depth: int) -> Node:
        nodes: list[Node] = []
        while (ahead := self.skip()) and ahead != ")":
            if word := self.word_ahead(("OR", "|")):
                if not nodes:
                    raise self.fail("nothing to choose before OR", self.position, self.position + len(word))
                break
            if word := self.word_ahead(("AND",)):
                self.position += len(word)
                continue
            nodes.append(self.one(depth))
        return nodes[0] if len(nodes) == 1 else And(tuple(nodes))

    def one(self, depth: int) -> Node:
        self.skip()
        start = self.position
        if word := self.word_ahead(("NOT",)):
            self.position += len(word)
            return self.negated(start, depth)
        char = self.text[start]
        if char == "-" and self.text[start + 1 : start + 2].strip():
            self.position += 1
            return self.negated(start, depth)
        if char == "(":
            return self.group(start, depth)
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise self.fail(f"more than {MAX_TERMS} terms", start, start + 1, "ask for less at once")
        match = _LEXEME.match(self.text, start)
        if match and match["field"]:
            return self.operator(match["field"], start, match.end())
        value = self.value("a word")
        return Text("", value.text, value.quoted)

    def negated(self, start: int, depth: int) -> Node:
        if depth >= MAX_DEPTH:
            raise self.fail("nested too deeply", start, start + 1)
        if self.skip() in {"", ")"} or self.word_ahead(("OR", "|", "AND")):
            raise self.fail("nothing to exclude", start, self.position, "write -word, or quote the minus")
        return Not(self.one(depth + 1))

    def group(self, start: int, depth: int) -> Node:
        if depth >= MAX_DEPTH:
            raise self.fail("nested too deeply", start, start + 1)
        self.position += 1
        node = self.any_of(depth + 1)
        if self.skip() != ")":
            raise self.fail("this parenthesis is never closed", start, start + 1, "add ) at the end")
        self.position += 1
        if node == And(()):
            raise self.fail("nothing between the parentheses", start, self.position)
        return node

    def value(self, what: str) -> _Value:
        """A quoted or bare value right here (no blank before it)."""
        start = self.position
        if self.text.startswith('"', start):
            match = _QUOTED.match(self.text, start)
            if match is None:
                raise self.fail("this quotation mark is never closed", start, start + 1, 'add " at the end')
            text, quoted = _ESCAPED.sub(r"\1", match[1]), True
        else:
            match = _BARE.match(self.text, start)
            if match is None:
                raise self.fail(f"{what} is missing here", max(start - 1, 0), max(start, 1))
            text, quoted = match[0], False
        self.position = match.end()
        if not text.strip():
            raise self.fail("nothing between the quotation marks", start, self.position)
        return _Value(text, quoted, start, self.position)

    def operator(self, written: str, start: int, end: int) -> Node:
        name = NAMES.get(written.lower())
        if name is None:
            near = nearest(written.lower(), NAMES)
            hint = f"did you mean {near}:?" if near else 'to search for these characters, put them in "quotes"'
            raise self.fail(f"there is no operator {written}:", start, end, hint)
        self.position = end
        value = self.value(f"what to look for after {written}:")
        if name in TEXT_FIELDS:
            return Text(name, value.text, value.quoted)
        if name in {"in", "account", "id", "keyword"}:
            return Named(name, value.text)
        if name in {"is", "has"}:
            return self.state(name, value)
        if name in {"before", "after", "on"}:
            return self.dated(name, value)
        return self.size(name, value)

    def state(self, name: str, value: _Value) -> Node:
        words = STATES if name == "is" else HAS
        state = words.get(value.text.lower())
        if state is None:
            near = nearest(value.text.lower(), words)
            hint = (
                f"did you mean {name}:{near}?" if near else f"{name}: knows " + ", ".join(dict.fromkeys(words.values()))
            )
            raise self.fail(f"{name}:{value.text} means nothing", value.start, value.end, hint)
        return State(state)

    def dated(self, name: str, value: _Value) -> Node:
        span = self._span(value.text, value)
        if name == "before":
            return Dated(None, span.start)
        if name == "after":
            return Dated(span.start, None)
        return Dated(span.start, span.end)

    def _span(self, text: str, value: _Value) -> Span:
        span = date_span(text, self.today)
        if isinstance(span, str):
            raise self.fail(span, value.start, value.end, "write 2026-01-15, 2026-01, 2026, today, yesterday or 7d")
        return span

    def size(self, name: str, value: _Value) -> Node:
        text, larger = value.text, name == "larger"
        if name == "size":
            if text[0] not in "<>":
                raise self.fail("is it larger or smaller?", value.start, value.end, "write size:>1M or size:<1M")
            larger, text = text[0] == ">", text[1:]
        match = _SIZE.fullmatch(text)
        if match is None:
            raise self.fail(f"{value.text} is no size", value.start, value.end, "write 500, 20k, 1M or 2G")
        return Size(larger, int(match[1]) * _UNITS[match[2].lower()])


def parse(text: str, *, today: datetime.date | None = None) -> Query:
    """The query that `text` means: words (all of them), "phrases", -not, OR, parentheses, operators such as from:.

    Relative dates (today, 7d) count from `today`. Raises QueryError with the place of the mistake, also for relative
    dates without `today`."""
    parser = _Parser(text.replace("\x00", " "), today)
    root = parser.any_of(0)
    if parser.skip():
        raise parser.fail("this parenthesis was never opened", parser.position, parser.position + 1)
    return Query(root)


def caret(error: QueryError) -> str:
    """Two lines for a terminal: the query, and carets under the mistake."""
    line = "".join(char if char.isprintable() else "?" for char in error.query)
    return f"{line}\n{' ' * error.position}{'^' * max(error.length, 1)}"
