"""`mailtui config check` about keys, without a screen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mailtui.cli.main import main

ACCOUNT = """
[accounts.home]
email = "me@home.example"
[accounts.home.imap]
host = "imap.home.example"
password_command = ["true"]
"""


def _file(folder: Path, keys: str) -> str:
    path = folder / "config.toml"
    path.write_text(f'[general]\nstore = "{folder}/store"\n{ACCOUNT}\n{keys}')
    return str(path)


def test_an_unknown_action_is_told_with_its_place_and_the_nearest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = _file(tmp_path, '[keys.list]\n"e" = "archiv"\n"ctrl+nope" = "delete"\n"X" = "archive"\n')
    assert main(["--config", file, "config", "check"]) == 2
    told = capsys.readouterr()
    assert "did you mean archive?" in told.err
    assert '"e" = "archiv"' in told.err
    assert "^" in told.err
    assert "is not a key" in told.err
    assert told.out == ""
    assert main(["--config", file, "config", "check", "--json"]) == 2
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is False
    assert "archiv" in found["text"]
    assert found["accounts"] == ["home"]


def test_good_keys_are_fine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = _file(tmp_path, '[keys]\npreset = "mutt"\n[keys.list]\n"X" = "archive"\n')
    assert main(["--config", file, "config", "check"]) == 0
    assert "is fine" in capsys.readouterr().out


def test_an_unknown_scope_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = _file(tmp_path, '[keys.lists]\n"X" = "archive"\n')
    assert main(["--config", file, "config", "check"]) == 2
    assert "list" in capsys.readouterr().err
