"""Archive, delete, spam, move, undo: what the keys send, and what the screen shows meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest

from mailtui.model.changes import Done, MailboxesChanged, Notice, PendingChanged, RowsChanged
from mailtui.model.folder import Role
from mailtui.model.ids import MailboxId, PlacementId, Revision, StepId
from mailtui.model.intents import Copy, CreateMailbox, Expunge, Move, Redo, SetFlags, Undo
from mailtui.model.mail import Flag, Flags, Row
from tests.support.fake_store import mailbox
from tests.support.obedient import ObedientEngine
from tests.ui.conftest import Desk, settle

INBOX, ARCHIVE, RECEIPTS = MailboxId(1), MailboxId(4), MailboxId(12)
R = Revision(9)
Make = Callable[..., Desk]


def ids(*numbers: int) -> tuple[PlacementId, ...]:
    return tuple(map(PlacementId, numbers))


async def test_the_next_message_has_the_cursor_before_the_store_has_answered(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("j", "a")
        assert desk.cursor == 998
        assert "2 of 999" in desk.text()
        assert "Inbox  999" in desk.text()
        assert [deed.intents for deed in desk.engine.deeds] == [(Move(ids(999), Role.ARCHIVE),)]
        assert desk.engine.deeds[0].label.startswith("Archived: ")
        desk.reader.drop(999)
        await desk.tell(
            pilot,
            RowsChanged(R, INBOX, removed=ids(999)),
            MailboxesChanged(R),
            PendingChanged(R, 1),
            Done(R, StepId(1), "Archived 1"),
        )
        assert desk.cursor == 998
        assert "2 of 999" in desk.text()
        assert "Archived 1 · u undo" in desk.lines()[-2]
        assert "1 pending" in desk.lines()[-2]
        assert "open" in desk.lines()[-1], "the keys stay in sight"


async def test_what_the_store_never_confirms_comes_back_with_a_word(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailtui.ui.panes.feed.DOUBT", 0.2)
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("d")
        assert desk.cursor == 999
        await settle(pilot, desk, 0.5)
        row = desk.main.messages.state.row_at(0)
        assert row is not None
        assert row.placement == 1000
        assert "shown again" in desk.text()


async def test_a_refusal_brings_the_rows_back_at_once(make: Make) -> None:
    desk = make(obedient=True)
    assert isinstance(desk.engine, ObedientEngine)
    desk.engine.refuses = True
    async with desk.app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, desk)
        await pilot.press("d")
        await settle(pilot, desk, 0.3)
        assert "The disk is full" in desk.text()
        assert desk.main.messages.state.total == 1000
        row = desk.main.messages.state.row_at(0)
        assert row is not None
        assert row.placement == 1000


async def test_flags_show_before_the_store_has_answered_and_go_when_it_refuses(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        row = desk.main.messages.current
        assert row is not None
        await pilot.press("s")
        shown = desk.main.messages.current
        assert shown is not None
        assert shown.placement == row.placement
        assert shown.flags.names() != row.flags.names()
        assert "\\Flagged" in {*shown.flags.names()} ^ {*row.flags.names()}
        await desk.tell(pilot, Notice(R, "error", "the disk is full"))
        await settle(pilot, desk)
        assert desk.main.messages.current == row


async def test_a_page_read_too_early_does_not_bring_them_back(make: Make) -> None:
    desk = make(5000)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("end")
        await settle(pilot, desk)
        await pilot.press("a", "home")
        await settle(pilot, desk)
        await pilot.press("end")
        await settle(pilot, desk)
        assert desk.cursor == 2
        desk.reader.drop(1)
        await desk.tell(pilot, RowsChanged(R, INBOX, removed=ids(1)), MailboxesChanged(R))
        assert desk.cursor == 2
        assert "4,999 of 4,999" in desk.text()


async def test_undo_and_redo(make: Make) -> None:
    desk = make(obedient=True)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("3", "a")
        await settle(pilot, desk, 0.25)
        assert desk.cursor == 997
        assert "Archived 3 · u undo" in desk.text()
        assert desk.engine.deeds[0].intents == (Move(ids(1000, 999, 998), Role.ARCHIVE),)
        await pilot.press("u")
        await settle(pilot, desk, 0.25)
        assert Undo(1) in desk.engine.sent
        assert "Undone: Archived 3 · ^R redo" in desk.text()
        assert desk.cursor == 1000, "what comes back has the cursor"
        assert "new ↑" not in desk.text()
        assert "Inbox  1,000" in desk.text()
        await pilot.press("ctrl+r")
        await settle(pilot, desk, 0.25)
        assert Redo(1) in desk.engine.sent
        assert "Inbox  997" in desk.text()
        await pilot.press("2", "u")
        assert desk.engine.sent[-1] == Undo(2)


async def test_quick_deeds_replace_each_other(make: Make) -> None:
    desk = make(obedient=True)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("a", "a", "d", "e")
        await settle(pilot, desk, 0.3)
        assert desk.cursor == 996
        assert desk.text().count("u undo") == 1 + desk.lines()[-1].count("u undo")
        assert "Archived: " in desk.lines()[-2]
        assert "4 pending" in desk.lines()[-2]


async def test_previous_and_stay(make: Make) -> None:
    desk = make(obedient=True, after_action="previous")
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("j", "j", "a")
        assert desk.cursor == 999
        await pilot.press("a", "a")
        assert desk.cursor == 997, "nothing above: the one below"
    desk = make(obedient=True, after_action="stay")
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("enter")
        await settle(pilot, desk)
        await pilot.press("a")
        await settle(pilot, desk)
        assert desk.main.scope == "list"
        assert desk.cursor == 999


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_from_the_reader_the_next_message_is_opened(make: Make, size: tuple[int, int]) -> None:
    desk = make(obedient=True)
    async with desk.app.run_test(size=size) as pilot:
        await settle(pilot, desk)
        await pilot.press("x", "enter")
        await settle(pilot, desk, 0.2)
        await pilot.press("a")
        await settle(pilot, desk, 0.3)
        assert desk.main.scope == "reader"
        assert desk.main.reader.state.placement == 998
        assert desk.engine.deeds[0].intents == (Move(ids(999), Role.ARCHIVE),), "the one that is read, not the marks"


async def test_the_last_message_leads_back_to_the_list(make: Make) -> None:
    desk = make(2, obedient=True)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("j", "enter")
        await settle(pilot, desk, 0.2)
        await pilot.press("d")
        await settle(pilot, desk, 0.3)
        assert desk.main.scope == "list"
        assert desk.cursor == 2
        await pilot.press("d")
        await settle(pilot, desk, 0.3)
        assert "Nothing here" in desk.text()
        await pilot.press("d")
        assert "no message here" in desk.text()


async def test_spam_and_advertising_go_by_where_the_message_lies(make: Make) -> None:
    desk = make(obedient=True)
    desk.reader.moved = {1: 5}
    desk.reader.drop(1)
    desk.reader.extra = (mailbox(50, "Advertising", Role.ADVERTISING, total=1),)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("!", "N", "g", "!")
        await settle(pilot, desk, 0.3)
        assert desk.cursor == 1000
        await pilot.press("!")
        await settle(pilot, desk, 0.3)
        await pilot.press("g", "n")
        await settle(pilot, desk, 0.3)
        assert desk.cursor == 999
        await pilot.press("N")
        await settle(pilot, desk, 0.3)
    junk, ham = Flags.of(["$Junk"]), Flags.of(["$NotJunk"])
    assert [deed.intents for deed in desk.engine.deeds] == [
        (Move(ids(1000), Role.JUNK), SetFlags(ids(1000), add=junk, remove=ham)),
        (Move(ids(999), Role.ADVERTISING),),
        (Move(ids(1000), Role.INBOX), SetFlags(ids(1000), add=ham, remove=junk)),
        (Move(ids(999), Role.INBOX),),
    ]


async def test_deleting_for_ever_asks(make: Make) -> None:
    desk = make(obedient=True)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("d", "D")
        await pilot.pause()
        assert "Delete this message for ever?" in desk.text()
        await pilot.press("enter")
        await pilot.press("n")
        await settle(pilot, desk, 0.2)
        assert len(desk.engine.deeds) == 1
        await pilot.press("g", "#")
        await settle(pilot, desk, 0.2)
        assert desk.cursor == 1000
        await pilot.press("d")
        await pilot.pause()
        assert "for ever?" in desk.text()
        await pilot.press("y")
        await settle(pilot, desk, 0.2)
        assert desk.engine.deeds[-1].intents == (Expunge(ids(1000)),)
        assert "Nothing here" in desk.text()


async def test_archiving_in_the_archive_does_nothing(make: Make) -> None:
    desk = make(obedient=True)
    desk.reader.moved = {1000: int(ARCHIVE)}
    desk.reader.drop(1000)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("g", "a")
        await settle(pilot, desk, 0.2)
        await pilot.press("a")
        assert "lies in the archive already" in desk.text()
        assert desk.engine.deeds == []
        assert desk.cursor == 1000


async def test_moving_and_copying_by_name(make: Make) -> None:
    desk = make(obedient=True)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("m")
        await pilot.pause()
        shown = "\n".join(line[4:76] for line in desk.lines()[3:20])
        assert "Move 1 message to" in shown
        assert "Inbox" not in shown, "it lies there"
        await pilot.press(*"recei", "enter")
        await settle(pilot, desk, 0.2)
        assert desk.engine.deeds[0].intents == (Move(ids(1000), RECEIPTS),)
        assert desk.cursor == 999
        await pilot.press("C")
        await pilot.pause()
        assert "last time" in desk.text()
        await pilot.press("enter")
        await settle(pilot, desk, 0.2)
        assert desk.engine.deeds[1].intents == (Copy(ids(999), RECEIPTS),)
        assert desk.cursor == 999, "a copy leaves the message where it is"
        await pilot.press("m", "escape")
        assert len(desk.engine.deeds) == 2


async def test_moving_into_a_new_folder(make: Make) -> None:
    desk = make(obedient=True)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("m", *"Boats/2026")
        await pilot.pause()
        assert "create folder Boats/2026" in desk.text()
        await pilot.press("enter")
        await settle(pilot, desk, 0.4)
        first, second = desk.engine.deeds
        assert first.intents == (CreateMailbox(desk.reader.accounts[0], "Boats/2026"),)
        assert second.intents == (Move(ids(1000), MailboxId(900)),)
        assert desk.cursor == 999


async def test_a_folder_that_never_comes_moves_nothing(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailtui.ui.screens.deeds.PATIENCE", 0.2)
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("m", *"Boats", "enter")
        await settle(pilot, desk, 0.5)
        assert "nothing was moved" in desk.text()
        assert len(desk.engine.deeds) == 1
        assert desk.cursor == 1000


async def test_messages_of_two_accounts_have_no_folder_in_common(make: Make) -> None:
    desk = make(accounts=("home", "work"))
    desk.reader.moved = {999: 101}
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("2", "m")
        await pilot.pause()
        assert "several accounts" in desk.text()
        assert desk.engine.deeds == []


async def test_in_a_search_what_is_archived_is_still_found(make: Make) -> None:
    desk = make(obedient=True)
    async with desk.app.run_test(size=(120, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("slash", *"invoice", "enter")
        await settle(pilot, desk, 0.3)
        total, first = desk.main.messages.state.total, desk.cursor
        await pilot.press("a")
        await settle(pilot, desk, 0.3)
        assert desk.main.messages.state.total == total
        assert desk.cursor != first
        row = desk.main.messages.state.row_at(0)
        assert row is not None
        assert row.mailbox == ARCHIVE
        await pilot.press("d")
        await settle(pilot, desk, 0.3)
        assert desk.main.messages.state.total == total - 1
        await pilot.press("u")
        await settle(pilot, desk, 0.3)
        assert desk.main.messages.state.total == total


async def test_threads(make: Make) -> None:
    desk = make(obedient=True)
    desk.reader.threads = {1000: (7, 900, 1000)}
    desk.reader.moved = {7: 3}
    desk.reader.drop(7)
    desk.reader.flagged = {900: Flags(), 7: Flags(1)}
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        desk.main.perform("read_thread")
        await settle(pilot, desk, 0.2)
        desk.main.perform("archive_thread")
        await settle(pilot, desk, 0.3)
        assert desk.engine.deeds[0].intents == (SetFlags(ids(900, 1000), add=Flags(1)),)
        assert desk.engine.deeds[1].intents == (Move(ids(900, 1000), Role.ARCHIVE),), "what was sent stays"
        assert desk.cursor == 999
        assert "1 of 997" in desk.text()


async def test_every_notice_of_a_label_is_safe(make: Make) -> None:
    desk = make(hostile=True, obedient=True)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        for _ in range(8):
            await pilot.press("a")
            await settle(pilot, desk, 0.15)
            assert not {char for char in desk.text() if ord(char) < 32 and char != "\n"}
        assert len(desk.engine.deeds) == 8


async def test_a_warning_from_elsewhere_shows_what_was_hidden_only_for_a_moment(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("a")
        desk.reader.drop(1000)
        await desk.tell(
            pilot,
            Notice(R, "warning", "The server is slow"),
            RowsChanged(R, INBOX, removed=ids(1000)),
            MailboxesChanged(R),
        )
        await settle(pilot, desk, 0.2)
        assert "1 of 999" in desk.text()


async def test_labels_are_typed_and_shown(make: Make) -> None:
    desk = make(obedient=True)
    async with desk.app.run_test(size=(100, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("L")
        await pilot.press(*"work")
        await settle(pilot, desk)
        assert "Label 1 message" in desk.text()
        assert "add work" in desk.text()
        await pilot.press("enter")
        await settle(pilot, desk)
        (deed,) = desk.engine.deeds
        assert deed.intents == (SetFlags(ids(1000), add=Flags.of(["work"])),)
        assert desk.cursor == 1000, "it stays where it is"


async def test_a_label_that_can_not_be_is_explained(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(100, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("L", "(", "enter")
        await settle(pilot, desk)
        assert desk.engine.deeds == []
        assert "no label" in desk.text()


async def test_what_changes_while_it_is_read_is_read_once_more(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that is old when it comes neither shows nor takes the newer change with it."""
    desk = make()
    slow, go_on = threading.Event(), threading.Event()
    rows = desk.reader.rows

    def old_rows(placements: Sequence[PlacementId]) -> tuple[Row, ...]:
        found = rows(placements)
        if not slow.is_set():
            slow.set()
            go_on.wait(5)
        return found

    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        monkeypatch.setattr(desk.reader, "rows", old_rows)
        desk.reader.flagged[1000] = Flags(int(Flag.SEEN))
        desk.engine.tell(RowsChanged(R, INBOX, updated=ids(1000)))
        while not slow.is_set():
            await pilot.pause(0.02)
        desk.reader.flagged[1000] = Flags(int(Flag.SEEN | Flag.FLAGGED))
        desk.engine.tell(RowsChanged(R, INBOX, updated=ids(1000)))
        await pilot.pause(0.3)
        go_on.set()
        await settle(pilot, desk, 0.3)
        row = desk.main.messages.current
        assert row is not None
        assert set(row.flags.names()) == {"\\Seen", "\\Flagged"}
