"""Mailboxes made, renamed and deleted; mail expunged, and only the mail that we mean."""

from __future__ import annotations

import asyncio
import contextlib
from array import array
from collections.abc import Sequence

from mailtui.model.errors import RefusedError
from mailtui.model.facts import Expunged, MailboxDelta
from mailtui.model.ids import MailboxId
from mailtui.model.intents import CreateMailbox, DeleteMailbox, Intent, RenameMailbox, Subscribe
from mailtui.model.mail import Flag, Flags
from mailtui.protocols.imap.seqset import format_uids
from mailtui.protocols.imap.worker import fetch
from mailtui.protocols.imap.worker.desk import Connection, Desk
from mailtui.protocols.imap.worker.selecting import select_known

DELETED = Flags(int(Flag.DELETED))


async def on_mailbox(desk: Desk, connection: Connection, intent: Intent) -> None:
    """Raises RefusedError. Each may have been done by a try whose answer was lost: a refusal counts only if the
    mailbox list does not show that it is done."""
    match intent:
        case CreateMailbox(_, name):
            await _create(connection, name)
        case RenameMailbox(mailbox, name):
            await _rename(desk, connection, mailbox, name)
        case DeleteMailbox(mailbox):
            await _delete(desk, connection, mailbox)
        case Subscribe(mailbox, on):
            known = await _server_name(desk, mailbox)
            if known is not None:
                await (connection.link.subscribe(known) if on else connection.link.unsubscribe(known))
        case _:
            raise ValueError(f"{type(intent).__name__} is not about a mailbox")


async def _server_name(desk: Desk, mailbox: MailboxId) -> str | None:
    known = await asyncio.to_thread(desk.base.mailbox, mailbox)
    return known.server_name if known is not None else None


async def _names(connection: Connection) -> set[str]:
    return {remote.name for remote in await connection.link.list_mailboxes() if remote.selectable}


async def _create(connection: Connection, name: str) -> None:
    try:
        await connection.link.create(name)
    except RefusedError as error:
        if error.code != "ALREADYEXISTS" and name not in await _names(connection):
            raise
    with contextlib.suppress(RefusedError):
        await connection.link.subscribe(name)


async def _rename(desk: Desk, connection: Connection, mailbox: MailboxId, name: str) -> None:
    old = await _server_name(desk, mailbox)
    if old is None or old == name:
        return
    await _leave(connection, mailbox)
    try:
        await connection.link.rename(old, name)
    except RefusedError:
        names = await _names(connection)
        if name not in names or old in names:
            raise
    for call, which in ((connection.link.unsubscribe, old), (connection.link.subscribe, name)):
        with contextlib.suppress(RefusedError):
            await call(which)


async def _delete(desk: Desk, connection: Connection, mailbox: MailboxId) -> None:
    name = await _server_name(desk, mailbox)
    if name is None:
        return
    await _leave(connection, mailbox)
    await _keep_copies(desk, connection, mailbox)
    await _leave(connection, mailbox)
    try:
        await connection.link.delete(name)
    except RefusedError as error:
        if error.code != "NONEXISTENT" and name in await _names(connection):
            raise
    with contextlib.suppress(RefusedError):
        await connection.link.unsubscribe(name)


async def _leave(connection: Connection, mailbox: MailboxId) -> None:
    """A mailbox that is selected is not renamed or deleted: servers differ in what they do then."""
    if connection.selected == mailbox:
        await connection.link.unselect()
        connection.selected = None


async def _keep_copies(desk: Desk, connection: Connection, mailbox: MailboxId) -> None:
    """What is about to go for ever is fetched first, where only its headers are here."""
    missing = await asyncio.to_thread(desk.base.missing_bodies, mailbox, newer_than=None, below=None, limit=1_000_000)
    if not missing:
        return
    await select_known(desk, connection, mailbox)
    await fetch_bodies(desk, connection, mailbox, [uid for uid, _ in missing])


async def fetch_bodies(desk: Desk, connection: Connection, mailbox: MailboxId, uids: Sequence[int]) -> None:
    """Of rows that are known, in the mailbox that is selected."""
    known = await asyncio.to_thread(desk.base.mailbox, mailbox)
    if known is None or known.checkpoint is None:
        return
    for start in range(0, len(uids), 100):
        found = await fetch.whole(desk, connection, mailbox, array("Q", sorted(uids[start : start + 100])))
        if found.deliveries:
            await desk.commit(
                MailboxDelta(
                    desk.account.id,
                    mailbox,
                    known.checkpoint.uidvalidity,
                    deliveries=tuple(found.deliveries),
                    only_known=True,
                )
            )


# -- expunging


async def expunge(desk: Desk, connection: Connection, mailbox: MailboxId, uids: Sequence[int]) -> None:
    """These UIDs leave the server, or are marked for it where it can't expunge single ones. Raises RefusedError."""
    await select_known(desk, connection, mailbox)
    missing = await asyncio.to_thread(
        desk.base.missing_bodies, mailbox, newer_than=None, below=max(uids) + 1, limit=1_000_000
    )
    wanted = sorted({uid for uid, _ in missing} & set(uids))
    if wanted:
        await fetch_bodies(desk, connection, mailbox, wanted)
    await connection.link.uid_store(format_uids(uids), "+", DELETED)
    if connection.link.capabilities.uidplus:
        await connection.link.uid_expunge(format_uids(uids))
        await desk.commit(Expunged(desk.account.id, mailbox, tuple(uids)))
        return
    await desk.commit(Expunged(desk.account.id, mailbox, tuple(uids), kept=True))


async def clear_leftovers(desk: Desk, connection: Connection) -> bool:
    """Originals of copies that stood for moves, and mail marked deleted by us, leave the server. Without UIDPLUS
    (RFC 4315) only when nobody else has marked anything there: EXPUNGE would take that too."""
    leftovers = await asyncio.to_thread(desk.base.leftovers, desk.account.id)
    for mailbox, uids in leftovers.items():
        try:
            await _clear(desk, connection, mailbox, sorted(uids))
        except RefusedError:
            continue  # renumbered, forbidden, gone: the next look at the mailbox settles it, or the next push tries
    return bool(leftovers)


async def _clear(desk: Desk, connection: Connection, mailbox: MailboxId, uids: list[int]) -> None:
    await select_known(desk, connection, mailbox)
    for start in range(0, len(uids), 1000):
        part = uids[start : start + 1000]
        await connection.link.uid_store(format_uids(part), "+", DELETED)
        if connection.link.capabilities.uidplus:
            await connection.link.uid_expunge(format_uids(part))
            await desk.commit(Expunged(desk.account.id, mailbox, tuple(part)))
        else:
            await desk.commit(Expunged(desk.account.id, mailbox, tuple(part), kept=True))
    if connection.link.capabilities.uidplus:
        return
    marked = set(await connection.link.uid_search("DELETED"))
    if marked and marked <= set(uids):
        await connection.link.expunge()
        await desk.commit(Expunged(desk.account.id, mailbox, tuple(uids)))
