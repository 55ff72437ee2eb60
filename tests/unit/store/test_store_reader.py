"""Pages, ranks, search, full text: against plain lists."""

from __future__ import annotations

import os
import random
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailtui.model.changes import RowsChanged
from mailtui.model.errors import QueryError, StoreError
from mailtui.model.facts import HeaderOnly, MailboxDelta
from mailtui.model.listing import By
from mailtui.model.mail import Flags, RowKey
from mailtui.model.ports import MailReader
from mailtui.store.reader import open_reader
from mailtui.store.store import Store
from tests.support.small_store import ACCOUNT, DATE, box, deliver, delivery, open_store, raw_mail


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path, "INBOX", "Trash", "Spam")
    yield opened
    opened.close()


@pytest.fixture
def reader(store: Store) -> Iterator[MailReader]:
    opened = store.reader()
    yield opened
    opened.close()


def test_pages_and_ranks_agree_with_a_sorted_list(store: Store, reader: MailReader) -> None:
    chance = random.Random(5)
    heads = tuple(
        HeaderOnly(uid, Flags(), DATE + chance.randrange(40), 10, f"Subject: {uid}\r\n\r\n".encode())
        for uid in range(1, 301)
    )
    store.apply([MailboxDelta(ACCOUNT, box(store), 7, headers=heads)])
    inbox = box(store)
    oracle = sorted((row.key for row in reader.page(inbox, limit=1000)), reverse=True)
    assert len(oracle) == 300
    for _ in range(200):
        at, limit, skip = chance.randrange(300), chance.randrange(1, 50), chance.randrange(30)
        down = reader.page(inbox, after=oracle[at], limit=limit, skip=skip)
        assert [row.key for row in down] == oracle[at + 1 + skip :][:limit]
        up = reader.page(inbox, after=oracle[at], limit=limit, skip=skip, newest_first=False)
        assert [row.key for row in up] == oracle[:at][::-1][skip:][:limit]
        assert reader.rank(inbox, oracle[at]) == at
    assert reader.page(inbox, newest_first=False, limit=2)[0].key == oracle[-1]
    assert reader.rank(inbox, RowKey(1 << 40, oracle[0].placement)) == 0


def test_other_orders_than_by_date(store: Store, reader: MailReader) -> None:
    names = ["zoe <z@x>", "Adam <y@x>", "<m@x>", '"Bea" <b@x>']
    subjects = ["Re: FW: beta", "alpha", "re:re: Re: Aw: deep", "Zeta"]
    heads = tuple(
        HeaderOnly(
            uid,
            Flags(uid % 2),
            DATE + uid,
            uid * 100 % 301,
            f"From: {names[uid % 4]}\r\nSubject: {subjects[uid % 4]}\r\n\r\n".encode(),
        )
        for uid in range(8)
        if uid
    )
    store.apply([MailboxDelta(ACCOUNT, box(store), 7, headers=heads)])
    uids = {row.placement: row.uid for row in reader.page(box(store))}

    def order(by: By, limit: int = 100) -> list[int | None]:
        return [uids[one] for one in reader.ordered((box(store),), by, limit)]

    assert order(By.SENDER) == [5, 1, 7, 3, 6, 2, 4]
    assert order(By.SUBJECT) == [5, 1, 6, 2, 4, 7, 3], "three marks of answers are looked through"
    assert order(By.SIZE) == [3, 6, 2, 5, 1, 4, 7]
    assert order(By.UNREAD) == [6, 4, 2, 7, 5, 3, 1]
    assert order(By.UNREAD, 3) == [6, 7, 5]


def fill(store: Store) -> None:
    while (result := store.fill_fulltext(3)).done:
        if result.refined:
            store.apply([result.refined])


def test_rows_are_told_of_when_the_text_is_known(store: Store, reader: MailReader) -> None:
    deliver(store, box(store), 1, 2)
    refined = store.fill_fulltext(10).refined
    assert refined is not None
    told = [one for one in store.apply([refined]) if isinstance(one, RowsChanged)]
    assert [set(one.updated) for one in told] == [{row.placement for row in reader.page(box(store))}]
    assert store.apply([refined]) == [], "nothing is another one now"


