"""The outbox: written messages from the key that sends them to the copy in Sent.

Held until the undo window is over, due, sending, final, then sent or stuck. What a crash must not repeat is written
down before it happens: `Submitting` before the server hears of the message, `FinalDot` before it could take it over.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Sequence
from typing import Any

from mailtui.mail.headers import resent_id, scan_envelope
from mailtui.model.errors import StoreError
from mailtui.model.folder import Role
from mailtui.model.ids import AccountId, PlacementId
from mailtui.model.intents import SetFlags
from mailtui.model.mail import Flag, Flags
from mailtui.model.outgoing import (
    Fate,
    FinalDot,
    OutboxFact,
    OutboxOrder,
    OutgoingId,
    Recipient,
    Save,
    Send,
    SendAgain,
    SendNow,
    Settle,
    Stage,
    SubmissionEnded,
    Submitting,
    Unsend,
)
from mailtui.store import outbox_files as files
from mailtui.store.deeds import Deeds, Inverse
from mailtui.store.hand import Hand
from mailtui.store.maildir import make_private, new_word, write_private
from mailtui.store.outbox_files import Queued, stage_of
from mailtui.store.saving import head_of, read_written

RECORDS = 7 * 86_400.0
"""Seconds that it is remembered what was sent to whom."""
FIRST_PAUSE, LONGEST_PAUSE = 60.0, 3600.0
"""Seconds until the next try where the worker names none: doubled with every try."""
DRAFT = Flags(int(Flag.DRAFT | Flag.SEEN))
SEEN = Flags(int(Flag.SEEN))
ANSWERED = Flags(int(Flag.ANSWERED))
FORWARDED = Flags(0, ("$Forwarded",))
OUT = (Fate.SENT, Fate.UNSURE)
_BARE = re.compile(rb"\r\n|\r|\n")


class WithdrawnError(StoreError):
    """The message is not to be sent, or not now: it was taken back, or its turn is over. Nothing was written."""


class Outbox:
    """Belongs to the Writer's thread; runs inside its transaction."""

    def __init__(self, hand: Hand, deeds: Deeds) -> None:
        self._hand = hand
        self._db = hand.db
        self._deeds = deeds

    # -- what the person wants

    def queue(self, intent: Send, step: int | None) -> list[Inverse]:
        """The message is in the outbox, its draft is not a draft any more. Raises StoreError: then nothing counts."""
        whom = list(dict.fromkeys(address.strip() for address in intent.recipients if address.strip()))
        if not whom:
            raise StoreError("nobody is named to send it to", "add a recipient")
        data = _BARE.sub(b"\r\n", read_written(intent.path))
        envelope, now, word = scan_envelope(head_of(data)), time.time(), new_word()
        make_private(files.folder(self._hand.root))
        row = Queued(
            id=0,
            word=word,
            account=intent.account,
            stage=(Stage.HELD if intent.not_before > now else Stage.DUE).value,
            size=len(data),
            sender=intent.sender,
            message_id=resent_id(head_of(data)) or envelope.message_id,
            subject=envelope.subject,
            created=now,
            not_before=max(intent.not_before, now),
            notify=int(intent.notify),
            step=step,
            answers=self._word(intent.answers),
            forwards=self._word(intent.forwards),
        )
        path, state = files.message_path(self._hand.root, word), files.state_path(self._hand.root, word)
        self._hand.work.unless_committed += [path, state]
        write_private(path, data)
        waiting = [Recipient(address) for address in whom]
        files.write_state(self._hand.root, row, waiting)
        files.insert(self._db, row, waiting)
        if intent.draft is not None:
            self._deeds.leave(intent.draft, step)
        self._hand.touched.outbox = True
        return [{"do": "unsend", "outgoing": word}]

    def _word(self, placement: PlacementId | None) -> str:
        row = self._db.execute("SELECT word FROM placement WHERE id = ?", (placement,)).fetchone()
        return row[0] if row is not None else ""

    def order(self, order: OutboxOrder) -> None:
        """Raises StoreError."""
        row = files.find(self._db, order.outgoing)
        if row is None:
            raise StoreError("the outbox has no such message", "it was sent or taken back meanwhile")
        match order:
            case Unsend():
                self._take_back(row, None)
                self._db.execute(
                    "UPDATE step SET undone = ?, inverse = '[]' WHERE id = ? AND undone IS NULL",
                    (time.time(), row.step),
                )
            case SendNow():
                self._send_now(row)
            case SendAgain(_, wanted):
                self._send_again(row, wanted)
            case Settle():
                self._settle(row)
        self._hand.touched.outbox = True

    def undo(self, word: str, step: int) -> None:
        """The step that queued it is taken back. Raises StoreError when it is too late."""
        row = files.by_word(self._db, word)
        if row is None:
            raise StoreError("it is not in the outbox any more", "it was sent or taken back meanwhile")
        self._take_back(row, step)
        self._hand.touched.outbox = True

    def _take_back(self, row: Queued, step: int | None) -> None:
        """Back to the drafts."""
        whom = files.recipients(self._db, row.id)
        if row.stage in (Stage.FINAL.value, Stage.SENT.value) or any(one.fate in OUT for one in whom):
            raise StoreError("it is too late to take it back: it went out, or may have", "the outbox says to whom")
        path = files.message_path(self._hand.root, row.word)
        save = Save(AccountId(row.account), Role.DRAFTS, path, DRAFT)
        placement, _ = self._deeds.save(save, read_written(path), step)
        self._hand.touched.unsent.append((OutgoingId(row.id), placement))
        self._forget(row)
        files.delete(self._db, row.id)

    def _send_now(self, row: Queued) -> None:
        if row.stage == Stage.STUCK.value:
            raise StoreError("some of its recipients are undecided", "send it again to them, or settle it")
        if row.stage in (Stage.HELD.value, Stage.DUE.value):
            self._change(row, stage=Stage.DUE.value, not_before=time.time(), next_try=0.0)

    def _send_again(self, row: Queued, wanted: Sequence[str]) -> None:
        whom = files.recipients(self._db, row.id)
        undecided = {one.address for one in whom if one.fate in (Fate.REFUSED, Fate.UNSURE)}
        chosen = undecided & set(wanted) if wanted else undecided
        if row.stage not in (Stage.STUCK.value, Stage.HELD.value, Stage.DUE.value) or not chosen:
            raise StoreError("there is nobody to send it to again", "only to those who were refused or are unsure")
        self._fates(row, {address: Recipient(address) for address in chosen})
        self._change(row, stage=Stage.DUE.value, not_before=time.time(), next_try=0.0, tries=0, answer="")
        self._undoable(row)

    def _settle(self, row: Queued) -> None:
        """As it is, it is well."""
        whom = files.recipients(self._db, row.id)
        some = any(one.fate in OUT for one in whom)
        if row.stage in (Stage.SENDING.value, Stage.FINAL.value, Stage.SENT.value):
            raise StoreError("nothing is to be decided about it now", "wait until this try is over")
        if not some and any(one.fate is Fate.WAITING for one in whom):
            raise StoreError("it has not gone out to anybody yet", "take it back, or send it now")
        if not some:
            self._take_back(row, None)  # nobody has it: the text is not given up with its recipients
            return
        given_up = "not sent: given up"
        fates = {one.address: Recipient(one.address, Fate.SENT, one.answer) for one in whom if one.fate is Fate.UNSURE}
        fates |= {
            one.address: Recipient(one.address, Fate.REFUSED, given_up) for one in whom if one.fate is Fate.WAITING
        }
        self._fates(row, fates)
        self._change(row, stage=Stage.STUCK.value)
        self._went_out(row)
        self._done(row)

    # -- what the server said

    def fact(self, fact: OutboxFact) -> None:
        """Raises WithdrawnError when the worker must not go on."""
        row = files.find(self._db, fact.outgoing)
        match fact:
            case Submitting():
                self._submitting(row)
            case FinalDot(_, _, accepted):
                self._final(row, accepted)
            case SubmissionEnded():
                if row is not None and stage_of(row, time.time()) in (Stage.DUE, Stage.SENDING, Stage.FINAL):
                    self._ended(row, fact)
        self._hand.touched.outbox = True

    def _submitting(self, row: Queued | None) -> None:
        now = time.time()
        if row is None or (row.stage != Stage.SENDING.value and stage_of(row, now) is not Stage.DUE):
            raise WithdrawnError("the message is not to be sent now", "it was taken back or is held")
        self._change(row, stage=Stage.SENDING.value, tries=row.tries + 1)

    def _final(self, row: Queued | None, accepted: Sequence[str]) -> None:
        if row is None or row.stage != Stage.SENDING.value:
            raise WithdrawnError("the message is not to be sent any more", "it was taken back")
        self._db.execute("UPDATE outbox_recipient SET accepted = 0 WHERE outgoing = ?", (row.id,))
        self._db.executemany(
            "UPDATE outbox_recipient SET accepted = 1 WHERE outgoing = ? AND address = ? AND fate = 'waiting'",
            [(row.id, address) for address in accepted],
        )
        self._change(row, stage=Stage.FINAL.value)
        self._undoable(row)

    def _ended(self, row: Queued, fact: SubmissionEnded) -> None:
        """The fate of whom nothing more can be learned about stays: only those who wait are told of."""
        told = {one.address: Recipient(one.address, one.fate, _line(one.answer)) for one in fact.recipients}
        if row.stage == Stage.FINAL.value:  # the dot may have gone out to them: never WAITING again by itself
            for address in self._accepted(row):
                told.setdefault(address, Recipient(address, Fate.UNSURE, _line(fact.answer)))
        self._fates(row, told, only=Fate.WAITING)
        self._db.execute("UPDATE outbox_recipient SET accepted = 0 WHERE outgoing = ?", (row.id,))
        whom = files.recipients(self._db, row.id)
        answer = _line(fact.answer)
        if any(one.fate is Fate.WAITING for one in whom):
            pause = min(FIRST_PAUSE * 2 ** max(0, min(row.tries, 10) - 1), LONGEST_PAUSE)
            at = fact.retry_at if fact.retry_at is not None else time.time() + pause
            self._change(row, stage=Stage.DUE.value, next_try=at, answer=answer)
            self._undoable(row)
            return
        self._change(row, stage=Stage.STUCK.value, answer=answer, next_try=0.0)
        self._undoable(row)
        if any(one.fate is Fate.SENT for one in whom):
            self._went_out(row)
        if all(one.fate is Fate.SENT for one in whom):
            self._done(row)
        else:
            self._hand.touched.notices.append(("warning", _trouble(row, whom), "the outbox: send it again, or settle"))

    def _went_out(self, row: Queued) -> None:
        """Somebody has it: the copy in Sent, once; the original is answered."""
        if not row.flagged:
            for word, flags in ((row.answers, ANSWERED), (row.forwards, FORWARDED)):
                if word:
                    self._deeds.do([SetFlags(self._deeds.numbers([word]), flags)], None)
            self._change(row, flagged=1)
        self._keep_copy(row)

    def _keep_copy(self, row: Queued) -> bool:
        """Whether nothing more is to be done for it."""
        if row.copied or row.account in self._without_copies():
            return True
        path = files.message_path(self._hand.root, row.word)
        try:
            self._deeds.save(Save(AccountId(row.account), Role.SENT, path, SEEN), read_written(path), None)
        except StoreError as error:  # no folder yet, or no room: that it was sent must be written down all the same
            self._hand.touched.notices.append(("warning", f"no copy in Sent yet: {error.text}", "it is tried again"))
            return False
        self._change(row, copied=1)
        return True

    def _done(self, row: Queued) -> None:
        """Nothing of it is left to do: a record stays for a while, the text is in Sent."""
        whom = files.recipients(self._db, row.id)
        sent = sum(one.fate is Fate.SENT for one in whom)
        self._change(row, stage=Stage.SENT.value, next_try=time.time())
        if row.copied or row.account in self._without_copies():
            self._forget(row)
        where = " · in Sent" if row.copied else ""
        self._hand.touched.notices.append(("information", f"Sent to {sent}{where}", ""))

    def without_copies(self, accounts: Sequence[str]) -> None:
        """Their servers keep what was sent by themselves."""
        if tuple(accounts) != self._without_copies():
            self._db.execute("INSERT OR REPLACE INTO meta VALUES('no-sent-copies', ?)", ("\n".join(accounts),))

    def hold(self, row: Queued, why: str) -> None:
        """Until the person says otherwise."""
        self._change(row, stage=Stage.HELD.value, not_before=files.NEVER, answer=why)
        self._hand.touched.outbox = True

    def _without_copies(self) -> tuple[str, ...]:
        row = self._db.execute("SELECT value FROM meta WHERE key = 'no-sent-copies'").fetchone()
        return tuple(str(row[0]).split("\n")) if row is not None and row[0] else ()

    # -- upkeep

    def keep_up(self) -> None:
        """Copies in Sent that could not be made are made, old records are forgotten."""
        rows = self._db.execute(
            f"SELECT {files.COLUMNS} FROM outbox WHERE stage = 'sent'"  # noqa: S608
        ).fetchall()
        for row in (Queued(*columns) for columns in rows):
            if not row.copied and os.path.exists(files.message_path(self._hand.root, row.word)):
                if self._keep_copy(row):
                    self._forget(row)
            elif row.next_try < time.time() - RECORDS:
                self._hand.touched.outbox = True
                files.delete(self._db, row.id)

    def abandoned(self, account: str | None = None) -> None:
        """Whoever was sending ended in the middle: what had not come to the final dot is due again, of the rest nobody
        knows. `account` None: all."""
        rows = self._db.execute(
            f"SELECT {files.COLUMNS} FROM outbox WHERE stage IN ('sending', 'final') "  # noqa: S608
            "AND (?1 IS NULL OR account = ?1)",
            (account,),
        ).fetchall()
        for row in (Queued(*columns) for columns in rows):
            self._hand.touched.outbox = True
            if row.stage == Stage.SENDING.value:
                self._change(row, stage=Stage.DUE.value)
            else:
                self._unsure(row)

    def _unsure(self, row: Queued) -> None:
        text = "it ended while the message was handed over"
        self._ended(row, SubmissionEnded(AccountId(row.account), OutgoingId(row.id), (), text, time.time()))

    def _accepted(self, row: Queued) -> list[str]:
        """Whose RCPT TO the server had accepted, and who has not been told of since."""
        found = self._db.execute(
            "SELECT address FROM outbox_recipient WHERE outgoing = ? AND accepted AND fate = 'waiting'", (row.id,)
        ).fetchall()
        return [address for (address,) in found]

    # -- rows

    def _fates(self, row: Queued, told: dict[str, Recipient], *, only: Fate | None = None) -> None:
        """`only`: of those whose fate is this."""
        self._db.executemany(
            "UPDATE outbox_recipient SET fate = ?, answer = ?, accepted = 0 WHERE outgoing = ? AND address = ? "
            "AND (? IS NULL OR fate = ?)",
            [
                (one.fate.value, one.answer, row.id, address, only and only.value, only and only.value)
                for address, one in told.items()
            ],
        )

    def _change(self, row: Queued, **fields: Any) -> None:
        """In the index and in the state file."""
        for name, value in fields.items():
            setattr(row, name, value)
        setting = ", ".join(f"{name} = ?" for name in fields)
        self._db.execute(f"UPDATE outbox SET {setting} WHERE id = ?", (*fields.values(), row.id))  # noqa: S608
        accepted = self._db.execute(
            "SELECT address FROM outbox_recipient WHERE outgoing = ? AND accepted", (row.id,)
        ).fetchall()
        whom = files.recipients(self._db, row.id)
        files.write_state(self._hand.root, row, whom, (address for (address,) in accepted))

    def _undoable(self, row: Queued) -> None:
        """The step of the history can be undone as long as nobody can have it."""
        whom = files.recipients(self._db, row.id)
        late = row.stage == Stage.FINAL.value or any(one.fate in OUT for one in whom)
        inverse = "[]" if late else f'[{{"do": "unsend", "outgoing": "{row.word}"}}]'
        self._db.execute("UPDATE step SET inverse = ? WHERE id = ? AND undone IS NULL", (inverse, row.step))

    def _forget(self, row: Queued) -> None:
        """Its files go with the commit."""
        root = self._hand.root
        self._hand.work.unlinks += [files.message_path(root, row.word), files.state_path(root, row.word)]


def _line(text: str) -> str:
    return " ".join(text.split())[:500]


def _trouble(row: Queued, whom: Iterable[Recipient]) -> str:
    refused = [one for one in whom if one.fate is Fate.REFUSED]
    unsure = [one for one in whom if one.fate is Fate.UNSURE]
    name = f"“{row.subject}”" if row.subject else "A message"
    parts = [f"{one.address} was refused ({one.answer or row.answer or 'no reason given'})" for one in refused[:2]]
    if len(refused) > 2:
        parts.append(f"{len(refused) - 2} more were refused")
    if unsure:
        some = unsure[0].address if len(unsure) == 1 else f"{len(unsure)} recipients"
        parts.append(f"{some} may have got it: the connection ended while it was handed over")
    return f"{name}: {'; '.join(parts)}"
