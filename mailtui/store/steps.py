"""The history: every deed is a step that knows its inverse, in words that outlive the index."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from typing import Any

from mailtui.model.changes import Done
from mailtui.model.errors import StoreError
from mailtui.model.folder import Role
from mailtui.model.ids import AccountId, MailboxId, PlacementId, Revision, StepId
from mailtui.model.intents import (
    Copy,
    CreateMailbox,
    Deed,
    DeleteMailbox,
    Discard,
    Expunge,
    FolderNamed,
    Intent,
    Move,
    Place,
    Redo,
    RenameMailbox,
    Restore,
    Retry,
    SetFlags,
    Subscribe,
    Undo,
    Upload,
)
from mailtui.model.mail import Flags
from mailtui.model.outgoing import Save, Send
from mailtui.store import journal
from mailtui.store.deeds import Deeds
from mailtui.store.hand import Hand
from mailtui.store.mailboxes import Mailboxes
from mailtui.store.outbox import Outbox
from mailtui.store.placing import Placing

QUEUED = "Queued to send"
KEPT = 1_000
"""Steps that are remembered."""


class Steps:
    """Belongs to the Writer's thread; runs inside its transaction."""

    def __init__(self, hand: Hand, deeds: Deeds, placing: Placing, mailboxes: Mailboxes, outbox: Outbox) -> None:
        self._hand = hand
        self._db = hand.db
        self._deeds = deeds
        self._placing = placing
        self._mailboxes = mailboxes
        self._outbox = outbox

    # -- doing

    def do(self, deed: Deed) -> None:
        """Journals a deed; with a label it becomes a step. Raises StoreError."""
        label = deed.label
        if not label and any(isinstance(intent, Send) for intent in deed.intents):
            label = QUEUED
        if not label:
            self._deeds.do(deed.intents, None)
            return
        self._db.execute(
            "INSERT INTO step(label, created, deed, inverse, author) VALUES(?, ?, ?, '', ?)",
            (label, time.time(), json.dumps([self._words(intent) for intent in deed.intents]), deed.author),
        )
        (step,) = self._db.execute("SELECT last_insert_rowid()").fetchone()
        inverse = self._deeds.do(deed.intents, step)
        if not inverse:
            self._db.execute("DELETE FROM step WHERE id = ?", (step,))
            return
        self._db.execute("UPDATE step SET inverse = ? WHERE id = ?", (json.dumps(inverse), step))
        self._db.execute("DELETE FROM step WHERE id <= ?", (step - KEPT,))
        if not deed.author:
            self._hand.touched.done.append(Done(Revision(0), StepId(step), label))

    def undo(self, order: Undo) -> None:
        if order.step is not None:
            found = self._db.execute(
                "SELECT id, label, inverse FROM step WHERE id = ? AND undone IS NULL", (order.step,)
            ).fetchall()
        else:
            found = self._db.execute(
                "SELECT id, label, inverse FROM step WHERE undone IS NULL AND inverse <> '[]' AND author = '' "
                "ORDER BY id DESC LIMIT ?",
                (order.steps,),
            ).fetchall()
        if not found:
            raise StoreError("there is nothing to undo", "the history lists what was done")
        for step, label, inverse in found:
            left = self._replay(json.loads(inverse), step)
            self._db.execute("UPDATE step SET undone = ? WHERE id = ?", (time.time(), step))
            self._hand.touched.done.append(Done(Revision(0), StepId(step), label, undone=True))
            if left:
                words = "1 message was" if left == 1 else f"{left} messages were"
                self._hand.touched.notices.append(
                    ("warning", f"{words} left alone: moved on, or no copy is left", "the others are back")
                )

    def redo(self, order: Redo) -> None:
        """What was undone after the newest deed; a new deed forgets it."""
        found = self._db.execute(
            "SELECT id, label, deed, inverse FROM step WHERE undone > "
            "(SELECT coalesce(max(created), 0) FROM step WHERE author = '') "
            "AND id = coalesce(?, id) ORDER BY undone DESC LIMIT ?",
            (order.step, order.steps),
        ).fetchall()
        if not found:
            raise StoreError("there is nothing to redo", "redo takes back an undo, until something new is done")
        for step, label, deed, undone in found:
            inverse = self._copied_again(json.loads(deed), json.loads(undone), step)
            if inverse is None:
                intents = [intent for fields in json.loads(deed) for intent in self._intents(fields)[0]]
                inverse = self._deeds.do(intents, step)
            self._db.execute("UPDATE step SET undone = NULL, inverse = ? WHERE id = ?", (json.dumps(inverse), step))
            self._hand.touched.done.append(Done(Revision(0), StepId(step), label))

    def _copied_again(
        self, deed: list[dict[str, Any]], undone: list[dict[str, Any]], step: int
    ) -> list[dict[str, Any]] | None:
        """On a local account copies that were taken back are the very same again: later steps name them. None: this is
        no such step, or they are not here any more."""
        if [fields["do"] for fields in (*deed, *undone)] != ["copy", "expunge"]:
            return None
        words = undone[0]["words"]
        rows = self._deeds.rows(self._deeds.numbers(words))
        if not rows or not all(row.account in self._hand.local and self._placing.has_copy(row.id) for row in rows):
            return None
        self._deeds.do([Move(tuple(PlacementId(row.id) for row in rows), self._number(deed[0]["to"]))], step)
        return [{"do": "expunge", "words": words}]

    def _replay(self, inverse: Sequence[dict[str, Any]], step: int) -> int:
        """How many messages could not be taken back."""
        left = 0
        for fields in inverse:
            if fields["do"] == "unsend":
                self._outbox.undo(fields["outgoing"], step)
                continue
            if fields["do"] == "delete" and self._in_use(*fields["mailbox"]):
                continue  # the step made this folder, and others have put mail into it since
            intents, missing = self._intents(fields)
            self._deeds.do(intents, step)
            left += missing
        return left

    def _in_use(self, account: str, name: str) -> bool:
        mailbox = self._mailboxes.find(account, name)
        row = self._db.execute("SELECT 1 FROM placement WHERE mailbox = ? LIMIT 1", (mailbox,)).fetchone()
        return row is not None

    # -- words

    def _words(self, intent: Intent) -> dict[str, Any]:
        match intent:
            case SetFlags(placements, add, remove):
                flags = {"add": [add.bits, add.keywords], "remove": [remove.bits, remove.keywords]}
                return {"do": "flags", "words": self._named(placements), **flags}
            case Move(placements, to):
                return {"do": "move", "words": self._named(placements), "to": self._place(to)}
            case Copy(placements, to):
                return {"do": "copy", "words": self._named(placements), "to": self._place(to)}
            case Expunge(placements):
                return {"do": "expunge", "words": self._named(placements)}
            case Upload(placements):
                return {"do": "upload", "words": self._named(placements)}
            case CreateMailbox(account, name):
                return {"do": "create", "mailbox": [account, name]}
            case RenameMailbox(mailbox, name):
                return {"do": "rename", "mailbox": self._place(mailbox), "name": name}
            case DeleteMailbox(mailbox):
                return {"do": "delete", "mailbox": self._place(mailbox)}
            case Subscribe(mailbox, on):
                return {"do": "subscribe", "mailbox": self._place(mailbox), "on": on}
            case Save(account, to, path, flags):
                marks = [flags.bits, flags.keywords]
                return {"do": "save", "account": account, "to": self._place(to), "path": path, "flags": marks}
            case Send():
                return {"do": "send"}

    def _named(self, placements: Sequence[PlacementId]) -> list[str]:
        return [
            word
            for (word,) in self._db.execute(
                "SELECT word FROM placement WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(placements),)
            )
        ]

    def _place(self, to: Place) -> list[str] | str:
        if isinstance(to, FolderNamed):
            return f"={to.name}"
        return to.value if isinstance(to, Role) else self._deeds.named(to)

    def _intents(self, fields: dict[str, Any]) -> tuple[list[Intent], int]:
        """The intents that these words stand for now, and how many messages they no longer fit."""
        placements = self._deeds.numbers(fields.get("words", ()))
        missing = len(fields.get("words", ())) - len(placements)
        match fields["do"]:
            case "flags":
                add, remove = fields["add"], fields["remove"]
                flags = Flags(add[0], tuple(add[1])), Flags(remove[0], tuple(remove[1]))
                return [SetFlags(placements, *flags)], missing
            case "move" | "copy":
                fitting = self._still(placements, fields)
                to = self._number(fields["to"])
                kind = Move if fields["do"] == "move" else Copy
                return ([kind(fitting, to)] if fitting else []), missing + len(placements) - len(fitting)
            case "expunge":
                return [Expunge(placements)], missing
            case "save":
                return [self._saved(fields)], 0
            case "send":
                raise StoreError("sending is not done again by itself", "open the draft and send it")
            case "upload":
                return [Upload(placements)], missing
            case "create":
                account, name = fields["mailbox"]
                if self._mailboxes.find(account, name) is not None:
                    return [], 0
                return [CreateMailbox(AccountId(account), name)], 0
            case _:
                return self._on_mailbox(fields), 0

    def _saved(self, fields: dict[str, Any]) -> Save:
        if not os.path.exists(fields["path"]):
            raise StoreError("what was saved then is not on this computer any more", "write it anew")
        flags = Flags(fields["flags"][0], tuple(fields["flags"][1]))
        to = self._number(fields["to"])
        assert not isinstance(to, FolderNamed)
        return Save(AccountId(fields["account"]), to, fields["path"], flags)

    def _on_mailbox(self, fields: dict[str, Any]) -> list[Intent]:
        account, name = fields["mailbox"]
        mailbox = self._mailboxes.find(account, name)
        if mailbox is None:
            raise StoreError(f"there is no folder {name!r} any more", "the history can't take this step back")
        match fields["do"]:
            case "rename":
                return [RenameMailbox(MailboxId(mailbox), fields["name"])]
            case "delete":
                return [DeleteMailbox(MailboxId(mailbox))]
            case _:
                return [Subscribe(MailboxId(mailbox), fields["on"])]

    def _still(self, placements: tuple[PlacementId, ...], fields: dict[str, Any]) -> tuple[PlacementId, ...]:
        """Those that lie where the step had put them: what was moved on since stays there."""
        if "from" not in fields:
            return placements
        source = self._number(fields["from"]) if fields["from"] is not None else None
        if isinstance(source, Role | FolderNamed):
            return placements
        return tuple(
            PlacementId(row.id)
            for row in self._deeds.rows(placements)
            if row.mailbox == source and (source is not None or row.gone is None or self._placing.has_copy(row.id))
        )

    def _number(self, place: list[str] | str) -> Place:
        if isinstance(place, str):
            return FolderNamed(place[1:]) if place.startswith("=") else Role(place)
        mailbox = self._mailboxes.find(*place)
        if mailbox is None:
            raise StoreError(f"there is no folder {place[1]!r} any more", "make it again, then undo")
        return MailboxId(mailbox)

    # -- the ledger

    def refused(self, line: int, placements: Sequence[int], text: str) -> bool:
        """The line, or the part of it that names these placements, leaves the pending ones and is kept as failed.
        Whether it was still wanted."""
        row = self._db.execute(
            "SELECT account, kind, payload, created, step FROM journal WHERE id = ? AND NOT failed", (line,)
        ).fetchone()
        if row is None:
            return False
        account, kind, payload, created, step = row
        pending = [p for (p,) in self._db.execute("SELECT placement FROM pending WHERE intent = ?", (line,)).fetchall()]
        hit = [p for p in pending if p in set(placements)] if placements else pending
        fields = {**json.loads(payload), "words": self._named([PlacementId(p) for p in hit])}
        if kind in journal.ON_MAILBOXES:
            self._mailboxes.settle(kind, json.loads(payload), done=False)
        elif not hit:
            return False
        self._db.execute(
            "INSERT INTO journal(account, kind, payload, created, step, messages, failed, answer) "
            "VALUES(?,?,?,?,?,?,1,?)",
            (account, kind, json.dumps(fields), created, step, len(hit), text),
        )
        if len(hit) == len(pending):
            journal.strike(self._db, (line,))
        else:
            self._db.executemany("DELETE FROM pending WHERE placement = ? AND intent = ?", [(p, line) for p in hit])
            self._db.execute("UPDATE journal SET messages = messages - ? WHERE id = ?", (len(hit), line))
        for placement in hit:
            self._placing.refold(placement)
        self._hand.touched.pending = True
        return True

    def retry(self, order: Retry) -> None:
        row = self._line(order.line)
        if not row[4]:
            self._db.execute("UPDATE journal SET answer = '' WHERE id = ?", (order.line,))
            self._hand.touched.pending = True
            return
        account, kind, payload = row[:3]
        fields = json.loads(payload)
        placements = self._deeds.numbers(fields.get("words", ()))
        journal.strike(self._db, (order.line,))
        self._deeds.do([journal.unpack(kind, fields, account, placements)], row[3])

    def discard(self, order: Discard) -> None:
        _, kind, payload, _, failed = self._line(order.line)
        if not failed and kind in journal.ON_MAILBOXES:
            self._mailboxes.settle(kind, json.loads(payload), done=False)
        for placement in journal.strike(self._db, (order.line,)):
            self._placing.refold(placement)
        self._hand.touched.pending = True

    def _line(self, line: int) -> tuple[Any, ...]:
        row = self._db.execute(
            "SELECT account, kind, payload, step, failed FROM journal WHERE id = ?", (line,)
        ).fetchone()
        if row is None:
            raise StoreError(f"the ledger has no operation {line}", "it was done meanwhile, or discarded")
        return row  # type: ignore[no-any-return]

    # -- safety copies

    def restore(self, order: Restore) -> None:
        """Back to where they were, as far as that mailbox is there, else to the Inbox."""
        rows = self._deeds.rows(self._deeds.numbers(order.words))
        known = {row.word for row in rows if row.gone is not None}
        missing = [word for word in order.words if word not in known]
        if missing:
            raise StoreError(f"there is no safety copy {missing[0]!r}", "`mailtui recover` lists them")
        for row in rows:
            there = self._db.execute(
                "SELECT 1 FROM mailbox WHERE id = ? AND gone = 0 AND NOT deleted", (row.base_mailbox,)
            ).fetchone()
            to: MailboxId | Role = MailboxId(row.base_mailbox) if there else Role.INBOX
            if not self._placing.has_copy(row.id):
                raise StoreError(f"the file of the safety copy {row.word!r} is gone", "it can't be restored")
            self._deeds.do([Move((PlacementId(row.id),), to)], None)