def test_words_are_found_newest_first_and_hidden_folders_stay_hidden(store: Store, reader: MailReader) -> None:
    deliver(store, box(store), 1, 2, 3, 4, 5, 6, 7)
    deliver(store, box(store, "Trash"), 20)
    deliver(store, box(store, "Spam"), 21)
    fill(store)
    assert [row.uid for row in reader.search("text number", limit=3)] == [7, 6, 5]
    assert len(reader.search("text")) == 7
    assert [row.uid for row in reader.search("text in:trash")] == [20]
    assert [row.uid for row in reader.search("text", mailbox=box(store, "Spam"))] == [21]
    assert reader.search("text", account="other") == ()
    assert len(reader.search("te", unfinished=True)) == len(reader.search("text num", unfinished=True)) == 7
    assert reader.search("te") == reader.search("t", unfinished=True) == ()
    assert reader.search("te number", unfinished=True) == reader.search("text -te no", unfinished=True) == ()
    assert reader.search('"te"', unfinished=True) == ()
    older = reader.search("text", before=reader.search("text", limit=2)[-1].key)
    assert [row.uid for row in older] == [5, 4, 3, 2, 1]
    assert reader.page(box(store))[0].snippet.startswith("text of number 7")
    with pytest.raises(QueryError):
        reader.search("from:")


def test_chinese_and_japanese_are_found_inside_their_words(store: Store, reader: MailReader) -> None:
    raw = raw_mail(1, extra="Content-Type: text/plain; charset=utf-8\r\n", body="今日は東京都庁へ行きます")
    store.apply([MailboxDelta(ACCOUNT, box(store), 7, deliveries=(delivery(store, box(store), 1, raw),))])
    fill(store)
    assert len(reader.search("東京")) == len(reader.search("京都庁")) == 1
    assert reader.search("大阪") == ()


def test_the_filler_goes_on_where_it_stopped_and_misses_no_renamed_file(
    store: Store, reader: MailReader, tmp_path: Path
) -> None:
    deliver(store, box(store), 1, 2, 3)
    assert store.fill_fulltext(2).done == 2
    cur = tmp_path / "mail/home/INBOX/cur"
    for name in os.listdir(cur):
        os.rename(cur / name, cur / f"{name}S")
    assert store.fill_fulltext(2).done == 1
    assert store.fill_fulltext(2).done == 0
    assert len(reader.search("text")) == 3


def test_mail_that_was_away_while_the_filler_passed_is_found_when_it_is_back(store: Store, reader: MailReader) -> None:
    deliver(store, box(store), 1)
    store.apply([MailboxDelta(ACCOUNT, box(store), 7, vanished=((1, 1),))])
    fill(store)
    assert reader.search("text") == ()
    deliver(store, box(store), 5)
    store.apply([MailboxDelta(ACCOUNT, box(store), 7, deliveries=(delivery(store, box(store), 6, raw_mail(1)),))])
    fill(store)
    assert [row.uid for row in reader.search("text")] == [5, 6]


