"""Defects of the store as it is now: each test says what should be, and fails. Needs `tests/support/store_bed.py`."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from mailtui.model.changes import BodyArrived, Notice
from mailtui.model.errors import StoreError, StoreLockedError
from mailtui.model.facts import HeaderOnly, Refused, Relinked
from mailtui.model.folder import Checkpoint
from mailtui.model.intents import SetFlags
from mailtui.model.mail import NO_FLAGS, Flags
from mailtui.store import recover
from mailtui.store.reindex import reindex
from mailtui.store.requests import Submitted
from mailtui.store.store import Store
from tests.support.store_bed import ACCOUNT, DATE, VALIDITY, Bed, bed, raw, remote

FLAGGED = Flags.of(["\\Flagged"])


def lose_index(root: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        (root / f"index.sqlite{suffix}").unlink(missing_ok=True)


def spoil_index(root: Path) -> None:
    lose_index(root)
    (root / "index.sqlite").write_bytes(b"x" * 65536)


def fill_all(store: Store) -> None:
    while store.fill_fulltext(100).done:
        pass


def wish(here: Bed, uid: int) -> None:
    here.apply(Submitted(ACCOUNT, SetFlags((here.row(uid).placement,), FLAGGED)))


def killed_while_adopting(work: Any) -> None:
    """Runs `work` in a child that dies at the first file it adopts."""
    child = os.fork()
    if not child:
        recover.Recovery._adopt = lambda *_: os._exit(9)  # type: ignore[method-assign]
        work()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


class FailingCommit:
    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def execute(self, sql: str, *values: Any) -> Any:
        if sql == "COMMIT":
            raise sqlite3.OperationalError("database or disk is full")
        return self._db.execute(sql, *values)


@contextlib.contextmanager
def full_disk(store: Store) -> Any:
    real = store._db
    store._db = FailingCommit(real)  # type: ignore[assignment]
    try:
        with pytest.raises(StoreError):
            yield
    finally:
        store._db = real


# -- 1 search answers with other messages after the index was rebuilt by itself


@pytest.mark.parametrize("how", [lose_index, spoil_index])
def test_full_text_of_another_index_is_not_believed(tmp_path: Path, how: Any) -> None:
    with bed(tmp_path) as here:
        for uid, word in enumerate(("apple", "banana", "cherry"), 1):
            here.apply(here.delta(here.delivery(uid, raw(uid, subject=word))))
        fill_all(here.store)
        here.apply(here.delta(vanished=[(1, 1)]))
    how(tmp_path)
    with bed(tmp_path) as here:
        fill_all(here.store)
        with contextlib.closing(here.store.reader()) as reader:
            found = {word: [row.subject for row in reader.search(word)] for word in ("apple", "banana", "cherry")}
    assert found == {"apple": [], "banana": ["banana"], "cherry": ["cherry"]}


# -- 2 what the person did is lost


def test_a_killed_reindex_keeps_the_journal(tmp_path: Path) -> None:
    with bed(tmp_path) as here:
        here.fill(1, 2)
        wish(here, 1)
    killed_while_adopting(lambda: reindex(str(tmp_path)))
    with contextlib.closing(Store.open(str(tmp_path))) as store:
        assert len(store.base().pending(ACCOUNT)) == 1


def test_a_damaged_index_gives_up_its_journal_if_that_can_be_read(tmp_path: Path) -> None:
    with bed(tmp_path) as here:
        here.fill(*range(1, 200))
        wish(here, 1)
    path = tmp_path / "index.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'mailbox'").fetchone()
    data = bytearray(path.read_bytes())
    data[(page - 1) * 8192 : page * 8192] = b"\xff" * 8192
    path.write_bytes(data)
    with contextlib.closing(Store.open(str(tmp_path))) as store:
        assert len(store.base().pending(ACCOUNT)) == 1


def test_reindex_keeps_wishes_on_rows_without_body(tmp_path: Path) -> None:
    """Header-only rows have no file, so reindex forgets them and their wishes without a word."""
    with bed(tmp_path) as here:
        here.apply(here.delta(headers=[HeaderOnly(1, NO_FLAGS, DATE, 9, raw(1))]))
        wish(here, 1)
    reindex(str(tmp_path))
    with contextlib.closing(Store.open(str(tmp_path))) as store:
        assert len(store.base().pending(ACCOUNT)) == 1


def test_a_wish_refused_after_reindex_was_never_there(tmp_path: Path) -> None:
    """File names show visible flags; reindex takes them for Base although the wish is still pending."""
    with bed(tmp_path) as here:
        here.fill(1)
        wish(here, 1)
    reindex(str(tmp_path))
    with bed(tmp_path) as here:
        (line,) = here.store.base().pending(ACCOUNT)
        here.apply(Refused(ACCOUNT, line.id, "no"))
        assert here.row(1).flags == NO_FLAGS


# -- 3 the tool for a broken index refuses a broken index


def test_reindex_heals_a_damaged_index(tmp_path: Path) -> None:
    with bed(tmp_path) as here:
        here.fill(1, 2)
    spoil_index(tmp_path)
    reindex(str(tmp_path))
    with bed(tmp_path) as here:
        assert len(here.rows()) == 2


# -- 4 a crash in a mailbox's first delta leaves UIDs without their UIDVALIDITY


def test_uids_found_after_a_crash_have_their_uidvalidity(tmp_path: Path) -> None:
    """Else the next UIDVALIDITY is taken for the first: UID 1 is believed to be here, the new mail is thrown away."""
    with bed(tmp_path) as here:
        first = here.delta(here.delivery(1, raw(1)))
        child = os.fork()
        if not child:
            work = here.store._applier.work.__class__
            real = work.do
            work.do = lambda self: (real(self), os._exit(9))[0]  # type: ignore[method-assign]
            here.apply(first)
            os._exit(0)
        os.waitpid(child, 0)
        here.reopen()
        with contextlib.suppress(StoreError):  # refusing it as stale is right: the worker relinks then
            here.apply(here.delta(here.delivery(1, raw(99)), validity=VALIDITY + 1))
            assert here.bytes_of(here.row(1)) == raw(99)
            return
        mailbox = here.store.base().mailbox(here.box())
        assert mailbox is not None
        assert mailbox.checkpoint is not None
        assert mailbox.checkpoint.uidvalidity == VALIDITY


# -- 5 a relinking that fails has changed the state file already


def test_a_failed_relinking_leaves_the_state_file_alone(tmp_path: Path) -> None:
    with bed(tmp_path) as here:
        here.fill(1, 2)
        matched = ((here.row(1).placement, 11, NO_FLAGS), (here.row(2).placement, 12, NO_FLAGS))
        with full_disk(here.store):
            here.apply(Relinked(ACCOUNT, here.box(), VALIDITY + 1, matched, True, Checkpoint(VALIDITY + 1, 13)))
        here.store.close()
        lose_index(tmp_path)
        here.store = Store.open(str(tmp_path))
        assert sorted(str(row.uid) for row in here.rows()) == ["1", "2"]


# -- 6 one odd thing stops everything


def test_a_server_may_list_a_name_twice(tmp_path: Path) -> None:
    with bed(tmp_path) as here:
        here.apply(remote("INBOX", "Lists", "Lists"))
        assert here.box("Lists")


def test_a_lock_file_with_other_words_in_it(tmp_path: Path) -> None:
    with bed(tmp_path):
        (tmp_path / "lock").write_bytes(b"not a number\n")
        with pytest.raises(StoreLockedError):
            Store.open(str(tmp_path))


def test_a_lock_file_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mailtui.store.lock.os.pwrite", full)
    with pytest.raises(StoreError):
        Store.open(str(tmp_path))


def test_a_wish_may_name_a_row_twice(tmp_path: Path) -> None:
    with bed(tmp_path) as here:
        here.fill(1)
        row = here.row(1).placement
        here.apply(Submitted(ACCOUNT, SetFlags((row, row), FLAGGED)))
        assert here.row(1).flags == FLAGGED


def test_numbers_beyond_64_bits_are_a_store_error(tmp_path: Path) -> None:
    with bed(tmp_path) as here, pytest.raises(StoreError):
        here.apply(here.delta(checkpoint=Checkpoint(VALIDITY, 5, 2**63)))


# -- 7 the only copy


def test_the_only_copy_is_not_taken_for_a_double(tmp_path: Path) -> None:
    """Same bytes, same U= and V=, another word, while the row's own file is gone."""
    with bed(tmp_path) as here:
        here.fill(1)
        (file,) = here.cur().iterdir()
        os.rename(file, file.with_name(file.name.replace(file.name.split(".")[1], "zzzzzzzzzzzz")))
        here.reopen()
        assert here.bytes_of(here.row(1)) == raw(1)


