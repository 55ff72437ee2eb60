"""Facts of a maildrop in the store: names, their journal beside the folders, and what is left after a crash."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mailtui.model.account import Account, Protocol, SecretKind, SecretSource, Security, ServerSettings, Settings
from mailtui.model.errors import StoreError
from mailtui.model.facts import Delivery
from mailtui.model.ids import AccountId
from mailtui.model.mail import NO_FLAGS
from mailtui.model.maildrop import MaildropDeleting, MaildropListed, MaildropRead, Popped
from mailtui.store import names
from mailtui.store.requests import local_accounts
from mailtui.store.store import Store
from tests.support.store_bed import DATE, Bed, audit, raw

POP = AccountId("home")


class Drop(Bed):
    """A store with a POP3 account."""

    def popped(self, uidl: str, content: bytes, octets: int = 0) -> Popped:
        sink = self.store.spool(self.box()).open()
        sink.feed(content)
        done = sink.finish()
        return Popped(uidl, Delivery(0, NO_FLAGS, DATE, done.size, done.digest, done.head, done.path), octets)

    def read(self, *uidls: str) -> None:
        self.apply(MaildropRead(POP, tuple(self.popped(uidl, raw(int(uidl))) for uidl in uidls), 5.0))

    def known(self) -> set[str]:
        return set(self.store.base().maildrop(POP))

    @property
    def journal(self) -> str:
        return names.path_of(str(Path(self.root, "mail", POP)))

    def again(self) -> None:
        """As after a kill: the store is opened without having been closed in order."""
        self.store._close()
        self.store._lock.release()
        self.store = Store.open(self.root)


def local() -> Settings:
    server = ServerSettings(Protocol.POP3, "localhost", 110, Security.NONE, "a", SecretSource(SecretKind.NONE))
    return Settings((Account(POP, "a@example.com", "", pop3=server),), "")


@pytest.fixture
def drop(tmp_path: Path) -> Iterator[Drop]:
    made = Drop(str(tmp_path), Store.open(str(tmp_path)))
    made.apply(local_accounts(local()))
    try:
        yield made
    finally:
        made.store.close()
        assert audit(tmp_path) == []


def test_mail_and_names_come_together(drop: Drop) -> None:
    drop.read("1", "2")
    assert {row.subject for row in drop.rows()} == {"number 1", "number 2"}
    assert drop.known() == {"1", "2"}
    entry = drop.store.base().maildrop(POP)["1"]
    assert (entry.fetched, entry.size, entry.in_trash, entry.lost) == (5.0, len(raw(1)), False, False)
    assert drop.bytes_of(next(row for row in drop.rows() if row.subject == "number 1")) == raw(1)


def test_a_known_name_with_the_same_bytes_is_dropped(drop: Drop) -> None:
    drop.read("1")
    drop.apply(MaildropRead(POP, (drop.popped("1", raw(1), 99),)))
    assert len(drop.rows()) == 1
    assert drop.store.base().maildrop(POP)["1"].size == 99


def test_a_known_name_with_other_bytes_is_another_message(drop: Drop) -> None:
    drop.read("1")
    drop.apply(MaildropRead(POP, (drop.popped("1", raw(2)),)))
    assert {row.subject for row in drop.rows()} == {"number 1", "number 2"}
    assert drop.known() == {"1"}


def test_the_same_bytes_under_two_names_are_two_messages(drop: Drop) -> None:
    drop.apply(MaildropRead(POP, (drop.popped("a", raw(1)), drop.popped("b", raw(1)))))
    assert len(drop.rows()) == 2
    assert drop.known() == {"a", "b"}


def test_what_is_not_listed_any_more_is_forgotten_and_its_mail_stays(drop: Drop) -> None:
    drop.read("1", "2")
    drop.apply(MaildropListed(POP, ("2", "unheard of"), 7.5))
    assert drop.known() == {"2"}
    assert len(drop.rows()) == 2
    assert drop.store.base().last_visit(POP) == 7.5
    assert set(names.read(drop.journal)[1]) == {"2"}


def test_deleting_is_asked_then_answered(drop: Drop) -> None:
    drop.read("1")
    drop.apply(MaildropDeleting(POP, ("1",)))
    assert drop.store.base().maildrop(POP)["1"].deleting
    drop.apply(MaildropDeleting(POP, ("1",), done=True))
    entry = drop.store.base().maildrop(POP)["1"]
    assert (entry.deleting, entry.deleted) == (False, True)


def test_the_index_can_be_lost(drop: Drop) -> None:
    drop.read("1", "2", "3")
    drop.apply(MaildropListed(POP, ("1", "2"), 7.0))
    drop.store.close()
    for path in Path(drop.root).glob("index.sqlite*"):
        path.unlink()
    drop.store = Store.open(drop.root)
    assert drop.known() == {"1", "2"}
    assert len(drop.rows()) == 3
    assert all(entry.placement is not None for entry in drop.store.base().maildrop(POP).values())


def test_killed_between_the_files_and_the_commit(
    drop: Drop, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The names are in the journal, the files in place, the index knows nothing: they are found, and not doubled."""
    drop.read("1")
    copy = tmp_path_factory.mktemp("copy") / "store"
    stamp = Store._stamp

    def snapshot(store: Store, trusted: set[int]) -> None:
        shutil.copytree(drop.root, copy, ignore=shutil.ignore_patterns("*.sock", "lock*"))
        stamp(store, trusted)

    monkeypatch.setattr(Store, "_stamp", snapshot)
    drop.apply(MaildropRead(POP, (drop.popped("2", raw(2)), drop.popped("twin", raw(1)))))
    monkeypatch.setattr(Store, "_stamp", stamp)
    with closing(Store.open(str(copy))) as store:
        left = Drop(str(copy), store)
        assert left.known() == {"1", "2", "twin"}
        assert sorted(row.subject for row in left.rows()) == ["number 1", "number 1", "number 2"]
        assert not any(entry.lost for entry in store.base().maildrop(POP).values())


