"""Terminals that show no colours, or few; and what stands above the list."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rich.style import Style

from mailtui.ui.panes.which import WhichKey
from tests.ui.conftest import Desk, settle

Make = Callable[..., Desk]


def styles(desk: Desk, text: str) -> list[Style]:
    """Of the segments that hold this text."""
    strips = desk.app.screen._compositor.render_strips()
    return [one.style or Style() for strip in strips for one in strip if text in one.text]


async def test_without_colours_everything_is_in_the_terminals_own(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    desk = make(posting=True)
    async with desk.app.run_test(size=(120, 40)) as pilot:
        await settle(pilot, desk)
        await pilot.press("enter")
        await settle(pilot, desk, 0.3)
        strips = desk.app.screen._compositor.render_strips()
        for segment in (one for strip in strips for one in strip if one.style is not None):
            assert segment.style is not None
            assert segment.style.color is None or segment.style.color.is_default, segment
            assert segment.style.bgcolor is None or segment.style.bgcolor.is_default, segment
        await pilot.press("slash", *"dinner")
        await settle(pilot, desk)
        (written, *_) = styles(desk, "dinner")
        assert written.color is None or written.color.is_default
        cursor = desk.app.screen.query_one("#search-entry").get_component_rich_style("input--cursor")
        assert cursor.reverse, "the cursor can be seen"


@pytest.mark.parametrize(
    ("term", "colorterm", "theme"),
    [
        ("xterm", "", "mailtui-ansi"),
        ("linux", "", "mailtui-ansi"),
        ("xterm-256color", "", "mailtui-light"),
        ("xterm", "truecolor", "mailtui-light"),
        ("", "", "mailtui-light"),
    ],
)
def test_sixteen_colours_get_the_palette_of_sixteen(
    make: Make, monkeypatch: pytest.MonkeyPatch, term: str, colorterm: str, theme: str
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("COLORTERM", colorterm)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert make(theme="mailtui-light").app.theme == theme


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 60)])
async def test_all_that_can_follow_a_key_is_seen(make: Make, size: tuple[int, int]) -> None:
    desk = make()
    async with desk.app.run_test(size=size) as pilot:
        await settle(pilot, desk)
        await pilot.press("g")
        await settle(pilot, desk, 1.0)
        box = desk.main.query_one(WhichKey)
        shown = "\n".join(desk.lines()[box.region.y : box.region.bottom])
        ways = {keys[1] for keys, _ in desk.main.keymap.bindings["list"].continuations(("g",))}
        assert len(ways) > 12
        assert all(f" {key}  " in shown for key in ways), shown
        assert "\u2026" not in shown.split("\n", 1)[1], "no word is cut"


async def test_more_than_there_is_room_for_is_counted(make: Make) -> None:
    table = tuple((f"g {letter}", "sync_folder") for letter in "bejkmpqwxyzABCDEFGHIJKLMNOPQ")
    desk = make(keys=(("list", table),))
    async with desk.app.run_test(size=(60, 20)) as pilot:
        await settle(pilot, desk)
        await pilot.press("g")
        await settle(pilot, desk, 1.0)
        assert "more: ?" in desk.text()


async def test_the_footer_tells_of_the_search_while_one_types(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        assert "archive" in desk.lines()[-1]
        await pilot.press("slash", "a")
        await settle(pilot, desk)
        assert "archive" not in desk.lines()[-1], "a is a letter here"
        assert "from:" in desk.lines()[-1]
        assert " / a" in desk.text()
        await pilot.press("enter")
        await settle(pilot, desk)
        assert "archive" in desk.lines()[-1]


async def test_the_row_that_is_jumped_to_is_never_behind_the_box(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        for key in ("home", "end"):
            await pilot.press(key, "apostrophe")
            await settle(pilot, desk, 0.2)
            box = desk.app.screen.query_one("#overlay").region
            state = desk.main.messages.state
            assert not box.y <= state.cursor - state.top + 1 < box.bottom
            await pilot.press("escape")
            await settle(pilot, desk)
