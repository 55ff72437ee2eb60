"""What the parts of the Writer share during one transaction."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass, field

from mailtui.model.errors import StoreError
from mailtui.store.files import FileWork
from mailtui.store.folders import Folders
from mailtui.store.maildir import account_dir
from mailtui.store.touched import Touched


@dataclass
class Hand:
    db: sqlite3.Connection
    root: str
    folders: Folders
    touched: Touched = field(default_factory=Touched)
    work: FileWork = field(default_factory=FileWork)

    def begin(self) -> None:
        self.touched = Touched()
        self.work = FileWork()

    @property
    def local(self) -> frozenset[str]:
        """Accounts whose server keeps nothing: what is done on them is done at once."""
        return self.folders.local

    def gone_folder(self, account: str) -> str:
        """Where safety copies lie."""
        return os.path.join(account_dir(self.root, account), ".gone")

    def validity(self, mailbox: int) -> int | None:
        row = self.db.execute("SELECT uidvalidity FROM mailbox WHERE id = ?", (mailbox,)).fetchone()
        if row is None:
            raise StoreError("the mailbox is not in the index", "it is listed anew with the next connection")
        return row[0]  # type: ignore[no-any-return]
