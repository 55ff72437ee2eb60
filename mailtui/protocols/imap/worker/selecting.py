"""Selecting a mailbox for acting on its UIDs: an old UID is never acted on."""

from __future__ import annotations

import asyncio

from mailtui.model.errors import RefusedError
from mailtui.model.ids import MailboxId
from mailtui.protocols.imap.link import Selected
from mailtui.protocols.imap.worker.desk import Connection, Desk

RENUMBERED = "UIDVALIDITY"
UNREAD = "UNREAD"


async def select_known(desk: Desk, connection: Connection, mailbox: MailboxId) -> None:
    """The mailbox must still have the UIDVALIDITY that Base knows. Raises RefusedError (codes RENUMBERED and
    UNREAD: it has to be read first)."""
    if connection.selected == mailbox:
        return
    known = await asyncio.to_thread(desk.base.mailbox, mailbox)
    if known is None or known.server_name is None:
        raise RefusedError("the folder is no longer on the server", "NONEXISTENT")
    if known.checkpoint is None:
        raise RefusedError("the folder is new; it is read first", UNREAD, lasting=False)
    selected = await select_name(connection, known.server_name)
    if selected.uidvalidity != known.checkpoint.uidvalidity:
        raise RefusedError("the server renumbered the folder; it is read anew first", RENUMBERED, lasting=False)
    connection.selected = mailbox


async def select_name(connection: Connection, name: str) -> Selected:
    """By the server's name; the caller says which mailbox that is."""
    connection.selected = None
    selected = await connection.link.select(name)
    connection.permanent = selected.permanent_flags
    return selected
