"""Leaving lists by one click: on a thread, told as a Change, remembered."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from mailtui.engine.leaving import Leaving
from mailtui.files.left_lists import LeftLists
from mailtui.model.changes import Change, ListLeft
from mailtui.model.errors import LostError
from mailtui.model.ids import AccountId
from mailtui.model.intents import LeaveList

WISH = LeaveList(AccountId("home"), "news.shop.example", "https://shop.example/u?r=1")


class Ear:
    """What was published, and a wait for the next."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[Change] = asyncio.Queue()

    def __call__(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self.told.put_nowait(change)

    async def next(self) -> ListLeft:
        change = await asyncio.wait_for(self.told.get(), 5)
        assert isinstance(change, ListLeft)
        return change


async def test_a_yes_is_told_and_remembered(tmp_path: Path) -> None:
    asked: list[str] = []
    ear = Ear()

    def leave(url: str) -> int:
        asked.append(url)
        assert threading.current_thread() is not threading.main_thread()
        return 202

    Leaving(str(tmp_path), ear, leave).ask(WISH)
    told = await ear.next()
    assert (told.account, told.name, told.host, told.status, told.text) == (
        "home", "news.shop.example", "shop.example", 202, "",
    )  # fmt: skip
    assert asked == [WISH.url]
    left = LeftLists(str(tmp_path)).find("home", "news.shop.example")
    assert left is not None
    assert (left.way, left.where) == ("one-click", "shop.example")


@pytest.mark.parametrize("error", [LostError("shop.example can't be asked", "later"), ValueError("odd")])
async def test_a_no_is_told_and_not_remembered(tmp_path: Path, error: Exception) -> None:
    ear = Ear()

    def leave(url: str) -> int:
        raise error

    Leaving(str(tmp_path), ear, leave).ask(WISH)
    told = await ear.next()
    assert told.status == 0
    assert "shop.example can't be asked" in told.text
    assert LeftLists(str(tmp_path)).find("home", "news.shop.example") is None


async def test_what_can_not_be_remembered_is_said(tmp_path: Path) -> None:
    ear = Ear()
    Leaving(str(tmp_path / "nowhere"), ear, lambda url: 200).ask(WISH)
    told = await ear.next()
    assert told.status == 200
    assert "can't be remembered" in told.hint


def test_nobody_waits_for_a_server_that_says_nothing(tmp_path: Path) -> None:
    """The loop ends while the server still thinks; its yes is remembered, and the thread ends without a word."""
    thinks, known = threading.Event(), set(threading.enumerate())

    def leave(url: str) -> int:
        thinks.wait(5)
        return 200

    async def ask() -> None:
        Leaving(str(tmp_path), lambda changes: None, leave).ask(WISH)

    asyncio.run(ask())
    (thread,) = set(threading.enumerate()) - known
    assert thread.daemon
    thinks.set()
    thread.join(5)
    assert LeftLists(str(tmp_path)).find("home", "news.shop.example") is not None
