"""What other programs did to the maildir, taken as what the person wants: flags, moves, removals, new mail.

Only while nothing of it can be our own unfinished work: after a crash the index is right, and files follow it.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from mailtui.model.folder import Role
from mailtui.model.ids import MailboxId, PlacementId
from mailtui.model.intents import Intent, Move, SetFlags, Upload
from mailtui.model.mail import Flag, Flags
from mailtui.store.apply import Applier
from mailtui.store.codec import unpack_flags
from mailtui.store.folders import Folder
from mailtui.store.maildir import flags_of

FEW = 20
SHARE = 0.2
"""More removed files than both (a number; a share of the mailbox) are an accident, no wish: they are fetched again."""
_IN_NAMES = int(Flag.SEEN | Flag.ANSWERED | Flag.FLAGGED | Flag.DELETED | Flag.DRAFT)


@dataclass
class Removed:
    """A row whose file is not where it was."""

    placement: int
    mailbox: int
    word: str
    digest: bytes
    uid: int | None
    file: str


@dataclass
class Outside:
    """Journals what others did, through the same road as everything else."""

    applier: Applier
    notices: list[str] = field(default_factory=list)

    def _do(self, *intents: Intent) -> None:
        self.applier.deeds.do(intents, None)

    def removed_row(self, placement: int, word: str) -> Removed | None:
        row = self.applier.db.execute(
            "SELECT p.base_mailbox, m.digest, p.uid, p.file FROM placement p JOIN message m ON m.id = p.message "
            "WHERE p.id = ? AND p.gone IS NULL",
            (placement,),
        ).fetchone()
        return Removed(placement, row[0], word, row[1], row[2], row[3]) if row is not None else None

    def flags(self, folder: Folder, placement: int, letters: str) -> None:
        """A file was renamed: as far as names can say it, its flags are what the person wants."""
        row = self.applier.db.execute("SELECT flags, keywords FROM placement WHERE id = ?", (placement,)).fetchone()
        if row is None:
            return
        seen, said = unpack_flags(*row), flags_of(letters, folder.keywords)
        speakable = {word.lower() for word in (*folder.keywords[:26], "$Forwarded")}
        words = tuple(word for word in seen.keywords if word.lower() in speakable)
        comparable = Flags(seen.bits & _IN_NAMES, Flags.of(words).keywords)
        add, remove = said.without(comparable), comparable.without(said)
        if add != Flags() or remove != Flags():
            self._do(SetFlags((PlacementId(placement),), add, remove))

    def moved(self, row: Removed, target: Folder, letters: str) -> None:
        """The file has been put back to where the server has the message; the wish is journaled."""
        if row.mailbox != target.id:
            self._do(Move((PlacementId(row.placement),), MailboxId(target.id)))
        self.flags(target, row.placement, letters)

    def arrived(self, placement: int) -> None:
        """Another program delivered it: it goes up, unless the server turns out to have it."""
        known, account = self.applier.db.execute(
            "SELECT b.uidvalidity IS NOT NULL, b.account FROM placement p JOIN mailbox b ON b.id = p.base_mailbox "
            "WHERE p.id = ?",
            (placement,),
        ).fetchone()
        if known and account not in self.applier.hand.local:
            self._do(Upload((PlacementId(placement),), lost=True))

    def removed(self, rows: Sequence[Removed]) -> int:
        """Removed mail goes to the Trash, as if deleted here; of the Trash itself and of too many at once nothing is
        deleted: it is fetched again. How many bodies are missing now."""
        by_mailbox: defaultdict[int, list[Removed]] = defaultdict(list)
        for row in rows:
            by_mailbox[row.mailbox].append(row)
        missing = 0
        for mailbox, mine in by_mailbox.items():
            total, role, name, account = self.applier.db.execute(
                "SELECT total, role, name, account FROM mailbox WHERE id = ?", (mailbox,)
            ).fetchone()
            for row in mine:
                missing += self._bodiless(row)
            many = len(mine) > FEW and len(mine) > total * SHARE
            if account in self.applier.hand.local:
                if many:
                    self.notices.append(f"another program removed {len(mine)} messages of {name} from the disk")
                continue
            if role == Role.TRASH.value:
                continue
            if many:
                self.notices.append(
                    f"{len(mine)} messages of {name} were removed from the disk: they are fetched again"
                )
                continue
            wanted = tuple(PlacementId(row.placement) for row in mine if row.uid is not None)
            if wanted:
                self._do(Move(wanted, Role.TRASH))
        return missing

    def _bodiless(self, row: Removed) -> int:
        self.applier.db.execute("UPDATE placement SET body = 0, file = '' WHERE id = ?", (row.placement,))
        if row.uid is None:
            self.applier.placing.gone(row.placement)  # no server has it: nothing is left of it
        return row.uid is not None


def path_in(folder: Folder, file: str) -> str:
    return os.path.join(folder.path, "cur", file)
