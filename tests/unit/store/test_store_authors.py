"""Steps that mailtui did by itself: in the history, undone by name, passed over by "undo the last one"."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from mailtui.model.changes import Done
from mailtui.model.folder import Role
from mailtui.model.intents import SORTER, Deed, DeleteMailbox, Move, Undo
from mailtui.store.store import Store
from tests.support.local_store import local_bed


def test_an_index_of_schema_3_learns_who_did_a_step(tmp_path: Path) -> None:
    with local_bed(tmp_path) as bed:
        bed.drop("INBOX", 1)
        bed.do(Move(bed.mails(1), Role.ARCHIVE), label="Archived")
    with closing(sqlite3.connect(tmp_path / "index.sqlite")) as db:
        db.executescript("ALTER TABLE step DROP COLUMN author; DELETE FROM meta WHERE key = 'born';")
        db.execute("PRAGMA user_version = 3")
    with closing(Store.open(str(tmp_path))) as store, closing(store.reader()) as reader:
        assert [(step.label, step.author) for step in reader.history()] == [("Archived", "")]
        store.submit(Undo())
        assert [step.undone for step in reader.history()] == [True]


def test_a_new_index_takes_over_who_did_it(tmp_path: Path) -> None:
    with local_bed(tmp_path) as bed:
        bed.drop("INBOX", 1)
        bed.store.submit(Deed("Filed", (Move(bed.mails(1), Role.ARCHIVE),), SORTER))
        bed.reindex()
        with closing(bed.store.reader()) as reader:
            assert [(step.label, step.author) for step in reader.history()] == [("Filed", SORTER)]


def test_what_mailtui_did_by_itself_is_not_told_and_not_the_last_step(tmp_path: Path) -> None:
    with local_bed(tmp_path) as bed:
        bed.drop("INBOX", 1, 2)
        one, two = bed.mails(1, 2)
        bed.do(Move((one,), Role.TRASH), label="Deleted")
        changes = bed.store.submit(Deed("Filed", (Move((two,), Role.ARCHIVE),), SORTER))
        assert not [change for change in changes if isinstance(change, Done)]
        bed.order(Undo())
        assert (bed.where(1), bed.where(2)) == ("INBOX", "Archive")
        with closing(bed.store.reader()) as reader:
            filed = reader.history()[0]
        bed.order(Undo(step=filed.id))
        assert bed.where(2) == "INBOX"


def test_undoing_a_step_that_made_a_folder_leaves_it_while_others_lie_in_it(tmp_path: Path) -> None:
    with local_bed(tmp_path) as bed:
        bed.drop("INBOX", 1, 2)
        box = bed.box("Advertising")

        bed.do(DeleteMailbox(box))
        one, two = bed.mails(1, 2)
        bed.do(Move((one,), Role.ADVERTISING), label="first")
        bed.do(Move((two,), Role.ADVERTISING), label="second")
        with closing(bed.store.reader()) as reader:
            first = next(step for step in reader.history() if step.label == "first")
        bed.order(Undo(step=first.id))
        assert (bed.where(1), bed.where(2)) == ("INBOX", "Advertising")
        assert bed.audit() == []
