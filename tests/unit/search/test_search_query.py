"""The search language (search/query, formatting)."""

from __future__ import annotations

from datetime import date

import pytest

from mailtui.model.errors import QueryError
from mailtui.search.formatting import format as write
from mailtui.search.query import And, Dated, Named, Node, Not, Or, Size, State, Text, caret, parse

TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("", And(())),
        ("  ", And(())),
        ("hello", Text("", "hello")),
        ("a b", And((Text("", "a"), Text("", "b")))),
        ('"a b"', Text("", "a b", True)),
        ('"a \\"b\\""', Text("", 'a "b"', True)),
        ("-a", Not(Text("", "a"))),
        ("NOT a", Not(Text("", "a"))),
        ("- a", And((Text("", "-"), Text("", "a")))),
        ("e-mail", Text("", "e-mail")),
        ("a OR b c", Or((Text("", "a"), And((Text("", "b"), Text("", "c")))))),
        ("a | b", Or((Text("", "a"), Text("", "b")))),
        ("a AND b", And((Text("", "a"), Text("", "b")))),
        ("ORDER or", And((Text("", "ORDER"), Text("", "or")))),
        ("-(a OR b)", Not(Or((Text("", "a"), Text("", "b"))))),
        ("from:anna", Text("from", "anna")),
        ('subject:"two words"', Text("subject", "two words", True)),
        ("FROM:x", Text("from", "x")),
        ("http://x.y/z", Text("", "http://x.y/z")),
        ("10:30", Text("", "10:30")),
        ("has:attachment", State("attachment")),
        ("is:starred", State("flagged")),
        ("in:inbox", Named("in", "inbox")),
        ('folder:"My mail"', Named("in", "My mail")),
        ("id:abc", Named("id", "abc")),
        ("keyword:$Junk", Named("keyword", "$Junk")),
        ("larger:1M", Size(True, 1048576)),
        ("smaller:20k", Size(False, 20480)),
        ("size:>500", Size(True, 500)),
        ("after:2026-01-15", Dated(date(2026, 1, 15), None)),
        ("before:2026-01", Dated(None, date(2026, 1, 1))),
        ("on:2026-12", Dated(date(2026, 12, 1), date(2027, 1, 1))),
        ("on:2026", Dated(date(2026, 1, 1), date(2027, 1, 1))),
        ("on:today", Dated(TODAY, date(2026, 3, 2))),
        ("on:yesterday", Dated(date(2026, 2, 28), TODAY)),
        ("after:7d", Dated(date(2026, 2, 22), None)),
    ],
)
def test_parse(text: str, root: Node) -> None:
    query = parse(text, today=TODAY)
    assert query.root == root
    assert parse(write(query)) == query


@pytest.mark.parametrize(
    ("text", "position", "length", "hint"),
    [
        ("a fron:anna", 2, 5, "from"),
        ("zzzz:x", 0, 5, "quotes"),
        ("(a", 0, 1, ")"),
        ("a)", 1, 1, ""),
        ("()", 0, 2, ""),
        ('x "abc', 2, 1, '"'),
        ('""', 0, 2, ""),
        ("from:", 4, 1, ""),
        ("from: x", 4, 1, ""),
        ("OR a", 0, 2, ""),
        ("a OR", 2, 2, ""),
        ("a OR OR b", 2, 3, ""),
        ("NOT", 0, 3, ""),
        ("is:unred", 3, 5, "unread"),
        ("has:wings", 4, 5, "attachment"),
        ("larger:big", 7, 3, "1M"),
        ("size:5", 5, 1, ">"),
        ("on:2026-02-30", 3, 10, ""),
        ("on:someday", 3, 7, ""),
        ("on:99999y", 3, 6, ""),
        ("(" * 50 + "a" + ")" * 50, 40, 1, ""),
        ("a " * 201, 400, 1, ""),
    ],
)
def test_mistakes_have_a_place(text: str, position: int, length: int, hint: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text, today=TODAY)
    assert (caught.value.position, caught.value.length) == (position, length)
    assert hint in caught.value.hint


def test_relative_dates_need_today() -> None:
    with pytest.raises(QueryError) as caught:
        parse("after:today")
    assert caught.value.position == 6


def test_caret_points() -> None:
    error = QueryError("no", "a fron:x", 2, 5)
    assert caret(error) == "a fron:x\n  ^^^^^"
