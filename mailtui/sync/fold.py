"""What you see = Base folded with Pending: pure functions."""

from __future__ import annotations

from collections.abc import Iterable

from mailtui.model.ids import MailboxId
from mailtui.model.intents import (
    Copy,
    CreateMailbox,
    DeleteMailbox,
    Expunge,
    Intent,
    Move,
    RenameMailbox,
    SetFlags,
    Subscribe,
    Upload,
)
from mailtui.model.mail import Flags
from mailtui.model.outgoing import Save, Send


def visible(base: Flags, pending: Iterable[Intent]) -> Flags:
    """The flags a person sees: the server's, then every unconfirmed wish in its order."""
    flags = base
    for intent in pending:
        match intent:
            case SetFlags(_, add, remove):
                flags = flags.union(add).without(remove)
            case _:
                pass
    return flags


def lies(base: MailboxId | None, pending: Iterable[Intent]) -> MailboxId | None:
    """The mailbox in which a person sees a message; None: nowhere. Roles were resolved when the line was written."""
    mailbox = base
    for intent in pending:
        match intent:
            case Move(_, to):
                if not isinstance(to, int):
                    raise ValueError("a journal line names its mailbox, not a role")
                mailbox = to
            case Expunge():
                mailbox = None
            case SetFlags() | Copy() | Upload() | CreateMailbox() | RenameMailbox() | DeleteMailbox() | Subscribe():
                pass
            case Save() | Send():
                pass
    return mailbox
