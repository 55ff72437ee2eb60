"""Pending × where messages lie → server commands, coalesced: a thousand key presses become a few sets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mailtui.model.ids import IntentId, MailboxId, PlacementId
from mailtui.model.intents import PendingIntent, SetFlags
from mailtui.model.mail import NO_FLAGS, Flags


@dataclass(frozen=True, slots=True)
class StoreFlags:
    """`UID STORE uids +FLAGS.SILENT flags` (or `-FLAGS.SILENT`); `uids` ascending."""

    mailbox: MailboxId
    uids: tuple[int, ...]
    add: bool
    flags: Flags


@dataclass(frozen=True, slots=True)
class Compiled:
    """Commands to do in order. An intent is confirmed when all commands are done; `settled` intents need none
    (their messages are gone from the server)."""

    commands: tuple[StoreFlags, ...]
    intents: tuple[IntentId, ...]


Locate = Callable[[PlacementId], tuple[MailboxId, int] | None]


def compile_pending(pending: Iterable[PendingIntent], locate: Locate) -> Compiled:
    """Net effect per message, then grouped: setting and clearing the same flag is idempotent, so only the last wish
    for each flag of each message goes out. A message without a UID (gone, or local) needs no command."""
    wishes: dict[PlacementId, tuple[Flags, Flags]] = {}
    intents: list[IntentId] = []
    for line in pending:
        intents.append(line.id)
        match line.intent:
            case SetFlags(placements, add, remove):
                for placement in placements:
                    wishes[placement] = _after(wishes.get(placement, (NO_FLAGS, NO_FLAGS)), add, remove)
    groups: dict[tuple[MailboxId, bool, Flags], list[int]] = {}
    for placement, (add, remove) in wishes.items():
        where = locate(placement)
        if where is None:
            continue
        mailbox, uid = where
        if add != NO_FLAGS:
            groups.setdefault((mailbox, True, add), []).append(uid)
        if remove != NO_FLAGS:
            groups.setdefault((mailbox, False, remove), []).append(uid)
    commands = tuple(
        StoreFlags(mailbox, tuple(sorted(set(uids))), adding, flags)
        for (mailbox, adding, flags), uids in groups.items()
    )
    return Compiled(tuple(sorted(commands, key=lambda command: command.mailbox)), tuple(intents))


def _after(wish: tuple[Flags, Flags], add: Flags, remove: Flags) -> tuple[Flags, Flags]:
    adding, removing = wish
    adding = adding.union(add).without(remove)
    removing = removing.without(add).union(remove)
    return adding, removing
