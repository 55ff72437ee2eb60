"""Writing a search: which word the cursor is in, how it can go on, and where is looked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from mailtui.model.folder import Mailbox, Role
from mailtui.search.operators import HAS, NAMES, STATES
from mailtui.view.unified import ALL_INBOXES

OPERATORS = (
    *("from", "to", "subject", "body", "list", "has", "is", "before", "after", "in", "size"),
    *("cc", "attachment", "on", "account", "keyword", "larger", "smaller"),
)
"""Those that are offered, the most wanted first."""
PEOPLE_FIELDS = frozenset(("from", "to", "cc"))
_DAYS = ("today", "yesterday", "7d", "30d", "1y")
_SIZES = ("1M", "10M", "100k")
MOST_OFFERED = 30


class Reach(Enum):
    """Where a search looks."""

    EVERYWHERE = "everywhere"
    ACCOUNT = "account"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class AskedWord:
    """What stands at the cursor: [start, end) of the line. `field` is the operator's own name, "" for a bare word, None
    for an operator that there is none of; `value` what was typed behind it, without a quotation mark."""

    start: int
    end: int
    field: str | None
    written: str
    """The operator as it was typed, or the bare word."""
    value: str


def word_at(line: str, cursor: int) -> AskedWord:
    """Words end at blanks and parentheses outside of quotation marks; a minus before one is none of it."""
    start, quoted, at = 0, False, 0
    while at < min(cursor, len(line)):
        char = line[at]
        if quoted and char == "\\":
            at += 1
        elif char == '"':
            quoted = not quoted
        elif not quoted and (char.isspace() or char in "()"):
            start = at + 1
        at += 1
    end = cursor
    while end < len(line) and (quoted or not (line[end].isspace() or line[end] in "()")):
        quoted = quoted != (line[end] == '"')
        end += 1
    if line[start:cursor].startswith("-"):
        start += 1
    typed = line[start:cursor]
    name, colon, value = typed.partition(":")
    if not colon or typed.startswith('"'):
        return AskedWord(start, end, "", typed, "")
    return AskedWord(start, end, NAMES.get(name.lower()), name, value.removeprefix('"').removesuffix('"'))


def quoted(value: str) -> str:
    """A value as it stands behind an operator."""
    if value and not any(char.isspace() or char in '()"\\' for char in value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def offers(word: AskedWord, mailboxes: Iterable[Mailbox], people: Iterable[str] = ()) -> list[str]:
    """What may stand in place of the word, whole; nothing if it is whole already. `people`: addresses that fit."""
    if word.field is None:
        return []
    if not word.field:
        low = word.written.lower()
        return [f"{name}:" for name in OPERATORS if name.startswith(low)]
    values = _values(word, mailboxes, people)
    low = word.value.lower()
    if low in {value.lower() for value in values}:
        return []
    if word.field not in PEOPLE_FIELDS:
        values = [value for value in values if value.lower().startswith(low)] or (
            [value for value in values if low in value.lower()] if word.field in {"in", "account"} else []
        )
    return [f"{word.written}:{quoted(value)}" for value in values[:MOST_OFFERED]]


def _values(word: AskedWord, mailboxes: Iterable[Mailbox], people: Iterable[str]) -> list[str]:
    field, typed = word.field, word.value
    if field in PEOPLE_FIELDS:
        return list(people)
    if field == "is":
        return list(dict.fromkeys(STATES.values()))
    if field == "has":
        return list(dict.fromkeys(HAS.values()))
    if field in {"before", "after", "on"}:
        return list(_DAYS)
    if field in {"larger", "smaller"}:
        return list(_SIZES)
    if field == "size":
        return [sign + size for sign in (typed[:1] if typed[:1] in {"<", ">"} else "><") for size in _SIZES]
    if field == "account":
        return list(dict.fromkeys(box.account for box in mailboxes if box.account and box.account.isprintable()))
    return _folders(mailboxes) if field == "in" else []


def _folders(mailboxes: Iterable[Mailbox]) -> list[str]:
    """Names for `in:`: folders that have a role by that word, the others by their whole names."""
    roles: list[str] = []
    names: list[str] = []
    for box in mailboxes:
        if box.id < 0 or not box.selectable or not box.name.isprintable():
            continue
        if box.role is not Role.NONE:
            roles.append(box.role.value)
        else:
            names.append(box.name)
    return list(dict.fromkeys((*roles, *names)))


def fill(line: str, word: AskedWord, offer: str, *, last: bool) -> tuple[str, int]:
    """The line with the offer in place of the word, and where the cursor goes. `last`: there is no other offer, so a
    blank follows a value."""
    behind = line[word.end :]
    blank = " " if last and not offer.endswith(":") and not behind.startswith(" ") else ""
    head = line[: word.start] + offer + blank
    return head + behind, len(head)


# -- where


def reaches(home: Mailbox | None, several: bool) -> list[Reach]:
    """What can be chosen: `several` accounts make the account one of it, and a folder must be a server's."""
    out = [Reach.EVERYWHERE]
    if home is not None and home.account and several:
        out.append(Reach.ACCOUNT)
    if home is not None and home.id != ALL_INBOXES:
        out.append(Reach.FOLDER)
    return out


def following(reach: Reach, possible: Sequence[Reach]) -> Reach:
    """The next one, round and round."""
    return possible[(possible.index(reach) + 1) % len(possible)] if reach in possible else possible[0]


def narrowed(query: str, reach: Reach, home: Mailbox | None) -> str:
    """The query with the place where it looks as a part of it, so that it means the same everywhere."""
    if reach is Reach.EVERYWHERE or home is None:
        return query
    parts = [f"in:{quoted(home.name)}"] if reach is Reach.FOLDER else []
    if home.account:
        parts.insert(0, f"account:{quoted(home.account)}")
    return " ".join((*parts, f"({query})"))


def both(query: str, more: str) -> str:
    """What both find."""
    return f"{more} ({query})"
