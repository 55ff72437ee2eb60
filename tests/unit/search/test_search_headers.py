"""What headers alone decide about a query (search/match.from_headers): never wrong, never undecided without need."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtui.model.mail import Address, Flag, Flags
from mailtui.search.match import Candidate, from_headers, matches
from mailtui.search.query import And, Node, Not, Or, Query, Size, State, Text, parse

WORDS = ("invoice", "report", "anna", "plan.pdf")
LEAVES = st.one_of(
    st.builds(Text, st.sampled_from(("", "from", "subject", "body", "attachment", "list")), st.sampled_from(WORDS)),
    st.builds(State, st.sampled_from(("attachment", "unread", "flagged"))),
    st.builds(Size, st.booleans(), st.just(1000)),
)
NODES: st.SearchStrategy[Node] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)
CANDIDATES = st.builds(
    Candidate,
    subject=st.sampled_from(("", "your invoice", "report of anna")),
    from_=st.sampled_from(((), (Address("Anna", "anna@example.org"),))),
    body=st.sampled_from(("", "the invoice", "a report")),
    attachments=st.sampled_from(((), ("plan.pdf",))),
    attachment=st.booleans(),
    flags=st.sampled_from((Flags(), Flags(Flag.SEEN | Flag.FLAGGED))),
    size=st.sampled_from((10, 5000)),
)


@given(NODES, CANDIDATES)
def test_what_is_decided_is_right(node: Node, whole: Candidate) -> None:
    bare = replace(whole, body="", attachments=(), attachment=False)
    known = from_headers(Query(node), bare)
    assert known in {None, matches(Query(node), whole)}


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("from:anna", True),
        ("from:ben body:invoice", False),
        ("from:ben has:attachment", False),
        ("from:anna body:invoice", None),
        ("from:anna OR body:invoice", True),
        ("-body:x from:ben", False),
        ("-has:attachment", None),
        ("anna", True),
        ("ben", None),
        ("", True),
    ],
)
def test_a_text_is_read_only_where_it_decides(text: str, known: bool | None) -> None:
    anna = Candidate(from_=(Address("Anna", "anna@example.org"),), subject="hello")
    assert from_headers(parse(text), anna) is known
