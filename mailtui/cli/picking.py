"""Which messages are meant: ids from the command line or from stdin, all of them or none."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from mailtui.cli.exits import NotFoundError
from mailtui.mail.sanitize import clip, safe_line
from mailtui.model.errors import UsageError
from mailtui.model.folder import Mailbox
from mailtui.model.ids import AccountId, MailboxId, Word
from mailtui.model.mail import Row
from mailtui.model.ports import MailReader

STDIN = "-"
NAMED = 5
"""So many unknown ids are named in an error; the rest is counted."""


def words(given: Sequence[str]) -> tuple[str, ...]:
    """The ids in the order given, without doubles; `-` stands for those on stdin. Raises UsageError when stdin
    holds no ids but something else."""
    found: dict[str, None] = {}
    for word in given:
        found.update(dict.fromkeys(_from_stdin() if word == STDIN else (word,)))
    return tuple(found)


def _from_stdin() -> tuple[str, ...]:
    text = sys.stdin.buffer.read().decode("utf-8", "replace").removeprefix("\ufeff").strip()
    if text[:1] in {"[", "{"}:
        return _from_json(text)
    lines = tuple(line.strip() for line in text.splitlines() if line.strip())
    for line in lines:
        if len(line.split()) > 1:
            raise UsageError(
                f"stdin: '{shown(line)}' is not one id",
                "one id per line, or what `list --json` and `search --json` print",
            )
    return lines


def _from_json(text: str) -> tuple[str, ...]:
    hint = "an array of objects that have an `id`, as `list --json` and `search --json` print it"
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"stdin is no JSON: {error}", f"give {hint}, or one id per line") from None
    found = []
    for one in value if isinstance(value, list) else [value]:
        word = one.get("id") if isinstance(one, dict) else one
        if not isinstance(word, str) or not word:
            raise UsageError("stdin: the JSON holds something that has no `id`", f"give {hint}")
        found.append(word)
    return tuple(found)


def rows(
    reader: MailReader,
    mailboxes: Mapping[MailboxId, Mailbox],
    ids: Iterable[str],
    account: AccountId | None = None,
) -> tuple[Row, ...]:
    """The messages that the ids name. Raises NotFoundError naming those that do not exist (in that account)."""
    found: list[Row] = []
    unknown: list[str] = []
    for word in ids:
        row = reader.by_word(Word(word))
        mailbox = mailboxes.get(row.mailbox) if row is not None else None
        if row is None or mailbox is None or (account is not None and mailbox.account != account):
            unknown.append(word)
        else:
            found.append(row)
    refuse_unknown(unknown, "message", account, "`mailtui list` and `search` print ids")
    return tuple(found)


def numbers(given: Sequence[str], known: Callable[[int], bool], what: str, hint: str) -> tuple[int, ...]:
    """Numbers that `known` accepts, without doubles. Raises NotFoundError naming the others."""
    unknown = [word for word in given if not is_number(word) or not known(int(word))]
    refuse_unknown(unknown, what, None, hint)
    return tuple(dict.fromkeys(int(word) for word in given))


def is_number(word: str) -> bool:
    """Digits only, and few enough for SQLite's integers."""
    return word.isascii() and word.isdigit() and len(word) < 19


def refuse_unknown(unknown: Sequence[str], what: str, account: AccountId | None, hint: str, plural: str = "") -> None:
    """Raises NotFoundError if there is anything unknown. The error says that nothing was done."""
    if not unknown:
        return
    named = ", ".join(f"'{shown(word)}'" for word in unknown[:NAMED])
    if len(unknown) > NAMED:
        named += f" and {len(unknown) - NAMED} more"
    place = f" in account '{safe_line(account)}'" if account is not None else ""
    verb = f"there is no {what}" if len(unknown) == 1 else f"there are no {plural or what + 's'}"
    raise NotFoundError(f"{verb} {named}{place}; nothing was done", hint)


def shown(word: str) -> str:
    """A word from outside, fit for an error text."""
    return clip(safe_line(word), 60)
