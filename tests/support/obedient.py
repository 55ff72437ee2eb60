"""An engine for the screen's tests that does to the made-up mail what it is told."""

from __future__ import annotations

from dataclasses import replace

from mailtui.model.changes import Change, Done, MailboxesChanged, Notice, PendingChanged, RowsChanged
from mailtui.model.folder import Role
from mailtui.model.ids import MailboxId, PlacementId, Revision, StepId
from mailtui.model.intents import (
    CreateMailbox,
    Deed,
    DeleteMailbox,
    Expunge,
    FolderNamed,
    Intent,
    Move,
    Order,
    Redo,
    RenameMailbox,
    SetFlags,
    Undo,
    Wish,
)
from mailtui.model.ledger import Step
from tests.support.fake_store import NOW, FakeEngine, FakeReader, mailbox

R = Revision(9)
Where = dict[PlacementId, int | None]


class ObedientEngine(FakeEngine):
    """`refuses`: a Notice in place of everything."""

    def __init__(self, reader: FakeReader) -> None:
        super().__init__(reader)
        self.store = reader
        self.refuses = False
        self._before: dict[int, Where] = {}
        self._after: dict[int, Where] = {}

    def send(self, message: Deed | Intent | Order | Wish) -> None:
        super().send(message)
        if self.refuses and isinstance(message, Deed):
            self.tell(Notice(R, "error", "The disk is full", "make room"))
        elif isinstance(message, Deed):
            self._do(message)
        elif isinstance(message, Undo):
            self._undo(message)
        elif isinstance(message, Redo):
            self._redo()

    def _do(self, deed: Deed) -> None:
        before: Where = {}
        after: Where = {}
        changes: list[Change] = []
        for intent in deed.intents:
            match intent:
                case Move(placements=ids, to=to):
                    before |= {one: self._place(one) for one in ids}
                    after |= dict.fromkeys(ids, self._box(to))
                case Expunge(placements=ids):
                    before |= {one: self._place(one) for one in ids}
                    after |= dict.fromkeys(ids, None)
                case SetFlags(placements=ids, add=add, remove=remove):
                    for one in ids:
                        self.store.flagged[one] = self.store.row(one).flags.union(add).without(remove)
                    changes.append(RowsChanged(R, MailboxId(1), updated=ids))
                case CreateMailbox(account=account, name=name):
                    self.store.extra += (mailbox(900 + len(self.store.extra), name, account=account),)
                case RenameMailbox(mailbox=box, name=name):
                    self.store.extra = tuple(
                        replace(one, name=name) if one.id == box else one for one in self.store.extra
                    )
                case DeleteMailbox(mailbox=box):
                    self.store.extra = tuple(one for one in self.store.extra if one.id != box)
        changes += self._put(after)
        step = StepId(len(self.store.steps) + 1)
        self._before[step], self._after[step] = before, after
        self.store.steps.insert(0, Step(step, deed.label, NOW, undone=False, waiting=1))
        self.tell(*changes, MailboxesChanged(R), PendingChanged(R, len(self.store.steps)), Done(R, step, deed.label))

    def _undo(self, order: Undo) -> None:
        for at, step in enumerate(self.store.steps):
            if not step.undone and order.step in {None, step.id}:
                self.store.steps[at] = replace(step, undone=True)
                changes = self._put(self._before[step.id])
                self.tell(*changes, MailboxesChanged(R), Done(R, step.id, step.label, undone=True))
                return

    def _redo(self) -> None:
        for at, step in reversed(list(enumerate(self.store.steps))):
            if step.undone:
                self.store.steps[at] = replace(step, undone=False)
                self.tell(*self._put(self._after[step.id]), MailboxesChanged(R), Done(R, step.id, step.label))
                return

    def _place(self, placement: PlacementId) -> int:
        return self.store.moved.get(placement, 1)

    def _box(self, to: MailboxId | Role | FolderNamed) -> int:
        if isinstance(to, int):
            return to
        return next((b.id for b in self.store.mailboxes() if b.role is to or to == FolderNamed(b.name)), 99)

    def _put(self, where: Where) -> list[Change]:
        gone: dict[int, list[PlacementId]] = {}
        come: dict[int, list[PlacementId]] = {}
        for placement, box in where.items():
            gone.setdefault(self._place(placement), []).append(placement)
            self.store.moved.pop(placement, None)
            self.store.dropped = sorted({*self.store.dropped} - {placement})
            if box != 1:
                self.store.drop(placement)
            if box is not None:
                come.setdefault(box, []).append(placement)
                if box != 1:
                    self.store.moved[placement] = box
        out: list[Change] = [RowsChanged(R, MailboxId(box), removed=tuple(ids)) for box, ids in gone.items()]
        return out + [RowsChanged(R, MailboxId(box), added=tuple(ids)) for box, ids in come.items()]
