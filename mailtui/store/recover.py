"""Makes index and maildir agree again: after a crash, after other programs were at the files, after the index was lost.

The maildir is the truth for content. A folder whose directory has not changed since the last commit is not looked into.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass

from mailtui.model.errors import StoreError
from mailtui.model.facts import Delivery
from mailtui.model.mail import Envelope, Flags
from mailtui.store.apply import Applier
from mailtui.store.files import elsewhere
from mailtui.store.folders import Folder
from mailtui.store.maildir import (
    FileName,
    account_dir,
    file_name,
    flags_of,
    make_maildir,
    new_word,
    parse_name,
    stamp,
)
from mailtui.store.maildirs import move_for_good
from mailtui.store.messages import read_message, sort_date
from mailtui.store.outside import Outside, Removed, path_in

BATCH = 500
NEVER = 1 << 62  # nanoseconds since 1970: later than any time


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. `adopted`: files that had no row; `missing`: rows whose file is gone."""

    mailboxes: int
    messages: int
    adopted: int
    missing: int


def changed_at(folder: str) -> int:
    """When something last came, went or was renamed, nanoseconds since 1970."""
    times = [0]
    for part in ("cur", "new"):
        with contextlib.suppress(OSError):
            times.append(os.stat(os.path.join(folder, part)).st_mtime_ns)
    return max(times)


@dataclass
class _Found:
    """A file in cur/ or new/."""

    path: str
    part: str
    file: str
    name: FileName


