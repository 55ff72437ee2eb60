"""One mailbox: a visit makes Base equal to the server for known and new mail; filling brings the rest, newest first.

Only one connection synchronises a mailbox at a time (`lock`). Vanished mail is believed only when the server says so
or when its whole UID set was just listed.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from mailtui.mail.headers import scan_envelope
from mailtui.model.account import OfflineKind
from mailtui.model.facts import Delivery, FlagsAt, HeaderOnly, MailboxDelta, Relinked
from mailtui.model.folder import Checkpoint, Mailbox
from mailtui.model.ids import MailboxId
from mailtui.protocols.imap.link import FetchReply, Selected
from mailtui.protocols.imap.seqset import format_uids
from mailtui.protocols.imap.worker import fetch
from mailtui.protocols.imap.worker.desk import Connection, Desk
from mailtui.protocols.imap.worker.gathering import Gathered
from mailtui.sync.adopt import match
from mailtui.sync.diff import Comparison, ranges
from mailtui.sync.plan import FIRST_SCREEN, SLICE, Ladder, Plan, RemoteState, body_horizon, newest_first, plan

HEADER_SLICE = 500


class MailboxSync:
    """Keeps one mailbox in step. Remembers the checkpoint it last handed to the Writer, so that facts under way
    are never contradicted by the next one."""

    def __init__(self, desk: Desk, mailbox: Mailbox) -> None:
        self.desk = desk
        self.id: MailboxId = mailbox.id
        self.name = mailbox.server_name or mailbox.name
        self.lock = asyncio.Lock()
        self.dirty = False
        """Another connection heard of news here while this mailbox was being filled."""
        self.checkpoint: Checkpoint | None = None
        self.remote_total = 0
        self.complete = False
        self.todo: array[int] | None = None
        self.todo_total = 0
        self._loaded = False
        self._checked = False

    # -- a visit

    async def visit(self, connection: Connection) -> None:
        """SELECT, then the cheapest rung of the ladder that misses nothing, then new mail. Raises LinkError,
        RefusedError (no such mailbox ...), StoreError."""
        self.dirty = False
        base = await self._load()
        heard: list[FlagsAt] = []

        def changed(reply: FetchReply) -> None:
            if reply.uid is not None and reply.flags is not None:
                heard.append(FlagsAt(reply.uid, reply.flags, reply.modseq))

        connection.selected = None
        connection.stirred.clear()
        selected = await connection.link.select(self.name, qresync=self._qresync(connection, base), on_fetch=changed)
        connection.selected = self.id
        connection.permanent = selected.permanent_flags
        self.remote_total = selected.exists
        remote = RemoteState(selected.uidvalidity, selected.uidnext or None, selected.highestmodseq, selected.exists)
        todo = plan(base, remote, condstore=connection.link.capabilities.condstore, qresync_used=selected.qresync_used)
        try:
            if todo.first:
                await self._first(connection, remote)
            elif todo.relink:
                await self._relink(connection, remote)
            else:
                assert base is not None
                await self._known(connection, base, remote, todo, selected, heard)
                await self._new(connection, remote, todo)
                if todo.ladder is Ladder.QRESYNC:
                    await self._overtaken(connection, remote)
        except BaseException:
            self.forget()
            raise

    def _qresync(self, connection: Connection, base: Checkpoint | None) -> tuple[int, int, str] | None:
        if base is None or not connection.link.capabilities.qresync or not base.highestmodseq:
            return None
        if base.uidnext <= base.floor:
            return None
        return base.uidvalidity, base.highestmodseq, f"{base.floor}:{base.uidnext - 1}"

    async def _load(self) -> Checkpoint | None:
        if not self._loaded:
            mailbox = await asyncio.to_thread(self.desk.base.mailbox, self.id)
            self.checkpoint = mailbox.checkpoint if mailbox is not None else None
            self.todo = None
            self.complete = False
            self._loaded = True
        return self.checkpoint

    async def _first(self, connection: Connection, remote: RemoteState) -> None:
        """Never seen: the newest headers at once; everything below the floor is left to `fill`."""
        self.todo = await connection.link.uid_search("ALL") if remote.exists else array("Q")
        self.todo_total = len(self.todo)
        top = self.todo[-1] + 1 if self.todo else 1
        start = Checkpoint(remote.uidvalidity, max(top, remote.uidnext or 1), remote.highestmodseq, top)
        screen = self.todo[-FIRST_SCREEN:]
        if not screen:
            await self._hand_in(self._delta(replace(start, floor=1)))
            self.complete = True
            return
        found = await fetch.headers(self.desk, connection, screen)
        floor = screen[0] if len(self.todo) > len(screen) else 1
        del self.todo[-len(screen) :]
        await self._slice_done(found, replace(start, floor=floor))

    async def _relink(self, connection: Connection, remote: RemoteState) -> None:
        """UIDVALIDITY changed: old rows are matched by what they are; only unknown mail is fetched (by `fill`)."""
        listed = (
            await fetch.identities(connection, lambda head: scan_envelope(head).message_id) if remote.exists else []
        )
        known = await asyncio.to_thread(lambda: list(self.desk.base.relink_candidates(self.id)))
        matched = match(known, listed)
        top = max((mail.uid for mail in listed), default=0) + 1
        self.checkpoint = Checkpoint(remote.uidvalidity, max(top, remote.uidnext or 1), remote.highestmodseq, top)
        self.todo = array("Q", sorted(mail.uid for mail in listed))
        self.todo_total = len(self.todo)
        self.complete = False
        await self.desk.commit(
            Relinked(self.desk.account.id, self.id, remote.uidvalidity, matched, True, self.checkpoint)
        )

    async def _known(
        self,
        connection: Connection,
        base: Checkpoint,
        remote: RemoteState,
        todo: Plan,
        selected: Selected,
        heard: list[FlagsAt],
    ) -> None:
        """Changes of mail that has rows: [floor, uidnext)."""
        vanished: list[tuple[int, int]] = list(selected.vanished)
        unknown: tuple[int, ...] = ()
        span = f"{base.floor}:{base.uidnext - 1}"
        if base.uidnext <= base.floor:
            pass
        elif todo.ladder is Ladder.CHANGEDSINCE:
            if remote.highestmodseq != base.highestmodseq:
                await fetch.flags(self.desk, connection, span, heard.append, changed_since=todo.changed_since)
            gone, unknown = await self._listed_if_odd(connection, base, remote, todo)
            vanished.extend(gone)
        elif todo.ladder is Ladder.COMPARE:
            covered = (at for at in self.desk.base.flags(self.id) if base.floor <= at[0] < base.uidnext)
            comparison = Comparison(covered)
            await fetch.flags(self.desk, connection, span, lambda at: comparison.feed(at.uid, at.flags, at.modseq))
            difference = comparison.finish()
            heard.extend(difference.changed)
            vanished.extend(difference.vanished)
            unknown = tuple(uid for uid in difference.unknown if base.floor <= uid < base.uidnext)
        after = replace(base, highestmodseq=remote.highestmodseq)
        if heard or vanished or after != base:
            await self._hand_in(self._delta(after, flags=heard, vanished=vanished))
        if unknown:
            await self._bring(connection, array("Q", unknown), keep_checkpoint=True)

    async def _listed_if_odd(
        self, connection: Connection, base: Checkpoint, remote: RemoteState, todo: Plan
    ) -> tuple[tuple[tuple[int, int], ...], tuple[int, ...]]:
        """Expunges without QRESYNC show only in the count: list the UIDs when it disagrees."""
        held = await asyncio.to_thread(self.desk.base.held, self.id)
        if base.floor == 1 and todo.new_from is None and remote.exists == held:
            return (), ()
        here = array("Q", await asyncio.to_thread(self.desk.base.uids, self.id))
        there = set(await connection.link.uid_search(f"UID {base.floor}:{base.uidnext - 1}"))
        gone = [uid for uid in here if base.floor <= uid < base.uidnext and uid not in there]
        known = set(here)
        return ranges(gone), tuple(sorted(there - known))

    async def _overtaken(self, connection: Connection, remote: RemoteState) -> None:
        """The answer to a command of ours may be written down after the news of what became of the message since:
        QRESYNC tells of that only once, and a row would stay, or be missing, for ever. Only the count shows it."""
        assert self.checkpoint is not None
        if self.checkpoint.floor > 1 or await asyncio.to_thread(self.desk.base.held, self.id) == remote.exists:
            return
        here = await asyncio.to_thread(self.desk.base.uids, self.id)
        below = self.checkpoint.uidnext - 1
        there = set(await connection.link.uid_search(f"UID 1:{below}")) if below else set()
        gone = ranges(uid for uid in here if uid <= below and uid not in there)
        if gone:
            await self._hand_in(self._delta(self.checkpoint, vanished=gone))
        missing = sorted(there - set(here))
        if missing:
            await self._bring(connection, array("Q", missing), keep_checkpoint=True)

    async def _new(self, connection: Connection, remote: RemoteState, todo: Plan) -> None:
        if todo.new_from is None:
            return
        uids = await connection.link.uid_search(f"UID {todo.new_from}:*")
        # `n:*` names the newest message even when it lies below n (RFC 9051 section 9, seq-range).
        fresh = array("Q", (uid for uid in uids if uid >= todo.new_from))
        await self._forerunners(todo.new_from, set(fresh), remote.uidnext)
        fresh = await self._not_here(connection, fresh)
        if len(fresh) > FIRST_SCREEN:
            await self._bring(connection, fresh[-FIRST_SCREEN:], keep_checkpoint=True, only_headers=True)
        await self._bring(connection, fresh)
        assert self.checkpoint is not None
        last = max(self.checkpoint.uidnext, remote.uidnext or 0)
        if last != self.checkpoint.uidnext:
            await self._hand_in(self._delta(replace(self.checkpoint, uidnext=last)))

    async def _not_here(self, connection: Connection, fresh: array[int]) -> array[int]:
        """Without mail that we put there ourselves and have whole; its flags are looked at, nothing else."""
        here = set(await asyncio.to_thread(self.desk.base.whole, self.id, at_least=fresh[0])) if fresh else set()
        ours = [uid for uid in fresh if uid in here]
        if not ours:
            return fresh
        seen: list[FlagsAt] = []
        await fetch.flags(self.desk, connection, format_uids(ours), seen.append)
        if seen:
            assert self.checkpoint is not None
            await self._hand_in(self._delta(self.checkpoint, flags=seen))
        return array("Q", (uid for uid in fresh if uid not in here))

    async def _forerunners(self, new_from: int, listed: set[int], uidnext: int | None) -> None:
        """Headers shown ahead of their turn in an earlier run may be expunged before the checkpoint got there. What
        lies at or above the UIDNEXT that SELECT told came later, by a command of ours."""
        if self._checked:
            return
        here = await asyncio.to_thread(self.desk.base.uids, self.id, at_least=new_from)
        gone = ranges(uid for uid in here if uid not in listed and (uidnext is None or uid < uidnext))
        self._checked = True
        if gone and self.checkpoint is not None:
            await self._hand_in(self._delta(self.checkpoint, vanished=gone))

    async def _bring(
        self, connection: Connection, uids: array[int], *, keep_checkpoint: bool = False, only_headers: bool = False
    ) -> None:
        """Mail above the floor, oldest first, so that UIDNEXT only ever covers what is here."""
        bodies = self.desk.account.offline.kind is OfflineKind.ALL and not only_headers
        async with Gathered(self.desk.commit) as gathered:
            for start in range(0, len(uids), SLICE):
                part = uids[start : start + SLICE]
                found = (
                    await fetch.whole(self.desk, connection, self.id, part)
                    if bodies
                    else await fetch.headers(self.desk, connection, part)
                )
                assert self.checkpoint is not None
                after = self.checkpoint if keep_checkpoint else replace(self.checkpoint, uidnext=part[-1] + 1)
                self.checkpoint = after
                await gathered.add(self._found(found, after))
                self.complete = self.complete and bodies

    # -- filling

    def whole_here(self) -> bool:
        """Whether nothing is left to fill, told from the index alone. Blocks (SQLite)."""
        mailbox = self.desk.base.mailbox(self.id)
        if mailbox is None or mailbox.checkpoint is None or mailbox.checkpoint.floor > 1:
            return False
        if self.desk.account.offline.kind is OfflineKind.HEADERS:
            return True
        horizon = body_horizon(self.desk.account.offline, self.desk.clock.now())
        return not self.desk.base.missing_bodies(self.id, newer_than=horizon, below=None, limit=1)

    async def fill(self, connection: Connection, urgent: Callable[[], bool], progress: Callable[[int], None]) -> bool:
        """Brings what is below the floor and the bodies that the policy wants. True when nothing is missing; False
        when `urgent()` asked to stop between two slices. The mailbox must be selected on `connection`."""
        try:
            self.complete = (
                await self._wanted_bodies(connection, urgent, progress, once=True)
                and await self._below(connection, urgent, progress)
                and await self._wanted_bodies(connection, urgent, progress, once=False)
            )
        except BaseException:
            self.forget()
            raise
        return self.complete

    def forget(self) -> None:
        """What was handed in may not have been committed: the next visit reads the checkpoint anew."""
        self._loaded = False
        self._checked = False
        self.complete = False

    async def _below(self, connection: Connection, urgent: Callable[[], bool], progress: Callable[[int], None]) -> bool:
        checkpoint = self.checkpoint
        assert checkpoint is not None
        if checkpoint.floor <= 1:
            return True
        if self.todo is None:
            self.todo = await connection.link.uid_search(f"UID 1:{checkpoint.floor - 1}")
            self.todo_total = len(self.todo)
        known = set(await asyncio.to_thread(self.desk.base.uids, self.id))
        bodies = self.desk.account.offline.kind is OfflineKind.ALL
        async with Gathered(self.desk.commit) as gathered:
            for part in newest_first(array("Q", self.todo), SLICE if bodies else HEADER_SLICE):
                delta = await self._slice(connection, part, known, bodies)
                self.checkpoint = delta.checkpoint
                await gathered.add(delta)
                del self.todo[-len(part) :]
                progress(len(self.todo))
                if urgent() or self.dirty or connection.stirred:
                    return False
        assert self.checkpoint is not None
        gone = ranges(sorted(uid for uid in known if uid < self.checkpoint.floor))
        await self._hand_in(self._delta(replace(self.checkpoint, floor=1), vanished=gone))
        return True

    async def _slice(self, connection: Connection, part: array[int], known: set[int], bodies: bool) -> MailboxDelta:
        """One slice below the floor: flags of rows that exist (after a reindex or a relink), the rest whole."""
        here = [uid for uid in part if uid in known]
        wanted = [uid for uid in part if uid not in known]
        found = fetch.Slice()
        if wanted and bodies:
            found = await fetch.whole(self.desk, connection, self.id, wanted)
        elif wanted:
            found = await fetch.headers(self.desk, connection, wanted)
        seen: list[FlagsAt] = []
        if here:
            await fetch.flags(self.desk, connection, format_uids(here), seen.append)
        assert self.checkpoint is not None
        top = self.checkpoint.floor - 1
        listed = set(part)
        gone = ranges(sorted(uid for uid in known if part[0] <= uid <= top and uid not in listed))
        return self._delta(
            replace(self.checkpoint, floor=part[0]),
            deliveries=found.deliveries,
            headers=found.headers,
            flags=[*seen, *found.flags],
            vanished=(*gone, *found.vanished),
        )

    async def _wanted_bodies(
        self, connection: Connection, urgent: Callable[[], bool], progress: Callable[[int], None], *, once: bool
    ) -> bool:
        """Bodies of rows that have only headers, newest first, as far as the policy wants them."""
        horizon = body_horizon(self.desk.account.offline, self.desk.clock.now())
        if self.desk.account.offline.kind is OfflineKind.HEADERS:
            return True
        below: int | None = None
        while True:
            missing = await asyncio.to_thread(
                self.desk.base.missing_bodies, self.id, newer_than=horizon, below=below, limit=SLICE
            )
            if not missing:
                return True
            uids = sorted(uid for uid, _ in missing)
            below = uids[0]
            found = await fetch.whole(self.desk, connection, self.id, uids)
            assert self.checkpoint is not None
            await self._slice_done(found, self.checkpoint)
            progress(len(self.todo or ()))
            if urgent() or self.dirty or connection.stirred:
                return False
            if once:
                return True

    # -- handing in

    def _delta(
        self,
        checkpoint: Checkpoint,
        *,
        deliveries: Sequence[Delivery] = (),
        headers: Sequence[HeaderOnly] = (),
        flags: Sequence[FlagsAt] = (),
        vanished: Sequence[tuple[int, int]] = (),
    ) -> MailboxDelta:
        return MailboxDelta(
            self.desk.account.id,
            self.id,
            checkpoint.uidvalidity,
            deliveries=tuple(deliveries),
            headers=tuple(headers),
            flags=tuple(flags),
            vanished=tuple(vanished),
            checkpoint=checkpoint,
            remote_total=self.remote_total,
        )

    def _hand_in(self, delta: MailboxDelta) -> Awaitable[object]:
        self.checkpoint = delta.checkpoint
        return self.desk.commit(delta)

    async def _slice_done(self, found: fetch.Slice, checkpoint: Checkpoint) -> None:
        await self._hand_in(self._found(found, checkpoint))

    def _found(self, found: fetch.Slice, checkpoint: Checkpoint) -> MailboxDelta:
        return self._delta(
            checkpoint,
            deliveries=found.deliveries,
            headers=found.headers,
            flags=found.flags,
            vanished=found.vanished,
        )
