"""`mailtui pop status`, and what `mailtui doctor` says of a POP3 server."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import jsonschema
import pytest

from mailtui.cli import exits
from mailtui.cli.checks_server import check_account
from mailtui.cli.finding import Finding, Level
from mailtui.cli.main import main
from mailtui.cli.upkeep import schema_text
from tests.support.popping import CAPABILITIES, Maildrop, mail, pop_account
from tests.support.running_engine import ACCOUNT, KnownSecret, sync

Captured = pytest.CaptureFixture[str]


def config(folder: Path, keep: str) -> list[str]:
    path = folder / "config.toml"
    path.write_text(
        f'[general]\nstore = "{folder / "store"}"\n[accounts.{ACCOUNT}]\nemail = "a@example.com"\n'
        f'[accounts.{ACCOUNT}.pop3]\nhost = "127.0.0.1"\nsecurity = "none"\npassword_command = ["true"]\n'
        f'leave_on_server = "{keep}"\n[accounts.other]\nemail = "b@example.com"\n[accounts.other.local]\n'
    )
    path.chmod(0o600)
    return ["--config", str(path), "pop", "status"]


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    async def fill() -> None:
        drop = Maildrop([mail(1), mail(2)])
        async with drop.serving():
            assert await sync(tmp_path / "store", pop_account(drop.port)) == []

    asyncio.run(fill())
    return tmp_path


@pytest.mark.parametrize(
    ("keep", "state", "word"), [("forever", "stays", "-"), ("never", "due", "next visit"), ("2d", "leaves", "20")]
)
def test_status(filled: Path, capsys: Captured, keep: str, state: str, word: str) -> None:
    words = config(filled, keep)
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    schema = json.loads(schema_text("maildrop"))
    for one in found:
        jsonschema.Draft202012Validator(schema).validate(one)
        assert (one["account"], one["state"]) == (ACCOUNT, state)
    assert {one["subject"] for one in found} == {"number 1", "number 2"}
    if state == "leaves":
        assert all(one["leaves"][:10] == time.strftime("%Y-%m-%d", time.gmtime(time.time() + 172_800)) for one in found)
    assert main(words) == 0
    out = capsys.readouterr().out
    assert f"{ACCOUNT}: 2 messages on 127.0.0.1" in out
    assert f"{2 if state == 'due' else 0} of them leave with the next visit" in out
    assert word in next(line for line in out.splitlines() if line.endswith("number 1"))


def test_status_of_an_account_without_pop3(filled: Path, capsys: Captured) -> None:
    assert main([*config(filled, "forever"), "-a", "other"]) == exits.USAGE
    assert "not fetched by POP3" in capsys.readouterr().err


def test_status_without_a_store(tmp_path: Path, capsys: Captured) -> None:
    assert main(config(tmp_path, "forever")) == exits.STORE
    assert capsys.readouterr().out == ""


async def checked(drop: Maildrop) -> dict[str, Finding]:
    async with drop.serving():
        return {one.check: one async for one in check_account(pop_account(drop.port), KnownSecret())}


async def test_doctor_of_a_good_server() -> None:
    drop = Maildrop([mail(1), mail(2)])
    found = await checked(drop)
    assert {one.level for one in found.values()} == {Level.OK}
    assert f"2 messages, {len(mail(1)) * 2:,} bytes" in found["maildrop"].text
    assert drop.count("RETR") == drop.count("DELE") == 0
    assert len(drop.box) == 2


async def test_doctor_of_a_poor_server() -> None:
    found = await checked(Maildrop([], capabilities=("USER", "SASL PLAIN")))
    assert found["capabilities"].level is Level.WARN
    assert found["maildrop"].level is Level.OK


async def test_doctor_of_a_server_that_refuses() -> None:
    found = await checked(Maildrop([], capabilities=CAPABILITIES, refuse={"AUTH": "[AUTH] no"}))
    assert (found["login"].level, found["login"].status) == (Level.FAIL, exits.LOGIN_REFUSED)
