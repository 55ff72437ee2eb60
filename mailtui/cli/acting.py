"""`mailtui flag`, `move`, `copy`, `archive`, `delete`, `spam` and their opposites."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mailtui import boot
from mailtui.cli import choose, exits, flag_words, picking
from mailtui.cli.session import by_id, reading, settings_of
from mailtui.cli.telling import UNDO, Phrase, Said, count, tell, tell_nothing
from mailtui.mail.sanitize import safe_line
from mailtui.model.account import Settings
from mailtui.model.errors import UsageError
from mailtui.model.folder import Mailbox, Role
from mailtui.model.ids import AccountId, MailboxId, PlacementId
from mailtui.model.intents import Copy, Deed, Expunge, Intent, Move, SetFlags
from mailtui.model.mail import NO_FLAGS, Flags, Row
from mailtui.model.ports import MailReader

_SPAM = Flags.of(("$Junk",))
_NOT_SPAM = Flags.of(("$NotJunk",))


@dataclass(frozen=True, slots=True)
class Filing:
    """What one of the filing commands does. `only_from`: messages that lie elsewhere stay where they are, so that
    "not spam" does not pull a letter out of the archive."""

    phrase: Phrase
    to: Role
    only_from: Role | None = None
    add: Flags = NO_FLAGS
    remove: Flags = NO_FLAGS


_FILINGS = {
    "archive": Filing(Phrase("Archived"), Role.ARCHIVE),
    "delete": Filing(Phrase("Deleted"), Role.TRASH),
    "spam": Filing(Phrase("Marked", " as spam"), Role.JUNK, add=_SPAM, remove=_NOT_SPAM),
    "not-spam": Filing(Phrase("Marked", " as not spam"), Role.INBOX, Role.JUNK, _NOT_SPAM, _SPAM),
    "advertising": Filing(Phrase("Marked", " as advertising"), Role.ADVERTISING),
    "not-advertising": Filing(Phrase("Marked", " as not advertising"), Role.INBOX, Role.ADVERTISING),
}


@dataclass(frozen=True, slots=True)
class _Bench:
    """What every action works with: the words, the store, and the messages that are meant."""

    args: argparse.Namespace
    settings: Settings
    reader: MailReader
    mailboxes: dict[MailboxId, Mailbox]
    rows: tuple[Row, ...]

    def role(self, row: Row) -> Role:
        return self.mailboxes[row.mailbox].role

    def lies_in(self, row: Row, role: Role) -> bool:
        """Where there is no Archive but a folder of all mail, that one is the archive."""
        mailbox = self.mailboxes[row.mailbox]
        if role is Role.ARCHIVE and mailbox.role is Role.ALL:
            mine = (one.role for one in self.mailboxes.values() if one.account == mailbox.account)
            return Role.ARCHIVE not in mine
        return mailbox.role is role

    def send(
        self, phrase: Phrase, rows: Sequence[Row], intents: Sequence[Intent], why_not: str, back: str = UNDO
    ) -> int:
        """`rows`: those that really change. `why_not` says why there are none."""
        if not rows:
            return tell_nothing(self.args, self.reader, why_not if self.rows else "no message was named")
        label = phrase.around(f"{len(rows):,}")
        changes = boot.submit(self.settings, Deed(label, tuple(intents)))
        return tell(self.args, self.reader, changes, Said(phrase.around(count(len(rows))), label, len(rows), back))


def _act(args: argparse.Namespace, action: Callable[[_Bench], int]) -> int:
    settings = settings_of(args)
    wanted = choose.account(settings, args.account) if args.account else None
    ids = picking.words(args.ids)
    with reading(settings) as reader:
        mailboxes = by_id(reader)
        return action(_Bench(args, settings, reader, mailboxes, picking.rows(reader, mailboxes, ids, wanted)))


def run_filing(args: argparse.Namespace) -> int:
    """Archive, delete, spam, advertising and their opposites. Raises NotFoundError for ids that do not exist."""
    return _act(args, _file)


def run_delete(args: argparse.Namespace) -> int:
    """Into Trash; with `--forever` off the server, after asking. Raises UsageError for mail that lies in Trash."""
    return _act(args, _delete_forever if args.forever else _delete)


def run_flag(args: argparse.Namespace) -> int:
    """Raises UsageError for names that can't be flags."""
    add, remove = flag_words.flags(args.add, args.remove)

    def action(bench: _Bench) -> int:
        rows = [row for row in bench.rows if row.flags.union(add).without(remove) != row.flags]
        intents = (SetFlags(placements(rows), add, remove),)
        return bench.send(flag_words.phrase(add, remove), rows, intents, "the flags are as you want them")

    return _act(args, action)


