"""History, ledger, recovery and folders: panels over what the store says, and what their keys send."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mailtui.model.errors import StoreError
from mailtui.model.folder import Role
from mailtui.model.ids import AccountId, IntentId, MailboxId, StepId, Word
from mailtui.model.intents import (
    CreateMailbox,
    Deed,
    DeleteMailbox,
    Discard,
    FolderNamed,
    MailboxIntent,
    Move,
    Redo,
    RenameMailbox,
    Restore,
    Retry,
    Subscribe,
    Undo,
)
from mailtui.model.ledger import Line, LineState, SafetyCopy, Step
from mailtui.model.rules import Rule
from tests.support.fake_store import NOW, mailbox
from tests.ui.conftest import Desk, settle

Make = Callable[..., Desk]
HOME = AccountId("home")


def line(number: int, state: LineState = LineState.WAITING, answer: str = "") -> Line:
    return Line(IntentId(number), HOME, state, f"Move {number} messages to Archive", NOW - 60 * number, number, answer)


def copy(number: int, subject: str) -> SafetyCopy:
    word = Word(f"w{number:011}")
    return SafetyCopy(word, HOME, "INBOX", "Anna", subject, NOW - 9000, NOW - 7200, NOW + 86400 * 13)


async def test_the_history_undoes_any_step_and_does_it_again(make: Make) -> None:
    desk = make(obedient=True)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("a", "2", "d", "g", "h")
        await settle(pilot, desk, 0.2)
        assert "Deleted 2" in desk.text()
        assert "Archived: " in desk.text()
        await pilot.press("j", "enter")
        await settle(pilot, desk, 0.5)
        assert Undo(step=StepId(1)) in desk.engine.sent
        assert "undone" in desk.text()
        await pilot.press("enter")
        await settle(pilot, desk, 0.1)
        assert "can't be done again" in desk.text(), "something newer was done since"
        await pilot.press("k", "enter")
        await settle(pilot, desk, 0.5)
        await pilot.press("enter")
        await settle(pilot, desk, 0.1)
        assert desk.engine.sent[-1] == Redo(step=StepId(2))
        await pilot.press("escape")
        assert desk.main.scope == "list"


RULES = (
    Rule("invoices", "subject:mail", (AccountId("home"),), FolderNamed("Paid\x1b[31m"), mark=("read",)),
    Rule("idle", "from:nobody", stop=True),
)


async def test_the_rules_show_what_they_did_and_what_they_mean(make: Make) -> None:
    desk = make(obedient=True, rules=RULES)
    async with desk.app.run_test(size=(100, 24)) as pilot:
        await settle(pilot, desk)
        for label in (RULES[0].done(2), "Rules other, invoices: 4 messages", "Rule other: archived 1"):
            desk.engine.send(Deed(label, (Move((desk.reader.page(MailboxId(1))[0].placement,), Role.ARCHIVE),)))
        desk.main.perform("rules")
        await settle(pilot, desk, 0.2)
        shown = desk.text()
        assert "invoices  mark read · move to Paid␛[31m" in shown
        assert "Rules other, invoices: 4 messages" in shown
        assert "Rule invoices: moved 2 to Paid␛[31m, marked read" in shown
        assert shown.count("Rule other") == 1, "in the status line only: it is none of these"
        assert shown.index("from:nobody") > shown.index("invoices: 4")
        await pilot.press("u", "j", "u")
        await settle(pilot, desk, 0.5)
        assert [one for one in desk.engine.sent if isinstance(one, Undo)] == [Undo(step=StepId(2))]
        await pilot.press("enter")
        await settle(pilot, desk, 0.1)
        assert "This was undone" in desk.text()
        await pilot.press("g", "enter")
        await settle(pilot, desk, 0.3)
        assert "subject:mail" in desk.text(), "its search is on the screen"
        assert desk.main.scope == "list"


async def test_without_rules_the_panel_says_how_to_make_one(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        desk.main.perform("rules")
        await settle(pilot, desk, 0.1)
        assert "add [[rules]] to config.toml" in desk.text()
        await pilot.press("enter", "q")
        assert desk.main.scope == "list"


async def test_an_empty_history_says_so(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("g", "h", "enter")
        await settle(pilot, desk, 0.1)
        assert "Nothing has been done yet." in desk.text()
        assert desk.app.screen.query_one("#overlay").outer_size.height == 7  # no taller than what is in it
        await pilot.press("q")
        assert desk.app.is_running


async def test_the_ledger_retries_and_gives_up(make: Make) -> None:
    desk = make()
    desk.reader.lines = [line(1), line(2, LineState.FAILED, "NO [OVERQUOTA] \x1b[31mfull"), line(3, answer="later")]
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("g", "l")
        await settle(pilot, desk, 0.1)
        shown = desk.text()
        assert "NO [OVERQUOTA] ␛[31mfull" in shown
        assert shown.index("Move 2") < shown.index("Move 1"), "failed ones first"
        assert "2 min" in shown
        await pilot.press("r", "j")
        assert Retry(IntentId(2)) in desk.engine.sent
        await pilot.press("x")
        await pilot.pause()
        assert "Give this operation up?" in desk.text()
        await pilot.press("n")
        await pilot.pause()
        assert Discard(IntentId(1)) not in desk.engine.sent
        await pilot.press("x", "y")
        await pilot.pause()
        assert Discard(IntentId(1)) in desk.engine.sent
        desk.reader.lines = []
        await settle(pilot, desk, 1.2)
        assert "nothing has failed" in desk.text()


async def test_recovering(make: Make) -> None:
    desk = make()
    soon = replace(copy(3, "\x1b]0;x\x07"), until=NOW + 86400 * 6)
    desk.reader.copies = [copy(1, "The plan"), copy(2, "Dinner?"), soon]
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("g", "r")
        await settle(pilot, desk, 0.1)
        assert "The plan" in desk.text()
        assert "INBOX · 2 h" in desk.text()
        assert desk.text().count("6 days left") == 1
        assert "\x1b" not in desk.text()
        await pilot.press(*"dinner", "enter")
        await settle(pilot, desk, 0.1)
        assert desk.engine.sent[-1] == Restore((Word("w00000000002"),), HOME)
        await pilot.press("enter")
        await settle(pilot, desk, 0.1)
        assert len([one for one in desk.engine.sent if isinstance(one, Restore)]) == 1, "it is off the list"
        await pilot.press("escape")
        assert desk.main.scope == "list"


async def test_a_store_that_can_not_be_read_is_told(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = make()

    def broken(*_: Any) -> Any:
        raise StoreError("disk on fire")

    monkeypatch.setattr(desk.reader, "history", broken)
    monkeypatch.setattr(desk.reader, "safety_copies", broken)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        for key in ("h", "r"):
            await pilot.press("g", key)
            await settle(pilot, desk, 0.1)
            assert "disk on fire" in desk.text()
            await pilot.press("escape")


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
async def test_panels_fit_every_size(make: Make, size: tuple[int, int]) -> None:
    desk = make()
    desk.reader.steps = [
        Step(StepId(n), f"Moved to a very long name {n}: " + "x" * 80, NOW, False, 1) for n in range(60)
    ]
    desk.reader.lines = [line(n, LineState.FAILED, "no " * 60) for n in range(1, 40)]
    desk.reader.copies = [copy(n, "A long subject " * 9) for n in range(60)]
    async with desk.app.run_test(size=size) as pilot:
        await settle(pilot, desk)
        for key in ("h", "l", "r"):
            await pilot.press("g", key)
            await settle(pilot, desk, 0.1)
            await pilot.press("pagedown", "pagedown", "down")
            await settle(pilot, desk)
            assert len(desk.lines()) == size[1]
            await pilot.press("escape")


async def _on(desk: Desk, pilot: Any, name: str) -> None:
    """The cursor of the folder pane on a folder."""
    desk.main._focus(desk.main.folders)
    tree = desk.main.folders.tree_
    tree.cursor = next(i for i, node in enumerate(tree.nodes) if node.mailbox and node.mailbox.name == name)
    await settle(pilot, desk)


def intents(desk: Desk) -> list[MailboxIntent]:
    return [intent for deed in desk.engine.deeds for intent in deed.intents]  # type: ignore[misc]


async def test_folders_are_made_renamed_and_deleted(make: Make) -> None:
    desk = make(obedient=True)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("h", "n", *"Receipts")
        await pilot.pause()
        assert "create folder" not in desk.text(), "there is one of that name"
        await pilot.press(*"/2026")
        await pilot.pause()
        assert "create folder Receipts/2026 in home" in desk.text()
        await pilot.press("enter")
        await settle(pilot, desk, 0.3)
        assert intents(desk) == [CreateMailbox(HOME, "Receipts/2026")]
        await _on(desk, pilot, "Receipts")
        await pilot.press("d")
        assert "has folders below it" in desk.text()
        await _on(desk, pilot, "Receipts/2026")
        await pilot.press("r", "ctrl+a", *"Paid", "enter")
        await settle(pilot, desk, 0.3)
        assert intents(desk)[1] == RenameMailbox(MailboxId(900), "Receipts/Paid2026")
        await pilot.press("s")
        assert intents(desk)[2] == Subscribe(MailboxId(900), True)
        await pilot.press("d")
        await pilot.pause()
        assert "Delete the folder Receipts / Paid2026?" in desk.text()
        assert "It is empty." in desk.text()
        await pilot.press("y")
        await settle(pilot, desk, 0.3)
        assert intents(desk)[3] == DeleteMailbox(MailboxId(900))


async def test_deleting_a_folder_says_how_much_goes_with_it(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await _on(desk, pilot, "Lists/textual")
        await pilot.press("d")
        await pilot.pause()
        assert "744 messages will go with it" in desk.text()
        await pilot.press("escape")
        await _on(desk, pilot, "INBOX")
        await pilot.press("d")
        assert "belongs to the server" in desk.text()
        assert desk.engine.deeds == []


async def test_a_subscribed_folder_is_unsubscribed(make: Make) -> None:
    desk = make()
    subscribed = replace(mailbox(77, "News", Role.NONE), attributes=frozenset({"\\subscribed"}))
    desk.reader.extra = (subscribed,)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await _on(desk, pilot, "News")
        await pilot.press("s")
        assert intents(desk) == [Subscribe(MailboxId(77), False)]


async def test_folder_keys_without_an_account(make: Make) -> None:
    desk = make(accounts=())
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        desk.main._focus(desk.main.folders)
        await pilot.press("n", "r", "d")
        assert "There is no folder under the cursor" in desk.text()
        assert desk.engine.deeds == []
