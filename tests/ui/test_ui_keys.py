"""Keys as a person meets them: presets, mistakes with their line, the box of what follows, and `.`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mailtui.model.account import KEY_PRESETS, KeyPlace
from mailtui.model.intents import Move, SyncNow
from mailtui.ui.keymap import Keymap
from mailtui.ui.panes.which import WhichKey
from mailtui.ui.presets import preset
from mailtui.ui.screens import chords
from mailtui.view.keys import parse_keys
from tests.ui.conftest import Desk, settle

Make = Callable[..., Desk]


@pytest.mark.parametrize("name", KEY_PRESETS)
def test_a_preset_is_whole(name: str) -> None:
    keymap = Keymap((), name)
    assert keymap.problems == []
    for scope, pairs in preset(name).items():
        for text, action in pairs:
            keys = parse_keys(text)
            assert keys is not None
            for pane in ("list", "folders", "reader") if scope == "any" else (scope,):
                assert keymap.bindings[pane].get(keys) == action, (pane, text)
    for pane in ("list", "folders", "reader"):
        for needed in ("palette", "help", "quit", "back", "next", "open" if pane != "reader" else "zoom"):
            assert keymap.keys_for(needed, pane), (name, pane, needed)


def test_presets_have_their_own_hands() -> None:
    assert Keymap((), "gmail").bindings["list"].get(("u",)) == "back"
    assert Keymap((), "mutt").bindings["list"].get(("t",)) == "mark"
    aerc = Keymap((), "aerc").bindings["list"]
    assert aerc.get(("g",)) == "first"
    assert aerc.get(("g", "i")) is None


def test_the_persons_own_keys_come_after_the_preset() -> None:
    keymap = Keymap((("list", (("t", "archive"),)),), "mutt")
    assert keymap.problems == []
    assert keymap.bindings["list"].get(("t",)) == "archive"


def test_a_mistake_is_shown_with_its_line() -> None:
    place = KeyPlace("list", "x", "config.toml:7", '"x" = "archiv"', "^^^")
    (problem,) = Keymap((("list", (("x", "archiv"),)),), places=(place,)).problems
    assert problem.splitlines() == [
        'config.toml:7: [keys.list] "x" = "archiv": unknown; did you mean archive?',
        '"x" = "archiv"',
        "^^^",
    ]


def test_one_key_written_twice_and_a_key_of_another_scope() -> None:
    problems = Keymap((("list", (("ctrl+n", "next"), ("C-n", "archive"), ("w", "zoom"))),)).problems
    assert len(problems) == 2
    assert 'is the same key as "ctrl+n"' in problems[0]
    assert "zoom is not for this scope" in problems[1]


def test_hiding_many_is_one_problem() -> None:
    (problem,) = Keymap((("any", (("g", "help"),)),)).problems
    assert "g (help) hides" in problem
    assert "more in [keys." in problem


def test_why_a_key_means_nothing() -> None:
    keymap = Keymap()
    assert "in the reader it does: text or html part" in keymap.why_not(("t",), "list").lower()
    assert "g goes on with" in keymap.why_not(("g", "%"), "list")
    assert "? lists the keys" in keymap.why_not(("%",), "list")


async def test_the_box_of_what_follows(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chords, "PAUSE", 0.01)
    for size in ((60, 20), (120, 40)):
        desk = make()
        async with desk.app.run_test(size=size) as pilot:
            await settle(pilot, desk)
            await pilot.press("g")
            await settle(pilot, desk, 0.2)
            assert "Go to the inbox" in desk.text()
            assert "Esc ends it" in desk.text()
            words = [words for _, words in desk.main.query_one(WhichKey)._entries]
            assert all(one[0].isupper() for one in words), words
            await pilot.press("escape")
            await settle(pilot, desk)
            assert "Go to the inbox" not in desk.text()
            await pilot.press("g", "percent_sign")
            await settle(pilot, desk)
            assert "g goes on with" in desk.lines()[-2]


async def test_keys_are_named_and_do_nothing_meanwhile(make: Make) -> None:
    desk = make(obedient=True)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("ctrl+p", *"keys are called", "enter")
        await settle(pilot, desk)
        assert "Press keys to see their names" in desk.text()
        assert desk.app.screen.query_one("#overlay").region.x > 0  # in the middle, above the list
        assert "Inbox" in desk.text()
        await pilot.press("a", "ctrl+left", "g", "f9", "q", "escape", "ctrl+c")
        await settle(pilot, desk)
        lines = [line.strip() for line in desk.lines() if "  " in line]
        for name, words in (
            ("a ", "archive: Archive"),
            ("ctrl+left", "narrower: This pane narrower"),
            ("g ", "sequences"),
            ("f9", "nothing here"),
            ("q ", "quit: Quit"),
        ):
            assert any(f" {name}" in f" {line}" and words in line for line in lines), (name, desk.text())
        assert desk.main.messages.state.total == 1000
        await pilot.press("escape", "escape")
        await settle(pilot, desk)
        assert desk.app.screen_stack == [desk.main]


async def test_no_box_for_who_types_on(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("g", "h")
        await settle(pilot, desk)
        assert not desk.main.query("#which")


async def test_again(make: Make) -> None:
    desk = make(obedient=True)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("full_stop")
        await settle(pilot, desk)
        assert "Nothing was done yet" in desk.lines()[-2]
        await pilot.press("2", "d")
        await settle(pilot, desk, 0.1)
        assert desk.cursor == 998
        await pilot.press("full_stop")
        await settle(pilot, desk, 0.1)
        assert desk.cursor == 996
        await pilot.press("1", "full_stop")
        await settle(pilot, desk, 0.1)
        assert desk.cursor == 995
        await pilot.press("dollar_sign")
        assert any(isinstance(one, SyncNow) for one in desk.engine.sent)


async def test_again_moves_to_the_same_folder_without_a_question(make: Make) -> None:
    desk = make(obedient=True)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("m")
        await settle(pilot, desk)
        await pilot.press("enter")
        await settle(pilot, desk, 0.1)
        assert desk.cursor == 999
        await pilot.press("full_stop")
        await settle(pilot, desk, 0.1)
        assert desk.cursor == 998
        assert len(desk.app.screen_stack) == 1
        moves = [one for deed in desk.engine.deeds for one in deed.intents if isinstance(one, Move)]
        assert len(moves) == 2
        assert moves[0].to == moves[1].to
