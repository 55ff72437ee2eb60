"""`mailtui send` and `compose`: mail from the command line into the outbox or the drafts."""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from mailtui import boot
from mailtui.cli import choose, exits
from mailtui.cli.output import short_date, to_json
from mailtui.cli.session import settings_of
from mailtui.cli.telling import steps
from mailtui.files.composing import ComposingFolder
from mailtui.mail.compose.answering import is_own
from mailtui.mail.compose.build import File, Letter, build
from mailtui.mail.compose.checks import sendable
from mailtui.mail.compose.complete import Complete, complete
from mailtui.mail.compose.kinds import SAMPLE, content_type
from mailtui.mail.compose.mailto import Mailto, parse_mailto
from mailtui.mail.compose.templates import begun, values
from mailtui.mail.compose.when import moment
from mailtui.mail.headers import parse_addresses
from mailtui.mail.sanitize import safe_line
from mailtui.model.account import Account, Settings, Template
from mailtui.model.changes import Change, Notice
from mailtui.model.errors import FileError, MailtuiError, UsageError
from mailtui.model.folder import Role
from mailtui.model.ids import PlacementId
from mailtui.model.intents import Deed
from mailtui.model.mail import Address, Flag, Flags
from mailtui.model.outgoing import Save, Send
from mailtui.view import composer
from mailtui.view.completing import written_address
from mailtui.view.composer import Enclosed, Written

LARGEST = 150 * 1024 * 1024
"""Bytes of a message that is read from stdin."""
DRAFT = Flags(int(Flag.SEEN | Flag.DRAFT))


# -- which account


def sending_account(settings: Settings, wanted: str | None, sender: str = "") -> Account:
    """The one that is named, else the one that the sender is an identity of, else the first that can send. Raises
    UsageError, NotFoundError."""
    able = [one for one in settings.accounts if one.smtp is not None or one.send_command]
    if wanted is not None:
        named = settings.account(choose.account(settings, wanted))
        if named is None or named not in able:
            raise UsageError(f"account {wanted!r} can't send", f"add [accounts.{wanted}.smtp] to config.toml")
        return named
    if not able:
        raise UsageError("no account can send", "add an [accounts.NAME.smtp] table to config.toml")
    return next((one for one in able if sender and is_own(sender, _addresses_of(one))), able[0])


def _addresses_of(account: Account) -> tuple[str, ...]:
    """All that the account writes as, lower case."""
    return tuple(word.lower() for one in account.senders for word in (one.email, *one.aliases))


def new_message_id(account: Account) -> str:
    domain = account.email.rpartition("@")[2] or "localhost"
    return f"{secrets.token_hex(12)}@{domain}"


# -- into the outbox


@contextlib.contextmanager
def _file(raw: bytes, settings: Settings) -> Iterator[str]:
    """The message as a file that only its owner can read, for as long as the store copies it."""
    handle, path = tempfile.mkstemp(prefix="mailtui-", suffix=".eml")
    try:
        with open(handle, "wb") as stream:
            stream.write(raw)
        yield path
    except OSError as error:
        raise FileError(f"can't write {path}: {error.strerror}", "is the disk full?") from error
    finally:
        with contextlib.suppress(OSError):
            os.unlink(path)


def queue(
    settings: Settings,
    account: Account,
    found: Complete,
    recipients: Sequence[str],
    *,
    sender: str | None = None,
    at: float = 0.0,
    label: str = "",
    forwards: PlacementId | None = None,
) -> tuple[Change, ...]:
    """`sender`: of the envelope; empty for a bounce, None: who the message is from. `at`: seconds since 1970 UTC."""
    if not recipients:
        raise UsageError("nobody is named to send it to", "add a To: line, or name recipients")
    for one in recipients:
        if not sendable(one):
            raise UsageError(f"{safe_line(one)!r} is no address", "an address looks like anna@example.com")
    label = label or f"Sent {safe_line(found.subject) or 'a message'}"
    sender = found.sender if sender is None else sender
    with _file(found.raw, settings) as path:
        send = Send(account.id, path, sender, tuple(recipients), at, forwards=forwards)
        return boot.submit(settings, Deed(label, (send,)))


def read_stdin() -> bytes:
    if sys.stdin.isatty():
        print("Type the message: To: and Subject:, an empty line, the text; Ctrl-D ends it.", file=sys.stderr)
    data = sys.stdin.buffer.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise UsageError(f"the message has more than {LARGEST:,} bytes", "no server takes that")
    if not data.strip():
        raise UsageError("stdin: there is no message")
    return data


