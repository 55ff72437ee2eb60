"""From an answer to the outbox: replies, drafts, checks, sending and taking it back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot

from mailtui.model.account import Identity, Template
from mailtui.model.changes import BodyArrived, BodyFailed, OutboxChanged
from mailtui.model.ids import PlacementId, Revision
from mailtui.model.intents import Deed, FetchBody, Undo
from mailtui.model.outgoing import Save, Send, Stage, Unsend
from mailtui.ui import clock
from mailtui.ui.app import MailtuiApp
from mailtui.ui.screens.composer import ComposerScreen
from mailtui.view.composer import Field
from tests.support.fake_store import NOW
from tests.support.posting import PostingEngine
from tests.ui.conftest import Desk, settle

Make = Callable[..., Desk]
RAW = (
    b"From: Anna Berg <anna@berg.example>\r\nTo: Me <me@home.example>, Bo <bo@x.example>\r\n"
    b"Subject: [b]Boats[/b]\r\nMessage-ID: <boats@berg.example>\r\nDate: Mon, 23 Nov 2026 06:20:00 +0000\r\n\r\n"
    b"Which boat?\r\n[red]not red[/red]\r\n"
)


@pytest.fixture
def write(make: Make, tmp_path: Path) -> Make:
    return lambda total=20, **more: make(total, store=str(tmp_path), posting=True, **more)


def composer(desk: Desk) -> ComposerScreen:
    screen = desk.app.screen
    assert isinstance(screen, ComposerScreen), screen
    return screen


def engine(desk: Desk) -> PostingEngine:
    assert isinstance(desk.engine, PostingEngine)
    return desk.engine


def written(desk: Desk, kind: type[Save] | type[Send]) -> list[Save | Send]:
    deeds = [one for one in desk.engine.sent if isinstance(one, Deed)]
    return [intent for deed in deeds for intent in deed.intents if isinstance(intent, kind)]


def queued(desk: Desk) -> Message:
    return message_from_bytes(desk.reader.bodies[500_000 - len(engine(desk).queued)], policy=default)


async def until(pilot: Pilot[None], desk: Desk, there: Callable[[], object]) -> None:
    for _ in range(100):
        await settle(pilot, desk, 0.03)
        if there():
            return
    raise AssertionError(desk.text())


async def reply(pilot: Pilot[None], desk: Desk, key: str = "r") -> ComposerScreen:
    desk.reader.bodies[desk.reader.total] = RAW
    await settle(pilot, desk)
    await pilot.press(key)
    await until(pilot, desk, lambda: isinstance(desk.app.screen, ComposerScreen))
    return composer(desk)


async def test_a_reply_is_addressed_quoted_and_sent(write: Make, tmp_path: Path) -> None:
    desk = write()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        screen = await reply(pilot, desk)
        assert screen.head.entries[Field.TO].value == "Anna Berg <anna@berg.example>"
        assert screen.writing.has_focus
        assert "> Which boat?" in screen.writing.text
        assert "> [red]not red[/red]" in desk.text()
        await pilot.press(*"Both")
        await pilot.press("ctrl+s")
        await until(pilot, desk, lambda: desk.app.screen is desk.main)
        (send,) = written(desk, Send)
        assert isinstance(send, Send)
        assert send.recipients == ("anna@berg.example",)
        assert send.sender == "me@home.example"
        assert send.not_before == pytest.approx(NOW + 10, abs=2)
        assert send.answers == desk.reader.total
        mail = queued(desk)
        assert mail["In-Reply-To"] == "<boats@berg.example>"
        assert mail["Subject"] == "Re: [b]Boats[/b]"
        assert mail.get_payload(decode=True).startswith(b"Both")  # type: ignore[union-attr]
        await settle(pilot, desk, 0.2)
        assert "Sending in 10 s" in desk.text()
        assert "u undo" in desk.lines()[-2]
        await until(pilot, desk, lambda: not list((tmp_path / "composing").glob("*.json")))


async def test_reply_to_all_shows_the_others_in_cc(write: Make) -> None:
    desk = write()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        screen = await reply(pilot, desk, "R")
        assert "bo@x.example" in screen.current().cc
        assert "me@home.example" not in screen.current().cc + screen.current().to


async def test_forwarding_takes_the_text_along_and_asks_for_whom(write: Make) -> None:
    desk = write()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        screen = await reply(pilot, desk, "f")
        assert screen.head.focused() is Field.TO
        assert "Which boat?" in screen.writing.text
        assert screen.current().subject == "Fwd: [b]Boats[/b]"
        assert screen.current().forwards == f"w{20:011}"


async def test_forwarding_as_attachment(write: Make) -> None:
    desk = write()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        screen = await reply(pilot, desk, "F")
        (file,) = screen.current().files
        assert file.type == "message/rfc822"
        assert Path(file.path).read_bytes() == RAW


async def test_what_was_sent_comes_back_within_the_window(write: Make) -> None:
    desk = write()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await reply(pilot, desk)
        await pilot.press(*"Both", "ctrl+s")
        await until(pilot, desk, lambda: desk.app.screen is desk.main)
        await pilot.press("u")
        await until(pilot, desk, lambda: isinstance(desk.app.screen, ComposerScreen))
        assert any(isinstance(one, Unsend) for one in desk.engine.sent)
        assert composer(desk).writing.text.startswith("Both")
        assert composer(desk).current().answers
        assert not desk.reader.outgoing


async def test_quitting_names_what_has_not_gone_out(write: Make) -> None:
    desk = write()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await reply(pilot, desk)
        await pilot.press(*"Both", "ctrl+s")
        await until(pilot, desk, lambda: desk.app.screen is desk.main)
        await pilot.press("ctrl+q")
        await until(pilot, desk, lambda: "Quit before 1 message went out?" in desk.text())
        await pilot.press("n")
        await until(pilot, desk, lambda: desk.app.screen is desk.main)
        assert desk.app.is_running
        assert desk.app.return_code is None
        await pilot.press("ctrl+q", "y")
        await until(pilot, desk, lambda: desk.app.return_code == 0)


async def test_quitting_asks_nothing_when_all_has_gone_out(write: Make) -> None:
    desk = write()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, desk)
        desk.engine.tell(OutboxChanged(Revision(9), 0, 3, 1))  # three for tomorrow, one that a person has to look at
        await settle(pilot, desk)
        await pilot.press("ctrl+q")
        await until(pilot, desk, lambda: desk.app.return_code == 0)
    desk = write()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, desk)
        desk.engine.tell(OutboxChanged(Revision(9), 2, 0, 0))
        await settle(pilot, desk)
        await pilot.press("ctrl+q")
        await until(pilot, desk, lambda: "Quit before 2 messages went out?" in desk.text())


async def test_after_the_window_undo_says_so_and_undoes_nothing_else(write: Make) -> None:
    desk = write()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await reply(pilot, desk)
        await pilot.press(*"Both", "ctrl+s")
        await until(pilot, desk, lambda: desk.app.screen is desk.main)
        clock.stop_at(NOW + 11)
        desk.reader.outgoing.clear()
        await pilot.press("u")
        await until(pilot, desk, lambda: "on its way already" in desk.text())
        assert not any(isinstance(one, Unsend | Undo) for one in desk.engine.sent)
        await pilot.press("u")
        await until(pilot, desk, lambda: any(isinstance(one, Undo) for one in desk.engine.sent))


async def test_after_the_window_what_still_waits_is_taken_back(write: Make) -> None:
    desk = write()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await reply(pilot, desk)
        await pilot.press(*"Both", "ctrl+s")
        await until(pilot, desk, lambda: desk.app.screen is desk.main)
        clock.stop_at(NOW + 11)
        await pilot.press("u")
        await until(pilot, desk, lambda: any(isinstance(one, Unsend) for one in desk.engine.sent))
        await until(pilot, desk, lambda: not desk.reader.outgoing)


async def test_closing_keeps_a_draft_that_opens_again(write: Make, tmp_path: Path) -> None:
    desk = write()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await reply(pilot, desk)
        await pilot.press(*"later", "escape")
        await until(pilot, desk, lambda: desk.app.screen is desk.main)
        assert "Draft saved" in desk.text()
        (save,) = written(desk, Save)
        assert isinstance(save, Save)
        assert save.replaces is None
        await until(pilot, desk, lambda: not list((tmp_path / "composing").glob("*.json")))
        await pilot.press("g", "d")
        await until(pilot, desk, lambda: desk.main.messages.current is not None)
        await pilot.press("enter")
        await until(pilot, desk, lambda: isinstance(desk.app.screen, ComposerScreen))
        screen = composer(desk)
        assert screen.writing.text.startswith("later")
        assert screen.current().to.startswith("Anna Berg")
        screen.writing.focus()
        await pilot.press("x", "escape")
        await until(pilot, desk, lambda: desk.app.screen is desk.main)
        assert len(desk.reader.saved) == 1, "the draft before is replaced"


async def test_a_draft_that_was_not_touched_is_not_saved_again(write: Make) -> None:
    desk = write()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await reply(pilot, desk)
        await pilot.press("x", "escape")
        await until(pilot, desk, lambda: desk.app.screen is desk.main)
        await pilot.press("g", "d")
        await until(pilot, desk, lambda: desk.main.messages.current is not None)
        await pilot.press("enter")
        await until(pilot, desk, lambda: isinstance(desk.app.screen, ComposerScreen))
        await pilot.press("escape")
        await until(pilot, desk, lambda: desk.app.screen is desk.main)
        assert len(written(desk, Save)) == 1


async def test_a_full_disk_loses_nothing(write: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailtui.ui.screens.sending.PATIENCE", 0.3)
    desk = write()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        screen = await reply(pilot, desk)
        engine(desk).full = True
        await pilot.press(*"precious", "ctrl+s")
        await until(pilot, desk, lambda: "stays here" in desk.lines()[-2])
        assert composer(desk) is screen
        assert screen.writing.text.startswith("precious")
        assert not screen.writing.read_only
        await pilot.press("escape")
        await until(pilot, desk, lambda: "could not be saved" in desk.lines()[-2])
        assert composer(desk) is screen
        engine(desk).full = False
        await pilot.press("escape")
        await until(pilot, desk, lambda: desk.app.screen is desk.main)


async def test_doubts_are_told_before_it_leaves(write: Make) -> None:
    desk = write()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        screen = await reply(pilot, desk)
        screen.head.entries[Field.SUBJECT].value = ""
        await pilot.press(*"see the attached file", "ctrl+s")
        await until(pilot, desk, lambda: "send anyway" in desk.text())
        assert "no subject" in desk.text()
        await pilot.press("s")
        await settle(pilot, desk)
        assert screen.head.focused() is Field.SUBJECT
        assert not written(desk, Send)
        await pilot.press("ctrl+s")
        await until(pilot, desk, lambda: "send anyway" in desk.text())
        await pilot.press("y")
        await until(pilot, desk, lambda: desk.app.screen is desk.main)
        assert written(desk, Send)


async def test_without_recipients_it_can_not_leave(write: Make) -> None:
    desk = write()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, desk)
        await pilot.press("c")
        await settle(pilot, desk)
        await pilot.press("ctrl+s")
        await until(pilot, desk, lambda: "back to writing" in desk.text())
        assert "send anyway" not in desk.text()
        await pilot.press("y")
        await settle(pilot, desk)
        assert not written(desk, Send)


async def test_send_later_holds_it_until_then(write: Make) -> None:
    desk = write()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await reply(pilot, desk)
        await pilot.press("ctrl+l")
        await settle(pilot, desk)
        await pilot.press(*"2020-01-01")
        await settle(pilot, desk)
        assert "'2020-01-01' is over already" in desk.text()
        await pilot.press("enter")
        await settle(pilot, desk)
        assert not written(desk, Send)
        await pilot.press(*["backspace"] * 10, *"in 2 h")
        await settle(pilot, desk)
        assert "send it" in desk.text()
        await pilot.press("enter")
        await until(pilot, desk, lambda: desk.app.screen is desk.main)
        (send,) = written(desk, Send)
        assert isinstance(send, Send)
        assert send.not_before == pytest.approx(NOW + 7200, abs=60)


async def test_the_outbox_lists_what_waits_and_takes_it_back(write: Make) -> None:
    desk = write()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await reply(pilot, desk)
        await pilot.press(*"Both", "ctrl+s")
        await until(pilot, desk, lambda: desk.app.screen is desk.main)
        await pilot.press("g", "o")
        await until(pilot, desk, lambda: "[b]Boats[/b]" in desk.text())
        assert "goes out in 10 s" in desk.text()
        assert desk.reader.outgoing[0].stage is Stage.HELD
        await pilot.press("e")
        await until(pilot, desk, lambda: isinstance(desk.app.screen, ComposerScreen))
        assert composer(desk).writing.text.startswith("Both")


async def test_several_senders_can_be_chosen(make: Make, tmp_path: Path) -> None:
    desk = make(20, store=str(tmp_path), posting=True, accounts=("home", "work"))
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, desk)
        await pilot.press("c")
        await settle(pilot, desk)
        await pilot.press("ctrl+r")
        await settle(pilot, desk)
        await pilot.press(*"work", "enter")
        await settle(pilot, desk)
        current = composer(desk).current()
        assert (current.account, current.sender) == ("work", "Me <me@work.example>")
        assert "work" in desk.lines()[1]


async def test_a_message_goes_again_as_it_is_and_comes_back(write: Make, tmp_path: Path) -> None:
    desk = write()
    desk.reader.bodies[desk.reader.total] = RAW
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        desk.main.perform("resend")
        await until(pilot, desk, lambda: isinstance(desk.app.screen, ComposerScreen))
        screen = composer(desk)
        assert screen.head.focused() is Field.TO
        assert "Send again: [b]Boats[/b]" in desk.lines()[0]
        assert "Which boat?" in desk.text()
        assert "goes out as it is" in desk.text()
        assert "attach" not in desk.lines()[-1]
        assert not any("Subject" in line for line in desk.lines()[:5])
        await pilot.press(*"zoe", "@", *"x.example", "tab", *"lost", "ctrl+t")
        await settle(pilot, desk)
        assert "only who gets it" in desk.text()
        assert "lost" not in screen.writing.text
        screen.writing.focus()
        await pilot.press("x")
        desk.app.post_message(events.Paste("/etc/passwd"))
        await settle(pilot, desk)
        assert composer(desk) is screen
        assert "/etc" not in screen.writing.text
        await pilot.press("ctrl+s")
        await until(pilot, desk, lambda: desk.app.screen is desk.main)
        (send,) = written(desk, Send)
        assert isinstance(send, Send)
        assert send.recipients == ("zoe@x.example",)
        assert (send.answers, send.forwards) == (None, desk.reader.total)
        sent = desk.reader.bodies[500_000 - 1]
        assert sent.endswith(RAW)
        assert sent.startswith(b"Resent-From: Me <me@home.example>\r\nResent-To: zoe@x.example\r\n")
        await pilot.press("u")
        await until(pilot, desk, lambda: isinstance(desk.app.screen, ComposerScreen))
        assert composer(desk).current().to == "zoe@x.example"
        assert composer(desk).writing.read_only
        await pilot.press("ctrl+s")
        await until(pilot, desk, lambda: desk.app.screen is desk.main)
        assert desk.reader.bodies[500_000 - 2].endswith(RAW)
        assert not desk.reader.saved, "the draft that it was meanwhile is gone"
        await pilot.press("g", "o")
        await until(pilot, desk, lambda: "goes out in" in desk.text())
        (tmp_path / "composing").rename(tmp_path / "elsewhere")
        await pilot.press("e")
        await until(pilot, desk, lambda: isinstance(desk.app.screen, ComposerScreen))


async def test_a_draft_to_send_again_is_opened_as_one_and_a_draft_is_not_sent_again(write: Make) -> None:
    desk = write()
    desk.reader.bodies[desk.reader.total] = RAW
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        desk.main.perform("resend")
        await until(pilot, desk, lambda: isinstance(desk.app.screen, ComposerScreen))
        await pilot.press("escape")
        await until(pilot, desk, lambda: desk.app.screen is desk.main)
        assert "Nothing was written" in desk.text()
        desk.main.perform("resend")
        await until(pilot, desk, lambda: isinstance(desk.app.screen, ComposerScreen))
        await pilot.press(*"zoe", "escape")
        await until(pilot, desk, lambda: desk.app.screen is desk.main)
        assert len(desk.reader.saved) == 1
        await pilot.press("g", "d")
        await until(pilot, desk, lambda: desk.main.messages.current is not None)
        desk.main.perform("resend")
        await until(pilot, desk, lambda: "never sent" in desk.text())
        await pilot.press("enter")
        await until(pilot, desk, lambda: isinstance(desk.app.screen, ComposerScreen))
        assert composer(desk).current().to == "zoe"
        assert composer(desk).current().fixed


async def test_another_sender_brings_its_signature_and_its_copy(make: Make, tmp_path: Path) -> None:
    desk = make(20, store=str(tmp_path), posting=True)
    ours = Identity("shop@home.example", "Shop", (), "The shop", bcc_self=True)
    account = replace(desk.app.settings.accounts[0], signature="Me", identities=(ours,))
    desk = make(20, store=str(tmp_path), posting=True)
    settings = replace(desk.app.settings, accounts=(account,))
    desk.app = MailtuiApp(desk.reader, desk.engine, desk.engine, settings)
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, desk)
        await pilot.press("c")
        await until(pilot, desk, lambda: isinstance(desk.app.screen, ComposerScreen))
        screen = composer(desk)
        assert (screen.current().bcc, "-- \nMe\n" in screen.writing.text) == ("", True)
        await pilot.press("ctrl+r")
        await settle(pilot, desk)
        await pilot.press(*"shop", "enter")
        await settle(pilot, desk)
        assert screen.current().sender == "Shop <shop@home.example>"
        assert screen.current().bcc == "shop@home.example"
        assert "Bcc" in desk.text()
        assert "-- \nThe shop\n" in screen.writing.text
        assert screen.current().blank, "nothing was written yet"
        await pilot.press("ctrl+r")
        await settle(pilot, desk)
        await pilot.press(*"me@", "enter")
        await settle(pilot, desk)
        assert screen.current().bcc == ""
        assert "-- \nMe\n" in screen.writing.text
        assert "Bcc" not in desk.text().replace("cc bcc", "")


async def test_a_template_is_put_in_or_begun_with(make: Make, tmp_path: Path) -> None:
    lunch = Template("lunch", "Dear {{first}},\nlunch?\n", "Lunch", "Ben Ott <ben@x.example>")
    thanks = Template("[b]thanks", "Thank you.")
    desk = make(20, store=str(tmp_path), posting=True, templates=(lunch, thanks))
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        desk.main.perform("compose_template")
        await settle(pilot, desk)
        assert "[b]thanks" in desk.text()
        await pilot.press(*"lunch", "enter")
        await until(pilot, desk, lambda: isinstance(desk.app.screen, ComposerScreen))
        screen = composer(desk)
        assert screen.current().subject == "Lunch"
        assert screen.writing.text.startswith("Dear Ben,\nlunch?")
        assert not screen.current().blank
        screen.writing.focus()
        await pilot.press("ctrl+end", "f3")
        await settle(pilot, desk)
        await pilot.press(*"thank", "enter")
        await settle(pilot, desk)
        assert screen.writing.text.rstrip().endswith("Thank you.")
        assert screen.current().subject == "Lunch"
        await pilot.press("ctrl+z")
        assert "Thank you." not in screen.writing.text


async def test_without_templates_it_says_where_they_come_from(write: Make) -> None:
    desk = write()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, desk)
        desk.main.perform("compose_template")
        await settle(pilot, desk)
        assert "There is no template: add a table [templates.NAME]" in desk.text()
        await pilot.press("c")
        await until(pilot, desk, lambda: isinstance(desk.app.screen, ComposerScreen))
        await pilot.press("f3")
        await settle(pilot, desk)
        assert "There is no template" in desk.text()


async def test_markdown_is_switched_for_one_message(write: Make) -> None:
    desk = write()
    async with desk.app.run_test(size=(80, 24)) as pilot:
        screen = await reply(pilot, desk)
        assert "Markdown" not in desk.lines()[0]
        await pilot.press("f4")
        await settle(pilot, desk)
        assert "Markdown" in desk.lines()[0]
        await pilot.press(*"*so*", "ctrl+s")
        await until(pilot, desk, lambda: desk.app.screen is desk.main)
        assert queued(desk).get_content_type() == "multipart/alternative"
        assert "<em>so</em>" in queued(desk).get_payload(1).get_content()  # type: ignore[union-attr]
        assert screen not in desk.main.writing.composing.screens


async def test_messages_begin_as_markdown_where_that_is_wanted(write: Make) -> None:
    desk = write(markdown=True, attribution="{name}:")
    async with desk.app.run_test(size=(80, 24)) as pilot:
        screen = await reply(pilot, desk)
        assert screen.current().markdown
        assert "\n\nAnna Berg:\n> Which boat?" in screen.writing.text
        await pilot.press("f4")
        await settle(pilot, desk)
        assert not screen.current().markdown


async def test_a_message_that_is_not_here_is_fetched_and_answered(write: Make) -> None:
    desk = write()
    newest = desk.reader.total
    desk.reader.bodies[newest] = RAW
    desk.reader.missing.add(newest)
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, desk)
        for key in ("r", "a", "d"):
            desk.app.post_message(events.Key(key, key))
        await until(pilot, desk, lambda: "Fetching the message" in desk.text())
        assert FetchBody(PlacementId(newest)) in desk.engine.sent
        for key in ("D", "e"):
            desk.app.post_message(events.Key(key, key))
        await settle(pilot, desk, 0.1)
        desk.reader.missing.clear()
        await desk.tell(pilot, BodyArrived(Revision(1), PlacementId(newest)))
        await until(pilot, desk, lambda: isinstance(desk.app.screen, ComposerScreen))
        await until(pilot, desk, lambda: composer(desk).writing.text.startswith("adDe"))
        assert not desk.engine.deeds


async def test_a_message_that_can_not_be_had_is_not_answered_and_typing_goes_nowhere(write: Make) -> None:
    desk = write()
    newest = desk.reader.total
    desk.reader.missing.add(newest)
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, desk)
        await pilot.press("r", "a")
        await until(pilot, desk, lambda: "Fetching the message" in desk.text())
        await desk.tell(pilot, BodyFailed(Revision(1), PlacementId(newest), "The server is gone"))
        assert "The server is gone" in desk.text()
        await pilot.press("d", "e")
        await settle(pilot, desk)
        assert not desk.engine.deeds, "the rest of what was typed is no command"
        await pilot.pause(0.7)
        await pilot.press("r")
        await until(pilot, desk, lambda: "Fetching the message" in desk.text())
        await pilot.press("escape")
        await settle(pilot, desk)
        assert "Nothing was opened" in desk.text()
        desk.reader.missing.clear()
        await desk.tell(pilot, BodyArrived(Revision(1), PlacementId(newest)))
        await settle(pilot, desk, 0.1)
        assert desk.app.screen is desk.main, "it was given up"
        await pilot.press("d")
        await settle(pilot, desk)
        assert len(desk.engine.deeds) == 1


async def test_what_is_typed_while_the_composer_opens_is_text_and_no_command(write: Make) -> None:
    desk = write()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, desk)
        for key in ("r", "a", "d", "D", "e"):
            desk.app.post_message(events.Key(key, key))
        await until(pilot, desk, lambda: isinstance(desk.app.screen, ComposerScreen))
        await until(pilot, desk, lambda: composer(desk).writing.text.startswith("adDe"))
        assert not desk.engine.deeds
