"""The live connection: watches the Inbox, hears of all other mailboxes where the server can NOTIFY, fetches wanted
bodies and pushes Intents. Where the server allows only one connection, the work connection lends itself for this."""

from __future__ import annotations

import asyncio

from mailtui.model.errors import LinkError, LostError, RefusedError
from mailtui.protocols.imap.worker.asking import ask_server
from mailtui.protocols.imap.worker.board import Board
from mailtui.protocols.imap.worker.bodies import bring_body
from mailtui.protocols.imap.worker.desk import Connection
from mailtui.protocols.imap.worker.push import push
from mailtui.protocols.imap.worker.watching import POLL, idle, look_in, open_more, waited

LONGEST = 600.0
"""Seconds between two tries of what a server, or a file, does not allow for now."""


class Live:
    """A script and its two parts, `serve` and `watch`."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self._glanced = -POLL
        self._again = float("inf")
        """When what could not be done is tried once more, monotonic seconds."""
        self._pause = POLL

    async def run(self) -> None:
        """Does nothing (for ever) where one connection must do. Raises what stopped it."""
        board = self.board
        while board.single or board.work is None:
            await waited(board.wake_live, POLL)
        connection = await open_more(board)
        if connection is None:
            return
        board.live = connection
        board.reassign()
        try:
            while True:
                await self.serve(connection)
                await self.watch(connection, board.desk.server.idle_renew)
        except RefusedError as error:  # the Inbox can't be selected, for now
            raise LostError(error.text, error.hint) from error
        except LinkError:
            board.lost()
            raise
        finally:
            board.live = None
            await connection.link.close()

    async def serve(self, connection: Connection) -> None:
        """Wanted bodies, then pending Intents."""
        board = self.board
        while board.wanted:
            await bring_body(board, connection, board.wanted.pop(0))
        while board.asked:
            await ask_server(board, connection, board.asked.pop(0))
        if board.pending:
            board.pending = False
            try:
                pushed = await push(board.desk, connection, board.swept)
            except BaseException:
                board.pending = True
                raise
            self._try_again(pushed.later)
            board.all_due |= pushed.relist or pushed.sweep
            board.due |= pushed.look
            if board.all_due or pushed.look:
                board.wake_work.set()

    async def watch(self, connection: Connection, seconds: float) -> None:
        """Selects the Inbox, brings its news, then IDLEs until news, a wish or the end of the time."""
        board = self.board
        inbox = board.inbox()
        if inbox is None:
            await waited(board.wake_live, min(1.0, seconds))
            return
        await look_in(board, connection, inbox)
        await self._subscribe(connection)
        board.heard(connection)
        if board.wanted or board.asked or board.pending or (board.single and (board.due or board.all_due)):
            return
        if inbox.dirty or connection.relist:
            seconds = min(seconds, 1.0)
        if board.unattended(connection):
            seconds = min(seconds, POLL)
        seconds = min(seconds, max(0.1, self._again - board.desk.clock.monotonic()))
        await idle(board, connection, seconds, board.wake_live)
        board.heard(connection)
        if board.desk.clock.monotonic() >= self._again:
            board.pending = True
        await self._glance(connection)

    def _try_again(self, later: bool) -> None:
        """Something could not be done: again after a while, and a longer one each time."""
        if later:
            self._again = self.board.desk.clock.monotonic() + self._pause
            self._pause = min(2 * self._pause, LONGEST)
        else:
            self._again, self._pause = float("inf"), POLL

    async def _subscribe(self, connection: Connection) -> None:
        """Asks to hear of every mailbox (RFC 5465), and at once how they all are: nothing falls between the last look
        and now."""
        if connection.notified or self.board.no_notify or "NOTIFY" not in connection.link.capabilities:
            return
        try:
            await connection.link.notify()
            connection.notified = True
        except RefusedError:
            self.board.no_notify = True
            self.board.reassign()

    async def _glance(self, connection: Connection) -> None:
        """Asks for what nobody watches."""
        board = self.board
        now = board.desk.clock.monotonic()
        if now - self._glanced < POLL or board.wanted or board.pending:
            return
        self._glanced = now
        for sync in board.unattended(connection):
            try:
                said = await connection.link.status(sync.name)
            except RefusedError:
                board.hopeless.add(sync.id)  # gone or forbidden: the next LIST settles it
                board.reassign()
                continue
            if board.moved(sync, said):
                board.due.add(sync.id)
        if board.due:
            board.wake_work.set()


class Lookout:
    """One more connection, for one mailbox that is worth watching besides the Inbox."""

    SETTLE = 0.25
    """Seconds that a person who walks through the folders gets before we follow."""

    def __init__(self, board: Board, number: int) -> None:
        self.board = board
        self.number = number

    async def run(self) -> None:
        """Opens a connection when there is something to watch, and closes it when not. Raises what stopped it."""
        board, wake = self.board, self.board.wake_lookouts[self.number]
        while board.live is None or board.watching[self.number] is None:
            await wake.wait()
            wake.clear()
        connection = await open_more(board)
        if connection is None:
            return
        board.lookouts[self.number] = connection
        try:
            await self._watch(connection, wake)
        except LinkError:
            board.lost()
            raise
        finally:
            board.lookouts[self.number] = None
            await connection.link.close()

    async def _watch(self, connection: Connection, wake: asyncio.Event) -> None:
        board = self.board
        while (target := board.watching[self.number]) is not None:
            if connection.selected not in (None, target):
                await asyncio.sleep(self.SETTLE)
                if board.watching[self.number] != target:
                    continue
            sync = board.boxes[target]
            try:
                await look_in(board, connection, sync)
            except RefusedError:
                if connection.link.closed:
                    raise
                board.hopeless.add(target)
                board.reassign()
                continue
            if board.watching[self.number] == target:
                await idle(board, connection, 1.0 if sync.dirty else board.desk.server.idle_renew, wake)
        await connection.link.logout()
