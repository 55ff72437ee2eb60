"""Commands over a real store without a server: two accounts, some folders, seven messages, and words to act on them."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mailtui import boot
from mailtui.cli.main import main
from mailtui.cli.upkeep import schema_text
from mailtui.model.account import Settings
from mailtui.model.changes import Change
from mailtui.model.facts import MailboxDelta, MailboxesListed
from mailtui.model.folder import Checkpoint, RemoteMailbox
from mailtui.model.ids import AccountId
from mailtui.model.intents import Deed, Order
from mailtui.store.store import Store
from tests.support.small_store import delivery, raw_mail

Captured = pytest.CaptureFixture[str]

CONFIG = """
[general]
store = "store"
[accounts.home]
email = "a@example.org"
imap = { host = "127.0.0.1", password_command = "true" }
[accounts.work]
email = "w@example.org"
imap = { host = "127.0.0.1", password_command = "true" }
"""
FOLDERS = {
    "home": (
        ("INBOX", ""),
        ("Archive", "\\archive"),
        ("Junk", "\\junk"),
        ("Trash", "\\trash"),
        ("Lists", "\\noselect"),
        ("Lists/Python", ""),
        ("Empty", ""),
    ),
    "work": (("INBOX", ""), ("Trash", "\\trash")),
}


def make_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two accounts; five messages in home's INBOX, two in work's."""
    config = tmp_path / "config.toml"
    config.write_text(CONFIG)
    monkeypatch.setenv("MAILTUI_CONFIG", str(config))
    store = Store.open(str(tmp_path / "store"))
    try:
        for account, numbers in (("home", range(1, 6)), ("work", range(11, 13))):
            names = tuple(RemoteMailbox(name, "/", frozenset({mark} - {""})) for name, mark in FOLDERS[account])
            store.apply([MailboxesListed(AccountId(account), names)])
            inbox = next(box.id for box in store.base().mailboxes(AccountId(account)) if box.name == "INBOX")
            mails = tuple(delivery(store, inbox, uid, raw_mail(uid)) for uid in numbers)
            point = Checkpoint(7, numbers.stop, 0, 1)
            store.apply([MailboxDelta(AccountId(account), inbox, 7, deliveries=mails, checkpoint=point)])
    finally:
        store.close()
    return tmp_path / "store"


def watch_submit(monkeypatch: pytest.MonkeyPatch) -> list[Deed | Order]:
    """What went to the store; it goes there all the same."""
    found: list[Deed | Order] = []
    real = boot.submit

    def submit(settings: Settings, wanted: Deed | Order) -> tuple[Change, ...]:
        found.append(wanted)
        return real(settings, wanted)

    monkeypatch.setattr("mailtui.boot.submit", submit)
    return found


def conforms(name: str, value: object) -> None:
    jsonschema.Draft202012Validator(json.loads(schema_text(name))).validate(value)


def asked(capsys: Captured, *words: str) -> Any:
    """The JSON that a command prints, which must succeed."""
    capsys.readouterr()
    assert main([*words, "--json"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def acted(capsys: Captured, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = asked(capsys, *words)
    conforms("action", found)
    return found


def ids(capsys: Captured, folder: str = "inbox", account: str = "home") -> list[str]:
    """Newest first."""
    return [str(one["id"]) for one in asked(capsys, "list", "-f", folder, "-a", account)]


def flags(capsys: Captured, word: str) -> list[str]:
    found: list[str] = asked(capsys, "show", word)["flags"]
    return found


def refused(capsys: Captured, *words: str) -> tuple[int, str]:
    """Exit code and words; nothing may have been done."""
    before = history(capsys), asked(capsys, "ledger")
    capsys.readouterr()
    status = main(list(words))
    said = capsys.readouterr()
    assert said.out == ""
    assert (history(capsys), asked(capsys, "ledger")) == before
    return status, said.err


def history(capsys: Captured) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = asked(capsys, "history")
    for one in found:
        conforms("history", one)
    return found


def on_stdin(monkeypatch: pytest.MonkeyPatch, text: str | bytes) -> None:
    data = text if isinstance(text, bytes) else text.encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def at_terminal(monkeypatch: pytest.MonkeyPatch, answer: str) -> Terminal:
    """What is asked is in the terminal returned."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    monkeypatch.setattr(sys, "stderr", screen)
    return screen
