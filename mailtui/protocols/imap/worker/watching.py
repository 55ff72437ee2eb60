"""How one connection watches one mailbox: bring its news, IDLE, again. Never in a spin, whatever the server does."""

from __future__ import annotations

import asyncio
import contextlib

from mailtui.model.errors import LinkError, LostError, ProtocolError, RefusedError
from mailtui.protocols.imap.worker.board import Board
from mailtui.protocols.imap.worker.desk import Connection, connect
from mailtui.protocols.imap.worker.mailbox import MailboxSync
from mailtui.protocols.imap.worker.selecting import select_name

POLL = 20.0
"""Seconds between two looks where nothing is told: NOOP without IDLE, STATUS of what nobody watches."""
PATIENCE = 0.5
"""Seconds to wait for another connection that is just reading the same mailbox."""
GAP = 0.2
"""Seconds from one visit to the next: a burst of news becomes a few visits."""
HASTY = 1.0
"""An IDLE that ends by itself in less than so many seconds, without news, is no waiting."""


async def open_more(board: Board) -> Connection | None:
    """One connection beside the work's. None: the server lets no more in, which is remembered (RFC 5530 LIMIT, a BYE,
    a refused login, whatever: the work connection shows that it is there and that the password is right). Raises
    LostError."""
    try:
        connection = await connect(board.desk)
    except (RefusedError, LinkError, ProtocolError) as error:
        board.turned_away += 1
        if board.work is None or board.work.link.closed or board.turned_away < 2:
            board.suspect()
            raise LostError(error.text, error.hint) from error
        board.full()
        return None
    board.turned_away = 0
    return connection


async def look_in(board: Board, connection: Connection, sync: MailboxSync) -> None:
    """Selects the mailbox and brings its news. While another connection fills it, that one is told of them instead.
    Raises LinkError, RefusedError (no such mailbox ...)."""
    if connection.selected == sync.id and not connection.stirred and not sync.dirty:
        return
    sync.dirty = True
    wait = GAP - (board.desk.clock.monotonic() - connection.visited)
    if connection.selected == sync.id and wait > 0:
        await asyncio.sleep(wait)
    try:
        async with asyncio.timeout(PATIENCE):
            await sync.lock.acquire()
    except TimeoutError:
        if connection.selected != sync.id:
            await select_name(connection, sync.name)
            connection.selected = sync.id
        connection.stirred.clear()
        return
    try:
        connection.visited = board.desk.clock.monotonic()
        await sync.visit(connection)
    finally:
        sync.lock.release()
    if not sync.complete:
        board.wake_work.set()


async def idle(board: Board, connection: Connection, seconds: float, wake: asyncio.Event) -> None:
    """Until news, `wake` (with `stop_idle`), or the end of the time. Raises LinkError."""
    if not connection.link.capabilities.idle:
        if not await waited(wake, min(seconds, POLL)):
            await connection.link.noop()
        return
    started = board.desk.clock.monotonic()
    news = await connection.link.idle(seconds=min(seconds, board.desk.server.idle_renew))
    if news or wake.is_set() or board.probe or board.desk.clock.monotonic() - started > min(HASTY, seconds / 2):
        connection.hasty = 0
        wake.clear()
        return
    # The server answers IDLE at once: we would ask again and again.
    connection.hasty += 1
    await waited(wake, min(POLL, HASTY * 2**connection.hasty))


async def waited(event: asyncio.Event, seconds: float) -> bool:
    """Whether the event came within the time; it is cleared."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    came = event.is_set()
    event.clear()
    return came
