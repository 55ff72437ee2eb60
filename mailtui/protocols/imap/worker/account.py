"""One IMAP account: a *work* connection that sweeps and fills mailboxes, a *live* one that watches the Inbox and serves
the screen, and *lookouts* that watch one more mailbox each. Where the server allows only one connection, the work
connection does all of it in turn.

Straight-line scripts: every error goes up to the supervisor, which decides by `error.retry` when to run them again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from mailtui.model.errors import LinkError, RefusedError
from mailtui.model.facts import MailboxesListed, Progress, Swept
from mailtui.model.folder import Mailbox, RemoteMailbox, Role
from mailtui.model.ids import MailboxId, PlacementId
from mailtui.model.intents import AskServer
from mailtui.model.link import LinkState
from mailtui.protocols.imap.worker.board import Board
from mailtui.protocols.imap.worker.desk import Connection, Desk, connect
from mailtui.protocols.imap.worker.live import Live, Lookout
from mailtui.protocols.imap.worker.mailbox import MailboxSync
from mailtui.protocols.imap.worker.watching import waited
from mailtui.sync.plan import needs_visit, priority
from mailtui.sync.watch import matches

TURNS = 4
"""Rounds until what is found out while pushing has been looked at."""
REPORT = 0.25
"""Seconds between two Progress facts."""


class AccountWorker:
    """Keeps one account in step. What others ask for may be asked at any time on the event loop."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.board = Board(desk)
        self._live = Live(self.board)
        self.scripts = (
            self.run,
            self._live.run,
            *(Lookout(self.board, n).run for n in range(len(self.board.lookouts))),
        )
        """To be kept running side by side; the failures of the first are the account's."""
        self._newest = PlacementId(0)
        """The newest row when the last complete look at the account began."""
        self._sweeping = 0.0, PlacementId(0)
        """When the look at the account began of which the mail is still being fetched, and the newest row then."""
        self._swept = 0.0
        """When the last complete look began."""
        self._reported = 0.0
        self._filled = (0, 0.0)

    # -- what others ask for

    def sync_now(self, mailbox: MailboxId | None = None) -> None:
        if mailbox is None:
            self.board.all_due = True
        else:
            self.board.due.add(mailbox)
        self.board.stir()

    def want(self, placement: PlacementId) -> None:
        """A body for the screen, ahead of everything; the newest wish first."""
        wanted = self.board.wanted
        if placement in wanted:
            wanted.remove(placement)
        wanted.insert(0, placement)
        self.board.stir()

    def ask(self, wish: AskServer) -> None:
        """The newest question counts."""
        self.board.asked = [wish]
        self.board.stir()

    def look(self, mailbox: MailboxId) -> None:
        """The person looks at this mailbox: it is watched live."""
        if self.board.looked[:1] != [mailbox]:
            self.board.look(mailbox)

    def journaled(self) -> None:
        """There are new Intents to push."""
        self.board.pending = True
        self.board.stir()

    def woke(self) -> None:
        """The computer was asleep: nobody knows what became of the connections."""
        self.board.suspect()

    # -- the work connection

    async def run(self) -> None:
        """For ever: sweep, rest, sweep. Raises what stopped it."""
        board = self.board
        board.all_due, board.probe = True, False
        self.desk.state(LinkState.CONNECTING)
        board.work = connection = await connect(self.desk)
        for sync in board.boxes.values():
            sync.forget()
        board.wake_live.set()
        try:
            while True:
                await self._round(connection)
                self.desk.state(LinkState.IDLE)
                await self._rest(connection)
        except LinkError:
            board.lost()
            raise
        finally:
            board.work = None
            await connection.link.close()

    async def run_once(self) -> None:
        """One full round, everything pushed and filled, then a polite goodbye."""
        self.desk.state(LinkState.CONNECTING)
        self.board.once = self.board.all_due = self.board.pending = True
        for sync in self.board.boxes.values():
            sync.forget()
        connection = await connect(self.desk)
        try:
            await self._round(connection)
            await connection.link.logout()
        finally:
            await connection.link.close()
        self.desk.state(LinkState.OFFLINE)

    async def _round(self, connection: Connection) -> None:
        self.desk.state(LinkState.SYNCING)
        for _ in range(TURNS):
            if self.board.alone:
                await self._live.serve(connection)
            if self.board.all_due:
                self.board.all_due = False
                await self._sweep(connection)
            await self._visit_due(connection)
            await self._fill_all(connection)
            if not self.board.alone or not (self.board.pending or self.board.due or self.board.all_due):
                break

    async def _visit_due(self, connection: Connection) -> None:
        due, self.board.due = self.board.due, set()
        for mailbox in due:
            if mailbox in self.board.boxes:
                await self._visit(connection, self.board.boxes[mailbox])
        if due:
            await self._push_again()

    async def _push_again(self) -> None:
        """What waited for a look at the server can go on now."""
        board = self.board
        if not await asyncio.to_thread(self.desk.base.busy, self.desk.account.id):
            return
        board.pending = True
        if not board.alone and board.live is not None:
            board.wake_live.set()
            board.live.link.stop_idle()

    async def _sweep(self, connection: Connection) -> None:
        """LIST (with STATUS where offered), then every mailbox that changed, most urgent first."""
        started = self.desk.clock.now(), await asyncio.to_thread(self.desk.base.newest)
        remote = await connection.link.list_mailboxes()
        await self.desk.commit(MailboxesListed(self.desk.account.id, remote))
        status = {mailbox.name: mailbox.status for mailbox in remote if mailbox.status is not None}
        known = await asyncio.to_thread(self.desk.base.mailboxes, self.desk.account.id)
        self.board.known = {
            mailbox.id: mailbox for mailbox in known if mailbox.selectable and self._kept(mailbox, remote)
        }
        busy = await asyncio.to_thread(self.desk.base.busy, self.desk.account.id)
        for mailbox in self._ordered():
            sync = self.board.boxes.setdefault(mailbox.id, MailboxSync(self.desk, mailbox))
            sync.name = mailbox.server_name or mailbox.name
            if mailbox.role is Role.INBOX:
                self.board.wake_live.set()  # it may have waited for this one
            said = status.get(sync.name)
            held = mailbox.total
            if busy or (said is not None and said.messages != held):
                held = await asyncio.to_thread(self.desk.base.held, mailbox.id)
            if needs_visit(mailbox.checkpoint, held, said):
                await self._visit(connection, sync)
            else:
                # Nothing moved on the server, but bodies may still be missing here.
                sync.complete = await asyncio.to_thread(sync.whole_here)
        self._sweeping = started
        self.board.hopeless.clear()
        self.board.reassign()
        await self._push_again()

    def _kept(self, mailbox: Mailbox, remote: tuple[RemoteMailbox, ...]) -> bool:
        listed = any(entry.name == mailbox.server_name for entry in remote)
        patterns = self.desk.account.folders
        return listed and (
            not patterns or mailbox.role is Role.INBOX or any(matches(mailbox.name, p) for p in patterns)
        )

    def _ordered(self) -> list[Mailbox]:
        return sorted(
            self.board.known.values(),
            key=lambda mailbox: (
                priority(mailbox.role, looked_at=mailbox.id in self.board.looked[:1]),
                mailbox.name.casefold(),
            ),
        )

    async def _visit(self, connection: Connection, sync: MailboxSync) -> None:
        try:
            async with sync.lock:
                await sync.visit(connection)
        except RefusedError:
            if connection.link.closed:
                raise
            # Renamed or deleted by someone else between LIST and SELECT, or no right to read: the next LIST settles it.
            sync.complete = True

    async def _fill_all(self, connection: Connection) -> None:
        """Until nothing is missing: one mailbox at a time, the most urgent first, looking up between slices."""
        while True:
            waiting = [
                box for box in self._ordered() if box.id in self.board.boxes and not self.board.boxes[box.id].complete
            ]
            if not waiting:
                await self._swept_all()
                return
            sync = self.board.boxes[waiting[0].id]
            try:
                await self._fill(connection, sync)
            except RefusedError:
                if connection.link.closed:
                    raise
                sync.complete = True  # gone or forbidden meanwhile: the next LIST settles it
            if self.board.alone:
                await self._live.serve(connection)
            await self._visit_due(connection)

    async def _swept_all(self) -> None:
        started, newest = self._sweeping
        before = self.board.swept
        if started != self._swept:
            # Two looks must agree: during one of them a message may slip from a mailbox that was not yet looked at
            # into one that was.
            self.board.swept, self._swept = self._swept, started
        if newest != self._newest:
            self._newest = newest
            await self.desk.commit(Swept(self.desk.account.id, newest))
        if self.board.swept != before:
            await self._push_again()

    async def _fill(self, connection: Connection, sync: MailboxSync) -> None:
        async with sync.lock:
            if connection.selected != sync.id or sync.dirty or connection.stirred or sync.checkpoint is None:
                await sync.visit(connection)
            finished = await sync.fill(connection, self._urgent(sync), partial(self._progress, sync))
        if finished:
            self._progress(sync, 0, last=True)

    def _urgent(self, sync: MailboxSync) -> Callable[[], bool]:
        def urgent() -> bool:
            others = self.board.due - {sync.id}
            return bool(others) or (
                self.board.alone and (bool(self.board.wanted or self.board.asked) or self.board.pending)
            )

        return urgent

    def _progress(self, sync: MailboxSync, left: int, *, last: bool = False) -> None:
        now = self.desk.clock.monotonic()
        total = max(sync.remote_total, sync.todo_total)
        if sync.todo_total == 0 or (not last and now - self._reported < REPORT):
            return
        done = max(0, total - left)
        before, since = self._filled
        rate = (done - before) / (now - since) if since and now > since and done >= before else 0.0
        if not since or now - since > 2.0 or done < before:
            self._filled = (done, now)
        self._reported = now
        self.desk.post(Progress(self.desk.account.id, sync.id, total if last else done, total, rate))

    def _unfinished(self) -> bool:
        return any(not sync.complete for mailbox, sync in self.board.boxes.items() if mailbox in self.board.known)

    async def _rest(self, connection: Connection) -> None:
        """Until something is due. A silent connection is probed; a single one serves the screen meanwhile."""
        board, clock = self.board, self.desk.clock
        asked = probed = clock.monotonic()
        board.wake_work.clear()
        while not (board.due or board.all_due or self._unfinished()):
            left = self.desk.account.poll_seconds - (clock.monotonic() - asked)
            if left <= 0:
                board.all_due = True
            elif board.single:
                board.probe = False  # the DONE that ended the IDLE was it
                await self._live.serve(connection)
                await self._live.watch(connection, left)
            else:
                renew = self.desk.server.idle_renew
                await waited(board.wake_work, min(left, max(0.1, renew - (clock.monotonic() - probed))))
                if board.probe or clock.monotonic() - probed >= renew:
                    board.probe = False
                    await connection.link.noop()
                    probed = clock.monotonic()
