"""`mailtui recover`: safety copies of mail that left its server."""

from __future__ import annotations

import argparse
from typing import Any

from mailtui import boot
from mailtui.cli import choose, exits, picking
from mailtui.cli.output import Column, iso_date, print_array, print_table, short_date
from mailtui.cli.session import reading, settings_of
from mailtui.cli.telling import Said, count, tell, tell_nothing
from mailtui.model.account import Settings
from mailtui.model.ids import AccountId, Word
from mailtui.model.intents import Restore
from mailtui.model.ledger import SafetyCopy
from mailtui.model.ports import MailReader

ALL = 1_000_000
"""Copies; more than anyone keeps."""

_COLUMNS = (
    Column("ID"),
    Column("DELETED"),
    Column("KEPT UNTIL"),
    Column("FOLDER", most=24),
    Column("FROM", most=24),
    Column("SUBJECT"),
)


def run(args: argparse.Namespace) -> int:
    """Without ids: the copies, newest deletion first. With ids: they come back, all or none."""
    settings = settings_of(args)
    wanted = choose.account(settings, args.account) if args.account else None
    ids = picking.words(args.ids)
    with reading(settings) as reader:
        return _restore(args, settings, reader, ids, wanted) if args.ids else _list(args, reader, wanted)


def _copies(reader: MailReader, wanted: AccountId | None) -> list[SafetyCopy]:
    return [copy for copy in reader.safety_copies(ALL) if wanted is None or copy.account == wanted]


def _restore(
    args: argparse.Namespace, settings: Settings, reader: MailReader, ids: tuple[str, ...], wanted: AccountId | None
) -> int:
    """Raises NotFoundError for ids that have no safety copy."""
    if not ids:
        return tell_nothing(args, reader, "no message was named")
    there = {str(copy.word) for copy in _copies(reader, wanted)}
    unknown = [word for word in ids if word not in there]
    hint = "`mailtui recover` without ids lists the copies"
    picking.refuse_unknown(unknown, "safety copy", wanted, hint, plural="safety copies")
    changes = boot.submit(settings, Restore(tuple(Word(word) for word in ids), wanted))
    label = f"Brought back {len(ids):,}"
    return tell(args, reader, changes, Said(f"Brought back {count(len(ids))}", label, len(ids)))


def _list(args: argparse.Namespace, reader: MailReader, wanted: AccountId | None) -> int:
    copies = _copies(reader, wanted)
    copies = copies[: args.limit] if args.limit else copies
    if args.json:
        print_array(shape(copy) for copy in copies)
        return exits.OK
    print_table(_COLUMNS, [_cells(copy) for copy in copies])
    return exits.OK


def _cells(copy: SafetyCopy) -> tuple[str, ...]:
    until = short_date(int(copy.until)) if copy.until is not None else "always"
    return copy.word, short_date(int(copy.deleted)), until, copy.mailbox, copy.from_, copy.subject


def shape(copy: SafetyCopy) -> dict[str, Any]:
    return {
        "id": copy.word,
        "account": copy.account,
        "folder": copy.mailbox,
        "from": copy.from_,
        "subject": copy.subject,
        "date": iso_date(copy.date),
        "deleted": iso_date(int(copy.deleted)),
        "until": iso_date(int(copy.until)) if copy.until is not None else None,
    }
