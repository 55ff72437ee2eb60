"""Marks in the list, and what is done to all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from mailtui.model.changes import RowsChanged
from mailtui.model.folder import Role
from mailtui.model.ids import MailboxId, PlacementId, Revision
from mailtui.model.intents import Move, SetFlags
from mailtui.model.mail import Flag, Flags
from tests.ui.conftest import Desk, settle

Make = Callable[..., Desk]
INBOX, R = MailboxId(1), Revision(9)


def marked(desk: Desk) -> set[int]:
    return {int(target.placement) for target in desk.main.messages.picking.picked.targets()}


async def test_marking_one_by_one_shows_and_counts(make: Make) -> None:
    desk = make(obedient=True)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("space", "j", "x")
        await settle(pilot, desk)
        assert marked(desk) == {1000, 998}
        assert desk.cursor == 997
        assert "2 marked" in desk.lines()[-2]
        assert ["✔" in line for line in desk.lines()[1:5]] == [True, False, True, False]
        await pilot.press("k", "x", "3", "x")
        assert marked(desk) == {1000, 997, 996, 995}
        await pilot.press("a")
        await settle(pilot, desk, 0.3)
        assert desk.engine.deeds[0].label == "Archived 4"
        assert "marked" not in desk.lines()[-2]
        assert "Inbox  996" in desk.text()


async def test_escape_takes_marks_away_before_it_leaves(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("x", "v", "escape")
        assert marked(desk) == set()
        assert desk.main.scope == "list"
        await pilot.press("escape")
        assert desk.main.scope == "folders"


async def test_a_range(make: Make) -> None:
    desk = make(obedient=True)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("x", "j", "v", "j", "j")
        await settle(pilot, desk)
        assert "4 marked" in desk.lines()[-2]
        assert desk.text().count("✔") == 4
        await pilot.press("v")
        assert marked(desk) == {1000, 998, 997, 996}
        await pilot.press("g", "g", "v", "2", "j", "d")
        await settle(pilot, desk, 0.3)
        move = desk.engine.deeds[0].intents[0]
        assert isinstance(move, Move)
        assert set(move.placements) == {1000, 999, 998, 997, 996}


async def test_a_range_over_more_than_is_loaded(make: Make) -> None:
    desk = make(30_000, obedient=True)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("9", "j", "v", "end")
        await settle(pilot, desk)
        assert "29,991 marked" in desk.lines()[-2]
        await pilot.press("a")
        await settle(pilot, desk, 0.5)
        (move,) = desk.engine.deeds[0].intents
        assert isinstance(move, Move)
        assert len(move.placements) == 29_991
        assert "Inbox  9" in desk.text()
        assert "9 of 9" in desk.lines()[-2]


async def test_all_none_and_unread(make: Make) -> None:
    desk = make(3_000, obedient=True)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("*", "a")
        await settle(pilot, desk, 0.2)
        assert "3,000 marked" in desk.lines()[-2]
        await pilot.press("*", "n")
        await settle(pilot, desk)
        assert marked(desk) == set()
        await pilot.press("*", "u")
        await settle(pilot, desk, 0.2)
        assert marked(desk) == {number for number in range(1, 3001) if number % 4 == 3 or number > 2997}
        await pilot.press("U")
        await settle(pilot, desk)
        (flags,) = desk.engine.deeds[0].intents
        assert isinstance(flags, SetFlags)
        assert flags.add == Flags(Flag.SEEN)
        assert set(flags.placements) == marked(desk)
        await pilot.press("U")
        (flags,) = desk.engine.deeds[1].intents
        assert isinstance(flags, SetFlags)
        assert flags.remove == Flags(Flag.SEEN), "the marks know what was asked for"


async def test_marking_what_matches(make: Make) -> None:
    desk = make(300)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("*", "slash", *"dinner")
        await pilot.pause()
        assert "mark messages that match dinner" in desk.text()
        await pilot.press("enter")
        await settle(pilot, desk, 0.2)
        subjects = {desk.reader.row(number).subject for number in marked(desk)}
        assert subjects == {"Dinner?"}
        assert len(marked(desk)) == 25
        await pilot.press("*", "slash", "(", "enter")
        await settle(pilot, desk, 0.2)
        assert "Nothing was marked: this bracket is never closed" in desk.text()
        assert len(marked(desk)) == 25
        await pilot.press("*", "n", "*", "slash", *"zzz", "enter")
        await settle(pilot, desk, 0.2)
        assert "Nothing of this list matches" in desk.text()


async def test_all_of_a_search(make: Make) -> None:
    desk = make(4_000, obedient=True)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("slash", *"dinner", "enter")
        await settle(pilot, desk, 0.3)
        await pilot.press("*", "a")
        await settle(pilot, desk, 0.3)
        number = len(marked(desk))
        assert number > 300, "more than the results that are loaded"
        await pilot.press("d")
        await settle(pilot, desk, 0.4)
        (move,) = desk.engine.deeds[0].intents
        assert isinstance(move, Move)
        assert move.to is Role.TRASH
        assert len(move.placements) == number


async def test_marks_belong_to_one_list(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("x", "x")
        desk.reader.drop(1000)
        await desk.tell(pilot, RowsChanged(R, INBOX, removed=(PlacementId(1000),)))
        assert marked(desk) == {999}
        await pilot.press("J")
        await settle(pilot, desk)
        assert marked(desk) == set()
        assert "marked" not in desk.lines()[-2]


async def test_marking_a_hundred_thousand_stops_nothing(make: Make) -> None:
    desk = make(100_000)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        turns = 0

        async def watch() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        watcher = asyncio.create_task(watch())
        await pilot.press("*", "a")
        await settle(pilot, desk, 0.1)
        for _ in range(1000):
            if len(desk.main.messages.picking.picked) == 100_000:
                break
            await asyncio.sleep(0.02)
        watcher.cancel()
        assert "100,000 marked" in desk.text()
        assert turns > 100, "the loop went on meanwhile"
