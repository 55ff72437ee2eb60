"""The engine: store, Writer, workers and filler under one roof. What boot and the command line hold in their hands."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from mailtui.bus import DownLane
from mailtui.engine.counter import Counter
from mailtui.engine.disk import DiskWatch
from mailtui.engine.filing import Filing
from mailtui.engine.filler import Filler
from mailtui.engine.learner import Learner
from mailtui.engine.leaving import Leaving
from mailtui.engine.picturing import Picturing
from mailtui.engine.ruling import Rules
from mailtui.engine.sending import Office, Senders
from mailtui.engine.sorting import Sorter, Stage
from mailtui.engine.supervisor import Failure, Supervisor
from mailtui.engine.writer import Writer
from mailtui.model.account import Account, Settings
from mailtui.model.changes import AccountChanged, Answered, BodyFailed, Change, Notice
from mailtui.model.errors import MailtuiError
from mailtui.model.facts import Fact, LinkChanged, MailboxDelta
from mailtui.model.ids import AccountId, Revision
from mailtui.model.intents import (
    AskServer,
    Deed,
    FetchBody,
    FetchPictures,
    Intent,
    LeaveList,
    Look,
    Order,
    SyncNow,
    Wish,
)
from mailtui.model.link import LinkState
from mailtui.model.maildrop import MaildropFact, MaildropRead
from mailtui.model.ports import Clock, Secrets
from mailtui.protocols.imap.worker.account import AccountWorker
from mailtui.protocols.imap.worker.desk import Desk
from mailtui.store.requests import KeepDeleted, Submitted, local_accounts, no_sent_copies
from mailtui.store.store import Store

if TYPE_CHECKING:  # loaded for those who have such an account
    from mailtui.protocols.pop3.worker.account import PopWorker

CLOCKS = 2.0
"""Seconds between two looks at the clocks."""
JUMP = 5.0
"""Seconds that the wall clock must have gained or lost against the other for a suspend (or a clock set by hand)."""
UPKEEP = 600.0
"""Seconds between two rounds of throwing away old safety copies."""
LAST_WORDS = 5.0
"""Seconds a stopping engine gives to key presses that are not yet in the journal."""


class Engine:
    """Implements IntentSink and ChangeSource. Made, started, used and stopped on one event loop."""

    def __init__(self, settings: Settings, store: Store, secrets: Secrets, clock: Clock) -> None:
        self._settings = settings
        self._store = store
        self._base = store.base()
        self._secrets = secrets
        self._clock = clock
        self._down = DownLane()
        self._writer = Writer(store, self._down)
        self._filler = Filler(store, self._writer.post)
        self._threads = ThreadPoolExecutor(8, thread_name_prefix="engine")
        """What runs beside the event loop."""
        self._leaving = Leaving(store.root, self._down.publish)
        self._picturing = Picturing(store.root, self._down.publish)
        self._supervisor = Supervisor()
        self._workers: dict[AccountId, AccountWorker | PopWorker] = {}
        self._wakes: dict[AccountId, list[asyncio.Event]] = {}
        self._states: dict[AccountId, AccountChanged] = {}
        self._senders: Senders | None = None
        self._sorter: Sorter | None = None
        self._filing = Filing(settings)
        self._learner = Learner(store.root, self._down.publish)
        self._counter = Counter(store.root, self._do)
        self._found = [Notice(Revision(0), level, text, hint) for level, text, hint in store.notices]
        """At the start, for whoever listens first."""
        self._intake: asyncio.Queue[Deed | Intent | Order | Wish] = asyncio.Queue()

    # -- life

    def start(self, *, accounts: Sequence[AccountId] = (), watch: bool = True) -> None:
        """Starts the Writer; with `watch` also the workers (of all accounts, or the named ones) and the filler."""
        asyncio.get_running_loop().set_default_executor(self._threads)
        self._down.listen(self._remember)
        self._writer.start()
        self._writer.post(local_accounts(self._settings))
        self._writer.post(no_sent_copies(self._settings))
        self._supervisor.spawn("intake", self._take_in())
        self._supervisor.spawn("counter", self._counter.open())
        for account in self._settings.accounts:
            if not accounts or account.id in accounts:
                if account.imap is not None:
                    self._workers[account.id] = AccountWorker(self._desk(account))
                elif account.pop3 is not None:
                    self._workers[account.id] = self._pop_worker(account)
            if account.local is not None:  # it has no server that could be away
                self._writer.post(LinkChanged(account.id, LinkState.IDLE))
        wanted = [account for account in self._settings.accounts if not accounts or account.id in accounts]
        self._senders = Senders(self._office(), wanted)
        stages = self._stages()
        by_headers = [stage for stage in stages if isinstance(stage, Rules)]
        self._sorter = Sorter(wanted, self._store.root, self._do, self._down.publish, stages, by_headers)
        self._down.listen(self._sorter.heard)
        if self._settings.learn:
            self._down.listen(self._learner.heard)
        self._supervisor.spawn("upkeep", self._keep_up())
        if watch:
            disk = DiskWatch(self._base, self._store.root, self._writer, self._clock, self._journaled)
            self._supervisor.spawn("disk", disk.run())
            self._supervisor.spawn("clocks", self._watch_clocks())
            self._filler.start()
            for name, worker in self._workers.items():
                self._employ(name, worker)
            self._senders.start()
            self._supervisor.spawn("sorter", self._sorter.run())
            if self._settings.learn:
                self._supervisor.spawn("learner", self._learner.run())

    async def sync_once(self, on_failure: Callable[[AccountId, MailtuiError], None]) -> None:
        """One full round of every started account, side by side, and what is due to be sent; then, where that left
        something for a server (a copy in Sent, new mail that was filed), its account once more."""

        async def one(name: AccountId, worker: AccountWorker | PopWorker) -> None:
            try:
                await worker.run_once()
            except MailtuiError as error:
                on_failure(name, error)
                self._writer.post(LinkChanged(name, LinkState.FAILED, error.text, error.hint))

        tasks = [self._supervisor.spawn(f"{name} once", one(name, worker)) for name, worker in self._workers.items()]
        *_, sent = await asyncio.gather(*tasks, self.send_once(on_failure))
        if self._settings.learn:
            await self._learner.once()
        sorted_ = await self._sorter.once() if self._sorter is not None else set()
        for name in dict.fromkeys((*(sent or ()), *sorted_)):
            if name in self._workers and await asyncio.to_thread(self._base.busy, name):
                await one(name, self._workers[name])

    async def send_once(self, on_failure: Callable[[AccountId, MailtuiError], None]) -> list[AccountId]:
        """What is due in the outbox, or will be in a moment, goes out. The accounts that something went out from."""
        sent: list[AccountId] = []

        async def send(name: AccountId, senders: Senders) -> None:
            try:
                if await senders.run_once(name):
                    sent.append(name)
            except MailtuiError as error:
                on_failure(name, error)

        if self._senders is not None:
            names = self._senders.accounts
            tasks = [self._supervisor.spawn(f"{name} sends once", send(name, self._senders)) for name in names]
            await asyncio.gather(*tasks)
        return sent

    def fill_beside(self) -> None:
        """Fills the full-text index while `sync_once` brings mail, where there is a processor to spare."""
        if (os.cpu_count() or 1) > 1:
            self._filler.start(beside=True)

    async def fill(self) -> None:
        """Brings the full-text index up to date."""
        await asyncio.to_thread(self._filler.drain)

    async def stop(self) -> None:
        """Ends workers, drains the Writer, closes the store. What was journaled or handed in is on disk after it."""
        if self._intake.qsize():
            await asyncio.wait({self._supervisor.spawn("last words", self._intake.join())}, timeout=LAST_WORDS)
        await self._counter.close()
        await self._supervisor.stop()
        await self._end_reads()
        await asyncio.to_thread(self._filler.close)
        await asyncio.to_thread(self._writer.close)
        if self._sorter is not None:
            await asyncio.to_thread(self._sorter.close)
        await asyncio.to_thread(self._filing.close)
        await asyncio.to_thread(self._learner.close)
        await asyncio.to_thread(self._base.close)
        await asyncio.to_thread(self._store.close)

    async def _end_reads(self) -> None:
        """A task that was cancelled leaves its read running on a thread: a connection must not be closed under it."""
        loop, last = asyncio.get_running_loop(), ThreadPoolExecutor(1, thread_name_prefix="engine-last")
        loop.set_default_executor(last)
        await loop.run_in_executor(last, self._threads.shutdown)

    # -- the person's side

    def send(self, message: Deed | Intent | Order | Wish) -> None:
        """Intents are journaled, wishes passed to their account's worker. Never blocks."""
        self._intake.put_nowait(message)

    def listen(self, listener: Callable[[Sequence[Change]], None]) -> Callable[[], None]:
        """The newest state of every account is told first."""
        end = self._down.listen(listener)
        found, self._found = self._found, []
        if found:
            listener(found)
        if self._states:
            listener(list(self._states.values()))
        return end

    # -- inside

    async def _take_in(self) -> None:
        """One at a time, in the order of the key presses."""
        while True:
            message = await self._intake.get()
            try:
                match message:
                    case FetchBody() | SyncNow() | Look() | LeaveList() | FetchPictures() | AskServer():
                        await self._wish(message)
                    case _:
                        await self._journal(message)
            finally:
                self._intake.task_done()

    def _desk(self, account: Account) -> Desk:
        return Desk(
            account,
            self._base,
            self._store.spool,
            self._commit,
            self._writer.post,
            lambda change: self._down.publish([change]),
            self._clock,
            self._secrets,
            self._store.root,
        )

    def _office(self) -> Office:
        return Office(
            self._base,
            self._writer,
            self._clock,
            self._secrets,
            self._supervisor,
            self._down.publish,
            self._journaled,
        )

    def _stages(self) -> tuple[Stage, ...]:
        """Who is asked about new mail, in this order."""
        return (Rules(self._settings.rules, self._base), self._filing)

    def _journaled(self) -> None:
        for worker in self._workers.values():
            worker.journaled()

    def _pop_worker(self, account: Account) -> PopWorker:
        from mailtui.protocols.pop3.worker.account import PopWorker
        from mailtui.protocols.pop3.worker.desk import PopDesk

        desk = PopDesk(
            account,
            self._base,
            self._store.spool,
            self._commit,
            self._writer.post,
            lambda change: self._down.publish([change]),
            self._clock,
            self._secrets,
            self._store.root,
        )
        return PopWorker(desk)

    def _commit(self, fact: Fact | MaildropFact) -> asyncio.Future[Sequence[Change]]:
        done = self._writer.commit(fact)
        if (isinstance(fact, MailboxDelta) and fact.deliveries) or isinstance(fact, MaildropRead):
            self._filler.stir()
        return done

    def _employ(self, name: AccountId, worker: AccountWorker | PopWorker) -> None:
        self._wakes[name] = []
        for number, script in enumerate(worker.scripts):
            wake = asyncio.Event()
            self._wakes[name].append(wake)
            # Only the first one's failures are the account's: without the others it makes do with less.
            told = partial(self._failed, name) if number == 0 else _nothing
            self._supervisor.keep(f"{name} {number}", script, told, wake, stubborn=number > 0)

    def _failed(self, name: AccountId, failure: Failure) -> None:
        lasting = failure.retry_in is None
        state = LinkState.FAILED if lasting else LinkState.WAITING
        self._writer.post(LinkChanged(name, state, failure.error.text, failure.error.hint, failure.retry_in))
        if lasting:
            self._down.publish([Notice(Revision(0), "error", failure.error.text, failure.error.hint, name)])

    def _remember(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if isinstance(change, AccountChanged):
                self._states[change.account] = change

    async def _journal(self, wanted: Deed | Order | Intent) -> None:
        try:
            await self._do(wanted)
        except MailtuiError as error:
            self._down.publish([Notice(Revision(0), "error", error.text, error.hint)])

    async def _do(self, wanted: Deed | Order | Intent) -> Sequence[Change]:
        """What changed, when it is durable. Raises StoreError."""
        changes = await self._writer.commit(Submitted(None, wanted))
        self._journaled()
        if self._senders is not None:
            self._senders.journaled()
        return changes

    async def _keep_up(self) -> None:
        """Safety copies that are old enough are thrown away, behind everything else."""
        while True:
            with contextlib.suppress(MailtuiError):
                await self._writer.commit(KeepDeleted(self._settings.keep_deleted))
            await self._clock.sleep(UPKEEP)

    async def _watch_clocks(self) -> None:
        """After a suspend the wall clock has jumped and the other has not: every connection is probed, nobody waits
        for a second try any longer."""
        ahead = self._clock.now() - self._clock.monotonic()
        while True:
            await self._clock.sleep(CLOCKS)
            before, ahead = ahead, self._clock.now() - self._clock.monotonic()
            if abs(ahead - before) > JUMP:
                for name, worker in self._workers.items():
                    worker.woke()
                    for wake in self._wakes.get(name, ()):
                        wake.set()
                if self._senders is not None:
                    self._senders.woke()

    async def _wish(self, wish: Wish) -> None:
        match wish:
            case FetchBody(placement):
                located = await asyncio.to_thread(self._base.placement, placement)
                worker = self._workers.get(located.account) if located is not None else None
                state = self._states.get(located.account) if located is not None else None
                if worker is None or (state is not None and state.state in _AWAY):
                    text = "this message is not on this computer yet, and the server can't be reached"
                    self._down.publish([BodyFailed(Revision(0), placement, text, "it comes with the next connection")])
                if worker is not None:
                    worker.want(placement)
            case SyncNow(account, mailbox):
                for name, worker in self._workers.items():
                    if account is None or account == name:
                        worker.sync_now(mailbox)
                        for wake in self._wakes.get(name, ()):
                            wake.set()
                if self._senders is not None and mailbox is None:
                    self._senders.sync_now(account)
            case LeaveList():
                self._leaving.ask(wish)
            case FetchPictures():
                self._picturing.ask(wish)
            case AskServer():
                self._ask_servers(wish)
            case Look(looked):
                shown = await asyncio.to_thread(self._base.mailbox, looked)
                if shown is not None and shown.account in self._workers:
                    self._workers[shown.account].look(looked)

    def _ask_servers(self, wish: AskServer) -> None:
        """Those that can be reached; the others say that they can't."""
        asked = {name: one for name, one in self._workers.items() if wish.account in {None, name}}
        for name, worker in asked.items():
            state = self._states.get(name)
            if not isinstance(worker, AccountWorker):
                continue
            if state is not None and state.state in _AWAY:
                text = "its server can't be reached"
                self._down.publish([Answered(Revision(0), name, wish.query, 0, text)])
            else:
                worker.ask(wish)


def _nothing(failure: Failure) -> None:
    """A failure that nobody needs to hear of."""


_AWAY = frozenset({LinkState.OFFLINE, LinkState.WAITING, LinkState.FAILED})
