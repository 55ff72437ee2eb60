"""After a UIDVALIDITY change: which old row is which new UID. Nothing is trusted but the mail itself.

Rows are matched by Message-ID and size; without a Message-ID by INTERNALDATE and size. Equal keys (the same mail
twice) are paired in UID order. What stays unmatched is fetched, and the Writer finds old content by its digest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from mailtui.model.ids import PlacementId
from mailtui.model.mail import Flags


class Known(Protocol):
    """An old row."""

    @property
    def placement(self) -> PlacementId: ...
    @property
    def uid(self) -> int | None: ...
    @property
    def message_id(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def internaldate(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Listed:
    """A message as the server lists it under its new UID."""

    uid: int
    message_id: str
    size: int
    internaldate: int
    flags: Flags


Key = tuple[str, int, int]
UNKNOWN = 1 << 32
"""Above every UID: what was put there by a command that did not name its UID is newest."""


def match(known: Iterable[Known], listed: Iterable[Listed]) -> tuple[tuple[PlacementId, int, Flags], ...]:
    """(old row, new UID, the server's flags) for every pair that is certain."""
    rows: defaultdict[Key, list[tuple[int, PlacementId]]] = defaultdict(list)
    for row in known:
        rows[_key(row.message_id, row.size, row.internaldate)].append((row.uid or UNKNOWN, row.placement))
    mails: defaultdict[Key, list[Listed]] = defaultdict(list)
    for mail in listed:
        mails[_key(mail.message_id, mail.size, mail.internaldate)].append(mail)
    pairs: list[tuple[PlacementId, int, Flags]] = []
    for key, found in mails.items():
        old = sorted(rows.get(key, ()))
        for (_, placement), mail in zip(old, sorted(found, key=lambda mail: mail.uid), strict=False):
            pairs.append((placement, mail.uid, mail.flags))
    return tuple(pairs)


def _key(message_id: str, size: int, internaldate: int) -> Key:
    return (message_id, size, 0) if message_id else ("", size, internaldate)
