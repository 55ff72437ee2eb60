"""Pending × where messages lie → server commands, coalesced: a thousand key presses become a few sets.

Flags go out as the net wish of each message. Everything else is worked out from two places: where the server has the
message and where the person wants it. So a move and its undo, both still waiting, need no command at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from mailtui.model.ids import IntentId, MailboxId, PlacementId
from mailtui.model.intents import Expunge, Intent, PendingIntent, SetFlags, Upload
from mailtui.model.mail import NO_FLAGS, Flags
from mailtui.sync.fold import lies, visible


@dataclass(frozen=True, slots=True)
class Where:
    """Where a message lies. `uid` None: the server does not have it, or its UID is not known yet."""

    mailbox: MailboxId
    uid: int | None
    flags: Flags = NO_FLAGS
    body: bool = False
    """Whether the whole message is on this computer."""
    gone: float | None = None
    """When the server was found not to have it any more, seconds since 1970 UTC."""


@dataclass(frozen=True, slots=True)
class StoreFlags:
    """`UID STORE uids +FLAGS.SILENT flags` (or `-FLAGS.SILENT`); `uids` ascending."""

    mailbox: MailboxId
    uids: tuple[int, ...]
    add: bool
    flags: Flags


@dataclass(frozen=True, slots=True)
class Transfer:
    """`UID MOVE` or `UID COPY`: (placement, UID of the original), ascending by UID. A copied placement is a new one."""

    source: MailboxId
    to: MailboxId
    items: tuple[tuple[PlacementId, int], ...]
    move: bool


@dataclass(frozen=True, slots=True)
class Append:
    """The message goes up from this computer."""

    placement: PlacementId
    to: MailboxId
    flags: Flags


@dataclass(frozen=True, slots=True)
class ExpungeUids:
    """Off the server: only these UIDs, whatever others marked."""

    mailbox: MailboxId
    uids: tuple[int, ...]


Command: TypeAlias = StoreFlags | Transfer | Append | ExpungeUids


@dataclass(frozen=True, slots=True)
class Compiled:
    """Commands to do in order. `intents` are confirmed when all commands are done; lines that are not among them wait
    for something (`unknown`: mailboxes to be looked at first). `impossible`: no copy of these is anywhere."""

    commands: tuple[Command, ...]
    intents: tuple[IntentId, ...]
    unknown: tuple[MailboxId, ...] = ()
    impossible: tuple[PlacementId, ...] = ()
    sweep: bool = False
    """Something waits for a complete look at the account."""


Locate = Callable[[PlacementId], Where | None]


@dataclass
class _Net:
    """What is pending for one message."""

    add: Flags = NO_FLAGS
    remove: Flags = NO_FLAGS
    intents: list[Intent] = field(default_factory=list)
    lines: list[IntentId] = field(default_factory=list)
    source: PlacementId | None = None
    after: PlacementId | None = None
    """Takes its place: it stays on the server until that is there."""
    upload: bool = False
    fresh: bool = False
    """Its upload may still turn out to be needless: the mail may be found elsewhere by the next sweep."""


@dataclass
class _Plan:
    flags: defaultdict[tuple[MailboxId, bool, Flags], list[int]] = field(default_factory=lambda: defaultdict(list))
    moves: defaultdict[tuple[MailboxId, MailboxId, bool], list[tuple[int, PlacementId]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    appends: list[Append] = field(default_factory=list)
    expunges: defaultdict[MailboxId, list[int]] = field(default_factory=lambda: defaultdict(list))
    waiting: set[IntentId] = field(default_factory=set)
    uploading: set[PlacementId] = field(default_factory=set)
    unknown: set[MailboxId] = field(default_factory=set)
    impossible: list[PlacementId] = field(default_factory=list)
    sweep: bool = False


def compile_pending(pending: Iterable[PendingIntent], locate: Locate, *, swept: float = float("inf")) -> Compiled:
    """Message intents of one account, oldest first. Setting and clearing the same flag is idempotent, so only the last
    wish for each flag of each message goes out. Uploads without an original that were journaled after `swept` (when
    the last complete look at the account, all new mail fetched, began, seconds since 1970 UTC) wait."""
    lines = list(pending)
    plan = _Plan()
    nets = _nets(lines, swept)
    plan.uploading = {placement for placement, net in nets.items() if net.upload}
    for placement, net in nets.items():
        _settle(plan, placement, net, locate, swept)
    return Compiled(
        _commands(plan),
        tuple(line.id for line in lines if line.id not in plan.waiting),
        tuple(sorted(plan.unknown)),
        tuple(plan.impossible),
        plan.sweep,
    )


def _nets(lines: Sequence[PendingIntent], swept: float) -> dict[PlacementId, _Net]:
    nets: dict[PlacementId, _Net] = {}
    for line in lines:
        intent = line.intent
        placements: tuple[PlacementId, ...] = getattr(intent, "placements", ())
        for place, placement in enumerate(placements):
            net = nets.setdefault(placement, _Net())
            net.lines.append(line.id)
            net.intents.append(intent)
            if isinstance(intent, SetFlags):
                net.add, net.remove = _after((net.add, net.remove), intent.add, intent.remove)
            elif isinstance(intent, Expunge):
                net.after = intent.after[place] if place < len(intent.after) else None
            elif isinstance(intent, Upload):
                net.upload = True
                net.source = intent.sources[place] if place < len(intent.sources) else None
                net.fresh = intent.lost and line.created > swept
    return nets


def _settle(plan: _Plan, placement: PlacementId, net: _Net, locate: Locate, swept: float) -> None:
    where = locate(placement)
    if where is None:
        return
    if where.gone is not None:
        if where.gone >= swept:
            plan.waiting.update(net.lines)  # another client may have put it elsewhere: the next sweep tells
            plan.sweep = True
        return
    wanted = lies(where.mailbox, net.intents)
    if where.uid is None:
        _upload(plan, placement, net, where, wanted, locate)
        return
    if wanted is None:
        if _still_needed(plan, net, locate):
            plan.waiting.update(net.lines)
        else:
            plan.expunges[where.mailbox].append(where.uid)
        return
    if net.add != NO_FLAGS:
        plan.flags[where.mailbox, True, net.add].append(where.uid)
    if net.remove != NO_FLAGS:
        plan.flags[where.mailbox, False, net.remove].append(where.uid)
    if wanted != where.mailbox:
        plan.moves[where.mailbox, wanted, True].append((where.uid, placement))


def _still_needed(plan: _Plan, net: _Net, locate: Locate) -> bool:
    """What takes its place is not on the server yet, as far as is known."""
    successor = locate(net.after) if net.after is not None else None
    if successor is None or successor.gone is not None or successor.uid is not None:
        return False
    if net.after not in plan.uploading:
        plan.unknown.add(successor.mailbox)
    return True


def _upload(
    plan: _Plan, placement: PlacementId, net: _Net, where: Where, wanted: MailboxId | None, locate: Locate
) -> None:
    if net.upload and wanted is None:
        return  # never was on the server
    if not net.upload or wanted is None:
        if wanted != where.mailbox or net.add != NO_FLAGS or net.remove != NO_FLAGS:
            plan.waiting.update(net.lines)
            plan.unknown.add(where.mailbox)
        return
    original = locate(net.source) if net.source is not None else None
    if original is not None and original.uid is not None:
        plan.moves[original.mailbox, wanted, False].append((original.uid, placement))
        if net.add != NO_FLAGS or net.remove != NO_FLAGS:
            plan.waiting.update(net.lines)  # its flags follow when it has a UID
    elif net.fresh:
        plan.waiting.update(net.lines)
        plan.sweep = True
    elif where.body:
        plan.appends.append(Append(placement, wanted, visible(where.flags, net.intents)))
    else:
        plan.impossible.append(placement)


def _commands(plan: _Plan) -> tuple[Command, ...]:
    """Copies before the moves that would take their originals away; expunges last."""
    found: list[Command] = [
        StoreFlags(mailbox, tuple(sorted(set(uids))), adding, flags)
        for (mailbox, adding, flags), uids in sorted(plan.flags.items(), key=lambda item: item[0][0])
    ]
    transfers = sorted(plan.moves.items(), key=lambda item: (item[0][2], item[0][0], item[0][1]))
    for (source, to, move), items in transfers:
        ordered = tuple((placement, uid) for uid, placement in sorted(items))
        found.append(Transfer(source, to, ordered, move))
    found.extend(plan.appends)
    found.extend(ExpungeUids(mailbox, tuple(sorted(set(uids)))) for mailbox, uids in sorted(plan.expunges.items()))
    return tuple(found)


def _after(wish: tuple[Flags, Flags], add: Flags, remove: Flags) -> tuple[Flags, Flags]:
    adding, removing = wish
    adding = adding.union(add).without(remove)
    removing = removing.without(add).union(remove)
    return adding, removing
