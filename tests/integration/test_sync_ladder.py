"""The same story on every rung of the ladder: servers that lack QRESYNC, CONDSTORE, ESEARCH, IDLE, LIST-STATUS."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailtui.model.link import LinkState
from tests.integration.test_sync_servers import mail, seeds
from tests.support.dovecot import Dovecot
from tests.support.running_engine import account, running, sync
from tests.support.servers import ServerMissing

RUNGS = {
    "full": "",
    "condstore": "IMAP4rev1 SASL-IR LITERAL+ ENABLE IDLE NAMESPACE UIDPLUS CONDSTORE ESEARCH SPECIAL-USE LIST-EXTENDED",
    "plain": "IMAP4rev1 LITERAL+ IDLE",
    "bare": "IMAP4rev1",
}


@pytest.fixture(scope="module", params=list(RUNGS))
def rung(request: pytest.FixtureRequest) -> Iterator[Dovecot]:
    try:
        server = Dovecot()
    except ServerMissing as missing:
        pytest.skip(str(missing))
    if RUNGS[request.param]:
        server.extra = f"imap_capability = {RUNGS[request.param]}\n"
    server.start()
    yield server
    server.remove()


@pytest.mark.server
async def test_another_clients_changes_on_every_rung(rung: Dovecot, tmp_path: Path) -> None:
    user = rung.new_user()
    rung.seed(user, seeds(330))
    where = account(user, rung.imap_port)
    assert await sync(tmp_path, where) == []
    with rung.client(user) as other:
        uids = other.uids()
        other.add_flags(uids[3:9], r"\Flagged $Forwarded")
        other.remove_flags(uids[100:110], r"\Seen")
        other.expunge([*uids[:2], *uids[200:205], uids[-1]])
        for n in range(400, 403):
            other.append(mail(n))
        truth, flags = other.raw(), other.flags()
    async with running(tmp_path, where, watch=False) as me:
        words = {row.uid: row.word for row in me.rows()}
        await me.sync_once()
        assert me.failures == []
        assert me.bodies() == truth
        assert me.flags() == flags
        assert all(row.word == words[row.uid] for row in me.rows() if row.uid in words)
        assert me.mailbox().total == len(truth)


@pytest.mark.server
async def test_an_expunge_hidden_by_new_mail_is_seen(rung: Dovecot, tmp_path: Path) -> None:
    """As many came as went: the count alone tells nothing."""
    user = rung.new_user()
    rung.seed(user, seeds(20))
    where = account(user, rung.imap_port)
    assert await sync(tmp_path, where) == []
    with rung.client(user) as other:
        other.expunge(other.uids()[5:7])
        other.append(mail(100))
        other.append(mail(101))
        truth = other.raw()
    async with running(tmp_path, where, watch=False) as me:
        await me.sync_once()
        assert me.bodies() == truth


@pytest.mark.server
async def test_watching_works_on_every_rung(rung: Dovecot, tmp_path: Path) -> None:
    user = rung.new_user()
    rung.seed(user, seeds(4))
    async with running(tmp_path, account(user, rung.imap_port, poll_seconds=2), watch=True) as me:
        await me.until(lambda: me.state() is LinkState.IDLE)
        await asyncio.sleep(0.3)
        with rung.client(user) as other:
            other.append(mail(5))
            await me.until(lambda: me.mailbox().total == 5, 8)
            other.expunge(other.uids()[:1])
            await me.until(lambda: me.mailbox().total == 4, 8)
