"""flag, move, copy, archive, delete, spam and their opposites: nothing between words and journal is made up."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from mailtui.cli import exits, flag_words
from mailtui.cli.main import main
from mailtui.model.account import Settings
from mailtui.model.changes import Change, Notice
from mailtui.model.errors import StoreError, UsageError
from mailtui.model.facts import MailboxDelta, MailboxesListed
from mailtui.model.folder import Checkpoint, RemoteMailbox
from mailtui.model.ids import AccountId, Revision
from mailtui.model.intents import Deed, Move, Order, SetFlags
from mailtui.store.store import Store
from tests.support.acting import (
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
from tests.support.small_store import header, raw_mail

# -- filing


def test_archive_says_what_it_did_and_what_comes_next(root: Path, capsys: Captured) -> None:
    first, second, third, *rest = ids(capsys)
    assert main(["archive", first, second, third]) == 0
    assert capsys.readouterr().out == (
        "Archived 3 messages · `mailtui undo` takes it back · goes to the server with the next sync\n"
    )
    assert ids(capsys) == rest
    assert ids(capsys, "archive") == [first, second, third]
    assert history(capsys)[0]["label"] == "Archived 3"


def test_a_terminal_without_the_dot_gets_dashes(root: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    (first, *_) = ids(capsys)
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out, encoding="ascii"))
    assert main(["archive", first]) == 0
    assert out.getvalue().startswith(b"Archived 1 message - `mailtui undo`")


def test_archive_as_json(root: Path, capsys: Captured) -> None:
    first, second, *_ = ids(capsys)
    found = acted(capsys, "archive", first, second, first)
    assert found == {"step": history(capsys)[0]["step"], "label": "Archived 2", "changed": 2, "pending": 1}


@pytest.mark.parametrize("command", ["archive", "delete", "spam", "not-spam", "advertising", "flag", "move"])
def test_one_unknown_id_and_nothing_is_done(root: Path, capsys: Captured, command: str) -> None:
    more = {"flag": ["--add", "flagged"], "move": ["--to", "trash"]}.get(command, [])
    status, said = refused(capsys, command, *more, *ids(capsys), "nosuch\x1b[31mword")
    assert status == exits.NOT_FOUND
    assert "there is no message 'nosuch" in said
    assert "nothing was done" in said
    assert "\x1b" not in said


def test_many_unknown_ids_are_counted(root: Path, capsys: Captured) -> None:
    status, said = refused(capsys, "archive", *(f"word{number}" for number in range(8)))
    assert status == exits.NOT_FOUND
    assert "there are no messages 'word0', 'word1', 'word2', 'word3', 'word4' and 3 more; nothing was done" in said


def test_id_of_another_account(root: Path, capsys: Captured) -> None:
    (word, *_) = ids(capsys)
    status, said = refused(capsys, "archive", "-a", "work", word)
    assert status == exits.NOT_FOUND
    assert f"'{word}' in account 'work'" in said


def test_what_is_archived_already_is_left_alone(root: Path, capsys: Captured) -> None:
    first, second, *_ = ids(capsys)
    acted(capsys, "archive", first)
    assert acted(capsys, "archive", first, second)["changed"] == 1
    found = acted(capsys, "archive", first, second)
    assert (found["step"], found["label"], found["changed"]) == (None, "", 0)
    assert found["pending"] == 2
    assert main(["archive", first]) == 0
    assert capsys.readouterr().out == "Nothing to do: the message is in archive already\n"


def test_spam_and_back(root: Path, capsys: Captured) -> None:
    (word, other, *_) = ids(capsys)
    acted(capsys, "spam", word)
    assert ids(capsys, "junk") == [word]
    assert flags(capsys, word) == ["$Junk"]
    assert acted(capsys, "not-spam", word)["label"] == "Marked 1 as not spam"
    assert word in ids(capsys)
    assert flags(capsys, word) == ["$NotJunk"]
    assert other in ids(capsys)


def test_not_spam_leaves_mail_where_it_is_that_is_not_in_junk(root: Path, capsys: Captured) -> None:
    (word, *_) = ids(capsys)
    acted(capsys, "archive", word)
    acted(capsys, "not-spam", word)
    assert ids(capsys, "archive") == [word]
    assert flags(capsys, word) == ["$NotJunk"]


def test_advertising_makes_its_folder_and_back(root: Path, capsys: Captured) -> None:
    (word, *_) = ids(capsys)
    acted(capsys, "advertising", word)
    assert ids(capsys, "advertising") == [word]
    acted(capsys, "not-advertising", word)
    assert word in ids(capsys)
    assert main(["not-advertising", word]) == 0
    assert "Nothing to do: the message is not in advertising" in capsys.readouterr().out


def test_messages_of_two_accounts(root: Path, capsys: Captured) -> None:
    mine, theirs = ids(capsys)[0], ids(capsys, account="work")[0]
    assert acted(capsys, "delete", mine, theirs)["changed"] == 2
    assert ids(capsys, "trash") == [mine]
    assert ids(capsys, "trash", "work") == [theirs]


def test_all_mail_is_the_archive_where_there_is_no_other(root: Path, capsys: Captured) -> None:
    store = Store.open(str(root))
    names = (RemoteMailbox("INBOX", "/", frozenset()), RemoteMailbox("All", "/", frozenset({"\\all"})))
    store.apply([MailboxesListed(AccountId("work"), names)])
    store.close()
    (word, *_) = ids(capsys, account="work")
    acted(capsys, "archive", word)
    assert ids(capsys, "all", "work") == [word]
    assert acted(capsys, "archive", word)["changed"] == 0


# -- delete


def test_delete_twice_needs_forever(root: Path, capsys: Captured) -> None:
    first, second, *_ = ids(capsys)
    acted(capsys, "delete", first)
    status, said = refused(capsys, "delete", first, second)
    assert status == exits.USAGE
    assert f"in Trash already: {first}; nothing was done" in said
    assert "--forever" in said
    assert second in ids(capsys)


def test_forever_without_a_terminal(root: Path, capsys: Captured) -> None:
    (word, *_) = ids(capsys)
    status, said = refused(capsys, "delete", "--forever", word)
    assert status == exits.USAGE
    assert "--yes" in said


def test_forever_with_yes(root: Path, capsys: Captured, submitted: list[Deed | Order]) -> None:
    first, second, *_ = ids(capsys)
    acted(capsys, "delete", second)
    assert acted(capsys, "delete", "--forever", "--yes", first, second)["label"] == "Deleted 2 for ever"
    assert first not in ids(capsys)
    assert ids(capsys, "trash") == []


def test_forever_at_a_terminal(root: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *rest = ids(capsys)
    with monkeypatch.context() as patch:
        screen = at_terminal(patch, "n\n")
        assert main(["delete", "--forever", first]) == exits.FAILED
        assert screen.getvalue() == "Delete 1 message for ever? [y/N] mailtui: nothing was done\n"
        at_terminal(patch, "")
        assert main(["delete", "--forever", first]) == exits.FAILED
    assert ids(capsys) == [first, *rest]
    with monkeypatch.context() as patch:
        at_terminal(patch, "Y\n")
        assert main(["delete", "--forever", first]) == 0
    assert ids(capsys) == rest


def test_forever_warns_of_mail_that_has_no_copy_here(
    root: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.open(str(root))
    work = AccountId("work")
    inbox = next(box.id for box in store.base().mailboxes(work) if box.name == "INBOX")
    bare = (header(20, raw_mail(20)),)
    store.apply([MailboxDelta(work, inbox, 7, headers=bare, checkpoint=Checkpoint(7, 21, 0, 1))])
    store.close()
    words = ids(capsys, account="work")
    with monkeypatch.context() as patch:
        screen = at_terminal(patch, "n\n")
        assert main(["delete", "--forever", *words]) == exits.FAILED
    assert "Delete 3 messages for ever? No copy will be left of 1, as the text" in screen.getvalue()
    assert main(["delete", "--forever", "--yes", *words]) == 0
    assert "`mailtui undo` takes it back until the next sync" in capsys.readouterr().out


# -- flags


def test_flags_on_and_off(root: Path, capsys: Captured) -> None:
    first, second, *_ = ids(capsys)
    found = acted(capsys, "flag", "--add", "seen", "--add", "forwarded", "--add", "work", first, second)
    assert found["label"] == "Flagged 2: +Seen +$Forwarded +work"
    assert flags(capsys, second) == ["seen", "$Forwarded", "work"]
    assert acted(capsys, "flag", "--remove", "SEEN", "--remove", "Work", first)["label"] == "Flagged 1: -Seen -Work"
    assert flags(capsys, first) == ["$Forwarded"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--add", "seen"], "Marked 1 message as read"),
        (["--add", "flagged"], "Starred 1 message"),
        (["--add", "\\Draft"], "Flagged 1 message: +Draft"),
    ],
)
def test_flag_in_words(root: Path, capsys: Captured, words: list[str], line: str) -> None:
    (word, *_) = ids(capsys)
    assert main(["flag", *words, word]) == 0
    assert capsys.readouterr().out.startswith(f"{line} · ")
    assert main(["flag", *words, word]) == 0
    assert capsys.readouterr().out == "Nothing to do: the flags are as you want them\n"


def test_unmarking_in_words(root: Path, capsys: Captured) -> None:
    (word, *_) = ids(capsys)
    acted(capsys, "flag", "--add", "seen", "--add", "flagged", word)
    assert acted(capsys, "flag", "--remove", "seen", word)["label"] == "Marked 1 as unread"
    assert acted(capsys, "flag", "--remove", "flagged", word)["label"] == "Took the star off 1"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ([], "no flag is named"),
        (["--add", "a b"], "'a b' can't be a flag"),
        (["--add", ""], "'' can't be a flag"),
        (["--add", "grün"], "can't be a flag"),
        (["--add", "x" * 300], "can't be a flag"),
        (["--add", "\\Odd"], "can't be a flag"),
        (["--add", "deleted"], "`mailtui delete` deletes"),
        (["--remove", "\\Recent"], "'\\Recent' can't be set"),
        (["--add", "seen", "--remove", "\\SEEN"], "to be added and removed"),
        (["--add", "Work", "--remove", "work"], "to be added and removed"),
    ],
)
def test_names_that_are_no_flags(root: Path, capsys: Captured, words: list[str], named: str) -> None:
    status, said = refused(capsys, "flag", *words, ids(capsys)[0])
    assert status == exits.USAGE
    assert named in said


@pytest.mark.parametrize("mark", ["(", ")", "{", "%", "*", '"', "\\", "]", " ", "\x7f", "\x00", "é"])
def test_no_keyword_breaks_out_of_its_atom(mark: str) -> None:
    """RFC 9051 section 9: atom-specials, and `]` which response codes end with."""
    with pytest.raises(UsageError):
        flag_words.wire_name(f"a{mark}b")


# -- move and copy


def test_move_by_name(root: Path, capsys: Captured, submitted: list[Deed | Order]) -> None:
    first, second, *_ = ids(capsys)
    assert acted(capsys, "move", "--to", "python", first, second)["label"] == "Moved 2 to Lists/Python"
    assert ids(capsys, "Lists/Python") == [first, second]
    assert main(["move", "--to", "Lists/Python", first, second]) == 0
    assert capsys.readouterr().out == "Nothing to do: the messages lie in Lists/Python already\n"
    assert len(submitted) == 1


def test_move_to_a_folder_that_is_not_there(root: Path, capsys: Captured) -> None:
    status, said = refused(capsys, "move", "--to", "Lists/Pyton", ids(capsys)[0])
    assert status == exits.NOT_FOUND
    assert "there is no folder 'Lists/Pyton' in account 'home'; nothing was done" in said
    assert "did you mean 'Lists/Python'?" in said


def test_move_to_a_name_without_mail(root: Path, capsys: Captured) -> None:
    status, said = refused(capsys, "move", "--to", "Lists", ids(capsys)[0])
    assert status == exits.USAGE
    assert "only holds other folders" in said


def test_move_in_two_accounts(root: Path, capsys: Captured, submitted: list[Deed | Order]) -> None:
    mine, theirs = ids(capsys)[0], ids(capsys, account="work")[0]
    status, said = refused(capsys, "move", "--to", "Lists/Python", mine, theirs)
    assert status == exits.NOT_FOUND
    assert "in account 'work'" in said
    assert acted(capsys, "move", "--to", "trash", mine, theirs)["changed"] == 2
    (deed,) = submitted
    assert isinstance(deed, Deed)
    assert [type(intent) for intent in deed.intents] == [Move, Move]
    assert len(history(capsys)) == 1


def test_move_to_a_role_that_has_no_folder_yet(root: Path, capsys: Captured) -> None:
    (word, *_) = ids(capsys, account="work")
    assert acted(capsys, "move", "--to", "Archive", word)["label"] == "Moved 1 to archive"
    assert ids(capsys, "archive", "work") == [word]


def test_copy(root: Path, capsys: Captured) -> None:
    first, *rest = ids(capsys)
    assert acted(capsys, "copy", "--to", "Lists/Python", first)["label"] == "Copied 1 to Lists/Python"
    assert ids(capsys) == [first, *rest]
    (copy,) = ids(capsys, "Lists/Python")
    assert copy != first


# -- what else can come


def test_notices_are_told(root: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    def submit(level: str) -> None:
        notice = Notice(Revision(1), level, "odd\x1b[31m", "mend it")
        monkeypatch.setattr("mailtui.boot.submit", lambda settings, wanted: (notice,))

    word = ids(capsys)[0]
    for level, status in (("warning", 0), ("error", exits.FAILED)):
        submit(level)
        capsys.readouterr()
        assert main(["archive", word]) == status
        said = capsys.readouterr()
        assert said.out == "Archived 1 message\n"
        assert said.err.startswith("mailtui: odd")
        assert said.err.endswith("\n  mend it\n")
        assert "\x1b" not in said.err


def test_store_that_refuses(root: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    def submit(settings: Settings, wanted: object) -> Sequence[Change]:
        raise StoreError("the disk is full", "make room")

    word = ids(capsys)[0]
    monkeypatch.setattr("mailtui.boot.submit", submit)
    status, said = refused(capsys, "archive", word)
    assert (status, said) == (exits.STORE, "mailtui: the disk is full\n  make room\n")


def test_flags_reach_the_store_as_one_intent(root: Path, capsys: Captured, submitted: list[Deed | Order]) -> None:
    acted(capsys, "flag", "--add", "seen", *ids(capsys), *ids(capsys, account="work"))
    (deed,) = submitted
    assert isinstance(deed, Deed)
    (intent,) = deed.intents
    assert isinstance(intent, SetFlags)
    assert len(intent.placements) == 7


@pytest.mark.parametrize(
    "words",
    [
        ["archive"],
        ["move", "x"],
        ["folder"],
        ["folder", "rename", "x"],
        ["undo", "0"],
        ["undo", "x"],
        ["undo", "2", "--step", "3"],
        ["ledger", "retry"],
        ["ledger", "mend", "1"],
        ["delete", "--forever"],
    ],
)
def test_wrong_words(words: list[str], capsys: Captured) -> None:
    assert main(words) == exits.USAGE
    assert "usage: mailtui" in capsys.readouterr().err


def test_json_before_or_behind_the_word(root: Path, capsys: Captured) -> None:
    acted(capsys, "archive", ids(capsys)[0])
    (line,) = asked(capsys, "ledger")
    capsys.readouterr()
    assert main(["ledger", "--json", "discard", str(line["id"])]) == 0
    conforms("action", json.loads(capsys.readouterr().out))
