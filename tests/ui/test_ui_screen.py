"""The screen as a person uses it, over made-up mail."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest

from mailtui.model.changes import (
    AccountChanged,
    BodyArrived,
    BodyFailed,
    MailboxesChanged,
    Notice,
    ProgressChanged,
    Resync,
    RowsChanged,
)
from mailtui.model.folder import Role
from mailtui.model.ids import AccountId, MailboxId, PlacementId, Revision
from mailtui.model.intents import FetchBody, Look, SetFlags, SyncNow
from mailtui.model.link import LinkState
from mailtui.model.mail import Flag, Flags
from mailtui.ui.opening import HEADS_READ
from tests.support.fake_store import HOSTILE, mailbox
from tests.ui.conftest import Desk, settle, shown

SIZES = [(60, 20), (80, 24), (120, 40), (200, 60)]
INBOX = MailboxId(1)
R = Revision(9)
Make = Callable[..., Desk]


@pytest.mark.parametrize("size", SIZES)
async def test_opens_on_the_inbox_at_every_size(make: Make, size: tuple[int, int]) -> None:
    desk = make()
    async with desk.app.run_test(size=size) as pilot:
        await settle(pilot, desk)
        lines = desk.lines()
        assert all(len(lines) == size[1] for _ in lines)
        assert "Inbox  1,000 · 42 unread" in desk.text()
        assert desk.cursor == 1000
        assert "1 of 1,000" in lines[-2]
        assert "open" in lines[-1]
        assert ("Folders" in desk.text()) == (size[0] >= 80)
        assert ("Message" in desk.text()) == (size[0] >= 120)
        assert Look(INBOX) in desk.engine.sent


async def test_a_million_messages_cost_no_more_than_a_hundred(make: Make) -> None:
    asked = []
    for total in (100, 1_000_000):
        desk = make(total)
        async with desk.app.run_test(size=(80, 24)) as pilot:
            await settle(pilot, desk)
            asked.append(
                (desk.reader.calls["page"] - desk.reader.calls["most skipped"] // 4_000, desk.reader.calls["rank"])
            )
            assert desk.reader.calls["rows read"] < 500
            await pilot.press("end")
            await settle(pilot, desk)
            assert desk.cursor == 1
            assert desk.reader.calls["most skipped"] < 5_000
            await pilot.press("home")
            await settle(pilot, desk)
            assert desk.cursor == total
    assert asked[0][0] <= 2
    assert asked[1][1] == 0


async def test_jump_by_number_into_the_middle(make: Make) -> None:
    desk = make(100_000)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk, 0.5)
        desk.reader.calls.clear()
        await pilot.press("5", "0", "0", "0", "0", "G")
        await settle(pilot, desk)
        assert desk.cursor == 50_001
        assert desk.reader.calls["most skipped"] < 5_000


async def test_keys_move_and_counts_multiply(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("j", "j", "down", "k", "5", "j")
        assert desk.cursor == 1000 - 7
        await pilot.press("ctrl+d", "ctrl+u", "pagedown", "pageup")
        assert desk.cursor == 1000 - 7
        await pilot.press("g", "g")
        assert desk.cursor == 1000
        await pilot.press("]")
        await settle(pilot, desk)
        current = desk.main.messages.current
        assert current is not None
        assert not current.flags.seen


async def test_the_line_is_put_where_one_wants_it(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("5", "0", "j")
        state = desk.main.messages.state
        for key, line in (("t", 0), ("z", round((state.height - 1) / 2)), ("b", state.height - 1)):
            await pilot.press("z", key)
            await settle(pilot, desk)
            assert state.cursor == 50
            assert abs(state.cursor - state.top - line) <= 1, key


async def test_resize_keeps_the_cursor_and_its_row_in_sight(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(200, 60)) as pilot:
        await settle(pilot, desk)
        await pilot.press(*"40j")
        for size in [(80, 24), (60, 20), (45, 11), (39, 9), (120, 40), (81, 13)]:
            await pilot.resize_terminal(*size)
            await settle(pilot, desk)
            assert desk.cursor == 960
            state = desk.main.messages.state
            if size == (39, 9):
                assert "too small" in desk.text()
            else:
                assert state.cursor in state.visible()


async def test_enter_opens_and_q_comes_back(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("enter")
        await settle(pilot, desk)
        assert "the crane is booked" in desk.text()
        assert "Folders" not in desk.text()
        await pilot.press("t", "H", "z", "q", "j", "k", "space")
        await settle(pilot, desk)
        await pilot.press("q")
        await settle(pilot, desk)
        assert "Folders" in desk.text()
        assert desk.app.is_running
        await pilot.press("q")
    assert desk.app.return_code == 0


async def test_the_third_pane_follows_the_cursor(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailtui.ui.screens.main.REST", 0.6)  # two keys on a busy machine may be 0.1 s apart
    desk = make()
    async with desk.app.run_test(size=(120, 40)) as pilot:
        await settle(pilot, desk, 0.8)
        await pilot.press("j", "j")
        await settle(pilot, desk, 0.8)
        assert desk.main.reader.state.placement == 998
        assert desk.reader.calls["content"] <= 2 + HEADS_READ, "the reader must not open what is only passed by"
        await pilot.press("enter")
        await settle(pilot, desk)
        assert desk.main.focused is desk.main.reader
        await pilot.press("enter")
        await pilot.pause()
        assert "Folders" not in desk.text()
        await pilot.press("escape")
        await pilot.pause()
        assert "Folders" in desk.text()


async def test_new_mail_never_moves_the_cursor(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press(*"30j")
        before = [line[20:] for line in desk.lines()[1:-2]]
        await desk.tell(pilot, RowsChanged(R, INBOX, added=desk.reader.deliver(3)), MailboxesChanged(R))
        assert desk.cursor == 970
        assert [line[20:-1] for line in desk.lines()[1:-2]] == [line[:-1] for line in before]
        assert "3 new ↑" in desk.text()
        assert "34 of 1,003" in desk.text()
        await pilot.press("home")
        await settle(pilot, desk)
        assert "new ↑" not in desk.text()
        assert desk.cursor == 1003


async def test_at_the_top_new_mail_is_seen_at_once(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await desk.tell(pilot, RowsChanged(R, INBOX, added=desk.reader.deliver(2)))
        assert desk.cursor == 1000
        assert desk.main.messages.state.top == 0
        row = desk.main.messages.state.row_at(0)
        assert row is not None
        assert row.placement == 1002


async def test_removed_and_changed_rows(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        desk.reader.drop(1000)
        desk.reader.flagged[999] = Flags(Flag.SEEN | Flag.FLAGGED)
        await desk.tell(
            pilot, RowsChanged(R, INBOX, removed=(PlacementId(1000),), updated=(PlacementId(999),)), MailboxesChanged(R)
        )
        assert desk.cursor == 999
        assert "★" in desk.lines()[1]
        assert "1 of 999" in desk.text()
        desk.reader.drop(999)
        await desk.tell(pilot, RowsChanged(R, INBOX, whole=True), Resync(R))
        assert desk.cursor == 998


async def test_marking_goes_out_as_intents(make: Make) -> None:
    desk = make(mark_read_seconds=0.0)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("U", "s")
        number = PlacementId(1000)
        intents = [intent for deed in desk.engine.deeds for intent in deed.intents]
        assert intents == [SetFlags((number,), add=Flags(Flag.SEEN)), SetFlags((number,), add=Flags(Flag.FLAGGED))]
        desk.engine.sent.clear()
        await pilot.press("enter")
        await settle(pilot, desk, 0.1)
        assert desk.engine.sent == [], "it is read already"
        await pilot.press("escape", "j", "enter")
        await settle(pilot, desk, 0.1)
        assert desk.engine.sent == [SetFlags((PlacementId(999),), add=Flags(Flag.SEEN))]


async def test_starting_marks_nothing_as_read(make: Make) -> None:
    desk = make(mark_read_seconds=0.0)
    async with desk.app.run_test(size=(120, 40)) as pilot:
        await settle(pilot, desk, 0.3)
        assert desk.main.reader.state.placement == 1000
        assert not [one for one in desk.engine.sent if isinstance(one, SetFlags)]


async def test_a_body_that_is_not_here_is_fetched(make: Make) -> None:
    desk = make()
    desk.reader.missing = {1000, 999}
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("enter")
        await settle(pilot, desk, 0.25)
        assert FetchBody(PlacementId(1000)) in desk.engine.sent
        assert "Fetching" in desk.text()
        desk.reader.missing = {999}
        await desk.tell(pilot, BodyArrived(R, PlacementId(1000)))
        assert "the crane is booked" in desk.text()
        await pilot.press(">")
        await settle(pilot, desk)
        await pilot.press("q", "enter")
        await settle(pilot, desk)
        await desk.tell(pilot, BodyFailed(R, PlacementId(999), "The server is \x1b[31maway", "try again later"))
        assert "The server is" in desk.text()
        assert "try again later" in desk.text()
        assert "\x1b" not in desk.text()


async def test_search_shows_results_and_points_at_mistakes(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("j", "j", "slash", *"invoice")
        await settle(pilot, desk, 0.3)
        assert "Search in all mail" in desk.text()
        assert desk.text().count("Invoice 2026-0117") > 10
        await pilot.press("enter", "j")
        await settle(pilot, desk)
        assert desk.main.focused is desk.main.messages
        await pilot.press("enter")
        await settle(pilot, desk)
        await pilot.press("q", "slash", *"(x")
        await shown(pilot, desk, "^ this parenthesis is never closed")
        await pilot.press("enter")
        await settle(pilot, desk)
        assert desk.main.search.typing
        assert "Search in all mail" in desk.text()
        await pilot.press("escape")
        await settle(pilot, desk)
        assert "Inbox  1,000" in desk.text()
        assert desk.cursor == 998
        await pilot.press("slash", *"zzzz", "enter")
        await settle(pilot, desk, 0.2)
        assert "Nothing found" in desk.text()


async def test_folders(make: Make) -> None:
    desk = make(accounts=("home", "work"))
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("J")
        await settle(pilot, desk)
        assert desk.main.messages.source is not None
        assert desk.main.messages.source.title == "Drafts"
        assert "Nothing here" in desk.text()
        await pilot.press("K", "g", "t")
        await settle(pilot, desk)
        assert desk.main.messages.source.title == "Sent"
        await pilot.press("tab", "tab", "shift+tab", "j", "enter")
        await settle(pilot, desk)
        assert desk.main.messages.source.title == "Archive"
        assert desk.main.focused is desk.main.messages
        await pilot.press("g", "s")
        await settle(pilot, desk)
        assert "Search for starred mail" in desk.text()
        await pilot.press("escape", "g", "n")
        assert "no folder for newsletters" in desk.text()
        await pilot.press("g", "f", *"winter", "enter")
        await settle(pilot, desk)
        assert desk.main.messages.source.title == "Winter storage"
        await pilot.press("dollar_sign", "f5")
        assert desk.engine.sent[-1] == SyncNow()
        assert isinstance(desk.engine.sent[-2], SyncNow)
        await pilot.press("g", "i")
        await settle(pilot, desk)
        await pilot.press("h")
        assert desk.main.scope == "folders"


async def test_palette_and_help(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("ctrl+p", *"star or", "enter")
        await pilot.pause()
        assert isinstance(desk.engine.deeds[0].intents[0], SetFlags)
        await pilot.press("question_mark")
        await pilot.pause()
        assert "Keys: Message list" in desk.text()
        await pilot.press(*"unread")
        await pilot.pause()
        assert "Next unread message" in desk.text()
        assert "Quit" not in desk.text()
        await pilot.press("escape")
        await pilot.pause()
        assert desk.main.focused is desk.main.messages
        await pilot.press("Y")
        assert "does nothing here" in desk.text()
        await pilot.press("g")
        assert "inbox" in desk.lines()[-1]


async def test_every_action_is_wired_in_every_scope(make: Make) -> None:
    from mailtui.ui.actions import ACTIONS, ANY, FOLDERS, LIST, READER

    desk = make()
    async with desk.app.run_test(size=(200, 60)) as pilot:
        await settle(pilot, desk)
        unknown: list[str] = []
        desk.main.overlay = unknown.append
        panes: dict[str, Any] = {LIST: desk.main.messages, FOLDERS: desk.main.folders, READER: desk.main.reader}
        for action in ACTIONS:
            for scope in panes if ANY in action.scopes else set(action.scopes) & set(panes):
                desk.main.close_search()
                desk.main._focus(panes[scope])
                desk.main.perform(action.name)
                await settle(pilot, desk)
        named = "palette help quit theme go_folder history rules ledger recover sort type_ahead key_names"
        assert set(unknown) == set(named.split())


async def test_themes_change_everything(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(120, 40)) as pilot:
        await settle(pilot, desk)
        for typed, name in (("light", "mailtui-light"), ("contr", "mailtui-contrast"), ("ansi", "mailtui-ansi")):
            before = desk.app.theme
            await pilot.press("f2", *typed)
            await settle(pilot, desk)
            assert desk.app.theme == name
            assert desk.main.reader.painter.palette.name == name
            await pilot.press("escape")
            await settle(pilot, desk)
            assert desk.app.theme == before
            await pilot.press("f2", *typed, "enter")
            await settle(pilot, desk)
            assert desk.app.theme == name
            assert f"Theme {name}" in desk.text()


async def test_the_window_title_counts_the_unread(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = make()
    titles: list[str] = []
    monkeypatch.setattr(desk.app.terminal, "write", titles.append)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        desk.reader.unread = 0
        await desk.tell(pilot, MailboxesChanged(R))
        await pilot.press("q")
    assert titles == ["\x1b[22;2t", "\x1b]2;(42) mailtui\x1b\\", "\x1b]2;mailtui\x1b\\", "\x1b[23;2t"]


async def test_status_and_notices(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, desk)
        await desk.tell(
            pilot,
            AccountChanged(R, AccountId("home"), LinkState.SYNCING),
            ProgressChanged(R, AccountId("home"), INBOX, 12_300, 100_000, 4_100.0),
        )
        assert "Inbox 12,300 of 100,000 · 4,100/s" in desk.text()
        await desk.tell(
            pilot,
            Notice(
                R, "error", "Login [/] refused \x1b[31m", "check [@click=app.quit]the password[/]", AccountId("home")
            ),
            AccountChanged(R, AccountId("home"), LinkState.FAILED, "bad password", "see doctor"),
        )
        await pilot.pause(0.1)
        assert "Login [/] refused ␛[31m" in desk.text()
        assert "see doctor" in desk.text()
        assert "open" in desk.lines()[-1]
        assert "needs you" in desk.lines()[-2]


async def test_reads_that_fail_are_told(make: Make) -> None:
    desk = make()

    def broken() -> None:
        raise RuntimeError("disk on fire")

    desk.reader.before_page = broken
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        assert "disk on fire" in desk.text()
        desk.reader.before_page = lambda: None
        await pilot.press("j")
        await settle(pilot, desk)
        assert desk.cursor == 999


async def test_a_store_without_folders_says_what_to_do(make: Make) -> None:
    desk = make(accounts=())
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("j", "enter", "]", "U", "J", "g", "i")
        assert "No folder yet" in desk.text()
        assert "no account yet" in desk.text()


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_mail_changes_nothing(make: Make, size: tuple[int, int]) -> None:
    desk = make(hostile=True)
    desk.reader.extra = tuple(
        mailbox(500 + index, name, Role.NONE, total=1)
        for index, name in enumerate((*HOSTILE, "[red]x[/red]", "a/\x9b/b"))
    )
    async with desk.app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot, desk)
        for keys in (
            ["j"] * 8,
            ["enter"],
            ["j", "H"],
            ["q"],
            ["ctrl+p"],
            ["b", "i", "d", "i"],
            ["escape"],
            ["slash", "["],
        ):
            await pilot.press(*keys)
            await settle(pilot, desk, 0.15)
            shown = desk.text() + re.sub(r"\n", "", desk.app.export_screenshot())
            bad = {char for char in shown if unicodedata.category(char) in {"Cc", "Cf"} and char not in "\n\xad"}
            assert not bad, [hex(ord(char)) for char in bad]
            assert desk.app.is_running
        title = desk.app.title
        assert title == "mailtui"


async def test_ascii_mode_draws_ascii(make: Make) -> None:
    desk = make(ascii=True)
    desk.reader.hostile = False
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        pictures = {char for char in desk.text() if 0x2190 <= ord(char) <= 0x2BFF}
        assert pictures <= {"→"}, "only what stands in a subject"
