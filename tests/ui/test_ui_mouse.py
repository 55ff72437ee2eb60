"""The mouse: what stands on the screen for an action does it when it is pressed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from mailtui.ui.screens.composer import ComposerScreen
from tests.ui.conftest import Desk, settle
from tests.ui.test_ui_attachments import PARTS, mail, opened
from tests.ui.test_ui_reading import HTML

Make = Callable[..., Desk]


async def press(desk: Desk, pilot: Pilot[None], words: str, line: int | None = None) -> None:
    """Click on the first of these words; `line`: only in this line of the screen."""
    lines = desk.lines()
    y = next(y for y, text in enumerate(lines) if words in text and line in (None, y - len(lines), y))
    assert await pilot.click(offset=(lines[y].index(words), y))
    await settle(pilot, desk, 0.2)


async def test_keys_at_the_foot_are_buttons(make: Make) -> None:
    desk = make(obedient=True)
    async with desk.app.run_test(size=(120, 30)) as pilot:
        await settle(pilot, desk)
        await press(desk, pilot, "a archive", -1)
        assert "Archived" in desk.lines()[-2]
        assert desk.main.messages.state.total == 999
        await press(desk, pilot, "u undo", -2)
        assert "Undone" in desk.lines()[-2]
        assert desk.main.messages.state.total == 1000
        await press(desk, pilot, "^R redo", -2)
        assert desk.main.messages.state.total == 999
        await press(desk, pilot, "keys", -1)
        assert "Keys: Message list" in desk.text()
        await pilot.press("escape")
        await press(desk, pilot, "search", -1)
        assert desk.main.search.typing
        await pilot.click(offset=(4, 29))  # what a search understands is no button
        await settle(pilot, desk)
        assert desk.main.search.typing


async def test_what_can_follow_a_key_is_no_button(make: Make) -> None:
    desk = make(obedient=True)
    async with desk.app.run_test(size=(120, 30)) as pilot:
        await settle(pilot, desk)
        await pilot.press("g")
        await pilot.click(offset=(14, 29))
        await settle(pilot, desk)
        assert desk.main.messages.state.total == 1000
        assert desk.main.scope == "list"


async def test_links_are_opened(make: Make, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    desk = make(opener=("/bin/sh", "-c", f'echo "$0" >> {seen}'))
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await opened(desk, pilot, HTML)
        await press(desk, pilot, "here [2]")
        for _ in range(100):  # another program writes it
            if seen.exists() and seen.read_text():
                break
            await settle(pilot, desk, 0.1)
        assert seen.read_text() == "https://good.example/\n"
        await press(desk, pilot, "www.bank.example")
        assert "evil.example" in desk.text()  # it says one host and leads to another: that is asked about
        await pilot.press("escape")
        assert seen.read_text() == "https://good.example/\n"


async def test_attachments_and_quotes_open(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await opened(desk, pilot, mail(*PARTS))
        await press(desk, pilot, "list.csv")
        assert "rope" in desk.text()
        await pilot.press("escape")
        await settle(pilot, desk)
    desk = make()
    raw = b"Subject: x\r\n\r\nNew words.\r\n\r\nAnna wrote:\r\n" + b"> the old words\r\n" * 9
    async with desk.app.run_test(size=(100, 40)) as pilot:
        await opened(desk, pilot, raw)
        await press(desk, pilot, "[9 quoted lines]")
        assert desk.text().count("the old words") == 9


async def test_the_keys_of_the_composer_are_buttons(make: Make) -> None:
    desk = make(posting=True)
    async with desk.app.run_test(size=(120, 30)) as pilot:
        await settle(pilot, desk)
        await press(desk, pilot, "c write", -1)
        assert isinstance(desk.app.screen, ComposerScreen)
        await press(desk, pilot, "cc bcc", -1)
        assert "Bcc" in desk.text()
        await press(desk, pilot, "keep draft", -1)
        assert desk.app.screen_stack == [desk.main]
