"""`mailtui sync`: what it tells, and how it ends. The engine is a script here."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mailtui.cli.main import main
from mailtui.cli.progress import BarTeller, LineTeller, teller
from mailtui.cli.upkeep import schema_text
from mailtui.model.account import Settings
from mailtui.model.changes import (
    AccountChanged,
    BodyFailed,
    Change,
    MailboxesChanged,
    Notice,
    ProgressChanged,
    Resync,
    RowsChanged,
)
from mailtui.model.errors import AuthError, MailtuiError, StoreError, StoreLockedError
from mailtui.model.folder import Mailbox, Role
from mailtui.model.ids import AccountId, MailboxId, PlacementId, Revision
from mailtui.model.link import LinkState

Captured = pytest.CaptureFixture[str]
HOME = AccountId("home")
ONE = Revision(1)
INBOX = MailboxId(1)

CHANGES: tuple[Change, ...] = (
    AccountChanged(ONE, HOME, LinkState.CONNECTING),
    AccountChanged(ONE, HOME, LinkState.CONNECTING),
    MailboxesChanged(ONE),
    RowsChanged(ONE, INBOX),
    ProgressChanged(ONE, HOME, INBOX, 12_300, 100_000, 4100.4),
    ProgressChanged(ONE, HOME, INBOX, 50_000, 100_000, 4100.4),
    Notice(ONE, "warning", "mail\x1b[2J came twice", "look", HOME),
    BodyFailed(ONE, PlacementId(1), "body is gone"),
    ProgressChanged(ONE, HOME, INBOX, 100_000, 100_000, 4100.4),
    AccountChanged(ONE, HOME, LinkState.WAITING, "server went away", "wait", 5.0),
    Resync(ONE),
)


class Reader:
    def mailboxes(self) -> tuple[Mailbox, ...]:
        return (
            Mailbox(INBOX, HOME, "INBOX", "/", Role.INBOX, frozenset(), 0, 0, None, selectable=True, checkpoint=None),
        )

    closed = 0

    def close(self) -> None:
        Reader.closed += 1


class Engine:
    """Stands in for boot.run_sync: says its lines, then ends as told."""

    def __init__(self) -> None:
        self.called: dict[str, Any] = {}
        self.status = 0
        self.error: BaseException | None = None

    def run_sync(
        self,
        settings: Settings,
        *,
        accounts: tuple[AccountId, ...],
        watch: bool,
        on_change: Callable[[Sequence[Change]], None],
        on_failure: Callable[[AccountId, MailtuiError], None],
        on_synced: Callable[[], None],
    ) -> int:
        self.called = {"accounts": accounts, "watch": watch}
        for change in CHANGES:
            on_change([change])
        if self.error is not None:
            raise self.error
        on_synced()
        if self.status:
            on_failure(HOME, AuthError("login refused", "check the password"))
        return self.status


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    config = tmp_path / "config.toml"
    config.write_text(
        '[accounts.home]\nemail = "a@example.org"\nimap = { host = "127.0.0.1", password_command = "true" }\n'
    )
    monkeypatch.setenv("MAILTUI_CONFIG", str(config))
    found = Engine()
    monkeypatch.setattr("mailtui.boot.run_sync", found.run_sync)
    monkeypatch.setattr("mailtui.boot.open_reader", lambda settings: Reader())
    monkeypatch.setattr(Reader, "closed", 0)
    return found


def test_plain_lines(engine: Engine, capsys: Captured) -> None:
    assert main(["sync"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "home: connecting",
        "home: INBOX: 12,300 of 100,000",
        "home: mail␛[2J came twice (look)",
        "body is gone",
        "home: INBOX: 100,000 messages here",
        "home: waiting to try again: server went away (wait)",
        "all mail is here; bringing the search index up to date",
    ]
    assert engine.called == {"accounts": (), "watch": False}
    assert Reader.closed == 1


def test_json_events(engine: Engine, capsys: Captured) -> None:
    engine.status = 4
    assert main(["sync", "-a", "home", "--watch", "--json"]) == 4
    captured = capsys.readouterr()
    assert captured.err == ""
    events = [json.loads(line) for line in captured.out.splitlines()]
    schema = json.loads(schema_text("sync-event"))
    for event in events:
        jsonschema.Draft202012Validator(schema).validate(event)
    assert [event["event"] for event in events] == (
        ["state", "progress", "progress", "notice", "notice", "progress", "state", "synced", "failure", "done"]
    )
    assert events[1] == {
        "event": "progress",
        "account": "home",
        "folder": "INBOX",
        "done": 12300,
        "total": 100000,
        "rate": 4100.4,
    }
    assert events[-1]["status"] == 4
    assert engine.called == {"accounts": ("home",), "watch": True}


def test_store_that_cant_be_read_does_not_end_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    def broken(settings: Settings) -> None:
        raise StoreError("no")

    monkeypatch.setattr("mailtui.boot.open_reader", broken)
    assert main(["sync"]) == 0
    assert "home: folder 1: 12,300 of 100,000" in capsys.readouterr().err


def test_failures_are_told(engine: Engine, capsys: Captured) -> None:
    engine.status = 4
    assert main(["sync"]) == 4
    assert "home: login refused (check the password)" in capsys.readouterr().err


def test_unknown_account(engine: Engine, capsys: Captured) -> None:
    assert main(["sync", "-a", "hme"]) == 3
    assert engine.called == {}


def test_ends_that_are_not_its_own(engine: Engine, capsys: Captured) -> None:
    engine.error = KeyboardInterrupt()
    assert main(["sync", "--watch"]) == 130
    assert Reader.closed == 1
    engine.error = StoreLockedError("another mailtui writes to this store", 4711, "it is process 4711")
    assert main(["sync"]) == 75
    assert "4711" in capsys.readouterr().err


def screen(written: str, width: int = 200) -> list[str]:
    """What stands on a terminal after `written`, which knows CR and LF only."""
    lines = [""]
    column = 0
    for character in written:
        if character == "\n":
            lines.append("")
            column = 0
        elif character == "\r":
            column = 0
        else:
            line = lines[-1].ljust(column)
            lines[-1] = line[:column] + character + line[column + 1 :]
            column += 1
            assert column < width
    return [line.rstrip() for line in lines]


def test_bar_is_painted_over_and_lines_go_above_it() -> None:
    out = io.StringIO()
    bar = BarTeller(out, lambda: 80)
    bar.progress("home", "INBOX", 25, 100, 1234.0)
    assert screen(out.getvalue(), 80) == ["home: INBOX #####............... 25 of 100 · 1,234/s"]
    bar.line({}, "news")
    assert screen(out.getvalue(), 80)[0] == "news"
    assert screen(out.getvalue(), 80)[1].startswith("home: INBOX #####")
    bar.progress("home", "INBOX", 100, 100, 1234.0)
    assert screen(out.getvalue(), 80) == ["news", "home: INBOX: 100 messages here", ""]
    bar.progress("home", "B", 1, 2, 1.0)
    bar.end(0)
    assert screen(out.getvalue(), 80)[-1] == ""
    bar.progress("home", "B", 1, 2, 1.0)
    bar.erase()
    assert screen(out.getvalue(), 80)[-1] == ""


@pytest.mark.parametrize("width", [1, 20, 40, 80])
def test_bar_never_wraps(width: int) -> None:
    out = io.StringIO()
    bar = BarTeller(out, lambda: width)
    bar.progress("a long account name", "日本" * 40, 12_345_678, 99_999_999, 123_456.0)
    assert len(screen(out.getvalue(), max(21, width))) == 1
    bar.line({}, "x" * 500)
    screen(out.getvalue(), max(21, width))


def test_which_teller(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(teller(json=False), LineTeller)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert isinstance(teller(json=False), BarTeller)
