"""Marks, plans and folder names as values."""

from __future__ import annotations

import pytest

from mailtui.model.folder import Mailbox, Role
from mailtui.model.ids import MailboxId, PlacementId, ThreadId
from mailtui.model.intents import Move, SetFlags
from mailtui.model.mail import Flag, Flags
from mailtui.view import deeds
from mailtui.view.deeds import PLANNERS, THREAD_PLANNERS, Target, label
from mailtui.view.naming import full_name, is_taken, renamed
from mailtui.view.picked import Picked
from mailtui.view.rows import MessageRows
from tests.support.fake_store import mailbox, row

BOXES = {
    box.id: box
    for box in (
        mailbox(1, "INBOX", Role.INBOX),
        mailbox(2, "Sent", Role.SENT),
        mailbox(3, "Archive", Role.ARCHIVE),
        mailbox(4, "Trash", Role.TRASH),
        mailbox(5, "Junk", Role.JUNK),
        mailbox(6, "Boats"),
    )
}


def target(number: int, box: int = 1, bits: int = 0) -> Target:
    return Target.of(row(number, box, flags=Flags(bits)))


def test_marks_come_and_go() -> None:
    picked = Picked()
    rows = [row(number) for number in (5, 4, 3)]
    picked.toggle([Target.of(row) for row in rows[:2]])
    assert len(picked) == 2
    picked.toggle([Target.of(row) for row in rows])
    assert len(picked) == 3, "one of them was not marked: now all are"
    picked.toggle([Target.of(row) for row in rows[1:]])
    assert [one.placement for one in picked.targets()] == [5]
    picked.discard([PlacementId(5), PlacementId(77)])
    assert not picked.any


def test_a_range_reaches_from_its_anchor_to_the_cursor_either_way() -> None:
    picked = Picked()
    picked.anchor = row(5, total=9).key
    for cursor, covered in ((7, {5, 6, 7}), (3, {3, 4, 5}), (5, {5})):
        key = row(cursor, total=9).key
        assert {number for number in range(1, 10) if picked.holds(row(number, total=9), key)} == covered
    assert picked.any
    assert len(picked) == 0


def test_flags_of_marks_follow_what_was_asked_for_and_what_is_read() -> None:
    picked = Picked()
    picked.add([target(1), target(2)])
    picked.reflag(Flags(Flag.SEEN), Flags())
    assert [one.bits for one in picked.targets()] == [1, 1]
    assert [one.bits for one in picked.targets([row(2, flags=Flags(4)), row(3)])] == [1, 4]


def test_labels_say_what_or_how_many() -> None:
    assert label("Archived", [target(1), target(2)]) == "Archived 2"
    assert label("Moved", [target(1), target(2)], "to Boats") == "Moved 2 to Boats"
    assert label("Moved", [target(2)], "to Boats").startswith("Moved to Boats: ")
    one = Target(PlacementId(1), MailboxId(1), 0, ThreadId(1), "A\x1b[31m\u202e" + "x" * 300)
    said = label("Archived", [one])
    assert said.startswith("Archived: A␛[31m")
    assert "\u202e" not in said
    assert len(said) < 70
    assert label("Archived", [one._replace(subject=" ")]) == "Archived: (no subject)"


@pytest.mark.parametrize(
    ("name", "box", "role"),
    [
        ("archive", 1, Role.ARCHIVE),
        ("delete", 3, Role.TRASH),
        ("toggle_spam", 1, Role.JUNK),
        ("toggle_spam", 5, Role.INBOX),
        ("toggle_advertising", 1, Role.ADVERTISING),
    ],
)
def test_where_things_go(name: str, box: int, role: Role) -> None:
    plan = PLANNERS[name]((target(9, box),), BOXES)
    assert plan.deed is not None
    assert plan.deed.intents[0] == Move((PlacementId(9),), role)
    assert plan.leaving == {9}
    assert not plan.ask


