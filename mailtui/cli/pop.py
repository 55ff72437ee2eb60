"""`mailtui pop status`: what lies in the maildrops of POP3 accounts as the last visit saw them, and when it leaves."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from typing import Any

from mailtui import boot
from mailtui.cli import choose, exits
from mailtui.cli.output import Column, iso_date, print_array, print_table, short_date
from mailtui.cli.session import reading, settings_of
from mailtui.mail.sanitize import safe_line
from mailtui.model.account import Account, Settings
from mailtui.model.errors import UsageError
from mailtui.model.mail import Row
from mailtui.model.maildrop import MaildropEntry
from mailtui.sync.maildrop import leaves_at

_COLUMNS = (
    Column("ACCOUNT", most=24),
    Column("ID"),
    Column("SIZE", right=True),
    Column("FETCHED"),
    Column("LEAVES"),
    Column("SUBJECT"),
)


@dataclass(frozen=True)
class _There:
    """One message on the server; `leaves`: seconds since 1970 UTC, None: it stays. `row`: None if deleted here."""

    account: str
    entry: MaildropEntry
    leaves: float | None
    row: Row | None


def run_status(args: argparse.Namespace) -> int:
    """Newest first. Raises UsageError for an account that is not fetched by POP3."""
    settings = settings_of(args)
    found: list[_There] = []
    told: list[str] = []
    for account in _accounts(settings, args.account):
        mine, visited = _there(settings, account)
        found += mine
        told.append(_sentence(account, mine, visited))
    if args.json:
        print_array(shape(one) for one in found)
        return exits.OK
    for words in told:
        print(safe_line(words))
    if found:
        print()
        print_table(_COLUMNS, [_cells(one) for one in found])
    return exits.OK


def _accounts(settings: Settings, name: str | None) -> list[Account]:
    if name:
        wanted = choose.account(settings, name)
        chosen = [account for account in settings.accounts if account.id == wanted]
    else:
        chosen = [account for account in settings.accounts if account.pop3 is not None]
    if not chosen or chosen[0].pop3 is None:
        which = f"account '{safe_line(name)}' is not" if name else "no account is"
        raise UsageError(f"{which} fetched by POP3", "see `Mail by POP3` in the README")
    return chosen


def _there(settings: Settings, account: Account) -> tuple[list[_There], float | None]:
    entries, visited = boot.maildrop(settings, account.id)
    assert account.pop3 is not None
    with reading(settings) as reader:
        placements = [entry.placement for entry in entries if entry.placement is not None]
        rows = {row.placement: row for row in reader.rows(placements)}
    found = [
        _There(
            account.id,
            entry,
            leaves_at(entry, account.pop3.leave_on_server),
            rows.get(entry.placement) if entry.placement is not None else None,
        )
        for entry in entries
        if not entry.deleted
    ]
    return sorted(found, key=lambda one: -one.entry.fetched), visited


def _sentence(account: Account, found: list[_There], visited: float | None) -> str:
    assert account.pop3 is not None
    if visited is None:
        return f"{account.id}: not visited yet; `mailtui sync` does it"
    due = sum(one.leaves is not None and one.leaves <= time.time() for one in found)
    return (
        f"{account.id}: {len(found):,} messages on {account.pop3.host} at {short_date(int(visited))}, "
        f"{due:,} of them leave with the next visit"
    )


def _state(one: _There) -> str:
    if one.leaves is None:
        return "stays"
    return "due" if one.leaves <= time.time() else "leaves"


def _cells(one: _There) -> tuple[str, ...]:
    leaves = {"stays": "-", "due": "next visit", "leaves": short_date(int(one.leaves or 0))}[_state(one)]
    return (
        one.account,
        one.row.word if one.row is not None else "-",
        f"{one.entry.size:,}",
        short_date(int(one.entry.fetched)),
        leaves,
        one.row.subject if one.row is not None else "(deleted here)",
    )


def shape(one: _There) -> dict[str, Any]:
    state = _state(one)
    return {
        "account": one.account,
        "uidl": one.entry.uidl,
        "id": one.row.word if one.row is not None else None,
        "subject": one.row.subject if one.row is not None else None,
        "size": one.entry.size,
        "fetched": iso_date(int(one.entry.fetched)),
        "state": state,
        "leaves": iso_date(int(one.leaves)) if state == "leaves" and one.leaves is not None else None,
    }