# -- 9 smaller


def test_a_local_row_goes_with_its_file(tmp_path: Path) -> None:
    """No server has it, so a row without a body can never be read again."""
    with bed(tmp_path) as here:
        (here.cur() / "1.foreign.host:2,").write_bytes(raw(1))
        here.reopen()
        (here.cur() / "1.foreign.host:2,").unlink()
        here.reopen()
        assert here.rows() == ()


def test_rows_that_a_relinking_does_not_name_are_hidden(tmp_path: Path) -> None:
    """As the docstring of Relinked says."""
    with bed(tmp_path) as here:
        here.fill(1, 2)
        matched = ((here.row(1).placement, 11, NO_FLAGS),)
        here.apply(Relinked(ACCOUNT, here.box(), VALIDITY + 1, matched, False, Checkpoint(VALIDITY + 1, 12)))
        assert [row.uid for row in here.rows()] == [11]


def test_a_refusal_is_told(tmp_path: Path) -> None:
    """Touched.notices is never written: the server's words are dropped."""
    with bed(tmp_path) as here:
        here.fill(1)
        wish(here, 1)
        (line,) = here.store.base().pending(ACCOUNT)
        assert any(isinstance(change, Notice) for change in here.apply(Refused(ACCOUNT, line.id, "over quota")))


def test_every_body_that_arrives_is_told(tmp_path: Path) -> None:
    with bed(tmp_path) as here:
        many = range(1, 1102)
        here.apply(here.delta(headers=[HeaderOnly(uid, NO_FLAGS, DATE, 9, raw(uid)) for uid in many]))
        changes = here.apply(here.delta(*(here.delivery(uid, raw(uid)) for uid in many)))
        assert sum(isinstance(change, BodyArrived) for change in changes) == len(many)
