"""MOVE, COPY and APPEND: never done twice. Each is written down as an attempt before its first byte goes out; when its
answer is lost, or does not say where the messages lie, the server is looked at.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mailtui.mail.headers import scan_envelope
from mailtui.model.errors import LocalProtocolError, RefusedError, StoreError
from mailtui.model.facts import Attempt, Attempted, Carried, Road
from mailtui.model.folder import Mailbox
from mailtui.model.ids import MailboxId, PlacementId
from mailtui.model.mail import Flags
from mailtui.protocols.imap.results import CopyUid
from mailtui.protocols.imap.seqset import format_uids
from mailtui.protocols.imap.worker import fetch
from mailtui.protocols.imap.worker.desk import Connection, Desk
from mailtui.protocols.imap.worker.selecting import select_known, select_name
from mailtui.store.base import Candidate
from mailtui.sync.adopt import Listed, match
from mailtui.sync.compile import Append, Transfer

FOR_ALL = frozenset({"OVERQUOTA", "NOPERM", "NONEXISTENT", "TRYCREATE", "CANNOT", "PRIVACYREQUIRED"})
"""Refusals (RFC 5530) that would hit every other message as well."""
MISSING = frozenset({"TRYCREATE", "NONEXISTENT"})
PATIENCE = (0.1, 0.3, 0.6)
"""Seconds between looks for a file that another program has renamed."""


async def carry(
    desk: Desk, connection: Connection, command: Transfer, items: Sequence[tuple[PlacementId, int]]
) -> list[PlacementId]:
    """Moves or copies one set. Those that the server did not have any more. Raises RefusedError, LinkError."""
    target = await _target(desk, connection, command.to)
    await select_known(desk, connection, command.source)
    moves = command.move and connection.link.capabilities.move
    placements, uids = zip(*items, strict=True)
    attempt = Attempt(
        _number(),
        desk.account.id,
        Road.MOVE if moves else Road.COPY,
        command.to,
        placements,
        command.source,
        uids,
        target.uidvalidity,
        target.uidnext,
        leaves=command.move and not moves,
    )
    await desk.commit(Attempted(desk.account.id, attempt))
    try:
        where = await _go(connection, attempt, target.name)
    except RefusedError as error:
        await desk.commit(Carried(desk.account.id, attempt, target.uidvalidity))
        if error.code not in MISSING or not await _made(connection, target.name):
            raise
        return await carry(desk, connection, command, items)
    if where is None:
        return await resolve(desk, connection, attempt)
    new = dict(where.pairs())
    placed = tuple((placement, new[uid]) for placement, uid in items if uid in new)
    await desk.commit(Carried(desk.account.id, attempt, where.uidvalidity, placed))
    return [placement for placement, uid in items if uid not in new]


async def _go(connection: Connection, attempt: Attempt, name: str) -> CopyUid | None:
    uids = format_uids(attempt.uids)
    if attempt.road is Road.MOVE:
        return await connection.link.uid_move(uids, name)
    return await connection.link.uid_copy(uids, name)


async def _made(connection: Connection, name: str) -> bool:
    """Someone deleted the mailbox that the person chose: it is made again. Whether that worked (and so, is new)."""
    try:
        await connection.link.create(name)
    except RefusedError:
        return False
    return True


async def missing(
    desk: Desk, connection: Connection, source: MailboxId, items: Sequence[tuple[PlacementId, int]]
) -> list[PlacementId]:
    """Those that the mailbox does not have (any more). Raises LinkError."""
    connection.selected = None  # what was selected may not know yet what another client did
    try:
        await select_known(desk, connection, source)
    except RefusedError:
        return []
    here = set(await connection.link.uid_search(f"UID {format_uids([uid for _, uid in items])}"))
    return [placement for placement, uid in items if uid not in here]


async def append(desk: Desk, connection: Connection, command: Append) -> list[PlacementId]:
    """One message from this computer; itself if it did not get there. Raises RefusedError, LinkError."""
    path = await _file(desk, command.placement)
    target = await _target(desk, connection, command.to)
    date = await asyncio.to_thread(desk.base.internaldate, command.placement)
    attempt = Attempt(
        _number(),
        desk.account.id,
        Road.APPEND,
        command.to,
        (command.placement,),
        uidvalidity=target.uidvalidity,
        uidnext=target.uidnext,
    )
    await desk.commit(Attempted(desk.account.id, attempt))
    try:
        said = await _appended(connection, target.name, path, command.flags, date)
    except (RefusedError, StoreError) as error:
        await desk.commit(Carried(desk.account.id, attempt, target.uidvalidity))
        if isinstance(error, StoreError):  # one file that can't be read holds up nothing else
            raise RefusedError(error.text, lasting=False) from error
        raise
    if said is None:
        return await resolve(desk, connection, attempt)
    placed = ((command.placement, said[1]),)
    await desk.commit(Carried(desk.account.id, attempt, said[0], placed, command.flags))
    return []


async def _file(desk: Desk, placement: PlacementId) -> Path:
    """Of a message of this computer. Another program may just have renamed it: the store hears of that in a moment.
    Raises RefusedError; lasting, if it was deleted."""
    for pause in PATIENCE:
        path = await asyncio.to_thread(desk.base.path, placement)
        if path is None:
            raise RefusedError("the message is not on this computer any more", "GONE")
        file = Path(os.path.join(desk.root, path))
        if await asyncio.to_thread(file.exists):
            return file
        await asyncio.sleep(pause)
    raise RefusedError(f"{file} is not there: another program moved or removed it", lasting=False)


async def _appended(connection: Connection, name: str, path: Path, flags: Flags, date: int) -> tuple[int, int] | None:
    """(UIDVALIDITY, UID), if the server says so."""
    flags = Flags(flags.bits, flags.keywords)
    try:
        try:
            said = await connection.link.append(name, path, flags, date)
        except RefusedError as error:
            if error.code not in MISSING or not await _made(connection, name):
                raise
            said = await connection.link.append(name, path, flags, date)
    except LocalProtocolError as error:
        raise RefusedError(error.text, "NUL") from error
    return (said.uidvalidity, said.uid) if said is not None else None


# -- what became of it


async def resolve(desk: Desk, connection: Connection, attempt: Attempt) -> list[PlacementId]:
    """Looks where the messages of an attempt are, and tells. Those that it did not bring there. Raises LinkError."""
    still = await _still_there(desk, connection, attempt)
    if still is None or (attempt.road is Road.MOVE and len(still) == len(attempt.uids)):
        await desk.commit(Carried(desk.account.id, attempt, attempt.uidvalidity))
        return list(attempt.placements)
    uids = dict(zip(attempt.placements, attempt.uids, strict=False))
    away = [placement for placement in attempt.placements if uids.get(placement) not in still]
    validity, found = await _found(desk, connection, attempt, away)
    placed = tuple((placement, uid) for placement, uid, _ in found)
    flags = found[0][2] if attempt.road is Road.APPEND and found else None
    met = {placement for placement, _ in placed}
    lost = tuple(placement for placement in away if placement not in met) if attempt.road is Road.MOVE else ()
    await desk.commit(Carried(desk.account.id, attempt, validity, placed, flags, lost))
    return [placement for placement in attempt.placements if placement not in met]


async def _still_there(desk: Desk, connection: Connection, attempt: Attempt) -> set[int] | None:
    """UIDs of a move that are where they were. None: the mailbox was renumbered, they say nothing any more."""
    if attempt.road is not Road.MOVE or attempt.source is None:
        return set()
    try:
        await select_known(desk, connection, attempt.source)
    except RefusedError as error:
        return None if not error.lasting else set()
    here: set[int] = set()
    for start in range(0, len(attempt.uids), 1000):
        here.update(await connection.link.uid_search(f"UID {format_uids(attempt.uids[start : start + 1000])}"))
    return here


async def _found(
    desk: Desk, connection: Connection, attempt: Attempt, placements: Sequence[PlacementId]
) -> tuple[int, Sequence[tuple[PlacementId, int, Flags]]]:
    """(UIDVALIDITY, (placement, UID, flags)...) of those that lie in the attempt's mailbox now."""
    mailbox = await asyncio.to_thread(desk.base.mailbox, attempt.to)
    if mailbox is None:
        return 0, ()
    try:
        selected = await select_name(connection, mailbox.server_name or mailbox.name)
    except RefusedError:
        return 0, ()
    first = attempt.uidnext if selected.uidvalidity == attempt.uidvalidity else 1
    if not selected.exists:
        return selected.uidvalidity, ()
    listed = await fetch.identities(connection, lambda head: scan_envelope(head).message_id, at_least=first)
    known = await asyncio.to_thread(desk.base.identities, placements)
    taken = set(await asyncio.to_thread(desk.base.uids, attempt.to, at_least=first))
    fresh = [mail for mail in listed if mail.uid not in taken]
    found = list(_matched(known, fresh))
    met = {placement for placement, _, _ in found}
    rest = [mail for mail in listed if mail.uid in taken]
    found += _matched([one for one in known if one.placement not in met], rest)
    return selected.uidvalidity, found


