"""Garbage is looked for when nobody presses a key."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from mailtui.ui.collecting import PATIENCE, QUIET, Collecting


@pytest.fixture
def collecting() -> Iterator[Collecting]:
    before = gc.get_threshold()
    made = Collecting()
    made.settle(0.0)
    yield made
    made.end()
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
    assert gc.isenabled()


def test_what_was_there_at_the_start_is_not_looked_through_again(collecting: Collecting) -> None:
    assert gc.get_freeze_count() > 10_000
    assert gc.get_threshold()[2] > 10_000


def test_it_waits_for_a_quiet_moment_but_not_for_ever(collecting: Collecting) -> None:
    collecting.key(10.0)
    assert not collecting.look(10.0 + QUIET / 2)
    assert collecting.look(10.0 + QUIET)
    now = end = 10.0 + QUIET
    while now < end + PATIENCE - 1:
        collecting.key(now)
        assert not collecting.look(now)
        now += 0.5
    collecting.key(end + PATIENCE)
    assert collecting.look(end + PATIENCE)


def test_it_really_collects(collecting: Collecting) -> None:
    class Node:
        other: object = None

    one, other = Node(), Node()
    one.other, other.other = other, one
    watched = weakref.ref(one)
    del one, other
    collecting.look(100.0)
    assert watched() is None
