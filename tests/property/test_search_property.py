"""Queries survive being written down; CJK words are all found again; no word breaks the full-text syntax."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from mailtui.model.errors import QueryError
from mailtui.search.cjk import index_text, match_terms
from mailtui.search.formatting import format as write
from mailtui.search.match import Candidate, matches
from mailtui.search.query import And, Dated, Named, Node, Not, Or, Query, Size, State, Text, caret, parse
from mailtui.search.to_imap import to_imap
from mailtui.search.to_sql import compile_query

WORD = st.text("abcxyz日本語äß1", min_size=1, max_size=6)
# NUL can't be typed; parse() reads it as a blank.
ANY = st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=8).filter(lambda text: bool(text.strip()))
FIELD = st.sampled_from(["", "from", "to", "cc", "subject", "body", "list", "attachment"])
DAY = st.dates(date(1971, 1, 1), date(2100, 1, 1))
LEAF: st.SearchStrategy[Node] = st.one_of(
    st.builds(Text, FIELD, WORD),
    st.builds(Text, FIELD, ANY, st.just(True)),
    st.builds(State, st.sampled_from(["unread", "read", "flagged", "unflagged", "attachment", "draft"])),
    st.builds(Named, st.sampled_from(["in", "account", "id", "keyword"]), ANY),
    st.builds(Dated, DAY, st.none()),
    st.builds(Dated, st.none(), DAY),
    st.builds(Size, st.booleans(), st.integers(0, 10**9)),
)


TREE: st.SearchStrategy[Node] = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, min_size=2, max_size=3).map(lambda nodes: And(tuple(nodes))),
        st.lists(inner, min_size=2, max_size=3).map(lambda nodes: Or(tuple(nodes))),
    ),
    max_leaves=8,
)


@given(TREE)
def test_round_trip(root: Node) -> None:
    query = Query(root)
    assert parse(write(query)) == query


@given(st.text(max_size=40) | st.text('from:is"()- OR|\\ab', max_size=40))
def test_any_text_parses_or_points_inside_itself(text: str) -> None:
    try:
        query = parse(text)
    except QueryError as error:
        inside = 0 <= error.position <= len(text) and caret(error).count("\n") == 1
        if inside:
            return
        raise
    to_imap(query)
    assert parse(write(query)) == query


def full_text(texts: list[str]) -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    db.execute(
        "CREATE VIRTUAL TABLE fts USING fts5(subject, from_, to_, body, attachment, content='',"
        " tokenize='unicode61 remove_diacritics 2', prefix='2 3', detail=column)"
    )
    for number, text in enumerate(texts, start=1):
        db.execute("INSERT INTO fts(rowid, body) VALUES(?, ?)", (number, index_text(text)))
    return db


CJK = st.text("日本語東京テスト한국 ab", max_size=12)


@given(st.lists(CJK, min_size=1, max_size=6), st.text("日本語東京テスト한국", min_size=1, max_size=4))
@settings(max_examples=60)
def test_every_cjk_word_is_found(texts: list[str], word: str) -> None:
    oracle = {number for number, text in enumerate(texts, start=1) if word in text}
    query = parse(word)
    compiled = compile_query(query)
    with closing(full_text(texts)) as db:
        found = {number for (number,) in db.execute("SELECT rowid FROM fts WHERE fts MATCH ?", (compiled.match,))}
    assert oracle <= found
    if compiled.verify:
        found = {number for number in found if matches(query, Candidate(body=texts[number - 1]))}
    assert found == oracle


@given(st.text(min_size=1, max_size=10))
@settings(max_examples=150)
def test_no_text_breaks_the_full_text_syntax(text: str) -> None:
    with closing(full_text([text])) as db, suppress(QueryError):
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        query = parse(f'"{quoted}"')
        compiled = compile_query(query, prefix=True)
        if compiled.match is not None and match_terms(text):
            rows = db.execute("SELECT rowid FROM fts WHERE fts MATCH ?", (compiled.match,)).fetchall()
            assert rows == [(1,)]
