"""The mail of a mailbox by sender: lists of several, lists of one, authors; and whose messages those are."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailtui.model.ids import PlacementId
from mailtui.model.intents import Move, SetFlags
from mailtui.model.mail import Flag, Flags
from mailtui.model.senders import SenderGroup
from mailtui.store.requests import Submitted
from tests.support.store_bed import Bed, bed


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Bed]:
    with bed(tmp_path / "store", "INBOX", "Archive") as made:
        yield made


def put(here: Bed, uid: int, sender: str, list_id: str = "", box: str = "INBOX") -> None:
    field = f"List-Id: {list_id}\r\n" if list_id else ""
    head = f"From: {sender}\r\n" if sender else ""
    raw = (
        f"{head}To: me@example\r\nMessage-ID: <{box}{uid}@x>\r\n{field}"
        f"Date: Thu, 9 Oct 2025 08:{uid:02}:20 +0000\r\nSubject: number {uid}\r\n\r\n{uid}\r\n"
    )
    here.apply(here.delta(here.delivery(uid, raw.encode(), box=box), box=box))


def groups(here: Bed, newest: int | None = None) -> list[SenderGroup]:
    with contextlib.closing(here.store.reader()) as reader:
        found = list(reader.senders(here.box(), newest=newest))
        for one in found:
            if newest is None:
                assert len(reader.of_sender(here.box(), one)) == one.count
        return found


def members(here: Bed, key: str) -> list[str]:
    """Subjects."""
    with contextlib.closing(here.store.reader()) as reader:
        (group,) = [one for one in reader.senders(here.box()) if one.key == key]
        return [row.subject for row in reader.rows(reader.of_sender(here.box(), group))]


def test_an_author_is_one_with_the_lists_that_nobody_else_writes_to(here: Bed) -> None:
    put(here, 1, "Shop <News@Shop.example>", "Offers <offers.shop.example>")
    put(here, 2, "The Shop <news@shop.example>", "<more.shop.example>")
    put(here, 3, "news@shop.example")
    put(here, 4, "Other <x@other.example>")
    put(here, 5, "Shop <news@shop.example>", box="Archive")
    other, shop = groups(here)
    assert (other.key, other.name, other.count, other.subject) == ("from x@other.example", "Other", 1, "number 4")
    assert (shop.key, shop.address, shop.alone, shop.count) == ("from news@shop.example", "news@shop.example", True, 3)
    assert set(shop.lists) == {"offers.shop.example", "more.shop.example"}
    assert shop.subject == "number 3"
    assert members(here, shop.key) == ["number 3", "number 2", "number 1"]


def test_a_list_of_several_is_one_and_keeps_apart_what_they_write_otherwise(here: Bed) -> None:
    put(here, 1, "Anna <anna@a.example>", "<talk.example>")
    put(here, 2, "Bob <bob@b.example>", "<Talk.example>")
    put(here, 3, "Anna <anna@a.example>")
    anna, talk = groups(here)
    assert (talk.key, talk.name, talk.alone, talk.count) == ("list talk.example", "Bob", False, 2)
    assert (anna.key, anna.count) == ("from anna@a.example", 1)
    assert members(here, talk.key) == ["number 2", "number 1"]


def test_no_sender_at_all_is_a_group_too_and_an_empty_mailbox_has_none(here: Bed) -> None:
    assert groups(here) == []
    put(here, 1, "")
    (one,) = groups(here)
    assert (one.key, one.name, one.count) == ("from ", "", 1)


def test_counts_follow_what_was_read_and_moved(here: Bed) -> None:
    for uid in range(1, 6):
        put(here, uid, f"A{uid % 2} <a{uid % 2}@a.example>")
    odd, even = groups(here)
    assert (odd.count, odd.unread, even.count, even.unread) == (3, 3, 2, 2)
    here.apply(Submitted(None, SetFlags((odd.newest.placement,), add=Flags(Flag.SEEN))))
    with contextlib.closing(here.store.reader()) as reader:
        gone = reader.of_sender(here.box(), even)
    here.apply(Submitted(None, Move(gone, here.box("Archive"))))
    (odd,) = groups(here)
    assert (odd.count, odd.unread) == (3, 2)


def test_the_newest_alone_are_enough_for_the_first_lines(here: Bed) -> None:
    for uid in range(1, 11):
        put(here, uid, f"A{uid // 4} <a{uid // 4}@a.example>")
    newest = [(one.key, one.count) for one in groups(here, newest=4)]
    assert newest == [("from a2@a.example", 3), ("from a1@a.example", 1)]
    assert sum(one.count for one in groups(here)) == 10
    assert isinstance(groups(here)[0].newest.placement, int)
    assert PlacementId(0) not in {one.newest.placement for one in groups(here)}
