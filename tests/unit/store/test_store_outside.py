"""What neomutt, notmuch or a file manager do to the maildir becomes what the person wants, and reaches the server."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailtui.model.changes import Notice, RowsChanged
from mailtui.model.intents import Intent, Move, SetFlags, Upload
from mailtui.model.mail import NO_FLAGS, Flags
from mailtui.store.requests import OutsideChange
from tests.support.store_bed import ACCOUNT, Bed, bed, raw, remote


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Bed]:
    with bed(tmp_path) as made:
        made.apply(remote("INBOX", "Lists", "Trash"))
        made.fill(1, 2, 3)
        yield made


def file_of(here: Bed, uid: int, box: str = "INBOX") -> Path:
    return next(path for path in here.cur(box).iterdir() if f",U={uid}," in path.name)


def look(here: Bed, *, running: bool) -> None:
    """Either by the look that a running mailtui takes, or by the one at the next start."""
    if not running:
        here.reopen()
        return
    changed = here.store.base().changed_outside(here.root)
    assert changed
    here.apply(OutsideChange(changed))
    changed = here.store.base().changed_outside(here.root)  # by our own renames, which are looked at as well
    if changed:
        here.apply(OutsideChange(changed))
    assert here.store.base().changed_outside(here.root) == ()


def pending(here: Bed) -> list[Intent]:
    return [line.intent for line in here.store.base().pending(ACCOUNT)]


BOTH = pytest.mark.parametrize("running", [True, False], ids=["running", "started later"])


@BOTH
def test_flags_in_a_file_name_are_wanted(here: Bed, running: bool) -> None:
    path = file_of(here, 1)
    path.rename(f"{path}FS")
    row = here.row(1)
    look(here, running=running)
    assert pending(here) == [SetFlags((row.placement,), Flags.of(["\\Seen", "\\Flagged"]), NO_FLAGS)]
    assert here.row(1).flags.names() == ("\\Seen", "\\Flagged")
    assert file_of(here, 1).name.endswith(":2,FS")


@BOTH
def test_a_file_moved_to_another_folder_is_a_move(here: Bed, running: bool) -> None:
    row, path = here.row(1), file_of(here, 1)
    path.rename(here.cur("Lists") / path.name)
    look(here, running=running)
    (move,) = pending(here)
    assert isinstance(move, Move)
    assert (move.placements, move.to) == ((row.placement,), here.box("Lists"))
    (moved,) = here.rows("Lists")
    assert moved.word == row.word
    assert here.bytes_of(moved) == raw(1)
    assert path.exists(), "a file lies where the server has its message, until that has moved it too"


@BOTH
def test_a_message_saved_elsewhere_under_a_new_name_and_removed_here_is_a_move(here: Bed, running: bool) -> None:
    """As mutt does it."""
    row, path = here.row(2), file_of(here, 2)
    (here.cur("Lists") / "1700000000.R1.host:2,S").write_bytes(path.read_bytes())
    path.unlink()
    look(here, running=running)
    move, flags = pending(here)
    assert isinstance(move, Move)
    assert isinstance(flags, SetFlags)
    assert (move.placements, move.to, flags.add) == ((row.placement,), here.box("Lists"), Flags.of(["\\Seen"]))
    assert [(one.word, here.bytes_of(one)) for one in here.rows("Lists")] == [(row.word, raw(2))]


@BOTH
def test_a_removed_file_goes_to_the_trash(here: Bed, running: bool) -> None:
    row = here.row(3)
    file_of(here, 3).unlink()
    look(here, running=running)
    (move,) = pending(here)
    assert isinstance(move, Move)
    assert (move.placements, move.to) == ((row.placement,), here.box("Trash"))
    assert [one.word for one in here.rows("Trash")] == [row.word]


@BOTH
def test_a_delivered_file_goes_up_after_the_next_look_at_the_server(here: Bed, running: bool) -> None:
    (here.cur().parent / "new" / "1700000000.R1.host").write_bytes(raw(50))
    look(here, running=running)
    (upload,) = pending(here)
    assert isinstance(upload, Upload)
    assert upload.lost
    (row,) = [row for row in here.rows() if row.uid is None]
    assert upload.placements == (row.placement,)
    here.apply(here.delta(here.delivery(9, raw(50))))
    assert [one.word for one in here.rows() if one.uid == 9] == [row.word], "the server had it: nothing doubles"
    assert len(here.rows()) == 4


@BOTH
def test_many_removed_files_are_an_accident(here: Bed, running: bool) -> None:
    here.fill(*range(10, 60))
    for path in list(here.cur().iterdir()):
        path.unlink()
    if running:
        changes = here.apply(OutsideChange(here.store.base().changed_outside(here.root)))
        assert any(isinstance(change, Notice) and "53 messages" in change.text for change in changes)
    else:
        here.reopen()
    assert pending(here) == []
    assert len(here.rows()) == 53
    assert len(here.store.base().missing_bodies(here.box(), newer_than=None, below=None, limit=100)) == 53


def test_what_is_removed_from_the_trash_comes_back(here: Bed) -> None:
    here.fill(5, box="Trash")
    file_of(here, 5, "Trash").unlink()
    look(here, running=True)
    assert pending(here) == []
    assert [row.uid for row in here.rows("Trash")] == [5]


def test_the_screen_hears_of_it(here: Bed) -> None:
    path = file_of(here, 1)
    path.rename(f"{path}S")
    changes = here.apply(OutsideChange((here.box(),)))
    assert any(isinstance(change, RowsChanged) and change.updated for change in changes)


def test_our_own_work_is_nobody_elses(here: Bed) -> None:
    here.apply(here.delta(here.delivery(20, raw(20))))
    assert here.store.base().changed_outside(here.root) == ()
    os.utime(here.cur())
    look(here, running=True)
    assert pending(here) == []


@BOTH
def test_a_folder_that_can_not_be_read_is_not_an_empty_one(
    here: Bed, running: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(path: str) -> object:
        raise OSError(errno.EIO, "Input/output error", path)

    before = here.rows()
    with monkeypatch.context() as broken:
        broken.setattr(os, "scandir", failing)
        os.utime(here.cur())
        if running:
            here.apply(OutsideChange((here.box(),)))
        else:
            here.reopen()
    assert here.rows() == before
    assert pending(here) == []
    path = file_of(here, 1)
    path.rename(f"{path}S")
    look(here, running=running)
    assert here.row(1).flags.seen, "the next look judges again"


@BOTH
def test_a_folder_that_is_gone_means_nothing_was_deleted(here: Bed, running: bool) -> None:
    here.cur().rename(here.cur().with_name("away"))
    if running:
        here.apply(OutsideChange((here.box(),)))
    else:
        here.reopen()
    assert [row.uid for row in here.rows()] == [3, 2, 1]
    assert pending(here) == [], "it is fetched again"


def test_mail_that_may_have_moved_into_an_unreadable_file_is_not_deleted(
    here: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As mutt moves it: under a new name, which can't be read just now."""
    path = file_of(here, 1)
    target = here.cur("Lists") / "1700000000.M1P1.mutt:2,"
    path.rename(target)

    def failing(path: str) -> tuple[bytes, bytes, int]:
        raise OSError(errno.EIO, "Input/output error", path)

    with monkeypatch.context() as broken:
        broken.setattr("mailtui.store.recover.read_message", failing)
        here.apply(OutsideChange((here.box(), here.box("Lists"))))
    assert [row.uid for row in here.rows()] == [3, 2, 1]
    assert pending(here) == []
    look(here, running=True)
    (move,) = pending(here)
    assert isinstance(move, Move)
    assert move.to == here.box("Lists")
