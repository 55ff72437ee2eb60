"""What becomes of each message that the Writer reads, inside its transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import assert_never

from mailtui.model.facts import (
    Attempted,
    Carried,
    Confirmed,
    Delayed,
    Expunged,
    LinkChanged,
    MailboxDelta,
    MailboxesListed,
    Progress,
    Refined,
    Refused,
    Relinked,
    Swept,
)
from mailtui.model.ids import MessageId
from mailtui.model.intents import Deed, Discard, Intent, Order, Redo, Restore, Retry, Undo
from mailtui.model.maildrop import MaildropDeleting, MaildropListed, MaildropRead
from mailtui.model.outgoing import FinalDot, SendAgain, SendNow, Settle, SubmissionEnded, Submitting, Unsend
from mailtui.store import journal
from mailtui.store.apply import Applier
from mailtui.store.incoming import Maildrops
from mailtui.store.recover import NEVER, Recovery
from mailtui.store.requests import (
    Filed,
    KeepDeleted,
    LocalAccounts,
    Message,
    NoSentCopies,
    OutsideChange,
    SendingEnded,
    Submitted,
)
from mailtui.store.safety import forget_old


class Dispatch:
    def __init__(self, applier: Applier, remember: Callable[[str, float | None], None]) -> None:
        self._applier = applier
        self._db = applier.db
        self._remember = remember
        self._maildrops = Maildrops(applier)

    def one(self, message: Message) -> None:
        """Raises StoreError."""
        match message:
            case Submitted(_, wanted):
                self._submitted(wanted)
            case OutsideChange(mailboxes, surely):
                self._look_outside(mailboxes, surely)
            case KeepDeleted(seconds):
                self._remember("keep-deleted", seconds)
                forget_old(self._applier, seconds)
                self._applier.outbox.keep_up()
            case LocalAccounts(names, others):
                self._applier.local.remember(names, others)
            case Filed():
                self._applier.filed(message)
            case NoSentCopies(accounts):
                self._applier.outbox.without_copies(accounts)
            case SendingEnded(account):
                self._applier.outbox.abandoned(account)
            case Submitting() | FinalDot() | SubmissionEnded():
                self._applier.outbox.fact(message)
            case MailboxDelta() | Relinked() | MailboxesListed() | Swept() | Refined():
                self._found(message)
            case MaildropRead():
                self._maildrops.read(message)
            case MaildropListed():
                self._maildrops.listed(message)
            case MaildropDeleting():
                self._maildrops.deleting(message)
            case LinkChanged() | Progress():
                pass
            case _:
                self._answered(message)

    def _found(self, fact: MailboxDelta | Relinked | MailboxesListed | Swept | Refined) -> None:
        """What a look at the server, or at a text, brought to light."""
        applier = self._applier
        match fact:
            case MailboxDelta():
                applier.delta(fact)
            case Relinked():
                applier.relinked(fact)
            case MailboxesListed():
                applier.listed(fact)
            case Swept(account, newest):
                self._db.execute("INSERT OR REPLACE INTO meta VALUES(?, ?)", (f"swept {account}", newest))
            case Refined(messages):
                self._refined(messages)
            case _:
                assert_never(fact)

    def _refined(self, messages: Sequence[tuple[MessageId, str, bool]]) -> None:
        """Rows that say something else now are told of: a list that is on the screen shows how the text begins."""
        other = []
        for ident, snippet, attachment in messages:
            written = self._db.execute(
                "UPDATE message SET snippet = ?1, attachment = ?2 WHERE id = ?3"
                " AND (snippet <> ?1 OR attachment <> ?2)",
                (snippet, attachment, ident),
            )
            if written.rowcount:
                other.append(int(ident))
        rows = self._db.execute(
            "SELECT mailbox, id FROM placement"
            " WHERE mailbox IS NOT NULL AND message IN (SELECT value FROM json_each(?))",
            (json.dumps(other),),
        )
        for mailbox, placement in rows.fetchall():
            self._applier.touched.updated(mailbox, placement, 0, 0)

    def _answered(self, fact: Attempted | Carried | Expunged | Confirmed | Refused | Delayed) -> None:
        """What became of the person's wishes."""
        applier = self._applier
        match fact:
            case Attempted(account, attempt):
                journal.attempted(self._db, account, attempt)
            case Carried():
                applier.placing.carried(fact)
            case Expunged():
                applier.placing.expunged(fact)
            case Confirmed():
                self._confirmed(fact)
            case Refused(_, line, text, _, placements):
                if applier.steps.refused(line, placements, text):
                    hint = "it is as the server has it; the ledger can retry"
                    applier.touched.notices.append(("warning", text, hint))
            case Delayed(_, intents, text):
                journal.answered(self._db, intents, text)
                applier.touched.pending = True
            case _:
                assert_never(fact)

    def _submitted(self, wanted: Deed | Order | Intent) -> None:
        steps = self._applier.steps
        match wanted:
            case Deed():
                steps.do(wanted)
            case Undo():
                steps.undo(wanted)
            case Redo():
                steps.redo(wanted)
            case Retry():
                steps.retry(wanted)
            case Discard():
                steps.discard(wanted)
            case Restore():
                steps.restore(wanted)
            case Unsend() | SendNow() | SendAgain() | Settle():
                self._applier.outbox.order(wanted)
            case _:
                steps.do(Deed("", (wanted,)))

    def _confirmed(self, fact: Confirmed) -> None:
        for kind, fields in journal.on_mailboxes(self._db, fact.intents):
            self._applier.mailboxes.settle(kind, fields, done=True)
        self._refold(journal.confirm(self._db, fact))

    def _refold(self, placements: Sequence[int]) -> None:
        self._applier.touched.pending = True
        for placement in placements:
            self._applier.placing.refold(placement)

    def _look_outside(self, mailboxes: Sequence[int], surely: bool) -> None:
        """Other programs were at the files while we run."""
        recovery = Recovery(self._applier, adopting=True)
        for ident in mailboxes:
            recovery.look(ident, racy_from=0 if surely else NEVER)
        recovery.settle()
        assert recovery.outside is not None
        for text in recovery.outside.notices:
            self._applier.touched.notices.append(("warning", text, "move mail to the Trash to delete it"))
