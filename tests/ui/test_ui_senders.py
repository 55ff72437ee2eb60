"""`B`: the folder by sender; all of one opened, archived, deleted, left, and had back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mailtui.model.changes import Notice
from mailtui.model.folder import Role
from mailtui.model.ids import MailboxId, PlacementId, Revision
from mailtui.model.intents import Deed, Move, Undo
from mailtui.model.mail import Row, RowKey
from mailtui.model.senders import SenderGroup
from mailtui.ui.screens.senders import Senders
from mailtui.view import senders
from mailtui.view.dates import SmartDate
from mailtui.view.glyphs import UNICODE
from tests.support.fake_store import NOW, FakeReader
from tests.support.obedient import ObedientEngine
from tests.ui.conftest import Desk, settle

Make = Callable[..., Desk]
R = Revision(9)


def group(key: str = "from a@b.example", **more: object) -> SenderGroup:
    values: dict[str, object] = {
        "name": "Shop", "address": "a@b.example", "lists": (), "alone": True, "count": 3, "unread": 1,
        "newest": RowKey(NOW, PlacementId(1)), "subject": "Offers",
    }  # fmt: skip
    return SenderGroup(key, **(values | more))  # type: ignore[arg-type]


def panel(desk: Desk) -> Senders:
    screen = desk.app.screen
    assert isinstance(screen, Senders)
    return screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 20)])
async def test_one_line_for_each_sender_newest_first(make: Make, size: tuple[int, int]) -> None:
    desk = make(40)
    async with desk.app.run_test(size=size) as pilot:
        await settle(pilot, desk)
        await pilot.press("B")
        await settle(pilot, desk)
        text = desk.text()
        assert "Inbox by sender  10 · 40" in text
        first = desk.reader.senders(MailboxId(1))[0]
        assert (panel(desk).menu.value, first.count) == (first.key, 4)
        assert "e archive" in text
        await pilot.press("q")
        await settle(pilot, desk)
        assert "by sender" not in desk.text()


async def test_all_of_a_sender_goes_in_one_step_that_says_how_many(make: Make) -> None:
    desk = make(40, obedient=True)
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, desk)
        await pilot.press("B")
        await settle(pilot, desk)
        first, second = desk.reader.senders(MailboxId(1))[:2]
        wanted = desk.reader.of_sender(MailboxId(1), first)
        await pilot.press("d")
        await settle(pilot, desk, 0.5)
        (deed,) = desk.engine.deeds
        assert deed == Deed(f"Deleted 4 from {first.name}", (Move(wanted, Role.TRASH),))
        assert panel(desk).menu.value == second.key
        assert f"Deleted 4 from {first.name}" in desk.text()
        assert "9 · 36" in desk.text()
        await pilot.press("e")
        await settle(pilot, desk, 0.5)
        assert desk.engine.deeds[-1].label == f"Archived 4 from {second.name}"
        assert "8 · 32" in desk.text()
        await pilot.press("u")
        await settle(pilot, desk, 1.5)
        assert isinstance(desk.engine.sent[-1], Undo)
        assert "9 · 36" in desk.text()
        await pilot.press("escape")
        await settle(pilot, desk)
        assert desk.main.messages.state.total == 36, "the list behind it went along"


async def test_a_refusal_brings_the_line_back(make: Make) -> None:
    desk = make(40, obedient=True)
    assert isinstance(desk.engine, ObedientEngine)
    desk.engine.refuses = True
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, desk)
        await pilot.press("B")
        await settle(pilot, desk)
        key = panel(desk).menu.value
        await pilot.press("e")
        await settle(pilot, desk, 1.5)
        assert "10 · 40" in desk.text()
        assert panel(desk)._gone == set()
        assert key in {item.value for item in panel(desk).menu.items}


async def test_enter_shows_the_messages_and_esc_leads_back_to_the_senders(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, MailboxId | None]] = []

    def search(self: FakeReader, query: str, **more: object) -> tuple[Row, ...]:
        asked.append((query, more.get("mailbox")))  # type: ignore[arg-type]
        return (self.row(7),)

    monkeypatch.setattr(FakeReader, "search", search)
    desk = make(40)
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, desk)
        await pilot.press("B")
        await settle(pilot, desk)
        await pilot.press("j")
        group = desk.reader.senders(MailboxId(1))[1]
        await pilot.press("enter")
        await settle(pilot, desk, 0.2)
        assert asked[0] == (f'from:"{group.address}"', 1)
        assert f"from {group.name} in Inbox" in desk.text()
        assert desk.main.focused is desk.main.messages
        await pilot.press("escape")
        await settle(pilot, desk, 0.2)
        assert panel(desk).menu.value == group.key
        await pilot.press("q")
        await settle(pilot, desk)
        assert not desk.main.messages.searching
        await pilot.press("/", *"boat", "enter", "escape")
        await settle(pilot, desk, 0.2)
        assert desk.app.screen is desk.main, "another search leads back to the folder"


async def test_x_leaves_the_list_of_the_newest_message(make: Make) -> None:
    desk = make(40)
    newest = desk.reader.senders(MailboxId(1))[0].newest.placement
    desk.reader.bodies[newest] = (
        b"From: a@b.example\r\nList-Id: <l.b.example>\r\nList-Unsubscribe: <https://b.example/u>\r\n"
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\nx\r\n"
    )
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, desk)
        await pilot.press("B")
        await settle(pilot, desk)
        await pilot.press("X")
        await settle(pilot, desk, 0.2)
        assert "Leave l.b.example?" in desk.text()


async def test_several_folders_and_broken_reads_are_said(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = make(40, accounts=("home", "work"))
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, desk)
        await pilot.press("g", "u")
        await settle(pilot, desk)
        await pilot.press("B")
        await settle(pilot, desk)
        assert "Choose one folder first" in desk.text()

        def broken(self: FakeReader, *args: object, **more: object) -> None:
            raise OSError("the disk is gone")

        monkeypatch.setattr(FakeReader, "senders", broken)
        await pilot.press("g", "i")
        await settle(pilot, desk)
        await pilot.press("B")
        await settle(pilot, desk)
        assert "the disk is gone" in desk.text()
        await desk.tell(pilot, Notice(R, "error", "no"))
        await settle(pilot, desk, 0.2)


def test_lines_are_safe_and_name_what_can_be_named() -> None:
    nasty = group(name="\x1b[31mRed\x1b[0m", subject="a\x1b]0;x\x07b", count=1_200)
    (entry,) = senders.entries([nasty], SmartDate(NOW), UNICODE, 76)
    words = "".join(piece.text for piece in (*entry.left, *entry.right))
    assert "\x1b" not in words
    assert "1,200" in words
    assert senders.who(group(name="", address="")) == "(unknown sender)"
    assert senders.who(group(alone=False, lists=("talk.example",))) == "talk.example"
    assert senders.query(group(alone=False, lists=('ta"lk.example',))) == 'list:"talk.example"'
    assert senders.query(group(address="")) == ""
