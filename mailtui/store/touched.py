"""What one transaction touched: the source of its Changes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from mailtui.model.changes import (
    AccountChanged,
    BodyArrived,
    Change,
    Done,
    MailboxesChanged,
    Notice,
    OutboxChanged,
    PendingChanged,
    ProgressChanged,
    RowsChanged,
    Unsent,
)
from mailtui.model.facts import LinkChanged, Progress
from mailtui.model.ids import MailboxId, PlacementId, Revision
from mailtui.model.outgoing import OutgoingId

NAMED = 1_000
"""Rows that a Change names at most; beyond it says `whole`."""


@dataclass
class MailboxTouched:
    added: set[int] = field(default_factory=set)
    removed: set[int] = field(default_factory=set)
    updated: set[int] = field(default_factory=set)
    total: int = 0
    unread: int = 0
    """Differences to the counters."""


@dataclass
class Touched:
    mailboxes: dict[int, MailboxTouched] = field(default_factory=dict)
    bodies: list[int] = field(default_factory=list)
    listed: bool = False
    pending: bool = False
    done: list[Done] = field(default_factory=list)
    passing: list[LinkChanged | Progress] = field(default_factory=list)
    notices: list[tuple[str, str, str]] = field(default_factory=list)
    outbox: bool = False
    unsent: list[tuple[OutgoingId, PlacementId]] = field(default_factory=list)

    def at(self, mailbox: int) -> MailboxTouched:
        return self.mailboxes.setdefault(mailbox, MailboxTouched())

    def added(self, mailbox: int, placement: int, bits: int) -> None:
        here = self.at(mailbox)
        here.removed.discard(placement)
        here.added.add(placement)
        here.total += 1
        here.unread += not bits & 1

    def removed(self, mailbox: int, placement: int, bits: int) -> None:
        here = self.at(mailbox)
        here.removed.add(placement)
        here.added.discard(placement)
        here.updated.discard(placement)
        here.total -= 1
        here.unread -= not bits & 1

    def updated(self, mailbox: int, placement: int, before: int, after: int) -> None:
        here = self.at(mailbox)
        if placement not in here.added:
            here.updated.add(placement)
        here.unread += (not after & 1) - (not before & 1)

    @property
    def wrote(self) -> bool:
        return bool(self.mailboxes or self.bodies or self.listed or self.pending or self.notices or self.outbox)

    def changes(
        self, revision: Revision, pending: tuple[int, int], outbox: tuple[int, int, int] = (0, 0, 0)
    ) -> list[Change]:
        """`pending` and `outbox`: the counts for PendingChanged and OutboxChanged."""
        found: list[Change] = []
        for mailbox, here in self.mailboxes.items():
            if not (here.added or here.removed or here.updated):
                continue
            if len(here.added) + len(here.removed) + len(here.updated) > NAMED:
                found.append(RowsChanged(revision, MailboxId(mailbox), whole=True))
            else:
                added, removed, updated = (
                    tuple(map(PlacementId, sorted(part))) for part in (here.added, here.removed, here.updated)
                )
                found.append(RowsChanged(revision, MailboxId(mailbox), added, removed, updated))
        if self.listed or any(here.total or here.unread or here.added for here in self.mailboxes.values()):
            found.append(MailboxesChanged(revision))
        found.extend(BodyArrived(revision, PlacementId(placement)) for placement in self.bodies)
        if self.pending:
            found.append(PendingChanged(revision, *pending))
        found.extend(replace(done, revision=revision) for done in self.done)
        if self.outbox:
            found.append(OutboxChanged(revision, *outbox))
        found.extend(Unsent(revision, outgoing, placement) for outgoing, placement in self.unsent)
        for fact in self.passing:
            if isinstance(fact, LinkChanged):
                found.append(AccountChanged(revision, fact.account, fact.state, fact.text, fact.hint, fact.retry_in))
            else:
                found.append(ProgressChanged(revision, fact.account, fact.mailbox, fact.done, fact.total, fact.rate))
        found.extend(Notice(revision, level, text, hint) for level, text, hint in self.notices)
        return found