def run_move(args: argparse.Namespace) -> int:
    return _act(args, lambda bench: _to_folder(bench, Move, "Moved"))


def run_copy(args: argparse.Namespace) -> int:
    return _act(args, lambda bench: _to_folder(bench, Copy, "Copied"))


def placements(rows: Sequence[Row]) -> tuple[PlacementId, ...]:
    return tuple(row.placement for row in rows)


def _file(bench: _Bench) -> int:
    filing = _FILINGS[bench.args.command]
    going = [
        row for row in bench.rows if not bench.lies_in(row, filing.to) and filing.only_from in {None, bench.role(row)}
    ]
    marked = [row for row in bench.rows if row.flags.union(filing.add).without(filing.remove) != row.flags]
    intents: list[Intent] = []
    if going:
        intents.append(Move(placements(going), filing.to))
    if marked:
        intents.append(SetFlags(placements(marked), filing.add, filing.remove))
    touched = set(placements(going)) | set(placements(marked))
    rows = [row for row in bench.rows if row.placement in touched]
    there = f"{_these(bench.rows)} {'is' if len(bench.rows) == 1 else 'are'}"
    why_not = (
        f"{there} not in {filing.only_from.value}" if filing.only_from else f"{there} in {filing.to.value} already"
    )
    return bench.send(filing.phrase, rows, intents, why_not)


def _delete(bench: _Bench) -> int:
    inside = [row for row in bench.rows if bench.role(row) is Role.TRASH]
    if inside:
        named = ", ".join(row.word for row in inside[: picking.NAMED])
        more = f" and {len(inside) - picking.NAMED} more" if len(inside) > picking.NAMED else ""
        raise UsageError(
            f"in Trash already: {named}{more}; nothing was done", "`mailtui delete --forever` deletes them for good"
        )
    return _file(bench)


def _delete_forever(bench: _Bench) -> int:
    from mailtui.cli.asking import sure

    bare = sum(not row.body_here for row in bench.rows)
    warning = f" No copy will be left of {bare:,}, as the text was never fetched." if bare else ""
    if bench.rows and not sure(f"Delete {count(len(bench.rows))} for ever?{warning}", yes=bench.args.yes):
        return exits.FAILED
    return bench.send(
        Phrase("Deleted", " for ever"),
        bench.rows,
        (Expunge(placements(bench.rows)),),
        "",
        f"{UNDO} until the next sync" if bare else UNDO,
    )


def _to_folder(bench: _Bench, kind: type[Move] | type[Copy], verb: str) -> int:
    """One intent per account: the folder is looked up in each. Moving to where a message lies is nothing to do."""
    intents: list[Intent] = []
    going: list[Row] = []
    names: dict[str, None] = {}
    for account in dict.fromkeys(bench.mailboxes[row.mailbox].account for row in bench.rows):
        target = _target(bench, account)
        rows = [row for row in bench.rows if bench.mailboxes[row.mailbox].account == account]
        if kind is Move:
            rows = [row for row in rows if row.mailbox != target]
        if rows:
            intents.append(kind(placements(rows), target))
            going += rows
        names[target.value if isinstance(target, Role) else bench.mailboxes[target].name] = None
    place = " and ".join(safe_line(name) for name in names)
    return bench.send(
        Phrase(verb, f" to {place}"),
        going,
        intents,
        f"{_these(bench.rows)} {'lies' if len(bench.rows) == 1 else 'lie'} in {place} already",
    )


def _target(bench: _Bench, account: AccountId) -> MailboxId | Role:
    """The folder of this account, or a role that it has no folder for yet (one is then made)."""
    word = bench.args.to
    try:
        mailbox = choose.folder(tuple(bench.mailboxes.values()), word, account)
    except exits.NotFoundError as error:
        role = next((one for one in choose.MADE_WHEN_NEEDED if one.value == word.lower()), None)
        if role is not None:
            return role
        place = f" in account '{safe_line(account)}'" if len(bench.settings.accounts) > 1 else ""
        raise exits.NotFoundError(f"{error.text}{place}; nothing was done", error.hint) from None
    if not mailbox.selectable:
        raise UsageError(f"'{safe_line(mailbox.name)}' only holds other folders, no mail", "choose one inside of it")
    return mailbox.id


def _these(rows: Sequence[Row]) -> str:
    return "the message" if len(rows) == 1 else "the messages"
