"""`mailtui send`, `sendmail`, `compose` and `drafts`, from the words to the program that sends."""

from __future__ import annotations

import email
import email.policy
import io
import json
import sys
from email.message import EmailMessage
from pathlib import Path

import jsonschema
import pytest

from mailtui.cli import exits
from mailtui.cli.main import main
from mailtui.cli.upkeep import schema_text
from mailtui.files.composing import ComposingFolder
from mailtui.model.account import Settings
from mailtui.store.store import Store
from mailtui.view.composer import from_json

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    script = tmp_path / "send"
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{tmp_path}/argv"\ncat > "{tmp_path}/sent.eml"\n')
    script.chmod(0o700)
    config = tmp_path / "config.toml"
    config.write_text(
        '[general]\nstore = "store"\n[accounts.home]\nemail = "robin@example.org"\nname = "Robin"\n'
        f'local = {{}}\nsend_command = ["{script}"]\n'
    )
    monkeypatch.setenv("MAILTUI_CONFIG", str(config))
    Store.open(str(tmp_path / "store")).close()
    return tmp_path


def says(monkeypatch: pytest.MonkeyPatch, raw: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))


def sent(home: Path) -> tuple[EmailMessage, list[str]]:
    """The message that the program got, and its recipients."""
    message = email.message_from_bytes((home / "sent.eml").read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message, [word for word in (home / "argv").read_text().split() if "@" in word]


def test_a_program_that_calls_sendmail_can_call_us(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, "From: root (Cron Daemon)\nTo: root\nSubject: Grüße\n\nschön\n.\nnot this\n".encode())
    assert main(["sendmail", "-FCron", "-oem", "-t", "-f", "bounce@example.org", "--", "anna@example.com"]) == exits.OK
    message, words = sent(home)
    assert message["Subject"] == "Grüße"
    assert message["From"].addresses[0].addr_spec == "bounce@example.org"
    assert message.get_content().strip() == "schön"
    assert {"robin@example.org", "anna@example.com"} <= set(words)
    assert "bounce@example.org" in words


@pytest.mark.parametrize(
    ("words", "raw", "status"),
    [
        (["-t"], b"", 64),
        (["-t"], b"\nno header\n", 65),
        ([], b"To: a@b.c\n\nx\n", 64),
        (["-Z"], b"To: a@b.c\n\nx\n", 64),
        (["-t"], b"Subject: x\n\nx\n", 64),
        (["--account", "nobody", "-t"], b"To: a@b.c\n\nx\n", 70),
    ],
)
def test_sendmail_fails_with_codes_that_programs_know(
    words: list[str], raw: bytes, status: int, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    says(monkeypatch, raw)
    assert main(["sendmail", *words]) == status
    assert capsys.readouterr().err.startswith("sendmail: ")
    assert not (home / "sent.eml").exists()


def test_sendmail_has_help(capsys: Captured) -> None:
    assert main(["sendmail", "--help"]) == 0
    assert "-t" in capsys.readouterr().out


def test_a_message_is_sent_now_or_later(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    says(monkeypatch, b"To: anna@example.com\nBcc: ben@example.net\nSubject: x\n\nHello\n")
    assert main(["send", "--json"]) == exits.OK
    message, words = sent(home)
    assert message["From"] == "Robin <robin@example.org>"
    assert message["Bcc"] is None
    assert {"anna@example.com", "ben@example.net"} <= set(words)
    told = json.loads(capsys.readouterr().out)
    jsonschema.validate(told, json.loads(schema_text("sent")))
    (home / "sent.eml").unlink()
    says(monkeypatch, b"To: anna@example.com\nSubject: later\n\nHello\n")
    assert main(["send", "--at", "in 2h"]) == exits.OK
    assert not (home / "sent.eml").exists()
    capsys.readouterr()
    assert main(["outbox", "--json"]) == exits.OK
    (waiting,) = json.loads(capsys.readouterr().out)
    assert waiting["subject"] == "later"
    assert main(["outbox", "cancel", str(waiting["id"])]) == exits.OK
    capsys.readouterr()
    assert main(["drafts", "--json"]) == exits.OK
    assert [one["subject"] for one in json.loads(capsys.readouterr().out)] == ["later"]


def test_the_account_that_has_the_sender_sends(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    script = home / "send"
    with (home / "config.toml").open("a") as config:
        config.write(
            f'[accounts.work]\nemail = "robin@work.example"\nlocal = {{}}\nsend_command = ["{script}"]\n'
            'identities = [{ email = "team@work.example", aliases = ["*@shop.example"] }]\n'
        )
    for sender, account in (("any@shop.example", "work"), ("TEAM@work.example", "work"), ("x@y.example", "home")):
        says(monkeypatch, f"From: {sender}\nTo: anna@example.com\nSubject: x\n\nHello\n".encode())
        assert main(["send", "--json"]) == exits.OK
        assert json.loads(capsys.readouterr().out)["account"] == account


def test_a_message_is_composed_from_words(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    (home / "plan.pdf").write_bytes(b"%PDF-1")
    says(monkeypatch, "schön".encode())
    link = "mailto:anna@example.com?subject=The%20plan&attach=/etc/passwd"
    assert main(["compose", link, "--body", "-", "--attach", str(home / "plan.pdf"), "--send"]) == exits.OK
    message, words = sent(home)
    assert message["Subject"] == "The plan"
    text, plan = message.iter_parts()
    assert text.get_content().strip() == "schön"
    assert (plan.get_filename(), plan.get_payload(decode=True)) == ("plan.pdf", b"%PDF-1")
    assert "anna@example.com" in words
    assert "attach" in capsys.readouterr().err


def test_a_draft_is_saved(home: Path, capsys: Captured) -> None:
    assert main(["compose", "anna@example.com", "--subject", "one", "--draft"]) == exits.OK
    capsys.readouterr()
    assert main(["drafts", "--json"]) == exits.OK
    assert [one["subject"] for one in json.loads(capsys.readouterr().out)] == ["one"]


def test_a_template_is_filled_in(home: Path, capsys: Captured) -> None:
    with (home / "config.toml").open("a") as config:
        config.write(
            '[templates.lunch]\nsubject = "Lunch, {{first}}?"\nbcc = "me@example.org"\nfile = "lunch.txt"\n'
            '[templates.bare]\nto = "Ben <ben@example.net>"\ntext = "{{name}}, {{me}}, {{unknown}}"\n'
        )
    (home / "lunch.txt").write_text("Hello {{ first }} ({{address}}),\n\n{{me}}\n")
    assert main(["compose", '"Smith, Anna" <anna@example.com>', "--template", "lunch", "--send"]) == 0
    message, words = sent(home)
    assert message["Subject"] == "Lunch, Anna?"
    assert message.get_content().split() == ["Hello", "Anna", "(anna@example.com),", "Robin"]
    assert "me@example.org" in words
    assert main(["compose", "--template", "bare", "--subject", "x", "--send"]) == exits.OK
    message, words = sent(home)
    assert message.get_content().strip() == "Ben, Robin, {{unknown}}"
    assert "ben@example.net" in words
    assert main(["compose", "--template", "none", "--send"]) == exits.NOT_FOUND
    assert "lunch, bare" in capsys.readouterr().err


def test_what_can_not_be_composed(home: Path, capsys: Captured) -> None:
    assert main(["compose", "nonsense", "--draft"]) == exits.USAGE
    assert main(["compose", "a@b.example", "--attach", "/no/such/file", "--draft"]) == exits.FAILED
    assert main(["compose", "--send"]) == exits.USAGE


def test_without_an_end_it_opens_in_the_composer(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Settings] = []

    def run_tui(settings: Settings) -> int:
        opened.append(settings)
        return 0

    monkeypatch.setattr("mailtui.boot.run_tui", run_tui)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    (home / "plan.pdf").write_bytes(b"%PDF-1.4")
    link = "mailto:anna@example.com?subject=Hello&body=one%0D%0Atwo"
    assert main(["compose", link, "--attach", str(home / "plan.pdf")]) == exits.OK
    ((word, raw),) = ComposingFolder(opened[0].store).read_all()
    written = from_json(raw)
    assert written is not None
    assert opened[0].writing == word
    assert (written.to, written.subject, written.text) == ("anna@example.com", "Hello", "one\ntwo")
    assert Path(written.files[0].path).read_bytes() == b"%PDF-1.4"


def test_what_opens_in_the_composer_has_what_comes_with_the_identity(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open(home / "config.toml", "a", encoding="utf-8") as config:
        config.write(
            '[[accounts.home.identities]]\nemail = "robin@example.org"\nsignature = "Robin A."\nbcc_self = true\n'
            'reply_to = "answers@example.org"\n'
        )
    monkeypatch.setattr("mailtui.boot.run_tui", lambda settings: 0)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert main(["compose", "mailto:anna@example.com?body=Hi"]) == exits.OK
    ((_, raw),) = ComposingFolder(str(home / "store")).read_all()
    written = from_json(raw)
    assert written is not None
    assert written.text == "Hi\n\n-- \nRobin A.\n"
    assert (written.bcc, written.own_bcc, written.reply_to) == (
        "robin@example.org", "robin@example.org", "answers@example.org"
    )  # fmt: skip


def test_without_an_end_and_a_terminal_it_asks_for_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert main(["compose", "anna@example.com"]) == exits.USAGE


def test_a_bounce_has_no_sender(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, b"From: robin@example.org\nTo: anna@example.com\nSubject: I am away\n\nback on Monday\n")
    assert main(["sendmail", "-t", "-f", "<>"]) == exits.OK
    words = (home / "argv").read_text().split("\n")
    assert words[words.index("-f") + 1] == "<>"
    assert "anna@example.com" in words
    message, _ = sent(home)
    assert message["From"] == "robin@example.org"


def stored(home: Path, capsys: Captured, raw: bytes, folder: str = "inbox") -> str:
    """Id of the message, which lies in the store now."""
    (home / "in.mbox").write_bytes(b"From x Mon Sep 21 14:13:20 2026\n" + raw)
    assert main(["import", str(home / "in.mbox"), "--folder", folder]) == exits.OK
    capsys.readouterr()
    assert main(["list", "-f", folder, "--json"]) == exits.OK
    return str(json.loads(capsys.readouterr().out)[0]["id"])


ODD = (
    b"Received: from a by b; Mon, 21 Sep 2026 14:13:20 +0000\nFrom:  Anna  <anna@example.com>\nTo: robin@example.org\n"
    b"Bcc: eve@example.com\nsubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nDate: Mon, 21 Sep 2026 14:13:20 +0000\n"
    b"Message-ID: <odd@example.com>\nDKIM-Signature: v=1;\n b=abc\n\nText  \n\n.\n>From here\n\xff\n"
)


def test_a_message_is_sent_again_as_it_is(home: Path, capsys: Captured) -> None:
    word = stored(home, capsys, ODD)
    words = ["resend", word, "--to", "Zoe <zoe@example.net>, ben@example.net", "--cc", "c@x.example", "--json"]
    assert main([*words, "--bcc", "secret@example.net"]) == exits.OK
    told = json.loads(capsys.readouterr().out)
    jsonschema.validate(told, json.loads(schema_text("sent")))
    assert told["recipients"] == ["zoe@example.net", "ben@example.net", "c@x.example", "secret@example.net"]
    raw = (home / "sent.eml").read_bytes().replace(b"\r\n", b"\n")
    block, mark, rest = raw.partition(b"Received: ")
    assert mark + rest == ODD.replace(b"Bcc: eve@example.com\n", b"").replace(b"\n>From", b"\nFrom")
    names = [line.partition(b":")[0] for line in block.splitlines() if line[:1] != b" "]
    assert names == [b"Resent-From", b"Resent-To", b"Resent-Cc", b"Resent-Date", b"Resent-Message-ID"]
    assert b"Resent-From: Robin <robin@example.org>" in block
    assert b"secret" not in raw
    argv = (home / "argv").read_text()
    assert "secret@example.net" in argv
    assert "eve@example.com" not in argv
    assert main(["list", "-f", "inbox", "--json"]) == exits.OK
    assert "forwarded" in str(json.loads(capsys.readouterr().out)[0]["flags"]).lower()


def test_what_can_not_be_sent_again_is_said(home: Path, capsys: Captured) -> None:
    assert main(["resend", "nothing", "--to", "a@b.example"]) == exits.NOT_FOUND
    word = stored(home, capsys, ODD, "drafts")
    assert main(["resend", word, "--to", "a@b.example"]) == exits.USAGE
    assert "a draft" in capsys.readouterr().err
    word = stored(home, capsys, ODD.replace(b"odd@", b"even@"))
    assert main(["resend", word, "--to", "nobody"]) == exits.USAGE
    assert not (home / "sent.eml").exists()


def test_a_link_brings_keywords_and_nothing_that_can_harm(home: Path, capsys: Captured) -> None:
    link = "mailto:anna@example.com?keywords=red%0D%0ABcc:%20eve@x,boats&attach=/etc/passwd&from=x@y.z&subject=x&body=y"
    assert main(["compose", link, "--send"]) == exits.OK
    message, words = sent(home)
    assert "attach, from" in capsys.readouterr().err
    assert message["Keywords"] == "red Bcc: eve@x,boats"
    assert message["Bcc"] is None
    assert message["From"].addresses[0].addr_spec == "robin@example.org"
    assert "eve@x" not in words
    assert not message.is_multipart()
