"""New mail goes through the stages once: what is old, was here before or was touched by somebody never does."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mailtui.engine.sorting import Sorted
from mailtui.model.account import Account, LocalSettings
from mailtui.model.changes import Done, Notice
from mailtui.model.errors import StoreError
from mailtui.model.folder import Role
from mailtui.model.intents import SORTER, Deed, Move, Redo, Undo
from mailtui.store.arrivals import Arrived
from mailtui.store.learning import learning_path
from mailtui.store.requests import Filed
from mailtui.store.store import Store
from tests.support.popping import Maildrop, mail, pop_account
from tests.support.running_engine import ACCOUNT, Running, running
from tests.support.store_bed import raw

PAPER = Account(ACCOUNT, "anna@example.org", "Anna", local=LocalSettings())


@dataclass
class Archiving:
    """A stage that archives everything and remembers what it was shown."""

    seen: list[str] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    failing: list[Exception] = field(default_factory=list)
    settle: bool = False

    def sort(self, account: Account, arrived: Sequence[Arrived]) -> Sorted:
        if self.failing:
            raise self.failing.pop()
        for one in arrived:
            self.seen.append(_subject(Path(one.path).read_bytes()))
        if self.settle:
            return Sorted(settled=frozenset(one.placement for one in arrived))
        deeds = tuple(Deed("Archived by itself", (Move((one.placement,), Role.ARCHIVE),), SORTER) for one in arrived)
        return Sorted(deeds)

    def done(self, account: Account, arrived: Sequence[Arrived]) -> None:
        self.finished += [_subject(Path(one.path).read_bytes()) for one in arrived if os.path.exists(one.path)]


def _subject(data: bytes) -> str:
    return next(line for line in data.decode("latin-1").splitlines() if line.startswith("Subject:"))[9:].strip()


@contextlib.asynccontextmanager
async def sorting(root: Path, account: Account, *stages: Archiving, watch: bool = False) -> AsyncIterator[Running]:
    async with running(root, account, watch=watch) as me:
        me.engine._sorter._stages = stages  # type: ignore[union-attr]
        yield me


async def test_a_first_visit_is_old_mail_and_later_mail_is_sorted_once(tmp_path: Path) -> None:
    stage = Archiving()
    drop = Maildrop([mail(1), mail(2)])
    async with drop.serving():
        async with sorting(tmp_path, pop_account(drop.port), stage) as me:
            await me.sync_once()
        assert stage.seen == []
        drop.box["new"] = mail(3)
        async with sorting(tmp_path, pop_account(drop.port), stage) as me:
            await me.sync_once()
            assert stage.seen == ["number 3"]
            assert [row.subject for row in me.rows("Archive")] == ["number 3"]
            assert len(me.rows()) == 2
            await me.sync_once()
        async with sorting(tmp_path, pop_account(drop.port), stage) as me:
            await me.sync_once()
    assert stage.seen == ["number 3"]


async def test_a_first_visit_that_was_cut_is_still_the_first(tmp_path: Path) -> None:
    stage = Archiving()
    drop = Maildrop([mail(n, b"x" * 900 + b"\r\n") for n in range(1, 90)])
    drop.cut_after = 70_000
    async with drop.serving():
        async with sorting(tmp_path, pop_account(drop.port), stage) as me:
            await me.sync_once()
            assert me.failures
            assert 0 < len(me.rows()) < 89
        drop.cut_after = None
        async with sorting(tmp_path, pop_account(drop.port), stage) as me:
            await me.sync_once()
    assert stage.seen == []


async def test_what_other_programs_deliver_is_new_and_what_is_imported_is_old(tmp_path: Path) -> None:
    stage = Archiving()
    async with sorting(tmp_path, PAPER, stage, watch=True) as me:
        await me.until(lambda: {box.role for box in me.reader.mailboxes()} >= {Role.INBOX, Role.ARCHIVE})
        await asyncio.sleep(0.3)
        (tmp_path / "mail" / ACCOUNT / "INBOX" / "new" / "1700000000.M1.elsewhere").write_bytes(raw(1))
        await me.until(lambda: me.rows("Archive"))
        assert stage.seen == ["number 1"]
        assert not [change for change in me.changes if isinstance(change, Done)]
    with contextlib.closing(Store.open(str(tmp_path))) as store:
        box = store.base().role_mailbox(ACCOUNT, Role.INBOX)
        assert box is not None
        sink = store.spool(box).open()
        sink.feed(raw(2))
        done = sink.finish()
        from mailtui.model.facts import Delivery
        from mailtui.model.mail import NO_FLAGS

        store.apply([Filed(box, (Delivery(0, NO_FLAGS, 1, done.size, done.digest, done.head, done.path),))])
    async with sorting(tmp_path, PAPER, stage, watch=True) as me:
        await asyncio.sleep(0.3)
        assert stage.seen == ["number 1"]
        assert [row.subject for row in me.rows()] == ["number 2"]


async def test_taken_back_it_stays_where_it_is(tmp_path: Path) -> None:
    stage = Archiving()
    drop = Maildrop([mail(1)])
    async with drop.serving(), sorting(tmp_path, pop_account(drop.port), stage) as me:
        await me.sync_once()
        drop.box["new"] = mail(2)
        await me.sync_once()
        (step,) = me.reader.history()
        assert (step.label, step.author) == ("Archived by itself", SORTER)
        await me.engine._do(Undo(step=step.id))
        await me.sync_once()
        assert len(me.rows()) == 2
    assert stage.seen == ["number 2"]


async def test_the_newest_step_to_undo_is_the_persons_own(tmp_path: Path) -> None:
    stage = Archiving()
    drop = Maildrop([mail(1)])
    async with drop.serving(), sorting(tmp_path, pop_account(drop.port), stage) as me:
        await me.sync_once()
        (row,) = me.rows()
        await me.engine._do(Deed("Deleted", (Move((row.placement,), Role.TRASH),)))
        drop.box["new"] = mail(2)
        await me.sync_once()
        await me.engine._do(Undo())
        assert [one.subject for one in me.rows()] == ["number 1"]
        assert [one.subject for one in me.rows("Archive")] == ["number 2"]
        drop.box["newer"] = mail(3)
        await me.sync_once()
        assert [step.redoable for step in me.reader.history()] == [False, False, True]
        await me.engine._do(Redo())
        assert [one.subject for one in me.rows("Trash")] == ["number 1"]


async def test_a_stage_that_fails_is_told_and_asked_again(tmp_path: Path) -> None:
    stage = Archiving()
    drop = Maildrop([mail(1)])
    async with drop.serving(), sorting(tmp_path, pop_account(drop.port), stage) as me:
        await me.sync_once()
        drop.box["new"] = mail(2)
        stage.failing.append(StoreError("no room", "make room"))
        await me.sync_once()
        await me.until(lambda: [change.text for change in me.changes if isinstance(change, Notice)] == ["no room"])
        assert len(me.rows()) == 2
        await me.sync_once()
        assert [row.subject for row in me.rows("Archive")] == ["number 2"]
        stage.failing.append(ZeroDivisionError())
        drop.box["newer"] = mail(3)
        await me.sync_once()
        await me.sync_once()
        assert [row.subject for row in me.rows()] == ["number 3", "number 1"]


async def test_what_an_earlier_stage_took_the_later_ones_do_not_see(tmp_path: Path) -> None:
    first, second, third = Archiving(settle=True), Archiving(), Archiving()
    drop = Maildrop([mail(1)])
    async with drop.serving(), sorting(tmp_path, pop_account(drop.port), first, second) as me:
        await me.sync_once()
        drop.box["new"] = mail(2)
        await me.sync_once()
        assert (first.seen, second.seen) == (["number 2"], [])
        me.engine._sorter._stages = (second, third)  # type: ignore[union-attr]
        drop.box["newer"] = mail(3)
        await me.sync_once()
        assert (second.seen, third.seen) == (["number 3"], [])


async def test_a_lost_index_makes_all_mail_old(tmp_path: Path) -> None:
    stage = Archiving()
    drop = Maildrop([mail(1)])
    async with drop.serving():
        async with sorting(tmp_path, pop_account(drop.port), stage) as me:
            await me.sync_once()
        for name in os.listdir(tmp_path):
            if name.startswith("index.sqlite"):
                os.unlink(tmp_path / name)
        async with sorting(tmp_path, pop_account(drop.port), stage) as me:
            await me.sync_once()
            await me.sync_once()
            assert stage.seen == []
            drop.box["new"] = mail(2)
            await me.sync_once()
    assert stage.seen == ["number 2"]


async def test_a_damaged_learning_file_is_set_aside(tmp_path: Path) -> None:
    stage = Archiving()
    drop = Maildrop([mail(1)])
    async with drop.serving():
        async with sorting(tmp_path, pop_account(drop.port), stage) as me:
            await me.sync_once()
        Path(learning_path(str(tmp_path))).write_bytes(b"no database at all " * 1000)
        async with sorting(tmp_path, pop_account(drop.port), stage) as me:
            await me.sync_once()
            drop.box["new"] = mail(2)
            await me.sync_once()
    assert stage.seen == ["number 2"]
    assert Path(learning_path(str(tmp_path)) + ".damaged").exists()


async def test_a_disk_that_is_full_for_the_learning_file_never_stops_mail(tmp_path: Path) -> None:
    stage = Archiving()
    drop = Maildrop([mail(1)])
    async with drop.serving(), sorting(tmp_path, pop_account(drop.port), stage) as me:
        await me.sync_once()
        file = me.engine._sorter._file  # type: ignore[union-attr]
        assert file is not None
        (pages,) = file.db.execute("PRAGMA page_count").fetchone()
        file.db.execute(f"PRAGMA max_page_count={pages}")
        file.db.execute(
            "CREATE TRIGGER full BEFORE INSERT ON mark BEGIN SELECT raise(FAIL, 'database or disk is full'); END"
        )
        drop.box["new"] = mail(2)
        await me.sync_once()
        await me.sync_once()
        await me.until(lambda: [change for change in me.changes if isinstance(change, Notice)])
        notices = [change.text for change in me.changes if isinstance(change, Notice)]
        assert len(notices) == 1
        assert "disk is full" in notices[0]
        assert {row.subject for row in (*me.rows(), *me.rows("Archive"))} == {"number 1", "number 2"}
