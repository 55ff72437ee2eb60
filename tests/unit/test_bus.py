from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from mailtui.bus import DownLane, UpLane
from mailtui.model.changes import Change, MailboxesChanged, Resync
from mailtui.model.ids import Revision


def change(n: int) -> MailboxesChanged:
    return MailboxesChanged(Revision(n))


def test_up_lane_keeps_order_over_threads_and_drains_after_close() -> None:
    lane: UpLane[int] = UpLane()
    sender = threading.Thread(target=lambda: list(map(lane.put, range(100))))
    sender.start()
    sender.join()
    lane.close()
    taken: list[int] = []
    while (batch := lane.take(7)) is not None:
        assert 1 <= len(batch) <= 7
        taken.extend(batch)
    assert taken == list(range(100))
    with pytest.raises(RuntimeError):
        lane.put(1)


def test_up_lane_returns_nothing_after_the_timeout() -> None:
    assert UpLane[int]().take(5, timeout=0.01) == []


async def test_every_reader_gets_every_change_in_order_from_any_thread() -> None:
    lane = DownLane()
    first: list[Change] = []
    second: list[Change] = []
    lane.listen(first.extend)
    lane.listen(second.extend)
    publisher = threading.Thread(target=lambda: list(map(lane.publish, ([change(n)] for n in range(50)))))
    publisher.start()
    await asyncio.to_thread(publisher.join)
    await asyncio.sleep(0)
    assert first == second == [change(n) for n in range(50)]


async def test_a_slow_reader_gets_a_resync_and_not_a_queue_without_end() -> None:
    lane = DownLane(backlog=10)
    got: list[Sequence[Change]] = []
    lane.listen(got.append)
    for n in range(1000):  # the loop never runs meanwhile
        lane.publish([change(n)])
    await asyncio.sleep(0)
    (batch,) = got
    assert len(batch) <= 10
    assert isinstance(batch[0], Resync)
    assert batch[-1].revision == 999


async def test_who_stopped_listening_hears_nothing_more() -> None:
    lane = DownLane()
    got: list[Change] = []
    end = lane.listen(got.extend)
    lane.publish([change(1)])
    end()
    await asyncio.sleep(0)
    lane.publish([change(2)])
    await asyncio.sleep(0)
    assert got == []


def test_a_reader_whose_loop_is_closed_is_dropped() -> None:
    lane = DownLane()

    async def listen() -> None:
        lane.listen(lambda changes: None)

    asyncio.run(listen())
    lane.publish([change(1)])
    lane.publish([change(2)])
