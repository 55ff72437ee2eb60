"""Which rules a message falls under, what is left to do, and the deeds that come of it (sync/ruling)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailtui.model.folder import Mailbox, Role
from mailtui.model.ids import AccountId, MailboxId, PlacementId
from mailtui.model.intents import Copy, Deed, FolderNamed, Move, SetFlags
from mailtui.model.mail import NO_FLAGS, Flags
from mailtui.model.rules import Rule
from mailtui.sync.ruling import Ruled, as_one, deeds, judge, left, target

READ = Rule("read", "x", mark=("read",))
FILED = Rule("filed", "x", to=FolderNamed("Work"))
GONE = Rule("gone", "x", to=Role.TRASH)


def box(ident: int, name: str, role: Role = Role.NONE, delimiter: str | None = "/") -> Mailbox:
    return Mailbox(
        MailboxId(ident),
        AccountId("a"),
        name,
        delimiter,
        role,
        frozenset(),
        0,
        0,
        None,
        selectable=True,
        checkpoint=None,
    )


def asked(*rules: Rule, account: str = "a", without: tuple[str, ...] = ()) -> tuple[tuple[Rule, ...], bool]:
    return judge(rules, account, lambda rule: rule.name not in without, lambda rule: left(rule, NO_FLAGS, **NOWHERE))


NOWHERE = {"there": False, "copied": False}


def test_all_rules_that_match_count_in_their_order() -> None:
    assert asked(READ, FILED, without=("read",)) == ((FILED,), False)
    assert asked(FILED, READ) == ((FILED, READ), False)
    assert asked() == ((), False)


def test_stop_ends_it_also_where_nothing_else_is_done() -> None:
    assert asked(replace(READ, stop=True), FILED) == ((replace(READ, stop=True),), True)
    assert asked(Rule("leave", "x", stop=True), FILED) == ((), True)
    assert asked(replace(READ, stop=True), FILED, without=("read",)) == ((FILED,), False)


def test_the_first_place_wins() -> None:
    assert asked(FILED, GONE, READ) == ((FILED, READ), False)
    assert asked(FILED, replace(GONE, mark=("star",))) == ((FILED, Rule("gone", "x", mark=("star",))), False)


def test_rules_for_other_accounts_are_not_asked() -> None:
    assert asked(replace(READ, accounts=(AccountId("b"),))) == ((), False)
    assert asked(replace(READ, accounts=(AccountId("b"),)), account="b")[0] != ()


def test_what_is_so_already_is_not_done() -> None:
    rule = Rule("r", "x", (), FolderNamed("W"), FolderNamed("C"), ("read", "unstar"), ("todo", "b"))
    assert left(rule, Flags.of(["\\Seen", "TODO"]), there=True, copied=True) == replace(
        rule, to=None, copy=None, mark=(), label=("b",)
    )
    assert left(rule, Flags.of(["\\Seen", "todo", "b"]), there=True, copied=True) is None
    assert left(rule, Flags.of(["\\Flagged"]), there=False, copied=False) == rule
    assert left(Rule("f", "x", label=("forwarded",)), Flags.of(["$Forwarded"]), there=False, copied=False) is None


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Work", 3),
        ("work", 3),
        ("archive", 2),
        ("INBOX", 1),
        ("Old/Mail", 4),
        ("old/mail", 4),
        ("none", None),
        ("x", None),
    ],
)
def test_folders_are_found_by_name_and_role(name: str, found: int | None) -> None:
    boxes = [
        box(1, "INBOX", Role.INBOX, "."),
        box(2, "INBOX.Everything", Role.ARCHIVE, "."),
        box(3, "Work", delimiter="."),
        box(4, "INBOX.Old.Mail", delimiter="."),
    ]
    assert target(FolderNamed(name), boxes) == found


def test_roles_are_found_and_all_mail_is_an_archive() -> None:
    assert target(Role.TRASH, [box(1, "INBOX", Role.INBOX)]) is None
    assert target(Role.ARCHIVE, [box(1, "All", Role.ALL)]) == 1
    assert target(Role.ARCHIVE, [box(1, "All", Role.ALL), box(2, "A", Role.ARCHIVE)]) == 2
    assert target(None, []) is None


def test_a_flat_server_has_no_delimiter() -> None:
    assert target(FolderNamed("a/b"), [box(1, "A/B", delimiter=None)]) == 1


def test_deeds_are_one_for_each_rule_flags_first_and_moves_last() -> None:
    one, two, three = (PlacementId(number) for number in (1, 2, 3))
    both = Rule("both", "x", (), FolderNamed("Work"), FolderNamed("C"), ("read",))
    made = deeds([Ruled(one, (READ, both)), Ruled(two, (both,)), Ruled(three, (replace(both, mark=()),))])
    assert made == (
        Deed("Rule read: marked 1 read", (SetFlags((one,), Flags.of(["\\Seen"])),)),
        Deed(
            "Rule both: moved 3 to Work, copied to C, marked read",
            (
                SetFlags((one, two), Flags.of(["\\Seen"])),
                Copy((one, two), FolderNamed("C")),
                Copy((three,), FolderNamed("C")),
                Move((one, two), FolderNamed("Work")),
                Move((three,), FolderNamed("Work")),
            ),
        ),
    )
    assert deeds([Ruled(one, ())]) == ()


def test_several_deeds_are_one_step() -> None:
    made = deeds([Ruled(PlacementId(1), (READ, FILED))])
    whole = as_one(made, ("read", "filed"), 1)
    assert whole.label == "Rules read, filed: 1 message"
    assert len(whole.intents) == 2
    assert as_one(made[:1], ("read",), 1) is made[0]
