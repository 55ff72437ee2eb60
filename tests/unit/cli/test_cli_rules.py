"""`mailtui rules`: listed, rehearsed without a trace, applied as one step, exported."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from mailtui.cli.main import main
from mailtui.model.intents import Copy, Deed, FolderNamed, Move, Order, SetFlags
from mailtui.store.store import Store
from tests.support.acting import CONFIG, Captured, acted, asked, conforms, flags, history, ids, refused

RULES = """
[[rules]]
name = "two"
match = 'subject:"mail 2" OR subject:"mail 12"'
move = "Invoices"
mark = ["read"]
[[rules]]
name = "texts"
accounts = ["home"]
match = 'body:"number 3" OR body:"number 2"'
label = ["found"]
copy = "Lists/Python"
delete = true
[[rules]]
name = "alone"
match = 'subject:"mail 4"'
stop = true
[[rules]]
name = "all"
accounts = ["work"]
match = "-body:nothing"
archive = true
"""


@pytest.fixture
def ruled(root: Path) -> Path:
    config(root, RULES)
    return root


def config(root: Path, rules: str) -> None:
    (root.parent / "config.toml").write_text(CONFIG + rules)


def fill(root: Path) -> None:
    """The full-text index, as it is when mailtui has run for a while."""
    store = Store.open(str(root))
    while store.fill_fulltext(100).done:
        pass
    store.close()


def caught(capsys: Captured, *words: str) -> list[tuple[str, list[str], list[str]]]:
    """(subject, rules, what would be done)."""
    found = asked(capsys, "rules", "test", *words)
    for one in found:
        conforms("caught", one)
    return [(one["subject"], one["caught_by"], one["would"]) for one in found]


def test_list(ruled: Path, capsys: Captured) -> None:
    found = asked(capsys, "rules", "list")
    for one in found:
        conforms("rule", one)
    assert [one["name"] for one in found] == ["two", "texts", "alone", "all"]
    assert found[1]["does"] == ["label found", "copy to Lists/Python", "delete"]
    assert main(["rules", "list"]) == 0
    assert "move to Invoices" in capsys.readouterr().out


def test_without_rules_every_command_says_how_to_make_one(root: Path, capsys: Captured) -> None:
    for what in ("list", "test", "apply"):
        assert main(["rules", what]) == 0
        assert "add [[rules]] to config.toml" in capsys.readouterr().out
    assert main(["rules", "export"]) == 0
    assert "there are no rules" in capsys.readouterr().err
    status, said = refused(capsys, "rules", "test", "x")
    assert (status, "there is no rule 'x'" in said) == (3, True)


WHOLE = [
    ("mail 3", ["texts"], ["label found", "copy to Lists/Python", "delete"]),
    ("mail 4", ["alone"], []),
    ("mail 2", ["two", "texts"], ["mark read", "move to Invoices", "label found", "copy to Lists/Python"]),
    ("mail 12", ["two", "all"], ["mark read", "move to Invoices"]),
    ("mail 11", ["all"], ["archive"]),
]


@pytest.mark.parametrize("filled", [False, True])
def test_a_rehearsal_tells_all_and_changes_nothing(
    ruled: Path, capsys: Captured, filled: bool, submitted: list[Deed | Order]
) -> None:
    """With and without a full-text index."""
    if filled:
        fill(ruled)
    assert sorted(caught(capsys)) == sorted(WHOLE)
    assert sorted(caught(capsys, "texts")) == [
        (subject, ["texts"], ["label found", "copy to Lists/Python", "delete"]) for subject in ("mail 2", "mail 3")
    ]
    assert caught(capsys, "-a", "work", "two") == [("mail 12", ["two"], ["mark read", "move to Invoices"])]
    assert caught(capsys, "-f", "archive") == []
    assert (submitted, history(capsys)) == ([], [])


def test_a_rehearsal_in_words(ruled: Path, capsys: Captured) -> None:
    assert main(["rules", "test"]) == 0
    said = capsys.readouterr().out
    assert "two, texts" in said
    assert "5 messages caught, 4 of them would change; looked at home: INBOX, work: INBOX" in said


def test_apply_is_one_step(ruled: Path, capsys: Captured, submitted: list[Deed | Order]) -> None:
    two = next(one["id"] for one in asked(capsys, "list", "-f", "inbox", "-a", "home") if one["subject"] == "mail 2")
    before = [ids(capsys), ids(capsys, "inbox", "work")]
    done = acted(capsys, "rules", "apply")
    assert (done["label"], done["changed"]) == ("Rules texts, two, all: 4 messages", 4)
    assert len(submitted) == 1
    assert [one["subject"] for one in asked(capsys, "list", "-f", "Invoices", "-a", "home")] == ["mail 2"]
    assert [one["subject"] for one in asked(capsys, "list", "-f", "Invoices", "-a", "work")] == ["mail 12"]
    assert [one["subject"] for one in asked(capsys, "list", "-f", "trash", "-a", "home")] == ["mail 3"]
    assert [one["subject"] for one in asked(capsys, "list", "-f", "archive", "-a", "work")] == ["mail 11"]
    assert len(ids(capsys, "Lists/Python")) == 2
    assert flags(capsys, two) == ["seen", "found"]
    assert caught(capsys) == [("mail 4", ["alone"], [])]
    assert [one["label"] for one in history(capsys)] == ["Rules texts, two, all: 4 messages"]
    assert main(["undo"]) == 0
    capsys.readouterr()
    assert [sorted(ids(capsys)), sorted(ids(capsys, "inbox", "work"))] == [sorted(one) for one in before]
    assert flags(capsys, two) == []
    assert not any(one["name"] == "Invoices" for one in asked(capsys, "folders"))
    assert main(["redo"]) == 0
    capsys.readouterr()
    assert len(ids(capsys, "Invoices")) == 1


def test_apply_of_one_rule_names_it(ruled: Path, capsys: Captured, submitted: list[Deed | Order]) -> None:
    done = acted(capsys, "rules", "apply", "texts", "--folder", "inbox")
    assert done["label"] == "Rule texts: deleted 2, copied to Lists/Python, labelled found"
    (deed,) = submitted
    assert isinstance(deed, Deed)
    assert [type(intent) for intent in deed.intents] == [SetFlags, Copy, Move]
    assert deed.intents[1] == Copy(deed.intents[2].placements, FolderNamed("Lists/Python"))  # type: ignore[union-attr]


def test_apply_twice_does_nothing_more(ruled: Path, capsys: Captured) -> None:
    config(ruled, '[[rules]]\nname = "c"\nmatch = "mail"\ncopy = "Archive"\nlabel = ["x"]\n')
    assert acted(capsys, "rules", "apply", "-a", "home")["changed"] == 5
    assert acted(capsys, "rules", "apply", "-a", "home") == acted(capsys, "rules", "apply", "c", "-a", "home")
    assert len(ids(capsys, "archive")) == 5
    assert caught(capsys, "-a", "home")[0][2] == []


def test_mail_whose_text_is_not_here_is_asked_about_its_header(ruled: Path, capsys: Captured) -> None:
    for folder, _, names in os.walk(ruled / "mail"):
        for name in names:
            if "cur" in folder:
                os.unlink(os.path.join(folder, name))
    assert [subject for subject, _, _ in caught(capsys, "two")] == ["mail 2", "mail 12"]
    assert caught(capsys, "texts") == []


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["rules", "test", "tow"], 3, "there is: 'two'"),
        (["rules", "apply", "two", "-f", "Invoces"], 3, "there is no folder 'Invoces'"),
        (["rules", "apply", "-a", "nobody"], 3, "there is no account 'nobody'"),
    ],
)
def test_what_is_not_there_is_told(ruled: Path, capsys: Captured, words: list[str], status: int, said: str) -> None:
    found, error = refused(capsys, *words)
    assert (found, said in error) == (status, True)


def test_wrong_words_in_a_rule_end_every_command_with_its_place(root: Path, capsys: Captured) -> None:
    config(root, '[[rules]]\nname = "a"\nmatch = "form:x"\nstop = true\n')
    assert main(["rules", "list"]) == 2
    said = capsys.readouterr().err
    assert "did you mean from:?" in said
    assert '| match = "form:x"\n' in said
    assert "|          ^^^^^" in said


def test_export(ruled: Path, capsys: Captured) -> None:
    config(ruled, RULES + '[[rules]]\nname = "late"\nmatch = "in:archive"\nstop = true\n')
    assert main(["rules", "export"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("require [")
    assert "# rule:[two]\nif anyof (header" in told.out
    assert "mailtui: rule 'texts': it is for home only: a script is for one account" in told.err
    assert "mailtui: rule 'late': left out: in:archive" in told.err
    assert main(["rules", "export", "-a", "home"]) == 0
    mine = capsys.readouterr()
    assert "one account" not in mine.err
    assert "rule:[all]" not in mine.out
    found = asked(capsys, "rules", "export", "late")
    conforms("sieve", found)
    assert found["problems"] == [{"rule": "late", "text": "left out: in:archive"}]


def test_schemas_are_known(capsys: Captured) -> None:
    for name in ("rule", "caught", "sieve"):
        assert main(["schema", name]) == 0
        assert json.loads(capsys.readouterr().out)["title"] == name
