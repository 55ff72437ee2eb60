"""`mailtui doctor` and `mailtui config`: every kind of trouble gets its sentence and its fix."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import shutil
import sqlite3
import sys
import types
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mailtui.cli import checks_server, exits
from mailtui.cli.checks_local import check_clock, check_store
from mailtui.cli.checks_server import check_account
from mailtui.cli.finding import Finding, Level
from mailtui.cli.main import main
from mailtui.cli.upkeep import schema_text
from mailtui.model.account import Account, Protocol, Secret, SecretKind, SecretSource, Security, ServerSettings
from mailtui.model.errors import AuthError, LostError, MailtuiError, TlsError
from mailtui.model.folder import RemoteMailbox, Role
from mailtui.model.ids import AccountId
from tests.support.smtp_server import Action, SmtpServer

Captured = pytest.CaptureFixture[str]


def by_check(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.check: finding for finding in findings}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    folder.mkdir(mode=0o700)
    for name in ("index.sqlite", "fulltext.sqlite"):
        with closing(sqlite3.connect(folder / name)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE x (y)")
            connection.executemany("INSERT INTO x VALUES (?)", [("z" * 100,)] * 1000)
            connection.commit()
    return folder


def test_sound_store(store: Path) -> None:
    found = list(check_store(str(store)))
    assert {finding.level for finding in found} == {Level.OK}
    assert {"permissions", "space", "lock", "index.sqlite", "fulltext.sqlite"} == {one.check for one in found}


def test_store_that_is_not_there_yet(tmp_path: Path) -> None:
    found = list(check_store(str(tmp_path / "a" / "b")))
    assert found[0].level is Level.OK
    assert "mailtui sync" in found[0].text
    (tmp_path / "file").write_text("")
    blocked = list(check_store(str(tmp_path / "file")))
    assert (blocked[0].level, blocked[0].status) == (Level.FAIL, exits.STORE)


def test_store_that_others_can_read(store: Path) -> None:
    store.chmod(0o755)
    found = by_check(list(check_store(str(store))))["permissions"]
    assert (found.level, found.fix) == (Level.WARN, f"run: chmod 700 {store}")


def test_store_that_cant_be_written(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    (found,) = check_store(str(store))
    assert (found.level, found.status) == (Level.FAIL, exits.STORE)


@pytest.mark.parametrize(("free", "level"), [(1 << 20, Level.FAIL), (500 << 20, Level.WARN), (5 << 30, Level.OK)])
def test_disk_space(store: Path, monkeypatch: pytest.MonkeyPatch, free: int, level: Level) -> None:
    usage = types.SimpleNamespace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert by_check(list(check_store(str(store))))["space"].level is level


def test_lock_that_is_held(store: Path) -> None:
    with open(store / "lock", "w") as lock:
        lock.write("4711\n")
        lock.flush()
        assert "no mailtui" in by_check(list(check_store(str(store))))["lock"].text
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "process 4711" in by_check(list(check_store(str(store))))["lock"].text


@pytest.mark.parametrize("name", ["index.sqlite", "fulltext.sqlite"])
def test_damaged_database(store: Path, name: str) -> None:
    with open(store / name, "r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    found = by_check(list(check_store(str(store))))[name]
    assert (found.level, found.status) == (Level.FAIL, exits.STORE)
    assert found.fix
    (store / name).write_bytes(b"no database at all" * 100)
    assert "can't be read" in by_check(list(check_store(str(store))))[name].text


def test_clock() -> None:
    files = (__file__, "/no/such/file")
    assert check_clock(files).level is Level.OK
    assert check_clock(files, now=1000.0).level is Level.WARN
    assert "timedatectl" in check_clock(files, now=1000.0).fix


@dataclass
class FakeLink:
    """What doctor uses of an ImapLink."""

    capabilities: Any
    mailboxes: tuple[RemoteMailbox, ...]
    said: list[str] = field(default_factory=list)

    async def list_mailboxes(self) -> tuple[RemoteMailbox, ...]:
        return self.mailboxes

    async def logout(self) -> None:
        self.said.append("logout")

    async def close(self) -> None:
        self.said.append("close")


ATTRIBUTES = [attribute for attribute, _, _ in checks_server._COSTS]


def capabilities(**without: bool) -> types.SimpleNamespace:
    return types.SimpleNamespace(**{**dict.fromkeys(ATTRIBUTES, True), **without})


def named(name: str, *attributes: str) -> RemoteMailbox:
    return RemoteMailbox(name, "/", frozenset(attributes))


ALL_ROLES = tuple(named(role, f"\\{role}") for role in ("sent", "drafts", "trash", "archive", "junk"))


class FakeSecrets:
    async def get(self, settings: ServerSettings) -> Secret:
        return Secret("hunter2")


def use_link(monkeypatch: pytest.MonkeyPatch, outcome: FakeLink | MailtuiError) -> None:
    class ImapLink:
        @staticmethod
        async def open(server: ServerSettings, secret: Secret | None) -> FakeLink:
            assert secret is not None
            assert secret.reveal() == "hunter2"
            if isinstance(outcome, MailtuiError):
                raise outcome
            return outcome

    module = types.ModuleType("mailtui.protocols.imap.link")
    vars(module)["ImapLink"] = ImapLink
    monkeypatch.setitem(sys.modules, "mailtui.protocols.imap.link", module)


async def diagnose(
    host: str = "127.0.0.1", port: int | None = None, roles: tuple[tuple[Role, str], ...] = ()
) -> list[Finding]:
    """Findings about an account whose server accepts connections (or, with `port`, does not)."""
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        source = SecretSource(SecretKind.COMMAND, argv=("true",))
        listening = port or server.sockets[0].getsockname()[1]
        settings = ServerSettings(Protocol.IMAP, host, listening, Security.TLS, "me", source)
        account = Account(AccountId("home"), "me@example.org", "", imap=settings, roles=roles)
        return [finding async for finding in check_account(account, FakeSecrets())]


async def test_healthy_server(monkeypatch: pytest.MonkeyPatch) -> None:
    link = FakeLink(capabilities(), ALL_ROLES)
    use_link(monkeypatch, link)
    found = await diagnose()
    assert [one.level for one in found] == [Level.OK] * 5
    assert [one.check for one in found] == ["imap address", "imap connection", "login", "capabilities", "folders"]
    assert link.said == ["logout", "close"]


async def test_what_a_server_lacks_costs_something(monkeypatch: pytest.MonkeyPatch) -> None:
    use_link(monkeypatch, FakeLink(capabilities(idle=False, qresync=False), ALL_ROLES))
    found = [one for one in await diagnose() if one.check == "capabilities"]
    assert [one.level for one in found] == [Level.WARN, Level.WARN]
    assert "next poll" in found[0].text
    assert "QRESYNC" in found[1].text


async def test_folders_without_a_role(monkeypatch: pytest.MonkeyPatch) -> None:
    use_link(monkeypatch, FakeLink(capabilities(), (named("INBOX"), named("Gesendet"))))
    found = by_check(await diagnose(roles=((Role.SENT, "Gesendet"),)))["folders"]
    assert found.level is Level.WARN
    assert "drafts, trash, archive, junk" in found.text
    missing = by_check(await diagnose(roles=((Role.SENT, "Sent"),)))["folders"]
    assert "'Sent' for sent is not on the server" in missing.text


@pytest.mark.parametrize(
    ("error", "check", "status"),
    [
        (AuthError("refused", "check it"), "login", exits.LOGIN_REFUSED),
        (TlsError("no trust", "ca_file"), "TLS", exits.NO_TRUST),
        (LostError("gone\x1b[2J"), "session", exits.TRY_LATER),
    ],
)
async def test_server_that_refuses(
    monkeypatch: pytest.MonkeyPatch, error: MailtuiError, check: str, status: int
) -> None:
    use_link(monkeypatch, error)
    last = (await diagnose())[-1]
    assert (last.check, last.level, last.status) == (check, Level.FAIL, status)
    assert last.fix
    assert "\x1b" not in last.text


async def test_nobody_listens(unused_port: int) -> None:
    last = (await diagnose(port=unused_port))[-1]
    assert (last.check, last.status) == ("imap connection", exits.TRY_LATER)
    assert "Connect" in last.text


async def test_unknown_name(monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = await diagnose(host="no-such-host.invalid")
    assert (found.check, found.level, found.status) == ("imap address", Level.FAIL, exits.TRY_LATER)
    (odd,) = await diagnose(host="x" * 300)
    assert odd.level is Level.FAIL


async def test_no_answer_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks_server, "SECONDS", 0.01)

    async def never(*args: object, **more: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(asyncio, "open_connection", never)
    assert "no answer from" in (await diagnose())[-1].text
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", never)
    assert "no answer about the name" in (await diagnose())[-1].text


# -- sending


def sender(server: SmtpServer, *command: str, login: bool = True, security: Security = Security.NONE) -> Account:
    source = SecretSource(SecretKind.COMMAND, argv=("true",)) if login else SecretSource(SecretKind.NONE)
    settings = ServerSettings(Protocol.SMTP, "127.0.0.1", server.port, security, "me", source, timeout=5.0)
    return Account(AccountId("home"), "me@example.org", "", smtp=settings, send_command=command)


async def findings(account: Account) -> list[Finding]:
    return [finding async for finding in check_account(account, FakeSecrets())]


async def test_a_server_that_sends() -> None:
    async with SmtpServer(password="hunter2", extensions=("SIZE 25000000", "8BITMIME")) as server:
        found = await findings(sender(server))
    assert [one.check for one in found] == ["smtp address", "smtp connection", "smtp login", "smtp capabilities"]
    assert {one.level for one in found} == {Level.OK}
    assert "takes mail as me" in found[2].text
    assert "up to 25 MB" in found[3].text
    assert "SMTPUTF8" in found[3].text
    assert not [line for line in server.heard if line.startswith("MAIL")]


async def test_a_server_that_sends_without_a_login() -> None:
    async with SmtpServer(auth=(), extensions=()) as server:
        found = by_check(await findings(sender(server, login=False)))
    assert "without a login" in found["smtp login"].text
    assert "does not tell" in found["smtp capabilities"].text


@pytest.mark.parametrize(
    ("server", "security", "check", "status"),
    [
        (SmtpServer(password="other"), Security.NONE, "smtp login", exits.LOGIN_REFUSED),
        (SmtpServer(), Security.STARTTLS, "smtp TLS", exits.NO_TRUST),
        (
            SmtpServer(fault=lambda phase, said: Action("554 go \x1b[2J away") if phase == "connect" else None),
            *(Security.NONE, "smtp session", exits.TRY_LATER),
        ),
    ],
)
async def test_a_server_that_does_not_send(server: SmtpServer, security: Security, check: str, status: int) -> None:
    async with server:
        last = (await findings(sender(server, security=security)))[-1]
    assert (last.check, last.level, last.status) == (check, Level.FAIL, status)
    assert last.fix
    assert "\x1b" not in last.text
    assert "hunter2" not in last.text + last.fix


async def test_a_program_that_sends_is_looked_for_and_not_run(tmp_path: Path) -> None:
    program = tmp_path / "send"
    program.write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\n")
    program.chmod(0o700)
    async with SmtpServer() as server:
        (found,) = await findings(sender(server, str(program)))
        (with_t,) = await findings(sender(server, str(program), "-t"))
        (missing,) = await findings(sender(server, "/no/such/program"))
        (shell,) = await findings(sender(server, "/bin/sh", "-c", "msmtp -a home"))
        assert server.connections == 0
    assert (found.level, with_t.level, shell.level) == (Level.OK, Level.WARN, Level.OK)
    assert (missing.level, missing.status) == (Level.FAIL, exits.USAGE)
    assert not (tmp_path / "ran").exists()


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@pytest.fixture
def config(tmp_path: Path, unused_port: int) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(
        '[general]\nstore = "store"\n[accounts.home]\nemail = "a@example.org"\n'
        f'imap = {{ host = "127.0.0.1", port = {unused_port}, password_command = "true" }}\n'
    )
    return file


def test_doctor_as_text(config: Path, store: Path, capsys: Captured) -> None:
    assert main(["--config", str(config), "doctor"]) == exits.TRY_LATER
    out = capsys.readouterr().out
    assert "ok    store: index.sqlite is sound" in out
    assert "FAIL  home: 127.0.0.1, port" in out
    assert "      -> check `port` and `security`" in out
    assert out.endswith("\n1 failed, 0 warnings\n")


def test_doctor_as_json(config: Path, store: Path, capsys: Captured) -> None:
    assert main(["--config", str(config), "doctor", "-a", "home", "--json"]) == exits.TRY_LATER
    found = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(json.loads(schema_text("doctor"))).validate(found)
    assert found["status"] == exits.TRY_LATER
    assert main(["--config", str(config), "doctor", "-a", "work"]) == exits.NOT_FOUND


def test_the_worst_failure_is_the_exit_code(config: Path, store: Path, capsys: Captured) -> None:
    (store / "index.sqlite").write_bytes(b"x" * 5000)
    assert main(["--config", str(config), "doctor"]) == exits.STORE


def test_doctor_with_a_broken_config(config: Path, capsys: Captured) -> None:
    config.write_text("[general]\nstor = 1\n")
    assert main(["--config", str(config), "doctor"]) == exits.USAGE
    assert "did you mean 'store'?" in capsys.readouterr().out
    assert main(["--config", str(config), "doctor", "--json"]) == exits.USAGE
    assert json.loads(capsys.readouterr().out)["findings"][0]["level"] == "fail"


def test_config_check(config: Path, capsys: Captured) -> None:
    assert main(["--config", str(config), "config", "check"]) == 0
    assert "is fine: 1 account (home)" in capsys.readouterr().out
    schema = json.loads(schema_text("config"))
    for text, status in ((config.read_text(), 0), ("x = 1\n", 2)):
        config.write_text(text)
        assert main(["--config", str(config), "config", "check", "--json"]) == status
        found = json.loads(capsys.readouterr().out)
        jsonschema.Draft202012Validator(schema).validate(found)
        assert found["ok"] is (status == 0)
    assert main(["--config", str(config), "config", "check"]) == 2
    assert "unknown key or table 'x'" in capsys.readouterr().err


def test_config_check_shows_warnings(config: Path, capsys: Captured) -> None:
    config.write_text(config.read_text().replace('password_command = "true"', 'password = "hunter2"'))
    config.chmod(0o600)
    assert main(["--config", str(config), "config", "check"]) == 0
    captured = capsys.readouterr()
    assert "a password in a file is easily copied" in captured.err
    assert "hunter2" not in captured.err + captured.out


def test_config_path(config: Path, tmp_path: Path, capsys: Captured) -> None:
    assert main(["--config", str(config), "config", "path", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["store"] == str(tmp_path / "store")
    assert main(["--config", "/nowhere/x.toml", "config", "path"]) == 0
    assert capsys.readouterr().out == "/nowhere/x.toml\n"
    assert main(["--config", "/nowhere/x.toml", "config", "path", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["config"] == "/nowhere/x.toml"


def test_version(capsys: Captured) -> None:
    assert main(["version", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"mailtui", "python", "system"}


def test_levels_of_slack() -> None:
    """A file saved a moment ago on a machine with a slightly different clock is no alarm."""
    assert check_clock((__file__,), now=os.stat(__file__).st_mtime - 60).level is Level.OK
