"""The set-up on the screen: a common provider in four answers, a wrong password mended, servers typed by hand, stopped,
left, and the demo."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot

from mailtui.config.read import load
from mailtui.model.account import Protocol, Secret, SecretKind, Security
from mailtui.model.errors import ConfigError, LostError
from mailtui.model.setting_up import Draft, Ended, Found, Place
from mailtui.setup.core import FirstAccount
from mailtui.setup.finding import Ways
from mailtui.ui.setting_up import SetupApp
from mailtui.ui.widgets.sheet import Line
from mailtui.view.setting_up import Row
from tests.support.setting_up import PASSWORD, USER, Demo, deaf


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    served = Demo()
    yield served
    served.close()


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who runs the tests is not asked."""
    monkeypatch.setattr(FirstAccount, "person", lambda self: "")


class Desk:
    """The application, and what is on its screen."""

    def __init__(self, path: Path, ways: Ways, core: FirstAccount | None = None) -> None:
        self.path = path
        self.app = SetupApp(core or FirstAccount(str(path), ways))
        self.ended: Ended | None = None

    def text(self) -> str:
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in strips)

    def at(self, row: Row) -> bool:
        """Whether this row has the keys."""
        return self.app.setup._here() is row

    async def type(self, pilot: Pilot[Ended], *words: str) -> None:
        """Each word into the field that has the keys, with Enter behind it."""
        for word in words:
            if isinstance(self.app.focused, Line):
                self.app.focused.insert_text_at_cursor(word)
            await pilot.press("enter")

    async def until(self, pilot: Pilot[Ended], true: Callable[[], bool]) -> None:
        for _ in range(500):
            if true():
                return
            await pilot.pause(0.02)
        raise AssertionError(self.text())

    async def over(self, pilot: Pilot[Ended]) -> Ended | None:
        await self.until(pilot, lambda: self.app._exit)
        return self.app.return_value


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Desk]:
    return lambda ways, core=None: Desk(tmp_path / "c" / "config.toml", ways, core)


SIZES = [(60, 20), (80, 24), (120, 40)]


@pytest.mark.parametrize("size", SIZES)
async def test_four_answers_for_a_common_provider(demo: Demo, make: Callable[..., Desk], size: tuple[int, int]) -> None:
    desk = make(demo.ways())
    async with desk.app.run_test(size=size) as pilot:
        await pilot.press(*USER)
        await desk.type(pilot, "")
        await desk.until(pilot, lambda: "Lighthouse: 127.0.0.1" in desk.text())
        assert "Keep it lit" in desk.text()
        await desk.type(pilot, "Robin Ashworth", PASSWORD)
        assert PASSWORD not in desk.text()
        assert "try and save" in desk.text()
        await desk.type(pilot, "")
        assert await desk.over(pilot) is Ended.WRITTEN
    (account,) = load(str(desk.path)).settings.accounts
    assert (account.email, account.name) == (USER, "Robin Ashworth")
    assert account.imap is not None
    assert (account.imap.port, account.imap.secret.plain) == (demo.ports.imap, Secret(PASSWORD))
    assert account.smtp is not None
    assert account.smtp.port == demo.ports.smtp


async def test_a_wrong_password_is_mended_alone(demo: Demo, make: Callable[..., Desk]) -> None:
    desk = make(demo.ways())
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await desk.type(pilot, USER, "Robin", "wrong", "")
        await desk.until(pilot, lambda: "refused" in desk.text())
        text = " ".join(desk.text().split())
        assert f"{USER}, IMAP login at 127.0.0.1: 127.0.0.1 refused the login" in text
        assert "-> check user and password" in text
        assert "wrong" not in text
        assert "press R" not in text
        assert desk.at(Row.PASSWORD)
        assert not desk.path.exists()
        await pilot.press("ctrl+u")
        await desk.type(pilot, PASSWORD)
        assert await desk.over(pilot) is Ended.WRITTEN


