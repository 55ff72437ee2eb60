"""Which messages belong together, and in which tree (RFC 5256 section 3, REFERENCES). Values only; the index keeps the
thread of each id."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from mailtui.model.mail import Envelope

_REPLY = re.compile(
    r"(?:re|aw|sv|antw|vs|odp|ref|rif|r|ynt|回复|答复|回覆|fwd?|wg|tr|rv|enc|i|转发)\s*(?:\[\d+\]|\(\d+\)|\*\d+|\^\d+)?\s*[:：]\s*",
    re.IGNORECASE,
)
_BLOB = re.compile(r"\[[^\[\]]{1,60}\]\s*(?=\S)")
_SUBJECT_KEY = "subject:"
_MAX_STEPS = 50


def base_subject(subject: str) -> tuple[str, bool]:
    """(subject without reply and forward marks and list tags, in lower case; whether there was such a mark)."""
    text = " ".join(subject.split())
    reply = False
    for _ in range(_MAX_STEPS):
        mark = _REPLY.match(text)
        if mark:
            reply = True
            text = text[mark.end() :]
            continue
        blob = _BLOB.match(text)
        if blob:
            text = text[blob.end() :]
            continue
        if text.lower().endswith("(fwd)"):
            reply = True
            text = text[:-5].rstrip()
            continue
        break
    return text.lower(), reply


def plain_subject(subject: str) -> str:
    """Without the reply and forward marks before it; the rest as it was written."""
    text = " ".join(subject.split())
    for _ in range(_MAX_STEPS):
        mark = _REPLY.match(text)
        if mark is None:
            break
        text = text[mark.end() :]
    return text


def thread_keys(envelope: Envelope) -> tuple[str, ...]:
    """Keys that put messages into one thread when they share any: own id first, then the ids it answers, oldest
    first. A reply that names no id at all joins by its subject: `subject:` and the base subject, a key that no
    message id equals. Empty for a message without any of these: it is a thread of its own."""
    return all_keys(envelope)[0]


def all_keys(envelope: Envelope) -> tuple[tuple[str, ...], str]:
    """Both `thread_keys` and `subject_key`, for the price of one."""
    keys = dict.fromkeys((envelope.message_id, *envelope.references, *envelope.in_reply_to))
    keys.pop("", None)
    base, reply = base_subject(envelope.subject)
    subject = _SUBJECT_KEY + base if base else ""
    if reply and subject and not envelope.references and not envelope.in_reply_to:
        keys[subject] = None
    return tuple(keys), subject


def subject_key(envelope: Envelope) -> str:
    """The key under which replies without ids look for the message they answer; empty without a subject."""
    return all_keys(envelope)[1]


def parents(envelope: Envelope) -> tuple[str, ...]:
    """The ids that a message stands below, oldest first: References, else the first In-Reply-To."""
    return envelope.references or envelope.in_reply_to[:1]


class Member(NamedTuple):
    """One message of a thread. `parents`: ids it answers, oldest first (References, else In-Reply-To)."""

    id: str
    parents: tuple[str, ...]
    date: int = 0


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a member stands in the drawn tree: index into the sequence given, and how deep it is indented."""

    index: int
    depth: int


class _Forest:
    """Links between ids, never a loop."""

    def __init__(self) -> None:
        self.parent: dict[str, str] = {}
        self.answered: set[str] = set()

    def _above(self, key: str, goal: str) -> bool:
        """Whether `goal` is `key` or stands above it."""
        seen = 0
        node: str | None = key
        while node is not None and seen <= len(self.parent):
            if node == goal:
                return True
            node = self.parent.get(node)
            seen += 1
        return False

    def link(self, child: str, parent: str, *, again: bool = False) -> None:
        if child in self.parent and not again:
            return
        if child not in self.answered or not self._above(parent, child):
            self.parent[child] = parent
            self.answered.add(parent)


def arrange(members: Sequence[Member]) -> tuple[Placed, ...]:
    """The tree of one thread as rows: parents before children, siblings by date. Missing messages take no row and
    their children move up; loops are cut; a second message with the same id stands beside the first."""
    keys: list[str] = []
    holders: dict[str, int] = {}
    for index, member in enumerate(members):
        key = member.id if member.id and member.id not in holders else f"\x00{index}"
        holders[key] = index
        keys.append(key)
    forest = _Forest()
    for member, key in zip(members, keys, strict=True):
        chain = [parent for parent in member.parents if parent != key]
        for older, newer in pairwise(chain):
            forest.link(newer, older)
        if chain:
            forest.link(key, chain[-1], again=True)
    return _rows(members, keys, holders, forest.parent)


def _rows(
    members: Sequence[Member], keys: Sequence[str], holders: dict[str, int], parent: dict[str, str]
) -> tuple[Placed, ...]:
    children: dict[int | None, list[int]] = {}
    for index, key in enumerate(keys):
        above = parent.get(key)
        while above is not None and above not in holders:
            above = parent.get(above)
        children.setdefault(holders[above] if above is not None else None, []).append(index)
    for group in children.values():
        group.sort(key=lambda index: (members[index].date, index))
    rows: list[Placed] = []
    stack = [Placed(index, 0) for index in reversed(children.get(None, ()))]
    while stack:
        placed = stack.pop()
        rows.append(placed)
        stack.extend(Placed(index, placed.depth + 1) for index in reversed(children.get(placed.index, ())))
    return tuple(rows)
