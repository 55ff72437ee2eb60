"""A person's busy minute in a process of its own, to be killed anywhere: every kind of deed offline, then one sync.

`python -m tests.support.busy_child STORE USER PORT ACKNOWLEDGED`: the name of each deed is written to the last file
when the store has said yes to it."""

from __future__ import annotations

import asyncio
import atexit
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from mailtui import boot
from mailtui.model.account import Settings
from mailtui.model.errors import MailtuiError
from mailtui.model.folder import Role
from mailtui.model.ids import MailboxId, PlacementId
from mailtui.model.intents import (
    Copy,
    CreateMailbox,
    Deed,
    DeleteMailbox,
    Expunge,
    Intent,
    Move,
    Order,
    RenameMailbox,
    Restore,
    SetFlags,
    Undo,
)
from mailtui.model.mail import Flags
from mailtui.model.outgoing import Save
from mailtui.model.ports import MailReader
from mailtui.store.reader import open_reader
from tests.support.running_engine import ACCOUNT, account, sync

FLAGS = Flags.of(["\\Flagged", "$Label1"])
DRAFT = Flags.of(["\\Draft", "\\Seen"])


class Desk:
    """What a deed needs to know of the store."""

    def __init__(self, reader: MailReader) -> None:
        self._reader = reader
        self.rows = {
            int(row.subject.split()[-1]): row.placement
            for box in reader.mailboxes()
            for row in reader.page(box.id, limit=1000)
        }

    def mails(self, *numbers: int) -> tuple[PlacementId, ...]:
        return tuple(self.rows[n] for n in numbers)

    def box(self, name: str) -> MailboxId:
        return next(box.id for box in self._reader.mailboxes() if box.name == name)

    def copies(self) -> tuple[str, ...]:
        return tuple(copy.word for copy in self._reader.safety_copies())


def deed(*intents: Intent) -> Deed:
    return Deed("done", intents)


def mail(n: int) -> bytes:
    # Every third has no Message-ID: only its content tells what it is.
    ident = f"Message-ID: <{n}@example.org>\r\n" if n % 3 else ""
    return f"From: a@example.org\r\nSubject: mail {n}\r\n{ident}\r\ntext {n}{'.' * n}\r\n".encode()


def written(desk: Desk, number: int, *, replaces: int | None = None) -> Save:
    """A draft, in a file of its own."""
    path = Path(tempfile.gettempdir(), f"draft-{os.getpid()}-{number}")
    path.write_bytes(mail(number))
    atexit.register(path.unlink, missing_ok=True)
    old = desk.rows[replaces] if replaces is not None else None
    return Save(ACCOUNT, Role.DRAFTS, str(path), DRAFT, old)


DEEDS: dict[str, Callable[[Desk], Deed | Order]] = {
    "flag": lambda desk: deed(SetFlags(desk.mails(1, 2), FLAGS)),
    "move": lambda desk: deed(Move(desk.mails(3, 4), desk.box("Lists"))),
    "copy": lambda desk: deed(Copy(desk.mails(5), desk.box("Lists"))),
    "archive": lambda desk: deed(Move(desk.mails(6, 7), Role.ARCHIVE)),
    "delete": lambda desk: deed(Move(desk.mails(8), Role.TRASH)),
    "expunge": lambda desk: deed(Expunge(desk.mails(9))),
    "make": lambda desk: deed(CreateMailbox(ACCOUNT, "New")),
    "move to the new one": lambda desk: deed(Move(desk.mails(10), desk.box("New"))),
    "rename": lambda desk: deed(RenameMailbox(desk.box("Old"), "Older")),
    "delete a folder": lambda desk: deed(DeleteMailbox(desk.box("Bin"))),
    "restore": lambda desk: Restore(desk.copies()),
    "archive by mistake": lambda desk: deed(Move(desk.mails(12), Role.ARCHIVE)),
    "undo": lambda desk: Undo(),
    "save a draft": lambda desk: Deed("", (written(desk, 31),)),
    "save it anew": lambda desk: Deed("", (written(desk, 32, replaces=31),)),
}


def act(settings: Settings, acknowledged: str) -> None:
    """All deeds, one after the other; each that the store said yes to is written down."""
    with open(acknowledged, "ab", buffering=0) as said:
        for name, make in DEEDS.items():
            try:
                reader = open_reader(settings.store)
                try:
                    wanted = make(Desk(reader))
                finally:
                    reader.close()
                boot.submit(settings, wanted)
            except (MailtuiError, StopIteration, KeyError) as error:
                os.write(2, f"{name}: {error!r}\n".encode())
                continue
            said.write(f"{name}\n".encode())


def main() -> None:
    root, user, port, acknowledged = sys.argv[1:]
    settings = Settings((account(user, int(port)),), root)
    act(settings, acknowledged)
    failures = asyncio.run(sync(Path(root), settings.accounts[0]))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
