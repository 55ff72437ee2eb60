"""From the key that sends to the server that takes it over, in a real engine."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from mailtui.engine import sending
from mailtui.engine.clock import SystemClock
from mailtui.engine.engine import Engine
from mailtui.engine.writer import Writer
from mailtui.model.account import (
    Account,
    Protocol,
    SecretKind,
    SecretSource,
    Security,
    ServerSettings,
    Settings,
)
from mailtui.model.changes import Change, Notice, OutboxChanged, Unsent
from mailtui.model.errors import StoreError
from mailtui.model.folder import Role
from mailtui.model.ids import AccountId
from mailtui.model.intents import Deed
from mailtui.model.outgoing import (
    Fate,
    FinalDot,
    Outgoing,
    Send,
    SendNow,
    Stage,
    SubmissionEnded,
    Submitting,
    Unsend,
)
from mailtui.model.ports import MailReader
from mailtui.protocols.smtp import worker
from mailtui.store.requests import Message
from mailtui.store.store import Store
from tests.integration.test_sync_servers import reach
from tests.support.running_engine import KnownSecret
from tests.support.servers import MailServer
from tests.support.smtp_server import CUT, Action, SmtpServer

LETTER = b"From: me@example\r\nTo: bob@b.example\r\nMessage-ID: <1@example>\r\nSubject: hello\r\n\r\ntext\r\n"


def smtp(port: int) -> ServerSettings:
    return ServerSettings(
        Protocol.SMTP,
        "127.0.0.1",
        port,
        Security.NONE,
        "me",
        SecretSource(SecretKind.COMMAND, ("true",)),
        timeout=10.0,
    )


class Desk:
    """A person at the screen of an account."""

    def __init__(self, engine: Engine, reader: MailReader, account: Account, folder: Path) -> None:
        self.engine = engine
        self.reader = reader
        self.account = account
        self.folder = folder
        self.changes: list[Change] = []
        self.failures: list[str] = []

    def outbox(self) -> tuple[Outgoing, ...]:
        return self.reader.outbox()

    async def send(self, *whom: str, wait: float = 0.0) -> Outgoing:
        path = self.folder / "letter"
        path.write_bytes(LETTER)
        send = Send(self.account.id, str(path), "me@example", whom or ("bob@b.example",), time.time() + wait)
        await self.engine._do(Deed("Queued to send", (send,)))
        return self.outbox()[-1]

    async def until(self, what: Callable[[], bool]) -> None:
        async with asyncio.timeout(15):
            while not what():
                await asyncio.sleep(0.02)

    async def sync(self) -> None:
        await self.engine.sync_once(lambda name, error: self.failures.append(error.text))

    def in_role(self, role: Role) -> list[str]:
        return [row.subject for box in self.reader.mailboxes() if box.role is role for row in self.reader.page(box.id)]


@contextlib.asynccontextmanager
async def desk(tmp_path: Path, account: Account, *, watch: bool) -> AsyncIterator[Desk]:
    root = str(tmp_path / "store")
    engine = Engine(Settings((account,), root), Store.open(root), KnownSecret(), SystemClock())
    engine.start(watch=watch)
    reader = engine._store.reader()
    made = Desk(engine, reader, account, tmp_path)
    end = engine.listen(made.changes.extend)
    try:
        yield made
    finally:
        end()
        await engine.stop()
        reader.close()


@contextlib.asynccontextmanager
async def local(tmp_path: Path, server: SmtpServer, *, watch: bool = True) -> AsyncIterator[Desk]:
    """An account that only sends: its mail lies on this computer."""
    account = Account(AccountId("work"), "me@example", "Me", smtp=smtp(server.port))
    async with desk(tmp_path, account, watch=watch) as made:
        yield made


async def test_a_message_goes_out_when_its_time_has_come(tmp_path: Path) -> None:
    async with SmtpServer() as server, local(tmp_path, server) as me:
        one = await me.send(wait=0.5)
        assert one.stage is Stage.HELD
        assert server.taken == []
        await me.until(lambda: bool(me.outbox()) and me.outbox()[0].stage is Stage.SENT)
        assert [(taken.sender, taken.recipients) for taken in server.taken] == [("me@example", ["bob@b.example"])]
        assert me.in_role(Role.SENT) == ["hello"]
        await me.until(lambda: any(isinstance(change, Notice) and "Sent to 1" in change.text for change in me.changes))
        assert any(isinstance(change, OutboxChanged) for change in me.changes)


async def test_what_missed_its_time_goes_out_at_the_next_start_and_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "LATE", 0.2)
    async with SmtpServer() as server:
        async with local(tmp_path, server, watch=False) as me:
            await me.send(wait=0.1)
        await asyncio.sleep(0.5)
        assert server.taken == []
        async with local(tmp_path, server) as me:
            await me.until(lambda: me.outbox()[0].stage is Stage.SENT)
            told = [one for one in me.changes if isinstance(one, Notice) and "goes out only now" in one.text]
            assert [(one.text, one.level) for one in told] == [('"hello" goes out only now', "warning")]
            assert "when mailtui was not running" in told[0].hint
        assert len(server.taken) == 1


async def test_what_is_taken_back_in_time_is_never_said(tmp_path: Path) -> None:
    async with SmtpServer() as server, local(tmp_path, server) as me:
        one = await me.send(wait=60)
        await me.engine._do(Unsend(one.id))
        assert any(isinstance(change, Unsent) for change in me.changes) or me.in_role(Role.DRAFTS) == ["hello"]
        two = await me.send(wait=60)
        await me.engine._do(SendNow(two.id))
        await me.until(lambda: len(server.taken) == 1)
        await me.until(lambda: me.in_role(Role.SENT) == ["hello"])


async def test_sync_sends_what_is_due_and_what_soon_will_be(tmp_path: Path) -> None:
    async with SmtpServer() as server, local(tmp_path, server, watch=False) as me:
        await me.send()
        await me.send("eve@e.example", wait=1)
        await me.send("ann@a.example", wait=600)
        await me.sync()
        assert me.failures == []
        assert sorted(taken.recipients[0] for taken in server.taken) == ["bob@b.example", "eve@e.example"]
        assert [one.stage for one in me.outbox()] == [Stage.SENT, Stage.SENT, Stage.HELD]


async def test_sync_tells_what_could_not_be_sent(tmp_path: Path) -> None:
    server = SmtpServer(lambda phase, said: CUT if phase == "ehlo" else None)
    async with server, local(tmp_path, server, watch=False) as me:
        await me.send()
        await me.sync()
        assert len(me.failures) == 1
        assert me.outbox()[0].stage is Stage.DUE
        assert me.outbox()[0].next_try > time.time()


async def test_nobody_gets_it_twice_when_the_answer_to_the_dot_is_lost(tmp_path: Path) -> None:
    server = SmtpServer(lambda phase, said: CUT if phase == "accepted" else None)
    async with server, local(tmp_path, server) as me:
        await me.send()
        await me.until(lambda: me.outbox()[0].stage is Stage.STUCK)
        assert me.outbox()[0].recipients[0].fate is Fate.UNSURE
        await asyncio.sleep(0.5)
        assert server.connections == 1
    async with server, local(tmp_path, server) as me:
        await asyncio.sleep(0.5)
        assert me.outbox()[0].stage is Stage.STUCK
    assert len(server.taken) <= 1


async def test_an_engine_that_ends_before_the_answer_leaves_it_unsure(tmp_path: Path) -> None:
    server = SmtpServer(lambda phase, said: Action(wait=5) if phase == "accepted" else None)
    async with server:
        async with local(tmp_path, server) as me:
            await me.send()
            await me.until(lambda: me.outbox()[0].stage is Stage.FINAL)
        async with local(tmp_path, server, watch=False) as me:
            assert me.outbox()[0].stage is Stage.STUCK
            assert me.outbox()[0].recipients[0].fate is Fate.UNSURE


async def test_what_a_crash_left_unsure_is_told_at_the_next_start(tmp_path: Path) -> None:
    async with SmtpServer() as server:
        async with local(tmp_path, server, watch=False) as me:
            one = await me.send()
            await me.engine._writer.commit(Submitting(me.account.id, one.id))
            await me.engine._writer.commit(FinalDot(me.account.id, one.id, ("bob@b.example",)))
        async with local(tmp_path, server) as me:
            assert any(isinstance(change, Notice) and "may have got it" in change.text for change in me.changes)
            assert me.outbox()[0].stage is Stage.STUCK


async def test_an_outcome_is_written_down_as_soon_as_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "AGAIN", 0.05)
    real, full = Writer.commit, [StoreError("the disk is full")]

    def commit(self: Writer, message: Message) -> asyncio.Future[Sequence[Change]]:
        if isinstance(message, SubmissionEnded) and full:
            failed: asyncio.Future[Sequence[Change]] = asyncio.get_running_loop().create_future()
            failed.set_exception(full.pop())
            return failed
        return real(self, message)

    monkeypatch.setattr(Writer, "commit", commit)
    async with SmtpServer() as server, local(tmp_path, server) as me:
        await me.send()
        await me.until(lambda: me.outbox()[0].stage is Stage.SENT)
        assert len(server.taken) == 1
        assert any(isinstance(change, Notice) and change.text == "the disk is full" for change in me.changes)


@pytest.mark.parametrize("saved", [True, False])
async def test_the_copy_in_sent_reaches_the_mail_server_once(
    mail_server: MailServer, tmp_path: Path, *, saved: bool
) -> None:
    user = mail_server.new_user()
    async with SmtpServer() as server:
        reached = reach(mail_server, user)
        assert isinstance(reached, Account)
        account = replace(reached, smtp=smtp(server.port), save_sent=saved)
        async with desk(tmp_path, account, watch=False) as me:
            await me.sync()
            await me.send()
            await me.sync()
            await me.sync()
            assert me.failures == []
            assert len(server.taken) == 1
            assert me.in_role(Role.SENT) == ["hello"] * saved
            assert me.reader.pending() == 0
            with mail_server.client(user) as other:
                boxes = [name for name in other.mailboxes() if other.raw(name)]
                assert len(boxes) == saved
                for name in boxes:
                    assert list(other.raw(name).values()) == [LETTER]
