"""A person writes, sends, takes back and sends again; servers take over, refuse, or are never heard of again; all of it
ends anywhere and starts again. The ledger: nobody is told twice unless the person asked for it, and every text lies in
exactly one of Drafts, outbox and Sent.

MAILTUI_LEDGER_RUNS and MAILTUI_LEDGER_STEPS make the run longer (defaults 12 and 25)."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mailtui.model.errors import StoreError
from mailtui.model.folder import Role
from mailtui.model.ids import PlacementId
from mailtui.model.intents import Deed, Undo
from mailtui.model.mail import Flags
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
from mailtui.store.files import FileWork
from mailtui.store.outbox import WithdrawnError
from mailtui.store.reindex import reindex
from mailtui.store.requests import KeepDeleted, SendingEnded, Submitted
from mailtui.store.store import Store
from tests.support.store_bed import ACCOUNT, Bed, remote

RUNS = int(os.environ.get("MAILTUI_LEDGER_RUNS", "12"))
STEPS = int(os.environ.get("MAILTUI_LEDGER_STEPS", "25"))
WHOM = ("ann@a.example", "bob@b.example", "cid@c.example")


def letter(number: int) -> bytes:
    return f"From: me@example\r\nMessage-ID: <{number}@example>\r\nSubject: letter {number}\r\n\r\ntext\r\n".encode()


class Cut(Exception):
    """The process ends here."""


class Life(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="mailtui-outbox-"))
        self.here = Bed(str(self.folder / "store"), Store.open(str(self.folder / "store")))
        self.written: set[int] = set()
        """Numbers of the letters that the store said yes to."""
        self.told: Counter[tuple[int, str]] = Counter()
        """How often a server took a letter over for somebody."""
        self.allowed: Counter[tuple[int, str]] = Counter()
        """How often the person asked for it again, not knowing whether it had gone out."""
        self.copied: set[tuple[int, int]] = set()
        """Letters that were stuck once: if somebody has them, they are in Sent already when they are sent again."""
        self.next = 1

    @initialize()
    def listed(self) -> None:
        self.here.apply(remote("INBOX", "Drafts", "Sent"))

    def teardown(self) -> None:
        self.here.store.close()
        shutil.rmtree(self.folder)

    # -- looking

    def outbox(self) -> list[Outgoing]:
        with contextlib.closing(self.here.store.reader()) as reader:
            return [one for one in reader.outbox() if one.stage is not Stage.SENT]

    def lying(self) -> Counter[int]:
        """How many times each letter lies somewhere. What some have and others were refused lies in Sent, and its
        recipients are still to be decided about in the outbox: that is one."""
        found = Counter(_number(one) for one in self.outbox())
        decided = {
            _number(one)
            for one in self.outbox()
            if any(whom.fate is Fate.SENT for whom in one.recipients)
            and (one.stage is Stage.STUCK or (_number(one), one.id) in self.copied)
        }
        for box in ("Drafts", "Sent"):
            for row in self.here.rows(box):
                number = int(row.subject.split()[-1])
                assert self.here.bytes_of(row) == letter(number)
                found[number] += 1
                if box == "Sent" and number in decided:
                    found[number] -= 1
        self.copied |= {(_number(one), one.id) for one in self.outbox() if one.stage is Stage.STUCK}
        return found

    def one(self, data: st.DataObject, *stages: Stage) -> Outgoing | None:
        fitting = [message for message in self.outbox() if message.stage in stages]
        return data.draw(st.sampled_from(fitting)) if fitting else None

    # -- the person

    @rule(data=st.data(), draft=st.booleans(), wait=st.booleans(), whom=st.sets(st.sampled_from(WHOM), min_size=1))
    def write(self, data: st.DataObject, whom: set[str], *, draft: bool, wait: bool) -> None:
        number, self.next = self.next, self.next + 1
        path = self.folder / "written"
        path.write_bytes(letter(number))
        saved: PlacementId | None = None
        if draft:
            self.here.apply(Submitted(None, Save(ACCOUNT, Role.DRAFTS, str(path), Flags(16))))
            self.written.add(number)
            saved = next(row.placement for row in self.here.rows("Drafts") if row.subject == f"letter {number}")
        if not draft or data.draw(st.booleans()):
            self.send(number, saved, whom, wait=wait)

    @rule(data=st.data(), whom=st.sets(st.sampled_from(WHOM), min_size=1))
    def send_a_draft(self, data: st.DataObject, whom: set[str]) -> None:
        drafts = self.here.rows("Drafts")
        if drafts:
            row = data.draw(st.sampled_from(drafts))
            number = int(row.subject.split()[-1])
            (self.folder / "written").write_bytes(letter(number))
            self.send(number, row.placement, whom, wait=False)

    def send(self, number: int, draft: PlacementId | None, whom: set[str], *, wait: bool) -> None:
        at = time.time() + 1e6 if wait else 0.0
        send = Send(ACCOUNT, str(self.folder / "written"), "me@example", tuple(sorted(whom)), at, draft=draft)
        self.here.apply(Submitted(None, Deed("Queued to send", (send,))))
        self.written.add(number)

    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        message = self.one(data, *Stage)
        if message is not None:
            late = message.stage is Stage.FINAL or any(
                one.fate in (Fate.SENT, Fate.UNSURE) for one in message.recipients
            )
            with contextlib.suppress(StoreError):
                self.here.apply(Submitted(None, Unsend(message.id)))
                assert not late
                return
            assert late

    @rule()
    def undo(self) -> None:
        with contextlib.suppress(StoreError):
            self.here.apply(Submitted(None, Undo()))

    @rule(data=st.data())
    def hurry(self, data: st.DataObject) -> None:
        message = self.one(data, Stage.HELD, Stage.DUE)
        if message is not None:
            self.here.apply(Submitted(None, SendNow(message.id)))

    @rule(data=st.data(), settles=st.booleans())
    def decide(self, data: st.DataObject, *, settles: bool) -> None:
        message = self.one(data, Stage.STUCK)
        if message is None:
            return
        if settles:
            self.here.apply(Submitted(None, Settle(message.id)))
            return
        undecided = [one for one in message.recipients if one.fate in (Fate.REFUSED, Fate.UNSURE)]
        chosen = data.draw(st.lists(st.sampled_from(undecided), unique=True))
        self.here.apply(Submitted(None, SendAgain(message.id, tuple(one.address for one in chosen))))
        for one in chosen or undecided:
            self.allowed[_number(message), one.address] += one.fate is Fate.UNSURE

    # -- the server

    @rule(data=st.data(), cut=st.sampled_from(("", "", "mail", "dot", "answer", "lost")))
    def submit(self, data: st.DataObject, cut: str) -> None:
        """`cut`: where the conversation, and with it the process, ends; "lost": only the conversation."""
        message = self.one(data, Stage.DUE)
        if message is None:
            number, self.next = self.next, self.next + 1
            (self.folder / "written").write_bytes(letter(number))
            self.send(number, None, data.draw(st.sets(st.sampled_from(WHOM), min_size=1)), wait=False)
            (message,) = [one for one in self.outbox() if one.stage is Stage.DUE]
        self.here.apply(Submitting(ACCOUNT, message.id))
        if cut == "mail":
            self.end(data)
            return
        waiting = [one.address for one in message.recipients if one.fate is Fate.WAITING]
        accepted = tuple(address for address in waiting if data.draw(st.booleans()))
        refused = [Recipient(address, Fate.REFUSED, "550 no") for address in waiting if address not in accepted]
        refused = [one for one in refused if data.draw(st.booleans())]  # the others were told to wait
        if not accepted:
            self.ended(message.id, refused)
            return
        self.here.apply(FinalDot(ACCOUNT, message.id, accepted))
        if cut == "dot":
            self.end(data)
            return
        taken = data.draw(st.booleans())
        if taken:
            self.told.update((_number(message), address) for address in accepted)
        if cut == "answer":
            self.end(data)
        elif cut == "lost":
            self.ended(message.id, [*refused, *(Recipient(one, Fate.UNSURE, "gone") for one in accepted)])
        else:
            fate = Fate.SENT if taken else data.draw(st.sampled_from((Fate.REFUSED, Fate.WAITING)))
            self.ended(message.id, [*refused, *(Recipient(one, fate, "said") for one in accepted)])

    @rule(data=st.data(), cut=st.sampled_from(("", "lost")))
    def submit_more(self, data: st.DataObject, cut: str) -> None:
        """Oftener than all else."""
        self.submit(data, cut)

    def ended(self, ident: OutgoingId, fates: list[Recipient]) -> None:
        self.here.apply(SubmissionEnded(ACCOUNT, ident, tuple(fates), "", time.time()))

    @rule(data=st.data())
    def taken_back_meanwhile(self, data: st.DataObject) -> None:
        """The person is faster than the server."""
        message = self.one(data, Stage.DUE)
        if message is None:
            return
        self.here.apply(Submitting(ACCOUNT, message.id))
        with contextlib.suppress(StoreError):
            self.here.apply(Submitted(None, Unsend(message.id)))
            with contextlib.suppress(WithdrawnError):
                self.here.apply(FinalDot(ACCOUNT, message.id, WHOM))
                raise AssertionError("it was handed over all the same")
        self.ended(message.id, [])

    # -- ends

    def end(self, data: st.DataObject) -> None:
        """Killed, or only the worker."""
        if data.draw(st.booleans()):
            self.here.apply(SendingEnded(ACCOUNT))
        else:
            self.killed()

    @rule()
    def killed(self) -> None:
        self.here.store._close()
        self.here.store._lock.release()
        self.here.store = Store.open(self.here.root)

    @rule(data=st.data(), before=st.booleans())
    def killed_in_a_commit(self, data: st.DataObject, *, before: bool) -> None:
        """The files are written; the transaction is not, or just so."""
        message = self.one(data, *Stage)
        if message is None:
            return
        orders: list[Unsend | SendNow | Settle] = [Unsend(message.id), SendNow(message.id), Settle(message.id)]
        ordered = data.draw(st.sampled_from(orders))

        def cut(*args: object) -> None:
            raise Cut

        with pytest.MonkeyPatch.context() as patch, contextlib.suppress(Cut, StoreError):
            patch.setattr(Store, "_bump", cut) if before else patch.setattr(FileWork, "finish", cut)
            patch.setattr(FileWork, "undo", lambda work: None)  # a killed process undoes nothing
            self.here.store.apply([Submitted(None, ordered)])
        self.killed()

    @rule()
    def reindexed(self) -> None:
        self.here.store.close()
        reindex(self.here.root)
        self.here.store = Store.open(self.here.root)

    @rule()
    def kept_up(self) -> None:
        self.here.apply(KeepDeleted(None))

    # -- what must be so

    @invariant()
    def every_text_is_somewhere_once(self) -> None:
        assert self.lying() == Counter(dict.fromkeys(self.written, 1))
        seen[tuple(sorted({one.stage.value for one in self.outbox()}))] += 1

    @invariant()
    def nobody_is_told_twice(self) -> None:
        for (number, address), times in self.told.items():
            assert times <= 1 + self.allowed[number, address], (number, address)

    @precondition(lambda self: not any(one.stage in (Stage.SENDING, Stage.FINAL) for one in self.outbox()))
    @invariant()
    def nothing_lies_about(self) -> None:
        folder = self.folder / "store" / "outbox"
        files = {path.name for path in folder.iterdir()} if folder.exists() else set()
        wanted = {os.path.basename(one.path) for one in self.outbox()}
        assert files == wanted | {name.replace(".eml", ".json") for name in wanted}


def _number(message: Outgoing) -> int:
    return int(message.subject.split()[-1])


seen: Counter[tuple[str, ...]] = Counter()
TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=RUNS,
    stateful_step_count=STEPS,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
