"""Facts and Intents become rows. All of it runs inside one transaction of the Writer; file work is only gathered."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Sequence

from mailtui.mail.headers import scan_envelope
from mailtui.model.errors import StoreError
from mailtui.model.facts import Delivery, FlagsAt, HeaderOnly, MailboxDelta, MailboxesListed, Relinked
from mailtui.model.folder import Checkpoint, Role
from mailtui.model.ids import MailboxId
from mailtui.model.mail import Envelope, Flag, Flags
from mailtui.store import people
from mailtui.store.carry import Orphans
from mailtui.store.codec import pack_keywords, unpack_flags
from mailtui.store.deeds import Deeds
from mailtui.store.files import FileWork
from mailtui.store.folders import Folder, Folders
from mailtui.store.hand import Hand
from mailtui.store.landing import CONTENT, PLACED, Landing, columns_of, marks, placed
from mailtui.store.local import Local
from mailtui.store.mailboxes import Mailboxes
from mailtui.store.maildir import file_name, letters_of, new_word
from mailtui.store.messages import sort_date
from mailtui.store.outbox import Outbox
from mailtui.store.placing import Placing
from mailtui.store.requests import Filed
from mailtui.store.saving import Saving
from mailtui.store.steps import Steps
from mailtui.store.threads import Keys, thread_of
from mailtui.store.touched import Touched

MARKED = 2
"""`leftover` of a row that the server has marked deleted for us."""
_FIND = (
    "SELECT id, word, message, mailbox, flags, keywords, base_flags, base_keywords, modseq, internaldate, body, file, "
    "pending, leftover FROM placement WHERE base_mailbox = ? AND uid = ?"
)
_INSERT_PLACED = f"INSERT INTO placement({PLACED}) VALUES({marks(14)})"
_REVIVE_PLACED = f"UPDATE placement SET ({PLACED}) = ({marks(14)}), gone = NULL WHERE id = ?"  # noqa: S608
_COMPLETE_CONTENT = f"UPDATE message SET ({CONTENT}) = ({marks(11)}) WHERE id = ?"  # noqa: S608
_INSERT_CONTENT = f"INSERT INTO message(id, thread, {CONTENT}) VALUES({marks(13)})"


class StaleDelta(StoreError):
    """The mailbox has another UIDVALIDITY by now; nothing of the delta was applied."""


class Applier:
    """The Writer's hand on the index."""

    def __init__(self, db: sqlite3.Connection, root: str) -> None:
        self.hand = Hand(db, root, Folders(db, root))
        self.db = db
        self.root = root
        self.folders = self.hand.folders
        self.placing = Placing(self.hand)
        self.mailboxes = Mailboxes(self.hand, self.placing)
        self.local = Local(self.hand, self.placing, self.mailboxes)
        saving = Saving(self.hand, self.content, self.fill_again)
        self.deeds = Deeds(
            self.hand,
            self.placing,
            self.mailboxes,
            saving,
            self.local,
            lambda send, step: self.outbox.queue(send, step),
        )
        self.outbox = Outbox(self.hand, self.deeds)
        self.steps = Steps(self.hand, self.deeds, self.placing, self.mailboxes, self.outbox)
        self.orphans = Orphans(db, self.placing)
        self.landing = Landing(db)
        self._seq = self._message_id = self._known_before = 0
        self._count_on()

    def _count_on(self) -> None:
        self._seq = self.db.execute(
            "SELECT coalesce(max(content_seq), 0) FROM message WHERE content_seq IS NOT NULL"
        ).fetchone()[0]
        # Numbers are never used twice, also not those of deleted rows: threads are called by them.
        self._message_id = self.db.execute(
            "SELECT max((SELECT coalesce(max(id), 0) FROM message), (SELECT coalesce(max(thread), 0) FROM ref), "
            "coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'message'), 0))"
        ).fetchone()[0]

    @property
    def touched(self) -> Touched:
        return self.hand.touched

    @property
    def work(self) -> FileWork:
        return self.hand.work

    def begin(self) -> None:
        self._known_before = self._message_id
        self.hand.begin()
        self.folders.begin()
        self.landing.clear()

    def failed(self) -> None:
        self.folders.put_back()
        self.folders.forget()
        self.orphans.count_on()
        self.local.read()
        self._count_on()

    def of_role(self, account: str, role: Role) -> MailboxId:
        """The account's mailbox for this, made if there is none. Inside a transaction. Raises StoreError: no Inbox."""
        mailbox, _ = self.mailboxes.of_role(account, role, None)
        self.local.settle()
        return MailboxId(mailbox)

    # -- a delta

    def delta(self, fact: MailboxDelta) -> None:
        folder = self.folders.get(fact.mailbox)
        known = self.hand.validity(fact.mailbox)
        if known is not None and known != fact.uidvalidity:
            raise StaleDelta(f"the server renumbered {folder.state.name!r} meanwhile", "it is read anew")
        if known is None:
            first = fact.checkpoint or Checkpoint(fact.uidvalidity, 1, 0, 1)
            self.db.execute("UPDATE mailbox SET uidvalidity = ? WHERE id = ?", (fact.uidvalidity, fact.mailbox))
            self.folders.checkpoint(folder, first)
        self._deliveries(folder, fact)
        for header in fact.headers:
            self._header(folder, header)
        for at in fact.flags:
            self._flags_at(folder, at)
        for low, high in fact.vanished:
            self.placing.vanished(folder, low, high)
        if fact.checkpoint is not None:
            self._checkpoint(folder, fact.checkpoint)
        if fact.remote_total is not None:
            cursor = self.db.execute(
                "UPDATE mailbox SET remote_total = ? WHERE id = ? AND remote_total IS NOT ?",
                (fact.remote_total, fact.mailbox, fact.remote_total),
            )
            self.touched.listed |= cursor.rowcount > 0

    def _deliveries(self, folder: Folder, fact: MailboxDelta) -> None:
        """New mail at once; then what has a row already, one by one."""
        here = self._uids_here(folder, [delivery.uid for delivery in fact.deliveries])
        new: list[Delivery] = []
        known: list[Delivery] = []
        for delivery in fact.deliveries:
            if delivery.uid in here or fact.only_known:
                known.append(delivery)
            else:
                here.add(delivery.uid)
                new.append(delivery)
        self._land(folder, fact.uidvalidity, new)
        for delivery in known:
            self._delivered(folder, fact.uidvalidity, delivery, only_known=fact.only_known)

    def _land(self, folder: Folder, validity: int, deliveries: Sequence[Delivery]) -> None:
        if not deliveries:
            return
        envelopes = [scan_envelope(delivery.head) for delivery in deliveries]
        keys = self.landing.begin([delivery.digest for delivery in deliveries], envelopes)
        for one in zip(deliveries, envelopes, keys, strict=True):
            self._new(folder, validity, *one)
        self.landing.flush()

    def landed(self, folder: Folder, delivery: Delivery, envelope: Envelope, keys: Keys) -> int:
        """The message with these bytes. Runs between `begin` and `flush` of the landing."""
        message = self.landing.known(delivery.digest)
        if message is None:
            message = self._message_id = self._message_id + 1
            self._seq += 1
            columns = (*columns_of(envelope), delivery.size, envelope.attachment, self._seq)
            self.landing.message(message, delivery.digest, envelope, keys, columns, folder.state.role)
        return message

    def _uids_here(self, folder: Folder, uids: Sequence[int]) -> set[int]:
        """Which of these have a row already: one query for the whole delta."""
        rows = self.db.execute(
            "SELECT uid FROM placement WHERE base_mailbox = ? AND uid IN (SELECT value FROM json_each(?))",
            (folder.id, json.dumps(uids)),
        )
        return {uid for (uid,) in rows}

    def _checkpoint(self, folder: Folder, checkpoint: Checkpoint) -> None:
        self.folders.checkpoint(folder, checkpoint)
        self.db.execute(
            "UPDATE mailbox SET uidvalidity = ?1, uidnext = ?2, highestmodseq = ?3, floor = ?4 WHERE id = ?5 AND "
            "(uidvalidity, uidnext, highestmodseq, floor) IS NOT (?1, ?2, ?3, ?4)",
            (checkpoint.uidvalidity, checkpoint.uidnext, checkpoint.highestmodseq, checkpoint.floor, folder.id),
        )

    def _delivered(self, folder: Folder, validity: int, delivery: Delivery, *, only_known: bool) -> None:
        row = self.db.execute(_FIND, (folder.id, delivery.uid)).fetchone()
        if (row is None and only_known) or (row is not None and row[10]):
            self.work.unlinks.append(delivery.spool)
        if row is None:
            if not only_known:
                self._land(folder, validity, [delivery])
            return
        if not row[10]:
            self._complete(folder, validity, delivery, row)
        if not only_known:
            self._set_base(folder, row, delivery.flags, delivery.modseq)

    def _new(self, folder: Folder, validity: int, delivery: Delivery, envelope: Envelope, keys: Keys) -> None:
        """Mail that has no row. Runs between `begin` and `flush` of the landing."""
        message = self.landed(folder, delivery, envelope, keys)
        revived = self._hidden_copy(folder.account, message)
        word = revived[1] if revived else new_word()
        self.folders.learn_keywords(folder, delivery.flags)
        name = file_name(
            delivery.internaldate, word, delivery.uid, validity, letters_of(delivery.flags, folder.keywords)
        )
        self.work.deliver(delivery.spool, folder.path, name)
        date = sort_date(envelope, delivery.internaldate)
        if revived is None and not self.orphans.any:
            ident = self.landing.placement(placed(folder, message, word, delivery, date, name))
            self.touched.added(folder.id, ident, delivery.flags.bits)
        else:
            self.landing.flush()
            ident = self.place(folder, message, word, delivery, date, name, revived[0] if revived else None)
        if revived:
            if revived[2]:
                self.work.unlinks.append(os.path.join(self.hand.gone_folder(folder.account), "cur", revived[2]))
            self.fill_again(message)
            self.placing.refold(ident)
        self._meet(folder, message, delivery, ident)
        if revived or self.orphans.any:
            self.landing.flush()

    def filed(self, fact: Filed) -> None:
        """Raises StoreError: there is no such local mailbox."""
        folder = self.folders.get(fact.mailbox)
        if folder.account not in self.hand.local:
            raise StoreError(
                f"account {folder.account!r} keeps its mail on a server",
                "file mail into a local account, then let another program upload it",
            )
        self._land(folder, 0, fact.deliveries)
        (newest,) = self.db.execute("SELECT coalesce(max(id), 0) FROM placement").fetchone()
        self.db.execute("INSERT OR REPLACE INTO meta VALUES(?, ?)", (f"imported {folder.account}", newest))

    def _meet(self, folder: Folder, message: int, delivery: Delivery, ident: int) -> None:
        """A row of this very content may be waiting to learn its UID: put there by a command whose answer did not
        name it, or taken elsewhere by another client while the person moved it. It takes the place of the new one."""
        if message <= self._known_before and delivery.uid:
            self.meet(folder, message, delivery.uid, delivery.flags, ident)

    def meet(self, folder: Folder, message: int, uid: int, flags: Flags, ident: int) -> None:
        """The same for any row."""
        waiting = self.db.execute(
            "SELECT p.id FROM placement p JOIN mailbox b ON b.id = p.base_mailbox WHERE p.message = ?1 AND p.id <> ?2 "
            "AND p.uid IS NULL AND p.gone IS NULL AND b.account = ?3 AND coalesce((SELECT "
            "max(json_extract(j.payload, '$.lost')) FROM pending q JOIN journal j ON j.id = q.intent "
            "WHERE q.placement = p.id AND j.kind = 'upload'), p.base_mailbox = ?4) LIMIT 1",
            (message, ident, folder.account, folder.id),
        ).fetchone()
        if waiting is not None:
            self.landing.flush()
            self.placing.claim(waiting[0], folder.id, uid, flags)
            self.landing.flush()

    def fill_again(self, message: int) -> None:
        """The full-text filler may have passed this message while there was no file to read."""
        self._seq += 1
        self.db.execute("UPDATE message SET content_seq = ? WHERE id = ?", (self._seq, message))

    def _hidden_copy(self, account: str, message: int) -> tuple[int, str, str] | None:
        """A row of this content that left the server: it comes back instead of a new one (id, word, file)."""
        if message > self._known_before:
            return None
        return self.db.execute(  # type: ignore[no-any-return]
            "SELECT p.id, p.word, p.file FROM placement p JOIN mailbox b ON b.id = p.base_mailbox "
            "WHERE p.message = ? AND p.gone IS NOT NULL AND p.uid IS NULL AND b.account = ? LIMIT 1",
            (message, account),
        ).fetchone()

    def place(
        self,
        folder: Folder,
        message: int,
        word: str,
        mail: Delivery | HeaderOnly,
        date: int,
        name: str,
        revived: int | None,
    ) -> int:
        """A new row, or a hidden one that comes back; UID 0: on this computer only."""
        values = placed(folder, message, word, mail, date, name)
        if revived is None:
            ident = self.db.execute(_INSERT_PLACED, values).lastrowid
        else:
            ident = revived
            self.db.execute(_REVIVE_PLACED, (*values, ident))
        assert ident is not None
        self.touched.added(folder.id, ident, mail.flags.bits)
        if self.orphans.any and mail.uid:
            self.orphans.adopt(folder.id, ident, mail.uid)
        return ident

    def content(self, digest: bytes, head: bytes, size: int, role: str = "") -> tuple[int, Envelope]:
        """The message of this digest, new or known, and what its header says. `role`: of the mailbox that it is in."""
        envelope = scan_envelope(head)
        row = self.db.execute("SELECT id FROM message WHERE digest = ?", (digest,)).fetchone()
        if row is not None:
            return row[0], envelope
        self._seq += 1
        return self._message(envelope, size, digest, self._seq, role), envelope

    def _message(self, envelope: Envelope, size: int, digest: bytes | None, seq: int | None, role: str) -> int:
        self._message_id += 1
        message = self._message_id
        thread = thread_of(self.db, envelope, message)
        self.db.execute(
            _INSERT_CONTENT,
            (message, thread, digest, *columns_of(envelope), size, envelope.attachment, seq),
        )
        people.learn(self.db, role, envelope, min(envelope.date or 0, time.time()))
        return message

    def _complete(self, folder: Folder, validity: int, delivery: Delivery, row: tuple) -> None:  # type: ignore[type-arg]
        """The body of a row that had only headers."""
        ident, word, message, mailbox, bits, keywords = row[:6]
        same = self.db.execute("SELECT id FROM message WHERE digest = ?", (delivery.digest,)).fetchone()
        envelope = scan_envelope(delivery.head)
        if same is not None:
            self.db.execute("DELETE FROM message WHERE id = ? AND digest IS NULL", (message,))
            message = same[0]
            self.fill_again(message)
        else:
            self._seq += 1
            self.db.execute(
                _COMPLETE_CONTENT,
                (delivery.digest, *columns_of(envelope), delivery.size, envelope.attachment, self._seq, message),
            )
        visible = unpack_flags(bits, keywords)
        self.folders.learn_keywords(folder, visible)
        name = file_name(delivery.internaldate, word, delivery.uid, validity, letters_of(visible, folder.keywords))
        self.work.deliver(delivery.spool, folder.path, name)
        self.db.execute("UPDATE placement SET message = ?, body = 1, file = ? WHERE id = ?", (message, name, ident))
        if mailbox is not None:
            self.touched.updated(mailbox, ident, bits, bits)
        self.touched.bodies.append(ident)
        self._meet(folder, message, delivery, ident)

    def _header(self, folder: Folder, header: HeaderOnly) -> None:
        row = self.db.execute(_FIND, (folder.id, header.uid)).fetchone()
        if row is not None:
            self._set_base(folder, row, header.flags, header.modseq)
            return
        envelope = scan_envelope(header.head)
        message = self._message(envelope, header.size, None, None, folder.state.role)
        self.place(folder, message, new_word(), header, sort_date(envelope, header.internaldate), "", None)

    def _flags_at(self, folder: Folder, at: FlagsAt) -> None:
        row = self.db.execute(_FIND, (folder.id, at.uid)).fetchone()
        if row is not None:
            self._set_base(folder, row, at.flags, at.modseq)

    def _set_base(self, folder: Folder, row: tuple, flags: Flags, modseq: int) -> None:  # type: ignore[type-arg]
        """The server's flags of a row; what is seen is that folded with what is pending."""
        ident, base_bits, base_keywords, known_modseq, leftover = row[0], row[6], row[7], row[8], row[13]
        if modseq and known_modseq and modseq < known_modseq:
            return  # older news than what is known: two connections can overtake each other
        keywords = pack_keywords(flags)
        if (base_bits, base_keywords) != (flags.bits, keywords) or modseq > known_modseq:
            self.db.execute(
                "UPDATE placement SET base_flags = ?, base_keywords = ?, modseq = max(modseq, ?) WHERE id = ?",
                (flags.bits, keywords, modseq, ident),
            )
        if leftover == MARKED and not flags.bits & Flag.DELETED:
            # Another client took the mark away: somebody wants it.
            self.db.execute("UPDATE placement SET leftover = 0 WHERE id = ?", (ident,))
        if (base_bits, base_keywords) != (flags.bits, keywords):
            self.placing.refold(ident)

    def relinked(self, fact: Relinked) -> None:
        """The state file learns the new UIDVALIDITY before any file name mentions it."""
        folder = self.folders.get(fact.mailbox)
        self.folders.checkpoint(folder, fact.checkpoint)
        self.placing.relinked(fact)
        self._checkpoint(folder, fact.checkpoint)

    def listed(self, fact: MailboxesListed) -> None:
        """What waits to leave a mailbox that is gone goes up again elsewhere."""
        for mailbox in self.folders.listed(fact, self.touched):
            rows = self.db.execute("SELECT id FROM placement WHERE base_mailbox = ? AND pending", (mailbox,)).fetchall()
            for (ident,) in rows:
                self.placing.lost(ident)
