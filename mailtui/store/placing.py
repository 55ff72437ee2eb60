"""Where messages lie: what is seen of a row, how it leaves, comes back and gets from one mailbox to another.

A file lies in the folder of its row's Base, under a name with Base's UID; only a confirmed move takes it elsewhere.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from mailtui.model.facts import Carried, Expunged, Relinked, Road
from mailtui.model.ids import PlacementId
from mailtui.model.intents import Upload
from mailtui.model.mail import Flag, Flags
from mailtui.store import journal
from mailtui.store.codec import pack_keywords, unpack_flags
from mailtui.store.folders import Folder
from mailtui.store.hand import Hand
from mailtui.store.maildir import file_name, letters_of, make_maildir, new_word, parse_name

TO_MARK = 1
"""`leftover` of a row that is to be marked deleted and expunged; see `apply.MARKED`."""
_ROW = (
    "SELECT p.word, p.message, p.mailbox, p.base_mailbox, p.uid, p.flags, p.keywords, p.base_flags, p.base_keywords, "
    "p.internaldate, p.date, p.body, p.file, p.gone, p.leftover, b.account, b.deleted "
    "FROM placement p JOIN mailbox b ON b.id = p.base_mailbox WHERE p.id = ?"
)


@dataclass(slots=True)
class _Row:
    """One row as it is now; columns as in _ROW."""

    id: int
    word: str
    message: int
    mailbox: int | None
    base_mailbox: int
    uid: int | None
    bits: int
    keywords: str
    base_bits: int
    base_keywords: str
    internaldate: int
    date: int
    body: int
    file: str
    gone: int | None
    leftover: int
    account: str
    deleted: int

    @property
    def base_visible(self) -> int | None:
        """Where the row is seen when nothing is pending."""
        hidden = self.gone is not None or self.leftover or self.deleted
        return None if hidden else self.base_mailbox


class Placing:
    """Belongs to the Writer's thread."""

    def __init__(self, hand: Hand) -> None:
        self._hand = hand
        self._db = hand.db

    def row(self, placement: int) -> _Row | None:
        columns = self._db.execute(_ROW, (placement,)).fetchone()
        return _Row(placement, *columns) if columns is not None else None

    # -- what is seen

    def refold(self, placement: int) -> None:
        """Visible = Base folded with Pending; the flags in the file name follow."""
        row = self.row(placement)
        if row is None:
            return
        base = unpack_flags(row.base_bits, row.base_keywords)
        flags, mailbox, count = journal.fold_placement(self._db, placement, base, row.base_visible)
        if row.gone is not None:
            mailbox = None
        packed = pack_keywords(flags)
        self._db.execute(
            "UPDATE placement SET flags = ?, keywords = ?, mailbox = ?, pending = ? WHERE id = ?",
            (flags.bits, packed, mailbox, count, placement),
        )
        self._seen(placement, row.mailbox, mailbox, row.bits, flags.bits)
        if row.body and row.gone is None and (row.bits, row.keywords) != (flags.bits, packed):
            folder = self._hand.folders.get(row.base_mailbox)
            self._hand.folders.learn_keywords(folder, flags)
            self.rename(folder, placement, row.word, row.uid, row.internaldate, flags, row.file)

    def _seen(self, placement: int, before: int | None, after: int | None, bits: int, new_bits: int) -> None:
        touched = self._hand.touched
        if before == after:
            if after is not None:
                touched.updated(after, placement, bits, new_bits)
            return
        if before is not None:
            touched.removed(before, placement, bits)
        if after is not None:
            touched.added(after, placement, new_bits)

    def rename(
        self, folder: Folder, placement: int, word: str, uid: int | None, internaldate: int, flags: Flags, file: str
    ) -> None:
        letters = letters_of(flags, folder.keywords)
        known = parse_name(file)
        if known.uid or uid or known.ours:
            name = file_name(internaldate, word, uid, self._hand.validity(folder.id) or 0, letters)
        else:
            name = f"{known.base}:2,{letters}"  # another program's file keeps the name that program knows
        if name != file:
            self._hand.work.move(os.path.join(folder.path, "cur", file), folder.path, name)
            self._db.execute("UPDATE placement SET file = ? WHERE id = ?", (name, placement))

    # -- leaving and coming back

    def vanished(self, folder: Folder, low: int, high: int) -> None:
        """The server no longer has these UIDs. What another client moved lies there; what waits to be moved elsewhere
        is kept, and goes up again."""
        rows = self._db.execute(
            "SELECT id FROM placement WHERE base_mailbox = ? AND uid BETWEEN ? AND ?", (folder.id, low, high)
        ).fetchall()
        for (ident,) in rows:
            if not self.lost(ident):
                self.gone(ident)

    def lost(self, placement: int) -> bool:
        """Someone else took a message away. If it turned up elsewhere, its row follows it. If the person wants it in
        another mailbox, that wish counts: it stays, and is to be uploaded there. False: neither, or no mail."""
        row = self.row(placement)
        if row is None or row.gone is not None or not row.body or row.leftover == TO_MARK:
            return False
        elsewhere = self._moved_by_another(row)
        if elsewhere is not None:
            self.claim(placement, *elsewhere)
            return True
        if row.mailbox is None or row.mailbox == row.base_visible:
            return False
        self._db.execute("UPDATE placement SET uid = NULL, modseq = 0 WHERE id = ?", (placement,))
        self._into(row, row.mailbox, None)
        journal.write(self._db, row.account, Upload((PlacementId(placement),), lost=True))
        self._hand.touched.pending = True
        self.refold(placement)
        return True

    def _moved_by_another(self, row: _Row) -> tuple[int, int, Flags] | None:
        """Another client moved it, and its new place was read before the old one: a row of the same content and
        INTERNALDATE that came when this one was already where it was, as far as the last complete look at the account
        tells. (mailbox, UID, flags)"""
        found = self._db.execute(
            "SELECT p.base_mailbox, p.uid, p.base_flags, p.base_keywords FROM placement p "
            "JOIN mailbox b ON b.id = p.base_mailbox WHERE p.message = ?1 AND p.internaldate = ?2 AND b.account = ?3 "
            "AND p.uid IS NOT NULL AND NOT p.leftover AND p.id > max(?4, min("
            "coalesce((SELECT value FROM meta WHERE key = 'swept ' || ?3), 0), "
            "coalesce((SELECT min(json_extract(j.payload, '$.since')) FROM pending q "
            "JOIN journal j ON j.id = q.intent WHERE q.placement = ?4 AND j.kind = 'move'), 1 << 62))) LIMIT 1",
            (row.message, row.internaldate, row.account, row.id),
        ).fetchone()
        return (found[0], found[1], unpack_flags(found[2], found[3])) if found is not None else None

    def gone(self, placement: int) -> None:
        """Off the server: out of sight; the file becomes a safety copy, under a name of ours that can't clash. Flags
        that the person set wait until it is certain that it did not only go elsewhere."""
        row = self.row(placement)
        if row is None or row.gone is not None:
            return
        if row.leftover and not row.body:
            self._db.execute("DELETE FROM placement WHERE id = ?", (placement,))
            return
        kept = ""
        if row.body and row.file:
            known = parse_name(row.file)
            kept = file_name(row.internaldate, row.word, known.uid, known.validity, known.letters)
            folder = self._hand.folders.get(row.base_mailbox)
            away = self._hand.gone_folder(row.account)
            make_maildir(away)
            self._hand.work.move(os.path.join(folder.path, "cur", row.file), away, kept)
        self._db.execute(
            "UPDATE placement SET mailbox = NULL, uid = NULL, gone = ?, file = ?, pending = 0, leftover = 0 "
            "WHERE id = ?",
            (int(time.time()), kept, placement),
        )
        self._hand.touched.pending |= journal.drop_placement(self._db, placement, journal.PLACING)
        if row.mailbox is not None:
            self._hand.touched.removed(row.mailbox, placement, row.bits)

    def has_copy(self, placement: int) -> bool:
        """Whether the file of a hidden row is there."""
        row = self.row(placement)
        if row is None or row.gone is None or not row.body or not row.file:
            return False
        return self._hand.work.exists(os.path.join(self._hand.gone_folder(row.account), "cur", row.file))

    def revive(self, placement: int, mailbox: int) -> bool:
        """A safety copy lies in `mailbox` again, on this computer only. False: there is no file to bring back."""
        row = self.row(placement)
        if row is None or not self.has_copy(placement):
            return False
        source = os.path.join(self._hand.gone_folder(row.account), "cur", row.file)
        folder = self._hand.folders.get(mailbox)
        flags = unpack_flags(row.bits, row.keywords).without(Flags(int(Flag.DELETED)))
        name = file_name(row.internaldate, row.word, None, 0, letters_of(flags, folder.keywords))
        make_maildir(folder.path)
        self._hand.work.move(source, folder.path, name)
        packed = pack_keywords(flags)
        self._db.execute(
            "UPDATE placement SET mailbox = ?1, base_mailbox = ?1, uid = NULL, gone = NULL, modseq = 0, file = ?2, "
            "flags = ?3, base_flags = ?3, keywords = ?4, base_keywords = ?4 WHERE id = ?5",
            (mailbox, name, flags.bits, packed, placement),
        )
        self._hand.touched.added(mailbox, placement, flags.bits)
        return True

    # -- from one mailbox to another

    def carried(self, fact: Carried) -> None:
        """Base follows what the server did."""
        attempt = fact.attempt
        self._db.execute("DELETE FROM attempt WHERE id = ?", (attempt.id,))
        known = self._hand.validity(attempt.to)
        believable = known in (None, fact.uidvalidity)
        old_uids = dict(zip(attempt.placements, attempt.uids, strict=False))
        for placement, uid in fact.placed:
            row = self.row(placement)
            if row is None:
                continue
            uid = uid if believable else 0
            if attempt.road is not Road.MOVE and not attempt.leaves:
                journal.drop_placement(self._db, placement, ("upload",))  # it is up: whatever happens now, never again
            if attempt.leaves and row.uid is not None and row.uid == old_uids.get(placement):
                self._leftover(row, row.base_mailbox, row.uid)
            if row.gone is not None:
                if uid:
                    self._leftover(row, attempt.to, uid)  # discarded meanwhile: it is taken off the server again
                continue
            self._settle(row, attempt.to, uid or None, fact.flags)
        for placement in fact.lost:
            row = self.row(placement)
            there = (attempt.source, old_uids.get(placement))
            if row is None or (row.base_mailbox, row.uid) != there:
                continue  # another connection has brought newer news of it meanwhile
            if not self.lost(placement):
                self.gone(placement)

    def claim(self, placement: int, mailbox: int, uid: int, flags: Flags) -> None:
        """The server has it there, under this UID, with these flags."""
        row = self.row(placement)
        if row is not None:
            self._settle(row, mailbox, uid, flags)

    def _settle(self, row: _Row, mailbox: int, uid: int | None, flags: Flags | None) -> None:
        if uid is not None:
            other = self._db.execute(
                "SELECT id FROM placement WHERE base_mailbox = ? AND uid = ? AND id <> ?", (mailbox, uid, row.id)
            ).fetchone()
            if other is not None:
                told = self._absorb(row, other[0])
                flags = told if flags is None else flags
        self._into(row, mailbox, uid)
        if flags is not None:
            self._db.execute(
                "UPDATE placement SET base_flags = ?, base_keywords = ? WHERE id = ?",
                (flags.bits, pack_keywords(flags), row.id),
            )
        self.refold(row.id)

    def _into(self, row: _Row, mailbox: int, uid: int | None) -> None:
        """Base of a row is another place; its file goes there. What is seen is not touched."""
        old, new = self._hand.folders.get(row.base_mailbox), self._hand.folders.get(mailbox)
        name = row.file
        if row.body and row.file:
            flags = unpack_flags(row.bits, row.keywords)
            make_maildir(new.path)
            self._hand.folders.learn_keywords(new, flags)
            validity = self._hand.validity(mailbox) or 0
            name = file_name(
                row.internaldate, row.word, uid if validity else None, validity, letters_of(flags, new.keywords)
            )
            self._hand.work.move(os.path.join(old.path, "cur", row.file), new.path, name)
        self._db.execute(
            "UPDATE placement SET base_mailbox = ?, uid = ?, modseq = 0, leftover = 0, file = ? WHERE id = ?",
            (mailbox, uid, name, row.id),
        )
        row.base_mailbox, row.uid, row.file = mailbox, uid, name

    def _absorb(self, row: _Row, other: int) -> Flags:
        """The mailbox was read between the command and its answer, and the message was taken for a new one. The row
        that the person knows takes its place, with the flags that the server told of there, which are returned."""
        double = self.row(other)
        assert double is not None
        self._db.execute("UPDATE OR IGNORE pending SET placement = ? WHERE placement = ?", (row.id, other))
        self._db.execute("DELETE FROM pending WHERE placement = ?", (other,))
        self._db.execute("DELETE FROM placement WHERE id = ?", (other,))
        if double.mailbox is not None:
            self._hand.touched.removed(double.mailbox, other, double.bits)
        told = unpack_flags(double.base_bits, double.base_keywords)
        if not double.body:
            return told
        folder = self._hand.folders.get(double.base_mailbox)
        path = os.path.join(folder.path, "cur", double.file)
        if row.body:
            self._hand.work.unlinks.append(path)
            return told
        self._db.execute(
            "UPDATE placement SET body = 1, message = ?, file = ? WHERE id = ?", (double.message, double.file, row.id)
        )
        row.body, row.file, row.message = 1, double.file, double.message
        row.base_mailbox = double.base_mailbox
        return told

    def _leftover(self, row: _Row, mailbox: int, uid: int) -> None:
        """An original that was copied instead of moved, or mail that nobody wants any more: still on the server, to be
        expunged there; a row out of sight, so that it is not taken for new mail."""
        self._hand.touched.pending = True
        if row.uid == uid and row.base_mailbox == mailbox:
            self._db.execute("UPDATE placement SET uid = NULL WHERE id = ?", (row.id,))
            row.uid = None
        there = self._db.execute(
            "SELECT id FROM placement WHERE base_mailbox = ? AND uid = ?", (mailbox, uid)
        ).fetchone()
        if there is not None:
            self._db.execute("UPDATE placement SET leftover = 1 WHERE id = ?", there)
            self.refold(there[0])
            return
        bits, keywords = row.base_bits, row.base_keywords
        self._db.execute(
            "INSERT INTO placement(word, message, mailbox, base_mailbox, uid, flags, keywords, base_flags, "
            "base_keywords, date, internaldate, body, file, leftover) VALUES(?,?,NULL,?,?,?,?,?,?,?,?,0,'',1)",
            (
                *(new_word(), row.message, mailbox, uid, bits, keywords, bits, keywords),
                *(row.date, row.internaldate),
            ),
        )

    def expunged(self, fact: Expunged) -> None:
        for uid in fact.uids:
            found = self._db.execute(
                "SELECT id, leftover FROM placement WHERE base_mailbox = ? AND uid = ?", (fact.mailbox, uid)
            ).fetchone()
            if found is None:
                continue
            ident, leftover = found
            if not fact.kept:
                row = self.row(ident)
                if row is not None and row.mailbox is not None and self.lost(ident):
                    continue  # undone while the command was under way
                self.gone(ident)
            else:
                self._db.execute(
                    "UPDATE placement SET leftover = 2, base_flags = base_flags | ? WHERE id = ?",
                    (int(Flag.DELETED), ident),
                )
                if not leftover:
                    journal.drop_placement(self._db, ident, journal.PLACING)
                    self.refold(ident)

    # -- UIDVALIDITY changed

    def relinked(self, fact: Relinked) -> None:
        """Matched rows get their new UIDs, the others leave or are hidden until their content is met again."""
        folder = self._hand.folders.get(fact.mailbox)
        matched = {int(placement): (uid, flags) for placement, uid, flags in fact.matched}
        rows = self._db.execute(
            "SELECT id FROM placement WHERE base_mailbox = ? AND gone IS NULL", (folder.id,)
        ).fetchall()
        self._db.execute("UPDATE placement SET uid = NULL, modseq = 0 WHERE base_mailbox = ?", (folder.id,))
        self._db.execute("UPDATE mailbox SET uidvalidity = ? WHERE id = ?", (fact.uidvalidity, folder.id))
        for (ident,) in rows:
            if ident in matched:
                self._relink(folder, ident, *matched[ident])
            elif not journal.goes_up(self._db, ident) and not self.lost(ident):
                self.gone(ident)

    def _relink(self, folder: Folder, ident: int, uid: int, flags: Flags) -> None:
        self._db.execute(
            "UPDATE placement SET uid = ?, base_flags = ?, base_keywords = ? WHERE id = ?",
            (uid, flags.bits, pack_keywords(flags), ident),
        )
        self.refold(ident)
        row = self.row(ident)
        if row is not None and row.body:
            visible = unpack_flags(row.bits, row.keywords)
            self.rename(folder, ident, row.word, uid, row.internaldate, visible, row.file)