def test_only_what_lies_elsewhere_is_moved() -> None:
    plan = PLANNERS["archive"]((target(1, 1), target(2, 3)), BOXES)
    assert plan.leaving == {1}
    assert PLANNERS["archive"]((target(2, 3),), BOXES).deed is None
    mixed = PLANNERS["delete"]((target(1, 1), target(2, 4)), BOXES)
    assert mixed.leaving == {1}
    assert not mixed.ask
    assert PLANNERS["delete"]((target(2, 4),), BOXES).ask
    assert deeds.move((target(1, 6),), BOXES[MailboxId(6)]).why == "It lies in Boats already"


def test_flags_toggle_for_all_together() -> None:
    plan = PLANNERS["toggle_read"]((target(1, bits=1), target(2)), BOXES)
    assert plan.deed is not None
    assert plan.deed.intents == (SetFlags((PlacementId(2),), add=Flags(Flag.SEEN)),)
    plan = PLANNERS["toggle_read"]((target(1, bits=1), target(2, bits=1)), BOXES)
    assert plan.deed is not None
    assert plan.deed.intents == (SetFlags((PlacementId(1), PlacementId(2)), remove=Flags(Flag.SEEN)),)
    assert plan.deed.label == "Marked 2 as unread"


def test_threads_leave_what_is_filed() -> None:
    whole = (target(1, 1), target(2, 2), target(3, 4), target(4, 6, bits=1))
    archived = THREAD_PLANNERS["archive_thread"](whole, BOXES)
    assert archived.leaving == {1, 4}
    assert THREAD_PLANNERS["delete_thread"](whole, BOXES).leaving == {1, 2, 4}
    assert THREAD_PLANNERS["archive_thread"]((target(2, 2),), BOXES).why
    assert THREAD_PLANNERS["read_thread"]((target(4, bits=1),), BOXES).why == "All of it is read"


def test_names_of_folders_get_the_accounts_delimiter() -> None:
    slash = [mailbox(1, "INBOX", Role.INBOX), mailbox(2, "Boats/Old")]
    assert full_name(" Boats / 2026 ", slash) == "Boats/2026"
    assert full_name(" / ", slash) == ""
    assert is_taken("Boats/Old", slash)
    dotted = [_dot(1, "INBOX"), _dot(2, "INBOX.Sent")]
    assert full_name("Boats/2026", dotted) == "INBOX.Boats.2026"
    assert full_name("INBOX.Boats", dotted) == "INBOX.Boats"
    assert full_name("Bo\x00ats\n", []) == "Boats"
    assert renamed(slash[1], "New") == "Boats/New"
    assert renamed(slash[1], "Else/New") == "Else/New"
    assert renamed(slash[1], "  ") == ""


def _dot(number: int, name: str) -> Mailbox:
    from dataclasses import replace

    return replace(mailbox(number, name), delimiter=".")


def test_hidden_rows_stay_away_and_come_back() -> None:
    from mailtui.view.loads import Load, Loaded, LoadKind

    state = MessageRows(3, 10)
    load = state.next_load()
    assert load is not None
    rows = tuple(row(number, total=3) for number in (3, 2, 1))
    state.loaded(Loaded(load, rows))
    state.hide([PlacementId(2)])
    assert state.total == 2
    assert state.beyond({PlacementId(3)}, 1) == 1
    assert state.beyond({PlacementId(3), PlacementId(1)}, 1) is None
    state.reread()
    again = state.next_load()
    assert again is not None
    assert again.kind is LoadKind.AROUND
    state.loaded(Loaded(again, rows))
    assert [one.placement for one in state.window.rows] == [3, 1]
    state.recount(3)
    assert state.total == 2, "the store may not know yet"
    assert state.unhide()
    assert not state.unhide()
    assert state.total == 3
    once_more = state.next_load()
    assert isinstance(once_more, Load)
    state.loaded(Loaded(once_more, rows))
    assert len(state.window.rows) == 3
