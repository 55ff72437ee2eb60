from __future__ import annotations

from array import array

import pytest

from mailtui.model.account import OfflineKind, OfflinePolicy
from mailtui.model.folder import Checkpoint, RemoteStatus, Role
from mailtui.sync.plan import (
    DAY,
    Ladder,
    RemoteState,
    body_horizon,
    needs_visit,
    newest_first,
    plan,
    priority,
    wants_body,
)

BASE = Checkpoint(uidvalidity=7, uidnext=101, highestmodseq=50, floor=1)


def remote(validity: int = 7, uidnext: int | None = 101, modseq: int = 50, exists: int = 100) -> RemoteState:
    return RemoteState(validity, uidnext, modseq, exists)


def test_a_mailbox_never_seen_is_first() -> None:
    assert plan(None, remote(), condstore=True, qresync_used=False).first


def test_another_uidvalidity_relinks_and_touches_nothing_else() -> None:
    todo = plan(BASE, remote(validity=8), condstore=True, qresync_used=True)
    assert todo.relink
    assert todo.ladder is Ladder.NOTHING
    assert todo.new_from is None


@pytest.mark.parametrize(
    ("qresync", "condstore", "modseq", "expected"),
    [
        (True, True, 60, Ladder.QRESYNC),
        (False, True, 60, Ladder.CHANGEDSINCE),
        (False, False, 60, Ladder.COMPARE),
        (True, True, 40, Ladder.COMPARE),  # HIGHESTMODSEQ went back
        (False, True, 0, Ladder.COMPARE),  # NOMODSEQ
    ],
)
def test_the_ladder(qresync: bool, condstore: bool, modseq: int, expected: Ladder) -> None:
    assert plan(BASE, remote(modseq=modseq), condstore=condstore, qresync_used=qresync).ladder is expected


def test_new_mail_is_asked_for_only_when_uidnext_grew_or_is_unknown() -> None:
    assert plan(BASE, remote(uidnext=101), condstore=True, qresync_used=True).new_from is None
    assert plan(BASE, remote(uidnext=105), condstore=True, qresync_used=True).new_from == 101
    assert plan(BASE, remote(uidnext=None), condstore=True, qresync_used=True).new_from == 101


def test_a_uidnext_that_fell_is_compared_in_full() -> None:
    assert plan(BASE, remote(uidnext=50), condstore=True, qresync_used=True).ladder is Ladder.COMPARE


def test_status_alone_spares_the_visit() -> None:
    same = RemoteStatus(messages=100, uidnext=101, uidvalidity=7, highestmodseq=50)
    assert not needs_visit(BASE, 100, same)
    assert needs_visit(BASE, 99, same)
    assert needs_visit(None, 0, same)
    assert needs_visit(BASE, 100, None)
    for other in (
        RemoteStatus(messages=100, uidnext=102, uidvalidity=7, highestmodseq=50),
        RemoteStatus(messages=100, uidnext=101, uidvalidity=8, highestmodseq=50),
        RemoteStatus(messages=100, uidnext=101, uidvalidity=7, highestmodseq=51),
        RemoteStatus(messages=100, uidnext=101, uidvalidity=7),
    ):
        assert needs_visit(BASE, 100, other)


def test_a_half_filled_mailbox_is_always_visited() -> None:
    half = Checkpoint(7, 101, 50, floor=40)
    assert needs_visit(half, 60, RemoteStatus(messages=60, uidnext=101, uidvalidity=7, highestmodseq=50))


def test_slices_come_newest_first_and_cover_everything() -> None:
    parts = [list(part) for part in newest_first(array("Q", range(1, 8)), 3)]
    assert parts == [[5, 6, 7], [2, 3, 4], [1]]


def test_the_inbox_comes_first_then_what_is_looked_at() -> None:
    assert priority(Role.INBOX, looked_at=False) < priority(Role.JUNK, looked_at=True)
    assert priority(Role.JUNK, looked_at=True) < priority(Role.SENT, looked_at=False)


def test_offline_policies() -> None:
    now = 1000.0 * DAY
    recent = OfflinePolicy(OfflineKind.RECENT, 90)
    assert wants_body(OfflinePolicy(), 0, now)
    assert wants_body(recent, int(now) - 89 * DAY, now)
    assert not wants_body(recent, int(now) - 91 * DAY, now)
    assert not wants_body(OfflinePolicy(OfflineKind.HEADERS), int(now), now)
    assert body_horizon(OfflinePolicy(), now) is None
    assert body_horizon(recent, now) == 910 * DAY
