"""What other clients do shows at once, in every folder that matters; a connection that only looks alive is found out.

The bound of every wait is generous; the figures that were measured are recorded as properties of the test and shown by
`pytest -s`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailtui.engine.clock import SystemClock
from mailtui.model.account import Account
from mailtui.model.changes import AccountChanged, Notice
from mailtui.model.intents import Look, SetFlags
from mailtui.model.link import LinkState
from mailtui.model.mail import Flag, Flags
from mailtui.protocols.imap.worker.account import AccountWorker
from mailtui.protocols.imap.worker.board import RELIST
from tests.support.dovecot import Dovecot
from tests.support.proxy import FaultProxy, Way
from tests.support.running_engine import ACCOUNT, Running, account, running
from tests.support.servers import MailServer, Seed, ServerMissing

SOON = 5.0
"""Seconds within which a change of another client must be here; less than any interval of polling."""
Record = Callable[[str, object], None]


def mail(n: int) -> bytes:
    return (
        f"From: Ann <ann@example.org>\r\nSubject: number {n}\r\nDate: Tue, 14 Nov 2023 22:00:{n % 60:02} +0000\r\n"
        f"Message-ID: <{n}@example.org>\r\n\r\ntext of {n}\r\n"
    ).encode()


@pytest.fixture
def user(mail_server: MailServer) -> str:
    return settled(mail_server)


def settled(server: MailServer) -> str:
    """A user with mail in the Inbox and in the folders Lists, Work and Notes."""
    name = server.new_user()
    server.seed(name, [Seed(mail(n), "S", 1_700_000_000 + n) for n in range(1, 6)])
    for at, box in enumerate(("Lists", "Work", "Notes"), 1):
        server.seed(name, [Seed(mail(100 * at + n), "S", 1_700_000_000 + n) for n in range(1, 6)], box)
    return name


@pytest.fixture
def proxy(mail_server: MailServer) -> Iterator[FaultProxy]:
    with FaultProxy(mail_server.imap_port) as made:
        yield made


def where(server: MailServer, user: str, port: int = 0, **more: object) -> Account:
    return account(user, port or server.imap_port, **{"connections": 4, **more})  # type: ignore[arg-type]


def watched(me: Running, *names: str) -> bool:
    """Whether somebody on our side hears of these mailboxes."""
    worker = me.engine._workers[ACCOUNT]
    assert isinstance(worker, AccountWorker)
    board = worker.board
    if board.live is None or board.live.selected is None:
        return False
    if board.live.notified:
        return True
    now = {connection.selected for connection in board.lookouts if connection is not None}
    return all(me.mailbox(name).id in now for name in names)


async def watching(me: Running, *names: str) -> None:
    """Until the account is at rest and these mailboxes are watched."""
    await me.until(lambda: me.state() is LinkState.IDLE and watched(me, *names))
    await asyncio.sleep(0.3)


class Stopwatch:
    """Seconds from what another client did to what our reader shows."""

    def __init__(self, me: Running) -> None:
        self.me = me
        self.figures: dict[str, float] = {}

    async def until(self, what: str, condition: Callable[[], object]) -> None:
        started = time.monotonic()
        await self.me.until(condition, SOON)
        self.figures[what] = round(time.monotonic() - started, 3)

    def tell(self, record: Record, title: str) -> None:
        for what, seconds in self.figures.items():
            record(what, seconds)
        print(f"\n{title}: " + ", ".join(f"{what} {seconds:.2f} s" for what, seconds in self.figures.items()))


async def every_change(me: Running, server: MailServer, user: str, box: str) -> Stopwatch:
    """Another client delivers, flags and expunges in `box`, then moves between it and the Inbox, both ways."""
    watch = Stopwatch(me)
    with server.client(user) as other:
        before = me.mailbox(box).total
        other.append(mail(900), box)
        await watch.until("new mail", lambda: me.mailbox(box).total == before + 1)
        first = other.uids(box)[0]
        other.add_flags([first], r"\Flagged", box)
        await watch.until("flag", lambda: "\\Flagged" in me.flags(box)[first])
        other.remove_flags([first], r"\Seen", box)
        await watch.until("unread", lambda: "\\Seen" not in me.flags(box)[first])
        other.expunge([first], box)
        await watch.until("expunge", lambda: first not in me.flags(box))
        for source, to in ((box, "INBOX"), ("INBOX", box)):
            uid = other.uids(source)[-1]
            word = next(row.word for row in me.rows(source) if row.uid == uid)
            other.move([uid], to, source)
            there = other.uids(to)[-1]
            await watch.until(
                f"move {'in' if to == 'INBOX' else 'out'}",
                lambda source=source, to=to, uid=uid, there=there, word=word: (  # type: ignore[misc]
                    uid not in me.flags(source) and any(row.uid == there and row.word == word for row in me.rows(to))
                ),
            )
        assert me.bodies(box) == other.raw(box)
        assert me.bodies() == other.raw()
    return watch


async def test_every_change_shows_in_the_folder_on_the_screen(
    mail_server: MailServer, user: str, tmp_path: Path, record_property: Record
) -> None:
    async with running(tmp_path, where(mail_server, user), watch=True) as me:
        await me.until(lambda: me.mailbox("Lists").total == 5)
        me.engine.send(Look(me.mailbox("Lists").id))
        await watching(me, "Lists")
        watch = await every_change(me, mail_server, user, "Lists")
        watch.tell(record_property, f"{mail_server.name}, folder on the screen")


async def test_every_change_shows_without_notify(
    mail_server: MailServer, user: str, proxy: FaultProxy, tmp_path: Path, record_property: Record
) -> None:
    """The folder that the config names, watched by a connection of its own."""
    proxy.rewrite(lambda data: data.replace(b" NOTIFY", b""))
    async with running(tmp_path, where(mail_server, user, proxy.port, watch=("Li*",)), watch=True) as me:
        await watching(me, "Lists")
        assert proxy.open_connections == 3
        watch = await every_change(me, mail_server, user, "Lists")
        watch.tell(record_property, f"{mail_server.name}, folder of the config by IDLE")


async def test_what_the_person_does_goes_out_at_once(
    mail_server: MailServer, user: str, proxy: FaultProxy, tmp_path: Path, record_property: Record
) -> None:
    """While every connection waits in IDLE."""
    proxy.rewrite(lambda data: data.replace(b" NOTIFY", b""))
    everything = where(mail_server, user, proxy.port, watch=("Lists", "Work"))
    async with running(tmp_path, everything, watch=True) as me:
        await watching(me, "Lists", "Work")
        watch = Stopwatch(me)
        with mail_server.client(user) as other:
            for box in ("INBOX", "Lists", "Notes"):
                row = me.rows(box)[0]
                me.engine.send(SetFlags((row.placement,), add=Flags(Flag.FLAGGED)))
                uid = row.uid or 0
                await watch.until(
                    f"to the server, {box}",
                    lambda box=box, uid=uid: "\\Flagged" in other.flags(box)[uid],  # type: ignore[misc]
                )
        watch.tell(record_property, f"{mail_server.name}, pending actions")


# -- connections that only look alive


def impatient(server: MailServer, user: str, port: int, **more: object) -> Account:
    return where(server, user, port, **{"timeout": 1.0, "idle_renew": 1.0, **more})


async def hears(me: Running, server: MailServer, user: str, seconds: float = 20.0) -> None:
    """New mail comes."""
    with server.client(user) as other:
        other.append(mail(901))
        total = len(other.uids())
    await me.until(lambda: me.mailbox().total == total, seconds)


async def test_a_wedged_connection_is_found_and_replaced(
    dovecot: MailServer, tmp_path: Path, record_property: Record
) -> None:
    """Somebody swallows every byte and closes nothing: a NAT that forgot, a peer that is gone."""
    user = settled(dovecot)
    with FaultProxy(dovecot.imap_port) as proxy:
        async with running(tmp_path, impatient(dovecot, user, proxy.port), watch=True) as me:
            await watching(me)
            proxy.stall()
            watch = Stopwatch(me)
            await watch.until("found", lambda: me.state() is LinkState.WAITING)
            watch.tell(record_property, "wedged, renewed every 1 s, 1 s of patience")
            proxy.resume()
            await hears(me, dovecot, user)


async def test_a_server_that_never_answers_done_is_left(dovecot: MailServer, tmp_path: Path) -> None:
    user = settled(dovecot)
    with FaultProxy(dovecot.imap_port) as proxy:
        async with running(tmp_path, impatient(dovecot, user, proxy.port), watch=True) as me:
            await watching(me)
            before = proxy.connections
            proxy.rewrite(lambda data: data.replace(b"DONE\r\n", b""), Way.TO_SERVER)
            await me.until(lambda: proxy.connections > before)
            await asyncio.sleep(4)
            assert proxy.connections - before < 8, "a pause comes before every new try"
            assert me.state() is LinkState.IDLE, "the work goes on"
            proxy.rewrite(None, Way.TO_SERVER)
            await hears(me, dovecot, user)


async def test_an_idle_that_ends_at_once_is_no_spin(dovecot: MailServer, tmp_path: Path) -> None:
    user = settled(dovecot)
    with FaultProxy(dovecot.imap_port) as proxy:
        proxy.rewrite(lambda data: data.replace(b" IDLE\r\n", b" NOOP\r\n"), Way.TO_SERVER)
        async with running(tmp_path, where(dovecot, user, proxy.port), watch=True) as me:
            await watching(me)
            await asyncio.sleep(1)
            before = proxy.to_server
            await asyncio.sleep(4)
            assert proxy.to_server - before < 200
            row = me.rows()[0]
            me.engine.send(SetFlags((row.placement,), add=Flags(Flag.FLAGGED)))
            with dovecot.client(user) as other:
                await me.until(lambda: "\\Flagged" in other.flags()[row.uid or 0], 2)
            await hears(me, dovecot, user)


async def test_connections_that_are_dropped_come_back(
    mail_server: MailServer, user: str, proxy: FaultProxy, tmp_path: Path, record_property: Record
) -> None:
    proxy.rewrite(lambda data: data.replace(b" NOTIFY", b""))
    async with running(tmp_path, where(mail_server, user, proxy.port, watch=("Lists",)), watch=True) as me:
        await watching(me, "Lists")
        proxy.drop()
        watch = Stopwatch(me)
        await me.until(lambda: not watched(me, "Lists"))
        await me.until(lambda: me.state() is LinkState.IDLE and watched(me, "Lists"), 20)
        with mail_server.client(user) as other:
            other.append(mail(902), "Lists")
            await watch.until("new mail", lambda: me.mailbox("Lists").total == 6)


async def test_a_server_that_says_goodbye_and_restarts_is_found_again(tmp_path: Path) -> None:
    server = own_dovecot()
    try:
        user = settled(server)
        async with running(tmp_path, where(server, user), watch=True) as me:
            await watching(me)
            server.stop()
            await me.until(lambda: me.state() is LinkState.WAITING)
            await asyncio.sleep(1)
            server.start()
            await me.until(lambda: me.state() is LinkState.IDLE and watched(me), 20)
            await hears(me, server, user)
    finally:
        server.remove()


class Sleeper(SystemClock):
    """A clock of a computer that sleeps: the wall's goes on, the other stands still."""

    asleep = 0.0

    def now(self) -> float:
        return super().now() + self.asleep


