"""The full-text filler: here for a few messages, in a process of its own for many."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailtui.engine import filler as room
from mailtui.engine.filler import Filler
from mailtui.engine.filling import FillingProcess
from mailtui.model.errors import StoreError
from mailtui.model.facts import Fact, Refined
from mailtui.store.fulltext import FillResult
from mailtui.store.store import Store
from tests.support.small_store import box, deliver, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


class Counted(FillingProcess):
    made = 0
    ended = 0

    def __init__(self, root: str) -> None:
        Counted.made += 1
        super().__init__(root)

    def close(self) -> None:
        Counted.ended += 1
        super().close()


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "FillingProcess", Counted)
    monkeypatch.setattr(room, "FEW", 5)
    monkeypatch.setattr(Counted, "made", 0)
    monkeypatch.setattr(Counted, "ended", 0)


def found(store: Store) -> int:
    reader = store.reader()
    try:
        return len(reader.search("text number", limit=1000))
    finally:
        reader.close()


def refined(facts: list[Fact]) -> int:
    return sum(len(fact.messages) for fact in facts if isinstance(fact, Refined))


def test_a_few_are_filled_here(store: Store) -> None:
    deliver(store, box(store), *range(1, 5))
    facts: list[Fact] = []
    Filler(store, facts.append).drain()
    assert (found(store), refined(facts), Counted.made) == (4, 4, 0)


def test_many_are_filled_by_a_process_that_ends(store: Store) -> None:
    deliver(store, box(store), *range(1, 41))
    facts: list[Fact] = []
    filler = Filler(store, facts.append)
    filler.drain()
    assert (found(store), refined(facts), Counted.made, Counted.ended) == (40, 40, 1, 1)
    deliver(store, box(store), 41)
    filler.drain()
    assert (found(store), refined(facts), Counted.made) == (41, 41, 1)
    filler.close()


def test_beside_a_first_sync_all_is_filled_when_drain_returns(store: Store) -> None:
    facts: list[Fact] = []
    filler = Filler(store, facts.append)
    filler.start(beside=True)
    for start in range(1, 61, 10):
        deliver(store, box(store), *range(start, start + 10))
        filler.stir()
    filler.drain()
    assert (found(store), refined(facts)) == (60, 60)
    filler.close()
    assert Counted.made == Counted.ended == 1


def test_a_process_that_dies_costs_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def dying(self: FillingProcess) -> FillResult:
        self._process.kill()
        self._process.wait()
        return FillingProcess.fill(self)

    monkeypatch.setattr(Counted, "fill", dying)
    deliver(store, box(store), *range(1, 41))
    facts: list[Fact] = []
    filler = Filler(store, facts.append)
    filler.drain()
    assert (found(store), refined(facts), Counted.made) == (40, 40, 1), "the rest is filled here, and no other is tried"
    filler.close()


def test_words_of_the_store_travel(tmp_path: Path) -> None:
    process = FillingProcess(str(tmp_path / "nowhere"))
    try:
        with pytest.raises(StoreError):
            process.fill()
    finally:
        process.close()


def test_closing_in_the_middle_waits_for_the_batch_only(store: Store) -> None:
    deliver(store, box(store), *range(1, 41))
    filler = Filler(store, lambda fact: None)
    filler.start(beside=True)
    filler.close()
    assert filler.idle.is_set()
    assert Counted.made == Counted.ended


def test_a_process_that_falls_silent_is_given_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(self: FillingProcess) -> FillResult:
        self._process.send_signal(signal.SIGSTOP)
        return FillingProcess.fill(self)

    monkeypatch.setattr("mailtui.engine.filling.PATIENCE", 0.05)
    monkeypatch.setattr(Counted, "fill", silent)
    deliver(store, box(store), *range(1, 41))
    filler = Filler(store, lambda fact: None)
    filler.drain()
    assert (found(store), Counted.made, Counted.ended) == (40, 1, 1)
    filler.close()
