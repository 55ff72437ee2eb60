"""`mailtui folder create|rename|delete|subscribe|unsubscribe`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence

from mailtui import boot
from mailtui.cli import choose, exits
from mailtui.cli.session import reading, settings_of
from mailtui.cli.telling import Said, count, tell
from mailtui.mail.sanitize import safe_line
from mailtui.model.account import Settings
from mailtui.model.errors import UsageError
from mailtui.model.folder import Mailbox, Role
from mailtui.model.ids import AccountId
from mailtui.model.intents import CreateMailbox, Deed, DeleteMailbox, MailboxIntent, RenameMailbox, Subscribe
from mailtui.model.ports import MailReader

LONGEST = 250
"""Characters; what servers and file systems take is about this."""


def run_create(args: argparse.Namespace) -> int:
    """Raises UsageError for a name that can't be, or that is taken."""
    settings = settings_of(args)
    account = choose.one_account(settings, args.account)
    with reading(settings) as reader:
        mailboxes = [one for one in reader.mailboxes() if one.account == account]
        name = _fit(args.name, mailboxes)
        return _do(args, settings, reader, f"Created folder {name}", CreateMailbox(account, name))


def run_rename(args: argparse.Namespace) -> int:
    """With everything below it."""
    settings = settings_of(args)
    with reading(settings) as reader:
        mailbox = _named(args, settings, reader)
        _refuse_inbox(mailbox, "renamed")
        new = _fit(args.new, [one for one in reader.mailboxes() if one.account == mailbox.account])
        if mailbox.delimiter and new.startswith(mailbox.name + mailbox.delimiter):
            raise UsageError(f"'{safe_line(mailbox.name)}' can't move into itself", "choose a name outside of it")
        label = f"Renamed folder {mailbox.name} to {new}"
        return _do(args, settings, reader, label, RenameMailbox(mailbox.id, new))


def run_delete(args: argparse.Namespace) -> int:
    """Asks when there is mail in it. Raises UsageError for Inbox and for a folder that has others below it."""
    settings = settings_of(args)
    with reading(settings) as reader:
        mailbox = _named(args, settings, reader)
        _refuse_inbox(mailbox, "deleted")
        _refuse_children(mailbox, reader.mailboxes())
        if not _may_delete(args, mailbox):
            return exits.FAILED
        return _do(args, settings, reader, f"Deleted folder {mailbox.name}", DeleteMailbox(mailbox.id))


def run_subscribe(args: argparse.Namespace) -> int:
    return _subscribe(args, on=True)


def run_unsubscribe(args: argparse.Namespace) -> int:
    return _subscribe(args, on=False)


def _subscribe(args: argparse.Namespace, *, on: bool) -> int:
    settings = settings_of(args)
    with reading(settings) as reader:
        mailbox = _named(args, settings, reader)
        label = f"{'Subscribed to' if on else 'Unsubscribed from'} folder {mailbox.name}"
        return _do(args, settings, reader, label, Subscribe(mailbox.id, on))


def _do(args: argparse.Namespace, settings: Settings, reader: MailReader, label: str, intent: MailboxIntent) -> int:
    changes = boot.submit(settings, Deed(safe_line(label), (intent,)))
    return tell(args, reader, changes, Said(label, safe_line(label), 1))


def _named(args: argparse.Namespace, settings: Settings, reader: MailReader) -> Mailbox:
    wanted: AccountId | None = choose.account(settings, args.account) if args.account else None
    return choose.folder(reader.mailboxes(), args.name, wanted)


def _fit(word: str, mailboxes: Sequence[Mailbox]) -> str:
    """A new name, without blanks around it. Raises UsageError if it is taken or can't be one."""
    name = word.strip()
    taken = next((one for one in mailboxes if _same(one.name, name)), None)
    if taken is not None:
        raise UsageError(f"there is a folder '{safe_line(taken.name)}' already", "choose another name")
    if not name or len(name) > LONGEST or any(mark < " " or "\x7f" <= mark <= "\x9f" for mark in name):
        raise UsageError(
            f"'{safe_line(name[:LONGEST])}' can't be a folder's name",
            f"it has 1 to {LONGEST} characters, none of them a control character",
        )
    for delimiter in {one.delimiter for one in mailboxes if one.delimiter}:
        if not all(part.strip() for part in name.split(delimiter)):
            raise UsageError(
                f"'{safe_line(name)}' has an empty part",
                f"'{safe_line(delimiter)}' stands between a folder and those below",
            )

    return name


def _same(one: str, other: str) -> bool:
    """INBOX is the same in any case (RFC 9051 section 5.1)."""
    return one == other or one.upper() == other.upper() == "INBOX"


def _refuse_inbox(mailbox: Mailbox, verb: str) -> None:
    if mailbox.role is Role.INBOX:
        raise UsageError(f"Inbox can't be {verb}", "every account has one")


def _refuse_children(mailbox: Mailbox, mailboxes: Iterable[Mailbox]) -> None:
    if not mailbox.delimiter:
        return
    below = mailbox.name + mailbox.delimiter
    inside = [one.name for one in mailboxes if one.account == mailbox.account and one.name.startswith(below)]
    if inside:
        named = ", ".join(f"'{safe_line(name)}'" for name in inside[:5]) + (" ..." if len(inside) > 5 else "")
        raise UsageError(f"'{safe_line(mailbox.name)}' has folders below it: {named}", "delete those first")


def _may_delete(args: argparse.Namespace, mailbox: Mailbox) -> bool:
    from mailtui.cli.asking import sure

    mails = max(mailbox.total, mailbox.remote_total or 0)
    return not mails or sure(f"Delete folder '{mailbox.name}' with {count(mails)}?", yes=args.yes)
