"""The palette: everything by name, with its key beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mailtui.model.outgoing import Person
from tests.ui.conftest import Desk, settle

Make = Callable[..., Desk]


async def test_what_one_wants_most_comes_first_and_the_box_is_no_taller_than_its_lines(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, desk)
        await pilot.press("ctrl+p")
        await settle(pilot, desk)
        box = desk.app.screen.query_one("#overlay")
        first = [line.text.strip() for line in map(desk.app.screen.query_one("#overlay-menu").render_line, range(5))]
        assert [one.split("  ")[0] for one in first] == [
            "Open the message",
            "Archive",
            "Reply",
            "Delete: to the trash; for ever what lies there",
            "Undo what was done last",
        ]
        assert box.outer_size.height == 23  # four fifths, less a frame that it may have
        await pilot.press(*"mark all of")
        await settle(pilot, desk)
        assert box.outer_size.height < 12
        await pilot.press(*"zzzz")
        await settle(pilot, desk)
        assert box.outer_size.height == 7


async def test_people_are_searched_for_or_written_to(make: Make) -> None:
    desk = make(posting=True)
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, desk)
        await pilot.press("ctrl+p", *"lindq")
        await settle(pilot, desk, 0.1)
        lines = desk.lines()
        assert any("Mail from Anna Lindqvist" in line and "anna@lindqvist.example" in line for line in lines)
        assert any("Write to Anna Lindqvist" in line and " c " in line for line in lines)
        await pilot.press("enter")
        await settle(pilot, desk)
        source = desk.main.messages.source
        assert source is not None
        assert source.query == "from:anna@lindqvist.example"
        assert desk.main.memory.screen.recent[0] == "from:anna@lindqvist.example"
        await pilot.press("escape", "ctrl+p", *"lindq")
        await settle(pilot, desk, 0.1)
        await pilot.press("down", "down", "enter")  # the search of just now is the first line
        await settle(pilot, desk, 0.3)
        assert "Anna Lindqvist" in desk.text()
        assert desk.app.screen is not desk.main


async def test_earlier_searches_and_accounts(make: Make) -> None:
    desk = make(accounts=("home", "work"))
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, desk)
        await pilot.press("slash", *"dinner", "enter")
        await settle(pilot, desk)
        await pilot.press("escape", "colon", *"search dinn")
        await settle(pilot, desk)
        line = next(line for line in desk.lines() if "Search dinner" in line)
        assert "/" in line
        await pilot.press("enter")
        await settle(pilot, desk)
        assert "Search for dinner" in desk.text()
        await pilot.press("escape", "ctrl+p", *"account work", "enter")
        await settle(pilot, desk)
        assert desk.main._home is not None
        assert (desk.main._home.account, desk.main._home.name) == ("work", "INBOX")


async def test_folders_show_the_key_that_goes_there(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, desk)
        await pilot.press("ctrl+p", *"go to sent")
        await settle(pilot, desk)
        assert sum("gt" in line for line in desk.lines() if "Go to Sent" in line or "Go to sent" in line) == 1
        await pilot.press("escape", "g", "f", *"sen")
        await settle(pilot, desk)
        assert "Mail from" not in desk.text()


async def test_hostile_people_stay_text_and_what_can_not_be_asked_for_is_left_out(make: Make) -> None:
    desk = make()
    desk.reader.known = [
        Person("evil@x.example", "evil \x1b[31m[red]name", 1, 1, 1),
        replace(desk.reader.known[0], name="evil quote", address='ev"il (x)@x.example'),
    ]
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, desk)
        await pilot.press("ctrl+p", *"evil")
        await settle(pilot, desk, 0.1)
        text = desk.text()
        assert "\x1b" not in text
        assert "[red]name" in text
        assert "evil quote" not in text
