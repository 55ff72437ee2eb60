"""Facts and Intents become rows and files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mailtui.model.changes import MailboxesChanged, PendingChanged, RowsChanged
from mailtui.model.errors import StoreError
from mailtui.model.facts import Confirmed, FlagsAt, MailboxDelta, MailboxesListed, Refused, Relinked
from mailtui.model.folder import Checkpoint, RemoteMailbox
from mailtui.model.ids import IntentId, PlacementId
from mailtui.model.intents import SetFlags
from mailtui.model.mail import Flags, Row
from mailtui.store.apply import StaleDelta
from mailtui.store.requests import Submitted
from mailtui.store.store import Store
from tests.support.small_store import ACCOUNT, DATE, box, deliver, delivery, files, header, open_store, raw_mail, seen

SEEN = Flags.of(["\\Seen"])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path, "INBOX", "Archive")
    yield opened
    opened.close()


def rows(store: Store, name: str = "INBOX") -> tuple[Row, ...]:
    reader = store.reader()
    try:
        return reader.page(box(store, name))
    finally:
        reader.close()


def row(store: Store, uid: int) -> Row:
    return next(row for row in rows(store) if row.uid == uid)


def test_a_delivery_is_a_file_and_a_row(store: Store, tmp_path: Path) -> None:
    deliver(store, box(store), 1, 2)
    assert [row.uid for row in rows(store)] == [2, 1]
    assert len(files(tmp_path)) == 2
    assert all(",U=" in name and ",V=7" in name for name in files(tmp_path))
    assert (tmp_path / files(tmp_path)[0]).read_bytes() in {raw_mail(1), raw_mail(2)}
    assert not os.listdir(tmp_path / "mail/home/INBOX/tmp")


def test_the_same_uid_twice_is_one_row(store: Store, tmp_path: Path) -> None:
    deliver(store, box(store), 1)
    deliver(store, box(store), 1)
    assert len(rows(store)) == len(files(tmp_path)) == 1
    assert not os.listdir(tmp_path / "mail/home/INBOX/tmp")


def test_a_header_is_completed_and_keeps_its_word(store: Store) -> None:
    mailbox = box(store)
    store.apply([MailboxDelta(ACCOUNT, mailbox, 7, headers=(header(1, raw_mail(1)), header(2, raw_mail(1))))])
    before = {row.uid: row.word for row in rows(store)}
    assert not any(row.body_here for row in rows(store))
    for uid in (1, 2):
        store.apply([MailboxDelta(ACCOUNT, mailbox, 7, deliveries=(delivery(store, mailbox, uid, raw_mail(1)),))])
    assert {row.uid: row.word for row in rows(store)} == before
    assert len({row.message for row in rows(store)}) == 1, "one content, two places"
    assert all(row.body_here for row in rows(store))


def test_a_dropped_number_never_names_a_stranger_s_thread(store: Store) -> None:
    mailbox = box(store)
    deliver(store, mailbox, 1)
    store.apply([MailboxDelta(ACCOUNT, mailbox, 7, headers=(header(2, raw_mail(1, extra="In-Reply-To: <9@x>\r\n")),))])
    store.apply([MailboxDelta(ACCOUNT, mailbox, 7, deliveries=(delivery(store, mailbox, 2, raw_mail(1)),))])
    store.apply([MailboxDelta(ACCOUNT, mailbox, 7, deliveries=(delivery(store, mailbox, 3, b"Subject: x\r\n\r\n"),))])
    assert row(store, 3).thread != row(store, 1).thread


def test_only_known_drops_what_has_no_row(store: Store, tmp_path: Path) -> None:
    mailbox = box(store)
    mail = delivery(store, mailbox, 5, raw_mail(5))
    store.apply([MailboxDelta(ACCOUNT, mailbox, 7, deliveries=(mail,), only_known=True)])
    assert rows(store) == ()
    assert not os.path.exists(mail.spool)


def test_vanished_mail_is_kept_aside_and_comes_back_with_its_word(store: Store, tmp_path: Path) -> None:
    mailbox, archive = box(store), box(store, "Archive")
    deliver(store, mailbox, 1)
    word = rows(store)[0].word
    store.apply([MailboxDelta(ACCOUNT, mailbox, 7, vanished=((1, 9),))])
    assert rows(store) == ()
    assert files(tmp_path) == []
    assert len(os.listdir(tmp_path / "mail/home/.gone/cur")) == 1
    mail = delivery(store, archive, 30, raw_mail(1), ["\\Seen"])
    store.apply([MailboxDelta(ACCOUNT, archive, 8, deliveries=(mail,))])
    assert [(row.word, row.uid) for row in rows(store, "Archive")] == [(word, 30)]
    assert not os.listdir(tmp_path / "mail/home/.gone/cur")


def test_a_row_that_comes_back_keeps_its_pending_wish(store: Store) -> None:
    mailbox = box(store)
    deliver(store, mailbox, 1)
    store.apply([Submitted(ACCOUNT, SetFlags((rows(store)[0].placement,), add=Flags.of(["\\Flagged"])))])
    store.apply([MailboxDelta(ACCOUNT, mailbox, 7, vanished=((1, 1),))])
    store.apply([MailboxDelta(ACCOUNT, mailbox, 7, deliveries=(delivery(store, mailbox, 4, raw_mail(1)),))])
    assert rows(store)[0].pending
    assert "\\Flagged" in rows(store)[0].flags.names()


def test_flags_rename_the_file_and_count(store: Store, tmp_path: Path) -> None:
    deliver(store, box(store), 1)
    flags = Flags.of(["\\Seen", "$Label1"])
    changes = store.apply([MailboxDelta(ACCOUNT, box(store), 7, flags=(FlagsAt(1, flags, 5),))])
    assert files(tmp_path)[0].endswith(":2,Sa")
    assert any(isinstance(change, RowsChanged) and change.updated for change in changes)
    assert store.base().mailbox(box(store)).unread == 0  # type: ignore[union-attr]
    store.apply([MailboxDelta(ACCOUNT, box(store), 7, flags=(FlagsAt(1, Flags(), 4),))])
    assert rows(store)[0].flags == flags, "older news does not win"


def test_a_batch_without_news_leaves_no_trace(store: Store) -> None:
    deliver(store, box(store), 1)
    fact = MailboxDelta(
        ACCOUNT, box(store), 7, flags=(FlagsAt(1, Flags()),), checkpoint=Checkpoint(7, 2, 0, 1), remote_total=1
    )
    store.apply([fact])
    reader = store.reader()
    before = reader.revision()
    assert store.apply([fact]) == []
    assert reader.revision() == before
    reader.close()


def test_a_new_total_moves_no_rows(store: Store) -> None:
    changes = store.apply([MailboxDelta(ACCOUNT, box(store), 7, remote_total=99)])
    assert [type(change) for change in changes] == [MailboxesChanged]


def test_a_renumbered_mailbox_refuses_old_news(store: Store) -> None:
    deliver(store, box(store), 1)
    mail = delivery(store, box(store), 2, raw_mail(2))
    with pytest.raises(StaleDelta):
        store.apply([MailboxDelta(ACCOUNT, box(store), 8, deliveries=(mail,))])
    assert len(rows(store)) == 1
    assert not os.path.exists(mail.spool)


def test_one_bad_message_does_not_cost_the_others_their_files(store: Store) -> None:
    deliver(store, box(store), 1)
    good = MailboxDelta(ACCOUNT, box(store), 7, deliveries=(delivery(store, box(store), 2, raw_mail(2)),))
    bad = MailboxDelta(ACCOUNT, box(store), 8, deliveries=(delivery(store, box(store), 3, raw_mail(3)),))
    with pytest.raises(StaleDelta):
        store.apply([good, bad])
    store.apply([good])
    assert [row.uid for row in rows(store)] == [2, 1]


def test_relinked_rows_keep_their_words(store: Store, tmp_path: Path) -> None:
    deliver(store, box(store), 1, 2, 3)
    words = {row.uid: row.word for row in rows(store)}
    matched = ((row(store, 1).placement, 11, SEEN), (row(store, 2).placement, 1, Flags()))
    store.apply([Relinked(ACCOUNT, box(store), 9, matched, True, Checkpoint(9, 12, 0, 12))])
    assert {row.uid: row.word for row in rows(store)} == {11: words[1], 1: words[2]}
    assert all(",V=9" in name for name in files(tmp_path))
    assert sorted(name.rpartition(",")[2] for name in files(tmp_path)) == ["", "S"]
    assert store.base().mailbox(box(store)).unread == 1  # type: ignore[union-attr]


def test_a_wish_shows_at_once_and_is_folded_when_confirmed(store: Store, tmp_path: Path) -> None:
    deliver(store, box(store), 1)
    placement = rows(store)[0].placement
    changes = store.apply([Submitted(ACCOUNT, SetFlags((placement,), add=SEEN))])
    assert any(isinstance(change, PendingChanged) and change.pending == 1 for change in changes)
    assert rows(store)[0].pending
    assert rows(store)[0].flags == SEEN
    assert files(tmp_path)[0].endswith(":2,S")
    store.apply([MailboxDelta(ACCOUNT, box(store), 7, flags=(FlagsAt(1, Flags.of(["\\Flagged"]), 3),))])
    assert set(rows(store)[0].flags.names()) == {"\\Seen", "\\Flagged"}
    store.apply([Confirmed(ACCOUNT, (store.base().pending(ACCOUNT)[0].id,))])
    assert not rows(store)[0].pending
    assert dict(store.base().flags(box(store)))[1] == Flags.of(["\\Seen", "\\Flagged"])


def test_a_refused_wish_was_never_there(store: Store) -> None:
    deliver(store, box(store), 1)
    store.apply([Submitted(ACCOUNT, SetFlags((rows(store)[0].placement,), add=SEEN))])
    store.apply([Refused(ACCOUNT, store.base().pending(ACCOUNT)[0].id, "no")])
    assert (rows(store)[0].flags, rows(store)[0].pending) == (Flags(), False)
    store.apply([Confirmed(ACCOUNT, (IntentId(99),)), Submitted(ACCOUNT, SetFlags((PlacementId(99),)))])


def test_threads_join_late(store: Store) -> None:
    mailbox = box(store)
    mails = [
        raw_mail(1),
        raw_mail(3, extra="References: <2@example.org>\r\n"),
        raw_mail(2, extra="In-Reply-To: <1@example.org>\r\n"),
    ]
    for uid, raw in enumerate(mails, 1):
        store.apply([MailboxDelta(ACCOUNT, mailbox, 7, deliveries=(delivery(store, mailbox, uid, raw),))])
    assert len({row.thread for row in rows(store)}) == 1


def test_two_delimiters_never_share_a_folder(store: Store, tmp_path: Path) -> None:
    listed = (RemoteMailbox("a/b", "/", frozenset()), RemoteMailbox("a.b", ".", frozenset()))
    store.apply([MailboxesListed(ACCOUNT, listed, complete=False)])
    deliver(store, box(store, "a/b"), 1)
    deliver(store, box(store, "a.b"), 1)
    assert len({os.path.dirname(name) for name in files(tmp_path)}) == 2


def test_a_folder_gone_on_the_server_keeps_its_mail(store: Store) -> None:
    deliver(store, box(store, "Archive"), 1)
    store.apply([MailboxesListed(ACCOUNT, (RemoteMailbox("INBOX", ".", frozenset()),))])
    assert len(seen(store)["Archive"]) == 1


def test_a_removed_index_is_noticed(store: Store, tmp_path: Path) -> None:
    mailbox = box(store)
    (tmp_path / "index.sqlite").unlink()
    mail = delivery(store, mailbox, 1, raw_mail(1))
    with pytest.raises(StoreError, match="removed or replaced"):
        store.apply([MailboxDelta(ACCOUNT, mailbox, 7, deliveries=(mail,))])
    assert not os.path.exists(mail.spool)


def test_a_file_renamed_by_another_program_is_followed_at_once(store: Store, tmp_path: Path) -> None:
    deliver(store, box(store), 1)
    old = tmp_path / files(tmp_path)[0]
    os.rename(old, str(old) + "FT")
    reader = store.reader()
    assert reader.content(rows(store)[0].placement) is not None
    reader.close()
    store.apply([MailboxDelta(ACCOUNT, box(store), 7, flags=(FlagsAt(1, SEEN, 3),))])
    assert [name.rpartition(",")[2] for name in files(tmp_path)] == ["S"]


def test_mail_moved_elsewhere_of_which_the_new_place_is_read_first_is_the_same_row(
    store: Store, tmp_path: Path
) -> None:
    mailbox, archive = box(store), box(store, "Archive")
    deliver(store, mailbox, 1)
    word = rows(store)[0].word
    mail = replace(delivery(store, archive, 30, raw_mail(1), ["\\Flagged"]), internaldate=DATE + 1)
    store.apply([MailboxDelta(ACCOUNT, archive, 8, deliveries=(mail,))])
    store.apply([MailboxDelta(ACCOUNT, mailbox, 7, vanished=((1, 9),))])
    assert rows(store) == ()
    assert [(row.word, row.uid, row.flags.names()) for row in rows(store, "Archive")] == [(word, 30, ("\\Flagged",))]
    assert len(files(tmp_path)) == 1
    assert not os.path.exists(tmp_path / "mail/home/.gone/cur") or not os.listdir(tmp_path / "mail/home/.gone/cur")