async def test_servers_by_hand(demo: Demo, make: Callable[..., Desk]) -> None:
    desk = make(deaf())
    async with desk.app.run_test(size=(60, 20)) as pilot:
        await desk.type(pilot, "robin@elsewhere.example", "Robin", PASSWORD)
        await desk.until(pilot, lambda: Row.INCOMING in desk.app.setup.sheet.rows())
        assert "No servers were found" in desk.text()
        await desk.type(pilot, "", "", "127.0.0.1:1 none", "127.0.0.1:1 none", USER)
        assert desk.at(Row.CA)
        await desk.type(pilot, "")
        await desk.until(pilot, lambda: "correct the server" in " ".join(desk.text().split()))
        assert desk.at(Row.INCOMING)
        await pilot.press("ctrl+u")
        await desk.type(pilot, f"127.0.0.1:{demo.ports.imap} none")
        await desk.until(pilot, lambda: "SMTP login" in desk.text())
        assert "✓ IMAP login at 127.0.0.1" in desk.text()
        assert desk.at(Row.OUTGOING)
        await pilot.press("ctrl+u")
        await desk.type(pilot, "")  # only read
        assert await desk.over(pilot) is Ended.WRITTEN
    (account,) = load(str(desk.path)).settings.accounts
    assert account.smtp is None
    assert account.imap is not None
    assert (account.email, account.imap.user) == ("robin@elsewhere.example", USER)


async def test_clear_text_to_others_is_refused_before_the_password_goes(make: Callable[..., Desk]) -> None:
    desk = make(deaf())
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await desk.type(pilot, "a@b.example", "A", "secret")
        await desk.until(pilot, lambda: desk.app.setup.sheet.servers)
        await desk.type(pilot, "", "", "192.0.2.1:143 none", "", "", "")
        await desk.until(pilot, lambda: "clear text" in desk.text())
        assert desk.at(Row.INCOMING)


async def test_save_all_the_same(make: Callable[..., Desk]) -> None:
    """Who is offline can still begin."""
    desk = make(deaf())
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+s")
        assert not desk.path.exists()
        await desk.type(pilot, "a@b.example", "A", "secret")
        await desk.until(pilot, lambda: desk.app.setup.sheet.servers)
        await desk.type(pilot, "", "", "127.0.0.1:1 none", "", "", "")
        await desk.until(pilot, lambda: "save all the same" in desk.text())
        await pilot.press("ctrl+s")
        assert await desk.over(pilot) is Ended.WRITTEN
    assert load(str(desk.path)).settings.accounts[0].email == "a@b.example"


async def test_pop3_and_a_program(demo: Demo, make: Callable[..., Desk]) -> None:
    desk = make(demo.ways(pop3="127.0.0.1:1"))
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await desk.type(pilot, USER, "Robin")
        await desk.until(pilot, lambda: "Lighthouse" in desk.text())
        await pilot.press("ctrl+o")
        assert desk.at(Row.INCOMING)
        await pilot.press("up", "right")
        sheet = desk.app.setup.sheet
        assert sheet.choice(Row.PROTOCOL) == "POP3"
        assert sheet.text(Row.INCOMING).startswith("127.0.0.1:1 ")
        await pilot.press("space")
        assert sheet.choice(Row.PROTOCOL) == "IMAP"
        await pilot.press("up", "right")
        assert sheet.way is SecretKind.COMMAND
        await pilot.press("enter")
        assert desk.at(Row.COMMAND)
        await desk.type(pilot, f"echo {PASSWORD}", "", "", "", "", "")
        assert await desk.over(pilot) is Ended.WRITTEN
    assert load(str(desk.path)).settings.accounts[0].imap is not None
    assert 'password_command = "echo' in desk.path.read_text()


async def test_mistakes_are_said_where_they_are(demo: Demo, make: Callable[..., Desk]) -> None:
    desk = make(demo.ways())
    async with desk.app.run_test(size=(60, 20)) as pilot:
        await desk.type(pilot, "")
        assert desk.at(Row.EMAIL)
        await desk.type(pilot, "robin")
        assert "this is no address" in desk.text()
        await desk.type(pilot, "@example.org", "", "")
        await pilot.press("enter")
        await desk.until(pilot, lambda: "no password yet" in desk.text())
        assert desk.at(Row.PASSWORD)
        assert "this is no address" not in desk.text()


