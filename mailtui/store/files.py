"""File work of one transaction: gathered while SQL runs, done just before the commit, undone if it fails."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field

from mailtui.store.maildir import store_error, sync_files, sync_path


@dataclass
class FileWork:
    """Deliveries (spool -> cur), moves (flags or mailbox changed) and files to forget."""

    deliveries: list[tuple[str, str]] = field(default_factory=list)
    moves: list[tuple[str, str]] = field(default_factory=list)
    unlinks: list[str] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)
    """Maildir folders whose cur/ changes."""

    def deliver(self, spool: str, folder: str, name: str) -> None:
        self.deliveries.append((spool, os.path.join(folder, "cur", name)))
        self.folders.add(folder)

    def move(self, old: str, folder: str, name: str) -> None:
        self.moves.append((old, os.path.join(folder, "cur", name)))
        self.folders.add(folder)
        self.folders.add(os.path.dirname(os.path.dirname(old)))

    def do(self) -> None:
        """Contents to disk, then names, then directories. Raises StoreError with everything as it was."""
        done: list[tuple[str, str, bool]] = []
        try:
            sync_files([spool for spool, _ in self.deliveries])
            for spool, target in self.deliveries:
                os.rename(spool, target)
                done.append((spool, target, True))
            for old, target in self.moves:
                if old == target:
                    continue
                try:
                    os.rename(old, target)
                except FileNotFoundError:
                    continue  # another program renamed or removed it: the next look at the folder settles it
                done.append((old, target, False))
            for folder in sorted({os.path.dirname(target) for _, target in self.deliveries}):
                sync_path(folder)
        except OSError as error:
            self._undo(done)
            raise store_error(error, error.filename or "the mail folder") from error
        except BaseException:
            self._undo(done)
            raise
        self.forget(self.unlinks)

    def _undo(self, done: list[tuple[str, str, bool]]) -> None:
        for old, target, delivered in reversed(done):
            with contextlib.suppress(OSError):
                if delivered:
                    os.unlink(target)
                else:
                    os.rename(target, old)
        self.drop_spools()

    def drop_spools(self) -> None:
        """The transaction failed: its mail is fetched again."""
        self.forget([spool for spool, _ in self.deliveries])

    @staticmethod
    def forget(paths: list[str]) -> None:
        for path in paths:
            with contextlib.suppress(OSError):
                os.unlink(path)