class Recovery:
    """Works through the Applier, so that what it finds is counted, threaded and announced like everything else.

    With `adopting`, what other programs did to the files becomes Intents (see `outside`). Without, after a crash: a
    renamed file keeps its row, whose flags stay as the server has them (the name is only followed); a new file becomes
    a row of this computer; a removed file leaves a row without body; a file in another folder is put back.
    """

    def __init__(
        self, applier: Applier, progress: Callable[[int], None] = lambda done: None, *, adopting: bool = False
    ) -> None:
        self._applier = applier
        self.outside = Outside(applier) if adopting else None
        self._removed: dict[str, Removed] = {}
        self._strangers: list[tuple[Folder, _Found]] = []
        self._looked: list[tuple[Folder, int]] = []
        """With the stamp that each had before it was listed: what others did since is looked at the next time, and so
        is, once more and in vain, what we moved ourselves."""
        self._delivered: list[tuple[Folder, int, int, Flags, int]] = []
        """Mail of a server that has no row yet, as `Applier.meet` wants it."""
        self._db = applier.db
        self._progress = progress
        self._places: dict[str, dict[str, str]] = {}
        self._always = False
        self.messages = self.adopted = self.missing = 0

    def look(self, mailbox: int, *, always: bool = False, racy_from: int = NEVER) -> bool:
        """Reconciles one mailbox if its folder changed, or might have (changed at or after `racy_from`, nanoseconds:
        too close to our own last change to tell by time). Whether it did."""
        folder = self._applier.folders.get(mailbox)
        (known,) = self._db.execute("SELECT cur_mtime_ns FROM mailbox WHERE id = ?", (mailbox,)).fetchone()
        if stamp(folder.path) == known and not always and changed_at(folder.path) < racy_from:
            return False
        self._always = always
        before = stamp(folder.path)
        files = None if self._unmounted(folder) else _files(folder.path)
        if files is None:
            if always:
                raise StoreError(f"{folder.path} can't be read", "mend the disk or the permissions, then try again")
            return False  # can't be read just now: nothing is known of it, least of all that mail was removed
        self._reconcile(folder, files)
        if self.outside is None:
            self._stamp(folder, stamp(folder.path))
        else:
            self._looked.append((folder, before))
        return True

    def _is_local(self, folder: Folder) -> bool:
        return folder.account in self._applier.hand.local

    def _unmounted(self, folder: Folder) -> bool:
        """A folder that is missing as a whole: nobody deletes mail like that, and no server could bring it back."""
        return self._is_local(folder) and not self._always and not os.path.isdir(os.path.join(folder.path, "cur"))

    def _stamp(self, folder: Folder, mark: int) -> None:
        self._db.execute("UPDATE mailbox SET cur_mtime_ns = ?1 WHERE id = ?2 AND cur_mtime_ns <> ?1", (mark, folder.id))

    def _reconcile(self, folder: Folder, files: list[_Found]) -> None:
        rows = {
            word: (ident, file)
            for ident, word, file in self._db.execute(
                "SELECT id, word, file FROM placement WHERE base_mailbox = ? AND body = 1 AND gone IS NULL",
                (folder.id,),
            )
        }
        strangers = []
        for found in files:
            self.messages += 1
            row = rows.get(found.name.word)
            if row is not None and row[1] == found.file and found.part == "cur":
                del rows[found.name.word]
            else:
                strangers.append(found)
            if self.messages % BATCH == 0:
                self._progress(self.messages)
        strangers.sort(key=_date, reverse=True)  # newest first, and so is the full text filled
        for found in strangers:
            row = rows.pop(found.name.word, None)
            if row is not None and self._undone(folder):
                move_for_good(found.path, path_in(folder, row[1]))
            elif row is not None:
                self._follow(row[0], self._to_cur(folder, found))
                if self.outside is not None:
                    self.outside.flags(folder, row[0], found.name.letters)
            elif self.outside is not None:
                self._strangers.append((folder, found))
            else:
                self._adopt(folder, found)
        there = os.path.isdir(os.path.join(folder.path, "cur"))
        for word, (ident, file) in rows.items():
            if self.outside is None or not there:  # nobody deletes mail by deleting the folder: it is fetched again
                self._lost(folder, ident, word, file if self._undone(folder) else "")
            elif (gone := self.outside.removed_row(ident, word)) is not None:
                self._removed[word] = gone

    def _undone(self, folder: Folder) -> bool:
        """Whether files of this folder get the very names back that the index knows: what a crash cut short was never
        done, where no server has done it either."""
        return self.outside is None and not self._always and self._is_local(folder)

    def settle(self) -> None:
        """After all mailboxes were looked at: what left one folder may have come into another."""
        if self.outside is not None:
            self._settle_outside(self.outside)
        for delivered in self._delivered:
            self._applier.meet(*delivered)
        self._delivered = []

    def _settle_outside(self, outside: Outside) -> None:
        by_digest = {row.digest: row for row in self._removed.values()}
        sure = True
        for folder, found in self._strangers:
            gone = self._removed.get(found.name.word)
            if gone is None and by_digest:
                try:
                    gone = by_digest.get(read_message(found.path)[1])
                except FileNotFoundError:
                    pass
                except OSError:
                    sure = False  # it may be what is missed elsewhere
            if gone is not None and gone.word in self._removed and os.path.exists(found.path):
                del self._removed[gone.word]
                by_digest.pop(gone.digest, None)
                move_for_good(found.path, path_in(self._applier.folders.get(gone.mailbox), gone.file))
                outside.moved(gone, folder, found.name.letters)
            else:
                self._adopt(folder, found)
        if sure:
            self.missing += outside.removed(list(self._removed.values()))
            for folder, before in self._looked:
                self._stamp(folder, before)
        self._removed, self._strangers = {}, []

    def _follow(self, ident: int, file: str) -> None:
        self._db.execute("UPDATE placement SET file = ? WHERE id = ?", (file, ident))

    def _lost(self, folder: Folder, ident: int, word: str, name: str) -> None:
        """A row whose file is not here: put back from where it lies (a crash between moving and committing, or another
        program moved it); else the body has to come from the server again."""
        path = self._find(folder.account, word)
        if path is not None:
            file = name or os.path.basename(path)
            move_for_good(path, os.path.join(folder.path, "cur", file))
            self._follow(ident, file)
            return
        self.missing += 1
        self._db.execute("UPDATE placement SET body = 0, file = '' WHERE id = ?", (ident,))
        (uid,) = self._db.execute("SELECT uid FROM placement WHERE id = ?", (ident,)).fetchone()
        if uid is None:
            self._applier.placing.gone(ident)  # no server has it: nothing is left of it

    def _find(self, account: str, word: str) -> str | None:
        """A file by its word anywhere in the account, which is listed once, and only when something is missing."""
        places = self._places.get(account)
        if places is None:
            places = self._places[account] = {}
            for folder, names, files in os.walk(account_dir(self._applier.root, account)):
                if os.path.basename(folder) in {"cur", "new"}:
                    names.clear()
                    places.update({parse_name(file).word: os.path.join(folder, file) for file in files})
        path = places.get(word)
        return path if path is not None and os.path.exists(path) else None

    def _to_cur(self, folder: Folder, found: _Found, word: str = "") -> str:
        """The file's name in cur/: as it is if it may stay, else under a name that the index can hold."""
        file, name = found.file, found.name
        if word or not _storable(file):
            date = _date(found)
            file = file_name(date, word or name.word, name.uid, name.validity, name.letters)
        elif found.part == "new" and file == name.base:
            file = f"{file}:2,"
        if found.part != "cur" or file != found.file:
            target = os.path.join(folder.path, "cur", file)
            if os.path.exists(target):
                return self._to_cur(folder, found, new_word())
            move_for_good(found.path, target)
            found.path, found.part, found.file = target, "cur", file
        return file

    def _adopt(self, folder: Folder, found: _Found) -> None:
        """A file without a row: delivered just before a crash, the index was lost, or another program put it there."""
        try:
            head, digest, size = read_message(found.path)
        except OSError:
            return  # gone or unreadable: not ours to judge, the next look sees it again
        if self.outside is None and self._sent_home(folder, found):
            return
        name = found.name
        uid = name.uid if name.validity and name.validity == folder.state.uidvalidity else None
        row = self._db.execute(
            "SELECT p.id, p.word, p.body, m.digest, p.file FROM placement p JOIN message m ON m.id = p.message "
            "WHERE p.base_mailbox = ? AND p.uid = ?",
            (folder.id, uid),
        ).fetchone()
        if row is not None and row[2] and os.path.exists(os.path.join(folder.path, "cur", row[4])):
            if row[3] == digest and name.base.endswith(f",U={uid},V={name.validity}"):
                os.unlink(found.path)  # delivered twice by us: the row has the very same bytes under another word
                return
            uid, row = None, None
        if row is not None and row[2] and row[3] != digest:
            uid, row = None, None  # the row's file is missing, but this is not it
        if self._remnant(folder, name, uid, digest):
            os.unlink(found.path)
            return
        message, envelope = self._applier.content(digest, head, size, folder.state.role)
        if row is not None:
            file = self._to_cur(folder, found, row[1] if row[1] != name.word else "")
            self._db.execute(
                "UPDATE placement SET message = ?, body = 1, file = ? WHERE id = ?", (message, file, row[0])
            )
            return
        self._place(folder, found, uid, digest, size, message, envelope)

    def _sent_home(self, folder: Folder, found: _Found) -> bool:
        """The file of a row of another mailbox, which misses it: a crash between moving and committing. It is put back
        before it could be taken for another message."""
        row = self._db.execute(
            "SELECT base_mailbox, file FROM placement WHERE word = ? AND body = 1 AND gone IS NULL "
            "AND base_mailbox <> ? AND file <> ''",
            (found.name.word, folder.id),
        ).fetchone()
        if row is None:
            return False
        home = self._applier.folders.get(row[0])
        place = path_in(home, row[1])
        if home.account != folder.account or os.path.exists(place) or elsewhere(place, place) is not None:
            return False
        move_for_good(found.path, place)
        return True

    def _remnant(self, folder: Folder, name: FileName, uid: int | None, digest: bytes) -> bool:
        """Our own file, without a UID and without a row, of mail that has both elsewhere: a copy that a crash cut short
        before it was in the journal. Not while the index is being rebuilt: then it may be all there is."""
        if self._always or not name.ours or uid is not None or name.uid:
            return False
        if self.outside is not None and self._is_local(folder):
            return False  # there was no crash, and no server to ask for it
        if self._db.execute(
            "SELECT 1 FROM placement WHERE word = ?1 UNION ALL SELECT 1 FROM pop WHERE word = ?1", (name.word,)
        ).fetchone():
            return False
        return (
            self._db.execute(
                "SELECT 1 FROM message m JOIN placement p ON p.message = m.id "
                "WHERE m.digest = ? AND p.body AND p.gone IS NULL",
                (digest,),
            ).fetchone()
            is not None
        )

    def _place(
        self, folder: Folder, found: _Found, uid: int | None, digest: bytes, size: int, message: int, envelope: Envelope
    ) -> None:
        name, word, revived = found.name, found.name.word, None
        other = self._db.execute(
            "SELECT id, gone, file, base_mailbox FROM placement WHERE word = ?", (word,)
        ).fetchone()
        if other is not None and other[1] is not None:
            before = parse_name(other[2])
            again = self._is_local(folder) and (self.outside is not None or not other[2])
            if again and other[2]:
                self._applier.work.unlinks.append(self._copy(folder, other[2]))
            same = (other[3], before.uid, before.validity) == (folder.id, name.uid, name.validity)
            if not again and (uid is None or same):
                self._hide(folder, found, other[0])
                return
            revived = other[0]  # back from the server, a crash before the commit; or another program put it back
        elif other is not None:
            word = new_word()  # a copy of a message that has its row elsewhere
        file = self._to_cur(folder, found, "" if word == name.word else word)
        date = _date(found)
        mail = Delivery(uid or 0, flags_of(name.letters, folder.keywords), date, size, digest, b"", "")
        date = sort_date(envelope, date)
        ident = self._applier.place(folder, message, parse_name(file).word, mail, date, file, revived)
        self.adopted += 1
        if uid is not None and not self._always:
            self._delivered.append((folder, message, uid, mail.flags, ident))
        if self.outside is not None and uid is None and not name.ours:
            self.outside.arrived(ident)

    def _copy(self, folder: Folder, file: str) -> str:
        return os.path.join(self._applier.hand.gone_folder(folder.account), "cur", file)

    def _hide(self, folder: Folder, found: _Found, ident: int) -> None:
        """The server no longer has it: the file joins the safety copies."""
        gone = self._applier.hand.gone_folder(folder.account)
        make_maildir(gone)
        name = found.name
        file = file_name(_date(found), name.word, name.uid, name.validity, name.letters)
        move_for_good(found.path, os.path.join(gone, "cur", file))
        self._follow(ident, file)


def _files(path: str) -> list[_Found] | None:
    """Every message file; dot files, folders and links are nobody's mail. None: the folder can't be read."""
    found = []
    for part in ("cur", "new"):
        try:
            with os.scandir(os.path.join(path, part)) as entries:
                found += [
                    _Found(entry.path, part, entry.name, parse_name(entry.name))
                    for entry in entries
                    if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False)
                ]
        except FileNotFoundError:
            continue
        except OSError:
            return None
    return found


def _date(found: _Found) -> int:
    """INTERNALDATE by our own file name, else when the file was written."""
    if found.name.ours:
        return min(int(found.file.partition(".")[0]), 1 << 40)
    try:
        return int(os.stat(found.path).st_mtime)
    except OSError:
        return 0


def _storable(file: str) -> bool:
    try:
        file.encode()
    except UnicodeEncodeError:
        return False
    return True
