"""File names, flag letters, folder names, state files."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtui.model.errors import StoreError
from mailtui.model.mail import Flags
from mailtui.store.maildir import (
    State,
    file_name,
    flags_of,
    guess_state,
    letters_of,
    make_maildir,
    new_word,
    parse_name,
    read_state,
    safe_component,
    safe_path,
    state_path,
    write_state,
)

EVIL = [
    ".", "..", "...", "/", "../../x", "/etc", "a\0b", "CON", "cur", "new", "tmp", "CUR", "%63ur", " ", "  ", " a", "a ",
    "", "%", "%25", ".hidden", ".gone", "x" * 300, "x" * 299 + "y", "é" * 200, "\ud800", "~", "%~", "a\nb", "a\\b",
]  # fmt: skip


def test_words_are_never_drawn_twice_not_even_by_a_forked_child() -> None:
    mine = [new_word() for _ in range(5000)]
    reading, writing = os.pipe()
    if not (child := os.fork()):
        os.write(writing, "".join(new_word() for _ in range(300)).encode())
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as said:
        theirs = said.read().decode()
    os.waitpid(child, 0)
    mine += [new_word() for _ in range(300)]
    mine += [theirs[place : place + 12] for place in range(0, len(theirs), 12)]
    assert len(set(mine)) == len(mine) == 5600
    assert all(re.fullmatch("[a-z2-7]{12}", word) for word in mine)


def test_our_file_names_are_read_back() -> None:
    word = new_word()
    name = file_name(1_700_000_000, word, 42, 7, "FSa")
    assert parse_name(name)[1:] == (word, 42, 7, "FSa", True)
    assert parse_name(file_name(5, word, None, 7, ""))[1:] == (word, 0, 0, "", True)


@pytest.mark.parametrize("mark", [":2,", ";2,", "!2,"])
def test_other_programs_names_have_a_word_of_their_own(mark: str) -> None:
    plain, flagged = parse_name("170.M1P2.host"), parse_name(f"170.M1P2.host{mark}S")
    assert plain.word == flagged.word
    assert (flagged.letters, flagged.uid, flagged.ours) == ("S", 0, False)
    assert parse_name("170.M1P3.host").word != plain.word


def test_letters_and_flags_are_each_others_inverse() -> None:
    keywords = ("$Junk", "work")
    flags = Flags.of(["\\Seen", "\\Flagged", "\\Answered", "\\Draft", "\\Deleted", "$Forwarded", "WORK", "$junk"])
    letters = letters_of(flags, keywords)
    assert letters == "DFPRSTab"
    assert [name.lower() for name in flags_of(letters, keywords).names()] == [name.lower() for name in flags.names()]


def test_the_twenty_seventh_keyword_has_no_letter_and_harms_nothing() -> None:
    keywords = tuple(f"k{number:02}" for number in range(30))
    assert letters_of(Flags.of(keywords), keywords) == "abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize("name", EVIL)
def test_evil_names_stay_inside_one_folder(name: str) -> None:
    safe = safe_component(name)
    assert safe
    assert "/" not in safe
    assert "\0" not in safe
    assert not safe.startswith((".", " "))
    assert safe.lower() not in {"cur", "new", "tmp"}
    assert len(os.fsencode(safe)) <= 200


def test_evil_names_are_told_apart() -> None:
    assert len({safe_component(name) for name in EVIL}) == len(EVIL)


@given(st.text(max_size=300), st.text(max_size=300))
def test_two_names_never_share_a_folder(one: str, other: str) -> None:
    assert (safe_component(one) == safe_component(other)) == (one == other)


def test_a_name_too_deep_or_too_long_gets_a_short_path() -> None:
    deep, long = safe_path(["a"] * 33), safe_path(["x" * 170] * 20)
    assert deep != long
    assert len(deep) < 100
    assert len(long) < 100
    assert "/" not in deep


def test_state_is_kept_with_every_oddity(tmp_path: Path) -> None:
    state = State('a "b"\n\ud800', None, "none", 4294967295, 12, 3, ("$Junk", "é"))
    write_state(str(tmp_path), state)
    assert read_state(str(tmp_path)) == state
    assert os.stat(state_path(str(tmp_path))).st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == [".mailtui.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": 5, "delimiter": "/", "role": "none"}', '{"role": "none"}'])
def test_a_damaged_state_file_is_no_state(tmp_path: Path, text: str) -> None:
    Path(state_path(str(tmp_path))).write_text(text)
    assert read_state(str(tmp_path)) is None


def test_fields_of_a_later_version_are_passed_over(tmp_path: Path) -> None:
    Path(state_path(str(tmp_path))).write_text('{"name": "A", "delimiter": "/", "role": "none", "colour": "red"}')
    assert read_state(str(tmp_path)) == State("A", "/", "none")


def test_a_name_is_guessed_from_the_path() -> None:
    assert guess_state(safe_path(["Projects", "a/b", "cur"])).name == "Projects/a/b/cur"
    assert guess_state("INBOX").role == "inbox"


def test_every_folder_made_is_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_maildir(str(tmp_path / "mail" / "home" / "a" / "b"))
    finally:
        os.umask(before)
    for folder, _, _ in os.walk(tmp_path / "mail"):
        assert os.stat(folder).st_mode & 0o777 == 0o700, folder


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(StoreError, match="/a"):
        make_maildir(str(tmp_path / "a"))
