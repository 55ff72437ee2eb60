"""Another client moves or removes the same mail while the person acts: nothing vanishes, nothing doubles."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mailtui.model.facts import Attempt, Attempted, Carried, Road, Swept
from mailtui.model.ids import PlacementId
from mailtui.model.intents import Copy, Deed, Expunge, Move, Undo, Upload
from mailtui.model.mail import NO_FLAGS, Flag, Flags
from mailtui.store.maildir import file_name
from mailtui.store.requests import Submitted
from mailtui.store.store import Store
from tests.support.store_bed import ACCOUNT, DATE, VALIDITY, Bed, bed, raw

STAR = Flags(int(Flag.FLAGGED))


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Bed]:
    with bed(tmp_path, "INBOX", "Archive", "Work") as made:
        made.fill(1, 2, 3)
        yield made


def archive(here: Bed, placement: PlacementId) -> None:
    here.apply(Submitted(None, Deed("Archived 1", (Move((placement,), here.box("Archive")),))))


def wishes(here: Bed) -> list[object]:
    return [line.intent for line in here.store.base().pending(ACCOUNT)]


def again(here: Bed, number: int, *, uid: int, box: str) -> None:
    """The same mail, with its INTERNALDATE, is met in another mailbox."""
    mail = here.delivery(number, raw(number), box=box)
    here.apply(here.delta(replace(mail, uid=uid), box=box))


def test_moving_what_has_just_gone_waits_for_a_complete_look(here: Bed) -> None:
    row = here.row(2)
    here.apply(here.delta(vanished=[(2, 2)]))
    archive(here, row.placement)
    upload, move = wishes(here)
    assert isinstance(upload, Upload)
    assert upload.lost
    assert move == Move((row.placement,), here.box("Archive"))
    assert [row.subject for row in here.rows("Archive")] == ["number 2"]
    again(here, 2, uid=9, box="Work")
    assert here.rows("Work") == ()
    where = here.store.base().where(row.placement)
    assert where is not None
    assert (where.mailbox, where.uid) == (here.box("Work"), 9), "from there it is moved on"
    assert [row.word for row in here.rows("Archive")] == [row.word]


def test_moving_what_was_met_elsewhere_already_moves_it_from_there(here: Bed) -> None:
    old = here.row(2)
    again(here, 2, uid=9, box="Work")
    here.apply(here.delta(vanished=[(2, 2)]))
    archive(here, old.placement)
    assert wishes(here) == [Move((old.placement,), here.box("Archive"))]
    assert [row.word for row in here.rows("Archive")] == [old.word]
    assert here.rows("Work") == ()


def test_flags_heard_before_the_answer_of_a_move_stay(here: Bed) -> None:
    """The target was read before the answer came, and its flags were changed there by somebody."""
    row = here.row(1)
    archive(here, row.placement)
    attempt = Attempt(5, ACCOUNT, Road.MOVE, here.box("Archive"), (row.placement,), here.box(), (1,), VALIDITY, 1)
    here.apply(Attempted(ACCOUNT, attempt))
    here.apply(here.delta(here.delivery(4, raw(1), box="Archive", flags=STAR), box="Archive"))
    here.apply(Carried(ACCOUNT, attempt, VALIDITY, ((row.placement, 4),)))
    (after,) = here.rows("Archive")
    assert (after.word, after.uid, after.flags) == (row.word, 4, STAR)
    assert row.flags == NO_FLAGS


def test_what_a_crash_left_in_another_folder_is_what_waits(here: Bed) -> None:
    """Killed between delivering the file and writing it down: the next start finds a file with a UID."""
    row = here.row(2)
    here.apply(here.delta(vanished=[(2, 2)]))
    archive(here, row.placement)
    again(here, 8, uid=8, box="Work")  # the mailbox gets its UIDVALIDITY
    here.store.close()
    (Path(here.root) / "mail/home/Work/cur" / file_name(DATE + 2, "aaaaaaaaaaaa", 9, VALIDITY, "")).write_bytes(raw(2))
    with contextlib.closing(sqlite3.connect(Path(here.root, "index.sqlite"))) as db, db:
        db.execute("INSERT OR REPLACE INTO meta VALUES('at-work', 1)")
    here.store = Store.open(here.root)
    where = here.store.base().where(row.placement)
    assert where is not None
    assert (where.mailbox, where.uid) == (here.box("Work"), 9)
    assert [found.word for found in here.rows("Archive")] == [row.word]
    assert [found.subject for found in here.rows("Work")] == ["number 8"]


def test_a_move_by_another_client_is_known_by_what_was_seen_since_the_last_look(here: Bed) -> None:
    """Its new place was read before the person moved it and before its old place was read again."""
    row = here.row(2)
    here.apply(Swept(ACCOUNT, here.store.base().newest()))
    again(here, 2, uid=9, box="Work")
    archive(here, row.placement)
    here.apply(here.delta(vanished=[(2, 2)]))
    where = here.store.base().where(row.placement)
    assert where is not None
    assert (where.mailbox, where.uid) == (here.box("Work"), 9)
    assert [found.word for found in here.rows("Archive")] == [row.word]


def test_a_copy_that_was_there_before_is_no_move_by_another_client(here: Bed) -> None:
    row = here.row(2)
    again(here, 2, uid=9, box="Work")
    here.apply(Swept(ACCOUNT, here.store.base().newest()))  # INBOX has it still
    archive(here, row.placement)
    here.apply(here.delta(vanished=[(2, 2)]))
    where = here.store.base().where(row.placement)
    assert where is not None
    assert where.uid is None
    assert isinstance(wishes(here)[-1], Upload)
    assert len(here.rows("Work")) == len(here.rows("Archive")) == 1


def test_undoing_the_move_of_what_had_gone_never_deletes_it(here: Bed) -> None:
    """It was only taken elsewhere by another client: what is met there is the one and only."""
    row = here.row(2)
    here.apply(here.delta(vanished=[(2, 2)]))
    archive(here, row.placement)
    again(here, 2, uid=9, box="Work")
    here.apply(Submitted(None, Undo()))
    assert not any(isinstance(wish, Expunge) for wish in wishes(here))
    assert [found.word for found in here.rows()].count(row.word) == 1


def test_a_copy_that_was_not_sent_yet_is_not_taken_for_what_another_client_put_there(here: Bed) -> None:
    row = here.row(2)
    here.apply(Submitted(None, Deed("Copied 1", (Copy((row.placement,), here.box("Archive")),))))
    again(here, 2, uid=9, box="Archive")
    assert sorted(found.uid or 0 for found in here.rows("Archive")) == [0, 9]


def test_the_number_of_a_row_that_is_gone_is_never_given_to_another(here: Bed) -> None:
    """Screens and waiting wishes call mail by it, and what came later is told by a higher one."""
    row = here.row(1)
    archive(here, row.placement)
    attempt = Attempt(5, ACCOUNT, Road.MOVE, here.box("Archive"), (row.placement,), here.box(), (1,), VALIDITY, 1)
    again(here, 1, uid=4, box="Archive")
    double = next(found for found in here.rows("Archive") if found.uid == 4)
    here.apply(Attempted(ACCOUNT, attempt), Carried(ACCOUNT, attempt, VALIDITY, ((row.placement, 4),)))
    again(here, 7, uid=7, box="Work")
    assert [found.word for found in here.rows("Archive")] == [row.word]
    assert here.row(7, "Work").placement > double.placement


def test_the_late_word_that_a_move_found_nothing_does_not_undo_where_it_was_found(here: Bed) -> None:
    """One connection reads where another client had put it, while the other looks for what its own move became."""
    row = here.row(2)
    here.apply(Swept(ACCOUNT, here.store.base().newest()))
    archive(here, row.placement)
    attempt = Attempt(5, ACCOUNT, Road.MOVE, here.box("Archive"), (row.placement,), here.box(), (2,), VALIDITY, 1)
    here.apply(Attempted(ACCOUNT, attempt))
    again(here, 2, uid=9, box="Work")
    here.apply(here.delta(vanished=[(2, 2)]))
    here.apply(Carried(ACCOUNT, attempt, VALIDITY, lost=(row.placement,)))
    where = here.store.base().where(row.placement)
    assert where is not None
    assert (where.mailbox, where.uid, where.gone) == (here.box("Work"), 9, None)
    assert not any(isinstance(wish, Upload) for wish in wishes(here))
