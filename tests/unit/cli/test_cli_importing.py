"""`mailtui import` from the words to the files, and what can be done with the mail then."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from mailtui.cli import exits
from mailtui.cli.main import main
from mailtui.cli.upkeep import schema_text
from mailtui.store.store import Store

Captured = pytest.CaptureFixture[str]
LINE = b"From anna@example Tue Nov 14 22:13:20 2023\n"
MBOX = (
    LINE
    + b"From: Anna <anna@example.org>\nSubject: The \x1b[31mplan\nStatus: RO\n\n>From here\n\n"
    + LINE
    + b"From: Bob <bob@example.org>\nSubject: Second\n\nHello\n\n"
)


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    config = tmp_path / "config.toml"
    config.write_text(
        '[general]\nstore = "store"\n'
        '[accounts.home]\nemail = "a@example.org"\nimap = { host = "127.0.0.1", password_command = "true" }\n'
        '[accounts.paper]\nemail = "a@example.org"\nlocal = { path = "old.mbox" }\n'
    )
    monkeypatch.setenv("MAILTUI_CONFIG", str(config))
    (tmp_path / "old.mbox").write_bytes(MBOX)
    return tmp_path / "old.mbox"


def printed(capsys: Captured) -> str:
    return capsys.readouterr().out


def test_it_is_told_what_was_imported(old: Path, capsys: Captured) -> None:
    assert main(["import", str(old)]) == exits.OK
    assert printed(capsys) == "imported 2 messages (INBOX 2)\n"
    assert main(["import", "-a", "paper"]) == exits.OK, "the path of the config"
    assert printed(capsys) == "imported 0 messages\n2 messages passed over: here already\n"
    assert old.read_bytes() == MBOX


def test_json_keeps_its_shape(old: Path, capsys: Captured) -> None:
    assert main(["import", "-a", "paper", str(old), "--folder", "Old/2023", "--json"]) == exits.OK
    told = json.loads(printed(capsys))
    jsonschema.validate(told, json.loads(schema_text("import")))
    assert told == {
        "account": "paper",
        "added": 2,
        "known": 0,
        "unread": 0,
        "folders": {"Old/2023": 2},
        "left": [],
    }


def test_imported_mail_is_mail_like_any_other(old: Path, capsys: Captured) -> None:
    assert main(["import", "-a", "paper"]) == exits.OK
    printed(capsys)
    assert main(["list", "-f", "inbox", "-a", "paper", "--json"]) == exits.OK
    first, second = sorted(json.loads(printed(capsys)), key=lambda mail: mail["subject"])
    assert main(["show", "--raw", second["id"]]) == exits.OK
    assert "\r\nFrom here\r\n" in printed(capsys).replace("\n", "\r\n").replace("\r\r", "\r")
    assert main(["archive", first["id"]]) == exits.OK
    assert main(["delete", "--forever", "--yes", second["id"]]) == exits.OK
    printed(capsys)
    assert main(["ledger", "--json"]) == exits.OK
    assert json.loads(printed(capsys)) == [], "nothing waits for a server"
    assert main(["recover", second["id"]]) == exits.OK
    assert main(["undo", "2"]) == exits.OK
    printed(capsys)
    assert main(["list", "-f", "inbox", "-a", "paper", "--json"]) == exits.OK
    assert len(json.loads(printed(capsys))) == 2
    assert main(["folder", "create", "-a", "paper", "New"]) == exits.OK
    assert main(["sync", "-a", "paper"]) == exits.OK


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["-a", "home", "old.mbox"], exits.USAGE, "keeps its mail on a server"),
        (["-a", "nobody", "old.mbox"], exits.NOT_FOUND, "there is no account"),
        (["-a", "paper", "nowhere"], exits.NOT_FOUND, "there is no nowhere"),
        (["-a", "paper", "config.toml"], exits.STORE, "is no mbox"),
        (["-a", "paper", "."], exits.STORE, "is no maildir"),
    ],
)
def test_what_can_not_be_imported(
    old: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured, words: list[str], status: int, said: str
) -> None:
    monkeypatch.chdir(old.parent)
    assert main(["import", *words]) == status
    assert said in capsys.readouterr().err


def test_a_running_mailtui_is_not_disturbed(old: Path, capsys: Captured) -> None:
    store = Store.open(str(old.parent / "store"))
    try:
        assert main(["import", str(old)]) == exits.TRY_LATER
    finally:
        store.close()
    assert main(["import", str(old)]) == exits.OK


def test_without_a_path_anywhere(old: Path, capsys: Captured) -> None:
    config = old.parent / "config.toml"
    config.write_text(config.read_text().replace('{ path = "old.mbox" }', "{}"))
    assert main(["import"]) == exits.USAGE
    assert "what is to be imported?" in capsys.readouterr().err
