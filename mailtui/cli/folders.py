"""`mailtui folders`."""

from __future__ import annotations

import argparse

from mailtui.cli import choose, shape
from mailtui.cli.output import Column, print_array, print_table
from mailtui.cli.session import reading, settings_of
from mailtui.model.folder import Role

_COLUMNS = (
    Column("ACCOUNT", most=24),
    Column("UNREAD", right=True),
    Column("TOTAL", right=True),
    Column("ROLE"),
    Column("FOLDER"),
)


def run(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    wanted = choose.account(settings, args.account) if args.account else None
    with reading(settings) as reader:
        mailboxes = [one for one in reader.mailboxes() if wanted is None or one.account == wanted]
    if args.json:
        print_array(shape.folder(mailbox) for mailbox in mailboxes)
        return 0
    rows = [
        (
            one.account,
            f"{one.unread:,}",
            f"{one.total:,}",
            "" if one.role is Role.NONE else one.role.value,
            one.name,
        )
        for one in mailboxes
    ]
    print_table(_COLUMNS, rows)
    return 0
