"""Pending Intents on their way out. Flags are idempotent, so a line that may have been sent is simply sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from mailtui.model.errors import RefusedError
from mailtui.model.facts import Confirmed, Refused
from mailtui.model.ids import MailboxId, PlacementId
from mailtui.model.intents import PendingIntent
from mailtui.protocols.imap.seqset import format_uids
from mailtui.protocols.imap.worker.desk import Connection, Desk
from mailtui.sync.compile import Compiled, StoreFlags, compile_pending

SET_SIZE = 1000
"""UIDs per STORE: keeps the command line well below 8,000 octets (RFC 7162 section 4)."""


async def push(desk: Desk, connection: Connection) -> bool:
    """Does everything pending. Whether anything was done. Raises LinkError; refusals become Facts."""
    pending = await asyncio.to_thread(desk.base.pending, desk.account.id)
    if not pending:
        return False
    try:
        await _do(desk, connection, pending)
    except RefusedError:
        await _one_by_one(desk, connection, pending)
    return True


async def _one_by_one(desk: Desk, connection: Connection, pending: Sequence[PendingIntent]) -> None:
    """The server refused something: find out which intent it was, so that the others still get through."""
    for line in pending:
        try:
            await _do(desk, connection, [line])
        except RefusedError as error:
            if error.lasting:
                await desk.commit(Refused(desk.account.id, line.id, error.text, error.code))


async def _do(desk: Desk, connection: Connection, pending: Sequence[PendingIntent]) -> None:
    compiled = await asyncio.to_thread(_compile, desk, pending)
    for command in compiled.commands:
        await _select(desk, connection, command.mailbox)
        await _store(connection, command)
    await desk.commit(Confirmed(desk.account.id, compiled.intents))


def _compile(desk: Desk, pending: Sequence[PendingIntent]) -> Compiled:
    def locate(placement: PlacementId) -> tuple[MailboxId, int] | None:
        located = desk.base.placement(placement)
        if located is None or located.uid is None or located.mailbox is None:
            return None
        return located.mailbox, located.uid

    return compile_pending(pending, locate)


async def _select(desk: Desk, connection: Connection, mailbox: MailboxId) -> None:
    """An old UID is never acted on: the mailbox must still have the UIDVALIDITY that Base knows."""
    if connection.selected == mailbox:
        return
    known = await asyncio.to_thread(desk.base.mailbox, mailbox)
    if known is None or known.checkpoint is None:
        raise RefusedError("the mailbox is gone", "NONEXISTENT")
    connection.selected = None
    selected = await connection.link.select(known.name)
    if selected.uidvalidity != known.checkpoint.uidvalidity:
        raise RefusedError("the server renumbered the mailbox; it is read anew first", "UIDVALIDITY", lasting=False)
    connection.selected = mailbox


async def _store(connection: Connection, command: StoreFlags) -> None:
    for start in range(0, len(command.uids), SET_SIZE):
        uids = command.uids[start : start + SET_SIZE]
        await connection.link.uid_store(format_uids(uids), "+" if command.add else "-", command.flags)
