"""`[[rules]]` of config.toml: what is read, and mistakes with their place, also within a search."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtui.config.locate import inside, locate
from mailtui.config.read import load
from mailtui.model.errors import ConfigError
from mailtui.model.folder import Role
from mailtui.model.ids import AccountId
from mailtui.model.intents import FolderNamed
from mailtui.model.mail import Flags
from mailtui.model.rules import Rule

ACCOUNT = '[accounts.work]\nemail = "a@example.org"\nlocal = {}\n'
FULL = """
[[rules]]
name = "invoices"
accounts = ["work"]
match = "from:billing@ has:attachment"
move = "Invoices"
copy = "All/Copies"
mark = ["read", "unstar"]
label = ["invoice"]
stop = true

[[rules]]
name = "old"
match = 'subject:"two words" OR before:30d'
archive = true

[[rules]]
name = "gone"
match = ""
delete = true
"""


def read(folder: Path, text: str) -> tuple[Rule, ...]:
    (folder / "config.toml").write_text(ACCOUNT + text)
    return load(str(folder / "config.toml")).settings.rules


def mistake(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read(folder, text)
    return caught.value.text


def pointed(picture: str) -> str:
    """What stands above the carets."""
    line, carets = picture.splitlines()[1:3]
    place = carets.index("^")
    return line[place : place + len(re.search(r"\^+", carets)[0])]  # type: ignore[index]


def test_rules_are_read_in_order(tmp_path: Path) -> None:
    assert read(tmp_path, "") == ()
    first, second, third = read(tmp_path, FULL.replace('match = ""', 'match = "x"'))
    assert first == Rule(
        "invoices",
        "from:billing@ has:attachment",
        (AccountId("work"),),
        FolderNamed("Invoices"),
        FolderNamed("All/Copies"),
        ("read", "unstar"),
        ("invoice",),
        stop=True,
    )
    assert (first.add, first.remove) == (Flags.of(["\\Seen", "invoice"]), Flags.of(["\\Flagged"]))
    assert (second.to, third.to) == (Role.ARCHIVE, Role.TRASH)
    assert first.covers("work")
    assert not first.covers("home")
    assert second.covers("home")


def test_rules_written_in_line_are_read(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('rules = [{name = "a", match = "x", stop = true}]\n' + ACCOUNT)
    assert load(str(tmp_path / "config.toml")).settings.rules == (Rule("a", "x", stop=True),)


RULE = '[[rules]]\nname = "a"\nmatch = "x"\n'


@pytest.mark.parametrize(
    ("text", "said", "marked"),
    [
        ('[[rules]]\nmatch = "x"\nstop = true\n', "missing key 'name'", "[[rules]]"),
        ('[[rules]]\nname = "a"\nstop = true\n', "missing key 'match'", "[[rules]]"),
        (RULE, "does nothing", "[[rules]]"),
        (RULE + 'stop = true\nmov = "b"\n', "did you mean 'move'?", "mov"),
        (RULE + "stop = 1\n", "must be true or false", "1"),
        (RULE + 'move = "b"\ndelete = true\n', "both move and delete", "delete"),
        (RULE + 'move = "b//c"\n', "can't be the name of a folder", '"b//c"'),
        (RULE + 'mark = ["read", "red"]\n', "did you mean 'read'?", '"red"'),
        (RULE + 'mark = ["read", "unread"]\n', "both read and unread", '"read"'),
        (RULE + 'label = ["a", "b c"]\n', "can't be a label", '"b c"'),
        (RULE + 'label = ["deleted"]\n', "can't be a label", '"deleted"'),
        (RULE + 'stop = true\naccounts = ["work", "wrok"]\n', "did you mean 'work'?", '"wrok"'),
        (RULE + f"stop = true\n{RULE}stop = true\n", "there are two rules 'a'", '"a"'),
        ("rules = 3\n", "array of tables", "rules"),
        ("[rules]\na = 1\n", "array of tables", "[rules]"),
    ],
)
def test_mistakes_are_pointed_at(text: str, said: str, marked: str, tmp_path: Path) -> None:
    if text.startswith("rules ="):
        (tmp_path / "config.toml").write_text(text + ACCOUNT)
        with pytest.raises(ConfigError) as caught:
            load(str(tmp_path / "config.toml"))
        picture = caught.value.text
    else:
        picture = mistake(tmp_path, text)
    assert said in picture
    assert pointed(picture) == marked


@pytest.mark.parametrize(
    ("match", "said", "marked"),
    [
        ('"frm:x y"', "did you mean from:?", "frm:"),
        ('"a has:atachment"', "did you mean has:attachment?", "atachment"),
        ("'a (b'", "never closed", "("),
        (r'"subject:\"a b\" frm:x"', "no operator frm:", "frm:"),
        (r'"\u00e4\U0001F600\t frm:x"', "control", r'"\u00e4\U0001F600\t frm:x"'),
        (r'"\u00e4\U0001F600 frm:x"', "no operator frm:", "frm:"),
        ('"a OR"', "nothing to choose after OR", "OR"),
        ('"""frm:x"""', "no operator frm:", '"""frm:x"""'),
        ('"on:soon"', "2026-01-15", "soon"),
    ],
)
def test_mistakes_in_a_search_are_pointed_at_within_it(match: str, said: str, marked: str, tmp_path: Path) -> None:
    picture = mistake(tmp_path, f'[[rules]]\nname = "a"\nmatch = {match}\nstop = true\n')
    assert said in picture
    assert pointed(picture) == marked


@given(
    before=st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=20),
    marked=st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=8),
    escaping=st.integers(0, 2),
)
def test_places_within_strings_follow_every_way_to_write_a_character(before: str, marked: str, escaping: int) -> None:
    def written(text: str) -> str:
        if escaping == 2:
            return "".join(f"\\U{ord(letter):08X}" for letter in text)
        text = text.replace("\\", "\\\\").replace('"', '\\"')
        return "".join(f"\\u{ord(x):04x}" if x > "~" and ord(x) < 65536 else x for x in text) if escaping else text

    source = f'k = "{written(before)}{written(marked)}{written(before)}"\n'
    place = locate(source)[("k",)]
    start, end = inside(source, place.value_start, place.value_end, len(before), len(marked))
    assert source[start:end] == written(marked)


def test_what_a_rule_does_is_said_in_words(tmp_path: Path) -> None:
    first, second, third = read(tmp_path, FULL.replace('match = ""', 'match = "x"'))
    assert first.wishes() == (
        *("mark read", "mark unstar", "label invoice", "copy to All/Copies", "move to Invoices", "stop"),
    )
    assert first.done(3) == (
        "Rule invoices: moved 3 to Invoices, copied to All/Copies, marked read and unstar, labelled invoice"
    )
    assert (second.wishes(), second.done(1)) == (("archive",), "Rule old: archived 1")
    assert (third.wishes(), third.done(1000)) == (("delete",), "Rule gone: deleted 1,000")
    assert Rule("x", "y", stop=True).done(2) == "Rule x: left 2 alone"
