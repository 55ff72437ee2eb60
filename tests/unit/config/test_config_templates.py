"""`[templates.NAME]` of config.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailtui.config.read import load
from mailtui.model.account import Template
from mailtui.model.errors import ConfigError

ACCOUNT = '[accounts.home]\nemail = "a@example.org"\nlocal = {}\n'


def read(folder: Path, text: str) -> tuple[Template, ...]:
    (folder / "config.toml").write_text(ACCOUNT + text)
    return load(str(folder / "config.toml")).settings.templates


def test_templates_are_read_in_order(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_bytes("Hällo\r\n\x1b[31m\r\n".encode())
    text = '[templates.a]\nto = "Ben <b@x.y>"\ntext = """\none\ntwo\n"""\n'
    text += '[templates."b c"]\nsubject = "s"\nfile = "b.txt"\n'
    assert read(tmp_path, text) == (
        Template("a", "one\ntwo", to="Ben <b@x.y>"),
        Template("b c", "Hällo\n[31m", "s"),
    )
    assert read(tmp_path, "") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[templates.a]\n", "needs a text or a file"),
        ('[templates.a]\ntext = "x"\nfile = "y"\n', "needs a text or a file"),
        ('[templates.a]\nfile = "none.txt"\n', "can't read"),
        ('[templates.a]\nfile = "latin.txt"\n', "not UTF-8"),
        ('[templates.a]\ntext = "x"\nto = "nobody"\n', "no address"),
        ('[templates.a]\ntext = "x"\nsubjekt = "y"\n', "did you mean 'subject'"),
        ("[templates.a]\ntext = 3\n", "must be a string"),
        ("[templates]\na = 3\n", "must be a table"),
        ('[templates." "]\ntext = "x"\n', "printable"),
    ],
)
def test_mistakes_are_shown_with_their_place(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "latin.txt").write_bytes(b"\xe4")
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert said in caught.value.text
    assert "config.toml:" in caught.value.text
    assert "^" in caught.value.text
