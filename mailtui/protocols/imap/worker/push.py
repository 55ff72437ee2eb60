"""Pending Intents on their way out: in the journal's order where mailboxes are concerned, coalesced where messages are.

A line is confirmed when everything it asked for is done. Flags and expunges may be done twice; whatever may not is an
attempt (see `transfer`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mailtui.model.errors import RefusedError
from mailtui.model.facts import Confirmed, Delayed, Refused
from mailtui.model.ids import IntentId, MailboxId, PlacementId
from mailtui.model.intents import (
    CreateMailbox,
    DeleteMailbox,
    PendingIntent,
    RenameMailbox,
    SetFlags,
    Subscribe,
)
from mailtui.model.mail import NO_FLAGS, Flags
from mailtui.protocols.imap.seqset import format_uids
from mailtui.protocols.imap.worker import chores, transfer
from mailtui.protocols.imap.worker.desk import Connection, Desk
from mailtui.protocols.imap.worker.selecting import select_known
from mailtui.sync.compile import Append, Command, Compiled, ExpungeUids, StoreFlags, Transfer, compile_pending

SET_SIZE = 1000
"""UIDs per command: keeps the command line well below 8,000 octets (RFC 7162 section 4)."""
ROUNDS = 5
"""What one round brings to light (UIDs of copies, for one) the next can use."""
MAILBOX_INTENTS = (CreateMailbox, RenameMailbox, DeleteMailbox, Subscribe)


@dataclass
class Pushed:
    """What a push found out for whoever called it."""

    done: bool = False
    relist: bool = False
    """Mailboxes came, went or changed their names."""
    look: set[MailboxId] = field(default_factory=set)
    """Mailboxes that must be read before what waits can go on."""
    sweep: bool = False
    """Something waits until all mailboxes were looked at."""
    later: bool = False
    """The server, or this computer, could not do something now."""


@dataclass
class _Round:
    lines: Sequence[PendingIntent]
    held: set[IntentId] = field(default_factory=set)
    """Not confirmed by this round."""

    def of(self, placements: Sequence[PlacementId], *, flags: bool) -> list[tuple[PendingIntent, list[PlacementId]]]:
        """Lines about these messages, about their flags or about where they lie."""
        wanted = set(placements)
        found = []
        for line in self.lines:
            if isinstance(line.intent, SetFlags) is not flags:
                continue
            mine = [placement for placement in getattr(line.intent, "placements", ()) if placement in wanted]
            if mine:
                found.append((line, mine))
        return found

    def hold(self, placements: Sequence[PlacementId]) -> None:
        """What these messages wait for is not done yet."""
        for flags in (True, False):
            self.held.update(line.id for line, _ in self.of(placements, flags=flags))


async def push(desk: Desk, connection: Connection, swept: float) -> Pushed:
    """Does everything pending that can be done. `swept`: when the last complete look at the account began (seconds
    since 1970 UTC). Raises LinkError; refusals become Facts."""
    pushed = Pushed()
    async with desk.pushing:
        for attempt in await asyncio.to_thread(desk.base.attempts, desk.account.id):
            await transfer.resolve(desk, connection, attempt)
            pushed.done = True
        for _ in range(ROUNDS):
            pending = await asyncio.to_thread(desk.base.pending, desk.account.id)
            before = {line.id for line in pending}
            for part in _parts(pending):
                await _part(desk, connection, part, swept, pushed)
            after = await asyncio.to_thread(desk.base.pending, desk.account.id)
            if not after or before == {line.id for line in after}:
                break
        pushed.done |= await chores.clear_leftovers(desk, connection)
    return pushed


def _parts(pending: Sequence[PendingIntent]) -> Iterator[list[PendingIntent]]:
    """Each line about a mailbox by itself; the message lines between them together."""
    part: list[PendingIntent] = []
    for line in pending:
        if isinstance(line.intent, MAILBOX_INTENTS):
            if part:
                yield part
            yield [line]
            part = []
        else:
            part.append(line)
    if part:
        yield part


async def _part(desk: Desk, connection: Connection, lines: list[PendingIntent], swept: float, pushed: Pushed) -> None:
    first = lines[0]
    if isinstance(first.intent, MAILBOX_INTENTS):
        await _on_mailbox(desk, connection, first, pushed)
    else:
        await _messages(desk, connection, lines, swept, pushed)


async def _on_mailbox(desk: Desk, connection: Connection, line: PendingIntent, pushed: Pushed) -> None:
    try:
        await chores.on_mailbox(desk, connection, line.intent)
    except RefusedError as error:
        await _refused(desk, line, (), error, pushed)
        return
    await desk.commit(Confirmed(desk.account.id, (line.id,)))
    pushed.done = pushed.relist = True


async def _messages(
    desk: Desk, connection: Connection, lines: list[PendingIntent], swept: float, pushed: Pushed
) -> None:
    compiled = await asyncio.to_thread(lambda: compile_pending(lines, desk.base.where, swept=swept))
    this = _Round(lines)
    pushed.look.update(compiled.unknown)
    pushed.sweep |= compiled.sweep
    for command in compiled.commands:
        await _command(desk, connection, command, this, pushed)
    if compiled.impossible:
        error = RefusedError("the message is gone from the server, and no copy of it is on this computer", "GONE")
        await _refuse(desk, this, compiled.impossible, error, pushed)
    confirmed = tuple(line for line in compiled.intents if line not in this.held)
    if confirmed:
        await desk.commit(Confirmed(desk.account.id, confirmed))
        pushed.done = True


async def _command(desk: Desk, connection: Connection, command: Command, this: _Round, pushed: Pushed) -> None:
    match command:
        case StoreFlags():
            await _flags(desk, connection, command, this, pushed)
        case Transfer(_, _, items, _):
            for start in range(0, len(items), SET_SIZE):
                await _transfer(desk, connection, command, items[start : start + SET_SIZE], this, pushed)
        case Append(placement):
            try:
                this.hold(await transfer.append(desk, connection, command))
            except RefusedError as error:
                if await asyncio.to_thread(_unwanted, desk, placement):
                    this.hold((placement,))  # written anew or deleted meanwhile: nothing of it waits any more
                else:
                    await _refuse(desk, this, (placement,), error, pushed)
        case ExpungeUids(mailbox, uids):
            try:
                for start in range(0, len(uids), SET_SIZE):
                    await chores.expunge(desk, connection, mailbox, uids[start : start + SET_SIZE])
            except RefusedError as error:
                await _refuse(desk, this, await _placements(desk, this, command), error, pushed)


def _unwanted(desk: Desk, placement: PlacementId) -> bool:
    where = desk.base.where(placement)
    return where is None or where.gone is not None


async def _transfer(
    desk: Desk,
    connection: Connection,
    command: Transfer,
    items: tuple[tuple[PlacementId, int], ...],
    this: _Round,
    pushed: Pushed,
) -> None:
    """One set; if the server refuses it, its halves, so that one bad message does not hold up the others."""
    try:
        stayed = await transfer.carry(desk, connection, command, items)
    except RefusedError as error:
        if len(items) > 1 and error.lasting and error.code not in transfer.FOR_ALL:
            half = len(items) // 2
            await _transfer(desk, connection, command, items[:half], this, pushed)
            await _transfer(desk, connection, command, items[half:], this, pushed)
            return
        # Servers say no as well when another client took the message away at that moment: that is no refusal.
        stayed = await transfer.missing(desk, connection, command.source, items) if error.lasting else []
        there = [placement for placement, _ in items if placement not in stayed]
        if there:
            await _refuse(desk, this, there, error, pushed)
    # What the server did not name is no longer where we thought: the next look at that mailbox tells.
    this.hold(stayed)
    if stayed:
        pushed.look.add(command.source)


# -- flags


async def _flags(desk: Desk, connection: Connection, command: StoreFlags, this: _Round, pushed: Pushed) -> None:
    try:
        await _store(desk, connection, command)
    except RefusedError as error:
        if error.lasting:
            await _one_by_one(desk, connection, this, pushed)
        else:
            for line in this.lines:
                if isinstance(line.intent, SetFlags):
                    await _refused(desk, line, (), error, pushed, this)


async def _one_by_one(desk: Desk, connection: Connection, this: _Round, pushed: Pushed) -> None:
    """Which line is it that the server refuses? The others still get through."""
    for line in this.lines:
        if not isinstance(line.intent, SetFlags) or line.id in this.held:
            continue
        compiled: Compiled = await asyncio.to_thread(compile_pending, [line], desk.base.where)
        try:
            for command in compiled.commands:
                if isinstance(command, StoreFlags):
                    await _store(desk, connection, command)
        except RefusedError as error:
            await _refused(desk, line, (), error, pushed, this)


async def _store(desk: Desk, connection: Connection, command: StoreFlags) -> None:
    await select_known(desk, connection, command.mailbox)
    flags = _storable(command.flags, connection.permanent)
    if flags == NO_FLAGS:
        return
    for start in range(0, len(command.uids), SET_SIZE):
        uids = command.uids[start : start + SET_SIZE]
        await connection.link.uid_store(format_uids(uids), "+" if command.add else "-", flags)


def _storable(flags: Flags, permanent: frozenset[str]) -> Flags:
    """Without keywords that this mailbox can't keep: asking for them is an error on some servers."""
    if "\\*" in permanent or not permanent:
        return flags
    return Flags(flags.bits, tuple(word for word in flags.keywords if word.lower() in permanent))


