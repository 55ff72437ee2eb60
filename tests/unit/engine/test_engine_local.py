"""An account that has no server, in a running engine: it is there at once, and so is what other programs bring."""

from __future__ import annotations

from pathlib import Path

from mailtui.model.account import Account, LocalSettings
from mailtui.model.folder import Role
from mailtui.model.intents import Deed, Move
from mailtui.model.link import LinkState
from tests.support.running_engine import ACCOUNT, running
from tests.support.store_bed import raw

PAPER = Account(ACCOUNT, "anna@example.org", "Anna", local=LocalSettings())


async def test_it_is_there_and_idle_without_anybody_to_ask(tmp_path: Path) -> None:
    async with running(tmp_path, PAPER, watch=True) as me:
        await me.until(lambda: me.state() is LinkState.IDLE)
        await me.until(lambda: {box.role for box in me.reader.mailboxes()} >= {Role.INBOX, Role.SENT, Role.TRASH})
        folder = tmp_path / "mail" / ACCOUNT / "INBOX" / "new"
        (folder / "1700000000.M1.elsewhere").write_bytes(raw(1))
        await me.until(lambda: me.rows())
        (row,) = me.rows()
        me.engine.send(Deed("Archived 1", (Move((row.placement,), Role.ARCHIVE),)))
        await me.until(lambda: me.rows("Archive"))
        assert me.reader.pending() == 0
        assert me.raw(me.rows("Archive")[0]) == raw(1)


async def test_one_round_has_nothing_to_wait_for(tmp_path: Path) -> None:
    async with running(tmp_path, PAPER, watch=False) as me:
        await me.sync_once()
        assert me.failures == []
