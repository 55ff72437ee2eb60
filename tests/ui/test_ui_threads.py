"""Threads in the list: shown, folded, opened, acted on as one, and the cursor stays where it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import monotonic

import pytest

from mailtui.model.changes import MailboxesChanged, RowsChanged
from mailtui.model.folder import Role
from mailtui.model.ids import MailboxId, PlacementId, Revision
from mailtui.model.intents import Move, SetFlags
from mailtui.model.mail import Flags
from mailtui.ui.panes.ahead import begins
from mailtui.view.ordering import Order
from mailtui.view.unified import page
from tests.ui.conftest import Desk, settle

INBOX = MailboxId(1)
R = Revision(9)
Make = Callable[..., Desk]
FAMILY = {1000: 5000, 990: 5000, 980: 5000, 970: 5000, 999: 6000, 998: 6000}


@pytest.fixture
def threaded(make: Make) -> Desk:
    desk = make(obedient=True)
    desk.reader.thread_of.update(FAMILY)
    return desk


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 60)])
async def test_threads_fold_and_unfold_at_every_size(threaded: Desk, size: tuple[int, int]) -> None:
    desk = threaded
    async with desk.app.run_test(size=size) as pilot:
        await settle(pilot, desk)
        assert desk.main.messages.state.total == 1000
        await pilot.press("T")
        await settle(pilot, desk)
        assert "1,000 · 42 unread · threads" in desk.text()
        assert desk.main.messages.state.total == 996
        assert "z R all" in desk.text()
        assert "▸" in desk.text()
        assert "├╴" not in desk.text()
        await pilot.press("z", "a")
        await settle(pilot, desk)
        assert "1 of 999" in desk.text()
        assert "▾4" in desk.text()
        assert (desk.text().count("├╴"), desk.text().count("└╴")) == (2, 1)
        for key, total, words in (("o", 999, "is unfolded"), ("c", 996, ""), ("c", 996, "is folded"), ("o", 999, "")):
            await pilot.press("z", key)
            await settle(pilot, desk)
            assert desk.main.messages.state.total == total
            assert words in desk.text()
        await pilot.press("z", "R")
        await settle(pilot, desk)
        assert "of 1,000" in desk.text()
        await pilot.press("z", "M")
        await settle(pilot, desk)
        assert "1 of 996" in desk.text()
        await pilot.press("T")
        await settle(pilot, desk)
        assert "threads" not in desk.lines()[0]
        assert desk.cursor == 1000


async def test_a_folder_remembers_how_it_was_shown(threaded: Desk) -> None:
    desk = threaded
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("T", "z", "a")
        await settle(pilot, desk)
        await pilot.press("g", "a")
        await settle(pilot, desk)
        assert "threads" not in desk.lines()[0]
        await pilot.press("g", "i")
        await settle(pilot, desk)
        assert "threads" in desk.lines()[0]
        assert "▾4" in desk.text()


async def test_archiving_a_folded_thread_takes_all_of_it_and_undo_brings_it_back(threaded: Desk) -> None:
    desk = threaded
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("T")
        await settle(pilot, desk)
        await pilot.press("a")
        assert desk.cursor == 999
        await settle(pilot, desk, 0.6)
        (deed,) = desk.engine.deeds
        moved = tuple(map(PlacementId, (970, 980, 990, 1000)))
        assert deed.intents == (Move(moved, Role.ARCHIVE),)
        assert "Archived 4 messages" in desk.text()
        assert "1 of 995" in desk.text()
        await pilot.press("u")
        await settle(pilot, desk, 0.6)
        assert "1 of 996" in desk.text()
        assert desk.cursor == 1000


async def test_unfolded_messages_are_acted_on_one_by_one(threaded: Desk) -> None:
    desk = threaded
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("T", "z", "a")
        await settle(pilot, desk)
        assert desk.cursor == 970
        await pilot.press("j", "U")
        assert desk.engine.deeds[0].intents[0].placements == (980,)  # type: ignore[union-attr]
        await pilot.press("z", "a")
        await settle(pilot, desk, 0.3)
        assert desk.cursor == 1000, "folded, the line of the thread has it"
        await pilot.press("U")
        intent = desk.engine.deeds[1].intents[0]
        assert isinstance(intent, SetFlags)
        assert set(intent.placements) <= {970, 980, 990, 1000}
        assert desk.main.messages.current is not None
        assert "4 of" not in desk.text()


async def test_marks_and_counts_take_whole_threads(threaded: Desk) -> None:
    desk = threaded
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("T")
        await settle(pilot, desk)
        await pilot.press("x")
        assert "4 marked" in desk.text()
        await pilot.press("x")
        assert "6 marked" in desk.text()
        await pilot.press("escape", "home", "v", "j", "j", "v")
        await settle(pilot, desk)
        assert "7 marked" in desk.text()


async def test_a_range_over_more_than_is_loaded_takes_whole_threads(threaded: Desk) -> None:
    desk = threaded
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("T")
        await settle(pilot, desk)
        await pilot.press("v", "G")
        await settle(pilot, desk)
        await pilot.press("v")
        await settle(pilot, desk)
        assert "1,000 marked" in desk.text()


async def test_enter_opens_the_oldest_unread_message_of_a_thread(threaded: Desk) -> None:
    desk = threaded
    desk.reader.flagged[980] = Flags()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("T")
        await settle(pilot, desk)
        row = desk.main.messages.current
        assert row is not None
        assert row.line is not None
        first = next(one.placement for one in row.line.members if not one.bits & 1)
        assert first != 1000
        await pilot.press("enter")
        await settle(pilot, desk, 0.2)
        assert desk.main.scope == "reader"
        assert desk.main.reader.state.placement == first
        assert desk.cursor == first
        await pilot.press("q")
        await settle(pilot, desk)
        assert "▾4" in desk.text()


async def test_new_mail_in_other_threads_does_not_move_the_cursor(threaded: Desk) -> None:
    desk = threaded
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("T")
        await settle(pilot, desk)
        await pilot.press(*"jjjjj")
        cursor = desk.cursor
        line = desk.main.messages.state.cursor - desk.main.messages.state.top
        new = desk.reader.deliver(3)
        desk.reader.thread_of[new[0]] = 6000
        await desk.tell(pilot, RowsChanged(R, INBOX, added=new), MailboxesChanged(R))
        await settle(pilot, desk, 0.6)
        assert desk.cursor == cursor
        assert desk.main.messages.state.cursor - desk.main.messages.state.top == line
        assert "3 new" in desk.text()
        assert "of 998" in desk.text()


async def test_next_unread_goes_from_thread_to_thread(threaded: Desk) -> None:
    desk = threaded
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("T", "z", "M")
        await settle(pilot, desk)
        state = desk.main.messages.state
        wanted = [row for row in state.window.rows if row.line and row.line.unread]
        await pilot.press("]")
        await settle(pilot, desk)
        assert desk.cursor == wanted[1].placement
        await pilot.press("G")
        await settle(pilot, desk)
        last = desk.cursor
        await pilot.press("[")
        await settle(pilot, desk)
        assert desk.cursor < 20 + 1000
        assert desk.cursor != last
        row = desk.main.messages.current
        assert row is not None
        assert not row.flags.seen


async def test_keys_of_threads_say_why_they_do_nothing(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("z", "a")
        assert "shows no threads" in desk.text()
        await pilot.press("T")
        await settle(pilot, desk)
        await pilot.press("z", "a")
        assert "alone in its thread" in desk.text()


async def test_a_storm_of_changes_is_read_in_bounded_steps(threaded: Desk) -> None:
    desk = threaded
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("T")
        await settle(pilot, desk)
        before = desk.reader.threaded.read
        started = monotonic()
        for _ in range(40):
            desk.engine.tell(RowsChanged(R, INBOX, added=desk.reader.deliver(1)), MailboxesChanged(R))
            await pilot.pause(0.02)
        await settle(pilot, desk, 0.6)
        assert desk.main.messages.state.total == 1036
        assert desk.reader.threaded.read - before < 3 * (2 + (monotonic() - started) / 0.25)


@pytest.mark.parametrize(
    ("typed", "words"), [("oldest", "oldest first"), ("size", "largest first"), ("sen", "by sender")]
)
async def test_another_order_is_chosen_by_name_and_said_in_the_title(make: Make, typed: str, words: str) -> None:
    desk = make()
    async with desk.app.run_test(size=(100, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("O", *typed, "enter")
        await settle(pilot, desk)
        assert words in desk.lines()[0]
        assert "1 of 1,000" in desk.text()
        order = desk.main.messages.state.folding
        assert isinstance(order, Order)
        every = [row.placement for row in page(desk.reader, (INBOX,), order, limit=1000)]
        assert desk.cursor == every[0]
        await pilot.press("j", "j")
        assert desk.cursor == every[2]
        await pilot.press("G")
        await settle(pilot, desk)
        assert desk.cursor == every[-1]
        await pilot.press("O", *"newest", "enter")
        await settle(pilot, desk)
        assert words not in desk.lines()[0]
        assert desk.cursor == every[-1], "the cursor stays on its message"


async def test_orders_and_threads_take_each_others_place(threaded: Desk) -> None:
    desk = threaded
    async with desk.app.run_test(size=(100, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("O", *"size", "enter")
        await settle(pilot, desk)
        await pilot.press("z", "a")
        assert "shows no threads" in desk.text()
        await pilot.press("T")
        await settle(pilot, desk)
        assert "threads" in desk.lines()[0]
        assert "largest" not in desk.lines()[0]
        await pilot.press("/", *"dinner", "enter")
        await settle(pilot, desk)
        await pilot.press("T")
        assert "not put in threads" in desk.text()


async def test_a_range_in_another_order_marks_what_is_in_it(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(100, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("O", *"size", "enter")
        await settle(pilot, desk)
        await pilot.press("v", "G")
        await settle(pilot, desk)
        await pilot.press("v")
        await settle(pilot, desk)
        assert "1,000 marked" in desk.text()


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
async def test_a_conversation_shows_what_was_sent_and_escape_goes_back(threaded: Desk, size: tuple[int, int]) -> None:
    desk = threaded
    desk.reader.moved = {990: 3}  # Sent
    desk.reader.drop(990)
    async with desk.app.run_test(size=size) as pilot:
        await settle(pilot, desk)
        await pilot.press("j", "j")
        desk.main.messages.state.move_to(0)
        await pilot.press("g", "v")
        await settle(pilot, desk)
        shown = [row.placement for row in desk.main.messages.state.window.rows]
        assert shown == [970, 980, 990, 1000]
        assert desk.cursor == 1000, "the cursor stays on its message"
        assert "in all folders" in "".join(desk.lines()[:1]) or size[0] < 100
        assert "Sent" in desk.text()
        await pilot.press("k", "enter")
        await settle(pilot, desk, 0.2)
        assert desk.main.reader.state.placement == 990
        await pilot.press("q", "T")
        assert "not put in threads" in desk.text()
        await pilot.press("*", "a")
        await settle(pilot, desk)
        assert "4 marked" in desk.text()
        await pilot.press("escape", "escape")
        await settle(pilot, desk)
        assert "Inbox" in desk.text()
        assert desk.cursor == 1000


async def test_marks_in_a_conversation_stay_within_it(threaded: Desk) -> None:
    desk = threaded
    async with desk.app.run_test(size=(100, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("g", "v")
        await settle(pilot, desk)
        unread = sum(not row.flags.seen for row in desk.main.messages.state.window.rows)
        assert 0 < unread < 4
        await pilot.press("*", "u")
        await settle(pilot, desk)
        assert f"{unread} marked" in desk.text()
        await pilot.press("*", "n", "*", "/", *"re", "enter")
        await settle(pilot, desk)
        wanted = sum("re" in row.subject.lower() for row in desk.main.messages.state.window.rows)
        assert len(desk.main.messages.picking.picked) == wanted
        assert wanted < 5


async def test_archiving_in_a_conversation_keeps_it_there_with_its_new_folder(threaded: Desk) -> None:
    desk = threaded
    async with desk.app.run_test(size=(100, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("g", "v")
        await settle(pilot, desk)
        await pilot.press("a")
        await settle(pilot, desk, 0.8)
        (deed,) = desk.engine.deeds
        assert deed.intents == (Move((PlacementId(1000),), Role.ARCHIVE),)
        rows = desk.main.messages.state.window.rows
        assert [(row.placement, row.mailbox) for row in rows][-1] == (1000, 4)
        assert "Archive" in "".join(desk.lines()[1:6])


async def test_letters_jump_to_a_sender_or_a_subject(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(100, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("j", "'")
        await settle(pilot, desk)
        start = desk.cursor or 0
        await pilot.press(*"din")
        await settle(pilot, desk)
        first = next(number for number in range(start, 0, -1) if begins(desk.reader.row(number), "din"))
        assert desk.cursor == first != start
        await pilot.press("down")
        await settle(pilot, desk)
        second = next(number for number in range(first - 1, 0, -1) if begins(desk.reader.row(number), "din"))
        assert desk.cursor == second
        await pilot.press("enter", "j")
        assert desk.main.scope == "list"
        assert desk.cursor == second - 1


async def test_letters_find_what_is_not_loaded_and_say_when_there_is_none(make: Make) -> None:
    desk = make(5_000)
    far = replace(desk.reader.row(1_500), subject="Re: Xylophone for sale")
    desk.reader.saved[1_500] = far
    async with desk.app.run_test(size=(100, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("'", *"xylo")
        await settle(pilot, desk, 0.2)
        assert desk.cursor == 1_500
        await pilot.press("z")
        await settle(pilot, desk, 0.2)
        assert "Nothing below begins with xyloz" in desk.text()
        assert desk.cursor == 1_500
