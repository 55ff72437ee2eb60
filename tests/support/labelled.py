"""Labelled mail beside the project (../shared/corpus), what a filter learns from it, and how well it does then."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mailtui.mail.classify.features import Features, read_features
from mailtui.mail.classify.spam import Learned
from mailtui.mail.classify.verdict import Context, Kind, decide
from mailtui.mail.classify.weights import fit

CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "corpus"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A message and what a person called it: spam, ham or ham_bulk."""

    path: str
    label: str
    origin: str
    features: Features

    @property
    def spam(self) -> bool:
        return self.label == "spam"


@dataclass(frozen=True, slots=True)
class Matrix:
    """A confusion matrix; the positives are what was to be found."""

    hit: int
    false: int
    missed: int
    right: int

    @property
    def precision(self) -> float:
        return self.hit / max(1, self.hit + self.false)

    @property
    def recall(self) -> float:
        return self.hit / max(1, self.hit + self.missed)


def corpus_place() -> Path | None:
    """The corpus folder; worktrees lie one folder deeper than the project. None if there is none."""
    for place in (CORPUS, CORPUS.parent.parent.parent / "shared" / "corpus"):
        if (place / "labels.tsv").is_file():
            return place
    return None


def read_labelled(origin: str = "") -> list[Labelled]:
    """All labelled messages whose origin contains `origin`; [] without the corpus."""
    return [one for one in _everything() if origin in one.origin]


@cache
def _everything() -> list[Labelled]:
    place = corpus_place()
    if place is None:
        return []
    rows = [line.split("\t") for line in (place / "labels.tsv").read_text("utf-8").splitlines()[1:]]
    return [Labelled(path, label, where, read_features((place / path).read_bytes())) for path, label, where in rows]


def learn(messages: Sequence[Labelled]) -> Learned:
    """What the filter knows after these messages were taught."""
    counts: dict[str, tuple[int, int]] = {}
    for one in messages:
        for token in one.features.tokens:
            spam, ham = counts.get(token, (0, 0))
            counts[token] = (spam + one.spam, ham + (not one.spam))
    weights = fit([(one.features.tokens, one.spam) for one in messages])
    spams = sum(one.spam for one in messages)
    return Learned(
        spams,
        len(messages) - spams,
        lambda tokens: {token: counts[token] for token in tokens if token in counts},
        lambda tokens: weights,
    )


def shuffled(messages: Sequence[Labelled], seed: int) -> list[Labelled]:
    """The same messages in another order."""
    order = list(messages)
    random.Random(seed).shuffle(order)
    return order


def verdicts(train: Sequence[Labelled], test: Sequence[Labelled]) -> list[tuple[Kind, Labelled]]:
    """What becomes of every message of `test`, from nobody one knows, after `train` was taught."""
    context = Context(learned=learn(train))
    return [(decide(one.features, context).kind, one) for one in test]


def folds(messages: Sequence[Labelled], count: int = 10, seed: int = 1) -> list[tuple[Kind, Labelled]]:
    """The same by cross-validation: every message is judged by what the other folds taught."""
    order = shuffled(messages, seed)
    found = []
    for fold in range(count):
        train = [one for number, one in enumerate(order) if number % count != fold]
        found += verdicts(train, order[fold::count])
    return found


def spam_matrix(found: Sequence[tuple[Kind, Labelled]]) -> Matrix:
    """Of what was called spam."""
    return matrix([(kind is Kind.SPAM, one.spam) for kind, one in found])


def matrix(found: Sequence[tuple[bool, bool]]) -> Matrix:
    """Of (said to be, is) pairs."""
    return Matrix(
        sum(said and true for said, true in found),
        sum(said and not true for said, true in found),
        sum(true and not said for said, true in found),
        sum(not said and not true for said, true in found),
    )
