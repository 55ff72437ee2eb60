"""What the sending worker does when it is told to stop."""

from __future__ import annotations

import asyncio
import threading

import pytest

from mailtui.engine.clock import SystemClock
from mailtui.model.account import Account, OfflinePolicy, Secret, ServerSettings
from mailtui.model.changes import Change
from mailtui.model.ids import AccountId
from mailtui.model.outgoing import OutboxFact, Outgoing
from mailtui.protocols.smtp.worker import SenderDesk, SubmissionWorker


class SlowQueue:
    """An outbox that is being read until it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.ended = False

    def outgoing(self, account: AccountId) -> tuple[Outgoing, ...]:
        self.begun.set()
        self.go_on.wait(10)
        self.ended = True
        return ()


class NoSecrets:
    async def get(self, settings: ServerSettings) -> Secret:
        raise AssertionError("nothing is sent here")


async def test_stopping_waits_for_the_reading_of_the_outbox() -> None:
    queue = SlowQueue()

    async def commit(fact: OutboxFact) -> object:
        raise AssertionError(f"nothing happened, and yet: {fact}")

    def tell(change: Change) -> None:
        raise AssertionError(f"nothing happened, and yet: {change}")

    account = Account(AccountId("home"), "me@example.com", "Me", offline=OfflinePolicy())
    worker = SubmissionWorker(SenderDesk(account, queue, commit, tell, SystemClock(), NoSecrets()))
    task = asyncio.ensure_future(worker.run())
    await asyncio.to_thread(queue.begun.wait, 10)
    task.cancel()
    await asyncio.sleep(0.05)
    assert not task.done()
    queue.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert queue.ended
