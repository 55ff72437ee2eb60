"""folder, undo, redo, history, ledger, recover: nothing between words and journal is made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailtui.cli import exits
from mailtui.cli.main import main
from mailtui.model.facts import Expunged, Refused
from mailtui.model.ids import AccountId, IntentId
from mailtui.store.store import Store
from tests.support.acting import (
    CONFIG,
    Captured,
    acted,
    asked,
    at_terminal,
    conforms,
    flags,
    history,
    ids,
    refused,
)

# -- folders


def folder_names(capsys: Captured, account: str = "home") -> list[str]:
    return [str(one["name"]) for one in asked(capsys, "folders", "-a", account)]


def test_folder_create_rename_delete(root: Path, capsys: Captured) -> None:
    found = acted(capsys, "folder", "create", "-a", "home", " New ")
    assert (found["label"], found["changed"]) == ("Created folder New", 1)
    assert "New" in folder_names(capsys)
    assert acted(capsys, "folder", "rename", "new", "Lists/Newer", "-a", "home")["label"] == (
        "Renamed folder New to Lists/Newer"
    )
    assert "Lists/Newer" in folder_names(capsys)
    acted(capsys, "folder", "delete", "newer")
    assert "Lists/Newer" not in folder_names(capsys)
    assert history(capsys)[0]["label"] == "Deleted folder Lists/Newer"


def test_folder_in_one_of_several_accounts(root: Path, capsys: Captured) -> None:
    status, said = refused(capsys, "folder", "create", "New")
    assert status == exits.USAGE
    assert "say which: -a home, -a work" in said
    assert refused(capsys, "folder", "create", "New", "-a", "hom")[0] == exits.NOT_FOUND
    assert refused(capsys, "folder", "delete", "trash")[0] == exits.USAGE


def test_the_only_account_needs_no_name(root: Path, capsys: Captured, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG.partition("[accounts.work]")[0])
    acted(capsys, "folder", "create", "New")
    assert "New" in folder_names(capsys)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["create", "inbox"], "there is a folder 'INBOX' already"),
        (["create", "Empty"], "there is a folder 'Empty' already"),
        (["create", "  "], "can't be a folder's name"),
        (["create", "a\x1b[2Jb"], "can't be a folder's name"),
        (["create", "x" * 300], "can't be a folder's name"),
        (["create", "a//b"], "has an empty part"),
        (["create", "/a"], "has an empty part"),
        (["rename", "inbox", "Other"], "Inbox can't be renamed"),
        (["rename", "Lists", "Lists/Below"], "can't move into itself"),
        (["rename", "Empty", "Archive"], "there is a folder 'Archive' already"),
        (["delete", "inbox"], "Inbox can't be deleted"),
        (["delete", "Lists"], "has folders below it: 'Lists/Python'"),
    ],
)
def test_folder_that_can_not_be(root: Path, capsys: Captured, words: list[str], named: str) -> None:
    status, said = refused(capsys, "folder", *words, "-a", "home")
    assert status == exits.USAGE
    assert named in said
    assert "\x1b" not in said


def test_folder_with_mail_is_asked_for(root: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    acted(capsys, "move", "--to", "Lists/Python", *ids(capsys)[:2])
    status, said = refused(capsys, "folder", "delete", "Lists/Python")
    assert status == exits.USAGE
    assert "--yes" in said
    with monkeypatch.context() as patch:
        screen = at_terminal(patch, "no\n")
        assert main(["folder", "delete", "Lists/Python"]) == exits.FAILED
        assert "Delete folder 'Lists/Python' with 2 messages? [y/N] " in screen.getvalue()
    acted(capsys, "folder", "delete", "--yes", "Lists/Python")
    assert "Lists/Python" not in folder_names(capsys)


def test_folder_not_found_names_the_nearest(root: Path, capsys: Captured) -> None:
    status, said = refused(capsys, "folder", "delete", "Emty")
    assert status == exits.NOT_FOUND
    assert "did you mean 'Empty'?" in said


def test_subscribe(root: Path, capsys: Captured) -> None:
    assert acted(capsys, "folder", "subscribe", "Empty")["label"] == "Subscribed to folder Empty"
    assert acted(capsys, "folder", "unsubscribe", "Empty")["label"] == "Unsubscribed from folder Empty"
    assert len(asked(capsys, "ledger")) == 2


# -- undo, redo, history


def test_undo_and_redo(root: Path, capsys: Captured) -> None:
    before = ids(capsys)
    step = acted(capsys, "archive", before[0])["step"]
    acted(capsys, "flag", "--add", "flagged", before[1])
    assert main(["undo"]) == 0
    assert capsys.readouterr().out.startswith("Undone: Starred 1 · `mailtui redo` does it again")
    found = acted(capsys, "undo")
    assert (found["step"], found["label"], found["changed"]) == (step, "Archived 1", 1)
    assert ids(capsys) == before
    assert [(one["label"], one["undone"]) for one in history(capsys)] == [("Starred 1", True), ("Archived 1", True)]
    assert acted(capsys, "redo", "2")["changed"] == 2
    assert ids(capsys) == before[1:]
    assert flags(capsys, before[1]) == ["flagged"]


def test_something_new_forgets_what_was_undone(root: Path, capsys: Captured) -> None:
    before = ids(capsys)
    acted(capsys, "archive", before[0])
    acted(capsys, "undo")
    assert [one["redoable"] for one in history(capsys)] == [True]
    acted(capsys, "archive", before[1])
    assert [(one["undone"], one["redoable"]) for one in history(capsys)] == [(False, False), (True, False)]
    assert refused(capsys, "redo")[0] == exits.NOT_FOUND


def test_undo_several(root: Path, capsys: Captured) -> None:
    before = ids(capsys)
    for word in before[:3]:
        acted(capsys, "archive", word)
    assert main(["undo", "2"]) == 0
    assert capsys.readouterr().out.startswith("Undone: Archived 1, Archived 1 · ")
    assert ids(capsys) == before[1:]
    status, said = refused(capsys, "undo", "2")
    assert status == exits.NOT_FOUND
    assert "there is only 1 step to undo; nothing was done" in said


def test_undo_one_of_them(root: Path, capsys: Captured) -> None:
    before = ids(capsys)
    step = acted(capsys, "archive", before[0])["step"]
    acted(capsys, "archive", before[1])
    acted(capsys, "undo", "--step", str(step))
    assert ids(capsys) == [before[0], *before[2:]]
    assert "is undone already" in refused(capsys, "undo", "--step", str(step))[1]
    assert "there is no step 99" in refused(capsys, "undo", "--step", "99")[1]


@pytest.mark.parametrize("command", ["undo", "redo"])
def test_nothing_to_undo(root: Path, capsys: Captured, command: str) -> None:
    assert refused(capsys, command) == (
        exits.NOT_FOUND,
        f"mailtui: there is nothing to {command}\n  `mailtui history` lists the steps\n",
    )


def test_history_for_the_eye(root: Path, capsys: Captured) -> None:
    first, second, *_ = ids(capsys)
    acted(capsys, "archive", first)
    acted(capsys, "delete", second)
    acted(capsys, "undo")
    assert main(["history"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["STEP", "DATE", "STATE", "WHAT"]
    assert [line.split()[3:] for line in lines] == [["undone", "waiting", "Deleted", "1"], ["waiting", "Archived", "1"]]
    assert len(asked(capsys, "history", "--limit", "1")) == 1
    assert len(asked(capsys, "history", "--limit", "0")) == 2


# -- ledger


def test_ledger_waits_and_is_given_up(root: Path, capsys: Captured) -> None:
    before = ids(capsys)
    acted(capsys, "archive", *before[:2])
    (line,) = asked(capsys, "ledger")
    conforms("ledger", line)
    assert (line["account"], line["state"], line["text"]) == ("home", "waiting", "Move 2 messages to Archive")
    assert asked(capsys, "ledger", "-a", "work") == []
    assert main(["ledger"]) == 0
    assert "Move 2 messages to Archive" in capsys.readouterr().out
    status, said = refused(capsys, "ledger", "retry", str(line["id"]))
    assert status == exits.USAGE
    assert "waits already" in said
    found = acted(capsys, "ledger", "discard", str(line["id"]))
    assert (found["step"], found["changed"], found["pending"]) == (None, 1, 0)
    assert ids(capsys) == before
    assert asked(capsys, "ledger") == []


def test_what_the_server_refused_is_asked_again(root: Path, capsys: Captured) -> None:
    before = ids(capsys)
    acted(capsys, "archive", before[0])
    (line,) = asked(capsys, "ledger")
    store = Store.open(str(root))
    store.apply([Refused(AccountId("home"), IntentId(line["id"]), "[OVERQUOTA] full\x1b[31m")])
    store.close()
    assert ids(capsys) == before
    (line,) = asked(capsys, "ledger")
    assert (line["state"], line["answer"][:16]) == ("failed", "[OVERQUOTA] full")
    assert main(["ledger"]) == 0
    assert "\x1b" not in capsys.readouterr().out
    assert main(["ledger", "retry", str(line["id"])]) == 0
    assert capsys.readouterr().out == (
        'Asked again for "Move 1 message to Archive" · goes to the server with the next sync\n'
    )
    assert ids(capsys) == before[1:]


@pytest.mark.parametrize("what", ["retry", "discard"])
def test_unknown_operation(root: Path, capsys: Captured, what: str) -> None:
    acted(capsys, "archive", ids(capsys)[0])
    (line,) = asked(capsys, "ledger")
    for word in ("99", "x", "²", "9" * 30):
        status, said = refused(capsys, "ledger", what, str(line["id"]), word)
        assert status == exits.NOT_FOUND
        assert f"there is no operation '{word}'" in said


# -- recover


def expunged(root: Path, capsys: Captured) -> str:
    """A message whose expunging the server confirmed."""
    (word, *_) = ids(capsys)
    uid = asked(capsys, "show", word)["uid"]
    acted(capsys, "delete", "--forever", "--yes", word)
    store = Store.open(str(root))
    inbox = next(box.id for box in store.base().mailboxes(AccountId("home")) if box.name == "INBOX")
    store.apply([Expunged(AccountId("home"), inbox, (uid,))])
    store.close()
    return word


def test_recover(root: Path, capsys: Captured) -> None:
    word = expunged(root, capsys)
    (copy,) = asked(capsys, "recover")
    conforms("recover", copy)
    assert (copy["id"], copy["account"], copy["folder"]) == (word, "home", "INBOX")
    assert asked(capsys, "recover", "-a", "work") == []
    assert main(["recover", "--limit", "1"]) == 0
    assert word in capsys.readouterr().out
    status, said = refused(capsys, "recover", word, "nosuchword")
    assert status == exits.NOT_FOUND
    assert "there is no safety copy 'nosuchword'; nothing was done" in said
    assert refused(capsys, "recover", "-a", "work", word)[0] == exits.NOT_FOUND
    found = acted(capsys, "recover", word)
    assert (found["label"], found["changed"]) == ("Brought back 1", 1)
    assert word in ids(capsys)
