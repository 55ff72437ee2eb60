"""Drafts: saved here at once, uploaded once, replaced without a moment in which the server has none."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailtui.model.errors import StoreError
from mailtui.model.facts import Attempt, Attempted, Carried, Confirmed, Expunged, Refused, Road
from mailtui.model.folder import Role
from mailtui.model.ids import PlacementId
from mailtui.model.intents import Deed, Expunge, Intent, PendingIntent, Undo, Upload
from mailtui.model.mail import Flag, Flags, Row
from mailtui.model.outgoing import Save
from mailtui.store.requests import KeepDeleted, Submitted
from mailtui.store.store import Store
from mailtui.sync.compile import Append, Command, ExpungeUids, compile_pending
from tests.support.store_bed import ACCOUNT, VALIDITY, Bed, audit, bed, raw

DRAFT = Flags(int(Flag.DRAFT | Flag.SEEN))


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Bed]:
    with bed(tmp_path / "store", "INBOX", "Drafts", "Sent") as made:
        yield made


def save(
    here: Bed, number: int, *, replaces: PlacementId | None = None, label: str = "", to: Role = Role.DRAFTS
) -> Row:
    path = Path(here.root).parent / f"written-{number}"
    path.write_bytes(raw(number))
    here.apply(Submitted(None, Deed(label, (Save(ACCOUNT, to, str(path), DRAFT, replaces),))))
    return next(row for row in here.rows("Drafts") if row.subject == f"number {number}")


def pending(here: Bed) -> list[Intent]:
    return [line.intent for line in here.store.base().pending(ACCOUNT)]


def commands(here: Bed) -> tuple[Command, ...]:
    base = here.store.base()
    return compile_pending(base.pending(ACCOUNT), base.where).commands


def lines(here: Bed, kind: type[Intent]) -> list[PendingIntent]:
    return [line for line in here.store.base().pending(ACCOUNT) if isinstance(line.intent, kind)]


def upload(here: Bed, row: Row, uid: int) -> None:
    """The server takes it; uid 0: it does not say where it lies."""
    attempt = Attempt(uid or 9, ACCOUNT, Road.APPEND, here.box("Drafts"), (row.placement,), uidvalidity=VALIDITY)
    here.apply(Attempted(ACCOUNT, attempt))
    done = [line.id for line in lines(here, Upload) if row.placement in line.intent.placements]  # type: ignore[union-attr]
    here.apply(Carried(ACCOUNT, attempt, VALIDITY, ((row.placement, uid),), DRAFT), Confirmed(ACCOUNT, tuple(done)))


def test_a_draft_is_seen_at_once_and_waits_for_its_upload(here: Bed) -> None:
    row = save(here, 1)
    assert row.flags == DRAFT
    assert row.pending
    assert here.bytes_of(row) == raw(1)
    assert commands(here) == (Append(row.placement, here.box("Drafts"), DRAFT),)
    assert os.stat(here.cur("Drafts") / next(iter(os.listdir(here.cur("Drafts"))))).st_mode & 0o077 == 0


def test_the_file_that_was_saved_is_left_alone(here: Bed, tmp_path: Path) -> None:
    save(here, 1)
    assert (tmp_path / "written-1").read_bytes() == raw(1)


def test_an_uploaded_draft_leaves_the_server_only_when_the_new_one_is_there(here: Bed) -> None:
    first = save(here, 1)
    upload(here, first, 5)
    second = save(here, 2, replaces=first.placement)
    assert [row.word for row in here.rows("Drafts")] == [second.word]
    assert commands(here) == (Append(second.placement, here.box("Drafts"), DRAFT),)
    assert pending(here) == [Upload((second.placement,)), Expunge((first.placement,), (second.placement,))]
    upload(here, second, 6)
    assert commands(here) == (ExpungeUids(here.box("Drafts"), (5,)),)
    here.apply(Expunged(ACCOUNT, here.box("Drafts"), (5,)), Confirmed(ACCOUNT, (lines(here, Expunge)[0].id,)))
    assert pending(here) == []
    assert [row.uid for row in here.rows("Drafts")] == [6]
    assert audit(here.root) == []


def test_without_uidplus_the_old_one_waits_until_the_new_ones_uid_is_known(here: Bed) -> None:
    first = save(here, 1)
    upload(here, first, 5)
    second = save(here, 2, replaces=first.placement)
    upload(here, second, 0)
    base = here.store.base()
    compiled = compile_pending(base.pending(ACCOUNT), base.where)
    assert compiled.commands == ()
    assert compiled.unknown == (here.box("Drafts"),)
    here.apply(here.delta(here.delivery(6, raw(2), box="Drafts", flags=DRAFT), box="Drafts"))
    assert commands(here) == (ExpungeUids(here.box("Drafts"), (5,)),)


def test_a_refused_upload_keeps_the_old_one_on_the_server(here: Bed) -> None:
    first = save(here, 1)
    upload(here, first, 5)
    second = save(here, 2, replaces=first.placement)
    here.apply(Refused(ACCOUNT, lines(here, Upload)[0].id, "too large", "", (second.placement,)))
    assert commands(here) == ()
    assert [row.word for row in here.rows("Drafts")] == [second.word]


def test_fifty_drafts_in_a_row_are_one_append(here: Bed) -> None:
    row = save(here, 1)
    for number in range(2, 51):
        row = save(here, number, replaces=row.placement)
    assert commands(here) == (Append(row.placement, here.box("Drafts"), DRAFT),)
    assert [shown.subject for shown in here.rows("Drafts")] == ["number 50"]
    with contextlib.closing(here.store.reader()) as reader:
        assert reader.safety_copies() == ()
    here.apply(KeepDeleted(None))
    gone = Path(here.root) / "mail" / ACCOUNT / ".gone" / "cur"
    assert os.listdir(gone) == []
    assert audit(here.root) == []


def test_drafts_written_anew_offline_replace_the_one_on_the_server_at_the_end(here: Bed) -> None:
    first = save(here, 1)
    upload(here, first, 5)
    row = first
    for number in range(2, 10):
        row = save(here, number, replaces=row.placement)
    assert commands(here) == (Append(row.placement, here.box("Drafts"), DRAFT),)
    upload(here, row, 6)
    assert commands(here) == (ExpungeUids(here.box("Drafts"), (5,)),)


def test_a_draft_deleted_before_its_upload_takes_the_old_one_along(here: Bed) -> None:
    first = save(here, 1)
    upload(here, first, 5)
    second = save(here, 2, replaces=first.placement)
    here.apply(Submitted(None, Expunge((second.placement,))))
    assert commands(here) == (ExpungeUids(here.box("Drafts"), (5,)),)


def test_a_draft_replaced_while_it_goes_up_is_taken_off_again(here: Bed) -> None:
    first = save(here, 1)
    attempt = Attempt(3, ACCOUNT, Road.APPEND, here.box("Drafts"), (first.placement,), uidvalidity=VALIDITY)
    here.apply(Attempted(ACCOUNT, attempt))
    second = save(here, 2, replaces=first.placement)
    here.apply(Carried(ACCOUNT, attempt, VALIDITY, ((first.placement, 5),), DRAFT))
    assert here.store.base().leftovers(ACCOUNT) == {here.box("Drafts"): [5]}
    assert [row.word for row in here.rows("Drafts")] == [second.word]


def test_the_same_bytes_are_not_saved_twice(here: Bed) -> None:
    row = save(here, 1)
    again = save(here, 1, replaces=row.placement)
    assert again.word == row.word
    assert len(lines(here, Upload)) == 1


def test_undo_takes_a_save_back_and_brings_what_it_replaced(here: Bed) -> None:
    first = save(here, 1)
    upload(here, first, 5)
    save(here, 2, replaces=first.placement, label="Saved a draft")
    here.apply(Submitted(None, Undo()))
    assert [(row.subject, row.uid) for row in here.rows("Drafts")] == [("number 1", 5)]
    assert not any(isinstance(command, ExpungeUids | Append) for command in commands(here))


def test_undo_brings_back_a_replaced_draft_that_was_never_uploaded(here: Bed) -> None:
    first = save(here, 1)
    save(here, 2, replaces=first.placement, label="Saved a draft")
    here.apply(Submitted(None, Undo()))
    (row,) = here.rows("Drafts")
    assert (row.word, here.bytes_of(row)) == (first.word, raw(1))


def test_a_missing_role_is_created(tmp_path: Path) -> None:
    with bed(tmp_path / "store", "INBOX") as here:
        save(here, 1)
        assert here.box("Drafts")
        assert audit(here.root) == []


def test_nothing_is_saved_from_a_file_that_is_empty_or_not_there(here: Bed, tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    for name, words in (("empty", "is empty"), ("nowhere", "can't be read")):
        with pytest.raises(StoreError, match=words):
            here.apply(Submitted(None, Save(ACCOUNT, Role.DRAFTS, str(tmp_path / name), DRAFT)))
    assert here.rows("Drafts") == ()


def test_a_full_disk_leaves_everything_as_it_was(here: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    first = save(here, 1)
    real = os.write

    def full(descriptor: int, data: bytes) -> int:
        if len(data) > 20:
            raise OSError(28, "No space left on device")
        return real(descriptor, data)

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StoreError, match="disk is full"):
        save(here, 2, replaces=first.placement)
    monkeypatch.undo()
    assert [row.word for row in here.rows("Drafts")] == [first.word]
    assert audit(here.root) == []


CHILD = """
import os, sys
from pathlib import Path
from mailtui.model.folder import Role
from mailtui.model.intents import Deed
from mailtui.model.mail import Flags
from mailtui.model.outgoing import Save
from mailtui.store import files, store
root, path, place = sys.argv[1:]
here = store.Store.open(root)
if place == "before":  # the file has its name, the transaction is not committed
    store.Store._bump = lambda self: os.kill(os.getpid(), 9)
else:
    files.FileWork.finish = lambda self: os.kill(os.getpid(), 9)
here.submit(Deed("", (Save("home", Role.DRAFTS, path, Flags(16)),)))
"""


@pytest.mark.parametrize(("place", "drafts"), [("before", 0), ("after", 1)])
def test_a_killed_save_is_there_wholly_or_not_at_all(tmp_path: Path, place: str, drafts: int) -> None:
    with bed(tmp_path / "store", "INBOX", "Drafts") as here:
        pass
    path = tmp_path / "written"
    path.write_bytes(raw(1))
    ended = subprocess.run([sys.executable, "-c", CHILD, here.root, str(path), place], check=False, capture_output=True)
    assert ended.returncode == -9, ended.stderr
    here.store = Store.open(here.root)
    try:
        assert len(here.rows("Drafts")) == drafts
        assert len(lines(here, Upload)) == drafts
        assert audit(here.root) == []
    finally:
        here.store.close()
