"""`mailtui setup` without a screen: by words, with the password on stdin, and by questions."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mailtui.cli.main import main
from mailtui.config.read import load
from mailtui.model.account import Protocol, SecretKind, Security
from mailtui.model.setting_up import Found, Place
from mailtui.setup.core import FirstAccount
from tests.support.setting_up import PASSWORD, USER, Demo, deaf

Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    served = Demo()
    yield served
    served.close()


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> list[Found]:
    """What is found; nothing else is asked."""
    found = [Found("")]
    monkeypatch.setattr(FirstAccount, "find", lambda self, email: found[0])
    monkeypatch.setattr(FirstAccount, "person", lambda self: "Robin Known")
    monkeypatch.setattr(FirstAccount, "ways", lambda self: (SecretKind.PLAIN, SecretKind.COMMAND))
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "config.toml"


def setup(path: Path, *words: str) -> int:
    return main(["--config", str(path), "setup", *words])


def typed(monkeypatch: pytest.MonkeyPatch, text: str, *, terminal: bool = False) -> None:
    stream = io.StringIO(text)
    stream.isatty = lambda: terminal  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stdin", stream)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)


def servers(demo: Demo) -> list[str]:
    return ["--imap", f"127.0.0.1:{demo.ports.imap} none", "--smtp", f"127.0.0.1:{demo.ports.smtp} none"]


def test_by_words(
    demo: Demo, world: list[Found], path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    typed(monkeypatch, f"{PASSWORD}\nmore\n")
    assert setup(path, "--email", USER, "--name", "Robin", "--account", "home", *servers(demo)) == 0
    out, err = capsys.readouterr()
    assert str(path) in out
    assert err.count("ok    127.0.0.1 takes the login") == 2
    assert PASSWORD not in out + err
    (account,) = load(str(path)).settings.accounts
    assert (account.id, account.name) == ("home", "Robin")


def test_a_program(demo: Demo, world: list[Found], path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "")
    words = ["--email", USER, "--name", "", "--password-command", f"echo {PASSWORD}"]
    assert setup(path, *words, *servers(demo)[:2]) == 0
    (account,) = load(str(path)).settings.accounts
    assert account.smtp is None
    assert account.imap is not None
    assert account.imap.secret.kind is SecretKind.COMMAND


def test_found_servers_are_told(
    demo: Demo, world: list[Found], path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    world[0] = Found("in a list", "Lighthouse", (demo.imap,), demo.smtp, USER, note="keep it lit")
    typed(monkeypatch, PASSWORD)
    assert setup(path, "--email", USER, "--name", "Robin") == 0
    err = capsys.readouterr().err
    assert "Lighthouse: 127.0.0.1 (in a list)" in err
    assert "Keep it lit" in err


def test_a_refused_login_names_account_step_cause_and_action(
    demo: Demo, world: list[Found], path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    typed(monkeypatch, "guessed\n")
    assert setup(path, "--email", USER, "--name", "Robin", *servers(demo)) == 4
    err = capsys.readouterr().err
    assert f"mailtui: {USER}, IMAP login at 127.0.0.1: 127.0.0.1 refused the login" in err
    assert "check user and password" in err
    assert "guessed" not in err
    assert not path.parent.exists()


def test_untested(world: list[Found], path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "secret")
    assert setup(path, "--email", USER, "--name", "R", "--imap", "imap.example.org", "--untested", "--in-file") == 0
    assert load(str(path)).settings.accounts[0].imap is not None


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        ([], 2, "--email is missing"),
        (["--email", "robin"], 2, "no address"),
        (["--email", USER, "--name", "R"], 2, "--imap is missing"),
        (["--email", USER, "--name", "R", "--imap", "a b c"], 2, "not understood"),
        (["--email", USER, "--name", "R", "--imap", "imap.example.org"], 2, "no password"),
        (["--email", USER, "--name", "R", "--imap", "x", "--pop3", "y"], 2, "not allowed with"),
        (["--email", USER, "--name", "R", "--imap", "192.0.2.1 none", "--password-command", "echo x"], 5, "clear text"),
    ],
)
def test_what_is_missing_or_wrong(
    world: list[Found],
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Captured,
    words: list[str],
    status: int,
    text: str,
) -> None:
    typed(monkeypatch, "")
    assert setup(path, *words) == status
    assert text in capsys.readouterr().err
    assert not path.parent.exists()


def test_never_over_another(world: list[Found], path: Path, capsys: Captured) -> None:
    path.parent.mkdir()
    path.write_text("mine")
    assert setup(path, "--email", USER) == 2
    assert "already" in capsys.readouterr().err
    assert path.read_text() == "mine"


def test_by_questions(
    demo: Demo, world: list[Found], path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """Four of them where the servers are known."""
    world[0] = Found("in a list", "Lighthouse", (demo.imap,), demo.smtp, USER)
    typed(monkeypatch, f"{USER}\n\n", terminal=True)
    asked: list[str] = []

    def ask(prompt: str, stream: object) -> str:
        asked.append(prompt)
        return PASSWORD

    monkeypatch.setattr("getpass.getpass", ask)
    assert setup(path, "--in-file") == 0
    assert asked == ["Password (not shown): "]
    assert "Address: Name, as others see it [Robin Known]" in capsys.readouterr().err.replace("\n", "")
    assert load(str(path)).settings.accounts[0].name == "Robin Known"


def test_servers_of_another_domain_are_asked_about(
    world: list[Found], path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    place = Place(Protocol.IMAP, "imap.elsewhere.example", 993, Security.TLS)
    world[0] = Found("in its DNS", incoming=(place,), user=USER, doubtful=True)
    words = ["--email", USER, "--name", "R", "--in-file", "--untested"]
    typed(monkeypatch, "n\n", terminal=True)
    assert setup(path, *words) == 2
    assert "imap.elsewhere.example:993 tls" in capsys.readouterr().err
    typed(monkeypatch, "secret")
    assert setup(path, *words) == 2, "nobody is there to agree"
    typed(monkeypatch, "y\n", terminal=True)
    monkeypatch.setattr("getpass.getpass", lambda prompt, stream: "secret")
    assert setup(path, *words) == 0


def test_who_lets_no_program_in(
    world: list[Found], path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    world[0] = Found("in a list", "HEY", note="it lets no mail program in", closed=True)
    typed(monkeypatch, "x")
    assert setup(path, "--email", "a@hey.com", "--name", "A") == 2
    assert "HEY lets no mail program in" in capsys.readouterr().err


def test_the_real_world_is_only_made_when_it_is_asked(path: Path) -> None:
    core = FirstAccount(str(path), replace(deaf()))
    assert core.find("anna@example.net") == Found("")
