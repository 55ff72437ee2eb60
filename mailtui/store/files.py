"""File work of one transaction: gathered while SQL runs, done just before the commit, undone if it fails."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from dataclasses import dataclass, field

from mailtui.store import names
from mailtui.store.maildir import parse_name, store_error, sync_files, sync_path

_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EXDEV, errno.EMLINK, errno.EACCES})


@dataclass
class FileWork:
    """Deliveries (spool -> cur), then moves (flags or mailbox changed) and links (copies) in the order in which they
    were asked for, and files to forget."""

    deliveries: list[tuple[str, str]] = field(default_factory=list)
    renames: list[tuple[str, str, bool]] = field(default_factory=list)
    """(old, new, whether the old name stays)."""
    unlinks: list[str] = field(default_factory=list)
    temporary: list[str] = field(default_factory=list)
    """Gone afterwards, whatever becomes of the transaction."""
    unless_committed: list[str] = field(default_factory=list)
    """Gone if it fails."""
    journals: list[tuple[str, bytes, bytes]] = field(default_factory=list)
    """(path, what to add before any file gets its name, what to add after the commit): see `names`."""
    folders: set[str] = field(default_factory=set)
    """Maildir folders whose cur/ changes."""
    _done: list[tuple[str, str]] = field(default_factory=list)
    _into: set[str] = field(default_factory=set)
    _spools: set[str] = field(default_factory=set)
    """Where deliveries go, and come from."""
    _made: list[str] = field(default_factory=list)
    _listed: dict[str, dict[str, str]] = field(default_factory=dict)
    _ahead: dict[str, bool] = field(default_factory=dict)
    """Names that will be there, or not, when all of this is done."""

    def deliver(self, spool: str, folder: str, name: str) -> None:
        self.deliveries.append((spool, f"{folder}{os.sep}cur{os.sep}{name}"))
        self.folders.add(folder)
        self._into.add(os.path.join(folder, "cur"))
        self._spools.add(os.path.dirname(spool))

    def move(self, old: str, folder: str, name: str) -> None:
        target = os.path.join(folder, "cur", name)
        self.renames.append((old, target, False))
        self._ahead[old] = False
        self._ahead[target] = True
        self.folders.add(folder)
        self.folders.add(os.path.dirname(os.path.dirname(old)))

    def link(self, old: str, folder: str, name: str) -> None:
        target = os.path.join(folder, "cur", name)
        self.renames.append((old, target, True))
        self._ahead[target] = True
        self.folders.add(folder)

    def exists(self, path: str) -> bool:
        """Whether the file is there, as far as this transaction goes."""
        there = self._ahead.get(path)
        return os.path.exists(path) if there is None else there

    def do(self) -> None:
        """Contents to disk, then names, then directories. Raises StoreError with everything as it was."""
        try:
            self._sync()
            for path, before, _ in self.journals:
                if before:
                    names.append(path, before, lasting=True)
            for spool, target in self.deliveries:
                os.rename(spool, target)
                self._done.append((spool, target))
            for old, target, stays in self.renames:
                if stays:
                    self._double(old, target)
                else:
                    self._rename(old, target)
            for folder in self._to_sync():
                sync_path(folder)
        except OSError as error:
            self.undo()
            raise store_error(error, error.filename or "the mail folder") from error
        except BaseException:
            self.undo()
            raise

    def _to_sync(self) -> list[str]:
        """Folders whose names must survive power loss: a flag in a name may be lost, a message may not."""
        found = self._into | {os.path.dirname(target) for target in self._made}
        for old, target in self._done[len(self.deliveries) :]:
            if os.path.dirname(old) != os.path.dirname(target):
                found |= {os.path.dirname(target), os.path.dirname(old)}
        return sorted(found - self._spools)

    def _rename(self, old: str, target: str) -> None:
        source = old if old == target or os.path.exists(old) else self._strayed(old, target)
        if source is not None and source != target:
            os.rename(source, target)
            self._done.append((source, target))

    def _strayed(self, old: str, target: str) -> str | None:
        """Where another program renamed the file to meanwhile; each folder is listed once."""
        folder = os.path.dirname(old)
        places = self._listed.get(folder)
        if places is None:
            places = self._listed[folder] = by_word(folder)
        path = places.get(parse_name(os.path.basename(old)).word)
        return path if path is not None and path != target and os.path.exists(path) else None

    def _double(self, old: str, target: str) -> None:
        """A second name for the same bytes; where the file system has none, a second file."""
        source = old if os.path.exists(old) else elsewhere(old, target)
        if source is None:
            raise FileNotFoundError(errno.ENOENT, "the message to copy is gone", old)
        self._made.append(target)
        try:
            os.link(source, target)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            shutil.copyfile(source, target)
            sync_path(target)

    def finish(self) -> None:
        """After the commit: what nothing refers to any more."""
        self.forget(self.unlinks)
        self.forget(self.temporary)
        for path, _, after in self.journals:
            with contextlib.suppress(OSError):  # then the file itself tells, or it is fetched again
                names.append(path, after, lasting=False)

    def undo(self) -> None:
        """Every name as it was: the transaction failed. Spooled files lie in tmp/ again."""
        done, self._done = self._done, []
        for old, target in reversed(done):
            with contextlib.suppress(OSError):
                os.rename(target, old)
        made, self._made = self._made, []
        self.forget(made)
        self.forget(self.temporary)
        self.forget(self.unless_committed)

    def _sync(self) -> None:
        """What could not be synced once is gone for good: the next fsync of it would lie."""
        try:
            sync_files([spool for spool, _ in self.deliveries])
        except BaseException:
            self.drop_spools()
            raise

    def drop_spools(self) -> None:
        """Their mail is fetched again."""
        self.forget([spool for spool, _ in self.deliveries])

    @staticmethod
    def forget(paths: list[str]) -> None:
        for path in paths:
            with contextlib.suppress(OSError):
                os.unlink(path)


def by_word(folder: str) -> dict[str, str]:
    """Paths of the messages in a maildir's cur/ (given) and new/, by public id."""
    found: dict[str, str] = {}
    for place in (os.path.join(os.path.dirname(folder), "new"), folder):
        with contextlib.suppress(OSError):
            found.update({parse_name(entry).word: os.path.join(place, entry) for entry in os.listdir(place)})
    return found


def elsewhere(old: str, target: str) -> str | None:
    """Where another program renamed the file to meanwhile (its flags, as a rule); None: it is gone."""
    folder, name = os.path.split(old)
    path = by_word(folder).get(parse_name(name).word)
    return path if path != target else None
