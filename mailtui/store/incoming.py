"""Facts about maildrops (POP3) become rows, files and names."""

from __future__ import annotations

import json
from collections.abc import Sequence

from mailtui.model.facts import Delivery
from mailtui.model.folder import Role
from mailtui.model.maildrop import MaildropDeleting, MaildropListed, MaildropRead, Popped
from mailtui.store import names
from mailtui.store.apply import Applier
from mailtui.store.folders import Folder
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
        for popped in fact.messages:
            before = known.get(popped.uidl)
            if before is not None and before[0] == popped.delivery.digest and not self._lost(before[1]):
                self._applier.work.unlinks.append(popped.delivery.spool)
                self._db.execute(
                    "UPDATE pop SET size = ? WHERE account = ? AND uidl = ?",
                    (popped.octets or popped.delivery.size, fact.account, popped.uidl),
                )
                continue
            name = self._new(folder, popped, fact.at)
            known[popped.uidl] = (name.digest, name.word)
            fresh.append(name)
        if fresh:
            path = names.path_of(account_dir(self._applier.root, fact.account))
            self._applier.work.journals.append((path, *names.coming(fact.account, fresh)))

    def _new(self, folder: Folder, popped: Popped, at: float) -> names.Name:
        delivery: Delivery = popped.delivery
        message, envelope = self._applier.content(delivery.digest, delivery.head, delivery.size)
        word = new_word()
        file = file_name(delivery.internaldate, word, None, 0, letters_of(delivery.flags, folder.keywords))
        self._applier.work.deliver(delivery.spool, folder.path, file)
        date = sort_date(envelope, delivery.internaldate)
        self._applier.place(folder, message, word, delivery, date, file, None)
        name = names.Name(popped.uidl, word, delivery.digest, popped.octets or delivery.size, at)
        self._db.execute(KEEP, (folder.account, *name.row))
        return name

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