def run_send(args: argparse.Namespace) -> int:
    """Raises UsageError, NotFoundError, StoreError, FileError."""
    settings = settings_of(args)
    at = send_at(args.at)
    raw = read_stdin()
    account = sending_account(settings, args.account, from_of(raw))
    found = _complete(raw, account)
    changes = queue(settings, account, found, found.recipients, sender=account_sender(account, found), at=at)
    return told(args, settings, account, found, changes, at)


def send_at(words: str | None) -> float:
    """What `--at` says, in seconds since 1970 UTC; 0: at once. Raises UsageError."""
    return moment(words, datetime.now()).timestamp() if words else 0.0


def account_sender(account: Account, found: Complete) -> str:
    """Envelope sender: bounces come to the address that the mail is from."""
    return found.sender or account.email


def from_of(raw: bytes) -> str:
    try:
        return complete(raw, Address("", ""), datetime.now().astimezone(), "x@localhost").sender
    except MailtuiError:
        return ""


def _complete(raw: bytes, account: Account) -> Complete:
    sender = Address(account.name, account.email)
    return complete(raw, sender, datetime.now().astimezone(), new_message_id(account))


def deliver(settings: Settings, account: Account) -> int:
    """Tries at once. Where another mailtui runs it does that; what does not go out waits in the outbox."""
    return boot.run_send(settings, accounts=(account.id,), on_failure=_failure)


def _failure(account: str, error: MailtuiError) -> None:
    print(f"mailtui: {safe_line(error.text)}", file=sys.stderr)
    if error.hint:
        print(f"  {safe_line(error.hint)}", file=sys.stderr)


def told(
    args: argparse.Namespace,
    settings: Settings,
    account: Account,
    found: Complete,
    changes: Sequence[Change],
    at: float,
) -> int:
    """Tries to send it unless it waits for `at` (seconds since 1970 UTC), and says what came of it."""
    status = exits.OK if at else deliver(settings, account)
    recipients, done = found.recipients, steps(changes)
    if args.json:
        what = {
            "step": done[-1].step if done else None,
            "account": account.id,
            "recipients": list(recipients),
            "subject": found.subject,
            "size": len(found.raw),
            "not_before": datetime.fromtimestamp(at).astimezone().isoformat() if at else None,
        }
        print(to_json(what))
    elif at:
        print(f"Queued for {short_date(int(at))}: `mailtui outbox` shows it")
    elif status == exits.OK:
        print(f"Handed over for {len(recipients)} recipient{'s' if len(recipients) != 1 else ''}")
    else:
        print("Queued: `mailtui outbox` shows it, the next sync tries again")
    for change in changes:
        if isinstance(change, Notice) and change.level == "error":
            print(f"mailtui: {safe_line(change.text)}", file=sys.stderr)
    return status


# -- compose


def run_compose(args: argparse.Namespace) -> int:
    """Raises UsageError, FileError, StoreError."""
    settings = settings_of(args)
    letter, account = _letter(args, settings)
    if not args.send and not args.draft:
        return _on_the_screen(letter, account, settings)
    raw = build(letter)
    if args.draft:
        with _file(raw, settings) as path:
            changes = boot.submit(settings, Deed("Saved a draft", (Save(account.id, Role.DRAFTS, path, DRAFT),)))
        if args.json:
            done = steps(changes)
            print(to_json({"step": done[-1].step if done else None, "account": account.id, "size": len(raw)}))
        else:
            print("Saved in Drafts")
        return exits.OK
    found = complete(raw, letter.sender, letter.date, letter.message_id)
    changes = queue(settings, account, found, found.recipients, sender=account.email)
    return told(args, settings, account, found, changes, 0.0)


