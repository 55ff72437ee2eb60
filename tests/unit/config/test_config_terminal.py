"""`[terminal]` of config.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailtui.config.read import load
from mailtui.model.errors import ConfigError
from mailtui.model.terminal import Surroundings

ACCOUNT = '[accounts.a]\nemail = "a@x.example"\n[accounts.a.imap]\nhost = "x.example"\npassword_command = ["true"]\n'


def _load(folder: Path, words: str) -> Surroundings:
    path = folder / "config.toml"
    path.write_text(words + ACCOUNT)
    return load(str(path)).settings.terminal


def test_every_key_is_read_and_none_is_needed(tmp_path: Path) -> None:
    assert _load(tmp_path, "") == Surroundings()
    words = '[terminal]\ntitle = false\nosc52 = false\ncopy_command = ["wl-copy"]\nbell = true\nnotify = "osc9"\n'
    words += 'notify_command = ["notify-send", "%t"]\n'
    assert _load(tmp_path, words) == Surroundings(False, True, False, ("wl-copy",), "osc9", ("notify-send", "%t"))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ('notify = "osc7"', "did you mean"),
        ('notify_command = "notify-send %t"', "array"),
        ("bel = true", "bell"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, words: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        _load(tmp_path, f"[terminal]\n{words}\n")
