"""Writing: fields, completion, text, files, the disk, several at once."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot

from mailtui.model.outgoing import Person
from mailtui.ui.screens.composer import ComposerScreen
from mailtui.ui.widgets.entry import Entry
from mailtui.view.composer import Field
from tests.ui.conftest import Desk, settle

Make = Callable[..., Desk]


@pytest.fixture
def write(make: Make, tmp_path: Path) -> Make:
    """A desk whose store is a folder of this test."""
    return lambda total=20, **more: make(total, store=str(tmp_path), **more)


def person(name: str, address: str) -> Person:
    return Person(address, name, 1, 1, 0.0)


def composer(desk: Desk) -> ComposerScreen:
    screen = desk.app.screen
    assert isinstance(screen, ComposerScreen), screen
    return screen


async def typed(pilot: Pilot[None], desk: Desk, text: str) -> None:
    await pilot.press(*[{" ": "space", "\n": "enter", "@": "@"}.get(char, char) for char in text])
    await settle(pilot, desk)


async def opened(pilot: Pilot[None], desk: Desk) -> ComposerScreen:
    await settle(pilot, desk)
    await pilot.press("c")
    await settle(pilot, desk)
    return composer(desk)


def stored(folder: Path) -> list[dict[str, object]]:
    return [json.loads(path.read_text()) for path in sorted((folder / "composing").glob("*.json"))]


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (100, 30), (140, 45)])
async def test_a_new_message_has_its_sender_and_the_keys_in_to(write: Make, size: tuple[int, int]) -> None:
    desk = write()
    async with desk.app.run_test(size=size) as pilot:
        screen = await opened(pilot, desk)
        assert screen.head.focused() is Field.TO
        lines = desk.lines()
        assert "Me <me@home.example>" in lines[1]
        assert "New message" in lines[0]
        assert "^S send" in lines[-1]
        assert "Esc keep draft" in lines[-1]
        assert not any("Bcc" in line for line in lines[:6])


async def test_names_are_completed_from_any_part(write: Make) -> None:
    desk = write()
    desk.reader.known = [person("Anna Berg", "berg@harbour.example"), person("Bo, Li", "bo@x.example")]
    async with desk.app.run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot, desk)
        await typed(pilot, desk, "erg")
        assert screen.completing.is_open
        assert "berg@harbour.example" in desk.text()
        await pilot.press("enter")
        await settle(pilot, desk)
        assert screen.head.entries[Field.TO].value == "Anna Berg <berg@harbour.example>, "
        assert "berg@harbour.example" not in "".join(desk.lines()[3:])
        await typed(pilot, desk, "bo")
        await pilot.press("tab")
        await settle(pilot, desk)
        assert screen.current().to.endswith('"Bo, Li" <bo@x.example>, ')
        assert screen.head.focused() is Field.TO


async def test_escape_closes_the_completion_and_not_the_message(write: Make) -> None:
    desk = write()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot, desk)
        await typed(pilot, desk, "a")
        assert "anna@lindqvist.example" in desk.text()
        await pilot.press("escape")
        await settle(pilot, desk)
        assert not screen.completing.is_open
        assert composer(desk) is screen


async def test_a_field_that_was_left_shows_names_and_marks_what_is_no_address(write: Make) -> None:
    desk = write()
    desk.reader.known = []
    async with desk.app.run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot, desk)
        await typed(pilot, desk, "Anna Berg <a@b.example>, bogus, x@y.example")
        await pilot.press("enter")
        await settle(pilot, desk)
        assert "Anna Berg, bogus ?, x@y.example" in desk.lines()[2]
        assert screen.head.focused() is Field.SUBJECT


async def test_cc_and_bcc_come_when_wanted(write: Make) -> None:
    desk = write()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, desk)
        await pilot.press("ctrl+b")
        await settle(pilot, desk)
        assert screen.head.focused() is Field.CC
        assert desk.lines()[4].strip().startswith("Bcc")


async def test_brackets_are_text_and_not_markup(write: Make) -> None:
    desk = write()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, desk)
        screen.head.entries[Field.SUBJECT].focus()
        await typed(pilot, desk, "[/] [red]x[/red]")
        await pilot.press("enter")
        await typed(pilot, desk, "[bold]no[/bold]")
        assert "[/] [red]x[/red]" in desk.text()
        assert "[bold]no[/bold]" in desk.text()
        assert screen.current().text.startswith("[bold]no[/bold]")


async def test_what_is_pasted_can_not_command_the_terminal(write: Make) -> None:
    desk = write()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, desk)
        screen.writing.focus()
        await pilot.pause()
        desk.app.post_message(events.Paste("one\r\ntwo\x1b]0;x\x07\u202eend"))
        await settle(pilot, desk, 0.1)
        assert screen.writing.text.startswith("one\ntwo]0;x")
        shown = desk.text()
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        screen.head.entries[Field.TO].focus()
        await pilot.pause()
        desk.app.post_message(events.Paste("a@b.example\nc@d.example\x1b[2J"))
        await settle(pilot, desk, 0.1)
        assert "\x1b" not in screen.current().to
        assert screen.current().to.startswith("a@b.example, c@d.example")


async def test_text_is_on_the_disk_within_two_seconds_and_comes_back(write: Make, tmp_path: Path) -> None:
    desk = write()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, desk)
        screen.writing.focus()
        await typed(pilot, desk, "dear all")
        await settle(pilot, desk, 1.3)
        assert [one["text"] for one in stored(tmp_path)] == ["dear all"]
        assert "saved" in desk.lines()[0]
        before = {path.name: path.read_bytes() for path in (tmp_path / "composing").iterdir()}
    for name, data in before.items():  # what a kill -9 would have left
        (tmp_path / "composing" / name).write_bytes(data)
    again = write()
    async with again.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, again)
        assert "1 draft open" in again.text()
        await pilot.press("g", "c")
        await settle(pilot, again)
        assert composer(again).current().text == "dear all"
        assert composer(again).writing.cursor_location == (0, 8)


async def test_quitting_keeps_what_was_typed_this_moment(write: Make, tmp_path: Path) -> None:
    desk = write()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, desk)
        screen.writing.focus()
        await typed(pilot, desk, "last word")
    assert [one["text"] for one in stored(tmp_path)] == ["last word"]


async def test_a_disk_that_takes_nothing_is_told_and_the_text_stays(make: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    desk = make(20, store=str(tmp_path / "file"))
    async with desk.app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, desk)
        screen.writing.focus()
        await typed(pilot, desk, "precious")
        await settle(pilot, desk, 1.3)
        assert "not saved" in desk.lines()[0]
        assert "can't be saved" in desk.lines()[-2]
        assert screen.writing.text == "precious"


async def test_several_messages_are_open_and_the_list_is_usable(write: Make) -> None:
    desk = write()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        first = await opened(pilot, desk)
        first.writing.focus()
        await typed(pilot, desk, "one")
        await pilot.press("ctrl+g")
        await settle(pilot, desk)
        assert desk.app.screen is desk.main
        assert "1 draft open" in desk.text()
        cursor = desk.cursor
        await pilot.press("j")
        assert desk.cursor != cursor
        second = await opened(pilot, desk)
        assert second is not first
        assert "1 more open" in desk.lines()[0]
        await pilot.press("ctrl+n")
        await settle(pilot, desk)
        assert composer(desk) is first
        assert first.writing.text == "one"
        await pilot.press("ctrl+z")
        await settle(pilot, desk)
        assert first.writing.text == "", "the undo of the text outlives being put aside"
        await pilot.press("ctrl+g", "g", "c")
        await settle(pilot, desk)
        assert "Messages you write" in desk.text()


async def test_an_empty_message_goes_without_a_question(write: Make, tmp_path: Path) -> None:
    desk = write()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, desk)
        await pilot.press("escape")
        await settle(pilot, desk)
        assert desk.app.screen is desk.main
        assert not desk.main.writing.composing.screens
        assert not stored(tmp_path)


async def test_throwing_away_asks_first(write: Make, tmp_path: Path) -> None:
    desk = write()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, desk)
        screen.writing.focus()
        await typed(pilot, desk, "hm")
        await settle(pilot, desk, 1.3)
        await pilot.press("ctrl+d")
        await settle(pilot, desk)
        assert "Throw away what you wrote?" in desk.text()
        await pilot.press("n")
        await settle(pilot, desk)
        assert composer(desk) is screen
        await pilot.press("ctrl+d", "y")
        await settle(pilot, desk)
        assert desk.app.screen is desk.main
        assert not stored(tmp_path)


async def test_files_are_attached_by_path_pattern_and_taken_away(write: Make, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for name in ("a.txt", "b.txt", "c [1].pdf"):
        (docs / name).write_bytes(b"x" * 2048)
    desk = write()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, desk)
        await pilot.press("ctrl+t")
        await settle(pilot, desk)
        await typed(pilot, desk, f"{docs}/c")
        await pilot.press("enter")
        await settle(pilot, desk, 0.1)
        assert [one.name for one in screen.current().files] == ["c [1].pdf"]
        await pilot.press("ctrl+t")
        await typed(pilot, desk, f"{docs}/*.txt")
        await pilot.press("enter")
        await settle(pilot, desk, 0.1)
        files = screen.current().files
        assert [one.name for one in files] == ["c [1].pdf", "a.txt", "b.txt"]
        screen.foot.hush()
        await pilot.pause()
        assert "3 files, 6K" in desk.text()
        (docs / "a.txt").unlink()
        assert os.path.getsize(files[1].path) == 2048, "our own copy"
        screen.files_line.focus()
        await pilot.press("j", "d")
        await settle(pilot, desk)
        assert [one.name for one in screen.current().files] == ["c [1].pdf", "b.txt"]


async def test_enter_never_takes_a_path_of_what_was_typed_before(
    write: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list comes from a slow disk; a person types the whole path and Enter before it is there."""
    wanted = tmp_path / "wanted.txt"
    wanted.write_text("x")
    slow = threading.Event()

    def candidates(typed: str) -> list[str]:
        if typed:
            slow.wait(5)
        return [typed] if typed else ["other.txt"]

    monkeypatch.setattr("mailtui.ui.screens.compose_files.candidates", candidates)
    desk = write()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, desk)
        await pilot.press("ctrl+t")
        await settle(pilot, desk, 0.2)
        prompt = desk.app.screen
        assert "other.txt" in desk.text()
        prompt.query_one(Entry).value = str(wanted)
        await pilot.press("enter")
        await pilot.pause()
        assert desk.app.screen is prompt
        slow.set()
        await settle(pilot, desk, 0.2)
        assert [one.name for one in screen.current().files] == ["wanted.txt"]


