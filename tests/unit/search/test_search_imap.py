"""Queries as IMAP SEARCH keys (search/to_imap)."""

from __future__ import annotations

import pytest

from mailtui.search.query import parse
from mailtui.search.to_imap import Criteria, Piece, to_imap


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", ("ALL",)),
        ("a b", ("TEXT", b"a", "TEXT", b"b")),
        ("from:anna -subject:x", ("FROM", b"anna", "NOT", "SUBJECT", b"x")),
        ("a OR b OR c", ("OR", "TEXT", b"a", "OR", "TEXT", b"b", "TEXT", b"c")),
        ("-(a b)", ("NOT", "(", "TEXT", b"a", "TEXT", b"b", ")")),
        ("to:x", ("OR", "TO", b"x", "CC", b"x")),
        ("-on:2026-01-15", ("NOT", "(", "SENTSINCE", "15-Jan-2026", "SENTBEFORE", "16-Jan-2026", ")")),
        ("is:unread larger:1k", ("UNSEEN", "LARGER", "1024")),
        ("keyword:$Junk list:x", ("KEYWORD", "$Junk", "HEADER", "List-Id", b"x")),
        ("id:a@b", ("HEADER", "Message-ID", b"a@b")),
    ],
)
def test_keys(text: str, pieces: tuple[Piece, ...]) -> None:
    assert to_imap(parse(text)) == Criteria(pieces)


def test_what_a_server_cannot_be_asked_finds_too_much() -> None:
    assert to_imap(parse("has:attachment")) == Criteria(("ALL",), exact=False)
    assert to_imap(parse("-has:attachment")) == Criteria(("NOT", "NOT", "ALL"), exact=False)
    assert to_imap(parse('keyword:"a b)"')) == Criteria(("ALL",), exact=False)


def test_words_of_the_person_are_never_protocol() -> None:
    criteria = to_imap(parse('"x\r\nA DELETE INBOX" Grüße'))
    assert criteria.pieces == ("TEXT", b"x\r\nA DELETE INBOX", "TEXT", "Grüße".encode())
    assert not criteria.ascii
