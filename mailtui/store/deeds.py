"""What the person did becomes journal lines, visible at once, and a step of the history that knows its inverse.

A new line is applied on top of what is seen, in bulk: the fold is a sequence, and this is its latest member.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from mailtui.model.errors import StoreError
from mailtui.model.ids import AccountId, MailboxId, PlacementId
from mailtui.model.intents import (
    Copy,
    CreateMailbox,
    DeleteMailbox,
    Expunge,
    Intent,
    Move,
    Place,
    RenameMailbox,
    SetFlags,
    Subscribe,
    Upload,
)
from mailtui.model.mail import NO_FLAGS, Flag, Flags
from mailtui.model.outgoing import Save, Send
from mailtui.store import journal
from mailtui.store.codec import pack_keywords, unpack_flags
from mailtui.store.hand import Hand
from mailtui.store.local import Local
from mailtui.store.mailboxes import Mailboxes
from mailtui.store.maildir import file_name, letters_of, make_maildir, new_word
from mailtui.store.placing import Placing
from mailtui.store.saving import DROPPED, Saving, read_written

DELETED = Flags(int(Flag.DELETED))
Inverse = dict[str, Any]
"""One intent that takes back another, in words: message words, [account, mailbox name], flag names."""


@dataclass(slots=True)
class _Seen:
    """A row as the person sees it."""

    id: int
    word: str
    account: str
    mailbox: int | None
    base_mailbox: int
    uid: int | None
    bits: int
    keywords: str
    gone: int | None
    leftover: int

    @property
    def flags(self) -> Flags:
        return unpack_flags(self.bits, self.keywords)


class Deeds:
    """Belongs to the Writer's thread; runs inside its transaction."""

    def __init__(
        self,
        hand: Hand,
        placing: Placing,
        mailboxes: Mailboxes,
        saving: Saving,
        local: Local,
        queue: Callable[[Send, int | None], list[Inverse]],
    ) -> None:
        self._hand = hand
        self._db = hand.db
        self._placing = placing
        self._mailboxes = mailboxes
        self._saving = saving
        self._local = local
        self._queue = queue

    def do(self, intents: Iterable[Intent], step: int | None) -> list[Inverse]:
        """Journals and shows. What takes it back, in the order to be done. Raises StoreError: then nothing counts."""
        inverse: list[Inverse] = []
        for intent in intents:
            inverse = [*self._one(intent, step), *inverse]
            self._local.settle()
        self._hand.touched.pending = True
        return inverse

    def _one(self, intent: Intent, step: int | None) -> list[Inverse]:
        match intent:
            case SetFlags(placements, add, remove):
                return self._flags(self.rows(placements), add, remove, step)
            case Move(placements, to):
                return self._move(self.rows(placements), to, step)
            case Copy(placements, to):
                return self._copy(self.rows(placements), to, step)
            case Expunge(placements):
                return self._expunge(self.rows(placements), step)
            case Upload(placements, _, lost):
                for account, rows in _by_account(self.rows(placements)).items():
                    journal.write(self._db, account, Upload(_ids(rows), lost=lost), step=step)
                    self._refold(rows)
                return []
            case CreateMailbox() | RenameMailbox() | DeleteMailbox() | Subscribe():
                return self._mailboxes.do(intent, step)
            case Save():
                return self.save(intent, read_written(intent.path), step)[1]
            case Send():
                return self._queue(intent, step)
            case _:
                assert_never(intent)

    def rows(self, placements: Sequence[PlacementId]) -> list[_Seen]:
        """In the order asked for; unknown ones are left out."""
        found = {
            row[0]: _Seen(*row)
            for row in self._db.execute(
                "SELECT p.id, p.word, b.account, p.mailbox, p.base_mailbox, p.uid, p.flags, p.keywords, p.gone, "
                "p.leftover FROM placement p JOIN mailbox b ON b.id = p.base_mailbox "
                "WHERE p.id IN (SELECT value FROM json_each(?))",
                (json.dumps(list(placements)),),
            )
        }
        return [found[placement] for placement in dict.fromkeys(placements) if placement in found]

    def _refold(self, rows: Iterable[_Seen]) -> None:
        for row in rows:
            self._placing.refold(row.id)

    # -- flags

    def _flags(self, rows: list[_Seen], add: Flags, remove: Flags, step: int | None) -> list[Inverse]:
        undo: dict[tuple[Flags, Flags], list[str]] = {}
        changed: list[_Seen] = []
        shown: list[tuple[int, int, int, str, Flags]] = []
        for row in rows:
            before = row.flags
            after = before.union(add).without(remove)
            if row.mailbox is None or after == before:
                continue
            changed.append(row)
            shown.append((row.id, row.mailbox, row.bits, row.word, after))
            undo.setdefault((after.without(before), before.without(after)), []).append(row.word)
        for account, mine in _by_account(changed).items():
            journal.write(self._db, account, SetFlags(_ids(mine), add, remove), step=step)
        self._show_flags(shown)
        return [
            {"do": "flags", "words": words, "add": _named(lost), "remove": _named(gained)}
            for (gained, lost), words in undo.items()
        ]

    def _show_flags(self, rows: Sequence[tuple[int, int, int, str, Flags]]) -> None:
        """The newest pending line gives these rows (id, mailbox, bits before, word) these flags: nothing is folded."""
        self._db.executemany(
            "UPDATE placement SET flags = ?, keywords = ?, pending = pending + 1 WHERE id = ?",
            ((flags.bits, pack_keywords(flags), ident) for ident, _, _, _, flags in rows),
        )
        files = {
            ident: rest
            for ident, *rest in self._db.execute(
                "SELECT id, base_mailbox, uid, internaldate, file FROM placement "
                "WHERE id IN (SELECT value FROM json_each(?)) AND body AND gone IS NULL",
                (json.dumps([row[0] for row in rows]),),
            ).fetchall()
        }
        for ident, mailbox, bits, word, flags in rows:
            self._hand.touched.updated(mailbox, ident, bits, flags.bits)
            if ident in files:
                base, uid, internaldate, file = files[ident]
                folder = self._hand.folders.get(base)
                self._hand.folders.learn_keywords(folder, flags)
                self._placing.rename(folder, ident, word, uid, internaldate, flags, file)

    # -- places

    def _move(self, rows: list[_Seen], to: Place, step: int | None) -> list[Inverse]:
        inverse: list[Inverse] = []
        for account, mine in _by_account(rows).items():
            target = self._target(account, to, step, inverse)
            back: defaultdict[int, list[str]] = defaultdict(list)
            moving: list[_Seen] = []
            uploads: list[_Seen] = []
            for row in mine:
                if row.mailbox == target:
                    continue
                if row.gone is not None:
                    if self._placing.revive(row.id, target):
                        uploads.append(row)
                        if row.base_mailbox != target:
                            # Back to where it was, never off the server: it may be all that there is of it.
                            back[row.base_mailbox].append(row.word)
                    continue
                if row.leftover:
                    self._db.execute("UPDATE placement SET leftover = 0 WHERE id = ?", (row.id,))
                elif row.mailbox is not None:
                    back[row.mailbox].append(row.word)
                moving.append(row)
            if account in self._hand.local:
                uploads = []  # they are back, and that is all
            for row in uploads:
                # It may have turned up elsewhere since it vanished: it goes up when a look at the account has told.
                journal.write(self._db, account, Upload(_ids([row]), lost=True), step=step, created=row.gone)
            moving.extend(uploads)
            if moving:
                (newest,) = self._db.execute("SELECT max(id) FROM placement").fetchone()
                move = Move(_ids(moving), MailboxId(target))
                journal.write(self._db, account, move, step=step, extra={"since": newest})
                self._unmark([row for row in moving if row.mailbox is None and row.gone is None], account, step)
                self._show(moving, target)
            inverse[:0] = [
                {"do": "move", "words": words, "to": self.named(source), "from": self.named(target)}
                for source, words in back.items()
            ]
        return inverse

    def _unmark(self, rows: list[_Seen], account: str, step: int | None) -> None:
        """What was to be expunged and now is not may be marked on the server: any client's EXPUNGE would take it."""
        if rows:
            journal.write(self._db, account, SetFlags(_ids(rows), remove=DELETED), step=step)
            self._db.executemany("UPDATE placement SET pending = pending + 1 WHERE id = ?", [(row.id,) for row in rows])

    def _show(self, rows: list[_Seen], mailbox: int | None) -> None:
        """These rows are seen in `mailbox` now, all at once."""
        for row in rows:
            if row.mailbox is None:
                self._placing.refold(row.id)
        rows = [row for row in rows if row.mailbox is not None]
        self._db.execute(
            "UPDATE placement SET mailbox = ?, pending = pending + 1 WHERE id IN (SELECT value FROM json_each(?))",
            (mailbox, json.dumps(_ids(rows))),
        )
        touched = self._hand.touched
        for row in rows:
            assert row.mailbox is not None
            touched.removed(row.mailbox, row.id, row.bits)
            if mailbox is not None:
                touched.added(mailbox, row.id, row.bits)

    def _expunge(self, rows: list[_Seen], step: int | None) -> list[Inverse]:
        back: defaultdict[int, list[str]] = defaultdict(list)
        on_server: list[_Seen] = []
        for row in rows:
            if row.mailbox is None:
                continue
            back[row.mailbox].append(row.word)
            if row.uid is None and journal.goes_up(self._db, row.id):
                self._placing.gone(row.id)
            else:
                on_server.append(row)
        for account, mine in _by_account(on_server).items():
            journal.write(self._db, account, Expunge(_ids(mine)), step=step)
            self._show(mine, None)
        return [
            {"do": "move", "words": words, "to": self.named(mailbox), "from": None} for mailbox, words in back.items()
        ]

    def _copy(self, rows: list[_Seen], to: Place, step: int | None) -> list[Inverse]:
        inverse: list[Inverse] = []
        for account, mine in _by_account(rows).items():
            target = self._target(account, to, step, inverse)
            pairs = [(self._double(row.id, target), row.id) for row in mine if row.mailbox is not None]
            if not pairs:
                continue
            copies = tuple(PlacementId(copy) for copy, _ in pairs)
            journal.write(
                self._db, account, Upload(copies, tuple(PlacementId(source) for _, source in pairs)), step=step
            )
            for copy in copies:
                self._placing.refold(copy)
            words = [
                word
                for (word,) in self._db.execute(
                    "SELECT word FROM placement WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(copies),)
                )
            ]
            inverse.insert(0, {"do": "expunge", "words": words})
        return inverse

    def _double(self, placement: int, mailbox: int) -> int:
        """A row of its own for the copy, with a file of its own (a hard link: mail is never changed in place)."""
        original = self._placing.row(placement)
        assert original is not None
        word, name = new_word(), ""
        folder = self._hand.folders.get(mailbox)
        flags = unpack_flags(original.bits, original.keywords)
        if original.body and original.file:
            make_maildir(folder.path)
            self._hand.folders.learn_keywords(folder, flags)
            name = file_name(original.internaldate, word, None, 0, letters_of(flags, folder.keywords))
            old = os.path.join(self._hand.folders.get(original.base_mailbox).path, "cur", original.file)
            self._hand.work.link(old, folder.path, name)
        return self._saving.row(mailbox, word, original.message, flags, original.date, original.internaldate, name)

    # -- what was written here

    def save(self, intent: Save, data: bytes, step: int | None) -> tuple[PlacementId, list[Inverse]]:
        """The new row, in sight at once and on its way to the server, and what takes it back."""
        inverse: list[Inverse] = []
        target = self._target(intent.account, intent.to, step, inverse)
        saved = self._saving.put(target, data, intent.flags)
        placement = PlacementId(saved.placement)
        if saved.new:
            journal.write(self._db, intent.account, Upload((placement,)), step=step)
            self._placing.refold(placement)
            inverse.insert(0, {"do": "expunge", "words": [saved.word]})
        if intent.replaces is not None and intent.replaces != placement:
            inverse[:0] = self._replace(intent.replaces, placement, step)
        self._local.settle()
        return placement, inverse

    def _replace(self, old: PlacementId, new: PlacementId, step: int | None) -> list[Inverse]:
        """The old one is out of sight now, and off the server as soon as the new one is there."""
        back: list[Inverse] = []
        for row in self.rows([old]):
            if row.mailbox is None:
                continue
            back.append({"do": "move", "words": [row.word], "to": self.named(row.mailbox), "from": None})
            if row.uid is None and (row.account in self._hand.local or journal.goes_up(self._db, row.id)):
                self.drop(row.id, new, wanted_back=step is not None)
            else:
                journal.write(self._db, row.account, Expunge((old,), (new,)), step=step)
                self._show([row], None)
        return back

    def leave(self, draft: PlacementId, step: int | None) -> None:
        """It is no draft any more: its text is in the outbox, from where it comes back, if need be."""
        for row in self.rows([draft]):
            if row.mailbox is None:
                continue
            if row.uid is None and (row.account in self._hand.local or journal.goes_up(self._db, row.id)):
                self.drop(row.id, None, wanted_back=False)
            else:
                journal.write(self._db, row.account, Expunge((draft,)), step=step)
                self._show([row], None)
        self._local.settle()

    def drop(self, placement: int, successor: int | None, *, wanted_back: bool) -> None:
        """A row that no server ever had. What waited for it to be there waits for its successor."""
        self._placing.gone(placement)
        self._db.execute(
            "UPDATE pending SET source = ? WHERE source = ? AND intent IN (SELECT id FROM journal WHERE kind = ?)",
            (successor, placement, "expunge"),
        )
        if not wanted_back:
            self._db.execute("UPDATE placement SET gone = ? WHERE id = ?", (DROPPED, placement))

    def _target(self, account: str, to: Place, step: int | None, inverse: list[Inverse]) -> int:
        if not isinstance(to, int):
            mailbox, made = self._mailboxes.meant(account, to, step)
            inverse.extend(made)
            return mailbox
        owner = self._db.execute("SELECT account, deleted FROM mailbox WHERE id = ?", (to,)).fetchone()
        if owner is None or owner[1]:
            raise StoreError("that folder is not there any more", "choose another one")
        if owner[0] != account:
            raise StoreError(
                f"mail of account {account!r} can't be put into a folder of {owner[0]!r}",
                "choose a folder of the account that the message belongs to",
            )
        return to

    # -- names

    def named(self, mailbox: int) -> list[str]:
        """[account, name]: outlives the index."""
        row = self._db.execute("SELECT account, name FROM mailbox WHERE id = ?", (mailbox,)).fetchone()
        if row is None:
            raise StoreError("that folder is not there any more", "choose another one")
        return list(row)

    def numbers(self, words: Iterable[str]) -> tuple[PlacementId, ...]:
        """Rows by their public ids, those that are gone too."""
        found = dict(
            self._db.execute(
                "SELECT word, id FROM placement WHERE word IN (SELECT value FROM json_each(?))",
                (json.dumps(list(words)),),
            )
        )
        return tuple(PlacementId(found[word]) for word in words if word in found)


def _ids(rows: Iterable[_Seen]) -> tuple[PlacementId, ...]:
    return tuple(PlacementId(row.id) for row in rows)


def _by_account(rows: Iterable[_Seen]) -> dict[AccountId, list[_Seen]]:
    found: dict[AccountId, list[_Seen]] = {}
    for row in rows:
        found.setdefault(AccountId(row.account), []).append(row)
    return found


def _named(flags: Flags) -> list[Any]:
    return [flags.bits, list(flags.keywords)] if flags != NO_FLAGS else [0, []]
