"""`mailtui rules`: the rules of config.toml listed, rehearsed on mail that is here, applied, and written as Sieve."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from mailtui import boot
from mailtui.cli import choose, exits
from mailtui.cli.output import Column, iso_date, print_array, print_table, short_date, to_json
from mailtui.cli.session import settings_of
from mailtui.cli.shape import addresses
from mailtui.cli.telling import Said, count, tell, tell_nothing
from mailtui.mail.sanitize import safe_line
from mailtui.model.account import Settings
from mailtui.model.folder import Mailbox, Role
from mailtui.model.ids import AccountId, PlacementId
from mailtui.model.intents import FolderNamed
from mailtui.model.mail import Row
from mailtui.model.ports import RuleReader
from mailtui.model.rules import Rule
from mailtui.sync.ruling import Ruled, as_one, deeds, judge, left, target

NONE_YET = "there are no rules: add [[rules]] to config.toml (see config.example.toml)"
_CAUGHT = (Column("ID"), Column("DATE"), Column("RULE", most=20), Column("WOULD", most=40), Column("FROM", most=24))
_LISTED = (Column("RULE", most=30), Column("ACCOUNTS", most=30), Column("DOES", most=60), Column("MATCH"))


@dataclass(frozen=True, slots=True)
class Caught:
    """A message that rules catch. `rules`: what is left of each to do; `held`: names of all of them."""

    row: Row
    mailbox: Mailbox
    held: tuple[str, ...]
    rules: tuple[Rule, ...]


def run_list(args: argparse.Namespace) -> int:
    rules = settings_of(args).rules
    if args.json:
        print_array(
            {"name": rule.name, "accounts": list(rule.accounts), "match": rule.match, "does": list(rule.wishes())}
            for rule in rules
        )
    elif rules:
        print_table(
            _LISTED,
            [(rule.name, ", ".join(rule.accounts) or "all", ", ".join(rule.wishes()), rule.match) for rule in rules],
        )
    else:
        print(NONE_YET)
    return exits.OK


def run_test(args: argparse.Namespace) -> int:
    """What the rules would do to mail that is here. Changes nothing. Raises NotFoundError."""
    with _trying(args) as trial:
        found = tuple(trial.caught())
    if args.json:
        print_array(_shape(one) for one in found)
        return exits.OK
    if not trial.rules:
        print(NONE_YET)
        return exits.OK
    if found:
        rows = [
            (
                one.row.word,
                short_date(one.row.date),
                ", ".join(one.held),
                _would(one),
                _sender(one.row),
                one.row.subject,
            )
            for one in found
        ]
        print_table((*_CAUGHT, Column("SUBJECT")), rows)
    changed = sum(bool(one.rules) for one in found)
    places = sorted({safe_line(f"{one.account}: {one.name}") for one in trial.mailboxes})
    print(f"{count(len(found))} caught, {changed:,} of them would change; looked at {', '.join(places) or 'no folder'}")
    return exits.OK


def run_apply(args: argparse.Namespace) -> int:
    """Does it, as one step of the history. Raises NotFoundError, StoreError."""
    with _trying(args) as trial:
        found = [one for one in trial.caught() if one.rules]
        if not found:
            caught_none = "no message here falls under a rule, or all is as the rules want it"
            return tell_nothing(args, trial.reader, caught_none if trial.rules else NONE_YET)
        done = deeds([Ruled(one.row.placement, one.rules) for one in found])
        names = dict.fromkeys(rule.name for one in found for rule in one.rules)
        deed = as_one(done, tuple(names), len(found))
        changes = boot.submit(trial.settings, deed)
        return tell(args, trial.reader, changes, Said(deed.label, deed.label, len(found)))


def run_export(args: argparse.Namespace) -> int:
    """The rules as Sieve on stdout, what it can't say on stderr."""
    from mailtui.search.to_sieve import export

    settings = settings_of(args)
    rules = _named(settings, args.name)
    if args.account:
        wanted = choose.account(settings, args.account)
        rules = tuple(replace(rule, accounts=()) for rule in rules if rule.covers(wanted))
    script = export(rules, [account.id for account in settings.accounts])
    if args.json:
        told = [{"rule": name, "text": text} for name, text in script.problems]
        print(to_json({"sieve": script.text, "problems": told}))
        return exits.OK
    sys.stdout.write(script.text)
    for name, text in script.problems:
        print(f"mailtui: rule '{safe_line(name)}': {safe_line(text)}", file=sys.stderr)
    if not rules:
        print(f"mailtui: {NONE_YET}", file=sys.stderr)
    return exits.OK


