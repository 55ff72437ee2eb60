"""Slices are put together while the Writer is busy; nothing overtakes a delta that could not be written."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from mailtui.model.changes import Change
from mailtui.model.errors import LostError, StoreError
from mailtui.model.facts import Delivery, FlagsAt, MailboxDelta
from mailtui.model.folder import Checkpoint
from mailtui.model.ids import AccountId, MailboxId
from mailtui.model.mail import Flags
from mailtui.protocols.imap.worker import gathering
from mailtui.protocols.imap.worker.gathering import Gathered, together


class Busy:
    """A Writer that writes when it is told to."""

    def __init__(self) -> None:
        self.got: list[MailboxDelta] = []
        self.futures: list[asyncio.Future[Sequence[Change]]] = []

    def commit(self, delta: MailboxDelta) -> asyncio.Future[Sequence[Change]]:
        self.got.append(delta)
        self.futures.append(asyncio.get_running_loop().create_future())
        return self.futures[-1]

    def uids(self) -> list[list[int]]:
        return [[mail.uid for mail in delta.deliveries] for delta in self.got]


def slice_of(*uids: int, flags: tuple[FlagsAt, ...] = (), folder: Path = Path("/nowhere")) -> MailboxDelta:
    mail = tuple(Delivery(uid, Flags(), 0, 1, b"%d" % uid, b"", str(folder / str(uid))) for uid in uids)
    return MailboxDelta(
        AccountId("a"), MailboxId(1), 7, deliveries=mail, flags=flags, checkpoint=Checkpoint(7, 100, 0, min(uids))
    )


async def test_what_comes_while_the_writer_is_busy_goes_together() -> None:
    busy = Busy()

    async def bring() -> None:
        async with Gathered(busy.commit) as gathered:
            for uid in (9, 8, 7, 6):
                await gathered.add(slice_of(uid))
            assert busy.uids() == [[9]]
            busy.futures[0].set_result(())
            await gathered.add(slice_of(5))
            assert busy.uids() == [[9], [8, 7, 6, 5]]
            assert busy.got[1].checkpoint == Checkpoint(7, 100, 0, 5)

    running = asyncio.create_task(bring())
    while len(busy.futures) < 2:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not running.done()  # behind the context everything is durable
    busy.futures[1].set_result(())
    await running


async def test_it_waits_for_the_writer_before_there_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MOST", 3)
    busy = Busy()
    gathered = Gathered(busy.commit)
    for uid in (9, 8, 7):
        await gathered.add(slice_of(uid))
    third = asyncio.create_task(gathered.add(slice_of(6)))
    await asyncio.sleep(0)
    assert not third.done()
    busy.futures[0].set_result(())
    await third
    assert busy.uids() == [[9], [8, 7, 6]]


async def test_nothing_is_handed_in_behind_a_failure(tmp_path: Path) -> None:
    busy = Busy()
    for uid in (8, 7):
        (tmp_path / str(uid)).touch()

    async def bring() -> None:
        async with Gathered(busy.commit) as gathered:
            await gathered.add(slice_of(9))
            await gathered.add(slice_of(8, folder=tmp_path))
            busy.futures[0].set_exception(StoreError("the disk is full"))
            await gathered.add(slice_of(7, folder=tmp_path))

    with pytest.raises(StoreError, match="full"):
        await bring()
    assert busy.uids() == [[9]]
    assert list(tmp_path.iterdir()) == []  # fetched again


async def test_what_came_whole_before_the_connection_broke_is_kept() -> None:
    busy = Busy()

    async def bring() -> None:
        async with Gathered(busy.commit) as gathered:
            await gathered.add(slice_of(9))
            await gathered.add(slice_of(8))
            raise LostError("gone")

    running = asyncio.create_task(bring())
    await asyncio.sleep(0)
    busy.futures[0].set_result(())
    while len(busy.futures) < 2:
        await asyncio.sleep(0)
    busy.futures[1].set_exception(StoreError("the disk is full"))
    with pytest.raises(LostError):
        await running
    assert busy.uids() == [[9], [8]]


async def test_a_cancelled_one_leaves_no_spooled_files(tmp_path: Path) -> None:
    busy = Busy()
    (tmp_path / "8").touch()

    async def bring() -> None:
        async with Gathered(busy.commit) as gathered:
            await gathered.add(slice_of(9))
            await gathered.add(slice_of(8, folder=tmp_path))
            await asyncio.sleep(60)

    running = asyncio.create_task(bring())
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert busy.uids() == [[9]]
    assert list(tmp_path.iterdir()) == []


def test_flags_heard_before_the_message_came_do_not_win_over_its_own() -> None:
    older = slice_of(9, flags=(FlagsAt(8, Flags.of(["\\Seen"])), FlagsAt(20, Flags.of(["\\Seen"]))))
    both = together(older, slice_of(8, flags=(FlagsAt(21, Flags()),)))
    assert [at.uid for at in both.flags] == [20, 21]
    assert [mail.uid for mail in both.deliveries] == [9, 8]
