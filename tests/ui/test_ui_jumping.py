"""Jump mode."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mailtui.view.jumping import LETTERS, labels
from tests.ui.conftest import Desk, settle

Make = Callable[..., Desk]


@pytest.mark.parametrize("number", [0, 1, 5, 26, 27, 28, 60, 200, 700])
def test_labels_are_short_and_none_begins_another(number: int) -> None:
    found = labels(number)
    assert len(found) == len(set(found)) == number
    assert all(len(one) <= 2 for one in found)
    singles = {one for one in found if len(one) == 1}
    assert not any(one[0] in singles for one in found if len(one) == 2)
    assert number > len(LETTERS) or len(singles) == number


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 60)])
async def test_a_letter_goes_to_its_line(make: Make, size: tuple[int, int]) -> None:
    desk = make(ascii=True)
    async with desk.app.run_test(size=size) as pilot:
        await settle(pilot, desk)
        await pilot.press("semicolon")
        await pilot.pause()
        main = desk.main
        label = main.messages._labels[6]
        x, y = main.messages.region.x, main.messages.region.y
        assert desk.lines()[y + 6][x : x + len(label)] == label
        for key in label:
            assert main.take_key(key)
        await settle(pilot, desk)
        assert desk.cursor == 995
        assert main.messages._labels == {}
        assert not main.jump.on
        assert desk.engine.deeds == []


async def test_folders_and_panes_have_letters_too(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(200, 60)) as pilot:
        await settle(pilot, desk)
        main = desk.main
        await pilot.press("semicolon")
        line, mailbox = next((line, box) for line, box in main.folders.places() if box.name == "Receipts")
        for key in main.folders._labels[line]:
            main.take_key(key)
        await settle(pilot, desk)
        assert main._home is mailbox
        await pilot.press("g", "i")
        await settle(pilot, desk)
        for pane, scope in ((main.reader, "reader"), (main.folders, "folders")):
            await pilot.press("semicolon")
            for key in pane._labels[0]:
                main.take_key(key)
            await settle(pilot, desk)
            assert main.scope == scope


async def test_any_other_key_ends_it_and_does_nothing(make: Make) -> None:
    desk = make(obedient=True)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        for key in ("escape", "A", "down", "ctrl+d"):
            await pilot.press("semicolon", key)
            await settle(pilot, desk)
            assert not desk.main.jump.on
            assert desk.cursor == 1000
            assert desk.main.messages._labels == {}
        assert desk.engine.deeds == []


async def test_an_empty_screen_has_nowhere_to_jump(make: Make) -> None:
    desk = make(0, accounts=())
    async with desk.app.run_test(size=(60, 20)) as pilot:
        await settle(pilot, desk)
        await pilot.press("semicolon")
        await settle(pilot, desk)
        assert "nothing to jump to" in desk.text()
        assert not desk.main.jump.on