async def test_the_text_has_keys_for_its_start_and_end(write: Make) -> None:
    desk = write()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, desk)
        screen.writing.focus()
        await typed(pilot, desk, "one\ntwo")
        await pilot.press("ctrl+home")
        assert screen.writing.cursor_location == (0, 0)
        await pilot.press("ctrl+end")
        assert screen.writing.cursor_location == (1, 3)


async def test_a_file_that_is_not_there_is_told(write: Make, tmp_path: Path) -> None:
    desk = write()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, desk)
        desk.main.writing.composing._enclosing.enclose(screen, [str(tmp_path / "gone")])
        await settle(pilot, desk, 0.1)
        assert "can't read" in desk.lines()[-2]
        assert not screen.current().files


async def test_a_dropped_path_asks_to_attach(write: Make, tmp_path: Path) -> None:
    (tmp_path / "my report.txt").write_text("x")
    desk = write()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, desk)
        screen.writing.focus()
        await pilot.pause()
        path = str(tmp_path / "my report.txt").replace(" ", "\\ ")
        desk.app.post_message(events.Paste(path))
        await settle(pilot, desk, 0.1)
        assert "Attach" in desk.text()
        await pilot.press("y")
        await settle(pilot, desk, 0.1)
        assert [one.name for one in screen.current().files] == ["my report.txt"]
        desk.app.post_message(events.Paste("/no/such/file"))
        await settle(pilot, desk, 0.1)
        assert screen.writing.text == "/no/such/file"


