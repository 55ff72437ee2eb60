"""From the outbox to a server that fails wherever it can: everybody gets it once, or the person is told."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mailtui.model.account import (
    Account,
    OfflinePolicy,
    Protocol,
    Secret,
    SecretKind,
    SecretSource,
    Security,
    ServerSettings,
)
from mailtui.model.changes import Change
from mailtui.model.errors import MailtuiError
from mailtui.model.intents import Deed
from mailtui.model.outgoing import Fate, OutboxFact, Outgoing, Send, SendAgain, Stage
from mailtui.protocols.smtp.worker import SenderDesk, SubmissionWorker
from mailtui.store.requests import Submitted
from mailtui.store.store import Store
from tests.support.smtp_server import CUT, Action, SmtpServer
from tests.support.store_bed import ACCOUNT, remote

RUNS = int(os.environ.get("MAILTUI_SEND_RUNS", "32"))
PHASES = ("connect", "ehlo", "auth", "mail", "rcpt", "data", "body", "dot", "accepted", "rset", "quit")
ANSWERS = ("421 4.3.2 bye", "450 4.2.1 later", "451 4.3.0 later", "550 5.1.1 no", "554 5.7.1 no", "")


class Secrets:
    async def get(self, settings: ServerSettings) -> Secret:
        return Secret("secret")


class Clock:
    """Stands; `sleep` moves it."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        return time.time() + self.ahead

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead

    async def sleep(self, seconds: float) -> None:
        self.ahead += seconds
        await asyncio.sleep(0)


@dataclass
class Post:
    """A store and the worker that empties its outbox."""

    store: Store
    server: SmtpServer
    folder: Path
    clock: Clock
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2))

    def account(self) -> Account:
        settings = ServerSettings(
            *(Protocol.SMTP, "127.0.0.1", self.server.port, Security.NONE, "me"),
            SecretSource(SecretKind.PLAIN, plain=Secret("secret")),
            timeout=2.0,
        )
        return Account(ACCOUNT, "me@example.com", "Me", smtp=settings, offline=OfflinePolicy())

    def worker(self) -> SubmissionWorker:
        def commit(fact: OutboxFact) -> asyncio.Future[object]:
            done: asyncio.Future[object] = asyncio.get_running_loop().create_future()
            try:
                done.set_result(self.store.apply([fact]))
            except MailtuiError as error:
                done.set_exception(error)
            return done

        def tell(change: Change) -> None:
            pass

        return SubmissionWorker(SenderDesk(self.account(), self.store.base(), commit, tell, self.clock, Secrets()))

    def queue(self, number: int, *whom: str) -> None:
        path = self.folder / f"m{number}"
        path.write_bytes(
            f"From: me@example.com\r\nTo: {', '.join(whom)}\r\nBcc: hidden@example.com\r\nMessage-ID: <{number}@x>\r\n"
            f"Subject: number {number}\r\n\r\ntext {number}\r\n.\r\n..\r\n".encode()
        )
        self.store.apply([Submitted(None, Deed(f"Sent {number}", (Send(ACCOUNT, str(path), "me@example.com", whom),)))])

    async def round(self) -> None:
        with contextlib.suppress(MailtuiError):
            await self.worker().run_once()

    def outbox(self) -> tuple[Outgoing, ...]:
        return self.store.reader().outbox()

    async def crash(self) -> None:
        last = asyncio.get_running_loop()
        reads, self.threads = self.threads, ThreadPoolExecutor(2)
        last.set_default_executor(self.threads)
        await last.run_in_executor(self.threads, reads.shutdown)  # a read that goes on is no business of a crash
        self.store._close()
        self.store._lock.release()
        self.store = Store.open(str(self.folder / "store"))

    def insist(self) -> None:
        """The person sends again what was refused."""
        for one in self.outbox():
            refused = tuple(who.address for who in one.recipients if who.fate is Fate.REFUSED)
            if one.stage is Stage.STUCK and refused:
                self.store.apply([Submitted(None, SendAgain(one.id, refused))])

    def sent(self) -> list[str]:
        reader = self.store.reader()
        box = next(box for box in reader.mailboxes() if box.name == "Sent")
        return [row.subject for row in reader.page(box.id, limit=1000)]


def post(tmp_path: Path, server: SmtpServer) -> Post:
    store = Store.open(str(tmp_path / "store"))
    store.apply([remote("INBOX", "Drafts", "Sent")])
    made = Post(store, server, tmp_path, Clock())
    asyncio.get_running_loop().set_default_executor(made.threads)
    return made


