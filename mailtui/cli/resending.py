"""`mailtui resend`: a message again, unchanged, to somebody else (RFC 5322 section 3.6.6)."""

from __future__ import annotations

import argparse
from datetime import datetime

from mailtui.cli.sending import addresses, new_message_id, queue, send_at, sending_account, told
from mailtui.cli.session import reading, settings_of
from mailtui.cli.show import message_bytes, row_of
from mailtui.mail.compose.answering import identity
from mailtui.mail.compose.complete import Complete
from mailtui.mail.compose.resending import resend
from mailtui.mail.parse import parse_message
from mailtui.mail.sanitize import safe_line
from mailtui.model.account import Account, Settings
from mailtui.model.errors import UsageError
from mailtui.model.folder import Role
from mailtui.model.mail import Address


def run(args: argparse.Namespace) -> int:
    """Raises NotFoundError, LaterError, UsageError, FileError, StoreError."""
    settings = settings_of(args)
    now = datetime.now().astimezone()
    at = send_at(args.at)
    to, cc, bcc = (tuple(addresses(words)) for words in (args.to, args.cc, args.bcc))
    with reading(settings) as reader:
        row = row_of(reader, args.id)
        raw = message_bytes(reader, row)
        box = next((box for box in reader.mailboxes() if box.id == row.mailbox), None)
    if box is not None and box.role is Role.DRAFTS:
        raise UsageError("that is a draft: it was never sent", "open it in mailtui, and send it")
    account = _account(settings, args.account, box.account if box is not None else "")
    by, ident = _sender(account, raw), new_message_id(account)
    again, recipients = resend(raw, by, to, cc=cc, bcc=bcc, date=now, message_id=ident)
    label = f"Sent {safe_line(row.subject) or 'a message'} again"
    found = Complete(again, by.addr, recipients, row.subject)
    changes = queue(settings, account, found, recipients, at=at, label=label, forwards=row.placement)
    return told(args, settings, account, found, changes, at)


def _account(settings: Settings, wanted: str | None, owner: str) -> Account:
    """The one that is named, else the one whose message it is, if it can send."""
    mine = settings.account(owner)
    if wanted is None and mine is not None and (mine.smtp is not None or mine.send_command):
        return mine
    return sending_account(settings, wanted)


def _sender(account: Account, raw: bytes) -> Address:
    """Whoever of the account got it."""
    senders = account.senders
    own = [tuple(word.lower() for word in (one.email, *one.aliases)) for one in senders]
    chosen = senders[identity(parse_message(raw), own)]
    return Address(chosen.name or account.name, chosen.email)