async def test_the_address_command_adds_people(write: Make, tmp_path: Path) -> None:
    script = tmp_path / "book"
    script.write_text("#!/bin/sh\nprintf 'found 1\\nzora@x.example\\tZora %s\\n' $1\n")
    script.chmod(0o700)
    desk = write(address_command=(str(script),))
    desk.reader.known = []
    async with desk.app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, desk)
        await typed(pilot, desk, "zo")
        for _ in range(50):
            await settle(pilot, desk, 0.02)
            if screen.completing.is_open:
                break
        assert "Zora zo" in desk.text()


async def test_quotes_are_answered_cut_filled_and_made(write: Make) -> None:
    desk = write()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot, desk)
        text = "> one two three\n> four\n\nmine\n> last"
        screen.set_text(text)
        screen.set_focus(screen.writing)
        screen.writing.move_cursor((0, 6))
        await pilot.press("enter")
        await typed(pilot, desk, "So?")
        assert screen.writing.text == "> one\n\nSo?\n\n> two three\n> four\n\nmine\n> last"
        screen.writing.move_cursor((4, 3))
        await pilot.press("f7")
        await settle(pilot, desk)
        assert screen.writing.text == "> one\n\nSo?\n\n> two three four\n\nmine\n> last"
        await pilot.press("f6")
        await settle(pilot, desk)
        assert screen.writing.text == "> one\n\nSo?\n\nmine\n> last"
        await pilot.press("ctrl+z")
        await settle(pilot, desk)
        assert screen.writing.text == "> one\n\nSo?\n\n> two three four\n\nmine\n> last"
        await pilot.press("f6", "f6")
        await settle(pilot, desk)
        assert screen.writing.text == "> one\n\nSo?\n\nmine"
        await pilot.press("f6")
        await settle(pilot, desk)
        assert "There is no quote from here on" in desk.text()
        screen.writing.move_cursor((4, 2))
        await pilot.press("f8")
        await settle(pilot, desk)
        assert screen.writing.text == "> one\n\nSo?\n\n> mine"
        assert stored(Path(desk.main.settings.store))[0]["text"] or screen.edition > screen.kept
