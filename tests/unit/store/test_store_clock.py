"""Row F23 of the table of failures: a clock that jumps, and mail of impossible years."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from pathlib import Path

import pytest

from mailtui.model.facts import Delivery
from mailtui.model.folder import Role
from mailtui.model.intents import Deed, Move, SetFlags
from mailtui.model.mail import Flag, Flags
from mailtui.store.requests import Submitted
from tests.support.store_bed import DATE, Bed, audit, bed, raw

NOW = 1_790_000_000
YEARS = 10 * 365 * 86400
JUMPS = (NOW, NOW - YEARS, NOW + YEARS, 0, 2**32 + 5, 2**31 - 1, NOW)


@pytest.fixture
def jumping(monkeypatch: pytest.MonkeyPatch) -> None:
    times = itertools.cycle(JUMPS)
    monkeypatch.setattr(time, "time", lambda: float(next(times)))


def dated(here: Bed, uid: int, date: str, internal: int) -> Delivery:
    content = raw(uid).replace(b"Thu, 9 Oct 2025 08:53:20 +0000", date.encode())
    return replace(here.delivery(uid, content), internaldate=internal)


def test_f23_what_is_done_while_the_clock_jumps_is_done_once(tmp_path: Path, jumping: None) -> None:
    with bed(tmp_path, "INBOX", "Trash", "Archive") as here:
        for uid in range(1, 30):
            here.fill(uid)
        names = [path.name for path in here.cur().iterdir()]
        assert len({name.partition(",")[0] for name in names}) == 29
        placements = tuple(row.placement for row in here.rows())
        here.store.apply([Submitted(None, Deed("Read", (SetFlags(placements[:9], add=Flags(int(Flag.SEEN))),)))])
        here.store.apply([Submitted(None, Deed("Archive", (Move(placements[:4], here.box("Archive")),)))])
        assert [step.label for step in here.store.reader().history()][:2] == ["Archive", "Read"]
        here.reopen()
        assert (len(here.rows()), len(here.rows("Archive"))) == (25, 4)
        uids = [row.uid or 0 for row in here.rows()]
        assert uids == sorted(uids, reverse=True)
    assert [word for word in audit(tmp_path) if "names differ" not in word] == []


def test_f23_mail_of_every_year_is_listed_by_its_date(tmp_path: Path) -> None:
    years = {
        1: ("Thu, 1 Jan 1970 00:00:00 +0000", DATE),
        2: ("Sun, 7 Feb 2106 06:28:16 +0000", DATE),
        3: ("Fri, 31 Dec 9999 23:59:59 +0000", DATE),
        4: ("Mon, 1 Jan 1900 00:00:00 +0000", DATE),
        5: ("never", 0),
        6: ("never", 2**32 + 1),
        7: ("Thu, 9 Oct 2025 08:53:20 +0000", DATE),
    }
    with bed(tmp_path) as here:
        here.apply(here.delta(*(dated(here, uid, *date) for uid, date in years.items())))
        dates = [row.date for row in here.rows()]
        assert len(dates) == len(years)
        assert dates == sorted(dates, reverse=True)
        order = [row.uid for row in here.rows()]
        here.reopen()
        assert [row.uid for row in here.rows()] == order
    assert audit(tmp_path) == []


def test_f23_two_stores_in_the_same_microsecond_make_different_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: float(NOW))
    monkeypatch.setattr(time, "time_ns", lambda: NOW * 10**9)
    with bed(tmp_path / "a") as one, bed(tmp_path / "b") as other:
        one.fill(*range(1, 50))
        other.fill(*range(1, 50))
        words = [path.name.partition(",")[0] for here in (one, other) for path in here.cur().iterdir()]
    assert len(set(words)) == 98


def test_f23_the_role_of_a_folder_outlives_a_jump(tmp_path: Path, jumping: None) -> None:
    with bed(tmp_path, "INBOX", "Trash") as here:
        here.fill(1, 2)
        here.store.apply([Submitted(None, Deed("Delete", (Move((here.row(1).placement,), Role.TRASH),)))])
        here.reopen()
        assert [row.subject for row in here.rows("Trash")] == ["number 1"]
