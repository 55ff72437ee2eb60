"""Mail that comes together is written as mail that comes one by one, only faster."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mailtui.model.errors import StoreError
from mailtui.model.facts import Delivery, MailboxDelta
from mailtui.model.folder import Checkpoint
from mailtui.store import landing
from mailtui.store.files import FileWork
from mailtui.store.schema import index_path
from mailtui.store.store import Store
from tests.support.small_store import ACCOUNT, box, delivery, files, open_store

_LOOKS = (
    "SELECT subject, message_id, thread, from_, size, content_seq FROM message ORDER BY id",
    "SELECT id, message, mailbox, uid, flags, keywords, date, body FROM placement ORDER BY id",
    "SELECT mid, thread FROM ref ORDER BY mid",
    "SELECT addr, name, sent, got, last FROM person ORDER BY addr",
    "SELECT mailbox, thread, newest, lead, count, unread FROM head ORDER BY mailbox, thread",
    "SELECT id, total, unread, threads FROM mailbox ORDER BY id",
    "SELECT seq FROM sqlite_sequence WHERE name IN ('message', 'placement') ORDER BY name",
)


def letter(number: int, *, refs: str = "", subject: str = "", sender: str = "anna") -> bytes:
    answers = f"References: {refs}\r\n" if refs else ""
    return (
        f"From: {sender} <{sender}@example.org>\r\nTo: me@example.org\r\nSubject: {subject or f'mail {number}'}\r\n"
        f"Message-ID: <{number}@example.org>\r\nDate: Tue, 14 Nov 2023 22:{number % 60:02}:00 +0000\r\n{answers}\r\n"
        f"text {number}\r\n"
    ).encode()


LETTERS = [
    *(letter(number, sender="anna" if number % 3 else "ben") for number in range(100)),
    letter(200, refs="<201@example.org>"),
    letter(202, refs="<203@example.org>"),
    letter(204, refs="<201@example.org> <203@example.org>"),  # makes one thread of two
    letter(205, subject="plan"),
    letter(206, subject="Re: plan"),
    letter(205, subject="plan"),  # the same bytes once more
]


def looks(root: Path) -> list[list[tuple[object, ...]]]:
    with closing(sqlite3.connect(index_path(str(root)))) as db:
        return [db.execute(query).fetchall() for query in _LOOKS]


def hand_in(store: Store, name: str, mails: list[Delivery]) -> None:
    point = Checkpoint(7, mails[-1].uid + 1, 0, 1)
    store.apply([MailboxDelta(ACCOUNT, box(store, name), 7, deliveries=tuple(mails), checkpoint=point)])


def spooled(store: Store, name: str, letters: list[bytes]) -> list[Delivery]:
    flags = (("\\Seen",), (), ("$Junk", "\\Flagged"))
    return [delivery(store, box(store, name), uid, raw, flags[uid % 3]) for uid, raw in enumerate(letters, 1)]


def test_together_is_as_one_by_one(tmp_path: Path) -> None:
    found = []
    for way in ("together", "apart"):
        store = open_store(tmp_path / way, "INBOX", "All")
        for name in ("INBOX", "All"):  # the second time every message is known
            mails = spooled(store, name, LETTERS)
            for part in [mails] if way == "together" else [[mail] for mail in mails]:
                hand_in(store, name, part)
        store.close()
        found.append(looks(tmp_path / way))
        assert len(files(tmp_path / way)) == 2 * len(LETTERS)
    assert found[0] == found[1]


def test_a_uid_named_twice_is_one_row(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    one, other = (delivery(store, box(store), 5, raw) for raw in LETTERS[:2])
    hand_in(store, "INBOX", [one, other])
    store.close()
    assert len(looks(tmp_path)[1]) == 1


def test_a_failed_transaction_leaves_nothing_for_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(tmp_path)

    def broken(self: FileWork) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(FileWork, "do", broken)
        with pytest.raises(StoreError, match="full"):
            hand_in(store, "INBOX", spooled(store, "INBOX", LETTERS[:3]))
    with monkeypatch.context() as patched:
        patched.setattr(landing.Landing, "flush", broken)
        with pytest.raises(StoreError, match="full"):
            hand_in(store, "INBOX", spooled(store, "INBOX", LETTERS[:3]))
    hand_in(store, "INBOX", spooled(store, "INBOX", LETTERS[3:5]))
    store.close()
    assert [row[0] for row in looks(tmp_path)[0]] == ["mail 3", "mail 4"]
    assert len(looks(tmp_path)[1]) == 2