# -- refusals


async def _placements(desk: Desk, this: _Round, command: ExpungeUids) -> list[PlacementId]:
    uids = set(command.uids)

    def find() -> list[PlacementId]:
        found = []
        for line in this.lines:
            for placement in getattr(line.intent, "placements", ()):
                where = desk.base.where(placement)
                if where is not None and where.mailbox == command.mailbox and where.uid in uids:
                    found.append(placement)
        return found

    return await asyncio.to_thread(find)


async def _refuse(
    desk: Desk, this: _Round, placements: Sequence[PlacementId], error: RefusedError, pushed: Pushed
) -> None:
    """Of these messages, what the person wanted about where they lie."""
    for line, mine in this.of(placements, flags=False):
        await _refused(desk, line, tuple(mine), error, pushed, this)


async def _refused(
    desk: Desk,
    line: PendingIntent,
    placements: tuple[PlacementId, ...],
    error: RefusedError,
    pushed: Pushed,
    this: _Round | None = None,
) -> None:
    if error.lasting:
        await desk.commit(Refused(desk.account.id, line.id, error.text, error.code, placements))
        pushed.done = True
        return
    if this is not None:
        this.held.add(line.id)
    pushed.later = True
    await desk.commit(Delayed(desk.account.id, (line.id,), error.text))
