"""The outbox: each stage, what a crash leaves of it, and that nobody is told anything twice."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailtui.model.changes import Change, Done, Notice, OutboxChanged, Unsent
from mailtui.model.errors import StoreError
from mailtui.model.folder import Role
from mailtui.model.intents import Deed, Redo, Undo
from mailtui.model.mail import Flag, Flags
from mailtui.model.outgoing import (
    Fate,
    FinalDot,
    Outgoing,
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
from mailtui.store.requests import NoSentCopies, Submitted
from mailtui.store.store import Store
from tests.support.store_bed import ACCOUNT, Bed, bed, raw

WHOM = ("a@example.com", "b@example.com")
DRAFT = Flags(int(Flag.DRAFT | Flag.SEEN))


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Bed]:
    with bed(tmp_path / "store", "INBOX", "Drafts", "Sent") as made:
        yield made


def queue(here: Bed, number: int = 1, **more: object) -> list[Change]:
    path = Path(here.root).parent / f"written-{number}"
    path.write_bytes(raw(number))
    send = Send(ACCOUNT, str(path), "me@example.com", WHOM, **more)  # type: ignore[arg-type]
    changes = here.apply(Submitted(None, Deed(f"Sent {number}", (send,))))
    path.unlink()
    return changes


def box(here: Bed) -> Outgoing:
    (one,) = here.store.reader().outbox()
    return one


def fates(one: Outgoing) -> list[Fate]:
    return [recipient.fate for recipient in one.recipients]


def ended(one: Outgoing, *found: Fate, at: float | None = None, answer: str = "ok") -> SubmissionEnded:
    told = tuple(Recipient(address, fate, answer) for address, fate in zip(WHOM, found, strict=True))
    return SubmissionEnded(ACCOUNT, one.id, told, answer, at)


def go(here: Bed, *found: Fate, at: float | None = None) -> list[Change]:
    one = box(here)
    here.apply(Submitting(ACCOUNT, one.id))
    here.apply(FinalDot(ACCOUNT, one.id, WHOM))
    return here.apply(ended(one, *found, at=at))


def sent(here: Bed) -> list[str]:
    return [row.subject for row in here.rows("Sent")]


def files_left(here: Bed) -> list[str]:
    folder = os.path.join(here.root, "outbox")
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def test_queued_sent_and_kept_in_sent_once(here: Bed) -> None:
    changes = queue(here)
    assert any(isinstance(change, Done) for change in changes)
    assert next(change for change in changes if isinstance(change, OutboxChanged)).waiting == 1
    one = box(here)
    assert (one.stage, one.subject, one.sender) == (Stage.DUE, "number 1", "me@example.com")
    assert [recipient.address for recipient in one.recipients] == list(WHOM)
    assert Path(one.path).read_bytes() == raw(1).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    assert os.stat(one.path).st_mode & 0o077 == 0
    changes = go(here, Fate.SENT, Fate.SENT)
    assert box(here).stage is Stage.SENT
    assert sent(here) == ["number 1"]
    assert here.rows("Sent")[0].flags.seen
    assert any(isinstance(change, Notice) and change.text == "Sent to 2 · in Sent" for change in changes)
    assert files_left(here) == []
    here.apply(NoSentCopies(()))
    assert sent(here) == ["number 1"]


def test_held_until_its_time(here: Bed) -> None:
    queue(here, not_before=time.time() + 1000)
    one = box(here)
    assert one.stage is Stage.HELD
    with pytest.raises(StoreError):
        here.apply(Submitting(ACCOUNT, one.id))
    here.apply(Submitted(None, SendNow(one.id)))
    assert box(here).stage is Stage.DUE
    here.apply(Submitting(ACCOUNT, one.id))
    assert (box(here).stage, box(here).tries) == (Stage.SENDING, 1)


def test_taken_back_it_is_a_draft_again(here: Bed) -> None:
    queue(here, not_before=time.time() + 1000)
    changes = here.apply(Submitted(None, Unsend(box(here).id)))
    (row,) = here.rows("Drafts")
    assert row.subject == "number 1"
    assert row.flags.bits & Flag.DRAFT
    assert [change.placement for change in changes if isinstance(change, Unsent)] == [row.placement]
    assert here.store.reader().outbox() == ()
    assert files_left(here) == []


def test_undo_takes_it_back_and_nothing_can_be_redone(here: Bed) -> None:
    queue(here)
    here.apply(Submitted(None, Undo()))
    assert [row.subject for row in here.rows("Drafts")] == ["number 1"]
    assert here.store.reader().outbox() == ()
    with pytest.raises(StoreError):
        here.apply(Submitted(None, Redo()))


def test_the_draft_leaves_when_it_is_queued(here: Bed) -> None:
    path = Path(here.root).parent / "draft"
    path.write_bytes(raw(1))
    here.apply(Submitted(None, Deed("", (Save(ACCOUNT, Role.DRAFTS, str(path), DRAFT),))))
    (draft,) = here.rows("Drafts")
    queue(here, draft=draft.placement)
    assert here.rows("Drafts") == ()
    here.apply(Submitted(None, Undo()))
    assert [row.subject for row in here.rows("Drafts")] == ["number 1"]
    assert here.store.reader().safety_copies() == ()


def test_too_late_to_take_it_back(here: Bed) -> None:
    queue(here)
    one = box(here)
    here.apply(Submitting(ACCOUNT, one.id))
    here.apply(FinalDot(ACCOUNT, one.id, WHOM))
    with pytest.raises(StoreError, match="too late"):
        here.apply(Submitted(None, Unsend(one.id)))
    here.apply(ended(one, Fate.SENT, Fate.SENT))
    with pytest.raises(StoreError, match="nothing to undo"):
        here.apply(Submitted(None, Undo()))
    assert sent(here) == ["number 1"]


def test_taken_back_while_it_is_handed_over_the_dot_is_not_said(here: Bed) -> None:
    queue(here)
    one = box(here)
    here.apply(Submitting(ACCOUNT, one.id))
    here.apply(Submitted(None, Unsend(one.id)))
    with pytest.raises(StoreError):
        here.apply(FinalDot(ACCOUNT, one.id, WHOM))
    here.apply(ended(one, Fate.WAITING, Fate.WAITING, at=time.time()))
    assert here.store.reader().outbox() == ()
    assert len(here.rows("Drafts")) == 1


def test_put_off_refused_and_sent_again(here: Bed) -> None:
    queue(here)
    later = time.time() + 60
    go(here, Fate.SENT, Fate.WAITING, at=later)
    one = box(here)
    assert (one.stage, one.next_try, fates(one)) == (Stage.DUE, later, [Fate.SENT, Fate.WAITING])
    assert sent(here) == []
    here.apply(Submitting(ACCOUNT, one.id))
    here.apply(SubmissionEnded(ACCOUNT, one.id, (Recipient(WHOM[1], Fate.REFUSED, "550 no"),), "550 no"))
    one = box(here)
    assert (one.stage, fates(one)) == (Stage.STUCK, [Fate.SENT, Fate.REFUSED])
    assert sent(here) == ["number 1"]
    here.apply(Submitted(None, SendAgain(one.id)))
    assert fates(box(here)) == [Fate.SENT, Fate.WAITING]
    here.apply(Submitting(ACCOUNT, one.id))
    here.apply(FinalDot(ACCOUNT, one.id, WHOM[1:]))
    here.apply(SubmissionEnded(ACCOUNT, one.id, (Recipient(WHOM[1], Fate.SENT, "ok"),), "ok"))
    assert box(here).stage is Stage.SENT
    assert sent(here) == ["number 1"]


def test_an_unsure_one_waits_for_the_person(here: Bed) -> None:
    queue(here)
    go(here, Fate.UNSURE, Fate.UNSURE)
    one = box(here)
    assert one.stage is Stage.STUCK
    with pytest.raises(StoreError):
        here.apply(Submitting(ACCOUNT, one.id))
    with pytest.raises(StoreError):
        here.apply(Submitted(None, SendNow(one.id)))
    here.apply(Submitted(None, Settle(one.id)))
    assert box(here).stage is Stage.SENT
    assert sent(here) == ["number 1"]


def test_a_refused_one_that_is_given_up_is_a_draft_again(here: Bed) -> None:
    queue(here)
    go(here, Fate.REFUSED, Fate.REFUSED)
    here.apply(Submitted(None, Settle(box(here).id)))
    assert here.store.reader().outbox() == ()
    assert [row.subject for row in here.rows("Drafts")] == ["number 1"]
    assert sent(here) == []


def test_where_the_server_keeps_copies_none_is_made(here: Bed) -> None:
    here.apply(NoSentCopies((ACCOUNT,)))
    queue(here)
    go(here, Fate.SENT, Fate.SENT)
    assert sent(here) == []
    assert files_left(here) == []


def test_nobody_to_send_it_to_and_no_file(here: Bed) -> None:
    with pytest.raises(StoreError, match="nobody"):
        here.apply(Submitted(None, Deed("x", (Send(ACCOUNT, "/dev/null", "", ()),))))
    with pytest.raises(StoreError):
        here.apply(Submitted(None, Deed("x", (Send(ACCOUNT, "/nowhere", "", WHOM),))))
    assert here.store.reader().outbox() == ()
    assert files_left(here) == []


def test_no_room_for_the_message(here: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: str, data: bytes) -> None:
        raise StoreError("no space left on the disk")

    monkeypatch.setattr("mailtui.store.outbox.write_private", full)
    with pytest.raises(StoreError, match="no space"):
        queue(here)
    monkeypatch.undo()
    assert here.store.reader().outbox() == ()
    queue(here, 2)
    assert box(here).subject == "number 2"


# -- crashes


def crash(here: Bed) -> None:
    """The process is gone: nothing was closed in order."""
    here.store._db.execute("PRAGMA user_version").fetchone()
    here.store._close()
    here.store._lock.release()
    here.store = Store.open(here.root)


def test_after_a_crash(here: Bed) -> None:
    queue(here)
    one = box(here)
    here.apply(Submitting(ACCOUNT, one.id))
    crash(here)
    assert box(here).stage is Stage.DUE, "nothing that can't be repeated was said"
    here.apply(Submitting(ACCOUNT, one.id))
    here.apply(FinalDot(ACCOUNT, one.id, WHOM[:1]))
    crash(here)
    again = box(here)
    assert fates(again) == [Fate.UNSURE, Fate.WAITING]
    assert again.stage is Stage.DUE, "the other one has not been told anything"
    here.apply(Submitting(ACCOUNT, one.id))
    here.apply(SubmissionEnded(ACCOUNT, one.id, (Recipient(WHOM[1], Fate.SENT, "ok"),), "ok"))
    assert fates(box(here)) == [Fate.UNSURE, Fate.SENT]
    assert box(here).stage is Stage.STUCK


def test_files_of_a_transaction_that_never_was_go(here: Bed) -> None:
    queue(here)
    folder = os.path.join(here.root, "outbox")
    Path(folder, "abcdefabcdef.eml").write_bytes(b"x")
    Path(folder, "abcdefabcdef.json").write_bytes(b"{}")
    crash(here)
    assert {name.partition(".")[0] for name in files_left(here)} == {Path(box(here).path).stem}


@pytest.mark.parametrize("stage", [Stage.DUE, Stage.HELD, Stage.FINAL, Stage.STUCK])
def test_the_index_is_lost(here: Bed, stage: Stage) -> None:
    queue(here, not_before=time.time() + 1000 if stage is Stage.HELD else 0.0)
    one = box(here)
    if stage in (Stage.FINAL, Stage.STUCK):
        here.apply(Submitting(ACCOUNT, one.id))
        here.apply(FinalDot(ACCOUNT, one.id, WHOM))
    if stage is Stage.STUCK:
        here.apply(ended(one, Fate.UNSURE, Fate.REFUSED))
    before = box(here)
    here.store._close()
    here.store._lock.release()
    for name in os.listdir(here.root):
        if name.startswith("index.sqlite"):
            os.unlink(os.path.join(here.root, name))
    here.store = Store.open(here.root)
    after = box(here)
    assert (after.subject, after.message_id, after.sender) == (before.subject, before.message_id, before.sender)
    assert Path(after.path).read_bytes() == Path(before.path).read_bytes()
    if stage is Stage.FINAL:
        assert (after.stage, fates(after)) == (Stage.STUCK, [Fate.UNSURE, Fate.UNSURE])
    else:  # without the index nobody knows whether it went out since: the person says
        assert after.stage is (Stage.HELD if stage is Stage.DUE else before.stage)
        assert fates(after) == fates(before)


def test_a_store_of_an_older_version_gets_an_outbox(tmp_path: Path) -> None:
    root = str(tmp_path / "store")
    Store.open(root).close()
    import sqlite3

    db = sqlite3.connect(os.path.join(root, "index.sqlite"))
    db.executescript("DROP TABLE outbox; DROP TABLE outbox_recipient; PRAGMA user_version = 2;")
    db.close()
    store = Store.open(root)
    assert store.reader().outbox() == ()
    store.close()
