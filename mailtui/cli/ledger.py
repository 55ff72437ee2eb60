"""`mailtui ledger`: operations that wait for their server, or that it refused."""

from __future__ import annotations

import argparse
from typing import Any

from mailtui import boot
from mailtui.cli import choose, exits, picking
from mailtui.cli.output import Column, iso_date, print_array, print_table, short_date
from mailtui.cli.session import reading, settings_of
from mailtui.cli.telling import Said, tell
from mailtui.model.changes import Change
from mailtui.model.errors import UsageError
from mailtui.model.ids import IntentId
from mailtui.model.intents import Discard, Retry
from mailtui.model.ledger import Line, LineState

_COLUMNS = (
    Column("ID", right=True),
    Column("DATE"),
    Column("STATE"),
    Column("ACCOUNT", most=24),
    Column("WHAT", most=60),
    Column("THE SERVER SAID"),
)


def run_list(args: argparse.Namespace) -> int:
    """Oldest first."""
    settings = settings_of(args)
    wanted = choose.account(settings, args.account) if args.account else None
    with reading(settings) as reader:
        lines = [line for line in reader.ledger() if wanted is None or line.account == wanted]
    if args.json:
        print_array(shape(line) for line in lines)
        return exits.OK
    print_table(
        _COLUMNS,
        [
            (str(line.id), short_date(int(line.created)), line.state.value, line.account, line.text, line.answer)
            for line in lines
        ],
    )
    return exits.OK


def run_retry(args: argparse.Namespace) -> int:
    """Raises NotFoundError for an unknown operation, UsageError for one that did not fail."""
    return _order(args, "Asked again for", Retry)


def run_discard(args: argparse.Namespace) -> int:
    """Raises NotFoundError for an unknown operation."""
    return _order(args, "Gave up", Discard)


def _order(args: argparse.Namespace, words: str, order: type[Retry] | type[Discard]) -> int:
    """All the operations that are named, or none."""
    settings = settings_of(args)
    with reading(settings) as reader:
        lines = {int(line.id): line for line in reader.ledger()}
        wanted = picking.numbers(args.ids, lines.__contains__, "operation", "`mailtui ledger` lists them")
        if order is Retry:
            _refuse_waiting([lines[number] for number in wanted])
        changes: list[Change] = []
        for number in wanted:
            changes += boot.submit(settings, order(IntentId(number)))
        text = ", ".join(f'"{lines[number].text}"' for number in wanted)
        return tell(args, reader, changes, Said(f"{words} {text}", "", len(wanted), back=""))


def _refuse_waiting(lines: list[Line]) -> None:
    for line in lines:
        if line.state is not LineState.FAILED:
            raise UsageError(
                f"operation {line.id} waits already; nothing was done", "`mailtui sync` sends what waits to the server"
            )


def shape(line: Line) -> dict[str, Any]:
    return {
        "id": line.id,
        "account": line.account,
        "state": line.state.value,
        "text": line.text,
        "created": iso_date(int(line.created)),
        "messages": line.messages,
        "answer": line.answer,
    }
