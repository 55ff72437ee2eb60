"""`mailtui unsubscribe`: off the list that a message came by: one click, else a mail, else the page to open."""

from __future__ import annotations

import argparse
import time
from datetime import datetime

from mailtui.cli import exits
from mailtui.cli.asking import sure
from mailtui.cli.output import short_date, to_json
from mailtui.cli.sending import deliver, new_message_id, queue
from mailtui.cli.session import reading, settings_of
from mailtui.cli.show import message_bytes, row_of
from mailtui.files.left_lists import Left, LeftLists
from mailtui.mail.classify.features import Features, read_features
from mailtui.mail.classify.unsubscribe import MailWay, Ways, list_name, ways
from mailtui.mail.compose.build import Letter, build
from mailtui.mail.compose.complete import complete
from mailtui.mail.sanitize import safe_line
from mailtui.model.account import Account, Settings
from mailtui.model.errors import LinkError, MailtuiError, RefusedError, UsageError
from mailtui.model.mail import Address

DONE = {"one-click", "mail"}


def run(args: argparse.Namespace) -> int:
    """Raises NotFoundError, LaterError, UsageError, FileError, StoreError, LinkError, RefusedError."""
    settings = settings_of(args)
    with reading(settings) as reader:
        row = row_of(reader, args.id)
        features = read_features(message_bytes(reader, row))
        owner = next((box.account for box in reader.mailboxes() if box.id == row.mailbox), "")
    account = settings.account(owner)
    if account is None:
        raise UsageError(f"account {safe_line(owner)!r} is not in config.toml", "put it back there")
    name, found = list_name(features.envelope), ways(features)
    kept = LeftLists(settings.store)
    before = kept.find(account.id, name)
    goes_on = before is not None and before.goes_on(row.date)
    way, where = "nothing", ""
    if not args.json and before is not None:
        _remind(name, before, goes_on)
    if args.show or found.best in {"page", "nothing"}:
        way, where = found.best, found.plain()
    elif not sure(f"Leave {name}: {found.plain()}?", yes=args.yes):
        return exits.OK
    else:
        way, where = _leave(settings, account, features, found)
        kept.keep(account.id, name, Left(int(time.time()), way, where))
    if args.json:
        told = {"id": row.word, "list": name, "way": way, "where": where, "done": not args.show and way in DONE}
        left = datetime.fromtimestamp(before.at).astimezone().isoformat() if before else None
        print(to_json(told | {"left_before": left, "goes_on": goes_on}))
    else:
        print(_told(name, way, where, shown=args.show))
    return exits.OK if way != "nothing" else exits.NOT_FOUND


def _remind(name: str, before: Left, goes_on: bool) -> None:
    then = f"You left {name} on {short_date(before.at)} ({safe_line(before.way)})"
    print(f"{then}: they go on mailing. `mailtui spam` says what that is." if goes_on else f"{then}.")


def _told(name: str, way: str, where: str, *, shown: bool) -> str:
    if way == "nothing":
        return f"{name} does not say how one leaves it: `mailtui advertising` or `spam` moves its mail away"
    if way == "page":
        return f"Leave {name} on {where}"
    return f"{name}: {where}" if shown else f"Left {name} ({safe_line(where)})"


def _leave(settings: Settings, account: Account, features: Features, found: Ways) -> tuple[str, str]:
    """How it was done, and where. What one click can't, a mail may. Raises LinkError, RefusedError, UsageError."""
    if found.one_click:
        from mailtui.protocols.oneclick import leave

        try:
            leave(found.one_click)
        except (LinkError, RefusedError) as error:
            if not found.mails:
                raise _with_page(error, found) from error
        else:
            return "one-click", found.plain().removeprefix("one click at ")
    way = found.mails[0]
    _write(settings, account, features, way)
    return "mail", way.to


def _with_page(error: LinkError | RefusedError, found: Ways) -> MailtuiError:
    if not error.hint and found.pages:
        error.hint = safe_line(f"its page: {found.pages[0]}")
    return error


def _write(settings: Settings, account: Account, features: Features, way: MailWay) -> None:
    """A mail through the outbox, from the address that is on the list. Raises UsageError, StoreError."""
    if account.smtp is None and not account.send_command:
        raise UsageError(f"account {account.id!r} can't send", f"write to {safe_line(way.to)} from elsewhere")
    reached = {one.addr.lower() for one in (*features.envelope.to, *features.envelope.cc)}
    own = [word for one in account.senders for word in (one.email, *one.aliases)]
    me = Address(account.name, next((one for one in own if one.lower() in reached), account.email))
    now, word = datetime.now().astimezone(), new_message_id(account)
    raw = build(Letter(me, now, word, to=(Address("", way.to),), subject=way.subject, text=way.body or "unsubscribe"))
    done = complete(raw, me, now, word)
    queue(settings, account, done, (way.to,), sender=me.addr)
    deliver(settings, account)
