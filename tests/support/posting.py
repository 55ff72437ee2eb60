"""An engine for the screen's tests that keeps drafts, and has an outbox that sends nothing by itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mailtui.mail.headers import resent_id
from mailtui.mail.parse import parse_message
from mailtui.model.changes import Change, Done, MailboxesChanged, Notice, RowsChanged
from mailtui.model.folder import Role
from mailtui.model.ids import MailboxId, PlacementId, Revision, StepId
from mailtui.model.intents import Deed, Intent, Order, Wish
from mailtui.model.outgoing import OutboxOrder, Outgoing, OutgoingId, Recipient, Save, Send, Stage, Unsend
from tests.support.fake_store import NOW, FakeReader
from tests.support.fake_store import row as made_up
from tests.support.obedient import ObedientEngine

R = Revision(9)
FIRST = 500_000
"""Placement of the first message that was written."""


class PostingEngine(ObedientEngine):
    """`full`: nothing can be written down."""

    def __init__(self, reader: FakeReader) -> None:
        super().__init__(reader)
        self.full = False
        self.queued: list[Send] = []

    def send(self, message: Deed | Intent | Order | Wish | OutboxOrder) -> None:
        written = [one for one in message.intents if isinstance(one, Save | Send)] if isinstance(message, Deed) else []
        if isinstance(message, Unsend):
            self.sent.append(message)
            self._unsend(message.outgoing)
        elif not written:
            super().send(message)
        elif self.full:
            self.sent.append(message)
            self.tell(Notice(R, "error", "The disk is full", "make room"))
        else:
            self.sent.append(message)
            for one in written:
                self._save(one) if isinstance(one, Save) else self._queue(one)
            if isinstance(message, Deed) and message.label:
                self.tell(Done(R, StepId(77), message.label))

    def _save(self, save: Save) -> None:
        raw = Path(save.path).read_bytes()
        number = PlacementId(FIRST + len(self.store.bodies))
        box = next(box.id for box in self.store.mailboxes() if box.role is save.to and box.account == save.account)
        self._keep(number, raw, box)
        changes: list[Change] = [RowsChanged(R, box, added=(number,)), MailboxesChanged(R)]
        if save.replaces is not None:
            self.store.saved.pop(save.replaces)
            changes.append(RowsChanged(R, box, removed=(save.replaces,)))
        self.tell(*changes)

    def _keep(self, number: PlacementId, raw: bytes, box: MailboxId) -> None:
        envelope = parse_message(raw).envelope
        self.store.bodies[number] = raw
        self.store.saved[number] = replace(
            made_up(number, box), subject=envelope.subject, message_id=envelope.message_id, to=envelope.to, date=NOW
        )

    def _queue(self, send: Send) -> None:
        self.queued.append(send)
        raw = Path(send.path).read_bytes()
        envelope = parse_message(raw).envelope
        self.store.outgoing.append(
            Outgoing(
                OutgoingId(len(self.queued)),
                send.account,
                Stage.HELD,
                send.path,
                len(raw),
                send.sender,
                tuple(Recipient(one) for one in send.recipients),
                resent_id(raw) or envelope.message_id,
                envelope.subject,
                NOW,
                send.not_before,
                notify=send.notify,
            )
        )
        self.store.bodies[FIRST - len(self.queued)] = raw
        if send.draft is not None:
            self.store.saved.pop(send.draft, None)

    def _unsend(self, number: OutgoingId) -> None:
        self.store.outgoing = [one for one in self.store.outgoing if one.id != number]
        raw = self.store.bodies[FIRST - number]
        drafts = next(box.id for box in self.store.mailboxes() if box.role is Role.DRAFTS)
        self._keep(PlacementId(FIRST + len(self.store.bodies)), raw, drafts)
        self.tell(MailboxesChanged(R))
