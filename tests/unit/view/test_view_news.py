"""New mail in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailtui.mail.sanitize import cell_width
from mailtui.model.mail import Address
from mailtui.view.news import MOST, arrived, signal
from tests.support.fake_store import HOSTILE, row


def test_one_message_by_author_and_subject_several_by_number() -> None:
    one = replace(row(1), from_=(Address("Anna", "anna@x.example"),), subject="Dinner?")
    assert arrived([one]) == ("Anna", "Dinner?")
    assert arrived([replace(one, from_=(), subject="")]) == ("somebody", "(no subject)")
    names = [replace(one, from_=(Address(name, f"{name}@x.example"),)) for name in "ABBCDE"]
    assert arrived(names) == ("6 new messages", "A, B, C and 2 more")


@pytest.mark.parametrize("text", [*HOSTILE, "\x1b\\\x1b]52;c;aGk=\x07", "a;b;c\x9c", "x" * 5_000])
def test_nothing_of_a_mail_ends_the_sequence(text: str) -> None:
    one = replace(row(1), from_=(Address(text, "a@x.example"),), subject=text)
    title, body = arrived([one])
    assert cell_width(title) <= MOST
    for way in ("osc9", "osc777"):
        words = signal(way, title, body)
        inner = words[2:-2]
        assert words.startswith("\x1b]")
        assert words.endswith("\x1b\\")
        assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in inner)
    assert signal("osc777", title, body).count(";") == 3
    assert signal("off", title, body) == ""
