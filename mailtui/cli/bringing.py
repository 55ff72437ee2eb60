"""`mailtui import`: mail of other programs, copied into an account that keeps its mail on this computer."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from mailtui.cli import choose, exits
from mailtui.cli.exits import NotFoundError
from mailtui.cli.output import to_json
from mailtui.cli.session import settings_of
from mailtui.mail.sanitize import safe_line
from mailtui.model.account import LOCAL_TRAITS, Settings
from mailtui.model.errors import UsageError
from mailtui.model.ids import AccountId

if TYPE_CHECKING:
    from mailtui.engine.importing import Imported


def run(args: argparse.Namespace) -> int:
    """Raises NotFoundError, UsageError (an account that has a server), StoreError."""
    settings = settings_of(args)
    account = _account(settings, args.account)
    path = args.path or _configured(settings, account)
    if not os.path.exists(path):
        raise NotFoundError(f"there is no {safe_line(path)}", "name a maildir or an mbox file")
    from mailtui import boot

    counting = sys.stderr.isatty()

    def progress(done: int, part: float) -> None:
        if counting:
            sys.stderr.write(f"\r{done:,} messages, {part:.0%} ")
            sys.stderr.flush()

    def indexed(done: int) -> None:
        if counting:
            sys.stderr.write(f"\r{done:,} messages in the search index ")
            sys.stderr.flush()

    try:
        report = boot.import_mail(settings, account, os.path.abspath(path), args.folder, progress, indexed)
    finally:
        if counting:
            sys.stderr.write("\r" + " " * 40 + "\r")
    if args.json:
        print(to_json(_shape(account, report)))
    else:
        _tell(report)
    return exits.OK


def _account(settings: Settings, name: str | None) -> AccountId:
    """The one that is named, or the only one that keeps its mail here."""
    local = [account.id for account in settings.accounts if account.traits == LOCAL_TRAITS]
    if name is None and len(local) == 1:
        return local[0]
    account = choose.one_account(settings, name)
    if account not in local:
        raise UsageError(
            f"account '{safe_line(account)}' keeps its mail on a server",
            "import into a local account: add a table [accounts.NAME.local] to config.toml",
        )
    return account


def _configured(settings: Settings, name: AccountId) -> str:
    account = settings.account(name)
    path = account.local.path if account is not None and account.local is not None else None
    if path is None:
        raise UsageError("what is to be imported?", "name a maildir or an mbox file")
    return path


def _tell(report: Imported) -> None:
    where = ", ".join(f"{safe_line(name)} {number:,}" for name, number in sorted(report.folders.items()))
    print(f"imported {_count(report.added)}" + (f" ({where})" if where else ""))
    if report.known:
        print(f"{_count(report.known)} passed over: here already")
    if report.unread:
        print(f"{report.unread:,} not imported", file=sys.stderr)
        for path, why in report.left:
            print(f"  {safe_line(path)}: {safe_line(why)}", file=sys.stderr)


def _count(number: int) -> str:
    return f"{number:,} message{'s' * (number != 1)}"


def _shape(account: AccountId, report: Imported) -> dict[str, object]:
    return {
        "account": account,
        "added": report.added,
        "known": report.known,
        "unread": report.unread,
        "folders": report.folders,
        "left": [{"path": path, "why": why} for path, why in report.left],
    }
