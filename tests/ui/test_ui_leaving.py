"""`X`: the question, one click by the engine, the mail through the outbox, the page; what is remembered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mailtui.files.left_lists import Left, LeftLists
from mailtui.mail.parse import parse_message
from mailtui.model.account import Account
from mailtui.model.changes import Done, ListLeft
from mailtui.model.ids import AccountId, Revision, StepId
from mailtui.model.intents import FetchBody, LeaveList
from tests.support.fake_store import NOW, STORE
from tests.support.posting import PostingEngine
from tests.ui.conftest import Desk, settle, shown

Make = Callable[..., Desk]
R = Revision(9)
HOME = AccountId("home")
CLICK = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
SAFE = "https://lists.example/u?r=1"
NAME = "news.shop.example"


def mail(*fields: str) -> bytes:
    head = (
        "From: Shop <news@shop.example>\r\nTo: me@home.example\r\nSubject: Offers\r\n"
        f"Date: Mon, 23 Nov 2026 06:20:00 +0000\r\nList-Id: Shop \x1b[31mnews <{NAME}>\r\n"
    )
    return (head + "".join(fields) + "\r\nBuy now\r\n").encode()


def with_(desk: Desk, *fields: str, row: int = 1000) -> Desk:
    desk.reader.bodies[row] = mail(*fields)
    return desk


def unsubscribe(*urls: str) -> str:
    return "List-Unsubscribe: " + ", ".join(f"<{url}>" for url in urls) + "\r\n"


def sending(desk: Desk) -> Desk:
    """Its account can send."""
    accounts = tuple(replace(one, send_command=("true",)) for one in desk.main.settings.accounts)
    desk.main.settings = replace(desk.main.settings, accounts=accounts)
    desk.main.bulk._settings = desk.main.settings
    return desk


def kept() -> Left | None:
    Path(STORE[-1]).mkdir(exist_ok=True)
    return LeftLists(STORE[-1]).find("home", NAME)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 20)])
async def test_one_click_names_list_and_host_and_is_the_engines(make: Make, size: tuple[int, int]) -> None:
    desk = with_(make(), unsubscribe(SAFE), CLICK)
    async with desk.app.run_test(size=size) as pilot:
        await settle(pilot, desk)
        await pilot.press("X")
        await settle(pilot, desk)
        await shown(pilot, desk, f"Leave {NAME}?")
        text = desk.text()
        assert "lists.example" in text
        assert "\x1b" not in text
        assert "vouch" in text, "no DKIM signature covers it"
        await pilot.press("n")
        await settle(pilot, desk)
        assert not [one for one in desk.engine.sent if isinstance(one, LeaveList)]
        await pilot.press("X")
        await settle(pilot, desk)
        await pilot.press("y")
        await settle(pilot, desk)
        assert [one for one in desk.engine.sent if isinstance(one, LeaveList)] == [LeaveList(HOME, NAME, SAFE)]
        await shown(pilot, desk, "Asking lists.example")
        await pilot.press("X")
        await settle(pilot, desk)
        await shown(pilot, desk, "being asked already")
        await desk.tell(pilot, ListLeft(R, HOME, NAME, "lists.example", 200))
        assert f"Left {NAME}: lists.example said 200" in desk.text().replace("…", "") or size[0] == 60


async def test_a_no_says_what_to_do_next_and_the_next_key_does_it(make: Make) -> None:
    desk = with_(make(posting=True), unsubscribe(SAFE, "mailto:leave@shop.example?subject=out"), CLICK)
    async with desk.app.run_test(size=(100, 30), notifications=True) as pilot:
        sending(desk)
        await settle(pilot, desk)
        await pilot.press("X")
        await settle(pilot, desk)
        await pilot.press("y")
        await desk.tell(pilot, ListLeft(R, HOME, NAME, "lists.example", 0, "lists.example said 500 No", ""))
        await settle(pilot, desk, 0.3)
        assert "Not left news.shop.example: lists.example said 500 No" in " ".join(desk.text().split())
        await shown(pilot, desk, "X again writes to leave@shop.example")
        await pilot.press("X")
        await settle(pilot, desk)
        await shown(pilot, desk, "A mail to leave@shop.example goes out from")
        await shown(pilot, desk, "me@home.example.")
        await pilot.press("y")
        await settle(pilot, desk, 0.3)
        assert isinstance(desk.engine, PostingEngine)
        (sent,) = desk.engine.queued
        assert sent.recipients == ("leave@shop.example",)
        assert sent.not_before == NOW + 10
        raw = desk.reader.bodies[500_000 - 1]
        assert parse_message(raw).envelope.subject == "out"
        left = kept()
        assert left is not None
        assert (left.at, left.way, left.where) == (NOW, "mail", "leave@shop.example")
        await shown(pilot, desk, "a mail to leave@shop.example goes out")
        assert not list(Path(STORE[-1], "composing").iterdir()), "the store has it: its file is gone"
        await desk.tell(pilot, Done(R, StepId(77), desk.engine.deeds[-1].label, undone=True))
        await settle(pilot, desk, 0.2)
        assert kept() is None, "it was taken back"


async def test_an_account_that_can_not_send_says_so(make: Make) -> None:
    desk = with_(make(), unsubscribe("mailto:leave@shop.example"))
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("X")
        await settle(pilot, desk)
        await shown(pilot, desk, "this account can't send")


async def test_a_page_is_shown_with_its_doubts_and_opened_only_by_a_key(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def open_it(viewing: object, url: str, opener: object) -> str:
        opened.append(url)
        return f"{url} was given to a browser"

    monkeypatch.setattr("mailtui.ui.screens.leaving.open_address", open_it)
    desk = with_(make(), unsubscribe("http://xn--shp-tna.example/u?r=1"))
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("X")
        await settle(pilot, desk)
        text = desk.text()
        assert f"Leave {NAME}" in text
        assert "http://xn--shp-tna.example/u?r=1" in text
        assert "shop.example wrote, the page is at xn--shp-tna.example" in text
        assert "written with other letters: shöp.example" in text or "written with other letters" in text
        assert "everybody on the way can read" in text
        assert opened == []
        await pilot.press("y")
        await settle(pilot, desk)
        await shown(pilot, desk, "Copied http://xn--shp-tna")
        await pilot.press("enter")
        await settle(pilot, desk)
        assert opened == ["http://xn--shp-tna.example/u?r=1"]
        await shown(pilot, desk, "was given to a browser")
        await pilot.press("q")
        await settle(pilot, desk)
        assert "Leave news" not in desk.text()


async def test_a_list_that_goes_on_is_told_before_it_is_left_again(make: Make) -> None:
    Path(STORE[-1]).mkdir()
    LeftLists(STORE[-1]).keep("home", NAME, Left(NOW - 200 * 86400, "mail", "x@y.example"))
    desk = with_(make(), unsubscribe(SAFE), CLICK)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("X")
        await settle(pilot, desk)
        assert "You left this list on 7 May; it still mails." in " ".join(desk.text().split())


async def test_no_way_off_and_no_text_are_said(make: Make) -> None:
    desk = with_(make())
    desk.reader.missing.add(999)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("X")
        await settle(pilot, desk)
        await shown(pilot, desk, f"{NAME} does not say how one leaves it")
        await pilot.press("j", "X")
        await settle(pilot, desk)
        await shown(pilot, desk, "not on this computer yet")
        assert [one for one in desk.engine.sent if isinstance(one, FetchBody)]


async def test_a_damaged_memory_is_said_and_nothing_is_asked(make: Make) -> None:
    Path(STORE[-1]).mkdir()
    (Path(STORE[-1]) / "left-lists.json").write_text("[1]")
    desk = with_(make(), unsubscribe(SAFE), CLICK)
    async with desk.app.run_test(size=(120, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("X")
        await settle(pilot, desk)
        await shown(pilot, desk, "is damaged")
        assert not [one for one in desk.engine.sent if isinstance(one, LeaveList)]


def test_the_account_writes_as_the_address_on_the_list() -> None:
    from mailtui.ui.leaving import _me

    account = Account(HOME, "me@home.example", "Me")
    assert _me(account, {"me@home.example"}).addr == "me@home.example"
    assert _me(account, {"else@where.example"}).addr == "me@home.example"
