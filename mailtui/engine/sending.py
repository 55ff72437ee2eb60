"""Who sends: one worker for every account that has a way out, kept alive, and its words made durable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailtui.engine.supervisor import Failure, Supervisor
from mailtui.engine.writer import Writer
from mailtui.model.account import Account
from mailtui.model.changes import Change, Notice
from mailtui.model.errors import MailtuiError, StoreError
from mailtui.model.ids import AccountId, Revision
from mailtui.model.outgoing import OutboxFact, SubmissionEnded
from mailtui.model.ports import Clock, Secrets
from mailtui.store.base import Base
from mailtui.store.requests import SendingEnded

if TYPE_CHECKING:  # loaded when something is to be sent
    from mailtui.protocols.smtp.worker import SubmissionWorker

AGAIN = 5.0
"""Seconds until an outcome that could not be written down (a full disk) is tried to be written again."""


def can_send(account: Account) -> bool:
    return account.smtp is not None or bool(account.send_command)


@dataclass(frozen=True)
class Office:
    """What all senders share."""

    base: Base
    writer: Writer
    clock: Clock
    secrets: Secrets
    supervisor: Supervisor
    publish: Callable[[Sequence[Change]], None]
    journaled: Callable[[], None]
    """Something waits for the servers that mail is read from: a copy in Sent, a flag."""


class Senders:
    def __init__(self, office: Office, accounts: Iterable[Account]) -> None:
        self._office = office
        self._accounts = {account.id: account for account in accounts if can_send(account)}
        self._workers: dict[AccountId, SubmissionWorker] = {}
        """Made when they are needed."""
        self._wakes = {name: asyncio.Event() for name in self._accounts}

    def _worker(self, name: AccountId) -> SubmissionWorker:
        worker = self._workers.get(name)
        if worker is None:
            from mailtui.protocols.smtp.worker import SenderDesk, SubmissionWorker

            office = self._office
            desk = SenderDesk(self._accounts[name], office.base, self._commit, self._tell, office.clock, office.secrets)
            worker = self._workers[name] = SubmissionWorker(desk)
        return worker

    def start(self) -> None:
        """All of them, for as long as the supervisor lives."""
        for name in self._accounts:
            worker = self._worker(name)
            for number, script in enumerate(worker.scripts):

                async def run(name: AccountId = name, script: Callable[[], object] = script) -> None:
                    # What an earlier run began and did not end, nobody will end.
                    await self._office.writer.commit(SendingEnded(name))
                    await script()  # type: ignore[misc]

                self._office.supervisor.keep(f"{name} sends {number}", run, self._failed, self._wakes[name])

    async def run_once(self, name: AccountId) -> bool:
        """Sends what is due for this account, or will be in a moment. Whether there was anything. Raises MailtuiError:
        what stopped it."""
        if name not in self._accounts or not await asyncio.to_thread(self._office.base.outgoing, name):
            return False
        await self._worker(name).run_once()
        return True

    @property
    def accounts(self) -> tuple[AccountId, ...]:
        return tuple(self._accounts)

    def journaled(self) -> None:
        """There may be something new in the outbox."""
        for worker in self._workers.values():
            worker.journaled()

    def sync_now(self, account: AccountId | None) -> None:
        """The person wants it now: tries that were put off are made."""
        for name, worker in self._workers.items():
            if account is None or account == name:
                worker.sync_now()
                self._wakes[name].set()

    def woke(self) -> None:
        """The computer was asleep."""
        for name, worker in self._workers.items():
            worker.woke()
            self._wakes[name].set()

    async def _commit(self, fact: OutboxFact) -> object:
        """Durable when this returns. What the server said must not be forgotten: it is written as soon as it can be."""
        told = False
        while True:
            try:
                changes = await self._office.writer.commit(fact)
            except StoreError as error:
                if not isinstance(fact, SubmissionEnded):
                    raise
                if not told:
                    self._office.publish([Notice(Revision(0), "error", error.text, error.hint, fact.account)])
                told = True
                await self._office.clock.sleep(AGAIN)
                continue
            if isinstance(fact, SubmissionEnded):
                self._office.journaled()
            return changes

    def _tell(self, change: Change) -> None:
        self._office.publish([change])

    def _failed(self, failure: Failure) -> None:
        error: MailtuiError = failure.error
        self._office.publish([Notice(Revision(0), "error", error.text, error.hint)])
