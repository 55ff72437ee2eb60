"""`identities` of an account."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailtui.config.read import load
from mailtui.model.account import Identity
from mailtui.model.errors import ConfigError

HEAD = '[accounts.home]\nemail = "a@example.org"\nname = "Anna"\nlocal = {}\n'


def read(folder: Path, text: str) -> tuple[Identity, ...]:
    (folder / "config.toml").write_text(HEAD + text)
    return load(str(folder / "config.toml")).settings.accounts[0].senders


def test_addresses_are_enough(tmp_path: Path) -> None:
    text = (
        'identities = ["Anna W <a@work.example>", "info@example.org"]\nsignature = "Me"\nsignature_position = "above"\n'
    )
    assert read(tmp_path, text) == (
        Identity("a@example.org", "Anna", (), "Me", True),
        Identity("a@work.example", "Anna W", (), "Me", True),
        Identity("info@example.org", "Anna", (), "Me", True),
    )
    assert read(tmp_path, "") == (Identity("a@example.org", "Anna"),)


def test_tables_say_more_and_may_take_the_place_of_the_account_itself(tmp_path: Path) -> None:
    (tmp_path / "sig.txt").write_bytes("Änna\r\nHarbour 3\r\n".encode())
    text = (
        '[[accounts.home.identities]]\nemail = "A@example.org"\nname = ""\naliases = ["*@shop.example"]\n'
        'signature_file = "sig.txt"\nbcc_self = true\n[[accounts.home.identities]]\nemail = "b@example.org"\n'
        'signature = "B"\nsignature_position = "above"\nreply_to = "c@example.org"\n'
    )
    assert read(tmp_path, text) == (
        Identity("A@example.org", "", ("*@shop.example",), "Änna\nHarbour 3", False, "", True),
        Identity("b@example.org", "Anna", (), "B", True, "c@example.org"),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('identities = "a@b.c"\n', "must be an array"),
        ('identities = ["nobody"]\n', "must hold addresses"),
        ("identities = [3]\n", "must be an array"),
        ('[[accounts.home.identities]]\nname = "x"\n', "need an email"),
        ('[[accounts.home.identities]]\nemail = "a@b.c"\nalias = ["x@y.z"]\n', "did you mean 'aliases'"),
        ('[[accounts.home.identities]]\nemail = "a@b.c"\naliases = ["*"]\n', "no address"),
        ('[[accounts.home.identities]]\nemail = "a@b.c"\nbcc_self = "yes"\n', "true or false"),
        ('[[accounts.home.identities]]\nemail = "a@b.c"\nsignature_file = "none"\n', "can't read"),
        ('[[accounts.home.identities]]\nemail = "a@b.c"\nsignature_file = "latin"\n', "not UTF-8"),
        ('signature_position = "left"\n', "below"),
    ],
)
def test_mistakes_are_shown_with_their_place(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"\xe4")
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert said in caught.value.text
    assert "config.toml:" in caught.value.text
    assert "^" in caught.value.text
