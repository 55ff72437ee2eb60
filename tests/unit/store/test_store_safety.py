"""What leaves its server is kept for a while, can be restored, and is thrown away in time."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailtui.model.errors import StoreError
from mailtui.model.intents import Expunge, Move, Restore, Upload
from mailtui.store.reindex import reindex
from mailtui.store.requests import KeepDeleted, Submitted
from mailtui.store.safety import GRACE
from mailtui.store.store import Store
from tests.support.store_bed import ACCOUNT, Bed, bed, raw


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Bed]:
    with bed(tmp_path) as made:
        made.fill(1, 2, 3)
        made.apply(made.delta(vanished=[(1, 2)]))
        yield made


def copies(store: Store) -> list[tuple[str, str, float | None]]:
    with contextlib.closing(store.reader()) as reader:
        return [(copy.subject, copy.mailbox, copy.until) for copy in reader.safety_copies()]


def gone(here: Bed) -> list[Path]:
    return sorted(Path(here.root, "mail/home/.gone/cur").iterdir())


def test_copies_are_listed_with_their_end(here: Bed) -> None:
    here.apply(KeepDeleted(3600.0))
    (first, second) = copies(here.store)
    assert {first[0], second[0]} == {"number 1", "number 2"}
    assert first[1] == "INBOX"
    assert first[2] is not None
    assert 3500 < first[2] - time.time() <= 3600


def test_old_ones_are_thrown_away_with_their_files(here: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    start = time.time()
    with contextlib.closing(sqlite3.connect(Path(here.root, "index.sqlite"))) as db, db:
        db.execute("UPDATE placement SET gone = gone - 4000 WHERE id = (SELECT min(id) FROM placement)")
    here.apply(KeepDeleted(3600.0))
    assert len(gone(here)) == 2, "one look at the clock is not enough"
    monkeypatch.setattr(time, "time", lambda: start + GRACE + 1)
    here.apply(KeepDeleted(3600.0))
    assert [copy[0] for copy in copies(here.store)] == ["number 2"]
    assert [path.read_bytes() for path in gone(here)] == [raw(2)]
    here.apply(KeepDeleted(None))
    assert len(copies(here.store)) == 1
    monkeypatch.setattr(time, "time", lambda: start + 2 * GRACE + 2)
    here.apply(KeepDeleted(3600.0))
    assert gone(here) == []


def test_more_than_fit_in_one_transaction_go_without_another_day(here: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailtui.store.safety.BATCH", 1)
    start = time.time()
    monkeypatch.setattr(time, "time", lambda: start + 4000)
    here.apply(KeepDeleted(3600.0))
    monkeypatch.setattr(time, "time", lambda: start + 4000 + GRACE)
    here.apply(KeepDeleted(3600.0))
    assert len(gone(here)) == 1
    monkeypatch.setattr(time, "time", lambda: start + 4600 + GRACE)
    here.apply(KeepDeleted(3600.0))
    assert gone(here) == []


def test_a_clock_that_jumps_ahead_throws_nothing_away(here: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    start = time.time()
    here.apply(KeepDeleted(14 * GRACE))
    monkeypatch.setattr(time, "time", lambda: start + 3650 * GRACE)
    here.apply(KeepDeleted(14 * GRACE))
    here.apply(KeepDeleted(14 * GRACE))
    assert len(gone(here)) == 2, "the look before it did not find them old"
    monkeypatch.setattr(time, "time", lambda: start + 600)
    here.apply(KeepDeleted(14 * GRACE))
    monkeypatch.setattr(time, "time", lambda: start + 600 + GRACE)
    here.apply(KeepDeleted(14 * GRACE))
    assert len(gone(here)) == 2, "the clock is right again: they stay their fourteen days"
    monkeypatch.setattr(time, "time", lambda: start + 15 * GRACE)
    here.apply(KeepDeleted(14 * GRACE))
    monkeypatch.setattr(time, "time", lambda: start + 16 * GRACE)
    here.apply(KeepDeleted(14 * GRACE))
    assert gone(here) == []


def test_a_restored_copy_goes_up_again(here: Bed) -> None:
    with contextlib.closing(here.store.reader()) as reader:
        word = next(copy.word for copy in reader.safety_copies() if copy.subject == "number 1")
    here.apply(Submitted(None, Restore((word,))))
    upload, move = (line.intent for line in here.store.base().pending(ACCOUNT))
    assert isinstance(upload, Upload)
    assert upload.lost, "it may have turned up elsewhere on the server since"
    assert isinstance(move, Move)
    row = next(row for row in here.rows() if row.subject == "number 1")
    assert (row.word, here.bytes_of(row), row.uid) == (word, raw(1), None)
    assert len(gone(here)) == 1


def test_restoring_what_is_not_there_restores_nothing(here: Bed) -> None:
    with contextlib.closing(here.store.reader()) as reader:
        word = reader.safety_copies()[0].word
    with pytest.raises(StoreError, match="no safety copy"):
        here.apply(Submitted(None, Restore((word, "aaaaaaaaaaaa"))))
    assert len(gone(here)) == 2
    assert len(here.rows()) == 1


def test_a_lost_index_does_not_lose_them(here: Bed) -> None:
    words = sorted(path.name.split(".")[1] for path in gone(here))
    here.store.close()
    reindex(here.root)
    here.store = Store.open(here.root)
    with contextlib.closing(here.store.reader()) as reader:
        assert sorted(copy.word for copy in reader.safety_copies()) == words
    here.apply(Submitted(None, Restore(tuple(words))))
    assert sorted(row.subject for row in here.rows()) == ["number 1", "number 2", "number 3"]


def test_mail_that_no_server_has_is_copied_too_when_deleted_for_ever(here: Bed) -> None:
    (here.cur() / "1.foreign.host:2,").write_bytes(raw(7))
    here.reopen()
    local = next(row for row in here.rows() if row.uid is None)
    here.apply(Submitted(None, Expunge((local.placement,))))
    assert len(here.rows()) == 1
    assert raw(7) in [path.read_bytes() for path in gone(here)]
    assert here.store.base().pending(ACCOUNT) == ()