async def test_everything_goes_out_and_is_kept_in_sent(tmp_path: Path) -> None:
    async with SmtpServer() as server:
        here = post(tmp_path, server)
        for number in range(5):
            here.queue(number, "a@example.com", "b@example.com")
        await here.round()
        assert [one.stage for one in here.outbox()] == [Stage.SENT] * 5
        assert sorted(here.sent()) == [f"number {number}" for number in range(5)]
        assert server.connections == 1
        assert [taken.data.count(b"Bcc") for taken in server.taken] == [0] * 5
        assert server.taken[0].data.endswith(b"text 0\r\n.\r\n..\r\n")
        here.store.close()


async def test_a_server_that_is_away_is_tried_again(tmp_path: Path) -> None:
    async with SmtpServer(fault=lambda phase, said: CUT if phase == "connect" else None) as server:
        here = post(tmp_path, server)
        here.queue(1, "a@example.com")
        here.queue(2, "a@example.com")
        await here.round()
        assert [one.stage for one in here.outbox()] == [Stage.DUE] * 2
        assert all(one.next_try > time.time() + 30 for one in here.outbox())
        assert all("closed the connection" in one.answer for one in here.outbox())
        server.fault = lambda phase, said: None
        await here.round()
        assert [one.stage for one in here.outbox()] == [Stage.SENT] * 2
        here.store.close()


async def test_a_refused_login_is_told_once_and_nothing_is_lost(tmp_path: Path) -> None:
    async with SmtpServer(password="other") as server:
        here = post(tmp_path, server)
        here.queue(1, "a@example.com")
        await here.round()
        (one,) = here.outbox()
        assert one.stage is Stage.DUE
        assert "refused the login" in one.answer
        assert "secret" not in one.answer
        here.store.close()


async def test_put_off_for_days_it_is_given_up(tmp_path: Path) -> None:
    async with SmtpServer(fault=lambda phase, said: Action("450 4.7.1 later") if phase == "rcpt" else None) as server:
        here = post(tmp_path, server)
        here.queue(1, "a@example.com")
        await here.round()
        assert here.outbox()[0].stage is Stage.DUE
        here.clock.ahead += 6 * 86_400
        await here.round()
        (one,) = here.outbox()
        assert (one.stage, one.recipients[0].fate) == (Stage.STUCK, Fate.REFUSED)
        assert "put off for 5 days" in one.recipients[0].answer
        here.store.close()


def faults(chance: random.Random) -> Callable[[str, str], Action | None]:
    def fault(phase: str, said: str) -> Action | None:
        if chance.random() > 0.12 or phase not in PHASES:
            return None
        if phase == "accepted":
            return CUT  # a server that takes it and says no can't be helped
        answer = chance.choice(ANSWERS)
        return Action(answer, cut=not answer or chance.random() < 0.4)

    return fault


async def one_run(seed: int, tmp_path: Path) -> None:
    """Some messages, a server that fails at random, crashes of ours; the person sends again what was refused, never
    what is unsure. Nobody may get a message twice; whoever is said to have it has it; nothing is forgotten."""
    chance = random.Random(seed)
    async with SmtpServer(fault=faults(chance)) as server:
        here = post(tmp_path, server)
        for number in range(3):
            here.queue(number, *(f"p{place}@example.com" for place in range(chance.randint(1, 3))))
        for _ in range(12):
            task = asyncio.ensure_future(here.round())
            if chance.random() < 0.3:
                await asyncio.sleep(chance.random() * 0.02)
                task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            if chance.random() < 0.3:
                await here.crash()
            here.insist()
        server.fault = lambda phase, said: None
        for _ in range(2):
            await here.round()
            here.insist()
        await here.round()
        got: Counter[tuple[str, str]] = Counter()
        for taken in server.taken:
            subject = next(line for line in taken.data.decode().split("\r\n") if line.startswith("Subject: "))[9:]
            got.update((subject, address) for address in taken.recipients)
        assert max(got.values(), default=0) <= 1, f"seed {seed}: somebody got it twice: {got}"
        for one in here.outbox():
            for who in one.recipients:
                key = (one.subject, who.address)
                if who.fate is Fate.SENT:
                    assert got[key] == 1, f"seed {seed}: {key} is said to be sent"
                else:
                    assert who.fate is Fate.UNSURE, f"seed {seed}: {key} {who}"
        assert len(here.outbox()) == 3
        copies = Counter(here.sent())
        assert max(copies.values(), default=0) <= 1, f"seed {seed}: {copies}"
        for one in here.outbox():
            if any(who.fate is Fate.SENT for who in one.recipients):
                assert copies[one.subject] == 1, f"seed {seed}: no copy of {one.subject}"
        here.store.close()


@pytest.mark.parametrize("part", range(4))
async def test_random_faults_send_nothing_twice(part: int, tmp_path: Path) -> None:
    for seed in range(part, RUNS, 4):
        folder = tmp_path / str(seed)
        folder.mkdir()
        await one_run(seed, folder)