async def test_demo_and_leaving(make: Callable[..., Desk]) -> None:
    desk = make(deaf())
    async with desk.app.run_test(size=(60, 20)) as pilot:
        assert "demo" in desk.text()
        await pilot.press("ctrl+t")
        assert await desk.over(pilot) is Ended.DEMO
    desk = make(deaf())
    async with desk.app.run_test(size=(60, 20)) as pilot:
        await pilot.press("escape")
        assert await desk.over(pilot) is Ended.LEFT
    desk = make(deaf())
    async with desk.app.run_test(size=(60, 20)) as pilot:
        await pilot.press("x", "escape")
        await desk.until(pilot, lambda: "Leave the set-up?" in desk.text())
        await pilot.press("n", "ctrl+c")
        await desk.until(pilot, lambda: "Leave the set-up?" in desk.text())
        await pilot.press("y")
        assert await desk.over(pilot) is Ended.LEFT
    assert not desk.path.parent.exists()


class Slow(FirstAccount):
    """Waits until it is told to go on."""

    def __init__(self, path: str) -> None:
        super().__init__(path, deaf())
        self.go_on = threading.Event()
        self.looked: list[str] = []
        self.found = Found("in a list", "X", (Place(Protocol.IMAP, "imap.x.example", 993, Security.TLS),), None, "u")

    def find(self, email: str) -> Found:
        self.looked.append(email)
        self.go_on.wait(5)
        return self.found

    def check(self, draft: Draft, place: Place) -> str:
        self.go_on.wait(5)
        return "fine"


async def test_it_never_waits_and_can_be_stopped(make: Callable[..., Desk], tmp_path: Path) -> None:
    core = Slow(str(tmp_path / "c" / "config.toml"))
    desk = make(deaf(), core)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await desk.type(pilot, "u@x.example", "U", "secret", "")
        assert "Looking for the servers of x.example" in desk.text()
        core.go_on.set()
        core.go_on.clear()
        await desk.until(pilot, lambda: "IMAP login" in desk.text())
        assert "stop" in desk.text()
        await pilot.press("enter", "escape")
        assert "Stopped" in desk.text()
        core.go_on.set()
        await asyncio.sleep(0.1)
        await pilot.pause()
        assert not os.path.exists(core.path)
        await desk.type(pilot, "")
        assert await desk.over(pilot) is Ended.WRITTEN
    assert core.looked == ["u@x.example"]


async def test_servers_told_by_dns_of_another_domain_are_shown_first(make: Callable[..., Desk], tmp_path: Path) -> None:
    core = Slow(str(tmp_path / "c" / "config.toml"))
    core.go_on.set()
    place = Place(Protocol.IMAP, "imap.elsewhere.example", 993, Security.TLS)
    core.found = Found("in its DNS (SRV)", "", (place,), None, "u@x.example", doubtful=True)
    desk = make(deaf(), core)
    async with desk.app.run_test(size=(60, 20)) as pilot:
        await desk.type(pilot, "u@x.example", "U", "secret", "")
        await desk.until(pilot, lambda: desk.at(Row.INCOMING))
        assert "imap.elsewhere.example:993 tls" in desk.text()
        assert "Do you know them?" in " ".join(desk.text().split())
        await desk.type(pilot, "", "", "", "")
        assert await desk.over(pilot) is Ended.WRITTEN


async def test_who_lets_no_program_in(make: Callable[..., Desk], tmp_path: Path) -> None:
    core = Slow(str(tmp_path / "c" / "config.toml"))
    core.go_on.set()
    core.found = Found("in a list", "HEY", note="it lets no mail program in", closed=True)
    desk = make(deaf(), core)
    async with desk.app.run_test(size=(60, 20)) as pilot:
        await desk.type(pilot, "u@hey.com", "U", "secret", "")
        await desk.until(pilot, lambda: desk.at(Row.EMAIL))
        assert "HEY lets no mail program in" in desk.text()


async def test_a_failure_to_write_and_one_that_nobody_thought_of(make: Callable[..., Desk], tmp_path: Path) -> None:
    class Broken(Slow):
        def check(self, draft: Draft, place: Place) -> str:
            raise ZeroDivisionError("secret")

        def write(self, draft: Draft) -> str:
            raise ConfigError("the disk is full", "make room")

    core = Broken(str(tmp_path / "c" / "config.toml"))
    core.go_on.set()
    desk = make(deaf(), core)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await desk.type(pilot, "u@x.example", "U", "hush", "")
        await desk.until(pilot, lambda: "ZeroDivisionError" in desk.text())
        assert "secret" not in desk.text()
        await pilot.press("ctrl+s")
        await desk.until(pilot, lambda: "the disk is full" in desk.text())
        assert "make room" in desk.text()


