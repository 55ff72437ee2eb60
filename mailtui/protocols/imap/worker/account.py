"""One IMAP account: a *work* connection that sweeps and fills mailboxes, a *live* one that watches the Inbox, fetches
wanted bodies and pushes Intents. Where the server allows only one connection, the work connection does both in turn.

Straight-line scripts: every error goes up to the supervisor, which decides by `error.retry` when to run them again.
"""

from __future__ import annotations

import asyncio
import contextlib
from array import array
from collections.abc import Callable
from functools import partial

from mailtui.model.changes import BodyArrived, BodyFailed
from mailtui.model.errors import LinkError, MailtuiError, ProtocolError, RefusedError
from mailtui.model.facts import LinkState, MailboxDelta, MailboxesListed, Progress, Swept
from mailtui.model.folder import Mailbox, RemoteMailbox, Role
from mailtui.model.ids import MailboxId, PlacementId, Revision
from mailtui.protocols.imap.worker import fetch
from mailtui.protocols.imap.worker.desk import Connection, Desk, connect
from mailtui.protocols.imap.worker.mailbox import MailboxSync
from mailtui.protocols.imap.worker.push import push
from mailtui.protocols.imap.worker.selecting import select_name
from mailtui.sync.plan import needs_visit, priority

IDLE_SECONDS = 5 * 60.0
"""IDLE is renewed this often: RFC 2177 asks for 29 minutes, but DONE and its answer are also the probe that finds a
wedged server or a half-open connection."""
TURNS = 4
"""Rounds until what is found out while pushing has been looked at."""
STEP = 30.0
"""Longest wait without a look at the clocks: after a suspend the wall clock jumped and the connection is probed."""
REPORT = 0.25
"""Seconds between two Progress facts."""


