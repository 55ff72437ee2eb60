"""What a start finds: crashes, other programs' edits, a lost or damaged index."""

from __future__ import annotations

import contextlib
import os
import random
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from mailtui.model.errors import StoreError, StoreLockedError
from mailtui.model.facts import MailboxDelta
from mailtui.model.intents import SetFlags
from mailtui.model.mail import Flags
from mailtui.store.reader import open_reader
from mailtui.store.reindex import reindex
from mailtui.store.requests import Submitted
from mailtui.store.store import Store
from tests.support.small_store import ACCOUNT, box, deliver, delivery, open_store, raw_mail, seen

INBOX = "mail/home/INBOX"


def filled(root: Path, count: int = 6) -> dict[str, list[tuple[object, ...]]]:
    """A closed store with mail, flags and keywords; what a person sees in it."""
    store = open_store(root, "INBOX", "Work/cur", "&$%")
    deliver(store, box(store), *range(1, count))
    flags = ("\\Seen", "$Junk", "later")
    mail = delivery(store, box(store, "Work/cur"), 9, raw_mail(9, extra="References: <1@example.org>\r\n"), flags)
    store.apply([MailboxDelta(ACCOUNT, box(store, "Work/cur"), 3, deliveries=(mail,))])
    look = seen(store)
    store.close()
    return look


def again(root: Path) -> dict[str, list[tuple[object, ...]]]:
    store = Store.open(str(root))
    try:
        return seen(store)
    finally:
        store.close()


def forget(root: Path) -> None:
    for path in root.glob("index.sqlite*"):
        path.unlink()


def test_opening_again_finds_everything_and_writes_nothing(tmp_path: Path) -> None:
    before = filled(tmp_path)
    again(tmp_path)  # looks once into folders that never had mail
    reader = open_reader(str(tmp_path))
    revision = reader.revision()
    assert again(tmp_path) == before
    assert reader.revision() == revision
    reader.close()


@pytest.mark.parametrize("how", ["delete", "reindex"])
def test_a_lost_index_comes_back_row_by_row(tmp_path: Path, how: str) -> None:
    before = filled(tmp_path)
    if how == "delete":
        forget(tmp_path)
    else:
        assert reindex(str(tmp_path)).messages == 6
    assert again(tmp_path) == before
    store = Store.open(str(tmp_path))
    checkpoint = store.base().mailbox(box(store)).checkpoint  # type: ignore[union-attr]
    assert checkpoint is not None
    assert (checkpoint.uidvalidity, checkpoint.uidnext, checkpoint.highestmodseq) == (7, 6, 0)
    reader = store.reader()
    reply = next(row for row in reader.page(box(store, "Work/cur")))
    assert {row.uid for row in reader.thread(reply.thread)} == {1, 9}
    reader.close()
    store.close()


