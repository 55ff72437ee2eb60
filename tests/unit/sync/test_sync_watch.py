from __future__ import annotations

import pytest

from mailtui.model.folder import Mailbox, Role
from mailtui.model.ids import AccountId, MailboxId
from mailtui.sync.watch import assign, matches, worth_watching


def box(number: int, name: str, role: Role = Role.NONE) -> Mailbox:
    return Mailbox(MailboxId(number), AccountId("home"), name, "/", role, frozenset(), 0, 0, None, True, None)


INBOX, LISTS, WORK, NOTES = box(1, "INBOX", Role.INBOX), box(2, "Lists"), box(3, "Work/A"), box(4, "Work/B")
ALL = [NOTES, INBOX, WORK, LISTS]


def ids(*numbers: int) -> tuple[MailboxId, ...]:
    return tuple(MailboxId(number) for number in numbers)


def slots(*numbers: int | None) -> list[MailboxId | None]:
    return [None if number is None else MailboxId(number) for number in numbers]


@pytest.mark.parametrize(
    ("patterns", "looked", "expected"),
    [
        ((), (), ()),
        ((), ids(3), ids(3)),
        (("Lists", "INBOX"), (), ids(2)),
        (("Work/*", "Lists"), ids(2), ids(2, 3, 4)),
        (("*",), ids(4), ids(4, 2, 3)),
        (("Lists",), ids(3, 4, 2), ids(3, 2, 4)),
        (("Nowhere",), ids(1, 9), ()),
    ],
)
def test_the_screen_comes_first_then_the_config_then_what_was_on_the_screen(
    patterns: tuple[str, ...], looked: tuple[MailboxId, ...], expected: tuple[MailboxId, ...]
) -> None:
    assert worth_watching(ALL, patterns, looked) == expected


@pytest.mark.parametrize(
    ("worth", "now", "expected"),
    [
        (ids(), slots(None, None), slots(None, None)),
        (ids(2), slots(None, None), slots(2, None)),
        (ids(3, 2), slots(2, None), slots(2, 3)),
        (ids(4, 3, 2), slots(2, 3), slots(4, 3)),
        (ids(4), slots(2, 3), slots(4, None)),
        (ids(2, 3), slots(), slots()),
    ],
)
def test_who_watches_something_worth_it_stays_there(
    worth: tuple[MailboxId, ...], now: list[MailboxId | None], expected: list[MailboxId | None]
) -> None:
    assert assign(worth, now) == expected


@pytest.mark.parametrize(
    ("name", "pattern", "fits"),
    [
        ("Lists", "Lists", True),
        ("Lists/a", "Lists", False),
        ("Lists/a", "Lists/*", True),
        ("Lists/a/b", "*/b", True),
        ("ab", "a*b", True),
        ("aXcYb", "a*c*b", True),
        ("aXYb", "a*c*b", False),
        ("a", "a*a", False),
    ],
)
def test_a_star_stands_for_any_characters(name: str, pattern: str, fits: bool) -> None:
    assert matches(name, pattern) is fits