def _on_the_screen(letter: Letter, account: Account, settings: Settings) -> int:
    """The composer goes on with it: it finds it among the messages that are being written."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("say what is to become of it: --send or --draft", "without them it opens on a terminal")
    folder = ComposingFolder(settings.store)
    word = folder.new_word()
    kept = [folder.keep_chunks(word, file.name, iter((file.data,))) for file in letter.files]
    files = tuple(Enclosed(one.path, one.name, one.size, of.type) for one, of in zip(kept, letter.files, strict=True))
    me = account.senders[0]
    block = composer.signature_block(me.signature)
    copy = me.email if me.bcc_self else ""
    written = Written(
        word,
        account.id,
        sender=_field((letter.sender,)),
        to=_field(letter.to),
        cc=_field(letter.cc),
        bcc=", ".join(filter(None, (copy, _field(letter.bcc)))),
        own_bcc=copy,
        reply_to=me.reply_to,
        subject=letter.subject,
        text=f"{letter.text}{block}",
        started="" if letter.text else block,
        signature=me.signature,
        files=files,
        message_id=letter.message_id,
        in_reply_to=letter.in_reply_to,
        references=letter.references,
        markdown=letter.markdown,
        keywords=next((value for name, value in letter.extra if name == "Keywords"), ""),
    )
    folder.write(word, composer.to_json(written))
    return boot.run_tui(replace(settings, writing=word))


def _field(addresses: Sequence[Address]) -> str:
    return ", ".join(written_address(one.name, one.addr) for one in addresses)


def _letter(args: argparse.Namespace, settings: Settings) -> tuple[Letter, Account]:
    link = _linked(args.to)
    template = _template(settings, args.template) if args.template else Template("", "")
    account = sending_account(settings, args.account)
    me, now = Address(account.name, account.email), datetime.now().astimezone()
    to = (*addresses([template.to]), *link.to)
    subject, text = begun(template, values(to, me, now, args.subject or link.subject))
    if args.body is not None:
        text = _text(args.body)
    letter = Letter(
        *(me, now, new_message_id(account)),
        to=to,
        cc=(*addresses([template.cc, *args.cc]), *link.cc),
        bcc=(*addresses([template.bcc, *args.bcc]), *link.bcc),
        subject=args.subject or link.subject or subject,
        text=text or link.body,
        in_reply_to=link.in_reply_to,
        references=link.in_reply_to,
        files=tuple(map(_attached, args.attach)),
        markdown=args.markdown or settings.markdown,
        extra=(("Keywords", link.keywords),) if link.keywords else (),
    )
    return letter, account


def _linked(words: Sequence[str]) -> Mailto:
    """Addresses and mailto: links as one."""
    found = Mailto()
    for word in words:
        if not word.lower().startswith("mailto:"):
            found = replace(found, to=(*found.to, *addresses([word])))
            continue
        link = parse_mailto(word)
        if link.ignored:
            print(f"mailtui: left out of the link: {safe_line(', '.join(link.ignored))}", file=sys.stderr)
        found = Mailto(
            (*found.to, *link.to),
            (*found.cc, *link.cc),
            (*found.bcc, *link.bcc),
            found.subject or link.subject,
            found.body or link.body,
            found.in_reply_to or link.in_reply_to,
            found.keywords or link.keywords,
        )
    return found


def _template(settings: Settings, name: str) -> Template:
    found = next((one for one in settings.templates if one.name == name), None)
    if found is None:
        known = ", ".join(safe_line(one.name) for one in settings.templates)
        hint = f"there is: {known}" if known else "add a table [templates.NAME] to config.toml"
        raise exits.NotFoundError(f"there is no template '{safe_line(name)}'", hint)
    return found


def addresses(words: Sequence[str]) -> list[Address]:
    found = [one for word in words for one in parse_addresses(word.encode())]
    for one in found:
        if not sendable(one.addr):
            raise UsageError(f"{safe_line(one.addr or one.name)!r} is no address", "it looks like anna@example.com")
    return found


def _text(path: str) -> str:
    if path == "-":
        return sys.stdin.buffer.read(LARGEST).decode("utf-8", "replace")
    return _read(path).decode("utf-8", "replace")


def _attached(path: str) -> File:
    name, data = os.path.basename(path), _read(path)
    return File(name, content_type(name, data[:SAMPLE]), data)


def _read(path: str) -> bytes:
    try:
        with open(os.path.expanduser(path), "rb") as stream:
            data = stream.read(LARGEST + 1)
    except OSError as error:
        raise FileError(f"can't read {safe_line(path)}: {error.strerror}") from error
    if len(data) > LARGEST:
        raise FileError(f"{safe_line(path)} has more than {LARGEST:,} bytes", "no server takes that")
    return data


__all__ = [
    "addresses", "from_of", "new_message_id", "queue", "read_stdin", "run_compose", "run_send", "send_at",
    "sending_account", "told",
]  # fmt: skip
