"""`mailtui classify`: what a message looks like, and why; nothing is moved by asking."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from mailtui.cli import exits
from mailtui.cli.main import main
from mailtui.mail.classify.features import read_features
from mailtui.model.facts import MailboxDelta
from mailtui.model.folder import Checkpoint
from mailtui.model.ids import AccountId
from mailtui.store.learning import LearningFile
from mailtui.store.store import Store
from mailtui.store.teaching import teach
from tests.support.acting import Captured, asked, conforms, ids, refused
from tests.support.small_store import delivery
from tests.support.teaching import digest

SPAM = """From: x{n}@offers.example\r\nMessage-ID: <s{n}@offers.example>\r\nSubject: MAKE MONEY FAST!!\r\n\r
Dear friend, earn $5000 a week, click here: http://192.0.2.7/x 100% free, act now! Number {n}.\r\n"""
HAM = """From: anna@example.org\r\nMessage-ID: <h{n}@example.org>\r\nSubject: Re: the garden\r
In-Reply-To: <x@example.org>\r\n\r\nOn Sunday you wrote:\r\n> the hedge\r\nI think it can wait, number {n}.\r\n"""
NEWS = """From: Shop <news@mail.shop.example>\r\nMessage-ID: <n@shop.example>\r\nSubject: 20% off\r
List-Unsubscribe: <https://shop.example/u>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\nShop now\r\n"""


def _put(root: Path, name: str, mails: list[str]) -> None:
    store = Store.open(str(root))
    try:
        box = next(one for one in store.base().mailboxes(AccountId("home")) if one.name == name)
        first = 100
        made = tuple(delivery(store, box.id, first + at, raw.encode()) for at, raw in enumerate(mails))
        point = Checkpoint(7, first + len(mails), 0, 1)
        store.apply([MailboxDelta(AccountId("home"), box.id, 7, deliveries=made, checkpoint=point)])
    finally:
        store.close()


def _id(capsys: Captured, subject: str) -> str:
    return str(
        next(one["id"] for one in asked(capsys, "list", "-f", "inbox", "-a", "home") if one["subject"] == subject)
    )


def test_a_newsletter_says_why_it_is_advertising(root: Path, capsys: Captured) -> None:
    _put(root, "INBOX", [NEWS])
    word, before = _id(capsys, "20% off"), ids(capsys)
    found = asked(capsys, "classify", word)
    conforms("verdict", found)
    assert found["kind"] == "advertising"
    assert found["unsubscribe"]["one_click"] == "https://shop.example/u"
    assert main(["classify", word, "--why"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("advertising: ")
    assert "to unsubscribe: one click at shop.example" in said
    assert ids(capsys) == before


def test_spam_is_learned_from_junk(root: Path, capsys: Captured) -> None:
    _put(root, "INBOX", [*(HAM.format(n=n) for n in range(10)), SPAM.format(n=99)])
    word = _id(capsys, "MAKE MONEY FAST!!")
    assert asked(capsys, "classify", word)["kind"] != "spam"
    _put(root, "Junk", [SPAM.format(n=n) for n in range(10)])
    found = asked(capsys, "classify", word)
    conforms("verdict", found)
    assert found["kind"] == "spam"
    assert asked(capsys, "classify", _id(capsys, "Re: the garden"))["kind"] == "mail"


@pytest.mark.parametrize("word", ["nothing", "\x1b[31m"])
def test_an_unknown_message_is_not_classified(root: Path, capsys: Captured, word: str) -> None:
    status, said = refused(capsys, "classify", word)
    assert status == exits.NOT_FOUND
    assert "\x1b" not in said


def test_what_was_filed_says_so(root: Path, capsys: Captured) -> None:
    _put(root, "INBOX", [NEWS])
    word = _id(capsys, "20% off")
    assert asked(capsys, "classify", word)["filed"] is None
    with contextlib.closing(LearningFile(str(root))) as file:
        file.decide("home", [(digest(NEWS.encode()), "advertising", "List-Unsubscribe")], 1.0)
    assert asked(capsys, "classify", word)["filed"] is None, "it lies in the Inbox"
    assert main(["advertising", word]) == 0
    capsys.readouterr()
    found = asked(capsys, "classify", word)
    conforms("verdict", found)
    assert found["filed"] == "Filed as advertising: List-Unsubscribe"
    assert main(["classify", word, "--why"]) == 0
    assert "Filed as advertising: List-Unsubscribe" in capsys.readouterr().out
    (root / "learning.sqlite").write_bytes(b"nothing of the kind")
    assert asked(capsys, "classify", word)["filed"] is None


def test_what_was_taught_counts(root: Path, capsys: Captured) -> None:
    _put(root, "INBOX", [SPAM.format(n=99)])
    word = _id(capsys, "MAKE MONEY FAST!!")
    assert asked(capsys, "classify", word)["kind"] != "spam"
    with contextlib.closing(LearningFile(str(root))) as file, file.transaction() as db:
        for n in range(10):
            for text, spam in ((SPAM, True), (HAM, False)):
                data = text.format(n=n).encode()
                teach(db, digest(data), read_features(data).tokens, spam=spam)
    assert asked(capsys, "classify", word)["kind"] == "spam"
