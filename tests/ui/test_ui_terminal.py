"""What mailtui says to the terminal and the desktop around it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mailtui.model.changes import RowsChanged
from mailtui.model.ids import MailboxId, Revision
from mailtui.model.mail import Flag, Flags
from mailtui.model.terminal import Surroundings
from mailtui.ui.screens import arriving
from tests.ui.conftest import Desk, settle

Make = Callable[..., Desk]
INBOX = MailboxId(1)


def _listening(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    said: list[str] = []
    monkeypatch.setattr(desk.app.terminal, "write", said.append)
    monkeypatch.setattr(arriving, "GATHERED", 0.05)
    return said


async def test_new_mail_is_told_once_and_only_if_it_is_new(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = make(terminal=Surroundings(title=False, notify="osc777", bell=True))
    said = _listening(desk, monkeypatch)
    bells: list[int] = []
    monkeypatch.setattr(desk.app, "bell", lambda: bells.append(1))
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        old = RowsChanged(Revision(9), INBOX, added=(desk.reader.row(500).placement,))
        await desk.tell(pilot, old)
        await settle(pilot, desk, 0.2)
        assert said == []  # it came back, or was fetched late: it is older than what was here
        await desk.tell(pilot, RowsChanged(Revision(10), INBOX, added=desk.reader.deliver(1)))
        await settle(pilot, desk, 0.2)
        assert len(said) == 1
        assert said[0].startswith("\x1b]777;notify;")
        await desk.tell(pilot, RowsChanged(Revision(11), INBOX, added=desk.reader.deliver(3)))
        await settle(pilot, desk, 0.2)
        assert "3 new messages" in said[1]
        read = desk.reader.deliver(1)
        desk.reader.flagged[read[0]] = Flags(int(Flag.SEEN))
        await desk.tell(pilot, RowsChanged(Revision(12), INBOX, added=read))
        await desk.tell(pilot, RowsChanged(Revision(13), MailboxId(7), added=desk.reader.deliver(1)))
        await settle(pilot, desk, 0.2)
        assert len(said) == len(bells) == 2


async def test_by_default_nothing_is_told(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = make()
    said = _listening(desk, monkeypatch)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        said.clear()
        await desk.tell(pilot, RowsChanged(Revision(10), INBOX, added=desk.reader.deliver(1)))
        await settle(pilot, desk, 0.2)
        assert said == []
        assert desk.main._arrivals is None


async def test_a_program_tells_of_new_mail(make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code = "import sys; open(sys.argv[1], 'w').write('|'.join(sys.argv[2:]))"
    desk = make(
        hostile=True, terminal=Surroundings(notify_command=(sys.executable, "-c", code, str(out), "%t", "%b", "%n"))
    )
    _listening(desk, monkeypatch)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await desk.tell(pilot, RowsChanged(Revision(10), INBOX, added=desk.reader.deliver(1)))
        for _ in range(100):
            await settle(pilot, desk, 0.1)
            if out.exists() and out.read_text():
                break
    title, body, number = out.read_text().split("|")
    assert number == "1"
    assert title
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in title + body)


async def test_a_program_that_fails_is_told_once(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = make(terminal=Surroundings(notify_command=("/none/such",)))
    _listening(desk, monkeypatch)
    told: list[str] = []
    monkeypatch.setattr(desk.app, "notify", lambda words, **more: told.append(words))
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        for number in range(2):
            desk.app.terminal.news("a", "b", number)
            await settle(pilot, desk, 0.1)
    assert len(told) == 1
    assert "/none/such" in told[0]


async def test_copying_goes_where_the_config_says(make: Make, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code = "import sys; open(sys.argv[1], 'w').write(sys.stdin.read())"
    program = (sys.executable, "-c", code, str(out))
    for osc52 in (True, False):
        out.unlink(missing_ok=True)
        desk = make(terminal=Surroundings(osc52=osc52, copy_command=program))
        async with desk.app.run_test(size=(80, 24)) as pilot:
            await settle(pilot, desk)
            desk.app.copy_to_clipboard("https://x.example/船")
            for _ in range(100):
                await settle(pilot, desk, 0.1)
                if out.exists() and out.read_text():
                    break
            assert desk.app.clipboard == ("https://x.example/船" if osc52 else "")
        assert out.read_text() == "https://x.example/船"


async def test_the_title_can_be_left_alone(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = make(terminal=Surroundings(title=False))
    said = _listening(desk, monkeypatch)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        await pilot.press("q")
    assert said == []
