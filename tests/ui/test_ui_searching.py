"""Searching on the screen: completion, where is looked, searches that are kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from mailtui.files.remembering import SEARCHES, Memory
from mailtui.model.changes import Answered
from mailtui.model.ids import AccountId, MailboxId, Revision
from mailtui.model.intents import AskServer
from mailtui.model.remembered import SavedSearch
from mailtui.view.asking import Reach
from tests.support.fake_store import STORE
from tests.ui.conftest import Desk, settle

Make = Callable[..., Desk]


def _line(desk: Desk) -> str:
    return desk.main.search.typed


@pytest.fixture
def store(own_store: None) -> Path:
    """The folder of the store, made."""
    path = Path(STORE[-1])
    path.mkdir()
    return path


async def test_tab_completes_operators_values_and_people(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("slash")
        await pilot.pause()
        assert "from:  to:  subject:" in desk.text()
        await pilot.press(*"su", "tab")
        assert _line(desk) == "subject:"
        await pilot.press(*"invoice is:unr", "tab")
        await settle(pilot, desk, 0.2)
        assert _line(desk) == "subject:invoice is:unread"
        await pilot.press(*"from:anna", "tab")  # it may come before the people do
        await settle(pilot, desk, 0.1)
        assert _line(desk) == "subject:invoice is:unread from:anna@lindqvist.example"


async def test_tab_goes_round_and_typing_goes_on_from_there(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, desk)
        await pilot.press("slash", *"in:", "tab", "tab")
        assert _line(desk) == "in:drafts"
        await pilot.press("shift+tab")
        assert _line(desk) == "in:inbox"
        await pilot.press("shift+tab")
        assert _line(desk) == "in:Receipts"
        await pilot.press("space", *"boat")
        await settle(pilot, desk, 0.2)
        assert _line(desk) == "in:Receipts boat"
        assert desk.main.messages.source is not None
        assert desk.main.messages.source.query == "in:Receipts boat"


async def test_without_an_offer_tab_goes_to_the_list(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("slash", *"boat", "tab")
        await settle(pilot, desk)
        assert desk.main.focused is desk.main.messages
        assert desk.main.messages.searching


async def test_one_key_changes_where(make: Make) -> None:
    desk = make(accounts=("home", "work"))
    async with desk.app.run_test(size=(100, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("slash", *"boat", "ctrl+t")
        await settle(pilot, desk, 0.2)
        source = desk.main.messages.source
        assert source is not None
        assert (source.query, source.mailbox) == ("account:home (boat)", None)
        assert "Search in home" in desk.text()
        await pilot.press("ctrl+t")
        await settle(pilot, desk, 0.2)
        source = desk.main.messages.source
        assert source is not None
        assert (source.query, source.mailbox) == ("boat", 1)
        assert "Search in Inbox" in desk.text()
        await pilot.press("enter", "ctrl+t")
        await settle(pilot, desk)
        assert desk.main.search.reach is Reach.EVERYWHERE
        assert "Search in all mail" in desk.text()
        await pilot.press("escape", "ctrl+t")
        await settle(pilot, desk)
        assert "no search here" in desk.text()


async def test_earlier_searches_come_back(make: Make, store: Path) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        for words in ("boat", "invoice"):
            await pilot.press("slash", *words, "enter")
            await settle(pilot, desk)
            await pilot.press("escape")
        await pilot.press("slash", *"x", "up")
        assert _line(desk) == "invoice"
        await pilot.press("up", "up")
        assert _line(desk) == "boat"
        await pilot.press("down", "down")
        assert _line(desk) == "x"
        await pilot.press("escape")
    assert Memory(str(store)).screen().recent == ("invoice", "boat")


async def _save(desk: Desk, pilot: Pilot[None], words: str, name: str) -> None:
    await pilot.press("slash", *words)
    await settle(pilot, desk, 0.2)
    await pilot.press("ctrl+s")
    await pilot.pause()
    await pilot.press(*name, "enter")
    await settle(pilot, desk, 0.2)


async def test_a_search_is_kept_as_a_folder(make: Make, store: Path) -> None:
    desk = make()
    async with desk.app.run_test(size=(100, 40)) as pilot:
        await settle(pilot, desk)
        await _save(desk, pilot, "ticket", "Travel")
        assert "under Searches" in desk.text()
        await pilot.press("escape")
        await settle(pilot, desk, 0.3)
        lines = desk.lines()
        at = next(number for number, line in enumerate(lines) if "Searches" in line)
        assert "Travel" in lines[at + 1]
        found = [row for row in map(desk.reader.row, range(1, 1001)) if "ticket" in row.subject]
        unread = sum(not row.flags.seen for row in found)
        assert 0 < unread < 100
        assert f" {unread} " in lines[at + 1][:26]
        await pilot.press("g", "f", *"travel", "enter")
        await settle(pilot, desk)
        assert "Search “Travel”" in desk.text()
        assert desk.text().count("Your ticket") > 10
        assert desk.main.folders.tree_.current is not None
        assert desk.main.folders.tree_.current.name == "Travel"
        await pilot.press("slash")
        assert _line(desk) == "ticket"
        await pilot.press("escape")
        await settle(pilot, desk)
        assert desk.main.folders.tree_.opened == 1
        assert "Inbox  1,000" in desk.text()
    assert Memory(str(store)).searches() == (SavedSearch("Travel", "ticket"),)


async def test_kept_searches_are_there_again_renamed_and_deleted(make: Make, store: Path) -> None:
    Memory(str(store)).keep_searches((SavedSearch("One", "boat"), SavedSearch("Two", "dinner")))
    desk = make()
    async with desk.app.run_test(size=(100, 40)) as pilot:
        await settle(pilot, desk)
        await pilot.press("h", "G", "k")
        await settle(pilot, desk, 0.2)
        assert "Search “One”" in desk.text()
        await pilot.press("r", *"x", "enter")
        await settle(pilot, desk, 0.1)
        names = [one.name for one in desk.main.memory.shelf.searches]
        assert names == ["Onex", "Two"]
        await pilot.press("s")
        await pilot.pause()
        assert "nothing to subscribe to" in desk.text()
        await pilot.press("d", "n")
        await pilot.pause()
        assert len(desk.main.memory.shelf.searches) == 2
        await pilot.press("d", "y")
        await settle(pilot, desk, 0.1)
        assert desk.engine.deeds == []
    assert [one.name for one in Memory(str(store)).searches()] == ["Two"]


async def test_the_place_is_a_part_of_what_is_kept(make: Make, store: Path) -> None:
    desk = make(accounts=("home", "work"))
    async with desk.app.run_test(size=(100, 40)) as pilot:
        await settle(pilot, desk)
        await pilot.press("slash", "ctrl+t", "ctrl+t", *"boat OR dinner")
        await settle(pilot, desk, 0.2)
        await pilot.press("ctrl+s")
        await pilot.pause()
        await pilot.press(*"Here", "enter")
        await settle(pilot, desk, 0.2)
    (one,) = Memory(str(store)).searches()
    assert one == SavedSearch("Here", "account:home in:INBOX (boat OR dinner)")


async def test_a_kept_search_with_a_mistake_says_so(make: Make, store: Path) -> None:
    (store / SEARCHES).write_text(json.dumps({"searches": [{"name": "Odd", "query": "(x"}]}))
    desk = make()
    async with desk.app.run_test(size=(100, 40)) as pilot:
        await settle(pilot, desk)
        await pilot.press("h", "G", "enter")
        await settle(pilot, desk, 0.1)
        assert "never closed" in desk.text()


async def test_a_disk_that_takes_nothing_is_told(make: Make) -> None:
    desk = make(store="/dev/null/none")
    async with desk.app.run_test(size=(100, 40)) as pilot:
        await settle(pilot, desk)
        await _save(desk, pilot, "boat", "Lost")
        assert "can't be saved" in desk.text()


async def test_hostile_names_stay_text(make: Make, store: Path) -> None:
    Memory(str(store)).keep_searches((SavedSearch("[red]x[/]", "[@click=app.quit]"),))
    desk = make()
    async with desk.app.run_test(size=(100, 40)) as pilot:
        await settle(pilot, desk)
        assert "[red]x[/]" in desk.text()
        await pilot.press("h", "G", "enter")
        await settle(pilot, desk)
        assert "Search “[red]x[/]”" in desk.text()


async def test_keys_before_the_first_picture_are_kept(make: Make) -> None:
    desk = make()
    for key in "/boat":
        assert desk.app._main.take_key(key)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        for _ in range(30):
            await settle(pilot, desk, 0.1)
            if "Search in all mail" in desk.text():
                break
        assert _line(desk) == "boat"
        assert "Search in all mail" in desk.text()


async def test_no_letter_of_a_fast_search_is_a_command(make: Make) -> None:
    desk = make(obedient=True)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        for key in "/dad":
            if not desk.main.take_key(key):
                await pilot.press(key)
        await settle(pilot, desk, 0.2)
        assert _line(desk) == "dad"
        assert desk.engine.deeds == []
        await pilot.press("escape")
        for key in "/dad":
            if not desk.main.take_key(key):
                await pilot.press(key)
        await settle(pilot, desk, 0.2)
        assert _line(desk) == "dad"
        assert desk.engine.deeds == []


async def test_one_key_asks_the_server_and_the_results_are_read_again(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(100, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("ctrl+g")
        await pilot.pause()
        assert "no search here" in desk.text()
        await pilot.press("slash", *"boat", "ctrl+g")
        await settle(pilot, desk)
        assert desk.engine.sent[-1] == AskServer("boat")
        asked = desk.reader.calls["search"]
        await desk.tell(pilot, Answered(Revision(0), AccountId("home"), "other", 7))
        assert "found" not in desk.text()
        await desk.tell(pilot, Answered(Revision(0), AccountId("home"), "boat", 2))
        assert "home found 2 more messages" in desk.text()
        await settle(pilot, desk, 0.5)
        assert desk.reader.calls["search"] > asked
        await desk.tell(pilot, Answered(Revision(0), AccountId("work"), "boat", 0, "it is \x1b[31maway"))
        assert "work: it is" in desk.text()
        assert "\x1b" not in desk.text()
        await pilot.press("ctrl+t", "ctrl+g")
        await settle(pilot, desk)
        assert desk.engine.sent[-1] == AskServer("boat", MailboxId(1))