def _named(settings: Settings, name: str | None) -> tuple[Rule, ...]:
    """The rule named, or all. Raises NotFoundError."""
    if name is None:
        return settings.rules
    found = tuple(rule for rule in settings.rules if rule.name == name)
    if not found:
        known = ", ".join(f"'{safe_line(rule.name)}'" for rule in settings.rules)
        raise exits.NotFoundError(f"there is no rule '{safe_line(name)}'", f"there is: {known}" if known else NONE_YET)
    return found


@dataclass(frozen=True, slots=True)
class _Trial:
    """Rules, and the mail that they are tried on."""

    settings: Settings
    reader: RuleReader
    rules: tuple[Rule, ...]
    known: tuple[Mailbox, ...]
    mailboxes: tuple[Mailbox, ...]
    """Of those, where is looked."""

    def caught(self) -> Iterator[Caught]:
        """Newest first, mailbox by mailbox."""
        for mailbox in self.mailboxes:
            mine = tuple(rule for rule in self.rules if rule.covers(mailbox.account))
            boxes = [box for box in self.known if box.account == mailbox.account]
            hits = {rule.name: self.reader.caught(rule.match, mailbox.id) for rule in mine}
            rows = {row.placement: row for found in hits.values() for row in found}
            inside = {name: {row.placement for row in found} for name, found in hits.items()}
            for row in sorted(rows.values(), key=lambda row: row.key, reverse=True):
                yield self._judged(row, mailbox, boxes, mine, inside)

    def _judged(
        self,
        row: Row,
        mailbox: Mailbox,
        boxes: Sequence[Mailbox],
        rules: Sequence[Rule],
        inside: dict[str, set[PlacementId]],
    ) -> Caught:
        held: list[str] = []

        def holds(rule: Rule) -> bool:
            if row.placement not in inside[rule.name]:
                return False
            held.append(rule.name)
            return True

        def rest(rule: Rule) -> Rule | None:
            there = target(rule.to, boxes) == row.mailbox
            return left(rule, row.flags, there=there, copied=self._copied(row, rule.copy, boxes))

        wanted, _ = judge(rules, mailbox.account, holds, rest)
        return Caught(row, mailbox, tuple(held), wanted)

    def _copied(self, row: Row, to: FolderNamed | None, boxes: Sequence[Mailbox]) -> bool:
        """Whether this very message lies in that folder already."""
        place = target(to, boxes)
        if place is None:
            return False
        return any(one.message == row.message and one.mailbox == place for one in self.reader.thread(row.thread))


@contextmanager
def _trying(args: argparse.Namespace) -> Iterator[_Trial]:
    settings = settings_of(args)
    rules = _named(settings, args.name)
    wanted = choose.account(settings, args.account) if args.account else None
    accounts = [
        account.id
        for account in settings.accounts
        if (wanted is None or account.id == wanted) and any(rule.covers(account.id) for rule in rules)
    ]
    reader = boot.open_reader(settings)
    try:
        known = reader.mailboxes()
        yield _Trial(settings, reader, rules, known, _mailboxes(known, accounts, args.folder))
    finally:
        reader.close()


def _mailboxes(known: Sequence[Mailbox], accounts: Sequence[AccountId], folder: str | None) -> tuple[Mailbox, ...]:
    """The folder of this name in every account that has one; the Inboxes if none is named."""
    if folder is None:
        return tuple(box for box in known if box.account in accounts and box.role is Role.INBOX)
    found = []
    missing: exits.NotFoundError | None = None
    for account in accounts:
        try:
            found.append(choose.folder(known, folder, account))
        except exits.NotFoundError as error:
            missing = error
    if missing is not None and not found:
        raise missing
    return tuple(found)


def _shape(one: Caught) -> dict[str, Any]:
    return {
        "id": one.row.word,
        "account": one.mailbox.account,
        "folder": one.mailbox.name,
        "from": addresses(one.row.from_),
        "subject": one.row.subject,
        "date": iso_date(one.row.date),
        "caught_by": list(one.held),
        "would": [wish for rule in one.rules for wish in rule.wishes() if wish != "stop"],
    }


def _would(one: Caught) -> str:
    return ", ".join(wish for rule in one.rules for wish in rule.wishes() if wish != "stop") or "(nothing)"


def _sender(row: Row) -> str:
    return (row.from_[0].name or row.from_[0].addr) if row.from_ else ""
