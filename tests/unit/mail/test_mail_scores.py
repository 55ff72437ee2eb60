"""The corpus of hard messages scored: fields, threads, no exception, no hang, bombs within bounds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.bench_corpus import BOMB
from tests.support.scoring import CORPUS, Score, open_all, score_stalwart, score_threads

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus on this machine")


@pytest.fixture(scope="module")
def score() -> Score:
    return score_stalwart()


@pytest.mark.parametrize(
    ("field", "least"),
    [("subject", 0.98), ("addresses", 0.98), ("date", 0.98), ("message id", 0.98), ("file name", 0.97), ("bytes", 1.0)],
)
def test_each_field_is_read_as_recorded(score: Score, field: str, least: float) -> None:
    assert score.asked[field] > 50
    assert score.share(field) >= least, [one for one in score.wrong if one[0] == field]


def test_all_fields_together_reach_97_percent(score: Score) -> None:
    assert sum(score.asked.values()) > 850
    assert score.share_judged() >= 0.985, score.wrong
    assert score.share() >= 0.965, score.wrong


def test_all_threading_cases_are_right() -> None:
    found = score_threads()
    assert found.asked["threads"] == 19
    assert found.wrong == []


def test_every_message_opens_without_exception_or_hang() -> None:
    found = open_all()
    assert sum(one.messages for one in found.values()) > 1100
    assert [words for one in found.values() for words in one.raised] == []
    assert [words for one in found.values() for words in one.hung] == []


BOMBS = sorted(path.name for path in (CORPUS / "security").glob("bomb_*.eml"))


@pytest.mark.parametrize("name", [*BOMBS, "parts"])
def test_bombs_take_two_seconds_and_300_mb_at_most(name: str) -> None:
    place = str(Path(CORPUS) / "security" / name) if name != "parts" else name
    done = subprocess.run([sys.executable, "-c", BOMB, place], capture_output=True, text=True, check=True, timeout=60)
    seconds, megabytes = map(float, done.stdout.split())
    assert seconds <= 2
    assert megabytes <= 300
