"""The rules of the configuration, asked about mail that has just arrived: the first stage of the sorter.

What all rules do to one message is one Deed: a crash comes before all of it or behind it, never between. A message that
is asked about again nevertheless has nothing left to be done.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from mailtui.engine.sorting import Sorted
from mailtui.model.account import Account
from mailtui.model.folder import Mailbox
from mailtui.model.ids import MessageId
from mailtui.model.intents import RULES, Deed, FolderNamed
from mailtui.model.rules import Rule
from mailtui.search.query import Query, parse
from mailtui.store.arrivals import Arrived
from mailtui.store.asking import Asked
from mailtui.store.base import Base
from mailtui.sync.ruling import Ruled, as_one, deeds, judge, left, target


class Rules:
    """Implements sorting.Stage."""

    def __init__(self, rules: Sequence[Rule], base: Base) -> None:
        self._rules = tuple(rules)
        self._base = base
        self._day: datetime.date | None = None
        self._queries: dict[str, Query] = {}

    def sort(self, account: Account, arrived: Sequence[Arrived]) -> Sorted:
        rules = [rule for rule in self._rules if rule.covers(account.id)]
        if not rules:
            return Sorted()
        self._parse()
        boxes = self._base.mailboxes(account.id)
        caught: dict[tuple[str, ...], list[Ruled]] = {}
        settled = set()
        for one in arrived:
            wanted, stopped = self._judged(one, account, rules, boxes)
            if wanted:
                caught.setdefault(tuple(rule.name for rule in wanted), []).append(Ruled(one.placement, wanted))
            if stopped:
                settled.add(one.placement)
        made = tuple(_together(names, ruled) for names, ruled in caught.items())
        return Sorted(made, frozenset(settled))

    def done(self, account: Account, arrived: Sequence[Arrived]) -> None:
        """The index tells what was done."""

    def _judged(
        self, one: Arrived, account: Account, rules: Sequence[Rule], boxes: Sequence[Mailbox]
    ) -> tuple[tuple[Rule, ...], bool]:
        bare = self._base.candidate(one.placement)
        if bare is None:
            return (), False
        asked = Asked(bare, lambda: one.path or None)

        def rest(rule: Rule) -> Rule | None:
            inbox = next((box.id for box in boxes if box.name == bare.mailbox), None)
            there = rule.to is not None and target(rule.to, boxes) == inbox
            return left(rule, bare.flags, there=there, copied=self._copied(one.message, rule.copy, boxes))

        return judge(rules, account.id, lambda rule: asked.holds(self._queries[rule.name]), rest)

    def _copied(self, message: MessageId, to: FolderNamed | None, boxes: Sequence[Mailbox]) -> bool:
        place = target(to, boxes)
        return place is not None and self._base.lies_in(message, place)

    def _parse(self) -> None:
        """Once a day: `7d` counts from today."""
        today = datetime.date.today()
        if today != self._day:
            self._day = today
            self._queries = {rule.name: parse(rule.match, today=today) for rule in self._rules}


def _together(names: Sequence[str], ruled: Sequence[Ruled]) -> Deed:
    """One step for all messages that the same rules caught."""
    whole = as_one(deeds(ruled), names, len(ruled))
    return Deed(whole.label, whole.intents, RULES)
