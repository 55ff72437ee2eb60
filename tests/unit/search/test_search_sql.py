"""Queries as SQL, run on SQLite against the matcher in memory (search/to_sql, match, cjk)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date

import pytest

from mailtui.model.mail import Address, Flag, Flags
from mailtui.search.cjk import index_text, match_terms
from mailtui.search.match import Candidate, addresses_text, holds_phrase, matches
from mailtui.search.query import parse
from mailtui.search.to_sql import compile_query

MAIL = [
    Candidate(
        subject="Quarterly report",
        from_=(Address("Anna Müller", "anna@example.org"),),
        body="the numbers of the year",
        flags=Flags(Flag.SEEN, ("$Junk",)),
        date=1768435200,
        size=5000,
        word="aaa",
        mailbox="Work/Reports",
        account="home",
        attachments=("plan.pdf",),
        attachment=True,
    ),
    Candidate(
        subject="Re: report quarterly", body="日本語のテキスト", flags=Flags(Flag.FLAGGED), size=9_000_000, role="inbox"
    ),
    Candidate(
        subject="Sale🔥 now", body="本語 apart 日本 don't e-mail", list_id="x.lists.org", mailbox="INBOX", role="inbox"
    ),
    Candidate(subject="kurz", to=(Address("", "bob@b.c"),), cc=(Address("Zoë", "z@b.c"),), body="東京 numbers year"),
    Candidate(subject="50% _off_", body='"quoted" AND NOT (x) * : ^', account="Work"),
]
COLUMNS = "word, flags, keywords, date, size, attachment, list_id, message_id"


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(
            "ATTACH ':memory:' AS fulltext;"
            "CREATE TABLE placement(message, mailbox, word, flags, keywords, date);"
            "CREATE TABLE message(id, subject, from_, to_, cc_, list_id, message_id, size, attachment);"
            "CREATE TABLE mailbox(id, account, name, delimiter, role);"
            "CREATE TABLE fulltext.doc(docid INTEGER PRIMARY KEY, message UNIQUE);"
            "CREATE VIRTUAL TABLE fulltext.fts USING fts5(subject, from_, to_, body, attachment, content='',"
            " tokenize='unicode61 remove_diacritics 2', prefix='2 3', detail=column);"
        )
        for number, mail in enumerate(MAIL):
            add(db, number, mail)
        yield db


def add(db: sqlite3.Connection, number: int, mail: Candidate) -> None:
    people = addresses_text(mail.from_), addresses_text(mail.to + mail.cc)
    keywords = f" {' '.join(mail.flags.keywords)} " if mail.flags.keywords else ""
    place = (number, number, mail.word, mail.flags.bits, keywords, mail.date)
    db.execute("INSERT INTO placement VALUES(?,?,?,?,?,?)", place)
    cc = addresses_text(mail.cc)
    row = (number, mail.subject, *people, cc, mail.list_id, mail.message_id, mail.size, mail.attachment)
    db.execute("INSERT INTO message VALUES(?,?,?,?,?,?,?,?,?)", row)
    db.execute("INSERT INTO mailbox VALUES(?,?,?,?,?)", (number, mail.account, mail.mailbox, "/", mail.role))
    db.execute("INSERT INTO fulltext.doc VALUES(?,?)", (number + 100, number))
    texts = [index_text(text) for text in (mail.subject, *people, mail.body, " ".join(mail.attachments))]
    db.execute(
        "INSERT INTO fulltext.fts(rowid, subject, from_, to_, body, attachment) VALUES(?,?,?,?,?,?)",
        (number + 100, *texts),
    )


def hits(db: sqlite3.Connection, text: str, prefix: bool = False) -> tuple[set[int], set[int]]:
    """(what SQL gives, what is left after verifying)."""
    query = parse(text, today=date(2026, 1, 20))
    compiled = compile_query(query, prefix=prefix)
    sql = (
        "SELECT m.id FROM placement p JOIN message m ON m.id = p.message JOIN mailbox b ON b.id = p.mailbox"
        f" WHERE {compiled.where}"
    )
    params: list[str | int] = list(compiled.params)
    if compiled.match is not None:
        sql += " AND p.message IN (SELECT message FROM fulltext.doc WHERE docid IN"
        sql += " (SELECT rowid FROM fulltext.fts WHERE fts MATCH ?))"
        params.append(compiled.match)
    found = {number for (number,) in db.execute(sql, params)}
    if not compiled.verify:
        return found, found
    return found, {number for number in found if matches(query, MAIL[number], prefix=prefix)}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", {0, 1, 2, 3, 4}),
        ("report", {0, 1}),
        ('"quarterly report"', {0}),
        ('-"quarterly report"', {1, 2, 3, 4}),
        ('report -"quarterly report"', {1}),
        ("-report", {2, 3, 4}),
        ("report OR kurz", {0, 1, 3}),
        ("report OR is:flagged OR larger:1M", {0, 1}),
        ("kurz OR has:attachment", {0, 3}),
        ("-(report OR kurz)", {2, 4}),
        ("-(report is:read)", {1, 2, 3, 4}),
        ("from:muller", {0}),
        ("from:Anna@example.org", {0}),
        ("to:bob", {3}),
        ("to:zoe", {3}),
        ("cc:zo", {3}),
        ("subject:numbers", set()),
        ("body:numbers -body:of", {3}),
        ("attachment:plan", {0}),
        ("has:attachment", {0}),
        ("list:lists.org", {2}),
        ("sale", {2}),
        ("🔥", {2}),
        ("日本語", {1}),
        ("日本", {1, 2}),
        ("語", {1, 2}),
        ("ト", {1}),
        ("東京", {3}),
        ("京", {3}),
        ("don't", {2}),
        ("e-mail", {2}),
        ("is:unread", {1, 2, 3, 4}),
        ("is:read keyword:$junk", {0}),
        ("in:inbox", {1, 2}),
        ("in:reports", {0}),
        ("in:work/reports", {0}),
        ("account:work", {4}),
        ("id:aaa", {0}),
        ("on:2026-01-15", {0}),
        ("before:2026-01-15", {1, 2, 3, 4}),
        ("after:today", set()),
        ("smaller:10", {2, 3, 4}),
        ("50%", {4}),
        ("%", {4}),
        ('"AND NOT"', {4}),
        ("^*", set()),
        ('"\\""', set()),
        ("_", {4}),
        ("\x00", {0, 1, 2, 3, 4}),
    ],
)
def test_sql_equals_the_matcher(database: sqlite3.Connection, text: str, numbers: set[int]) -> None:
    query = parse(text, today=date(2026, 1, 20))
    oracle = {number for number, mail in enumerate(MAIL) if matches(query, mail)}
    found, verified = hits(database, text)
    assert oracle <= found
    assert verified == oracle == numbers


def test_the_last_word_may_be_unfinished(database: sqlite3.Connection) -> None:
    assert hits(database, "num", prefix=True)[1] == {0, 3}
    assert hits(database, "num")[1] == set()
    assert hits(database, "num kur", prefix=True)[1] == set()
    assert hits(database, "numbers ye", prefix=True)[1] == {0, 3}
    assert compile_query(parse('"num"'), prefix=True).match == '"num"'


def test_plain_queries_need_no_condition_and_no_check() -> None:
    compiled = compile_query(parse("report from:anna"))
    assert compiled.match == '"report" AND {from_} : "anna"'
    assert (compiled.where, compiled.params, compiled.verify, compiled.phrases) == ("1", (), False, ())
    assert compile_query(parse('"a b" c')).phrases == ("a b",)
    assert compile_query(parse("in:junk x")).asks_folder
    assert not compile_query(parse("-in:junk x")).asks_folder


def test_dates_shift_with_the_zone() -> None:
    assert compile_query(parse("after:2026-01-15"), utc_offset=3600).params == (1768435200 - 3600,)


def test_cutting_of_cjk() -> None:
    assert index_text("plain, text") == "plain, text"
    assert index_text("日本語x").split() == ["日本", "本語", "語", "x"]
    assert match_terms("日本語") == (("日本", False), ("本語", False))
    assert match_terms("日") == (("日", True),)
    assert match_terms("a-b") == (("a", False), ("b", False))
    assert match_terms("!!") == ()


def test_phrases_ignore_case_accents_and_signs() -> None:
    assert holds_phrase("Hello, WÖRLD again", "hello world")
    assert not holds_phrase("Hello big world", "hello world")
    assert not holds_phrase("cart", "art")
    assert holds_phrase("これは日本語です", "日本語")
