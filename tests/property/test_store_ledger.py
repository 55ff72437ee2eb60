"""A state machine of facts against a plain model, with crashes between the file work and the commit: nothing lost,
nothing doubled, the counters right."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mailtui.model.errors import StoreError
from mailtui.model.facts import Confirmed, FlagsAt, MailboxDelta, Refused
from mailtui.model.folder import Checkpoint
from mailtui.model.intents import SetFlags
from mailtui.model.mail import Flags
from mailtui.store.files import FileWork
from mailtui.store.folders import Folders
from mailtui.store.reindex import reindex
from mailtui.store.requests import Submitted
from mailtui.store.store import Store
from tests.support.small_store import ACCOUNT, box, delivery, files, header, open_store, raw_mail, seen

FLAGS = st.sets(st.sampled_from(["\\Seen", "\\Flagged", "$Junk", "work"])).map(Flags.of)
NAMES = ("INBOX", "Archive")
BOXES = st.sampled_from(NAMES)
NUMBERS = st.integers(1, 8)


class Crash(BaseException):
    pass


class Ledger(RuleBasedStateMachine):
    """The model: what the server has, as (number of the mail, flags, body here) by mailbox and UID."""

    @initialize()
    def start(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="mailtui-ledger-"))
        self.store = open_store(self.root, *NAMES)
        self.model: dict[str, dict[int, tuple[int, Flags, bool]]] = {name: {} for name in NAMES}
        self.next = dict.fromkeys(NAMES, 1)

    def delta(self, name: str, **fields: object) -> MailboxDelta:
        point = Checkpoint(7, self.next[name], 0, 1)
        return MailboxDelta(ACCOUNT, box(self.store, name), 7, checkpoint=point, **fields)  # type: ignore[arg-type]

    def arrive(self, name: str, numbers: list[int], flags: Flags) -> MailboxDelta:
        mails = []
        for number in numbers:
            uid = self.next[name]
            self.next[name] += 1
            mails.append(delivery(self.store, box(self.store, name), uid, raw_mail(number), flags.names()))
            self.model[name][uid] = (number, flags, True)
        return self.delta(name, deliveries=tuple(mails))

    @rule(name=BOXES, numbers=st.lists(NUMBERS, min_size=1, max_size=4), flags=FLAGS)
    def deliver(self, name: str, numbers: list[int], flags: Flags) -> None:
        self.store.apply([self.arrive(name, numbers, flags)])

    @rule(name=BOXES, number=NUMBERS, flags=FLAGS)
    def headers(self, name: str, number: int, flags: Flags) -> None:
        uid = self.next[name]
        self.next[name] += 1
        self.store.apply([self.delta(name, headers=(header(uid, raw_mail(number), flags.names()),))])
        self.model[name][uid] = (number, flags, False)

    @rule(name=BOXES)
    def complete(self, name: str) -> None:
        mails = []
        for uid, (number, flags, here) in self.model[name].items():
            if not here:
                mails.append(delivery(self.store, box(self.store, name), uid, raw_mail(number), flags.names()))
                self.model[name][uid] = (number, flags, True)
        self.store.apply([self.delta(name, deliveries=tuple(mails))])

    @rule(name=BOXES, flags=FLAGS, data=st.data())
    def flag(self, name: str, flags: Flags, data: st.DataObject) -> None:
        if self.model[name]:
            uid = data.draw(st.sampled_from(sorted(self.model[name])))
            self.store.apply([self.delta(name, flags=(FlagsAt(uid, flags),))])
            number, _, here = self.model[name][uid]
            self.model[name][uid] = (number, flags, here)

    @rule(name=BOXES, low=st.integers(1, 20), width=st.integers(0, 3))
    def vanish(self, name: str, low: int, width: int) -> None:
        self.store.apply([self.delta(name, vanished=((low, low + width),))])
        for uid in range(low, low + width + 1):
            self.model[name].pop(uid, None)

    @rule(name=BOXES, add=FLAGS, confirmed=st.booleans())
    def wish(self, name: str, add: Flags, confirmed: bool) -> None:
        reader = self.store.reader()
        rows = reader.page(box(self.store, name), limit=3)
        reader.close()
        self.store.apply([Submitted(ACCOUNT, SetFlags(tuple(row.placement for row in rows), add=add))])
        changing = any(row.flags.union(add) != row.flags for row in rows)
        assert len(self.store.base().pending(ACCOUNT)) == changing
        if not changing:
            return
        line = self.store.base().pending(ACCOUNT)[-1]
        self.store.apply([Confirmed(ACCOUNT, (line.id,)) if confirmed else Refused(ACCOUNT, line.id, "no")])
        for row in rows:
            assert row.uid is not None
            number, flags, here = self.model[name][row.uid]
            self.model[name][row.uid] = (number, flags.union(add) if confirmed else flags, here)

    @rule(name=BOXES, numbers=st.lists(NUMBERS, min_size=1, max_size=3), flags=FLAGS)
    def crash_before_the_commit(self, name: str, numbers: list[int], flags: Flags) -> None:
        """Files are in cur/, no row is there; the server then offers the same UIDs again."""
        fact = self.arrive(name, numbers, flags)

        def stop(_: object) -> None:
            self.store._db.execute("ROLLBACK")  # what SQLite does at the next start
            raise Crash

        with pytest.MonkeyPatch.context() as patch, contextlib.suppress(Crash):
            patch.setattr(self.store, "_stamp", stop)
            patch.setattr(FileWork, "undo", lambda work: None)
            patch.setattr(Folders, "put_back", lambda folders: None)
            self.store.apply([fact, self.delta("INBOX")])
        self.reopen()

    @rule(name=BOXES, numbers=st.lists(NUMBERS, min_size=1, max_size=3), low=st.integers(1, 20), flags=FLAGS)
    def the_commit_fails(self, name: str, numbers: list[int], low: int, flags: Flags) -> None:
        """As with a full disk: nothing of the batch happened, and it can be done again."""
        before, after = dict(self.model[name]), self.next[name]
        batch = [self.arrive(name, numbers, flags), self.delta(name, vanished=((low, low),))]

        def stop(_: object) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.store, "_stamp", stop)
            with pytest.raises(StoreError, match="full"):
                self.store.apply(batch)
        if low % 2:
            self.store.apply(batch)
            self.model[name].pop(low, None)
        else:
            for delivered in batch[0].deliveries:
                os.unlink(delivered.spool)
            self.model[name], self.next[name] = before, after

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = Store.open(str(self.root))

    @rule()
    def lose_the_index(self) -> None:
        for name in NAMES:  # headers alone are not in the maildir
            self.model[name] = {uid: mail for uid, mail in self.model[name].items() if mail[2]}
        self.store.close()
        reindex(str(self.root))
        self.store = Store.open(str(self.root))

    @invariant()
    def the_ledger_is_clean(self) -> None:
        if not hasattr(self, "store"):
            return
        look = seen(self.store)
        for name in NAMES:
            rows = sorted((row[1], row[4], row[2], row[5] != "") for row in look[name])
            model = self.model[name].items()
            expected = sorted((uid, f"mail {number}", flags, here) for uid, (number, flags, here) in model)
            assert [(row[0], row[1], row[3]) for row in rows] == [(row[0], row[1], row[3]) for row in expected]
            assert [_low(row[2]) for row in rows] == [_low(row[2]) for row in expected]
        words = [row[0] for rows in look.values() for row in rows]
        assert len(set(words)) == len(words)
        here = sum(mail[2] for mails in self.model.values() for mail in mails.values())
        assert len(files(self.root)) == here
        for name in NAMES:
            assert os.listdir(self.root / "mail" / "home" / name / "tmp") == []

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.root)


def _low(flags: object) -> tuple[str, ...]:
    assert isinstance(flags, Flags)
    return tuple(name.lower() for name in flags.names())


Ledger.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestLedger = Ledger.TestCase


def test_mail_that_moved_to_the_same_uid_elsewhere_is_no_safety_copy() -> None:
    """Another client moved it to a folder with the same UIDVALIDITY, where it got the same UID; a crash came before the
    commit. Its file must not be taken for the one that vanished."""
    ledger, flags = Ledger(), Flags.of(set())
    ledger.start()
    try:
        ledger.deliver("Archive", [1, 1, 1], flags)
        ledger.deliver("INBOX", [1, 1, 1, 1], flags)
        ledger.vanish("INBOX", 4, 0)
        ledger.crash_before_the_commit("Archive", [1], flags)
        ledger.the_ledger_is_clean()
    finally:
        ledger.teardown()
