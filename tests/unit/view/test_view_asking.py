"""Completion and reach of a search, as values."""

from __future__ import annotations

import datetime

import pytest

from mailtui.model.folder import Mailbox, Role
from mailtui.search.query import And, Named, Or, parse
from mailtui.view.asking import Reach, fill, following, narrowed, offers, quoted, reaches, word_at
from mailtui.view.unified import ALL_INBOXES
from tests.support.fake_store import mailbox

BOXES: tuple[Mailbox, ...] = (
    mailbox(1, "INBOX", Role.INBOX),
    mailbox(2, "Sent", Role.SENT),
    mailbox(3, "Lists/python-dev"),
    mailbox(4, "Winter storage"),
    mailbox(5, "bad\x1b[31mname"),
    mailbox(6, "INBOX", Role.INBOX, account="work"),
)


def _offered(line: str, cursor: int | None = None, people: tuple[str, ...] = ()) -> list[str]:
    return offers(word_at(line, len(line) if cursor is None else cursor), BOXES, people)


def test_operators_are_offered_from_their_first_letter() -> None:
    assert _offered("")[:3] == ["from:", "to:", "subject:"]
    assert _offered("boat su") == ["subject:"]
    assert _offered("-fr") == ["from:"]
    assert _offered("(si") == ["size:"]
    assert _offered("invoice") == []
    assert _offered('"two fr') == []


def test_values_of_every_operator() -> None:
    assert _offered("is:")[:3] == ["is:unread", "is:read", "is:flagged"]
    assert _offered("is:unr") == ["is:unread"]
    assert _offered("has:a") == ["has:attachment"]
    assert _offered("in:s") == ["in:sent"]
    assert _offered("in:py") == ["in:Lists/python-dev"]
    assert _offered("in:win") == ['in:"Winter storage"']
    assert not any("\x1b" in one for one in _offered("in:"))
    assert _offered("folder:py") == ["folder:Lists/python-dev"]
    assert _offered("account:w") == ["account:work"]
    assert _offered("after:y") == ["after:yesterday"]
    assert _offered("size:>")[0] == "size:>1M"
    assert _offered("size:")[0] == "size:>1M"
    assert _offered("from:an", people=("anna@x.example",)) == ["from:anna@x.example"]
    assert _offered("from:an") == []
    assert _offered("frm:an") == []
    assert _offered("is:unread") == []


@pytest.mark.parametrize("field", ["is:", "has:", "before:", "after:", "size:", "in:", "account:"])
def test_whatever_is_offered_is_understood(field: str) -> None:
    for offer in _offered(field):
        parse(offer, today=datetime.date(2026, 11, 23))


def test_the_word_at_the_cursor_is_replaced_and_nothing_else() -> None:
    line = "boat fro anna"
    word = word_at(line, 8)
    assert (word.start, word.end, word.written) == (5, 8, "fro")
    assert fill(line, word, "from:", last=True) == ("boat from: anna", 10)
    line = 'in:"Winter st'
    assert fill(line, word_at(line, len(line)), 'in:"Winter storage"', last=True) == ('in:"Winter storage" ', 20)
    line = "-is:un"
    assert fill(line, word_at(line, 6), "is:unread", last=False) == ("-is:unread", 10)


def test_quotes_keep_a_value_one_word() -> None:
    assert quoted("plain") == "plain"
    assert quoted('a "b" \\c') == '"a \\"b\\" \\\\c"'
    root = parse(f"in:{quoted('a (b) c')}").root
    assert root == Named("in", "a (b) c")


def test_reaches_go_round() -> None:
    home = BOXES[0]
    assert reaches(home, True) == [Reach.EVERYWHERE, Reach.ACCOUNT, Reach.FOLDER]
    assert reaches(home, False) == [Reach.EVERYWHERE, Reach.FOLDER]
    assert reaches(mailbox(int(ALL_INBOXES), "All inboxes", account=""), True) == [Reach.EVERYWHERE]
    assert reaches(None, True) == [Reach.EVERYWHERE]
    assert following(Reach.FOLDER, reaches(home, True)) is Reach.EVERYWHERE
    assert following(Reach.ACCOUNT, [Reach.EVERYWHERE, Reach.FOLDER]) is Reach.EVERYWHERE


def test_a_narrowed_query_means_its_place_and_all_of_itself() -> None:
    home = mailbox(4, "Winter storage")
    text = narrowed("boat OR ship", Reach.FOLDER, home)
    assert text == 'account:home in:"Winter storage" (boat OR ship)'
    root = parse(text).root
    assert isinstance(root, And)
    assert isinstance(root.nodes[2], Or)
    assert narrowed("boat", Reach.ACCOUNT, home) == "account:home (boat)"
    assert narrowed("boat", Reach.EVERYWHERE, home) == "boat"
