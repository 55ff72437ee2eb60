"""What the reader says above the text: that a list which was left goes on, why it is advertising."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mailtui.files.left_lists import Left, LeftLists
from mailtui.mail.trust import Known
from mailtui.model.folder import Role
from mailtui.ui import clock
from mailtui.ui.remarks import Remarks, why_advertising
from tests.support.fake_store import NOW, STORE, mailbox
from tests.ui.conftest import Desk, settle

ADVERT = (
    b"From: Shop <news@mail.shop.example>\r\nTo: me@home.example\r\nSubject: 30% off everything\r\n"
    b"Date: Mon, 23 Nov 2026 06:20:00 +0000\r\nList-Id: <news.shop.example>\r\nPrecedence: bulk\r\n"
    b"X-Mailer: MailChimp Mailer\r\nList-Unsubscribe: <https://shop.example/u>\r\n\r\n"
    b"Shop now and save. To unsubscribe click here. View in browser.\r\n"
)
NONE = ("", "")
INBOX, BULK = mailbox(1, "INBOX", Role.INBOX), mailbox(30, "Advertising", Role.ADVERTISING)


@pytest.fixture(autouse=True)
def still() -> object:
    clock.stop_at(NOW)
    yield
    clock.stop_at(None)


def test_a_list_that_goes_on_is_told_and_one_that_was_never_left_is_not(tmp_path: Path) -> None:
    remarks = Remarks(str(tmp_path))
    assert remarks(ADVERT, INBOX, Known()) == NONE
    kept = LeftLists(str(tmp_path))
    kept.keep("home", "news.shop.example", Left(NOW - 200 * 86400, "mail", "x@shop.example"))
    assert remarks(ADVERT, INBOX, Known()) == ("You left this list on 7 May; it still mails.", "")
    kept.keep("home", "news.shop.example", Left(NOW - 86400, "mail", "x@shop.example"))
    assert remarks(ADVERT, INBOX, Known()) == NONE, "it may have been on its way"
    kept.keep("work", "news.shop.example", Left(1, "mail", "x@shop.example"))
    assert remarks(ADVERT, INBOX, Known()) == NONE, "another account"
    assert remarks(ADVERT, None, Known()) == NONE


def test_a_damaged_memory_does_not_keep_a_message_from_being_read(tmp_path: Path) -> None:
    (tmp_path / "left-lists.json").write_text("{")
    assert Remarks(str(tmp_path))(ADVERT, INBOX, Known()) == NONE


def test_why_it_is_advertising_in_one_safe_line() -> None:
    said = why_advertising(ADVERT, Known())
    assert said.startswith("Advertising: ")
    assert said.count(", ") == 3
    plain = why_advertising(b"From: a@b.example\r\nSubject: Dinner?\r\n\r\nSunday?\r\n", Known())
    assert "peaks for advertising" in plain
    friend = why_advertising(ADVERT, Known({"news@mail.shop.example": "Shop"}))
    assert friend == "Not advertising by its looks: you wrote to news@mail.shop.example 1×"
    nasty = why_advertising(ADVERT.replace(b"Shop <", b"\x1b]0;x\x07 <").replace(b"30%", b"\x1b[31m30%"), Known())
    assert "\x1b" not in nasty


async def test_the_reader_shows_it(make: Callable[..., Desk]) -> None:
    Path(STORE[-1]).mkdir()
    LeftLists(STORE[-1]).keep("home", "news.shop.example", Left(NOW - 200 * 86400, "mail", "x@shop.example"))
    desk = make()
    desk.reader.bodies[1000] = ADVERT
    desk.reader.extra = (BULK,)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("enter")
        await settle(pilot, desk, 0.2)
        assert "You left this list on 7 May; it still mails." in desk.text()
        assert "Advertising:" not in desk.text()
        desk.reader.moved[900] = 30
        desk.reader.bodies[900] = ADVERT
        await pilot.press("q", "g", "n")
        await settle(pilot, desk, 0.2)
        await pilot.press("enter")
        await settle(pilot, desk, 0.2)
        assert "Advertising: " in desk.text()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 20)])
async def test_why_lists_every_reason_and_the_way_off(make: Callable[..., Desk], size: tuple[int, int]) -> None:
    desk = make()
    head, _, body = ADVERT.partition(b"\r\n\r\n")
    desk.reader.bodies[1000] = head + b"\r\nX-Spam-Status: No, score=\x1b[31m1.2\r\n\r\n" + body
    desk.reader.missing.add(999)
    async with desk.app.run_test(size=size) as pilot:
        await settle(pilot, desk)
        await pilot.press("z", "w")
        await settle(pilot, desk, 0.2)
        text = " ".join(desk.text().split())
        assert "points, 5 are enough" in text
        assert "List-Unsubscribe" in text
        assert size[1] < 24 or "X-Spam-Status: No, score=" in text
        assert "\x1b" not in text
        assert size[1] < 24 or "To leave its list: a page: https://shop.example/u" in text
        await pilot.press("q", "j", "z", "w")
        await settle(pilot, desk, 0.2)
        assert "not on this computer yet" in desk.text()


async def test_why_it_was_filed_stands_above_it(make: Callable[..., Desk]) -> None:
    desk = make()
    desk.reader.extra = (BULK,)
    desk.reader.moved[900] = 30
    desk.reader.bodies[900] = ADVERT
    desk.reader.filed[900] = "Filed as advertising: List-Unsubscribe, Feedback-ID"
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("g", "n")
        await settle(pilot, desk, 0.2)
        await pilot.press("enter")
        await settle(pilot, desk, 0.2)
        assert "Filed as advertising: List-Unsubscribe, Feedback-ID" in desk.text()
