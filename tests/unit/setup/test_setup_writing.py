"""config.toml as the set-up writes it: our reader finds in it what was meant; private, whole, never over another."""

from __future__ import annotations

import os
import stat
import sys
import types
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from mailtui.config.read import load
from mailtui.model.account import SHELL, Protocol, Secret, SecretKind, Security
from mailtui.model.errors import AuthError, ConfigError
from mailtui.model.setting_up import Draft, Place
from mailtui.setup import keeping, writing
from mailtui.setup.core import FirstAccount
from tests.support.setting_up import deaf

DAY = date(2026, 1, 2)
PASSWORD = "pass\"w\\ör'd #1"
DRAFT = Draft(
    "anna@example.org",
    'Anna "Ann" O\'Example 日本',
    Place(Protocol.IMAP, "imap.example.org", 993, Security.TLS),
    Place(Protocol.SMTP, "smtp.example.org", 587, Security.STARTTLS),
    "anna",
    SecretKind.PLAIN,
    Secret(PASSWORD),
)


def core(path: Path) -> FirstAccount:
    return FirstAccount(str(path), deaf())


def test_our_reader_finds_what_was_meant(tmp_path: Path) -> None:
    path = tmp_path / "new" / "mailtui" / "config.toml"
    assert core(path).write(DRAFT) == str(path)
    (account,) = load(str(path)).settings.accounts
    assert (account.id, account.email, account.name) == ("example", DRAFT.email, DRAFT.name)
    assert account.imap is not None
    assert account.smtp is not None
    assert (account.imap.host, account.imap.port, account.imap.user) == ("imap.example.org", 993, "anna")
    assert (account.smtp.port, account.smtp.security, account.smtp.user) == (587, Security.STARTTLS, "anna")
    assert account.smtp.secret.plain == account.imap.secret.plain == Secret(PASSWORD)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert os.listdir(path.parent) == ["config.toml"], "nothing is left beside it"
    assert path.read_text().count("#") > 5


@pytest.mark.parametrize(
    "draft",
    [
        replace(DRAFT, way=SecretKind.COMMAND, password=None, command="pass show 'mail anna' | head -1"),
        replace(DRAFT, way=SecretKind.TOKEN_COMMAND, password=None, command="oama access anna@example.org"),
        replace(DRAFT, incoming=Place(Protocol.POP3, "pop.example.org", 1995, Security.TLS), outgoing=None, name=""),
        replace(DRAFT, incoming=Place(Protocol.IMAP, "127.0.0.1", 1143, Security.NONE), save_sent=False),
        replace(DRAFT, account="Büro & co.", user="anna@example.org"),
        replace(DRAFT, outgoing=Place(Protocol.SMTP, "smtp.example.org", 25, Security.STARTTLS)),
    ],
)
def test_every_kind_of_account(tmp_path: Path, draft: Draft) -> None:
    path = tmp_path / "config.toml"
    core(path).write(draft)
    (account,) = load(str(path)).settings.accounts
    incoming = account.imap or account.pop3
    assert incoming is not None
    assert (incoming.host, incoming.port, incoming.security) == (
        draft.incoming.host,
        draft.incoming.port,
        draft.incoming.security,
    )
    assert incoming.secret.kind is draft.way
    assert (account.smtp is None) == (draft.outgoing is None)
    assert account.save_sent == draft.save_sent
    if draft.command:
        assert incoming.secret.argv == (*SHELL, draft.command)
        assert "password =" not in path.read_text()


def test_a_private_authority_is_named_by_its_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("ca.pem").write_text("x")
    core(tmp_path / "c" / "config.toml").write(replace(DRAFT, ca_file="ca.pem"))
    (account,) = load(str(tmp_path / "c" / "config.toml")).settings.accounts
    assert account.imap is not None
    assert account.imap.ca_file == str(tmp_path / "ca.pem")


def test_never_over_another(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("mine")
    with pytest.raises(ConfigError, match="already"):
        core(path).write(DRAFT)
    with pytest.raises(ConfigError, match="already"):
        writing.write(DRAFT, str(path), DAY)  # it came in the last moment
    dangling = tmp_path / "link.toml"
    dangling.symlink_to(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="already"):
        core(dangling).write(DRAFT)
    assert path.read_text() == "mine"
    assert sorted(os.listdir(tmp_path)) == ["config.toml", "link.toml"]


def test_what_would_be_read_otherwise_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "_line", lambda key, value: f'{key} = "else"\n')
    with pytest.raises(ConfigError) as caught:
        writing.write(DRAFT, str(tmp_path / "config.toml"), DAY)
    assert PASSWORD not in str(caught.value)
    assert os.listdir(tmp_path) == []


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="can't write"):
        core(tmp_path / "file" / "config.toml").write(DRAFT)


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*words: object) -> None:
        raise PermissionError(1, "no links")

    monkeypatch.setattr(os, "link", none)
    writing.write(DRAFT, str(tmp_path / "config.toml"), DAY)
    with pytest.raises(ConfigError, match="already"):
        writing.write(DRAFT, str(tmp_path / "config.toml"), DAY)
    assert os.listdir(tmp_path) == ["config.toml"]


