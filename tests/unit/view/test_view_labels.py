"""Labels: what is typed becomes flags, and what a row has is shown."""

from __future__ import annotations

import pytest

from mailtui.model.ids import MailboxId, PlacementId, ThreadId
from mailtui.model.intents import SetFlags
from mailtui.model.labels import labels
from mailtui.model.mail import NO_FLAGS, Flags
from mailtui.view.deeds import Target
from mailtui.view.labels import parse, relabel, verb

TARGET = Target(PlacementId(7), MailboxId(1), 0, ThreadId(1), "Dinner?")


@pytest.mark.parametrize(
    ("typed", "add", "remove"),
    [
        ("work", ["work"], []),
        ("work, later -todo", ["work", "later"], ["todo"]),
        ("+answered -forwarded", ["\\Answered"], ["$Forwarded"]),
        ("seen -work work", ["\\Seen"], ["work"]),
    ],
)
def test_words_become_flags(typed: str, add: list[str], remove: list[str]) -> None:
    assert parse(typed) == (Flags.of(add), Flags.of(remove))


@pytest.mark.parametrize("typed", ["(x", "wörk", "-", "a*", "deleted", "recent", "x" * 201])
def test_what_can_not_be_a_label_says_why(typed: str) -> None:
    assert verb(typed).startswith("no: ")
    plan = relabel([TARGET], typed)
    assert plan.deed is None
    assert plan.why.startswith("That is no label: ")


def test_nothing_typed_is_nothing_done() -> None:
    assert verb("  ") == ""
    assert relabel([TARGET], "").deed is None


def test_a_deed_and_its_words() -> None:
    assert verb("work -todo forwarded") == "add Forwarded work, take away todo"
    deed = relabel([TARGET], "work -todo").deed
    assert deed is not None
    assert deed.label == "Labelled +work -todo: Dinner?"
    assert deed.intents == (SetFlags((PlacementId(7),), Flags.of(["work"]), Flags.of(["todo"])),)
    assert relabel([TARGET], "work").deed != relabel([TARGET], "-work").deed
    assert relabel([], "work").deed is None


def test_keywords_of_programs_are_no_labels() -> None:
    assert labels(["$Junk", "NonJunk", "Old", "work", "Later"]) == ("work", "Later")
    assert labels(NO_FLAGS.keywords) == ()
