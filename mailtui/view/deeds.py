"""What a key comes to: the messages it means, the Deed that goes to the store, and what the person is told or asked.

Pure: nothing is sent from here, and nothing read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from mailtui.mail.sanitize import clip, safe_line
from mailtui.mail.threads import plain_subject
from mailtui.model.folder import Mailbox, Role
from mailtui.model.ids import AccountId, MailboxId, PlacementId, ThreadId
from mailtui.model.intents import Copy, Deed, Expunge, Move, SetFlags
from mailtui.model.mail import NO_FLAGS, Flag, Flags, Row
from mailtui.view.figures import count, plural
from mailtui.view.tree import mailbox_label

SPAM, HAM = Flags.of(["$Junk"]), Flags.of(["$NotJunk"])
SEEN, FLAGGED = Flags(Flag.SEEN), Flags(Flag.FLAGGED)
SUBJECT_CELLS = 48
"""Of the subject in a label; history and notice have no room for more."""

Boxes: TypeAlias = Mapping[MailboxId, Mailbox]


class Target(NamedTuple):
    """One message that something is done to, as it was when it was chosen."""

    placement: PlacementId
    mailbox: MailboxId
    bits: int
    thread: ThreadId
    subject: str

    @classmethod
    def of(cls, row: Row) -> Target:
        if row.line is not None and row.line.members:  # its flags on show are those of the whole thread
            return next(one for one in cls.all_of(row) if one.placement == row.placement)
        return cls(row.placement, row.mailbox, int(row.flags.bits), row.thread, row.subject)

    @classmethod
    def all_of(cls, row: Row) -> tuple[Target, ...]:
        """Every message that a line stands for, as far as it names them."""
        if row.line is None or not row.line.members:
            return (cls.of(row),)
        return tuple(cls(one.placement, row.mailbox, one.bits, row.thread, row.subject) for one in row.line.members)


@dataclass(frozen=True, slots=True)
class Plan:
    """`deed` None: there is nothing to do and `why` says why. `ask`: a question that comes first."""

    deed: Deed | None
    why: str = ""
    ask: str = ""
    leaving: frozenset[PlacementId] = frozenset()
    """Messages that will not lie where they lie now."""
    away: bool = False
    """They also leave the results of a search in all mail (which leaves out spam and trash)."""


def label(verb: str, targets: Sequence[Target], how: str = "") -> str:
    """`Moved 3 to Boats` (`how` is `to Boats`); for one message `Moved to Boats: Dinner?`, for several of one thread
    `Moved 3 messages to Boats: Dinner?`. Safe text."""
    if len({target.thread for target in targets}) != 1:
        return f"{verb} {count(len(targets))} {how}".rstrip()
    number = plural(len(targets), "message") if len(targets) > 1 else ""
    words = " ".join(filter(None, (verb, number, how)))
    subject = targets[0].subject if not number else plain_subject(targets[0].subject)
    return f"{words}: {clip(safe_line(subject[:200]).strip() or '(no subject)', SUBJECT_CELLS)}"


def ids(targets: Sequence[Target]) -> tuple[PlacementId, ...]:
    return tuple(target.placement for target in targets)


def accounts(targets: Sequence[Target], boxes: Boxes) -> set[AccountId]:
    """Accounts that the messages belong to."""
    return {boxes[box].account for box in {target.mailbox for target in targets} if box in boxes}


def _role(target: Target, boxes: Boxes) -> Role:
    box = boxes.get(target.mailbox)
    return box.role if box is not None else Role.NONE


def _elsewhere(targets: Sequence[Target], boxes: Boxes, role: Role) -> tuple[Target, ...]:
    return tuple(target for target in targets if _role(target, boxes) is not role)


def _into(role: Role, verb: str, how: str, targets: Sequence[Target], boxes: Boxes, there: str = "") -> Plan:
    """`there`: what is said if all of it lies there."""
    moving = _elsewhere(targets, boxes, role)
    if not moving:
        return Plan(None, why=there)
    deed = Deed(label(verb, moving, how), (Move(ids(moving), role),))
    return Plan(deed, leaving=frozenset(ids(moving)), away=role in {Role.TRASH, Role.JUNK})


def archive(targets: Sequence[Target], boxes: Boxes) -> Plan:
    return _into(Role.ARCHIVE, "Archived", "", targets, boxes, "It lies in the archive already")


def delete(targets: Sequence[Target], boxes: Boxes) -> Plan:
    """To the trash; what lies there already is deleted for ever, after a question."""
    if not _elsewhere(targets, boxes, Role.TRASH):
        return delete_for_ever(targets, boxes)
    return _into(Role.TRASH, "Deleted", "", targets, boxes)


def delete_for_ever(targets: Sequence[Target], boxes: Boxes) -> Plan:
    """Asked for first: the server will not have it any more."""
    if not targets:
        return Plan(None)
    what = "this message" if len(targets) == 1 else plural(len(targets), "message")
    deed = Deed(label("Deleted", targets, "for ever"), (Expunge(ids(targets)),))
    return Plan(deed, ask=f"Delete {what} for ever?", leaving=frozenset(ids(targets)), away=True)


def spam(targets: Sequence[Target], boxes: Boxes) -> Plan:
    """Spam, or not spam if all of it lies in the spam folder."""
    moving = _elsewhere(targets, boxes, Role.JUNK)
    if moving:
        how, role, add, remove = "as spam", Role.JUNK, SPAM, HAM
    else:
        moving, how, role, add, remove = tuple(targets), "as not spam", Role.INBOX, HAM, SPAM
    chosen = ids(moving)
    deed = Deed(label("Marked", moving, how), (Move(chosen, role), SetFlags(chosen, add=add, remove=remove)))
    return Plan(deed, leaving=frozenset(chosen), away=role is Role.JUNK)


def advertising(targets: Sequence[Target], boxes: Boxes) -> Plan:
    """To newsletters and advertising, or back to the inbox if all of it lies there."""
    if _elsewhere(targets, boxes, Role.ADVERTISING):
        return _into(Role.ADVERTISING, "Marked", "as advertising", targets, boxes)
    return _into(Role.INBOX, "Marked", "as not advertising", targets, boxes)


def move(targets: Sequence[Target], to: Mailbox) -> Plan:
    moving = tuple(target for target in targets if target.mailbox != to.id)
    if not moving:
        return Plan(None, why=f"It lies in {mailbox_label(to)} already")
    deed = Deed(label("Moved", moving, f"to {mailbox_label(to)}"), (Move(ids(moving), to.id),))
    return Plan(deed, leaving=frozenset(ids(moving)), away=to.role in {Role.TRASH, Role.JUNK})


def copy(targets: Sequence[Target], to: Mailbox) -> Plan:
    if not targets:
        return Plan(None)
    return Plan(Deed(label("Copied", targets, f"to {mailbox_label(to)}"), (Copy(ids(targets), to.id),)))


def toggle(targets: Sequence[Target], flags: Flags) -> Plan:
    """The flag for all of them; away from all of them if all have it."""
    bit = int(flags.bits)  # an IntFlag takes a microsecond for each of 100,000 messages
    adding = [target for target in targets if not target.bits & bit]
    changing = tuple(adding or targets)
    if flags == SEEN:
        verb, how = "Marked", "as read" if adding else "as unread"
    else:
        verb, how = "Starred" if adding else "Unstarred", ""
    if not changing:
        return Plan(None)
    add, remove = (flags, NO_FLAGS) if adding else (NO_FLAGS, flags)
    return Plan(Deed(label(verb, changing, how), (SetFlags(ids(changing), add=add, remove=remove),)))


def read_all(targets: Sequence[Target]) -> Plan:
    bit = int(SEEN.bits)
    unread = tuple(target for target in targets if not target.bits & bit)
    if not unread:
        return Plan(None, why="All of it is read")
    return Plan(Deed(label("Marked", unread, "as read"), (SetFlags(ids(unread), add=SEEN),)))


Planner: TypeAlias = Callable[[Sequence[Target], Boxes], Plan]
PLANNERS: dict[str, Planner] = {
    "archive": archive,
    "delete": delete,
    "delete_for_ever": delete_for_ever,
    "toggle_spam": spam,
    "toggle_advertising": advertising,
    "toggle_read": lambda targets, boxes: toggle(targets, SEEN),
    "toggle_star": lambda targets, boxes: toggle(targets, FLAGGED),
}
"""Actions that need nothing but the messages and where they lie."""
_FILED = {Role.SENT, Role.DRAFTS, Role.TRASH, Role.JUNK, Role.ARCHIVE}
_KEPT = {Role.DRAFTS, Role.TRASH}


def _thread_of(targets: Sequence[Target], boxes: Boxes, without: set[Role]) -> tuple[Target, ...]:
    return tuple(target for target in targets if _role(target, boxes) not in without)


THREAD_PLANNERS: dict[str, Planner] = {
    "archive_thread": lambda targets, boxes: _into(
        Role.ARCHIVE, "Archived", "", _thread_of(targets, boxes, _FILED), boxes, "The whole thread is filed already"
    ),
    "delete_thread": lambda targets, boxes: _into(
        Role.TRASH, "Deleted", "", _thread_of(targets, boxes, _KEPT), boxes, "The whole thread is in the trash"
    ),
    "read_thread": lambda targets, boxes: read_all(targets),
}
"""The same for whole threads: `targets` are all messages of them, wherever they lie. Archiving leaves what you sent
where it is."""
