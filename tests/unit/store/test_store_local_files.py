"""A local account after a crash, and when other programs were at its files: nothing lost, nothing doubled."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailtui.model.changes import Notice
from mailtui.model.folder import Role
from mailtui.model.intents import CreateMailbox, DeleteMailbox, Expunge, Move, RenameMailbox, SetFlags
from mailtui.model.mail import Flags
from mailtui.store.maildir import State, make_maildir, read_state, write_state
from mailtui.store.requests import OutsideChange
from tests.support.local_store import LOCAL, LocalBed, local_bed
from tests.support.store_bed import raw

SEEN = Flags.of(["\\Seen"])


@pytest.fixture
def here(tmp_path: Path) -> Iterator[LocalBed]:
    with local_bed(tmp_path) as made:
        made.drop("INBOX", 1, 2, 3)
        made.do(Move(made.mails(1, 2, 3), Role.ARCHIVE), Move(made.mails(1, 2, 3), Role.INBOX))  # names of ours
        yield made
        assert made.audit() == []


def file_of(here: LocalBed, number: int) -> Path:
    return here.path(here.mails(number)[0])


def look(here: LocalBed, *, running: bool) -> None:
    """Either by the look that a running mailtui takes, or by the one at the next start."""
    if not running:
        here.reopen()
        return
    changed = here.store.base().changed_outside(here.root)
    assert changed
    here.store.apply([OutsideChange(changed)])
    changed = here.store.base().changed_outside(here.root)  # by our own renames, which are looked at as well
    if changed:
        here.store.apply([OutsideChange(changed)])
    assert here.store.base().changed_outside(here.root) == ()


BOTH = pytest.mark.parametrize("running", [True, False], ids=["running", "started later"])


@BOTH
def test_a_new_file_is_a_message_and_stays(here: LocalBed, running: bool) -> None:
    (here.folder("Archive") / "new" / "123.other.host").write_bytes(raw(9))
    look(here, running=running)
    assert here.where(9) == "Archive"
    assert here.flags(9) == Flags()
    assert here.store.base().pending(LOCAL) == ()
    here.reopen(crashed=True)
    assert here.where(9) == "Archive"


@BOTH
def test_flags_of_a_file_are_adopted(here: LocalBed, running: bool) -> None:
    path = file_of(here, 1)
    path.rename(f"{path}FS")
    look(here, running=running)
    assert here.flags(1).names() == ("\\Seen", "\\Flagged")


@BOTH
@pytest.mark.parametrize("renamed", [False, True], ids=["", "under another name"])
def test_a_moved_file_is_followed(here: LocalBed, running: bool, renamed: bool) -> None:
    path, row = file_of(here, 1), here.mails(1)
    path.rename(here.folder("Archive") / "cur" / ("77.other:2,S" if renamed else path.name))
    look(here, running=running)
    assert here.where(1) == "Archive"
    assert here.mails(1) == row, "it is the same message still"
    assert here.flags(1).seen is renamed


@BOTH
def test_a_removed_file_is_gone_and_comes_back(here: LocalBed, running: bool) -> None:
    path = file_of(here, 1)
    shutil.move(path, Path(here.root, "aside"))
    look(here, running=running)
    assert [name for name, row in here.rows() if row.subject == "number 1"] == []
    shutil.move(Path(here.root, "aside"), path)
    look(here, running=running)
    assert here.where(1) == "INBOX"


@BOTH
def test_a_deleted_message_put_back_by_another_program_is_there_again(here: LocalBed, running: bool) -> None:
    path = file_of(here, 1)
    here.do(Expunge(here.mails(1)))
    path.write_bytes(raw(1))
    look(here, running=running)
    assert here.where(1) == "INBOX"


@BOTH
def test_a_copied_file_is_another_message(here: LocalBed, running: bool) -> None:
    path = file_of(here, 1)
    shutil.copy(path, here.folder("Archive") / "cur" / path.name)
    look(here, running=running)
    assert sorted(name for name, row in here.rows() if row.subject == "number 1") == ["Archive", "INBOX"]


@BOTH
def test_many_removed_files_are_told_of(here: LocalBed, running: bool) -> None:
    here.drop("Archive", *range(10, 40))
    for path in (here.folder("Archive") / "cur").iterdir():
        path.unlink()
    changes = here.store.apply([OutsideChange((here.box("Archive"),))])
    (notice,) = [change for change in changes if isinstance(change, Notice)]
    assert notice.text == "another program removed 30 messages of Archive from the disk"


@pytest.mark.parametrize("crashed", [False, True])
def test_a_folder_that_is_not_there_just_now_loses_nothing(here: LocalBed, crashed: bool) -> None:
    before, folder = here.seen(), here.folder("INBOX")
    folder.rename(f"{here.root}/aside")
    here.store.apply([OutsideChange((here.box("INBOX"),))])
    here.reopen(crashed=crashed)
    assert len(here.rows()) == 3
    Path(here.root, "aside").rename(folder)
    here.reopen(crashed=crashed)
    assert here.seen() == before


@pytest.mark.parametrize("name", ["Work", "Work/2023", "Archive/b%20c"])
def test_a_maildir_that_another_program_makes_is_a_folder(here: LocalBed, name: str) -> None:
    folder = Path(here.root, "mail", LOCAL, name)
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True)
    here.reopen()
    assert len(here.seen()) == 7, "there is no mail in it"
    (folder / "new" / "1.other").write_bytes(raw(9))
    here.reopen()
    assert here.where(9) == name.replace("%20", " ")
    here.do(Move(here.mails(9), Role.INBOX), Move(here.mails(1), here.box(name.replace("%20", " "))))
    before = here.seen()
    here.reopen()
    assert here.seen() == before
    here.lose_index()
    assert here.seen() == before


# -- after a crash


def test_a_file_of_a_cut_move_goes_home_with_its_letters(here: LocalBed) -> None:
    here.do(SetFlags(here.mails(1), Flags.of(["one", "two"])))
    here.do(SetFlags(here.mails(2), Flags.of(["two"])), Move(here.mails(2), Role.ARCHIVE))
    before, path = here.seen(), file_of(here, 1)
    assert path.name.endswith(":2,ab")
    path.rename(here.folder("Archive") / "cur" / path.name.replace(":2,ab", ":2,ba"))
    here.reopen(crashed=True)
    assert here.seen() == before
    here.lose_index()
    assert here.seen() == before


def test_a_cut_deletion_never_was(here: LocalBed) -> None:
    before, path = here.seen(), file_of(here, 1)
    gone = Path(here.root, "mail", LOCAL, ".gone", "cur")
    gone.mkdir(parents=True)
    path.rename(gone / path.name)
    here.reopen(crashed=True)
    assert here.seen() == before


def test_a_cut_restore_never_was(here: LocalBed) -> None:
    path = file_of(here, 1)
    here.do(Expunge(here.mails(1)))
    before = here.seen()
    (copy,) = Path(here.root, "mail", LOCAL, ".gone", "cur").iterdir()
    copy.rename(path)
    here.reopen(crashed=True)
    assert here.seen() == before


def test_a_cut_flag_never_was(here: LocalBed) -> None:
    before, path = here.seen(), file_of(here, 1)
    path.rename(f"{path}S")
    here.reopen(crashed=True)
    assert here.seen() == before
    assert path.exists()


def test_a_cut_copy_leaves_nothing(here: LocalBed) -> None:
    before, path = here.seen(), file_of(here, 1)
    os.link(path, here.folder("Archive") / "cur" / path.name.replace(here.rows()[0][1].word, "aaaaaaaaaaaa"))
    here.reopen(crashed=True)
    word = next(row.word for _, row in here.rows() if row.subject == "number 1")
    os.link(path, here.folder("Archive") / "cur" / path.name.replace(word, "bbbbbbbbbbbb"))
    here.reopen(crashed=True)
    assert here.seen() == before


def test_a_cut_renaming_of_a_folder_never_was(here: LocalBed) -> None:
    before, folder = here.seen(), here.folder("Archive")
    state = read_state(str(folder))
    assert state is not None
    here.store._applier.folders._write(here.store._applier.folders.get(here.box("Archive")), state)
    write_state(str(folder), type(state)("Elsewhere", "/", "none", local=True))
    here.reopen(crashed=True)
    here.lose_index()
    assert here.seen() == before


@pytest.mark.parametrize("mail", [False, True], ids=["", "with mail in it"])
def test_a_cut_making_of_a_folder_never_was(here: LocalBed, mail: bool) -> None:
    before, folder = here.seen(), Path(here.root, "mail", LOCAL, "Work", "a")
    make_maildir(str(folder))
    write_state(str(folder), State("Work/a", "/", "none", local=True))
    make_maildir(str(folder.parent))
    if mail:
        (folder / "new" / "1.other").write_bytes(raw(9))
    here.reopen(crashed=True)
    assert here.seen() == before
    assert folder.exists() is folder.parent.exists() is mail
    here.lose_index()
    assert here.seen().keys() - before.keys() == ({"Work/a"} if mail else set())


def test_a_damaged_state_file_costs_a_local_account_nothing(here: LocalBed) -> None:
    before = here.seen()
    (here.folder("Archive") / ".mailtui.json").write_text("{")
    here.lose_index()
    assert here.seen() == before


# -- what the files alone must tell


def test_a_deleted_folder_stays_deleted_without_an_index(here: LocalBed) -> None:
    here.do(CreateMailbox(LOCAL, "Work"))
    here.do(DeleteMailbox(here.box("Work")))
    before = here.seen()
    here.lose_index()
    assert here.seen() == before
    here.do(CreateMailbox(LOCAL, "Work"))
    here.lose_index()
    assert "Work" in here.seen()


def test_a_name_given_away_belongs_to_its_new_owner(here: LocalBed) -> None:
    here.do(CreateMailbox(LOCAL, "Work"), CreateMailbox(LOCAL, "Other"), CreateMailbox(LOCAL, "Other/a"))
    here.do(CreateMailbox(LOCAL, "Work/a"))
    here.do(DeleteMailbox(here.box("Work/a")))
    here.do(DeleteMailbox(here.box("Work")))
    here.do(Move(here.mails(1), here.box("Other/a")))
    here.do(RenameMailbox(here.box("Other"), "Work"))
    before = here.seen()
    assert here.where(1) == "Work/a"
    here.lose_index()
    assert here.seen() == before
