"""Heads of threads, kept while mail comes, goes, moves and merges, against heads counted from scratch; and the pages
that are read by them against a plain list."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mailtui.model.errors import StoreError
from mailtui.model.facts import FlagsAt, MailboxDelta
from mailtui.model.folder import Checkpoint
from mailtui.model.ids import MailboxId
from mailtui.model.intents import Deed, Expunge, Move, SetFlags, Undo
from mailtui.model.mail import Flags, Folding, Row, RowKey
from mailtui.model.ports import MailReader
from mailtui.store.reindex import reindex
from mailtui.store.store import Store
from tests.support.heads import wrong_heads
from tests.support.small_store import ACCOUNT, DATE, box, delivery, header, open_store, raw_mail

NAMES = ("INBOX", "Archive")
BOXES = st.sampled_from(NAMES)
SEEN = Flags.of(["\\Seen"])
NUMBERS = st.integers(1, 30)


class Threads(RuleBasedStateMachine):
    @initialize()
    def start(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="mailtui-threads-"))
        self.store = open_store(self.root, *NAMES)
        self.uids = dict.fromkeys(NAMES, 1)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()

    def delta(self, name: str, **fields: object) -> MailboxDelta:
        point = Checkpoint(7, self.uids[name], 0, 1)
        return MailboxDelta(ACCOUNT, box(self.store, name), 7, checkpoint=point, **fields)  # type: ignore[arg-type]

    def uid(self, name: str) -> int:
        self.uids[name] += 1
        return self.uids[name] - 1

    def rows(self, name: str) -> tuple[Row, ...]:
        with self.reader() as reader:
            return reader.page(box(self.store, name), limit=100)

    @contextlib.contextmanager
    def reader(self) -> Iterator[MailReader]:
        reader = self.store.reader()
        try:
            yield reader
        finally:
            reader.close()

    @rule(name=BOXES, number=NUMBERS, above=st.lists(NUMBERS, max_size=2), seen=st.booleans(), whole=st.booleans())
    def arrive(self, name: str, number: int, above: list[int], seen: bool, whole: bool) -> None:
        """Answers may join what were two threads; dates are equal now and then."""
        refs = " ".join(f"<{one}@example.org>" for one in above if one != number)
        raw = raw_mail(number, extra=f"References: {refs}\r\n" if refs else "")
        flags, uid = ["\\Seen"] if seen else [], self.uid(name)
        if whole:
            mail = delivery(self.store, box(self.store, name), uid, raw, flags)
            self.store.apply([self.delta(name, deliveries=(mail,))])
        else:
            self.store.apply([self.delta(name, headers=(replace(header(uid, raw, flags), internaldate=DATE),))])

    @rule(name=BOXES, which=st.integers(0, 9), seen=st.booleans())
    def flag(self, name: str, which: int, seen: bool) -> None:
        uids = [row.uid for row in self.rows(name) if row.uid]
        if uids:
            self.store.apply([self.delta(name, flags=(FlagsAt(uids[which % len(uids)], SEEN if seen else Flags()),))])

    @rule(name=BOXES, low=st.integers(1, 12))
    def vanish(self, name: str, low: int) -> None:
        self.store.apply([self.delta(name, vanished=((low, low + 1),))])

    @rule(name=BOXES, which=st.integers(0, 9), what=st.sampled_from(["read", "move", "expunge"]))
    def wish(self, name: str, which: int, what: str) -> None:
        chosen = tuple(row.placement for row in self.rows(name)[which : which + 3])
        if not chosen:
            return
        to = box(self.store, next(other for other in NAMES if other != name))
        ways: dict[str, SetFlags | Move | Expunge] = {
            "read": SetFlags(chosen, add=SEEN),
            "move": Move(chosen, to),
            "expunge": Expunge(chosen),
        }
        self.store.submit(Deed(what, (ways[what],)))

    @rule()
    def undo(self) -> None:
        with contextlib.suppress(StoreError):  # there may be nothing
            self.store.submit(Undo(1))

    @rule()
    def rebuild(self) -> None:
        """From the files alone."""
        self.store.close()
        reindex(str(self.root))
        self.store = Store.open(str(self.root))

    @invariant()
    def heads_are_right(self) -> None:
        if hasattr(self, "store"):
            assert not wrong_heads(self.store._db)

    @rule(name=BOXES, unfolded=st.booleans(), picks=st.sets(st.integers(0, 9), max_size=3), limit=st.integers(1, 5),
          skip=st.integers(0, 6))  # fmt: skip
    def pages_are_slices(self, name: str, unfolded: bool, picks: set[int], limit: int, skip: int) -> None:
        here = self.rows(name)
        folding = Folding(unfolded, frozenset(here[pick].thread for pick in picks if pick < len(here)))
        with self.reader() as reader:
            judge_pages(reader, box(self.store, name), folding, limit, skip)


def judge_pages(reader: MailReader, mailbox: MailboxId, folding: Folding, limit: int, skip: int) -> None:
    """Every page, rank and landing against the list read in one go, and that against the messages."""
    lines = reader.threaded
    every = lines.page(mailbox, folding, limit=1000)
    keys = [row.key for row in every]
    assert keys == sorted(set(keys), reverse=True)
    assert lines.total(mailbox, folding) == len(every)
    assert lines.page(mailbox, folding, limit=1000, newest_first=False) == every[::-1]
    flat = {row.placement: row for row in reader.page(mailbox, limit=1000)}
    shown = [one for row in every if row.line for one in (row.line.members or (row,))]
    assert sorted(one.placement for one in shown) == sorted(flat)
    for at, row in enumerate(every):
        assert row.line is not None
        thread = [one for one in flat.values() if one.thread == row.thread]
        assert (row.line.count, row.line.unread) == (len(thread), sum(not one.flags.seen for one in thread))
        assert row.line.folded == (len(thread) == 1 or not folding.shows(row.thread))
        assert (row.line.newest, row.line.lead) == max(one.key for one in thread)[:2]
        assert lines.rank(mailbox, folding, row.key) == at
        assert lines.landing(mailbox, folding, row.key) == row.key
        down = lines.page(mailbox, folding, after=row.key, limit=limit, skip=skip)
        assert down == every[at + 1 + skip :][:limit]
        up = lines.page(mailbox, folding, after=row.key, limit=limit, skip=skip, newest_first=False)
        assert up == every[:at][::-1][skip:][:limit]
    assert lines.page(mailbox, folding, limit=limit, skip=skip) == every[skip:][:limit]
    assert lines.landing(mailbox, folding, RowKey(0, flat[min(flat)].placement) if flat else RowKey(0, 99)) in {  # type: ignore[arg-type]
        *keys, None}  # fmt: skip


Threads.TestCase.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestThreads = Threads.TestCase
