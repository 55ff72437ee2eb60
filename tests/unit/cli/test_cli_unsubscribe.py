"""`mailtui unsubscribe`: one click, else a mail, else the page; what was left is remembered."""

from __future__ import annotations

import email
import json
from pathlib import Path

import pytest

from mailtui.cli import exits
from mailtui.cli.main import main
from mailtui.files.left_lists import Left, LeftLists
from mailtui.model.errors import FileError, LostError
from mailtui.protocols import oneclick
from tests.support.acting import Captured, asked, conforms, refused

HEAD = (
    "From: Shop <news@mail.shop.example>\r\nTo: robin+shop@example.org\r\nMessage-ID: <n@shop.example>\r\n"
    "Date: Mon, 21 Sep 2026 14:13:20 +0000\r\n"
)
CLICK = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
PAGE = "List-Unsubscribe: <https://shop.example/u?r=1>\r\n"
MAIL = "List-Unsubscribe: <mailto:leave@shop.example?subject=out%20r1&bcc=x@evil.example>, <https://shop.example/u>\r\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    script = tmp_path / "send"
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{tmp_path}/argv"\ncat > "{tmp_path}/sent.eml"\n')
    script.chmod(0o700)
    config = tmp_path / "config.toml"
    config.write_text(
        '[general]\nstore = "store"\n[accounts.home]\nemail = "robin@example.org"\nname = "Robin"\nlocal = {}\n'
        f'send_command = ["{script}"]\n[[accounts.home.identities]]\nemail = "robin+shop@example.org"\n'
    )
    monkeypatch.setenv("MAILTUI_CONFIG", str(config))
    return tmp_path


def got(home: Path, capsys: Captured, *fields: str) -> str:
    """One message in the inbox with these fields; its id."""
    raw = HEAD + "".join(fields) + "Subject: News\r\n\r\nShop now\r\n"
    (home / "in.mbox").write_bytes(b"From x Mon Sep 21 14:13:20 2026\n" + raw.replace("\r\n", "\n").encode())
    assert main(["import", str(home / "in.mbox")]) == 0
    capsys.readouterr()
    (found,) = asked(capsys, "list", "-f", "inbox")
    return str(found["id"])


@pytest.fixture
def clicks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were asked."""
    found: list[str] = []
    monkeypatch.setattr(oneclick, "leave", found.append)
    return found


def test_one_click_is_asked_once_and_remembered(home: Path, capsys: Captured, clicks: list[str]) -> None:
    word = got(home, capsys, PAGE, CLICK)
    found = asked(capsys, "unsubscribe", "--show", word)
    conforms("unsubscribed", found)
    assert (found["way"], found["done"], clicks) == ("one-click", False, [])
    found = asked(capsys, "unsubscribe", "--yes", word)
    conforms("unsubscribed", found)
    assert (found["way"], found["done"], found["list"]) == ("one-click", True, "news@mail.shop.example")
    assert clicks == ["https://shop.example/u?r=1"]
    left = LeftLists(str(home / "store")).find("home", "News@mail.shop.example")
    assert left is not None
    assert left.way == "one-click"
    assert asked(capsys, "unsubscribe", "--show", word)["left_before"]
    assert not (home / "sent.eml").exists()


def test_they_go_on_mailing(home: Path, capsys: Captured, clicks: list[str]) -> None:
    word = got(home, capsys, PAGE, CLICK)
    LeftLists(str(home / "store")).keep("home", "news@mail.shop.example", Left(1_780_000_000, "one-click", "x"))
    assert asked(capsys, "unsubscribe", "--show", word)["goes_on"] is True
    assert main(["unsubscribe", "--show", word]) == 0
    assert "they go on mailing" in capsys.readouterr().out
    assert clicks == []


def test_nobody_to_ask_and_no_yes_does_nothing(home: Path, capsys: Captured, clicks: list[str]) -> None:
    word = got(home, capsys, PAGE, CLICK)
    status, said = refused(capsys, "unsubscribe", word)
    assert status == exits.USAGE
    assert "--yes" in said
    assert clicks == []


@pytest.mark.parametrize("click", [True, False])
def test_else_a_mail_from_the_address_on_the_list(
    home: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch, click: bool
) -> None:
    def lost(url: str) -> None:
        raise LostError("gone")

    monkeypatch.setattr(oneclick, "leave", lost)
    word = got(home, capsys, MAIL, CLICK if click else "")
    assert main(["unsubscribe", "--yes", word]) == 0
    assert "Left news@mail.shop.example (leave@shop.example)" in capsys.readouterr().out
    message = email.message_from_bytes((home / "sent.eml").read_bytes())
    assert message["To"] == "leave@shop.example"
    assert message["Subject"] == "out r1"
    assert "robin+shop@example.org" in message["From"]
    assert "evil" not in (home / "argv").read_text() + (home / "sent.eml").read_text()


def test_a_list_that_can_not_be_asked_keeps_its_page(
    home: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(url: str) -> None:
        raise LostError("shop.example can't be asked: refused")

    monkeypatch.setattr(oneclick, "leave", lost)
    word = got(home, capsys, PAGE, CLICK)
    status, said = refused(capsys, "unsubscribe", "--yes", word)
    assert status == exits.TRY_LATER
    assert "https://shop.example/u?r=1" in said
    assert LeftLists(str(home / "store")).find("home", "news@mail.shop.example") is None


def test_a_page_is_shown_and_nothing_is_said_of_nothing(home: Path, capsys: Captured, clicks: list[str]) -> None:
    word = got(home, capsys, PAGE)
    assert main(["unsubscribe", word]) == 0
    assert "https://shop.example/u?r=1" in capsys.readouterr().out
    assert clicks == []


def test_no_way_is_said(home: Path, capsys: Captured) -> None:
    word = got(home, capsys, "List-Id: A \x1b[31mlist <a.list.example>\r\n")
    assert main(["unsubscribe", word]) == exits.NOT_FOUND
    said = capsys.readouterr().out
    assert said.startswith("a.list.example does not say how")
    assert "\x1b" not in said


def test_a_damaged_memory_is_named(tmp_path: Path) -> None:
    (tmp_path / "left-lists.json").write_text(json.dumps({"a": 1}))
    with pytest.raises(FileError, match="damaged"):
        LeftLists(str(tmp_path)).find("a", "b")
    with pytest.raises(FileError, match="can't write"):
        LeftLists("/dev/null/x").keep("a", "b", Left(1, "mail", "x"))
