"""Facts and Intents become rows. All of it runs inside one transaction of the Writer; file work is only gathered."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterable, Sequence

from mailtui.mail.headers import scan_envelope
from mailtui.model.errors import StoreError
from mailtui.model.facts import Delivery, FlagsAt, HeaderOnly, MailboxDelta, Relinked
from mailtui.model.folder import Checkpoint
from mailtui.model.mail import Envelope, Flags
from mailtui.store import journal
from mailtui.store.codec import pack_addresses, pack_keywords, pack_rest, unpack_flags
from mailtui.store.files import FileWork
from mailtui.store.folders import Folder, Folders, account_dir
from mailtui.store.maildir import file_name, letters_of, make_maildir, new_word, parse_name
from mailtui.store.threads import thread_of
from mailtui.store.touched import Touched

DAY = 86_400
_FIND = (
    "SELECT id, word, message, mailbox, flags, keywords, base_flags, base_keywords, modseq, internaldate, body, file, "
    "pending FROM placement WHERE base_mailbox = ? AND uid = ?"
)
_PLACED = (
    "word, message, mailbox, base_mailbox, uid, flags, keywords, base_flags, base_keywords, modseq, date, "
    "internaldate, body, file"
)
_CONTENT = "digest, message_id, subject, from_, to_, cc_, list_id, envelope, size, attachment, content_seq"


def _marks(count: int) -> str:
    return ",".join("?" * count)


_INSERT_PLACED = f"INSERT INTO placement({_PLACED}) VALUES({_marks(14)})"
_REVIVE_PLACED = f"UPDATE placement SET ({_PLACED}) = ({_marks(14)}), gone = NULL WHERE id = ?"  # noqa: S608
_COMPLETE_CONTENT = f"UPDATE message SET ({_CONTENT}) = ({_marks(11)}) WHERE id = ?"  # noqa: S608
_INSERT_CONTENT = f"INSERT INTO message(id, thread, {_CONTENT}) VALUES({_marks(13)})"


class StaleDelta(StoreError):
    """The mailbox has another UIDVALIDITY by now; nothing of the delta was applied."""


class Applier:
    """The Writer's hand on the index."""

    def __init__(self, db: sqlite3.Connection, root: str) -> None:
        self.db = db
        self.root = root
        self.folders = Folders(db, root)
        self.touched = Touched()
        self.work = FileWork()
        self._seq = self._message_id = self._known_before = 0
        self._count_on()

    def _count_on(self) -> None:
        self._seq = self.db.execute("SELECT coalesce(max(content_seq), 0) FROM message").fetchone()[0]
        # Numbers are never used twice, also not those of deleted rows: threads are called by them.
        self._message_id = self.db.execute(
            "SELECT max((SELECT coalesce(max(id), 0) FROM message), (SELECT coalesce(max(thread), 0) FROM ref), "
            "coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'message'), 0))"
        ).fetchone()[0]

    def begin(self) -> None:
        self._known_before = self._message_id
        self.touched = Touched()
        self.work = FileWork()

    def failed(self) -> None:
        self.folders.forget()
        self._count_on()

    # -- a delta

    def delta(self, fact: MailboxDelta) -> None:
        folder = self.folders.get(fact.mailbox)
        known = self._validity(fact.mailbox)
        if known is not None and known != fact.uidvalidity:
            raise StaleDelta(f"the server renumbered {folder.state.name!r} meanwhile", "it is read anew")
        if known is None:
            first = fact.checkpoint or Checkpoint(fact.uidvalidity, 1, 0, 1)
            self.db.execute("UPDATE mailbox SET uidvalidity = ? WHERE id = ?", (fact.uidvalidity, fact.mailbox))
            self.folders.checkpoint(folder, first)
        here = self._uids_here(folder, [delivery.uid for delivery in fact.deliveries])
        for delivery in fact.deliveries:
            if delivery.uid in here or fact.only_known:
                self._delivered(folder, fact.uidvalidity, delivery, only_known=fact.only_known)
            else:
                here.add(delivery.uid)
                self._new(folder, fact.uidvalidity, delivery)
        for header in fact.headers:
            self._header(folder, header)
        for at in fact.flags:
            self._flags_at(folder, at)
        self._vanished(folder, fact.vanished)
        if fact.checkpoint is not None:
            self._checkpoint(folder, fact.checkpoint)
        if fact.remote_total is not None:
            cursor = self.db.execute(
                "UPDATE mailbox SET remote_total = ? WHERE id = ? AND remote_total IS NOT ?",
                (fact.remote_total, fact.mailbox, fact.remote_total),
            )
            self.touched.listed |= cursor.rowcount > 0

    def _uids_here(self, folder: Folder, uids: Sequence[int]) -> set[int]:
        """Which of these have a row already: one query for the whole delta."""
        rows = self.db.execute(
            "SELECT uid FROM placement WHERE base_mailbox = ? AND uid IN (SELECT value FROM json_each(?))",
            (folder.id, json.dumps(uids)),
        )
        return {uid for (uid,) in rows}

    def _validity(self, mailbox: int) -> int | None:
        row = self.db.execute("SELECT uidvalidity FROM mailbox WHERE id = ?", (mailbox,)).fetchone()
        if row is None:
            raise StoreError("the mailbox is not in the index", "it is listed anew with the next connection")
        return row[0]  # type: ignore[no-any-return]

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
                self._new(folder, validity, delivery)
            return
        if not row[10]:
            self._complete(folder, validity, delivery, row)
        if not only_known:
            self._set_base(folder, row, delivery.flags, delivery.modseq)

    def _new(self, folder: Folder, validity: int, delivery: Delivery) -> None:
        message, envelope = self.content(delivery.digest, delivery.head, delivery.size)
        revived = self._hidden_copy(folder.account, message)
        word = revived[1] if revived else new_word()
        self.folders.learn_keywords(folder, delivery.flags)
        name = file_name(
            delivery.internaldate, word, delivery.uid, validity, letters_of(delivery.flags, folder.keywords)
        )
        self.work.deliver(delivery.spool, folder.path, name)
        if revived and revived[2]:
            self.work.unlinks.append(os.path.join(self.gone_folder(folder.account), "cur", revived[2]))
        date = sort_date(envelope, delivery.internaldate)
        ident = self.place(folder, message, word, delivery, date, name, revived[0] if revived else None)
        if revived:
            self._fill_again(message)
            self.refold(ident)

    def _fill_again(self, message: int) -> None:
        """The full-text filler may have passed this message while there was no file to read."""
        self._seq += 1
        self.db.execute("UPDATE message SET content_seq = ? WHERE id = ?", (self._seq, message))

    def _hidden_copy(self, account: str, message: int) -> tuple[int, str, str] | None:
        """A row of this content that left the server: it comes back instead of a new one (id, word, file)."""
        if message > self._known_before:
            return None
        return self.db.execute(  # type: ignore[no-any-return]
            "SELECT p.id, p.word, p.file FROM placement p JOIN mailbox b ON b.id = p.base_mailbox "
            "WHERE p.message = ? AND p.mailbox IS NULL AND p.uid IS NULL AND b.account = ? LIMIT 1",
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
        keywords = pack_keywords(mail.flags)
        bits = mail.flags.bits
        values = (
            *(word, message, folder.id, folder.id, mail.uid or None, bits, keywords, bits, keywords),
            *(mail.modseq, date, mail.internaldate, 1 if name else 0, name),
        )
        if revived is None:
            ident = self.db.execute(_INSERT_PLACED, values).lastrowid
        else:
            ident = revived
            self.db.execute(_REVIVE_PLACED, (*values, ident))
        assert ident is not None
        self.touched.added(folder.id, ident, bits)
        return ident

    def content(self, digest: bytes, head: bytes, size: int) -> tuple[int, Envelope]:
        """The message of this digest, new or known, and what its header says."""
        envelope = scan_envelope(head)
        row = self.db.execute("SELECT id FROM message WHERE digest = ?", (digest,)).fetchone()
        if row is not None:
            return row[0], envelope
        self._seq += 1
        return self._message(envelope, size, digest, self._seq), envelope

    def _message(self, envelope: Envelope, size: int, digest: bytes | None, seq: int | None) -> int:
        self._message_id += 1
        message = self._message_id
        thread = thread_of(self.db, envelope, message)
        self.db.execute(
            _INSERT_CONTENT,
            (message, thread, digest, *_columns(envelope), size, envelope.attachment, seq),
        )
        return message

    def _complete(self, folder: Folder, validity: int, delivery: Delivery, row: tuple) -> None:  # type: ignore[type-arg]
        """The body of a row that had only headers."""
        ident, word, message, mailbox, bits, keywords = row[:6]
        same = self.db.execute("SELECT id FROM message WHERE digest = ?", (delivery.digest,)).fetchone()
        envelope = scan_envelope(delivery.head)
        if same is not None:
            self.db.execute("DELETE FROM message WHERE id = ? AND digest IS NULL", (message,))
            message = same[0]
            self._fill_again(message)
        else:
            self._seq += 1
            self.db.execute(
                _COMPLETE_CONTENT,
                (delivery.digest, *_columns(envelope), delivery.size, envelope.attachment, self._seq, message),
            )
        visible = unpack_flags(bits, keywords)
        self.folders.learn_keywords(folder, visible)
        name = file_name(delivery.internaldate, word, delivery.uid, validity, letters_of(visible, folder.keywords))
        self.work.deliver(delivery.spool, folder.path, name)
        self.db.execute("UPDATE placement SET message = ?, body = 1, file = ? WHERE id = ?", (message, name, ident))
        if mailbox is not None:
            self.touched.updated(mailbox, ident, bits, bits)
        self.touched.bodies.append(ident)

    def _header(self, folder: Folder, header: HeaderOnly) -> None:
        row = self.db.execute(_FIND, (folder.id, header.uid)).fetchone()
        if row is not None:
            self._set_base(folder, row, header.flags, header.modseq)
            return
        envelope = scan_envelope(header.head)
        message = self._message(envelope, header.size, None, None)
        self.place(folder, message, new_word(), header, sort_date(envelope, header.internaldate), "", None)

    def _flags_at(self, folder: Folder, at: FlagsAt) -> None:
        row = self.db.execute(_FIND, (folder.id, at.uid)).fetchone()
        if row is not None:
            self._set_base(folder, row, at.flags, at.modseq)

    def _set_base(self, folder: Folder, row: tuple, flags: Flags, modseq: int) -> None:  # type: ignore[type-arg]
        """The server's flags of a row; what is seen is that folded with what is pending."""
        ident, _, _, _, _, _, base_bits, base_keywords, known_modseq, _, _, _, _ = row
        if modseq and known_modseq and modseq < known_modseq:
            return  # older news than what is known: two connections can overtake each other
        keywords = pack_keywords(flags)
        if (base_bits, base_keywords) != (flags.bits, keywords) or modseq > known_modseq:
            self.db.execute(
                "UPDATE placement SET base_flags = ?, base_keywords = ?, modseq = max(modseq, ?) WHERE id = ?",
                (flags.bits, keywords, modseq, ident),
            )
        if (base_bits, base_keywords) != (flags.bits, keywords):
            self.refold(ident)

    def refold(self, placement: int) -> None:
        """Visible = Base folded with Pending; the file name follows."""
        row = self.db.execute(
            "SELECT word, mailbox, base_mailbox, uid, flags, keywords, base_flags, base_keywords, internaldate, body, "
            "file FROM placement WHERE id = ?",
            (placement,),
        ).fetchone()
        if row is None:
            return
        word, mailbox, base_mailbox, uid, bits, keywords, base_bits, base_keywords, internaldate, body, file = row
        flags, count = journal.fold_placement(self.db, placement, unpack_flags(base_bits, base_keywords))
        packed = pack_keywords(flags)
        self.db.execute(
            "UPDATE placement SET flags = ?, keywords = ?, pending = ? WHERE id = ?",
            (flags.bits, packed, count, placement),
        )
        if mailbox is not None:
            self.touched.updated(mailbox, placement, bits, flags.bits)
        if body and mailbox is not None and (bits, keywords) != (flags.bits, packed):
            folder = self.folders.get(base_mailbox)
            self.folders.learn_keywords(folder, flags)
            self._rename(folder, placement, word, uid, internaldate, flags, file)

    def _rename(
        self, folder: Folder, placement: int, word: str, uid: int | None, internaldate: int, flags: Flags, file: str
    ) -> None:
        letters = letters_of(flags, folder.keywords)
        known = parse_name(file)
        if known.uid or uid:
            name = file_name(internaldate, word, uid, self._validity(folder.id) or 0, letters)
        else:
            name = f"{known.base}:2,{letters}"  # another program's file keeps the name that program knows
        if name != file:
            self.work.move(os.path.join(folder.path, "cur", file), folder.path, name)
            self.db.execute("UPDATE placement SET file = ? WHERE id = ?", (name, placement))

    def _vanished(self, folder: Folder, ranges: Iterable[tuple[int, int]]) -> None:
        for low, high in ranges:
            rows = self.db.execute(
                "SELECT id, mailbox, flags, body, file FROM placement WHERE base_mailbox = ? AND uid BETWEEN ? AND ?",
                (folder.id, low, high),
            ).fetchall()
            for row in rows:
                self._gone(folder, *row)

    def _gone(self, folder: Folder, ident: int, mailbox: int | None, bits: int, body: int, file: str) -> None:
        """Off the server: out of sight; the file becomes a safety copy, under a name of ours that can't clash."""
        word, internaldate = self.db.execute(
            "SELECT word, internaldate FROM placement WHERE id = ?", (ident,)
        ).fetchone()
        kept = ""
        if body and file:
            known = parse_name(file)
            kept = file_name(internaldate, word, known.uid, known.validity, known.letters)
            gone = self.gone_folder(folder.account)
            make_maildir(gone)
            self.work.move(os.path.join(folder.path, "cur", file), gone, kept)
        self.db.execute(
            "UPDATE placement SET mailbox = NULL, uid = NULL, gone = ?, file = ? WHERE id = ?",
            (int(time.time()), kept, ident),
        )
        if mailbox is not None:
            self.touched.removed(mailbox, ident, bits)

    def gone_folder(self, account: str) -> str:
        return os.path.join(account_dir(self.root, account), ".gone")

    # -- UIDVALIDITY changed

    def relinked(self, fact: Relinked) -> None:
        """Matched rows get their new UIDs, the others leave; the state file learns the new UIDVALIDITY first."""
        folder = self.folders.get(fact.mailbox)
        self.folders.checkpoint(folder, fact.checkpoint)
        matched = {int(placement): (uid, flags) for placement, uid, flags in fact.matched}
        rows = self.db.execute(
            "SELECT id, uid, mailbox, flags, body, file FROM placement WHERE base_mailbox = ? AND mailbox IS NOT NULL",
            (folder.id,),
        ).fetchall()
        self.db.execute("UPDATE placement SET uid = NULL, modseq = 0 WHERE base_mailbox = ?", (folder.id,))
        self.db.execute("UPDATE mailbox SET uidvalidity = ? WHERE id = ?", (fact.uidvalidity, folder.id))
        for ident, uid, mailbox, bits, body, file in rows:
            if ident in matched:
                self._relink(folder, ident, *matched[ident])
            elif fact.unmatched_gone and (uid is not None or parse_name(file).uid or not body):
                self._gone(folder, ident, mailbox, bits, body, file)
        self._checkpoint(folder, fact.checkpoint)

    def _relink(self, folder: Folder, ident: int, uid: int, flags: Flags) -> None:
        self.db.execute(
            "UPDATE placement SET uid = ?, base_flags = ?, base_keywords = ? WHERE id = ?",
            (uid, flags.bits, pack_keywords(flags), ident),
        )
        self.refold(ident)
        word, bits, keywords, internaldate, body, file = self.db.execute(
            "SELECT word, flags, keywords, internaldate, body, file FROM placement WHERE id = ?", (ident,)
        ).fetchone()
        if body:
            self._rename(folder, ident, word, uid, internaldate, unpack_flags(bits, keywords), file)


def _columns(envelope: Envelope) -> tuple[str, ...]:
    return (
        envelope.message_id,
        envelope.subject,
        pack_addresses(envelope.from_),
        pack_addresses(envelope.to),
        pack_addresses(envelope.cc),
        envelope.list_id,
        pack_rest(envelope),
    )


def sort_date(envelope: Envelope, internaldate: int) -> int:
    """The Date header unless it is missing, before 1970 or from the future: then when the server got it."""
    if envelope.date is None or envelope.date <= 0 or envelope.date > internaldate + 2 * DAY:
        return internaldate
    return envelope.date