def test_killed_before_the_files(drop: Drop) -> None:
    drop.read("1")
    before, _ = names.coming(POP, [names.Name("2", "aaaaaaaaaaaa", b"d" * 16, 5, 1.0)])
    names.append(drop.journal, before, lasting=True)
    drop.again()
    assert drop.known() == {"1"}
    assert set(names.read(drop.journal)[1]) == {"1"}


def test_a_journal_that_was_torn_or_scribbled_on(drop: Drop) -> None:
    drop.read("1")
    names.append(drop.journal, b'\n{"in": [["torn', lasting=True)
    names.append(drop.journal, b'\n[1, 2]\n{"in": [[1, 2]], "n": 4}\n\xff\xfe\n{"ok": "x"}\n{"out": 7}\n', lasting=True)
    drop.read("2")
    assert set(names.read(drop.journal)[1]) == {"1", "2"}
    drop.again()
    assert drop.known() == {"1", "2"}


def test_a_commit_that_fails_leaves_no_name(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    drop.read("1")

    def full(path: str, data: bytes, *, lasting: bool) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(names, "append", full)
    with pytest.raises(StoreError, match="disk is full"):
        drop.read("2")
    monkeypatch.undo()
    assert drop.known() == {"1"}
    assert not list(Path(drop.root).rglob("*.mailtui-spool"))
    drop.read("2")
    assert drop.known() == {"1", "2"}


def test_a_swollen_journal_is_written_anew(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "SWOLLEN", 1000)
    for number in range(30):
        drop.read(str(number), str(number + 1000))
        drop.apply(MaildropListed(POP, (), 1.0))
    drop.read("77")
    size = Path(drop.journal).stat().st_size
    drop.reopen()
    assert Path(drop.journal).stat().st_size < size / 5
    assert drop.known() == {"77"}
    assert [name.sure for name in names.read(drop.journal)[1].values()] == [True]


def test_names_of_odd_bytes(drop: Drop) -> None:
    odd = "\xff\x01\"\\{'é"
    drop.apply(MaildropRead(POP, (drop.popped(odd, raw(1)),)))
    assert drop.known() == {odd}
    assert set(names.read(drop.journal)[1]) == {odd}


def test_an_index_of_schema_2_gets_the_table(tmp_path: Path) -> None:
    Store.open(str(tmp_path)).close()
    with closing(sqlite3.connect(tmp_path / "index.sqlite")) as db:
        db.executescript("DROP TABLE pop; PRAGMA user_version = 2;")
    with closing(Store.open(str(tmp_path))) as store:
        assert store.base().maildrop(POP) == {}
        assert store.base().last_visit(POP) is None
