"""Keys of the reader: headers, quotes, the whole of it, links, the browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mailtui.mail.render.page import FIRST_TEXT
from tests.ui.conftest import Desk, settle
from tests.ui.test_ui_attachments import opened

Make = Callable[..., Desk]
HTML = (
    b"From: anna@example.org\r\nSubject: links\r\nX-Odd: yes\r\nContent-Type: text/html\r\n\r\n"
    b"<p><a href='https://evil.example/x'>www.bank.example</a> <a href='https://good.example/'>here</a>"
    b"<img src=http://t.example/p.gif></p>"
)


async def test_all_headers_come_and_go(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await opened(desk, pilot, HTML)
        assert "X-Odd" not in desk.text()
        await pilot.press("H")
        await settle(pilot, desk, 0.1)
        assert "X-Odd         yes" in desk.text()
        await pilot.press("H")
        await settle(pilot, desk, 0.1)
        assert "X-Odd" not in desk.text()


async def test_quotes_at_the_end_open_and_fold(make: Make) -> None:
    desk = make()
    raw = b"Subject: x\r\n\r\nNew words.\r\n\r\nAnna wrote:\r\n" + b"> the old words\r\n" * 9
    async with desk.app.run_test(size=(100, 40)) as pilot:
        await opened(desk, pilot, raw)
        assert "[9 quoted lines]" in desk.text()
        assert "the old words" not in desk.text()
        await pilot.press("z", "q")
        await settle(pilot, desk, 0.1)
        assert desk.text().count("the old words") == 9
        await pilot.press("z", "q")
        await settle(pilot, desk, 0.1)
        assert "[9 quoted lines]" in desk.text()


async def test_a_long_message_is_shown_whole_on_demand(make: Make) -> None:
    desk = make()
    raw = b"Subject: x\r\n\r\n" + b"words and more words\r\n" * (FIRST_TEXT // 20) + b"THE END\r\n"
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await opened(desk, pilot, raw)
        assert "only the first 400,000 characters are shown" in desk.text()
        await pilot.press("z", "a")
        await settle(pilot, desk, 0.1)
        assert "only the first" not in desk.text()
        await pilot.press("G")
        await settle(pilot, desk)
        assert "THE END" in desk.text()


async def test_links_are_listed_opened_and_copied(make: Make, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    desk = make(opener=("/bin/sh", "-c", f'echo "$0" >> {seen}'))
    copied: list[str] = []
    async with desk.app.run_test(size=(100, 30)) as pilot:
        desk.app.copy_to_clipboard = copied.append  # type: ignore[method-assign, assignment]
        await opened(desk, pilot, HTML)
        await pilot.press("l")
        await settle(pilot, desk, 0.1)
        assert "! says www.bank.example, leads to evil.example" in desk.text()
        await pilot.press("y")
        await pilot.pause()
        assert copied == ["https://evil.example/x"]
        await pilot.press("enter")
        await settle(pilot, desk, 0.1)
        assert "Open evil.example?" in desk.text()
        await pilot.press("n", "j", "enter")
        await settle(pilot, desk, 0.3)
        await pilot.press("q", "1", "l")
        await settle(pilot, desk, 0.1)
        assert not seen.exists() or seen.read_text() == "https://good.example/\n"
        await pilot.press("y")
        await settle(pilot, desk, 0.3)
        await pilot.press("9", "l")
        await pilot.pause()
        assert "There are only 2 links" in desk.text()
    assert seen.read_text().splitlines() == ["https://good.example/", "https://evil.example/x"]


async def test_no_links_no_panel(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await opened(desk, pilot, b"Subject: x\r\n\r\nwords")
        await pilot.press("l")
        await pilot.pause()
        assert "There are no links in this message" in desk.text()


async def test_the_browser_gets_a_file_that_loads_nothing(make: Make, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    desk = make(opener=("/bin/sh", "-c", f'cat "$0" > {seen}'))
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await opened(desk, pilot, HTML)
        await pilot.press("V")
        await settle(pilot, desk, 0.4)
        assert "nothing remote is loaded" in desk.text()
        page = seen.read_text()
    assert "t.example" not in page
    assert "default-src &#x27;none&#x27;" in page
    assert 'href="https://good.example/"' in page


async def test_a_key_pressed_twice_closes_only_once(make: Make) -> None:
    """Two keys that come together both meant the same screen; Textual would end the program."""
    desk = make()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await opened(desk, pilot, HTML)
        for keys in (("l", "q"), ("?", "escape"), ("|", "escape"), ("z", "s", "q")):
            await pilot.press(*keys[:-1])
            await settle(pilot, desk, 0.1)
            screen = desk.app.screen
            assert screen is not desk.main
            screen.dismiss(None)
            screen.dismiss(None)
            await settle(pilot, desk, 0.1)
            assert desk.app.screen is desk.main
        assert desk.app.is_running