class AccountWorker:
    """Keeps one account in step. `wake`, `want`, `look` may be called at any time on the event loop."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.single = desk.server.connections < 2
        self._boxes: dict[MailboxId, MailboxSync] = {}
        self._known: dict[MailboxId, Mailbox] = {}
        self._looked: MailboxId | None = None
        self._wanted: list[PlacementId] = []
        self._due: set[MailboxId] = set()
        self._all_due = True
        self._pending = True
        self._swept = 0.0
        """When the last complete look at the account began (and all that it found was fetched), seconds since 1970
        UTC. What vanished before that and has not turned up anywhere is really gone."""
        self._newest = PlacementId(0)
        """The newest row then."""
        self._sweeping = 0.0, PlacementId(0)
        """The same for the one whose mail is still being fetched."""
        self._wake_work = asyncio.Event()
        self._wake_live = asyncio.Event()
        self._live: Connection | None = None
        self._work: Connection | None = None
        self._live_refused = 0
        self._reported = 0.0
        self._filled = (0, 0.0)

    # -- what others ask for

    def sync_now(self, mailbox: MailboxId | None = None) -> None:
        if mailbox is None:
            self._all_due = True
        else:
            self._due.add(mailbox)
        self._stir()

    def want(self, placement: PlacementId) -> None:
        """A body for the screen, ahead of everything; the newest wish first."""
        if placement in self._wanted:
            self._wanted.remove(placement)
        self._wanted.insert(0, placement)
        self._stir()

    def look(self, mailbox: MailboxId) -> None:
        if self._looked != mailbox:
            self._looked = mailbox
            self._due.add(mailbox)
            self._stir()

    def journaled(self) -> None:
        """There are new Intents to push."""
        self._pending = True
        self._stir()

    @property
    def _alone(self) -> bool:
        """Whether the work connection has to serve the screen too."""
        return self.single or self._live is None

    def _stir(self) -> None:
        self._wake_work.set()
        self._wake_live.set()
        for connection in (self._live, self._work if self.single else None):
            if connection is not None:
                connection.link.stop_idle()

    # -- the work connection

    async def run(self) -> None:
        """For ever: sweep, rest, sweep. Raises what stopped it."""
        self._all_due = True
        self.single = self.desk.server.connections < 2
        self._live_refused = 0
        self.desk.state(LinkState.CONNECTING)
        self._work = connection = await connect(self.desk)
        for sync in self._boxes.values():
            sync.forget()
        self._wake_live.set()
        try:
            while True:
                await self._round(connection)
                self.desk.state(LinkState.IDLE)
                await self._rest(connection)
        finally:
            self._work = None
            await connection.link.close()

    async def run_once(self) -> None:
        """One full round, everything pushed and filled, then a polite goodbye."""
        self.desk.state(LinkState.CONNECTING)
        self.single = self._all_due = self._pending = True
        for sync in self._boxes.values():
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
            if self._alone:
                await self._serve(connection)
            if self._all_due:
                self._all_due = False
                await self._sweep(connection)
            await self._visit_due(connection)
            await self._fill_all(connection)
            if not self._alone or not (self._pending or self._due or self._all_due):
                break

    async def _visit_due(self, connection: Connection) -> None:
        due, self._due = self._due, set()
        for mailbox in due:
            if mailbox in self._boxes:
                await self._visit(connection, self._boxes[mailbox])
        if due:
            await self._push_again()

    async def _push_again(self) -> None:
        """What waited for a look at the server can go on now."""
        if not await asyncio.to_thread(self.desk.base.busy, self.desk.account.id):
            return
        self._pending = True
        if not self._alone and self._live is not None:
            self._wake_live.set()
            self._live.link.stop_idle()

    async def _sweep(self, connection: Connection) -> None:
        """LIST (with STATUS where offered), then every mailbox that changed, most urgent first."""
        started = self.desk.clock.now(), await asyncio.to_thread(self.desk.base.newest)
        remote = await connection.link.list_mailboxes()
        await self.desk.commit(MailboxesListed(self.desk.account.id, remote))
        status = {mailbox.name: mailbox.status for mailbox in remote if mailbox.status is not None}
        known = await asyncio.to_thread(self.desk.base.mailboxes, self.desk.account.id)
        self._known = {mailbox.id: mailbox for mailbox in known if mailbox.selectable and self._kept(mailbox, remote)}
        busy = await asyncio.to_thread(self.desk.base.busy, self.desk.account.id)
        for mailbox in self._ordered():
            sync = self._boxes.setdefault(mailbox.id, MailboxSync(self.desk, mailbox))
            sync.name = mailbox.server_name or mailbox.name
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
        await self._push_again()

    def _kept(self, mailbox: Mailbox, remote: tuple[RemoteMailbox, ...]) -> bool:
        listed = any(entry.name == mailbox.server_name for entry in remote)
        patterns = self.desk.account.folders
        return listed and (
            not patterns or mailbox.role is Role.INBOX or any(_matches(mailbox.name, p) for p in patterns)
        )

    def _ordered(self) -> list[Mailbox]:
        return sorted(
            self._known.values(),
            key=lambda mailbox: (priority(mailbox.role, looked_at=mailbox.id == self._looked), mailbox.name.casefold()),
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
            waiting = [box for box in self._ordered() if box.id in self._boxes and not self._boxes[box.id].complete]
            if not waiting:
                await self._swept_all()
                return
            sync = self._boxes[waiting[0].id]
            try:
                await self._fill(connection, sync)
            except RefusedError:
                if connection.link.closed:
                    raise
                sync.complete = True  # gone or forbidden meanwhile: the next LIST settles it
            if self._alone:
                await self._serve(connection)
            await self._visit_due(connection)

    async def _swept_all(self) -> None:
        self._swept, (before, newest) = self._sweeping[0], (self._swept, self._sweeping[1])
        if newest != self._newest:
            self._newest = newest
            await self.desk.commit(Swept(self.desk.account.id, newest))
        if self._swept != before:
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
            others = self._due - {sync.id}
            return bool(others) or (self._alone and (bool(self._wanted) or self._pending))

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
        return any(not sync.complete for mailbox, sync in self._boxes.items() if mailbox in self._known)

    async def _rest(self, connection: Connection) -> None:
        """Until something is due. A silent connection is probed; a single one serves the screen meanwhile."""
        asked = probed = self.desk.clock.monotonic()
        self._wake_work.clear()
        while not (self._due or self._all_due or self._unfinished()):
            left = self.desk.account.poll_seconds - (self.desk.clock.monotonic() - asked)
            if left <= 0:
                self._all_due = True
            elif self.single:
                await self._serve(connection)
                await self._watch(connection, left)
            else:
                suspended = await self._slept(min(STEP, left))
                if suspended and self._live is not None:
                    self._live.link.stop_idle()  # its DONE is the probe
                if suspended or self.desk.clock.monotonic() - probed > IDLE_SECONDS:
                    await connection.link.noop()
                    probed = self.desk.clock.monotonic()

    async def _slept(self, seconds: float) -> bool:
        """Waits at most so long for work. True if the machine was suspended meanwhile."""
        wall, steady = self.desk.clock.now(), self.desk.clock.monotonic()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake_work.wait(), seconds)
        self._wake_work.clear()
        return abs((self.desk.clock.now() - wall) - (self.desk.clock.monotonic() - steady)) > 5.0

    # -- the live connection

    async def run_live(self) -> None:
        """Watches the Inbox and serves the screen. Does nothing (for ever) where one connection must do."""
        while self.single or self._work is None:
            await self._wake_live.wait()
            self._wake_live.clear()
        try:
            connection = await connect(self.desk)
            self._live_refused = 0
        except (RefusedError, LinkError, ProtocolError):
            self._live_refused += 1
            if self._work is None or self._work.link.closed or self._live_refused < 2:
                raise
            # The server lets only so many in (RFC 5530 LIMIT, a BYE, a refusal): make do with one.
            self.single = True
            self._wake_work.set()
            return
        self._live = connection
        try:
            while True:
                await self._serve(connection)
                await self._watch(connection, IDLE_SECONDS)
        finally:
            self._live = None
            await connection.link.close()

    async def _watch(self, connection: Connection, seconds: float) -> None:
        """Selects the Inbox, brings its news, then IDLEs until news, a wish or the end of the time."""
        inbox = self._inbox()
        if inbox is None:
            await asyncio.sleep(0.2)
            return
        if inbox.lock.locked():
            if connection.selected != inbox.id:
                await select_name(connection, inbox.name)
                connection.selected = inbox.id
            connection.stirred.clear()
        elif connection.selected != inbox.id or connection.stirred or inbox.dirty:
            async with inbox.lock:
                await inbox.visit(connection)
            if not inbox.complete:
                self._wake_work.set()
        if self._wanted or self._pending or (self.single and self._due):
            return
        if connection.link.capabilities.idle:
            await connection.link.idle(seconds=min(seconds, IDLE_SECONDS))
        else:
            try:
                await asyncio.wait_for(self._wake_live.wait(), min(seconds, STEP, self.desk.account.poll_seconds))
            except TimeoutError:
                await connection.link.noop()
        self._wake_live.clear()
        if connection.stirred and inbox.lock.locked():
            inbox.dirty = True
            connection.stirred.clear()

    def _inbox(self) -> MailboxSync | None:
        for mailbox in self._known.values():
            if mailbox.role is Role.INBOX:
                return self._boxes.get(mailbox.id)
        return None

    async def _serve(self, connection: Connection) -> None:
        """Wanted bodies, then pending Intents."""
        while self._wanted:
            await self._body(connection, self._wanted.pop(0))
        if self._pending:
            self._pending = False
            try:
                pushed = await push(self.desk, connection, self._swept)
            except BaseException:
                self._pending = True
                raise
            self._all_due |= pushed.relist or pushed.sweep
            self._due |= pushed.look
            if self._all_due or pushed.look:
                self._wake_work.set()

    async def _body(self, connection: Connection, placement: PlacementId) -> None:
        try:
            problem = await self._fetch_body(connection, placement)
        except RefusedError as error:
            problem = error.text
        except MailtuiError as error:
            self.desk.tell(BodyFailed(Revision(0), placement, error.text, error.hint))
            raise
        if problem:
            self.desk.tell(
                BodyFailed(Revision(0), placement, problem, "the server may have removed it; try again later")
            )

    async def _fetch_body(self, connection: Connection, placement: PlacementId) -> str:
        """The body on its way into the store, or a sentence saying why not."""
        located = await asyncio.to_thread(self.desk.base.placement, placement)
        if located is None or located.mailbox is None or located.uid is None:
            return "the message is no longer on the server"
        if located.body_here:
            # It came with a slice while this wish was on its way: nobody else will say so now.
            self.desk.tell(BodyArrived(Revision(0), placement))
            return ""
        mailbox = await asyncio.to_thread(self.desk.base.mailbox, located.mailbox)
        if mailbox is None or mailbox.checkpoint is None:
            return "its mailbox is gone"
        if connection.selected != mailbox.id:
            selected = await select_name(connection, mailbox.server_name or mailbox.name)
            if selected.uidvalidity != mailbox.checkpoint.uidvalidity:
                self.sync_now(mailbox.id)
                return "the server renumbered the mailbox; it is being read anew"
            connection.selected = mailbox.id
        found = await fetch.whole(self.desk, connection, mailbox.id, array("Q", [located.uid]))
        mine = tuple(delivery for delivery in found.deliveries if delivery.uid == located.uid)
        if not mine:
            return "the message is no longer on the server"
        await self.desk.commit(
            MailboxDelta(
                self.desk.account.id, mailbox.id, mailbox.checkpoint.uidvalidity, deliveries=mine, only_known=True
            )
        )
        return ""


def _matches(name: str, pattern: str) -> bool:
    """`*` stands for any characters, as in LIST."""
    parts = pattern.split("*")
    if len(parts) == 1:
        return name == pattern
    if not name.startswith(parts[0]) or not name.endswith(parts[-1]):
        return False
    at = len(parts[0])
    for part in parts[1:-1]:
        found = name.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return at <= len(name) - len(parts[-1])