@pytest.mark.parametrize(
    ("email", "name"),
    [
        ("a@gmail.com", "gmail"),
        ("a@mail.example.co.uk", "example"),
        ("a@localhost", "localhost"),
        ("a@bücher.example", "xn--bcher-kva"),
        ("a@co.uk", "co"),
        ("a@!!", "mail"),
    ],
)
def test_names_of_accounts(email: str, name: str) -> None:
    assert writing.account_name(email) == name


# -- the keyring


class Ring:
    """A keyring in memory, as the package `keyring` shows it."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], str] = {}
        self.locked = False
        self.priority = 5.0

    def get_password(self, service: str, user: str) -> str | None:
        return self.held.get((service, user))

    def set_password(self, service: str, user: str, password: str) -> None:
        if self.locked:
            raise self.errors.KeyringError(password)
        self.held[service, user] = password

    def delete_password(self, service: str, user: str) -> None:
        del self.held[service, user]

    class errors:  # noqa: N801
        class KeyringError(Exception):
            pass


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Ring:
    ring = Ring()
    names = ("keyring", "keyring.errors", "keyring.backends", "keyring.backends.fail", "keyring.backends.null")
    modules = {name: types.ModuleType(name) for name in names}
    for name in ("get_password", "set_password", "delete_password"):
        setattr(modules["keyring"], name, getattr(ring, name))
    modules["keyring"].get_keyring = lambda: ring  # type: ignore[attr-defined]
    modules["keyring"].errors = modules["keyring.errors"]  # type: ignore[attr-defined]
    modules["keyring"].backends = modules["keyring.backends"]  # type: ignore[attr-defined]
    modules["keyring.errors"].KeyringError = Ring.errors.KeyringError  # type: ignore[attr-defined]
    for kind in ("fail", "null"):
        module = modules[f"keyring.backends.{kind}"]
        module.Keyring = type("Keyring", (), {})  # type: ignore[attr-defined]
        setattr(modules["keyring.backends"], kind, module)
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    return ring


KEPT = replace(DRAFT, way=SecretKind.KEYRING)


def test_the_keyring_keeps_it(tmp_path: Path, ring: Ring) -> None:
    assert keeping.ways()[0] is SecretKind.KEYRING
    path = tmp_path / "config.toml"
    core(path).write(KEPT)
    assert ring.held == {("mailtui:imap.example.org", "anna"): PASSWORD}
    text = path.read_text()
    assert "keyring = true" in text
    assert PASSWORD not in text
    (account,) = load(str(path)).settings.accounts
    assert account.imap is not None
    assert (account.imap.secret.service, account.imap.user) == ("mailtui:imap.example.org", "anna")


def test_what_was_not_written_is_not_kept(tmp_path: Path, ring: Ring) -> None:
    (tmp_path / "file").write_text("")
    ring.held["mailtui:imap.example.org", "anna"] = "before"
    with pytest.raises(ConfigError):
        core(tmp_path / "file" / "config.toml").write(KEPT)
    assert ring.held == {("mailtui:imap.example.org", "anna"): "before"}
    ring.held.clear()
    with pytest.raises(ConfigError):
        core(tmp_path / "file" / "config.toml").write(KEPT)
    assert ring.held == {}


def test_a_locked_keyring_is_said_without_the_password(tmp_path: Path, ring: Ring) -> None:
    ring.locked = True
    with pytest.raises(AuthError, match="keyring") as caught:
        core(tmp_path / "config.toml").write(KEPT)
    assert PASSWORD not in str(caught.value)
    assert os.listdir(tmp_path) == []


def test_no_keyring(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    ring.priority = 0
    assert keeping.ways()[0] is SecretKind.PLAIN
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert SecretKind.KEYRING not in keeping.ways()


@pytest.mark.parametrize(
    ("gecos", "name"),
    [("Anna Example,Room 1,,", "Anna Example"), ("anna", ""), ("ANNA,,", ""), ("", ""), ("A\x1b[2J", "A␛[2J")],
)
def test_the_name_of_the_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gecos: str, name: str) -> None:
    known = types.SimpleNamespace(pw_gecos=gecos, pw_name="anna")
    monkeypatch.setattr("pwd.getpwuid", lambda number: known)
    assert core(tmp_path / "c.toml").person() == name


def test_a_person_whom_nobody_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(number: int) -> None:
        raise KeyError(number)

    monkeypatch.setattr("pwd.getpwuid", unknown)
    assert core(tmp_path / "c.toml").person() == ""
