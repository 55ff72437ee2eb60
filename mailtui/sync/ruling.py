"""Rules worked out: which of them a message falls under, what is left to do about it, and the deeds that do it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from mailtui.model.folder import Mailbox, Role
from mailtui.model.ids import MailboxId, PlacementId
from mailtui.model.intents import Copy, Deed, FolderNamed, Intent, Move, SetFlags
from mailtui.model.labels import wire_name
from mailtui.model.mail import NO_FLAGS, Flags
from mailtui.model.rules import MARKS, Rule


@dataclass(frozen=True, slots=True)
class Ruled:
    """A message and what rules do to it; each rule holds only what is left to be done."""

    placement: PlacementId
    rules: tuple[Rule, ...]
    stopped: bool = False


def fits(name: str, known: str, role: str, delimiter: str | None) -> int | None:
    """How well a mailbox fits a name as a person writes it, 0 best: just this name, the role, the same in other case or
    with other delimiters, or below the Inbox, where some servers have all mailboxes. None: not at all."""
    if known == name:
        return 0
    if role == name.lower() != Role.NONE.value:
        return 1
    below = f"inbox{delimiter}{name}" if delimiter else name
    for rank, meant in ((2, name), (3, below)):
        if known.casefold() == meant.casefold().replace("/", delimiter or "/"):
            return rank
    return None


def target(to: FolderNamed | Role | None, mailboxes: Iterable[Mailbox]) -> MailboxId | None:
    """Which of an account's mailboxes is meant; None: none of them (one is then made)."""
    boxes = tuple(mailboxes)
    match to:
        case FolderNamed(name):
            ranked = [
                (rank, box.id)
                for box in boxes
                if (rank := fits(name, box.name, box.role.value, box.delimiter)) is not None
            ]
            return min(ranked)[1] if ranked else None
        case Role():
            wanted = (Role.ARCHIVE, Role.ALL) if to is Role.ARCHIVE else (to,)
            return next((box.id for role in wanted for box in boxes if box.role is role), None)
        case None:
            return None


def judge(
    rules: Iterable[Rule],
    account: str,
    holds: Callable[[Rule], bool],
    left: Callable[[Rule], Rule | None],
) -> tuple[tuple[Rule, ...], bool]:
    """Which rules a message of this account falls under, in their order, and whether one of them said stop. `holds`:
    whether the match of a rule does; `left`: what of the rule is not so already. The first rule that moves it wins."""
    found: list[Rule] = []
    moved = False
    for rule in rules:
        if not rule.covers(account) or not holds(rule):
            continue
        remaining = left(replace(rule, to=None) if moved else rule)
        moved = moved or rule.to is not None
        if remaining is not None:
            found.append(remaining)
        if rule.stop:
            return tuple(found), True
    return tuple(found), False


def left(rule: Rule, flags: Flags, *, there: bool, copied: bool) -> Rule | None:
    """What the rule changes about a message with these flags; `there`: it lies where it is to go, `copied`: its copy
    does. None: nothing."""
    names = {name.lower() for name in flags.names()}
    marks = tuple(
        word
        for word in rule.mark
        if (MARKS[word].lower() not in names if word in MARKS else MARKS[word[2:]].lower() in names)
    )
    labels = tuple(label for label in rule.label if wire_name(label).lower() not in names)
    rest = replace(rule, mark=marks, label=labels, to=None if there else rule.to, copy=None if copied else rule.copy)
    return rest if marks or labels or rest.to is not None or rest.copy is not None else None


def deeds(ruled: Sequence[Ruled]) -> tuple[Deed, ...]:
    """A deed for each rule, in the order of the first message that it caught."""
    by_name: dict[str, dict[Rule, list[PlacementId]]] = {}
    for one in ruled:
        for rule in one.rules:
            by_name.setdefault(rule.name, {}).setdefault(rule, []).append(one.placement)
    return tuple(_deed(parts) for parts in by_name.values())


def as_one(done: Sequence[Deed], names: Sequence[str], number: int) -> Deed:
    """Several deeds as one step of the history."""
    if len(done) == 1:
        return done[0]
    label = f"Rules {', '.join(names)}: {number:,} message{'' if number == 1 else 's'}"
    return Deed(label, tuple(intent for deed in done for intent in deed.intents))


def _deed(parts: dict[Rule, list[PlacementId]]) -> Deed:
    """What one rule does to all that it caught: flags first, so that copies have them too, and moves last."""
    intents: list[Intent] = []
    marks: dict[str, None] = {}
    labels: dict[str, None] = {}
    for rule, placements in parts.items():
        ids = tuple(placements)
        marks |= dict.fromkeys(rule.mark)
        labels |= dict.fromkeys(rule.label)
        if (rule.add, rule.remove) != (NO_FLAGS, NO_FLAGS):
            intents.append(SetFlags(ids, rule.add, rule.remove))
    for rule, placements in parts.items():
        if rule.copy is not None:
            intents.append(Copy(tuple(placements), rule.copy))
    for rule, placements in parts.items():
        if rule.to is not None:
            intents.append(Move(tuple(placements), rule.to))
    some = next(iter(parts))
    to = next((rule.to for rule in parts if rule.to is not None), None)
    copy = next((rule.copy for rule in parts if rule.copy is not None), None)
    told = replace(some, mark=tuple(marks), label=tuple(labels), to=to, copy=copy)
    return Deed(told.done(sum(len(placements) for placements in parts.values())), tuple(intents))
