from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from mailtui.bus import DownLane
from mailtui.engine.writer import Writer
from mailtui.model.changes import Change, MailboxesChanged, Notice
from mailtui.model.errors import StoreError
from mailtui.model.facts import LinkChanged
from mailtui.model.ids import AccountId, Revision
from mailtui.model.link import LinkState


def fact(name: str) -> LinkChanged:
    return LinkChanged(AccountId(name), LinkState.IDLE)


class FakeStore:
    """Refuses what is named bad; remembers the batches and the thread."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.threads: set[str] = set()
        self.gate = threading.Event()
        self.gate.set()

    def apply(self, batch: Sequence[Any]) -> list[Change]:
        self.gate.wait()
        self.threads.add(threading.current_thread().name)
        names = [message.account for message in batch]
        self.batches.append(names)
        if "full" in names:
            raise StoreError("no space left on the disk")
        if "bug" in names:
            raise ZeroDivisionError("secret-free detail")
        return [MailboxesChanged(Revision(len(self.batches)))]


@pytest.fixture
async def office() -> Any:
    store, down, heard = FakeStore(), DownLane(), list[Change]()
    down.listen(heard.extend)
    writer = Writer(store, down)  # type: ignore[arg-type]
    writer.start()
    yield store, writer, heard
    await asyncio.to_thread(writer.close)


async def test_what_is_queued_meanwhile_is_one_transaction_on_one_thread(office: Any) -> None:
    store, writer, heard = office
    store.gate.clear()
    done = [writer.commit(fact(name)) for name in ("a", "b", "c")]
    store.gate.set()
    await asyncio.gather(*done)
    assert sum(len(batch) for batch in store.batches) == 3
    assert len(store.batches) <= 2
    assert store.threads == {"writer"}
    await asyncio.sleep(0)
    assert [change.revision for change in heard] == sorted(change.revision for change in heard)
    assert heard


async def test_one_bad_fact_fails_alone(office: Any) -> None:
    store, writer, _ = office
    store.gate.clear()
    first, bad, last = (writer.commit(fact(name)) for name in ("a", "full", "b"))
    store.gate.set()
    await first
    with pytest.raises(StoreError, match="no space left"):
        await bad
    await last
    assert ["b"] in store.batches or ["a", "b"] in store.batches


async def test_a_failed_post_is_told_to_the_person(office: Any) -> None:
    _, writer, heard = office
    writer.post(fact("full"))
    async with asyncio.timeout(2):
        while not any(isinstance(change, Notice) for change in heard):
            await asyncio.sleep(0.005)
    (notice,) = (change for change in heard if isinstance(change, Notice))
    assert notice.level == "error"
    assert "no space left" in notice.text


async def test_a_defect_of_the_store_does_not_end_the_writer(office: Any) -> None:
    _, writer, _ = office
    with pytest.raises(StoreError, match="ZeroDivisionError"):
        await writer.commit(fact("bug"))
    await writer.commit(fact("a"))


async def test_close_writes_what_is_queued() -> None:
    store = FakeStore()
    writer = Writer(store, DownLane())  # type: ignore[arg-type]
    writer.start()
    store.gate.clear()
    for name in "abcdef":
        writer.post(fact(name))
    store.gate.set()
    await asyncio.to_thread(writer.close)
    assert sorted(name for batch in store.batches for name in batch) == list("abcdef")