async def test_after_a_suspend_every_connection_is_tried_at_once(
    dovecot: MailServer, tmp_path: Path, record_property: Record
) -> None:
    user = settled(dovecot)
    clock = Sleeper()
    with FaultProxy(dovecot.imap_port) as proxy:
        lazy = where(dovecot, user, proxy.port, timeout=1.0, idle_renew=300.0)
        async with running(tmp_path, lazy, watch=True, clock=clock) as me:
            await watching(me)
            proxy.stall()
            clock.asleep += 3600
            watch = Stopwatch(me)
            await watch.until("found", lambda: me.state() is LinkState.WAITING)
            watch.tell(record_property, "after a suspend, 1 s of patience")
            proxy.resume()
            await hears(me, dovecot, user)


# -- servers that can or want less


def own_dovecot(extra: str = "") -> Dovecot:
    """One that may be stopped and set up in another way."""
    try:
        server = Dovecot()
    except ServerMissing as missing:
        pytest.skip(str(missing))
    server.extra = extra
    try:
        server.start()
    except BaseException:
        server.remove()
        raise
    return server


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody watches is looked at every half second."""
    for room in ("live", "watching"):
        monkeypatch.setattr(f"mailtui.protocols.imap.worker.{room}.POLL", 0.5)


@pytest.mark.parametrize("most", [1, 2, 3])
@pytest.mark.usefixtures("often")
async def test_a_server_that_lets_fewer_in_is_no_trouble(tmp_path: Path, most: int) -> None:
    server = own_dovecot(f"mail_max_userip_connections = {most + 1}\n")  # one for the other client
    try:
        user = settled(server)
        with FaultProxy(server.imap_port) as proxy:
            proxy.rewrite(lambda data: data.replace(b" NOTIFY", b""))
            told = where(server, user, proxy.port, watch=("Lists",))
            with server.client(user) as other:
                async with running(tmp_path, told, watch=True) as me:
                    worker = me.engine._workers[ACCOUNT]
                    assert isinstance(worker, AccountWorker)
                    board = worker.board
                    if most == 3:
                        await watching(me, "Lists")
                    else:
                        await me.until(lambda: board.room == most and me.state() is LinkState.IDLE, 25)
                    me.engine.send(Look(me.mailbox("Work").id))
                    await me.until(lambda: board.room == most, 25)
                    await asyncio.sleep(1.5)
                    tried = proxy.connections
                    for box in ("INBOX", "Lists", "Work"):
                        total = me.mailbox(box).total
                        other.append(mail(903), box)
                        await me.until(lambda box=box, total=total: me.mailbox(box).total == total + 1, SOON)  # type: ignore[misc]
                    await asyncio.sleep(2)
                    assert proxy.connections == tried, "it is remembered"
                    assert proxy.open_connections == most
                    states = {change.state for change in me.changes if isinstance(change, AccountChanged)}
                    assert not states & {LinkState.FAILED, LinkState.WAITING}
                    assert not [change for change in me.changes if isinstance(change, Notice)]
    finally:
        server.remove()


@pytest.mark.usefixtures("often")
async def test_a_server_without_idle_is_asked(
    mail_server: MailServer, user: str, proxy: FaultProxy, tmp_path: Path
) -> None:
    proxy.rewrite(lambda data: data.replace(b" IDLE", b"").replace(b" NOTIFY", b""))
    async with running(tmp_path, where(mail_server, user, proxy.port, watch=("Lists",)), watch=True) as me:
        await watching(me)
        with mail_server.client(user) as other:
            for box in ("INBOX", "Lists"):
                other.append(mail(904), box)
                await me.until(lambda box=box: me.mailbox(box).total == 6, SOON)  # type: ignore[misc]
                first = other.uids(box)[0]
                other.add_flags([first], r"\Flagged", box)
                await me.until(lambda box=box, first=first: "\\Flagged" in me.flags(box)[first], SOON)  # type: ignore[misc]
        assert proxy.open_connections == 2


async def test_a_notify_that_is_refused_is_done_without(dovecot: MailServer, tmp_path: Path) -> None:
    user = settled(dovecot)
    with FaultProxy(dovecot.imap_port) as proxy:
        proxy.rewrite(lambda data: data.replace(b" NOTIFY SET", b" MODIFY SET"), Way.TO_SERVER)
        async with running(tmp_path, where(dovecot, user, proxy.port, watch=("Lists",)), watch=True) as me:
            await watching(me, "Lists")
            assert proxy.open_connections == 3
            with dovecot.client(user) as other:
                other.append(mail(905), "Lists")
                await me.until(lambda: me.mailbox("Lists").total == 6, SOON)


async def test_notify_tells_of_every_folder_and_of_new_ones(dovecot: MailServer, tmp_path: Path) -> None:
    user = settled(dovecot)
    with FaultProxy(dovecot.imap_port) as proxy:
        async with running(tmp_path, where(dovecot, user, proxy.port), watch=True) as me:
            await watching(me, "Notes")
            assert proxy.open_connections == 2
            with dovecot.client(user) as other:
                other.append(mail(906), "Notes")
                await me.until(lambda: me.mailbox("Notes").total == 6, SOON)
                await asyncio.sleep(RELIST)
                other.create("Fresh")
                other.append(mail(907), "Fresh")
                await me.until(lambda: me.mailbox("Fresh").total == 1, SOON)


@pytest.mark.usefixtures("often")
async def test_mail_that_comes_past_the_server_shows_in_the_folder_on_the_screen(
    dovecot: MailServer, tmp_path: Path
) -> None:
    """Another program writes into the server's own maildir: NOTIFY does not tell of it."""
    assert isinstance(dovecot, Dovecot)
    user = settled(dovecot)
    async with running(tmp_path, where(dovecot, user), watch=True) as me:
        await watching(me, "Lists")
        me.engine.send(Look(me.mailbox("Lists").id))
        await asyncio.sleep(1)
        dovecot.seed(user, [Seed(mail(908), "", 1_700_000_908)], "Lists")
        await me.until(lambda: me.mailbox("Lists").total == 6, SOON)


async def test_an_administrator_who_drops_the_connections_is_no_trouble(dovecot: MailServer, tmp_path: Path) -> None:
    """BYE in IDLE."""
    assert isinstance(dovecot, Dovecot)
    user = settled(dovecot)
    async with running(tmp_path, where(dovecot, user), watch=True) as me:
        await watching(me)
        dovecot.kick(user)
        await me.until(lambda: not watched(me))
        await me.until(lambda: me.state() is LinkState.IDLE and watched(me), 20)
        await hears(me, dovecot, user)