def _matched(known: Sequence[Candidate], listed: Sequence[Listed]) -> Sequence[tuple[PlacementId, int, Flags]]:
    """By Message-ID and size; where a server changes sizes, by a Message-ID that only one of each side has."""
    found = list(match(known, listed))
    met, taken = {placement for placement, _, _ in found}, {uid for _, uid, _ in found}
    rest = [one for one in known if one.placement not in met and one.message_id]
    left = [mail for mail in listed if mail.uid not in taken]
    for one in rest:
        same = [mail for mail in left if mail.message_id == one.message_id]
        twins = [other for other in rest if other.message_id == one.message_id]
        if len(same) == 1 and len(twins) == 1:
            found.append((one.placement, same[0].uid, same[0].flags))
    return found


# -- where to


@dataclass(frozen=True, slots=True)
class _Target:
    name: str
    uidvalidity: int
    uidnext: int


async def _target(desk: Desk, connection: Connection, mailbox: MailboxId) -> _Target:
    """Where it goes, and the UID from which on new mail there lies. Raises RefusedError."""
    known = await asyncio.to_thread(desk.base.mailbox, mailbox)
    if known is None:
        raise RefusedError("the folder is gone", "NONEXISTENT")
    name = known.server_name or known.name
    if known.checkpoint is not None and known.server_name is not None:
        return _Target(name, known.checkpoint.uidvalidity, known.checkpoint.uidnext)
    return await _asked(connection, name, known)


async def _asked(connection: Connection, name: str, known: Mailbox) -> _Target:
    try:
        status = await connection.link.status(name)
    except RefusedError:
        if known.server_name is None:
            await _made(connection, name)
        return _Target(name, 0, 1)
    return _Target(name, status.uidvalidity or 0, status.uidnext or 1)


def _number() -> int:
    return secrets.randbits(62)
