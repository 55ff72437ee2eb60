"""The unified inbox on the screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mailtui.model.changes import RowsChanged
from mailtui.model.ids import MailboxId, PlacementId, Revision
from mailtui.model.intents import Look, SetFlags, SyncNow
from mailtui.view.unified import ALL_INBOXES
from tests.support.fake_store import NOW, row
from tests.ui.conftest import Desk, settle

Make = Callable[..., Desk]


def _with_mail_of_work(desk: Desk) -> None:
    """One message of the other account, the newest of all."""
    desk.reader.saved[5000] = replace(row(5000, 101), date=NOW - 10, subject="From the office")


async def test_all_inboxes_are_one_list(make: Make) -> None:
    desk = make(accounts=("home", "work"), obedient=True)
    _with_mail_of_work(desk)
    async with desk.app.run_test(size=(120, 40)) as pilot:
        await settle(pilot, desk)
        assert "All inboxes" in desk.text()
        await pilot.press("g", "u")
        await settle(pilot, desk)
        assert "All inboxes  1,001" in desk.text()
        assert desk.cursor == 5000
        assert "From the office" in desk.lines()[1]
        assert "work" in desk.lines()[1]
        assert Look(ALL_INBOXES) not in desk.engine.sent
        await pilot.press("s")
        await settle(pilot, desk)
        assert any(
            isinstance(one, SetFlags) and one.placements == (PlacementId(5000),)
            for deed in desk.engine.deeds
            for one in deed.intents
        )
        await pilot.press("j")
        await settle(pilot, desk)
        assert desk.cursor == 1000
        await pilot.press("dollar_sign")
        assert desk.engine.sent[-1] == SyncNow()
        await pilot.press("end")
        await settle(pilot, desk)
        assert desk.cursor == 1


async def test_new_mail_of_any_account_comes_in(make: Make) -> None:
    desk = make(accounts=("home", "work"))
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("g", "u", "5", "j")
        await settle(pilot, desk)
        at = desk.cursor
        _with_mail_of_work(desk)
        await desk.tell(pilot, RowsChanged(Revision(9), MailboxId(101), added=(PlacementId(5000),)))
        assert desk.cursor == at
        assert "1 new" in desk.text()
        await pilot.press("home")
        await settle(pilot, desk)
        assert desk.cursor == 5000


async def test_it_is_no_folder_of_a_server(make: Make) -> None:
    desk = make(accounts=("home", "work"))
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("g", "u")
        await settle(pilot, desk)
        desk.main.perform("back")
        await settle(pilot, desk)
        await pilot.press("r")
        await settle(pilot, desk)
        assert "is no folder of a server" in desk.text()


async def test_with_one_account_there_is_one_inbox(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        assert "All inboxes" not in desk.text()
        await pilot.press("g", "u")
        await settle(pilot, desk)
        assert "There is one inbox only" in desk.text()
