"""Reads `[[rules]]`. The search in `match` is checked here, so that a mistake in it is told before mail comes."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from typing import Any

from mailtui.config.check import Checker
from mailtui.config.locate import Path
from mailtui.config.picture import nearest
from mailtui.config.schema import RULE
from mailtui.model.errors import QueryError
from mailtui.model.folder import Role
from mailtui.model.ids import AccountId
from mailtui.model.intents import FolderNamed
from mailtui.model.labels import wire_name
from mailtui.model.rules import Rule

_DAY = datetime.date(2000, 1, 1)
"""Any day will do: only the words are checked."""
_PLACES = ("move", "archive", "delete")
_DEEDS = (*_PLACES, "copy", "mark", "label", "stop")


def read_rules(checker: Checker, source: str, accounts: Collection[str]) -> tuple[Rule, ...]:
    """All of them, in their order; the checker has the mistakes. `source`: the text of the file. `accounts`: all names
    of accounts."""
    names: dict[str, Path] = {}
    rules = []
    for path in checker.elements(("rules",), "[[rules]] above each of them"):
        found = checker.section(path, RULE)
        _check(checker, path, found)
        if found["match"] is not None:
            _check_match(checker, (*path, "match"), found["match"], source)
        _check_accounts(checker, (*path, "accounts"), found["accounts"], accounts)
        name = found["name"]
        if name is None or found["match"] is None:
            continue
        if name in names:
            checker.wrong_value(f"there are two rules '{name}'", (*path, "name"), "a name says which one is meant")
        names[name] = path
        rules.append(_rule(found))
    return tuple(rules)


def _rule(found: dict[str, Any]) -> Rule:
    to: FolderNamed | Role | None = FolderNamed(found["move"]) if found["move"] else None
    if to is None:
        to = Role.TRASH if found["delete"] else Role.ARCHIVE if found["archive"] else None
    copy = FolderNamed(found["copy"]) if found["copy"] else None
    accounts = tuple(AccountId(name) for name in found["accounts"])
    return Rule(found["name"], found["match"], accounts, to, copy, found["mark"], found["label"], found["stop"])


def _check(checker: Checker, path: Path, found: dict[str, Any]) -> None:
    """What the kinds of the keys can't know."""
    named = f"the rule '{found['name']}'" if found["name"] else "a rule"
    places = [key for key in _PLACES if found[key]]
    if len(places) > 1:
        hint = "a message lies in one place: keep one of them, or use `copy`"
        checker.mistake(f"{named} has both {places[0]} and {places[1]}", (*path, places[1]), hint)
    if not any(checker.has((*path, key)) for key in _DEEDS):
        checker.mistake(f"{named} does nothing", path, "add one of " + ", ".join(_DEEDS))
    for key in ("move", "copy"):
        if found[key] and not all(part.strip(" ./\\") for part in found[key].split("/")):
            checker.wrong_value(f"'{found[key]}' can't be the name of a folder", (*path, key))
    for number, label in enumerate(found["label"]):
        try:
            wire_name(label)
        except ValueError as error:
            checker.wrong_value(f"'{label}' can't be a label", (*path, "label", number), str(error))
    for number, word in enumerate(found["mark"]):
        if f"un{word}" in found["mark"]:
            checker.wrong_value(f"{named} marks both {word} and un{word}", (*path, "mark", number), "keep one of them")


def _check_accounts(checker: Checker, path: Path, given: Sequence[str], known: Collection[str]) -> None:
    for number, name in enumerate(given):
        if name not in known:
            hint = nearest(name, known) or "there is: " + ", ".join(f"'{one}'" for one in known)
            checker.wrong_value(f"there is no account '{name}'", (*path, number), hint)


def _check_match(checker: Checker, path: Path, match: str, source: str) -> None:
    from mailtui.search.query import parse  # most files have no rules, and every command reads the file

    try:
        parse(match, today=_DAY)
    except QueryError as error:
        checker.wrong_part(f"'match': {error.text}", path, source, (error.position, error.length), error.hint)
