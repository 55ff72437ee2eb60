"""Facts about maildrops (POP3) become rows, files and names."""

from __future__ import annotations

import json
from collections.abc import Sequence

from mailtui.mail.headers import scan_envelope
from mailtui.model.facts import Delivery
from mailtui.model.folder import Role
from mailtui.model.maildrop import MaildropDeleting, MaildropListed, MaildropRead
from mailtui.store import names
from mailtui.store.apply import Applier
from mailtui.store.folders import Folder
from mailtui.store.landing import placed
from mailtui.store.maildir import account_dir, file_name, letters_of, new_word
from mailtui.store.maildrop import ANSWERED, ASKED, KEEP
from mailtui.store.messages import sort_date


class Maildrops:
    """Belongs to the Writer's thread."""

    def __init__(self, applier: Applier) -> None:
        self._applier = applier
        self._db = applier.db

    def read(self, fact: MaildropRead) -> None:
        """New mail goes into the Inbox. A name that is known with these bytes is only followed in its size."""
        folder = self._inbox(fact.account)
        known = self._known(fact.account, [popped.uidl for popped in fact.messages])
        fresh: list[names.Name] = []
        new: list[Delivery] = []
        for popped in fact.messages:
            before = known.get(popped.uidl)
            if before is not None and before[0] == popped.delivery.digest and not self._lost(before[1]):
                self._applier.work.unlinks.append(popped.delivery.spool)
                self._db.execute(
                    "UPDATE pop SET size = ? WHERE account = ? AND uidl = ?",
                    (popped.octets or popped.delivery.size, fact.account, popped.uidl),
                )
                continue
            delivery = popped.delivery
            size = popped.octets or delivery.size
            name = names.Name(popped.uidl, new_word(), delivery.digest, size, fact.at)
            known[popped.uidl] = (name.digest, name.word)
            fresh.append(name)
            new.append(delivery)
        if fresh:
            self._land(folder, new, [name.word for name in fresh])
            self._db.executemany(KEEP, [(folder.account, *name.row) for name in fresh])
            path = names.path_of(account_dir(self._applier.root, fact.account))
            self._applier.work.journals.append((path, *names.coming(fact.account, fresh)))

    def _land(self, folder: Folder, deliveries: Sequence[Delivery], words: Sequence[str]) -> None:
        """A new row for each, under these public ids."""
        applier, landing = self._applier, self._applier.landing
        envelopes = [scan_envelope(delivery.head) for delivery in deliveries]
        keys = landing.begin([delivery.digest for delivery in deliveries], envelopes)
        for delivery, word, envelope, one in zip(deliveries, words, envelopes, keys, strict=True):
            message = applier.landed(folder, delivery, envelope, one)
            letters = letters_of(delivery.flags, folder.keywords)
            name = file_name(delivery.internaldate, word, None, 0, letters)
            applier.work.deliver(delivery.spool, folder.path, name)
            date = sort_date(envelope, delivery.internaldate)
            ident = landing.placement(placed(folder, message, word, delivery, date, name))
            applier.touched.added(folder.id, ident, delivery.flags.bits)
        landing.flush()

    def _known(self, account: str, uidls: Sequence[str]) -> dict[str, tuple[bytes, str]]:
        rows = self._db.execute(
            "SELECT uidl, digest, word FROM pop WHERE account = ? AND uidl IN (SELECT value FROM json_each(?))",
            (account, json.dumps(uidls)),
        )
        return {uidl: (digest, word) for uidl, digest, word in rows}

    def _lost(self, word: str) -> bool:
        """The file is gone, and nobody here deleted it."""
        row = self._db.execute("SELECT body FROM placement WHERE word = ?", (word,)).fetchone()
        return row is not None and not row[0]

    def _inbox(self, account: str) -> Folder:
        row = self._db.execute(
            "SELECT id FROM mailbox WHERE account = ? AND role = ? AND NOT gone", (account, Role.INBOX.value)
        ).fetchone()
        if row is None:
            ident = self._applier.folders.create(account, "INBOX", "/", Role.INBOX.value, "", None)
            self._applier.touched.listed = True
            return self._applier.folders.get(ident)
        return self._applier.folders.get(row[0])

    def listed(self, fact: MaildropListed) -> None:
        """What is no longer on the server has no name any more; the mail stays."""
        there = set(fact.uidls)
        gone = [
            uidl
            for (uidl,) in self._db.execute("SELECT uidl FROM pop WHERE account = ?", (fact.account,)).fetchall()
            if uidl not in there
        ]
        self._db.executemany("DELETE FROM pop WHERE account = ? AND uidl = ?", ((fact.account, uidl) for uidl in gone))
        if gone:
            path = names.path_of(account_dir(self._applier.root, fact.account))
            self._applier.work.journals.append((path, b"", names.leaving(gone)))
        self._db.execute("INSERT OR REPLACE INTO meta VALUES(?, ?)", (f"maildrop {fact.account}", fact.at))

    def deleting(self, fact: MaildropDeleting) -> None:
        mark = ANSWERED if fact.done else ASKED
        self._db.executemany(
            "UPDATE pop SET deleting = ? WHERE account = ? AND uidl = ?",
            ((mark, fact.account, uidl) for uidl in fact.uidls),
        )
