"""What other programs do to the maildir while we write to it ourselves."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailtui.engine import disk
from mailtui.engine.disk import DiskWatch
from mailtui.model.mail import Flag
from mailtui.store.requests import OutsideChange
from tests.support.store_bed import Bed, bed


class Hands:
    """The Writer and the clock of a watch: commits at once, and time passes when somebody sleeps."""

    def __init__(self, here: Bed, rounds: int) -> None:
        self.here, self.rounds, self.time = here, rounds, 0.0
        self.taken: list[OutsideChange] = []

    async def commit(self, change: OutsideChange) -> None:
        self.taken.append(change)
        self.here.store.apply([change])

    def now(self) -> float:
        return self.time

    monotonic = now

    async def sleep(self, seconds: float) -> None:
        self.rounds -= 1
        if self.rounds < 0:
            raise asyncio.CancelledError
        self.time += seconds


async def watch(here: Bed, rounds: int, hands: Hands | None = None) -> Hands:
    given: Any = hands or Hands(here, rounds)
    with pytest.raises(asyncio.CancelledError):
        await DiskWatch(here.store.base(), here.root, given, given, lambda: None).run()
    made: Hands = given
    return made


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Bed]:
    with bed(tmp_path) as made:
        made.fill(1, 2, 3)
        yield made


def file_of(here: Bed, uid: int) -> Path:
    return next(path for path in here.cur().iterdir() if f",U={uid}," in path.name)


def hidden(here: Bed) -> None:
    """The folder counts as looked at, as if a commit of ours had come in the same moment."""
    for ident, (_, now) in here.store.base().marks(here.root).items():
        here.store._db.execute("UPDATE mailbox SET cur_mtime_ns = ? WHERE id = ?", (now, ident))


async def test_a_change_that_shows_is_taken_in_after_two_looks(here: Bed) -> None:
    path = file_of(here, 2)
    path.rename(f"{path}F")
    hands = await watch(here, 2)
    assert hands.taken == [OutsideChange((here.box(),))]
    assert here.row(2).flags.bits & Flag.FLAGGED


async def test_one_that_our_own_work_hid_is_found_when_it_is_quiet(here: Bed) -> None:
    class Working(Hands):
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            if self.time == 2:
                self.here.fill(4)
                path = file_of(self.here, 2)
                path.rename(f"{path}F")
                hidden(self.here)

    hands = await watch(here, 30, Working(here, 30))
    assert hands.taken == [OutsideChange((here.box(),), surely=True)]
    assert here.row(2).flags.bits & Flag.FLAGGED
    assert hands.time > disk.QUIET


async def test_our_own_work_alone_is_compared_once_and_nothing_comes_of_it(here: Bed) -> None:
    class Working(Hands):
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            if self.time == 2:
                self.here.fill(4, 5, 6)

    assert (await watch(here, 40, Working(here, 40))).taken == []
    assert len(here.rows()) == 6


async def test_a_folder_that_never_agrees_is_looked_at_once_for_each_work_of_ours(here: Bed) -> None:
    class Working(Hands):
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            if self.time == 2:
                self.here.fill(4)
                (self.here.cur() / "folder").mkdir()  # no message, and nobody's to remove
                hidden(self.here)

    hands = await watch(here, 60, Working(here, 60))
    assert len(hands.taken) == 1
    assert not here.store.base().changed_outside(here.root)
