"""`mailtui list` and `mailtui search`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

from mailtui.cli import choose, shape
from mailtui.cli.output import Column, print_array, print_table, short_date
from mailtui.cli.session import by_id, reading, settings_of
from mailtui.model.folder import Mailbox
from mailtui.model.ids import MailboxId
from mailtui.model.mail import Flag, Row, RowKey
from mailtui.model.ports import MailReader

PAGE = 500
"""Rows read at a time."""

Turn = Callable[[RowKey | None, int], tuple[Row, ...]]

_COLUMNS = (Column("ID"), Column("DATE"), Column("FLAGS"), Column("FROM", most=24), Column("SUBJECT"))
_MARKS = ((Flag.FLAGGED, "!"), (Flag.ANSWERED, "r"), (Flag.DRAFT, "d"), (Flag.DELETED, "x"))


def run_list(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    wanted = choose.account(settings, args.account) if args.account else None
    with reading(settings) as reader:
        mailboxes = by_id(reader)
        mailbox = choose.folder(tuple(mailboxes.values()), args.folder, wanted)

        def turn(after: RowKey | None, limit: int) -> tuple[Row, ...]:
            return reader.page(mailbox.id, after=after, limit=limit)

        _print(args, pages(turn, args.limit), mailboxes)
    return 0


def run_search(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    wanted = choose.account(settings, args.account) if args.account else None
    with reading(settings) as reader:
        mailboxes = by_id(reader)
        inside = choose.folder(tuple(mailboxes.values()), args.folder, wanted).id if args.folder else None
        turn = _searching(reader, " ".join(args.query), inside, wanted)
        _print(args, pages(turn, args.limit), mailboxes)
    return 0


def _searching(reader: MailReader, query: str, inside: MailboxId | None, account: str | None) -> Turn:
    def turn(before: RowKey | None, limit: int) -> tuple[Row, ...]:
        return reader.search(query, mailbox=inside, account=account, limit=limit, before=before)

    return turn


def pages(turn: Turn, limit: int) -> Iterator[Row]:
    """Rows page by page, newest first, at most `limit` (0: all)."""
    key: RowKey | None = None
    left = limit
    while True:
        size = min(PAGE, left) if limit else PAGE
        rows = turn(key, size)
        yield from rows
        left -= len(rows)
        if len(rows) < size or (limit and left <= 0):
            return
        key = rows[-1].key


def _print(args: argparse.Namespace, rows: Iterator[Row], mailboxes: dict[MailboxId, Mailbox]) -> None:
    if args.json:
        print_array(shape.message(row, mailboxes) for row in rows)
        return
    print_table(_COLUMNS, [(row.word, short_date(row.date), marks(row), _sender(row), row.subject) for row in rows])


def marks(row: Row) -> str:
    """`N` unread, `!` flagged, `r` answered, `d` draft, `x` deleted, `@` attachment, `~` not sent to the server yet."""
    found = "" if row.flags.seen else "N"
    found += "".join(mark for flag, mark in _MARKS if row.flags.bits & flag)
    return found + ("@" if row.attachment else "") + ("~" if row.pending else "")


def _sender(row: Row) -> str:
    if not row.from_:
        return ""
    return row.from_[0].name or row.from_[0].addr
