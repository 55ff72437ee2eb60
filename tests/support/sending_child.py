"""A person who writes two letters and sends them, in a process of its own, to be killed anywhere.

`python -m tests.support.sending_child STORE PORT ACKNOWLEDGED`: the name of each deed is written to the last file when
the store has said yes to it; at the end what is due is sent to the SMTP server on that port of this computer."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

from mailtui import boot
from mailtui.engine.clock import SystemClock
from mailtui.engine.engine import Engine
from mailtui.model.account import (
    Account,
    Protocol,
    SecretKind,
    SecretSource,
    Security,
    ServerSettings,
    Settings,
)
from mailtui.model.errors import MailtuiError
from mailtui.model.folder import Role
from mailtui.model.ids import AccountId, PlacementId
from mailtui.model.intents import Deed, Order
from mailtui.model.mail import Flags
from mailtui.model.outgoing import Save, Send
from mailtui.store.reader import open_reader
from mailtui.store.store import Store
from tests.support.running_engine import KnownSecret

ACCOUNT = AccountId("work")
DRAFT = Flags.of(["\\Draft", "\\Seen"])
WHOM = ("ann@a.example", "bob@b.example")


def account(port: int) -> Account:
    """Its mail lies on this computer; it sends by the server on `port`."""
    secret = SecretSource(SecretKind.COMMAND, ("true",))
    smtp = ServerSettings(Protocol.SMTP, "127.0.0.1", port, Security.NONE, "me", secret, timeout=10.0)
    return Account(ACCOUNT, "me@example", "Me", smtp=smtp)


def letter(number: int) -> bytes:
    return f"From: me@example\r\nMessage-ID: <{number}@example>\r\nSubject: letter {number}\r\n\r\ntext\r\n".encode()


def file_of(root: str, number: int) -> str:
    path = Path(f"{root}-letter-{number}")
    path.write_bytes(letter(number))
    return str(path)


def draft_of(root: str, number: int) -> PlacementId | None:
    with contextlib.closing(open_reader(root)) as reader:
        for box in reader.mailboxes():
            for row in reader.page(box.id) if box.role is Role.DRAFTS else ():
                if row.subject == f"letter {number}":
                    return row.placement
    return None


def save(root: str, number: int) -> Deed:
    return Deed("", (Save(ACCOUNT, Role.DRAFTS, file_of(root, number), DRAFT),))


def send(root: str, number: int) -> Deed:
    path = file_of(root, number)
    return Deed("Queued to send", (Send(ACCOUNT, path, "me@example", WHOM, draft=draft_of(root, number)),))


DEEDS: dict[str, Callable[[str], Deed | Order]] = {
    "save 1": lambda root: save(root, 1),
    "send 1": lambda root: send(root, 1),
    "send 2": lambda root: send(root, 2),
    "save 3": lambda root: save(root, 3),
}


async def sync(settings: Settings) -> list[MailtuiError]:
    """One headless round; what failed."""
    failures: list[MailtuiError] = []
    engine = Engine(settings, Store.open(settings.store), KnownSecret(), SystemClock())
    engine.start(watch=False)
    try:
        await engine.sync_once(lambda name, error: failures.append(error))
    finally:
        await engine.stop()
    return failures


def main() -> None:
    root, port, acknowledged = sys.argv[1:]
    settings = Settings((account(int(port)),), root)
    with open(acknowledged, "ab", buffering=0) as said:
        for name, make in DEEDS.items():
            try:
                boot.submit(settings, make(root))
            except MailtuiError as error:
                os.write(2, f"{name}: {error!r}\n".encode())
                continue
            said.write(f"{name}\n".encode())
    sys.exit(1 if asyncio.run(sync(settings)) else 0)


if __name__ == "__main__":
    main()
