"""From words to things: which account, which folder, which message is meant."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence

from mailtui.cli.exits import NotFoundError
from mailtui.mail.sanitize import safe_line
from mailtui.model.account import Settings
from mailtui.model.errors import UsageError
from mailtui.model.folder import Mailbox, Role
from mailtui.model.ids import AccountId

_READINGS: tuple[Callable[[Mailbox, str], bool], ...] = (
    lambda mailbox, word: mailbox.name == word,
    lambda mailbox, word: mailbox.role.value == word.lower() and word.lower() != "none",
    lambda mailbox, word: mailbox.name.casefold() == word.casefold(),
    lambda mailbox, word: mailbox.parts[-1].casefold() == word.casefold(),
)
"""How a folder can be meant, the most exact reading first."""

MADE_WHEN_NEEDED = (Role.ARCHIVE, Role.DRAFTS, Role.SENT, Role.TRASH, Role.JUNK, Role.ADVERTISING)
"""Mail can be moved to these roles even while the account has no such folder: one is made."""


def account(settings: Settings, name: str) -> AccountId:
    """Raises NotFoundError with the accounts there are."""
    found = settings.account(name)
    if found is None:
        known = [str(one.id) for one in settings.accounts]
        raise NotFoundError(f"there is no account '{safe_line(name)}'", _suggest(name, known))
    return found.id


def one_account(settings: Settings, name: str | None) -> AccountId:
    """The account named, or the only one there is. Raises UsageError when a name is needed."""
    if name:
        return account(settings, name)
    if len(settings.accounts) != 1:
        names = ", ".join(f"-a {safe_line(one.id)}" for one in settings.accounts)
        raise UsageError("there are several accounts", f"say which: {names}")
    return settings.accounts[0].id


def folder(mailboxes: Sequence[Mailbox], word: str, account_id: AccountId | None = None) -> Mailbox:
    """The folder named `word`, by its name or its role. Raises NotFoundError, or UsageError naming the choices when
    several are meant equally well."""
    candidates = [one for one in mailboxes if account_id is None or one.account == account_id]
    for meant in _READINGS:
        found = [one for one in candidates if meant(one, word)]
        if len(found) == 1:
            return found[0]
        if found:
            raise _ambiguous(word, found)
    names = [one.name for one in candidates]
    hint = _suggest(word, names) if names else "nothing is here yet: run `mailtui sync`"
    raise NotFoundError(f"there is no folder '{safe_line(word)}'", hint)


def _ambiguous(word: str, found: Sequence[Mailbox]) -> UsageError:
    accounts = sorted({str(one.account) for one in found})
    if len(accounts) == len(found):
        names = ", ".join(f"-a {safe_line(name)}" for name in accounts)
        return UsageError(f"several accounts have a folder '{safe_line(word)}'", f"add one of: {names}")
    names = ", ".join(f"'{safe_line(one.name)}' ({safe_line(one.account)})" for one in found)
    return UsageError(f"'{safe_line(word)}' can mean several folders", f"write one of these in full: {names}")


def _suggest(word: str, known: Iterable[str]) -> str:
    names = sorted(set(known))
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f"did you mean '{safe_line(near[0])}'?"
    shown = ", ".join(f"'{safe_line(name)}'" for name in names[:12])
    return f"there is: {shown}" + (" ..." if len(names) > 12 else "")
