"""config.example.toml, the schema and the places of files."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from mailtui.config import paths
from mailtui.config.read import load
from mailtui.config.schema import ACCOUNT, GENERAL, LIST, LOCAL, RULE, SERVER, TEMPLATE, TERMINAL, Key

EXAMPLE = Path(__file__).parents[3] / "config.example.toml"


def test_example_is_a_good_config(tmp_path: Path) -> None:
    target = tmp_path / "config.toml"
    shutil.copy(EXAMPLE, target)
    loaded = load(str(target))
    assert loaded.warnings == ()
    assert [account.id for account in loaded.settings.accounts] == ["home"]


def test_every_key_is_explained_in_the_example() -> None:
    """Each key stands there, set or commented out, with a comment above it."""
    lines = EXAMPLE.read_text().splitlines()
    for key in (*GENERAL, *LIST, *ACCOUNT, *SERVER, *LOCAL, *TEMPLATE, *RULE, *TERMINAL):
        if key.name in ("imap", "pop3", "smtp", "local"):
            assert any(key.name in line for line in lines)
            continue
        place = next((n for n, line in enumerate(lines) if re.match(rf"(# )?{key.name} = ", line)), None)
        assert place is not None, key.name
        assert lines[place - 1].startswith("# "), key.name


def test_commented_defaults_are_valid(tmp_path: Path) -> None:
    """With every `# key = value` switched on (but one secret only), it is still a good config."""
    text = re.sub(r"^# ((?!password|token_command|keyring|ca_file)[a-z_]+ = )", r"\1", EXAMPLE.read_text(), flags=re.M)
    text = re.sub(r"^# (\[)(?!keys)", r"\1", text, flags=re.M)
    target = tmp_path / "config.toml"
    target.write_text(re.sub(r'^(email = "anna@old|password_command = "sec)', r"\1", text, flags=re.M))
    parsed = tomllib.loads(text)
    assert parsed["accounts"]["home"]["poll"] == "5m"
    assert parsed["accounts"]["home"]["imap"]["port"] == 993


@pytest.mark.parametrize("keys", [GENERAL, LIST, ACCOUNT, SERVER, LOCAL, TEMPLATE, RULE, TERMINAL])
def test_every_key_has_words(keys: tuple[Key, ...]) -> None:
    for key in keys:
        assert key.doc.endswith("."), key.name
        assert len({other.name for other in keys}) == len(keys)


def test_places_follow_the_platform(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MAILTUI_CONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    assert paths.config_file().endswith("config.toml")
    for place in (paths.config_file(), paths.data_dir(), paths.state_dir(), paths.log_file()):
        assert place.startswith(str(tmp_path))
        assert "mailtui" in place
    monkeypatch.setenv("MAILTUI_CONFIG", "~/x.toml")
    assert paths.config_file() == str(tmp_path / "x.toml")
