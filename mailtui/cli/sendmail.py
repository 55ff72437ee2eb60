"""`mailtui sendmail`: stands in for sendmail(8)."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime

from mailtui import boot
from mailtui.cli import exits, sending
from mailtui.cli.sendmail_words import Words, WordsError, local_names, parse, status_of, until_dot, whole_address
from mailtui.cli.session import settings_of
from mailtui.mail.compose.complete import complete
from mailtui.mail.headers import parse_addresses
from mailtui.mail.sanitize import safe_line, safe_text
from mailtui.model.errors import MailtuiError
from mailtui.model.mail import Address


def run(args: argparse.Namespace) -> int:
    """What programs that call sendmail expect: 0 as soon as the message is durable, whatever becomes of it then; else a
    code of sysexits.h and a line on stderr."""
    try:
        words = parse(args.words)
        if words.mode == "p":
            return _queue(args)
        return _send(args, words)
    except MailtuiError as error:
        print(f"sendmail: {safe_text(error.text)}", file=sys.stderr)
        if error.hint:
            print(f"  {safe_line(error.hint)}", file=sys.stderr)
        return status_of(error)


def _queue(args: argparse.Namespace) -> int:
    from mailtui.cli import outbox

    args.json, args.account, args.what, args.all = False, None, None, False
    return outbox.run_list(args)


def _send(args: argparse.Namespace, words: Words) -> int:
    settings = settings_of(args)
    if not words.recipients and not words.from_header:
        raise WordsError("nobody is named to send it to: add addresses, or -t")
    raw = sending.read_stdin()
    raw = raw if words.dots else until_dot(raw)
    account = sending.sending_account(settings, words.account, words.sender or sending.from_of(raw))
    me = Address(words.name or account.name, words.sender or account.email)
    found = complete(raw, me, datetime.now().astimezone(), sending.new_message_id(account))
    named = [one.addr or one.name for word in words.recipients for one in parse_addresses(word.encode())]
    if words.from_header:
        named = [*found.recipients, *local_names(found.raw), *named]
    recipients = {one.lower(): one for one in (whole_address(word, account.email) for word in named)}
    sender = words.sender if words.sender is not None else found.sender or account.email  # empty: for a bounce
    sending.queue(settings, account, found, tuple(recipients.values()), sender=sender)
    boot.run_send(settings, accounts=(account.id,))  # what does not go out now waits: that is no failure here
    return exits.OK
