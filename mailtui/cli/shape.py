"""The JSON shapes of messages and folders. They only ever grow: keys are added, none is renamed or removed.
The schemas beside this file say the same and are checked against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailtui.cli.output import iso_date
from mailtui.model.folder import Mailbox, Role
from mailtui.model.ids import MailboxId
from mailtui.model.mail import Address, Flags, Row


def message(row: Row, mailboxes: Mapping[MailboxId, Mailbox]) -> dict[str, Any]:
    """One message of `list`, `search` and `show`."""
    mailbox = mailboxes.get(row.mailbox)
    return {
        "id": row.word,
        "account": mailbox.account if mailbox else "",
        "folder": mailbox.name if mailbox else "",
        "uid": row.uid,
        "flags": flag_names(row.flags),
        "from": addresses(row.from_),
        "to": addresses(row.to),
        "subject": row.subject,
        "date": iso_date(row.date),
        "size": row.size,
        "message_id": row.message_id,
        "thread": str(row.thread),
        "attachment": row.attachment,
        "body_here": row.body_here,
        "snippet": row.snippet,
    }


def folder(mailbox: Mailbox) -> dict[str, Any]:
    """One folder of `folders`."""
    return {
        "account": mailbox.account,
        "name": mailbox.name,
        "role": None if mailbox.role is Role.NONE else mailbox.role.value,
        "total": mailbox.total,
        "unread": mailbox.unread,
        "remote_total": mailbox.remote_total,
        "selectable": mailbox.selectable,
    }


def flag_names(flags: Flags) -> list[str]:
    """`seen`, `flagged`, ... for system flags, keywords as they are."""
    return [name[1:].lower() if name.startswith("\\") else name for name in flags.names()]


def addresses(given: tuple[Address, ...]) -> list[dict[str, str]]:
    return [{"name": address.name, "email": address.addr} for address in given]
