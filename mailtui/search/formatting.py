"""A query back to text: parsing what `format` writes gives the same query."""

from __future__ import annotations

import re
from typing import assert_never

from mailtui.search.query import And, Dated, Named, Node, Not, Or, Query, Size, State, Text

_PLAIN = re.compile(r'[^\s()"|]+')
_RESERVED = frozenset(("OR", "AND", "NOT", "|"))
_LOOKS_LIKE_FIELD = re.compile(r"[A-Za-z]+:(?!//)")


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _value(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else _quote(text)


def _text(node: Text) -> str:
    written = _quote(node.text) if node.phrase else node.text
    return f"{node.field}:{written}" if node.field else written


def _dated(node: Dated) -> str:
    if node.start is not None and node.end is not None:
        return _between(node)
    if node.start is not None:
        return f"after:{node.start}"
    return f"before:{node.end}"


def _between(node: Dated) -> str:
    start, end = node.start, node.end
    assert start is not None
    assert end is not None
    if (end - start).days == 1:
        return f"on:{start}"
    if start.day == 1 and end.day == 1 and (end - start).days <= 31:
        return f"on:{start:%Y-%m}"
    if start.year + 1 == end.year and (start.month, start.day, end.month, end.day) == (1, 1, 1, 1):
        return f"on:{start.year:04}"
    return f"(after:{start} before:{end})"


def _inner(node: Node) -> str:
    written = _write(node)
    return f"({written})" if isinstance(node, And | Or) else written


def _write(node: Node) -> str:
    match node:
        case Text():
            return _text(node)
        case State(name):
            return "has:attachment" if name == "attachment" else f"is:{name}"
        case Named(field, value):
            return f"{field}:{_value(value)}"
        case Dated():
            return _dated(node)
        case Size(larger, size):
            return f"{'larger' if larger else 'smaller'}:{size}"
        case Not(inner):
            return "-" + _inner(inner)
        case And(nodes):
            return " ".join(_inner(one) for one in nodes)
        case Or(nodes):
            return " OR ".join(_inner(one) for one in nodes)
        case _:
            assert_never(node)


def format(query: Query) -> str:  # noqa: A001 - the room's word for it
    """Text that parses to this query (dates come out absolute)."""
    return _write(query.root)
