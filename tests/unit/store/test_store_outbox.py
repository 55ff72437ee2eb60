"""The outbox: every step of a message from the key that sends it to the copy in Sent."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailtui import boot
from mailtui.model.account import Account, Settings
from mailtui.model.changes import Change, Done, Notice, OutboxChanged, Unsent
from mailtui.model.errors import StoreError
from mailtui.model.folder import Role
from mailtui.model.ids import AccountId, PlacementId
from mailtui.model.intents import Deed, Expunge, Redo, Undo, Upload
from mailtui.model.mail import Flag, Flags, Row
from mailtui.model.outgoing import (
    Fate,
    FinalDot,
    Outgoing,
    OutgoingId,
    Recipient,
    Save,
    Send,
    SendAgain,
    SendNow,
    Settle,
    Stage,
    SubmissionEnded,
    Submitting,
    Unsend,
)
from mailtui.store.outbox import WithdrawnError
from mailtui.store.outbox_files import NEVER
from mailtui.store.reindex import reindex
from mailtui.store.requests import KeepDeleted, NoSentCopies, SendingEnded, Submitted
from mailtui.store.store import Store
from tests.support.store_bed import ACCOUNT, Bed, audit, bed, raw

DRAFT = Flags(int(Flag.DRAFT | Flag.SEEN))
BOB, EVE, ANN = "bob@b.example", "eve@e.example", "ann@a.example"
LETTER = (
    b"From: me@example\nTo: bob@b.example\nBcc: eve@e.example\nMessage-ID: <letter@example>\nSubject: hello\n\ntext\n"
)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Bed]:
    with bed(tmp_path / "store", "INBOX", "Drafts", "Sent") as made:
        yield made


def written(here: Bed, text: bytes = LETTER) -> str:
    path = Path(here.root).parent / "written"
    path.write_bytes(text)
    return str(path)


def queue(
    here: Bed,
    *whom: str,
    wait: float = 0.0,
    draft: PlacementId | None = None,
    answers: PlacementId | None = None,
    forwards: PlacementId | None = None,
) -> Outgoing:
    send = Send(
        ACCOUNT,
        written(here),
        "me@example",
        whom or (BOB, EVE),
        time.time() + wait if wait else 0.0,
        draft=draft,
        answers=answers,
        forwards=forwards,
    )
    here.apply(Submitted(None, Deed("Queued to send", (send,))))
    return outbox(here)[-1]


def outbox(here: Bed) -> tuple[Outgoing, ...]:
    with contextlib.closing(here.store.reader()) as reader:
        return reader.outbox()


def only(here: Bed) -> Outgoing:
    (one,) = outbox(here)
    return one


def fates(here: Bed) -> dict[str, Fate]:
    return {one.address: one.fate for one in only(here).recipients}


def order(here: Bed, wanted: Unsend | SendNow | SendAgain | Settle) -> list[Change]:
    return here.apply(Submitted(None, wanted))


def begin(here: Bed, ident: OutgoingId, *accepted: str) -> None:
    here.apply(Submitting(ACCOUNT, ident))
    if accepted:
        here.apply(FinalDot(ACCOUNT, ident, accepted))


def end(here: Bed, ident: OutgoingId, **fates: tuple[str, ...]) -> list[Change]:
    told = tuple(Recipient(address, Fate(fate), f"250 {fate}") for fate, whom in fates.items() for address in whom)
    return here.apply(SubmissionEnded(ACCOUNT, ident, told, "the server's\r\n words"))


def crash(here: Bed) -> None:
    """As a killed process leaves it."""
    here.store._close()
    here.store._lock.release()
    here.store = Store.open(here.root)


def save_draft(here: Bed, number: int = 1) -> Row:
    path = Path(here.root).parent / "draft"
    path.write_bytes(raw(number))
    here.apply(Submitted(None, Save(ACCOUNT, Role.DRAFTS, str(path), DRAFT)))
    return here.rows("Drafts")[0]


def left(here: Bed) -> list[str]:
    folder = Path(here.root) / "outbox"
    return sorted(name.partition(".")[2] for name in os.listdir(folder))


# -- queueing


def test_a_queued_message_is_due_at_once_or_after_its_time(here: Bed) -> None:
    now, later = queue(here), queue(here, wait=60)
    assert (now.stage, later.stage) == (Stage.DUE, Stage.HELD)
    assert (now.subject, now.message_id, now.sender) == ("hello", "letter@example", "me@example")
    assert [one.address for one in now.recipients] == [BOB, EVE]
    assert here.store.base().outgoing(ACCOUNT) == outbox(here)
    assert here.store.base().outgoing(AccountId("other")) == ()


def test_the_message_lies_in_the_store_with_crlf_and_for_its_owner_alone(here: Bed) -> None:
    one = queue(here)
    assert Path(one.path).read_bytes() == LETTER.replace(b"\n", b"\r\n")
    assert one.size == os.stat(one.path).st_size
    for path in (one.path, one.path.replace(".eml", ".json"), os.path.dirname(one.path)):
        assert os.stat(path).st_mode & 0o077 == 0


def test_queueing_is_told_and_is_a_step_of_the_history(here: Bed) -> None:
    send = Send(ACCOUNT, written(here), "me@example", (BOB,), time.time() + 60)
    changes = here.apply(Submitted(None, send))
    assert [change.label for change in changes if isinstance(change, Done)] == ["Queued to send"]
    (told,) = [change for change in changes if isinstance(change, OutboxChanged)]
    assert (told.waiting, told.held, told.stuck) == (0, 1, 0)


def test_the_draft_leaves_drafts_with_the_queueing(here: Bed) -> None:
    draft = save_draft(here)
    queue(here, draft=draft.placement)
    assert here.rows("Drafts") == ()
    assert here.store.base().pending(ACCOUNT) == ()  # it was never uploaded: there is nothing to be told to the server
    assert audit(here.root) == []


def test_a_draft_on_the_server_is_expunged_there(here: Bed) -> None:
    here.apply(here.delta(here.delivery(5, raw(5), box="Drafts", flags=DRAFT), box="Drafts"))
    draft = here.row(5, "Drafts")
    queue(here, draft=draft.placement)
    assert here.rows("Drafts") == ()
    assert [line.intent for line in here.store.base().pending(ACCOUNT)] == [Expunge((draft.placement,))]


def test_nobody_to_send_it_to_is_refused(here: Bed) -> None:
    with pytest.raises(StoreError, match="nobody"):
        here.apply(Submitted(None, Send(ACCOUNT, written(here), "me@example", (" ",))))
    assert outbox(here) == ()


def test_a_full_disk_while_queueing_leaves_the_draft(here: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = save_draft(here)
    real = os.write

    def full(descriptor: int, data: bytes) -> int:
        if b"hello" in bytes(data):
            raise OSError(28, "No space left on device")
        return real(descriptor, data)

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StoreError, match="disk is full"):
        queue(here, draft=draft.placement)
    monkeypatch.undo()
    assert [row.word for row in here.rows("Drafts")] == [draft.word]
    assert outbox(here) == ()
    assert left(here) == []
    assert audit(here.root) == []


def test_sending_works_without_an_engine(here: Bed, tmp_path: Path) -> None:
    here.store.close()
    settings = Settings((Account(ACCOUNT, "me@example", "Me"),), here.root)
    boot.submit(settings, Deed("", (Send(ACCOUNT, written(here), "me@example", (BOB,)),)))
    here.store = Store.open(here.root)
    assert only(here).stage is Stage.DUE


# -- taking it back


def test_unsend_brings_it_back_as_a_draft(here: Bed) -> None:
    one = queue(here, wait=60)
    changes = order(here, Unsend(one.id))
    (draft,) = here.rows("Drafts")
    assert [change.placement for change in changes if isinstance(change, Unsent)] == [draft.placement]
    assert draft.flags == DRAFT
    assert here.bytes_of(draft) == LETTER.replace(b"\n", b"\r\n")
    assert outbox(here) == ()
    assert left(here) == []
    assert [line.intent for line in here.store.base().pending(ACCOUNT)] == [Upload((draft.placement,))]


def test_undo_of_the_step_does_the_same(here: Bed) -> None:
    queue(here, wait=60)
    changes = here.apply(Submitted(None, Undo()))
    (draft,) = here.rows("Drafts")
    assert [change.placement for change in changes if isinstance(change, Unsent)] == [draft.placement]
    assert outbox(here) == ()
    with pytest.raises(StoreError, match="open the draft"):
        here.apply(Submitted(None, Redo()))


def test_a_message_can_be_taken_back_while_the_server_is_asked_but_not_later(here: Bed) -> None:
    one = queue(here)
    begin(here, one.id)
    order(here, Unsend(one.id))
    with pytest.raises(WithdrawnError):
        here.apply(FinalDot(ACCOUNT, one.id, (BOB,)))
    end(here, one.id, sent=(BOB,))  # a worker that ends its try finds nothing to write down
    assert outbox(here) == ()
    two = queue(here)
    begin(here, two.id, BOB, EVE)
    with pytest.raises(StoreError, match="too late"):
        order(here, Unsend(two.id))
    end(here, two.id, sent=(BOB, EVE))
    with pytest.raises(StoreError, match="too late"):
        order(here, Unsend(two.id))


def test_what_went_out_does_not_stand_in_the_way_of_undo(here: Bed) -> None:
    here.fill(1)
    here.apply(Submitted(None, Deed("Deleted", (Expunge((here.row(1).placement,)),))))
    one = queue(here)
    begin(here, one.id, BOB, EVE)
    end(here, one.id, sent=(BOB, EVE))
    here.apply(Submitted(None, Undo()))
    assert here.row(1)


def test_a_try_that_reached_nobody_can_be_undone_again(here: Bed) -> None:
    one = queue(here)
    begin(here, one.id, BOB, EVE)
    end(here, one.id, waiting=(BOB, EVE))  # the dot was never said
    here.apply(Submitted(None, Undo()))
    assert len(here.rows("Drafts")) == 1


# -- going out


def test_held_messages_are_not_submitted(here: Bed) -> None:
    one = queue(here, wait=60)
    with pytest.raises(WithdrawnError):
        here.apply(Submitting(ACCOUNT, one.id))
    order(here, SendNow(one.id))
    here.apply(Submitting(ACCOUNT, one.id))
    assert only(here).stage is Stage.SENDING
    assert only(here).tries == 1


def test_the_final_dot_needs_a_submission(here: Bed) -> None:
    one = queue(here)
    with pytest.raises(WithdrawnError):
        here.apply(FinalDot(ACCOUNT, one.id, (BOB,)))
    begin(here, one.id, BOB)
    assert only(here).stage is Stage.FINAL
    with pytest.raises(WithdrawnError):
        here.apply(Submitting(ACCOUNT, one.id))


def test_sent_to_all_is_in_sent_and_the_original_is_answered(here: Bed) -> None:
    here.fill(1, 2)
    one = queue(here, answers=here.row(1).placement, forwards=here.row(2).placement)
    begin(here, one.id, BOB, EVE)
    changes = end(here, one.id, sent=(BOB, EVE))
    assert only(here).stage is Stage.SENT
    assert only(here).path == ""
    assert here.store.base().outgoing(ACCOUNT) == ()
    (copy,) = here.rows("Sent")
    assert copy.flags == Flags(int(Flag.SEEN))
    assert b"Bcc: eve@e.example" in (here.bytes_of(copy) or b"")
    assert here.row(1).flags.bits & Flag.ANSWERED
    assert here.row(2).flags.keywords == ("$Forwarded",)
    assert [change.text for change in changes if isinstance(change, Notice)] == ["Sent to 2 · in Sent"]
    assert left(here) == []
    crash(here)
    assert len(here.rows("Sent")) == 1
    assert only(here).stage is Stage.SENT


def test_an_account_whose_server_keeps_copies_gets_none_of_ours(here: Bed) -> None:
    here.apply(NoSentCopies((ACCOUNT,)))
    one = queue(here)
    begin(here, one.id, BOB, EVE)
    changes = end(here, one.id, sent=(BOB, EVE))
    assert here.rows("Sent") == ()
    assert left(here) == []
    assert [change.text for change in changes if isinstance(change, Notice)] == ["Sent to 2"]


def test_what_nobody_has_is_tried_again_later_and_later(here: Bed) -> None:
    one = queue(here)
    pauses = []
    for _ in range(3):
        begin(here, one.id)
        end(here, one.id)
        pauses.append(only(here).next_try - time.time())
        order(here, SendNow(one.id))
    assert only(here).answer == "the server's words"
    assert 50 < pauses[0] < 70 < 110 < pauses[1] < 130 < 230 < pauses[2] < 250
    here.apply(SubmissionEnded(ACCOUNT, one.id, (), "no network", 5e9))
    assert only(here).next_try == 5e9


def test_some_refused_is_stuck_and_one_copy_is_kept(here: Bed) -> None:
    one = queue(here, BOB, EVE, ANN)
    begin(here, one.id, BOB)
    changes = end(here, one.id, sent=(BOB,), refused=(EVE,), waiting=(ANN,))
    assert only(here).stage is Stage.DUE  # one still waits
    assert here.rows("Sent") == ()
    begin(here, one.id, ANN)
    changes = end(here, one.id, sent=(ANN,), refused=(BOB,))
    assert only(here).stage is Stage.STUCK
    assert fates(here) == {BOB: Fate.SENT, EVE: Fate.REFUSED, ANN: Fate.SENT}
    assert len(here.rows("Sent")) == 1
    (notice,) = [change for change in changes if isinstance(change, Notice)]
    assert EVE in notice.text
    assert "250 refused" in notice.text
    with pytest.raises(StoreError, match="too late"):
        order(here, Unsend(one.id))
    with pytest.raises(StoreError, match="undecided"):
        order(here, SendNow(one.id))
    order(here, SendAgain(one.id))
    assert fates(here)[EVE] is Fate.WAITING
    begin(here, one.id, EVE)
    end(here, one.id, sent=(EVE,))
    assert only(here).stage is Stage.SENT
    assert len(here.rows("Sent")) == 1


def test_all_refused_can_be_taken_back_or_settled_into_a_draft(here: Bed) -> None:
    for decide in (Unsend, Settle):
        one = queue(here)
        begin(here, one.id)
        end(here, one.id, refused=(BOB, EVE))
        assert only(here).stage is Stage.STUCK
        assert here.rows("Sent") == ()
        order(here, decide(one.id))
        assert outbox(here) == ()
        assert len(here.rows("Drafts")) == 1


def test_settling_counts_unsure_ones_as_sent(here: Bed) -> None:
    one = queue(here)
    begin(here, one.id, BOB)
    end(here, one.id, unsure=(BOB,), refused=(EVE,))
    assert here.rows("Sent") == ()
    order(here, Settle(one.id))
    assert (only(here).stage, fates(here)) == (Stage.SENT, {BOB: Fate.SENT, EVE: Fate.REFUSED})
    assert len(here.rows("Sent")) == 1
    assert left(here) == []
    with pytest.raises(StoreError):
        order(here, Settle(one.id))
    with pytest.raises(StoreError, match="nobody to send it to again"):
        order(here, SendAgain(one.id))


def test_what_waits_for_somebody_can_be_given_up(here: Bed) -> None:
    one = queue(here)
    with pytest.raises(StoreError, match="not gone out to anybody"):
        order(here, Settle(one.id))
    begin(here, one.id, BOB)
    end(here, one.id, sent=(BOB,))
    order(here, Settle(one.id))
    assert fates(here) == {BOB: Fate.SENT, EVE: Fate.REFUSED}
    assert only(here).stage is Stage.SENT


def test_it_is_sent_again_only_to_those_who_were_named(here: Bed) -> None:
    one = queue(here)
    begin(here, one.id, BOB, EVE)
    end(here, one.id, unsure=(BOB, EVE))
    with pytest.raises(StoreError, match="nobody to send it to again"):
        order(here, SendAgain(one.id, (ANN,)))
    order(here, SendAgain(one.id, (EVE,)))
    assert fates(here) == {BOB: Fate.UNSURE, EVE: Fate.WAITING}
    assert only(here).stage is Stage.DUE
    assert only(here).tries == 0


def test_orders_about_what_is_not_there_are_refused(here: Bed) -> None:
    with pytest.raises(StoreError, match="no such message"):
        order(here, SendNow(OutgoingId(99)))


def test_a_copy_in_sent_that_can_not_be_made_yet_is_made_later(tmp_path: Path) -> None:
    here = Bed(str(tmp_path / "store"), Store.open(str(tmp_path / "store")))
    try:
        one = queue(here)  # the account was never listed: there is no folder at all
        begin(here, one.id, BOB, EVE)
        changes = end(here, one.id, sent=(BOB, EVE))
        assert any("no copy in Sent yet" in change.text for change in changes if isinstance(change, Notice))
        assert only(here).stage is Stage.SENT
        assert left(here) == ["eml", "json"]
        with bed(tmp_path / "other", "INBOX", "Sent"):
            pass
        from tests.support.store_bed import remote

        here.apply(remote("INBOX", "Sent"))
        here.apply(KeepDeleted(None))
        assert len(here.rows("Sent")) == 1
        assert left(here) == []
        here.apply(KeepDeleted(None))
        assert len(here.rows("Sent")) == 1
    finally:
        here.store.close()


def test_records_are_forgotten_after_a_week(here: Bed) -> None:
    one = queue(here)
    begin(here, one.id, BOB, EVE)
    end(here, one.id, sent=(BOB, EVE))
    here.apply(KeepDeleted(None))
    assert len(outbox(here)) == 1
    here.store._db.execute("UPDATE outbox SET next_try = ?", (time.time() - 8 * 86_400,))
    here.apply(KeepDeleted(None))
    assert outbox(here) == ()


# -- crashes


def test_a_crash_before_the_final_dot_is_a_try_more(here: Bed) -> None:
    one = queue(here)
    begin(here, one.id)
    crash(here)
    assert only(here).stage is Stage.DUE
    assert set(fates(here).values()) == {Fate.WAITING}


def test_a_crash_at_the_final_dot_leaves_the_accepted_unsure(here: Bed) -> None:
    one = queue(here)
    begin(here, one.id, BOB, EVE)
    crash(here)
    assert only(here).stage is Stage.STUCK
    assert set(fates(here).values()) == {Fate.UNSURE}
    assert here.rows("Sent") == ()
    assert any(BOB in text or "2 recipients may have got it" in text for _, text, _ in here.store.notices)
    crash(here)
    assert only(here).stage is Stage.STUCK
    assert here.store.notices == ()


def test_whom_the_server_had_not_accepted_still_waits_after_a_crash(here: Bed) -> None:
    one = queue(here)
    begin(here, one.id, BOB)
    crash(here)
    assert fates(here) == {BOB: Fate.UNSURE, EVE: Fate.WAITING}
    assert only(here).stage is Stage.DUE


def test_a_worker_that_fails_is_cleaned_up_after_without_a_restart(here: Bed) -> None:
    one = queue(here, BOB)
    begin(here, one.id, BOB)
    here.apply(SendingEnded(AccountId("other")))
    assert only(here).stage is Stage.FINAL
    here.apply(SendingEnded(ACCOUNT))
    assert fates(here) == {BOB: Fate.UNSURE}


def test_files_of_a_message_that_was_never_queued_go(here: Bed) -> None:
    queue(here)
    folder = Path(here.root) / "outbox"
    for name in ("abcdefghijkl.eml", "abcdefghijkl.json", "zzzzzzzzzzzz.json", "abc.eml.half"):
        (folder / name).write_bytes(b"x")
    crash(here)
    assert left(here) == ["eml", "json"]


def test_a_message_whose_file_is_gone_is_stuck(here: Bed) -> None:
    one = queue(here)
    os.unlink(one.path)
    crash(here)
    assert only(here).stage is Stage.STUCK
    assert {answer.answer for answer in only(here).recipients} == {"the message's file is gone"}


@pytest.mark.parametrize("lost", [False, True])
def test_a_folder_that_can_not_be_listed_says_nothing(here: Bed, monkeypatch: pytest.MonkeyPatch, lost: bool) -> None:
    queue(here)
    here.store.close()
    listed = os.listdir

    def full(place: str) -> list[str]:
        if str(place).endswith("outbox"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return listed(place)

    monkeypatch.setattr(os, "listdir", full)
    if lost:
        os.unlink(Path(here.root) / "index.sqlite")
        with pytest.raises(StoreError, match="outbox"):
            Store.open(here.root)
    else:
        Store.open(here.root).close()
    monkeypatch.undo()
    here.store = Store.open(here.root)
    assert only(here).stage is (Stage.HELD if lost else Stage.DUE)
    assert left(here) == ["eml", "json"]


def test_a_rebuild_that_ends_before_the_outbox_costs_nothing_of_it(here: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    queue(here)
    here.store.close()
    os.unlink(Path(here.root) / "index.sqlite")

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mailtui.store.store.recover_outbox", killed)
    with pytest.raises(KeyboardInterrupt):
        Store.open(here.root)
    monkeypatch.undo()
    here.store = Store.open(here.root)
    assert only(here).stage is Stage.HELD
    assert left(here) == ["eml", "json"]


# -- the index is lost


def test_reindexing_keeps_the_outbox_as_it_is(here: Bed) -> None:
    queue(here, wait=60)
    two = queue(here, BOB)
    begin(here, two.id, BOB)
    end(here, two.id, refused=(BOB,))
    before = outbox(here)
    here.store.close()
    reindex(here.root)
    here.store = Store.open(here.root)
    assert outbox(here) == before
    here.apply(Submitted(None, Undo()))
    here.apply(Submitted(None, Undo()))
    assert len(here.rows("Drafts")) == 1  # the same text twice is one draft


def test_without_any_index_the_files_are_enough(here: Bed) -> None:
    one = queue(here, answers=None)
    two = queue(here, BOB, EVE)
    begin(here, two.id, BOB)
    here.store.close()
    for name in os.listdir(here.root):
        if name.startswith("index.sqlite"):
            os.unlink(os.path.join(here.root, name))
    here.store = Store.open(here.root)
    found = {os.path.basename(message.path): message for message in outbox(here)}
    held, cut = found[os.path.basename(one.path)], found[os.path.basename(two.path)]
    assert (held.stage, held.not_before) == (Stage.HELD, NEVER)
    assert [(one.address, one.fate) for one in cut.recipients] == [(BOB, Fate.UNSURE), (EVE, Fate.WAITING)]
    assert (cut.stage, cut.not_before) == (Stage.HELD, NEVER)
    assert held.sender == "me@example"
    assert any("the index was lost" in text for _, text, _ in here.store.notices)
    order(here, SendNow(held.id))
    assert here.store.base().outgoing(ACCOUNT)[0].stage in (Stage.DUE, Stage.HELD)
    crash(here)
    assert len(outbox(here)) == 2


def test_without_a_state_file_the_header_has_to_do(here: Bed) -> None:
    one = queue(here)
    Path(one.path.replace(".eml", ".json")).write_text(json.dumps({"stage": "nonsense"}))
    here.store.close()
    for name in os.listdir(here.root):
        if name.startswith("index.sqlite"):
            os.unlink(os.path.join(here.root, name))
    here.store = Store.open(here.root)
    assert only(here).stage is Stage.HELD
    assert [person.address for person in only(here).recipients] == [BOB, EVE]


AGAIN = (
    b"Resent-From: me@example\nResent-To: ann@a.example\nResent-Date: Mon, 23 Nov 2026 12:00:00 +0000\n"
    b"Resent-Message-ID: <again@example>\n"
)


def test_what_is_sent_again_goes_by_the_name_of_this_sending(here: Bed) -> None:
    send = Send(ACCOUNT, written(here, AGAIN + LETTER), "me@example", (ANN,))
    here.apply(Submitted(None, Deed("Sent again", (send,))))
    assert only(here).message_id == "again@example"
    Path(only(here).path.replace(".eml", ".json")).write_text("lost")
    here.store.close()
    for name in os.listdir(here.root):
        if name.startswith("index.sqlite"):
            os.unlink(os.path.join(here.root, name))
    here.store = Store.open(here.root)
    assert only(here).message_id == "again@example"
    assert [person.address for person in only(here).recipients] == [ANN], "never to those who had it first"


def test_a_store_of_the_schema_before_gets_an_outbox_and_knows_people(here: Bed) -> None:
    here.fill(1, 2)
    here.store.close()
    with contextlib.closing(sqlite3.connect(os.path.join(here.root, "index.sqlite"))) as db:
        db.executescript("DROP TABLE outbox; DROP TABLE outbox_recipient; DROP TABLE person; PRAGMA user_version=2;")
    here.store = Store.open(here.root)
    assert queue(here).stage is Stage.DUE
    with contextlib.closing(here.store.reader()) as reader:
        assert [(person.address, person.name, person.got) for person in reader.people("ann")] == [
            ("anna@example", "Anna", 2)
        ]
