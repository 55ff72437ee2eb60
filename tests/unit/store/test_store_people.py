"""Whom the person writes to: learned from their own mail."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailtui.model.mail import Address, Envelope
from mailtui.model.outgoing import Person
from mailtui.store import people
from mailtui.store.schema import PEOPLE
from tests.support.store_bed import Bed, bed

NOW = time.time()


def mail(number: int, sender: str, to: str, cc: str = "") -> bytes:
    return (
        f"From: {sender}\r\nTo: {to}\r\nCc: {cc}\r\nMessage-ID: <{number}@x>\r\n"
        f"Date: Thu, 9 Oct 2025 08:53:20 +0000\r\nSubject: {number}\r\n\r\n{number}\r\n"
    ).encode()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Bed]:
    with bed(tmp_path / "store", "INBOX", "Sent", "Junk", "Archive") as made:
        yield made


def put(here: Bed, uid: int, raw: bytes, box: str = "INBOX") -> None:
    here.apply(here.delta(here.delivery(uid, raw, box=box), box=box))


def found(here: Bed, prefix: str, limit: int = 10) -> list[str]:
    with contextlib.closing(here.store.reader()) as reader:
        return [person.address for person in reader.people(prefix, limit)]


def test_recipients_of_sent_mail_come_before_senders(here: Bed) -> None:
    for uid in range(1, 6):
        put(here, uid, mail(uid, "Berta Bell <Berta@b.example>", "me@example"))
    put(here, 6, mail(6, "me@example", "Bob <bob@b.example>", "cc@b.example"), "Sent")
    assert found(here, "b")[:2] == ["bob@b.example", "cc@b.example"]
    assert found(here, "be") == ["berta@b.example"]
    assert found(here, "me@") == []  # oneself, as the sender of what was sent


def test_any_word_of_a_name_and_the_domain_are_found(here: Bed) -> None:
    put(here, 1, mail(1, "Ärne Müller <x1@firm.example>", "me@example"))
    for prefix in ("är", "ÄRNE", "mül", "ärne  mü", "x1@", "firm"):
        assert found(here, prefix) == ["x1@firm.example"]
    for prefix in ("rne", "ller", "irm", "%", "_"):
        assert found(here, prefix) == []
    assert found(here, "") == ["x1@firm.example"]


def test_junk_and_copies_teach_nothing(here: Bed) -> None:
    put(here, 1, mail(1, "spam@s.example", "me@example"), "Junk")
    put(here, 1, mail(2, "ann@a.example", "me@example"))
    put(here, 1, mail(2, "ann@a.example", "me@example"), "Archive")
    with contextlib.closing(here.store.reader()) as reader:
        assert [(person.address, person.got) for person in reader.people("")] == [("ann@a.example", 1)]


def test_the_index_rebuilt_knows_them_again(here: Bed) -> None:
    put(here, 1, mail(1, "Ann <ann@a.example>", "me@example"))
    put(here, 2, mail(2, "me@example", "Bob <bob@b.example>"), "Sent")
    before = found(here, "")
    here.store.close()
    (Path(here.root) / "index.sqlite").unlink()
    here.store = type(here.store).open(here.root)
    assert found(here, "") == before


@pytest.fixture
def table() -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.executescript(PEOPLE)
        yield db


def learn(db: sqlite3.Connection, name: str, addr: str, *, sent: bool = False, days: float = 0) -> None:
    one = (Address(name, addr),)
    envelope = Envelope(to=one) if sent else Envelope(from_=one)
    people.learn(db, "sent" if sent else "inbox", envelope, NOW - days * 86_400)


def test_who_was_written_to_lately_comes_first(table: sqlite3.Connection) -> None:
    learn(table, "Old", "a1@x.example", sent=True, days=3000)
    learn(table, "New", "a2@x.example", sent=True, days=1)
    learn(table, "Robot", "a-no-reply@x.example")
    learn(table, "Seldom", "a3@x.example", days=2000)
    found = [one.address for one in people.find(table, "a", 9)]
    assert found[0] == "a2@x.example"
    assert found[-1] == "a-no-reply@x.example"


def test_whom_one_wrote_to_comes_before_who_writes_a_lot(table: sqlite3.Connection) -> None:
    for day in range(40):
        learn(table, "A shop", "a-shop@x.example", days=day)
    learn(table, "Anna", "anna@x.example", sent=True, days=30)
    assert [one.address for one in people.find(table, "a", 9)] == ["anna@x.example", "a-shop@x.example"]


def test_the_newest_name_counts(table: sqlite3.Connection) -> None:
    learn(table, "Ann Old", "ann@x.example", days=10)
    learn(table, "Ann New", "Ann@x.example", days=1)
    learn(table, "Ann Older", "ann@x.example", days=20)
    learn(table, "", "ann@x.example")
    (person,) = people.find(table, "ann", 9)
    assert (person.name, person.got) == ("Ann New", 4)
    assert person.last == pytest.approx(NOW, abs=1)


def test_what_is_no_address_is_left_out(table: sqlite3.Connection) -> None:
    for address in ("nobody", "a b@x", "x\x1b[2J@y", f"{'a' * 250}@x.example", ""):
        learn(table, "x", address)
    assert people.find(table, "", 9) == ()


def test_asking_is_fast_with_many_people(table: sqlite3.Connection) -> None:
    table.execute("BEGIN")
    for number in range(20_000):
        learn(table, f"First{number} Last{number % 977}", f"user{number}@host{number % 313}.example", days=number % 900)
    table.execute("COMMIT")
    best = 1.0
    for prefix in ("last5", "user19", "host3", "zzz"):
        begin = time.process_time()
        people.find(table, prefix, 10)
        best = min(best, time.process_time() - begin)
    assert best < 0.02  # seconds of one processor; about 4 ms in practice
    assert isinstance(people.find(table, "last5", 1)[0], Person)
