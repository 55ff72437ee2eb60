"""`mailtui outbox` and `mailtui drafts`: what is on its way out, and what is not finished."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from mailtui import boot
from mailtui.cli import choose, exits, picking, shape
from mailtui.cli.messages import marks
from mailtui.cli.output import Column, iso_date, print_array, print_table, short_date
from mailtui.cli.session import by_id, reading, settings_of
from mailtui.cli.telling import Said, tell
from mailtui.model.changes import Change
from mailtui.model.folder import Role
from mailtui.model.outgoing import Fate, OutboxOrder, Outgoing, OutgoingId, SendAgain, SendNow, Settle, Stage, Unsend

_COLUMNS = (
    Column("ID", right=True),
    Column("QUEUED"),
    Column("STATE"),
    Column("GOES OUT"),
    Column("TO", most=40),
    Column("SUBJECT", most=50),
    Column("THE SERVER SAID"),
)
_ORDERS: dict[str, tuple[str, Callable[[OutgoingId], OutboxOrder]]] = {
    "cancel": ("Back in Drafts:", Unsend),
    "now": ("Goes out now:", SendNow),
    "again": ("Goes out again:", lambda outgoing: SendAgain(outgoing)),
    "settle": ("Settled:", Settle),
}


def run_list(args: argparse.Namespace) -> int:
    """Oldest first. What was sent is left out unless `--all`."""
    settings = settings_of(args)
    wanted = choose.account(settings, args.account) if args.account else None
    with reading(settings) as reader:
        found = [one for one in reader.outbox() if wanted is None or one.account == wanted]
    if not getattr(args, "all", False):
        found = [one for one in found if one.stage is not Stage.SENT]
    if args.json:
        print_array(map(shape_of, found))
        return exits.OK
    print_table(_COLUMNS, [_line(one) for one in found])
    return exits.OK


def _line(one: Outgoing) -> tuple[str, ...]:
    first = one.recipients[0].address if one.recipients else ""
    to = first + (f" +{len(one.recipients) - 1}" if len(one.recipients) > 1 else "")
    moving = one.stage in (Stage.HELD, Stage.DUE)
    goes = short_date(int(max(one.not_before, one.next_try))) if moving else ""
    return str(one.id), short_date(int(one.created)), one.stage.value, goes, to, one.subject, _said(one)


def _said(one: Outgoing) -> str:
    troubled = [who for who in one.recipients if who.fate in (Fate.REFUSED, Fate.UNSURE)]
    return "; ".join(f"{who.address}: {who.answer}" for who in troubled) or one.answer


def run_order(args: argparse.Namespace) -> int:
    """All the messages that are named, or none. Raises NotFoundError, StoreError."""
    words, make = _ORDERS[args.what]
    settings = settings_of(args)
    with reading(settings) as reader:
        known = {int(one.id): one for one in reader.outbox()}
        wanted = picking.numbers(args.ids, known.__contains__, "message of the outbox", "`mailtui outbox` lists them")
        changes: list[Change] = []
        for number in wanted:
            changes += boot.submit(settings, make(OutgoingId(number)))
        text = ", ".join(f'"{known[number].subject}"' for number in wanted)
        return tell(args, reader, changes, Said(f"{words} {text}", "", len(wanted), back=""))


def shape_of(one: Outgoing) -> dict[str, Any]:
    return {
        "id": one.id,
        "account": one.account,
        "state": one.stage.value,
        "from": one.sender,
        "recipients": [
            {"address": who.address, "fate": who.fate.value, "answer": who.answer} for who in one.recipients
        ],
        "subject": one.subject,
        "message_id": one.message_id,
        "size": one.size,
        "created": iso_date(int(one.created)),
        "not_before": iso_date(int(one.not_before)),
        "next_try": iso_date(int(one.next_try)) if one.next_try else None,
        "tries": one.tries,
        "answer": one.answer,
    }


def run_drafts(args: argparse.Namespace) -> int:
    """The messages of all Drafts folders, newest first."""
    settings = settings_of(args)
    wanted = choose.account(settings, args.account) if args.account else None
    with reading(settings) as reader:
        mailboxes = by_id(reader)
        drafts = [
            box for box in mailboxes.values() if box.role is Role.DRAFTS and (wanted is None or box.account == wanted)
        ]
        rows = [row for box in drafts for row in reader.page(box.id, limit=args.limit or 10_000)]
    rows.sort(key=lambda row: row.key, reverse=True)
    rows = rows[: args.limit] if args.limit else rows
    if args.json:
        print_array(shape.message(row, mailboxes) for row in rows)
        return exits.OK
    columns = (Column("ID"), Column("DATE"), Column("FLAGS"), Column("TO", most=30), Column("SUBJECT"))
    lines = [
        (row.word, short_date(row.date), marks(row), row.to[0].addr if row.to else "", row.subject) for row in rows
    ]
    print_table(columns, lines)
    return exits.OK