def test_the_full_text_survives_a_full_disk(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(store, box(store), 1)
    assert store._fulltext is not None
    real = store._fulltext._fill

    def full(limit: int) -> object:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(store._fulltext, "_fill", full)
    with pytest.raises(StoreError, match="full"):
        store.fill_fulltext(5)
    monkeypatch.setattr(store._fulltext, "_fill", real)
    assert store.fill_fulltext(5).done == 1


def test_a_reader_opened_before_the_words_sees_them_later(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    deliver(store, box(store), 1)
    store.close()
    for path in tmp_path.glob("fulltext*"):
        path.unlink()
    reader = open_reader(str(tmp_path))
    with pytest.raises(StoreError, match="not there yet"):
        reader.search("text")
    store = Store.open(str(tmp_path))
    fill(store)
    assert len(reader.search("text")) == 1
    store.close()
    for path in tmp_path.glob("fulltext*"):
        path.unlink()
    store = Store.open(str(tmp_path))
    fill(store)
    assert len(reader.search("text")) == 1
    reader.close()
    store.close()


def test_a_search_can_be_interrupted(store: Store, reader: MailReader) -> None:
    heads = tuple(HeaderOnly(uid, Flags(), DATE, 10, b"Subject: %d\r\n\r\n" % uid) for uid in range(1, 20_001))
    store.apply([MailboxDelta(ACCOUNT, box(store), 7, headers=heads)])
    ended: list[str] = []
    started = threading.Event()

    def search() -> None:
        reader.revision()
        started.set()
        try:
            while True:
                reader.search("subject:zzz")
        except StoreError as error:
            ended.append(error.text)

    thread = threading.Thread(target=search)
    thread.start()
    started.wait()
    while thread.is_alive():
        reader.interrupt()
        thread.join(0.005)
    assert ended == ["the search was interrupted"]


def test_a_reader_of_nothing_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no mail store"):
        open_reader(str(tmp_path))
    (tmp_path / "index.sqlite").write_bytes(b"junk" * 5000)
    with pytest.raises(StoreError, match="damaged"):
        open_reader(str(tmp_path))


def _cases() -> list[tuple[str, list[dict[str, object]]]]:
    """Orders in which one conversation can come: chain, fork, missing root, late middle, loop, a stranger."""
    a, b, c, d = "<a@x>", "<b@x>", "<c@x>", "<d@x>"

    def mail(own: str, *references: str) -> dict[str, object]:
        return {"id": own, "references": references}

    return [
        ("chain", [mail(a), mail(b, a), mail(c, a, b)]),
        ("backwards", [mail(c, a, b), mail(b, a), mail(a)]),
        ("fork without a root", [mail(b, a), mail(c, a)]),
        ("late middle", [mail(a), mail(c, b), mail(b, a)]),
        ("loop", [mail(a, b), mail(b, a)]),
        ("strangers", [mail(a), mail(b), mail(d, c)]),
    ]


@pytest.mark.parametrize(("name", "mails"), _cases())
def test_threads_hold_what_their_trees_hold(
    store: Store, reader: MailReader, name: str, mails: list[dict[str, object]]
) -> None:
    for uid, mail in enumerate(mails, 1):
        references = " ".join(map(str, mail["references"]))  # type: ignore[call-overload]
        head = f"Message-ID: {mail['id']}\r\nSubject: s {uid}\r\n" + (
            f"References: {references}\r\n" if references else ""
        )
        only = HeaderOnly(uid, Flags(), DATE + uid, 9, head.encode() + b"\r\n")
        store.apply([MailboxDelta(ACCOUNT, box(store), 7, headers=(only,))])
    rows = reader.page(box(store))
    parts: dict[int, set[str]] = {}
    for row in rows:
        parts.setdefault(row.thread, set()).add(row.message_id)
    ids = {str(mail["id"]): {str(mail["id"]), *map(str, mail["references"])} for mail in mails}  # type: ignore[call-overload]
    assert sorted(sorted(part) for part in parts.values()) == _components(ids)


def _components(ids: dict[str, set[str]]) -> list[list[str]]:
    groups: list[tuple[set[str], set[str]]] = []
    for own, mentioned in ids.items():
        joined, keys = {own}, set(mentioned)
        for group in [group for group in groups if group[1] & keys]:
            groups.remove(group)
            joined |= group[0]
            keys |= group[1]
        groups.append((joined, keys))
    return sorted(sorted(name.strip("<>") for name in group) for group, _ in groups)


def test_a_conversation_is_one_tree_over_all_folders(store: Store, reader: MailReader) -> None:
    def head(uid: int, name: str, refs: str = "") -> HeaderOnly:
        text = f"Message-ID: <{name}@x>\r\nSubject: {name}\r\n" + (f"References: {refs}\r\n" if refs else "")
        return HeaderOnly(uid, Flags(), DATE + uid, 10, f"{text}\r\n".encode())

    inbox, trash = box(store), box(store, "Trash")
    heads = (head(1, "root"), head(3, "second", "<root@x> <mine@x>"), head(9, "other"))
    store.apply([MailboxDelta(ACCOUNT, inbox, 7, headers=heads)])
    store.apply([MailboxDelta(ACCOUNT, trash, 7, headers=(head(2, "mine", "<root@x>"),))])
    thread = reader.page(inbox, limit=9)[-1].thread
    found = reader.threaded.conversation((inbox, trash), thread)
    assert [(row.subject, row.mailbox, row.line.rails if row.line else None) for row in found] == [
        ("root", inbox, ""),
        ("mine", trash, "L"),
        ("second", inbox, " L"),
    ]
    assert [row.key.order for row in found] == [0, -1, -2]
    assert [row.subject for row in reader.threaded.conversation((inbox,), thread)] == ["root", "second"]
    assert reader.threaded.conversation((), thread) == ()
