"""The way from words to a command and back to an exit code, in a process of its own where that matters."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mailtui import __version__
from mailtui.cli import exits
from mailtui.cli.main import main
from mailtui.cli.parser import build
from mailtui.model.errors import (
    AuthError,
    ConfigError,
    LostError,
    MailtuiError,
    QueryError,
    RefusedError,
    StoreError,
    StoreLockedError,
    TimeoutError_,
    TlsError,
    UsageError,
)

Captured = pytest.CaptureFixture[str]


def fails_with(error: BaseException, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    def command(args: object) -> int:
        raise error

    monkeypatch.setattr("mailtui.cli.upkeep.run_version", command)
    return main([*words, "version"])


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (MailtuiError("x"), 1),
        (ConfigError("x"), 2),
        (UsageError("x"), 2),
        (QueryError("x", "q", 0), 2),
        (exits.NotFoundError("x"), 3),
        (AuthError("x"), 4),
        (TlsError("x"), 5),
        (StoreError("x"), 6),
        (StoreLockedError("x", 1), 75),
        (LostError("x"), 75),
        (TimeoutError_("x"), 75),
        (RefusedError("x", lasting=False), 75),
        (RefusedError("x"), 1),
        (exits.LaterError("x"), 75),
    ],
)
def test_every_error_has_its_exit_code(
    error: MailtuiError, status: int, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    assert fails_with(error, monkeypatch) == status
    assert status in exits.MEANINGS
    assert "x" in capsys.readouterr().err


def test_hint_on_its_own_line_and_made_safe(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    fails_with(MailtuiError("bad\x1b[31m", "mend\x9b it"), monkeypatch)
    err = capsys.readouterr().err
    assert err.startswith("mailtui: bad")
    assert "\n  mend" in err
    assert "\x1b" not in err
    assert "\x9b" not in err


def test_query_error_shows_the_place(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    fails_with(QueryError("no such field", "日本 frm:x", 3, 3, "did you mean from:?"), monkeypatch)
    assert capsys.readouterr().err == "mailtui: no such field\n  日本 frm:x\n       ^^^\n  did you mean from:?\n"


def test_unexpected_error_is_one_line_and_goes_to_the_log(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("mailtui.config.paths.log_file", lambda: str(tmp_path / "state" / "mailtui.log"))
    assert fails_with(ZeroDivisionError("oh"), monkeypatch) == 1
    err = capsys.readouterr().err
    log = tmp_path / "state" / "mailtui.log"
    assert err == f"mailtui: unexpected error (ZeroDivisionError); the details are in {log}\n"
    assert "ZeroDivisionError: oh" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600
    log.write_text("x" * (2 << 20))
    fails_with(ZeroDivisionError("again"), monkeypatch)
    assert log.stat().st_size < 1 << 20
    assert (tmp_path / "state" / "mailtui.log.1").exists()


def test_unexpected_error_without_a_log(monkeypatch: pytest.MonkeyPatch, capsys: Captured, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("mailtui.config.paths.log_file", lambda: str(tmp_path / "file" / "mailtui.log"))
    assert fails_with(ZeroDivisionError("oh"), monkeypatch) == 1
    assert "--debug" in capsys.readouterr().err


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    assert fails_with(StoreError("x"), monkeypatch, "--debug") == 6
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    assert fails_with(KeyboardInterrupt(), monkeypatch) == 130
    assert capsys.readouterr().err == "\nmailtui: interrupted\n"


@pytest.mark.parametrize(
    "words",
    [
        ["frobnicate"],
        ["list"],
        ["list", "-f", "inbox", "--limit", "-1"],
        ["list", "-f", "inbox", "--limit", "many"],
        ["list", "-f", "inbox", "--js"],
        ["search"],
        ["show"],
        ["show", "x", "--raw", "--json"],
        ["sync", "--once", "--watch"],
        ["config"],
        ["schema", "nothing"],
        ["--confg", "x"],
    ],
)
def test_wrong_words(words: list[str], capsys: Captured) -> None:
    assert main(words) == 2
    assert "usage: mailtui" in capsys.readouterr().err


def test_missing_config_says_what_to_do(tmp_path: Path, capsys: Captured) -> None:
    assert main(["--config", str(tmp_path / "none.toml"), "folders"]) == 2
    err = capsys.readouterr().err
    assert "there is no config file" in err
    assert "mailtui demo" in err


@pytest.mark.parametrize("words", [[], ["demo"]])
def test_screen_needs_a_terminal(words: list[str], capsys: Captured) -> None:
    assert main(words) == 2
    assert "needs a terminal" in capsys.readouterr().err


def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mailtui", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env={**os.environ, **more}, check=False)


def test_as_a_program() -> None:
    assert run("--version").stdout == f"mailtui {__version__}\n"
    assert run("version").stdout.startswith(f"mailtui {__version__} (Python ")
    assert run("frobnicate").returncode == 2
    helped = run("--help")
    assert helped.returncode == 0
    for command in ("sync", "folders", "list", "search", "show", "reindex", "doctor", "config", "demo", "schema"):
        assert f"\n    {command} " in helped.stdout
        assert run(command, "--help").returncode == 0
    for command in ("flag", "move", "delete", "not-advertising", "folder", "undo", "history", "ledger", "recover"):
        assert re.search(rf"\n    {command}\s", helped.stdout)


def test_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    script = tmp_path / "big.py"
    script.write_text(
        "import sys, mailtui.cli.upkeep as upkeep\n"
        "from mailtui.cli.main import main\n"
        "upkeep.run_version = lambda args: [print('x' * 1000) for n in range(1000)] and 0\n"
        "sys.exit(main(['version']))\n"
    )
    line = f'{sys.executable} {script} | head -c 10; echo " ${{PIPESTATUS[0]}}"'
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    assert done.stdout == "x" * 10 + " 141\n"


def test_terminal_that_knows_only_ascii(tmp_path: Path) -> None:
    done = run("--config", str(tmp_path / "ä.toml"), "folders", PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def parsers() -> dict[str, argparse.ArgumentParser]:
    commands = next(action for action in build()._actions if action.dest == "command")
    return dict(commands.choices or {})


@pytest.mark.parametrize("name", sorted(parsers()))
def test_a_command_made_alone_is_the_same(name: str) -> None:
    alone = next(action for action in build(name)._actions if action.dest == "command").choices
    assert list(alone or ()) == [name]
    assert dict(alone or {})[name].format_help() == parsers()[name].format_help()


def test_what_is_no_command_is_told_of_all(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["synk"], ["--help"], ["-h", "sync"]):
        assert main(words) in {0, 2}
        told = capsys.readouterr()
        assert {"folders", "sync", "reindex"} <= set(re.findall(r"[a-z]+", told.out + told.err)), words
