"""File work of one transaction: gathered while SQL runs, done just before the commit, undone if it fails."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field

from mailtui.store.maildir import parse_name, store_error, sync_files, sync_path


@dataclass
class FileWork:
    """Deliveries (spool -> cur), moves (flags or mailbox changed) and files to forget."""

    deliveries: list[tuple[str, str]] = field(default_factory=list)
    moves: list[tuple[str, str]] = field(default_factory=list)
    unlinks: list[str] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)
    """Maildir folders whose cur/ changes."""
    _done: list[tuple[str, str]] = field(default_factory=list)

    def deliver(self, spool: str, folder: str, name: str) -> None:
        self.deliveries.append((spool, os.path.join(folder, "cur", name)))
        self.folders.add(folder)

    def move(self, old: str, folder: str, name: str) -> None:
        self.moves.append((old, os.path.join(folder, "cur", name)))
        self.folders.add(folder)
        self.folders.add(os.path.dirname(os.path.dirname(old)))

    def do(self) -> None:
        """Contents to disk, then names, then directories. Raises StoreError with everything as it was."""
        try:
            self._sync()
            for spool, target in self.deliveries:
                os.rename(spool, target)
                self._done.append((spool, target))
            for old, target in self.moves:
                source = old if old == target or os.path.exists(old) else elsewhere(old, target)
                if source is not None and source != target:
                    os.rename(source, target)
                    self._done.append((source, target))
            for folder in sorted({os.path.dirname(target) for _, target in self.deliveries}):
                sync_path(folder)
        except OSError as error:
            self.undo()
            raise store_error(error, error.filename or "the mail folder") from error
        except BaseException:
            self.undo()
            raise

    def finish(self) -> None:
        """After the commit: what nothing refers to any more."""
        self.forget(self.unlinks)

    def undo(self) -> None:
        """Every name as it was: the transaction failed. Spooled files lie in tmp/ again."""
        done, self._done = self._done, []
        for old, target in reversed(done):
            with contextlib.suppress(OSError):
                os.rename(target, old)

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


def elsewhere(old: str, target: str) -> str | None:
    """Where another program renamed the file to meanwhile (its flags, as a rule); None: it is gone."""
    folder, name = os.path.split(old)
    word = parse_name(name).word
    for place in (folder, os.path.join(os.path.dirname(folder), "new")):
        try:
            for entry in os.listdir(place):
                path = os.path.join(place, entry)
                if path != target and parse_name(entry).word == word:
                    return path
        except OSError:
            continue
    return None
