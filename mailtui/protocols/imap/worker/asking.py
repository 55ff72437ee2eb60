"""The server is asked about mail of which only the headers are here: what it finds is fetched whole, and then the
search of this computer finds it too."""

from __future__ import annotations

import asyncio
import datetime

from mailtui.model.changes import Answered
from mailtui.model.errors import MailtuiError, QueryError, RefusedError
from mailtui.model.folder import Mailbox, Role
from mailtui.model.ids import Revision
from mailtui.model.intents import AskServer
from mailtui.protocols.imap.worker.board import Board
from mailtui.protocols.imap.worker.bodies import bring_body
from mailtui.protocols.imap.worker.chores import fetch_bodies
from mailtui.protocols.imap.worker.desk import Connection
from mailtui.protocols.imap.worker.selecting import select_known
from mailtui.search.query import parse
from mailtui.search.to_imap import Criteria, to_imap

MOST = 200
"""Messages that one question brings here; the newest of each folder first."""
_HIDDEN = {Role.JUNK, Role.TRASH}


async def ask_server(board: Board, connection: Connection, wish: AskServer) -> None:
    """An Answered says how many came. Raises LinkError, StoreError."""
    desk = board.desk
    try:
        criteria = to_imap(parse(wish.query, today=datetime.date.today()))
    except QueryError as error:
        desk.tell(Answered(Revision(0), desk.account.id, wish.query, 0, error.text))
        return
    found, problem = 0, ""
    try:
        for mailbox in await asyncio.to_thread(desk.base.mailboxes, desk.account.id):
            if found < MOST and _meant(mailbox, wish):
                while board.wanted:
                    await bring_body(board, connection, board.wanted.pop(0))
                try:
                    found += await _ask(board, connection, mailbox, criteria, MOST - found)
                except RefusedError as error:
                    problem = problem or error.text
    except MailtuiError as error:
        desk.tell(Answered(Revision(0), desk.account.id, wish.query, found, error.text))
        raise
    desk.tell(Answered(Revision(0), desk.account.id, wish.query, found, problem))


def _meant(mailbox: Mailbox, wish: AskServer) -> bool:
    if wish.mailbox is not None:
        return mailbox.id == wish.mailbox
    return mailbox.selectable and mailbox.role not in _HIDDEN


async def _ask(board: Board, connection: Connection, mailbox: Mailbox, criteria: Criteria, most: int) -> int:
    """How many messages of this mailbox came. Nothing is asked where all is here."""
    desk = board.desk
    missing = await asyncio.to_thread(
        desk.base.missing_bodies, mailbox.id, newer_than=None, below=None, limit=1_000_000
    )
    if not missing or mailbox.checkpoint is None:
        return 0
    await select_known(desk, connection, mailbox.id)
    hits = set(await connection.link.uid_search_for(criteria.pieces))
    wanted = [uid for uid, _ in missing if uid in hits][:most]
    if wanted:
        await fetch_bodies(desk, connection, mailbox.id, wanted)
    return len(wanted)
