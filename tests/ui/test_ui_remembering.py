"""Folder, message and panes come back as they were left."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot

from mailtui.files.remembering import SCREEN, Memory
from mailtui.model.listing import ListStyle
from mailtui.model.remembered import Remembered, Sizes, Whereabouts
from mailtui.ui.screens.layouts import (
    LEAST_FOLDERS,
    LEAST_LINES,
    LEAST_LIST,
    LEAST_READER,
    Panes,
    arrange,
    resized,
)
from mailtui.view.columns import Columns
from mailtui.view.ordering import Order
from tests.support.fake_store import STORE
from tests.ui.conftest import Desk, settle

Make = Callable[..., Desk]


@pytest.fixture
def store(own_store: None) -> Path:
    """The folder of the store, made."""
    path = Path(STORE[-1])
    path.mkdir()
    return path


async def test_the_next_start_is_where_the_last_one_ended(make: Make, store: Path) -> None:
    desk = make()
    async with desk.app.run_test(size=(120, 40)) as pilot:
        await settle(pilot, desk)
        await pilot.press(*"700", "G")
        await settle(pilot, desk)
        here = desk.cursor
        await pilot.press("ctrl+p", "escape")
    again = make()
    async with again.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, again, 0.2)
        assert again.cursor == here == 301
        assert "700 of 1,000" in again.text()


async def test_every_folder_remembers_how_it_was_listed(make: Make, store: Path) -> None:
    desk = make()
    async with desk.app.run_test(size=(120, 40)) as pilot:
        await settle(pilot, desk)
        await pilot.press("T")
        await settle(pilot, desk)
        await pilot.press("g", "a", "O", *"oldest", "enter", "g", "i")
        await settle(pilot, desk)
    assert {(one.folder, one.order) for one in Memory(str(store)).screen().orders} == {
        ("INBOX", "threads"),
        ("Archive", "oldest"),
    }
    again = make()
    async with again.app.run_test(size=(120, 40)) as pilot:
        await settle(pilot, again, 0.2)
        assert "threads" in again.lines()[0]
        await pilot.press("g", "a")
        await settle(pilot, again)
        assert isinstance(again.main.messages.state.folding, Order)
        await pilot.press("g", "t")
        await settle(pilot, again)
        assert again.main.messages.state.folding is None


async def test_folders_are_listed_as_the_config_says(make: Make) -> None:
    desk = make(listing=ListStyle(("date", "subject"), order="oldest"))
    async with desk.app.run_test(size=(100, 24)) as pilot:
        await settle(pilot, desk)
        assert "oldest first" in desk.lines()[0]
        assert desk.cursor == 1
        assert "Lindqvist" not in desk.text()


async def test_at_the_top_one_begins_at_the_top(make: Make, store: Path) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
    assert Memory(str(store)).screen().at == Whereabouts("home", "INBOX", 0, 0)
    again = make()
    again.reader.deliver(3)
    async with again.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, again)
        assert again.cursor == 1003


async def test_a_message_that_is_gone_leaves_its_place(make: Make, store: Path) -> None:
    desk = make()
    row = desk.reader.row(500)
    Memory(str(store)).keep_screen(Remembered(Whereabouts("home", "INBOX", row.date, row.placement)))
    desk.reader.drop(500)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk, 0.2)
        assert desk.cursor in {499, 501}


async def test_another_folder_and_one_that_is_gone(make: Make, store: Path) -> None:
    for folder, title in (("Receipts", "Receipts"), ("Gone for good", "Inbox")):
        Memory(str(store)).keep_screen(Remembered(Whereabouts("home", folder)))
        desk = make()
        async with desk.app.run_test(size=(80, 24)) as pilot:
            await settle(pilot, desk)
            assert desk.main.messages.source is not None
            assert desk.main.messages.source.title == title


async def test_a_search_remembers_the_folder_below_it(make: Make, store: Path) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("j", "j", "slash", *"boat", "enter")
        await settle(pilot, desk)
        await pilot.press("j", "j", "j")
    at = Memory(str(store)).screen().at
    assert (at.account, at.folder, at.placement) == ("home", "INBOX", 998)


async def test_a_damaged_file_changes_nothing(make: Make, store: Path) -> None:
    (store / SCREEN).write_bytes(b"{\xff")
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        assert desk.cursor == 1000


async def test_panes_grow_and_shrink_by_keys_and_stay_so(make: Make, store: Path) -> None:
    desk = make()
    async with desk.app.run_test(size=(200, 50)) as pilot:
        await settle(pilot, desk)
        main = desk.main
        folders, messages = main.folders.size.width, main.messages.size.width
        await pilot.press("h", "ctrl+right", "ctrl+right")
        await pilot.pause()
        assert main.folders.size.width == folders + 4
        await pilot.press("h", *"3", "ctrl+left")
        await pilot.pause()
        assert main.folders.size.width == folders + 4
        assert messages - 12 <= main.messages.size.width <= messages - 6
        widths = (main.folders.size.width, main.messages.size.width)
    again = make()
    async with again.app.run_test(size=(200, 50)) as pilot:
        await settle(pilot, again)
        assert (again.main.folders.size.width, again.main.messages.size.width) == widths
        await pilot.press("z", "0")
        await pilot.pause()
        assert again.main.folders.size.width == folders


async def test_panes_one_above_the_other(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(120, 40)) as pilot:
        await settle(pilot, desk)
        before = desk.main.messages.size.height
        await pilot.press("4", "ctrl+down")
        await pilot.pause()
        assert before + 3 <= desk.main.messages.size.height <= before + 5
        await pilot.press("9", "9", "ctrl+up")
        await pilot.pause()
        assert desk.main.messages.size.height == LEAST_LINES
        await pilot.press("ctrl+up")
        await pilot.pause()
        assert "no other pane" in desk.text()


async def test_one_pane_has_nothing_to_give(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(60, 20)) as pilot:
        await settle(pilot, desk)
        await pilot.press("ctrl+right")
        await pilot.pause()
        assert "no other pane" in desk.text()
        assert desk.main.memory.screen.sizes == Sizes()


def test_whatever_the_sizes_every_pane_keeps_its_least() -> None:
    wanted = (None, 0, 14, 60, 100, 500)
    for width, height, one, two in itertools.product((80, 119, 120, 149, 150, 260), (10, 30, 80), wanted, wanted):
        for focus in ("folders", "list", "reader"):
            layout = arrange(width, height, focus, False, Sizes(one, two, two))
            if layout.panes is Panes.TWO:
                assert layout.folders + layout.list + layout.reader == width
                assert not layout.list or layout.list >= LEAST_LIST
                continue
            assert layout.folders >= LEAST_FOLDERS
            if layout.stacked:
                assert LEAST_LINES <= layout.stacked <= height - 2 - LEAST_LINES
            else:
                assert layout.folders + layout.list + layout.reader == width
                assert layout.list >= LEAST_LIST
                assert layout.reader >= LEAST_READER


@pytest.mark.parametrize("size", [(80, 24), (120, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("focus", ["folders", "list"])
def test_growing_and_shrinking_by_as_much_changes_nothing(size: tuple[int, int], focus: str) -> None:
    layout = arrange(*size, focus, False)
    sizes = resized(layout, Sizes(), size[1], focus, 4)
    bigger = arrange(*size, focus, False, sizes)
    assert bigger != layout
    back = resized(bigger, sizes, size[1], focus, -4)
    again = arrange(*size, focus, False, back)
    assert abs(again.folders - layout.folders) <= 1
    assert abs(again.reader - layout.reader) <= 2


async def _drag(pilot: Pilot[None], start: tuple[int, int], end: tuple[int, int], button: int = 1) -> None:
    await pilot._post_mouse_events([events.MouseMove, events.MouseDown], offset=start, button=1)
    await pilot._post_mouse_events([events.MouseMove], offset=end, button=button)
    await pilot._post_mouse_events([events.MouseUp], offset=end, button=button)
    await pilot.pause()


async def test_the_mouse_draws_the_edges(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(200, 50)) as pilot:
        await settle(pilot, desk)
        main = desk.main
        width = main.folders.size.width
        await _drag(pilot, (width - 1, 9), (width + 8, 12))
        assert main.folders.size.width == width + 9
        await _drag(pilot, (width + 8, 9), (width + 1, 9), button=0)  # moved with no button held: nothing is drawn
        assert main.folders.size.width == width + 9
        reader = main.reader.region
        await _drag(pilot, (reader.x, 20), (reader.x - 10, 20))
        assert main.reader.region.x == reader.x - 10
        await _drag(pilot, (reader.x + 30, 20), (reader.x, 20))  # no edge there
        assert main.reader.region.x == reader.x - 10
        assert desk.engine.deeds == []
        await pilot.resize_terminal(120, 40)
        await settle(pilot, desk)
        top = main.reader.region.y
        await _drag(pilot, (60, top), (60, top - 5))
        assert abs(main.reader.region.y - (top - 5)) <= 1


async def test_a_list_painted_before_it_knows_its_width_has_the_right_columns(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(100, 24)) as pilot:
        await settle(pilot, desk)
        messages = desk.main.messages
        before = desk.lines()[3]
        messages._columns = Columns.of(10)
        messages.forget()
        messages.refresh()
        await pilot.pause()
        assert desk.lines()[3] == before


async def test_an_empty_folder_names_the_keys_that_there_are(make: Make) -> None:
    desk = make(keys=(("any", (("J", ""), ("ctrl+j", "next_folder"))),))
    async with desk.app.run_test(size=(100, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("g", "d")
        await settle(pilot, desk)
        assert "Nothing here" in desk.text()
        assert "^J  next folder" in desk.text()
        assert "gi  inbox" in desk.text()
