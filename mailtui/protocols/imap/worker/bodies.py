"""One wanted body, ahead of everything else."""

from __future__ import annotations

import asyncio
from array import array

from mailtui.model.changes import BodyArrived, BodyFailed
from mailtui.model.errors import MailtuiError, RefusedError
from mailtui.model.facts import MailboxDelta
from mailtui.model.ids import PlacementId, Revision
from mailtui.protocols.imap.worker import fetch
from mailtui.protocols.imap.worker.board import Board
from mailtui.protocols.imap.worker.desk import Connection
from mailtui.protocols.imap.worker.selecting import select_name


async def bring_body(board: Board, connection: Connection, placement: PlacementId) -> None:
    """The body on its way into the store, or a Change saying why not. Raises LinkError, StoreError."""
    desk = board.desk
    try:
        problem = await _fetch(board, connection, placement)
    except RefusedError as error:
        problem = error.text
    except MailtuiError as error:
        desk.tell(BodyFailed(Revision(0), placement, error.text, error.hint))
        raise
    if problem:
        desk.tell(BodyFailed(Revision(0), placement, problem, "the server may have removed it; try again later"))


async def _fetch(board: Board, connection: Connection, placement: PlacementId) -> str:
    """Empty, or a sentence saying why not."""
    desk = board.desk
    located = await asyncio.to_thread(desk.base.placement, placement)
    if located is None or located.mailbox is None or located.uid is None:
        return "the message is no longer on the server"
    if located.body_here:
        # It came with a slice while this wish was on its way: nobody else will say so now.
        desk.tell(BodyArrived(Revision(0), placement))
        return ""
    mailbox = await asyncio.to_thread(desk.base.mailbox, located.mailbox)
    if mailbox is None or mailbox.checkpoint is None:
        return "its mailbox is gone"
    if connection.selected != mailbox.id:
        selected = await select_name(connection, mailbox.server_name or mailbox.name)
        if selected.uidvalidity != mailbox.checkpoint.uidvalidity:
            board.due.add(mailbox.id)
            board.wake_work.set()
            return "the server renumbered the mailbox; it is being read anew"
        connection.selected = mailbox.id
    found = await fetch.whole(desk, connection, mailbox.id, array("Q", [located.uid]))
    mine = tuple(delivery for delivery in found.deliveries if delivery.uid == located.uid)
    if not mine:
        return "the message is no longer on the server"
    await desk.commit(
        MailboxDelta(desk.account.id, mailbox.id, mailbox.checkpoint.uidvalidity, deliveries=mine, only_known=True)
    )
    return ""