async def test_another_address_has_other_servers(demo: Demo, make: Callable[..., Desk]) -> None:
    desk = make(demo.ways())
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await desk.type(pilot, USER)
        await desk.until(pilot, lambda: "Lighthouse" in desk.text())
        await pilot.press("up")
        await desk.type(pilot, ".invalid")
        await desk.until(pilot, lambda: "No servers were found" in desk.text())
        assert desk.app.setup.sheet.text(Row.INCOMING) == ""


async def test_a_password_typed_quickly_never_lands_in_the_row_above(make: Callable[..., Desk]) -> None:
    """All keys are there before the first is looked at, as from a terminal that lagged."""
    desk = make(deaf())
    keys = [
        *"a@x.invalid",
        "enter",
        *"Anna",
        "tab",
        *"se",
        "up",
        "down",
        *"cret",
        "enter",
        "right",
        "enter",
        *"cat",
    ]
    async with desk.app.run_test(size=(60, 20)) as pilot:
        for key in keys:
            event = events.Key({"@": "at", ".": "full_stop"}.get(key, key), key if len(key) == 1 else None)
            event.set_sender(desk.app)
            desk.app.post_message(event)
        await desk.until(pilot, lambda: "cat" in desk.text())
        values = {row: field.value for row, field in desk.app.setup._fields.items() if isinstance(field, Line)}
        assert values[Row.EMAIL] == "a@x.invalid"
        assert values[Row.NAME] == "Anna"
        assert values[Row.PASSWORD] == "secret"
        assert desk.app.setup.sheet.way is SecretKind.COMMAND
        assert values[Row.COMMAND] == "cat"


async def test_the_name_that_this_computer_knows(make: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is there already, and what is typed takes its place."""
    monkeypatch.setattr(FirstAccount, "person", lambda self: "Nora Known")
    desk = make(deaf())
    async with desk.app.run_test(size=(60, 20)) as pilot:
        await desk.until(pilot, lambda: "Nora Known " in desk.text())
        await desk.type(pilot, "a@x.invalid", "")
        assert desk.at(Row.PASSWORD)
        assert desk.app.setup.sheet.text(Row.NAME) == "Nora Known"
        await pilot.press("up", "x")
        assert desk.app.setup._fields[Row.NAME].value == "x"  # type: ignore[union-attr]


async def test_an_answer_after_the_end_troubles_nobody(
    make: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()

    def late(self: FirstAccount) -> str:
        gate.wait(30)
        return "Too Late"

    monkeypatch.setattr(FirstAccount, "person", late)
    desk = make(deaf())
    async with desk.app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        waiting = [thread for thread in threading.enumerate() if thread.name.startswith("setup-")]
        assert waiting
    gate.set()
    for thread in waiting:
        await asyncio.to_thread(thread.join, 30)
        assert not thread.is_alive()
    await asyncio.sleep(0)
    assert "Too Late" not in desk.app.setup.sheet.text(Row.NAME)


async def test_a_very_small_screen_follows_the_row(make: Callable[..., Desk]) -> None:
    desk = make(deaf())
    async with desk.app.run_test(size=(40, 8)) as pilot:
        await pilot.press("ctrl+o", "down", "down", "down")
        await desk.until(pilot, lambda: "Own CA" in desk.text())


async def test_what_is_pasted_is_one_safe_line(make: Callable[..., Desk]) -> None:
    desk = make(deaf())
    async with desk.app.run_test(size=(60, 20)) as pilot:
        desk.app.post_message(events.Paste("\n  robin\x1b[2J@x.invalid\nmore"))
        await pilot.pause()
        assert "robin[2J@x.invalid" in desk.text()
        assert "more" not in desk.text()


def test_a_lost_error_is_no_password_problem() -> None:
    """The word of a link reaches the sheet with its kind."""
    from mailtui.setup.trying import _worded

    worded = _worded(LostError("no connection", "`host` in config.toml"), Place(Protocol.IMAP, "h", 1, Security.TLS))
    assert isinstance(worded, LostError)
    assert "config.toml" not in worded.hint