def test_reindex_carries_the_journal_over(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    deliver(store, box(store), 1)
    reader = store.reader()
    store.apply([Submitted(ACCOUNT, SetFlags((reader.page(box(store))[0].placement,), add=Flags.of(["\\Flagged"])))])
    reader.close()
    store.close()
    reindex(str(tmp_path))
    store = Store.open(str(tmp_path))
    (line,) = store.base().pending(ACCOUNT)
    assert isinstance(line.intent, SetFlags)
    assert line.intent.add == Flags.of(["\\Flagged"])
    store.close()


def test_a_mailbox_without_its_state_file_is_not_lost(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / INBOX / ".mailtui.json").write_text("{broken")
    forget(tmp_path)
    assert len(again(tmp_path)["INBOX"]) == 5


def test_every_stranger_in_the_folder_is_listed_or_left_alone(tmp_path: Path) -> None:
    before = filled(tmp_path)["INBOX"]
    cur, new = tmp_path / INBOX / "cur", tmp_path / INBOX / "new"
    (new / "170.M1.host").write_bytes(raw_mail(51))
    (cur / "171.M2.host!2,S").write_bytes(raw_mail(52))
    (cur / "172.M3.host").write_bytes(b"")
    with open(os.fsencode(cur) + b"/173.\xff\xfe.host:2,F", "wb") as file:
        file.write(raw_mail(53))
    (cur / ".hidden").write_bytes(b"x")
    (cur / "folder").mkdir()
    (cur / "link").symlink_to("/etc/hostname")
    after = again(tmp_path)["INBOX"]
    assert len(after) == len(before) + 4
    assert {row[0] for row in before} < {row[0] for row in after}
    strangers = [row[2].names() for row in after if row[1] is None]  # type: ignore[attr-defined]
    assert sorted(strangers) == [(), (), ("\\Flagged",), ("\\Seen",)]
    assert {".hidden", "folder", "link"} <= set(os.listdir(cur))
    assert os.listdir(new) == []
    assert again(tmp_path)["INBOX"] == after


def test_copies_and_double_words_never_replace_a_row(tmp_path: Path) -> None:
    before = filled(tmp_path)
    cur = tmp_path / INBOX / "cur"
    name = sorted(os.listdir(cur))[0]
    (cur / f"{name}FT").write_bytes((cur / name).read_bytes() + b"other")
    (tmp_path / "mail/home/Work/%63ur/cur" / name).write_bytes((cur / name).read_bytes())
    after = again(tmp_path)
    assert len(after["INBOX"]) == len(before["INBOX"]) + 1
    assert len(after["Work/cur"]) == len(before["Work/cur"]) + 1
    words = [row[0] for rows in after.values() for row in rows]
    assert len(set(words)) == len(words)
    assert {row[0] for rows in before.values() for row in rows} < set(words)
    forget(tmp_path)
    assert sum(len(rows) for rows in again(tmp_path).values()) == len(words)


def crash(root: Path) -> None:
    """As if the last writer had not ended in order."""
    with contextlib.closing(sqlite3.connect(root / "index.sqlite")) as db, db:
        db.execute("UPDATE meta SET value = 1 WHERE key = 'at-work'")


def test_after_a_crash_a_file_moved_elsewhere_is_put_back_and_a_deleted_one_is_missed(tmp_path: Path) -> None:
    before = filled(tmp_path)
    crash(tmp_path)
    cur = tmp_path / INBOX / "cur"
    moved, deleted, renamed = sorted(os.listdir(cur))[:3]
    os.rename(cur / moved, tmp_path / "mail/home/Work/%63ur/cur" / moved)
    (cur / deleted).unlink()
    os.rename(cur / renamed, cur / f"{renamed}S")
    after = again(tmp_path)
    assert [row[:5] for row in after["INBOX"]] == [row[:5] for row in before["INBOX"]]
    assert sum(row[5] == "" for row in after["INBOX"]) == 1
    assert after["Work/cur"] == before["Work/cur"]
    assert f"{renamed}S" in os.listdir(cur)


def test_after_a_crash_moved_mail_is_put_back_whichever_mailbox_is_looked_into_first(tmp_path: Path) -> None:
    """The answer to a MOVE from a younger mailbox into an older one: files renamed, the transaction not committed."""
    before = filled(tmp_path)
    crash(tmp_path)
    work, inbox = tmp_path / "mail/home/Work/%63ur/cur", tmp_path / INBOX / "cur"
    name = os.listdir(work)[0]
    os.rename(work / name, inbox / re.sub(r",U=\d+", ",U=99", name))
    assert again(tmp_path) == before
    assert os.listdir(work).count(name) == 1


def test_a_crash_between_the_safety_copy_and_the_commit_is_undone(tmp_path: Path) -> None:
    before = filled(tmp_path)
    gone = tmp_path / "mail/home/.gone/cur"
    gone.mkdir(parents=True)
    name = os.listdir(tmp_path / INBOX / "cur")[0]
    os.rename(tmp_path / INBOX / "cur" / name, gone / name)
    crash(tmp_path)
    assert again(tmp_path) == before


def test_a_crash_between_the_rename_and_the_commit_is_completed(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    deliver(store, box(store), 1)
    mail = delivery(store, box(store), 2, raw_mail(2))
    half = store.spool(box(store)).open()
    half.feed(b"Subject: ha")
    store.close()
    cur = tmp_path / INBOX / "cur"
    os.rename(mail.spool, cur / f"{mail.internaldate}.abcdefghijkl.mailtui,U=2,V=7:2,S")
    rows = again(tmp_path)["INBOX"]
    assert sorted(row[1] for row in rows) == [1, 2]  # type: ignore[type-var]
    assert os.listdir(tmp_path / INBOX / "tmp") == []
    half.abort()


@pytest.mark.parametrize("seed", range(25))
def test_a_damaged_index_is_rebuilt_by_itself(tmp_path: Path, seed: int) -> None:
    before = filled(tmp_path)
    index = tmp_path / "index.sqlite"
    chance = random.Random(seed)
    data = bytearray(index.read_bytes())
    if seed % 3 == 0:
        data = data[: chance.randrange(len(data))]
    elif seed % 3 == 1:
        start = chance.randrange(len(data))
        data[start : start + 4096] = chance.randbytes(min(4096, len(data) - start))
    else:
        data[:4096] = chance.randbytes(4096)
    index.write_bytes(data)
    (tmp_path / "index.sqlite-wal").write_bytes(chance.randbytes(5000))
    after = again(tmp_path)
    assert {name: len(rows) for name, rows in after.items()} == {name: len(rows) for name, rows in before.items()}
    assert {row[0] for row in after["INBOX"]} == {row[0] for row in before["INBOX"]}


def test_an_index_of_a_newer_mailtui_is_left_alone(tmp_path: Path) -> None:
    import sqlite3
    from contextlib import closing

    filled(tmp_path)
    with closing(sqlite3.connect(tmp_path / "index.sqlite")) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="newer mailtui"):
        Store.open(str(tmp_path))
    with pytest.raises(StoreError, match="schema 99"):
        open_reader(str(tmp_path))
    assert not list(tmp_path.glob("*damaged*"))


def test_a_damaged_full_text_index_is_made_anew(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / "fulltext.sqlite").write_bytes(b"junk" * 3000)
    store = Store.open(str(tmp_path))
    assert store.fill_fulltext(100).done == 6
    reader = store.reader()
    assert len(reader.search("text")) == 6
    reader.close()
    store.close()


def test_nothing_is_readable_by_others_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = open_store(tmp_path / "deep" / "store", "INBOX", "a/b")
        deliver(store, box(store, "a/b"), 1, 2)
        store.apply([MailboxDelta(ACCOUNT, box(store, "a/b"), 7, vanished=((1, 1),))])
        store.fill_fulltext(10)
        for folder, _, names in os.walk(tmp_path / "deep"):
            assert os.stat(folder).st_mode & 0o777 == 0o700, folder
            for name in names:
                assert os.stat(os.path.join(folder, name)).st_mode & 0o777 == 0o600, name
        store.close()
    finally:
        os.umask(before)


HOLD = """
import sys
from mailtui.store.store import Store
store = Store.open(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


def test_the_second_writer_is_told_who_has_it_and_a_dead_one_has_nothing(tmp_path: Path) -> None:
    filled(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(StoreLockedError, match=f"process {holder.pid}") as caught:
            Store.open(str(tmp_path))
        assert caught.value.pid == holder.pid
        reader = open_reader(str(tmp_path))
        assert reader.mailboxes()
        reader.close()
        holder.kill()
    assert len(again(tmp_path)["INBOX"]) == 5
