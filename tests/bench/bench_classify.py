"""How well new mail is sorted and what it costs: `python -m tests.bench.bench_classify [--seeds N]`.

Needs the labelled corpus. Nothing is judged by a filter that was taught the same message."""

from __future__ import annotations

import argparse
import sys
import time

from mailtui.mail.classify.advertising import advertising
from mailtui.mail.classify.features import read_features
from mailtui.mail.classify.spam import judge
from mailtui.mail.classify.verdict import Kind
from tests.support.labelled import (
    Labelled,
    corpus_place,
    folds,
    learn,
    matrix,
    read_labelled,
    shuffled,
    spam_matrix,
    verdicts,
)


def _line(name: str, found: list[tuple[Kind, Labelled]]) -> str:
    every = spam_matrix(found)
    plain = spam_matrix([pair for pair in found if pair[1].label != "ham_bulk"])
    return (
        f"{name:<44} {every.precision:.4f}  {plain.precision:.4f}  {every.recall:.4f}"
        f"   spam {every.hit:>5}/{every.missed:<4} ham {every.right:>5}/{every.false:<3}"
    )


def _spam(messages: list[Labelled], name: str, seeds: int) -> None:
    print(_line(f"{name}, 10 folds", folds(messages)))
    for count in (50, 100, 200, 300):
        if count + 50 < len(messages):
            runs = [shuffled(messages, seed) for seed in range(seeds)]
            found = [pair for order in runs for pair in verdicts(order[:count], order[count:])]
            print(_line(f"{name}, {count} trainings x {seeds}", found))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="shuffles per point of the learning curve (default 5)")
    seeds = parser.parse_args().seeds
    place = corpus_place()
    if place is None:
        print("no labelled corpus beside the project", file=sys.stderr)
        return 1
    messages = read_labelled()
    print("SPAM" + " " * 41 + "P(all)  P(no bulk) recall   found/missed      left/taken")
    _spam([one for one in messages if "t/data" not in one.origin], "real mail", seeds)
    _spam(messages, "with SpamAssassin's test cases", seeds)
    ads = [(advertising(one.features), one) for one in messages if not one.spam]
    found = matrix([(score.advertising, one.label == "ham_bulk") for score, one in ads])
    print(f"\nADVERTISING  precision {found.precision:.4f}  recall {found.recall:.4f}  {found}")
    raws = [(place / one.path).read_bytes() for one in messages]
    learned = learn(messages)
    started = time.process_time()
    read = [read_features(raw) for raw in raws]
    features = time.process_time() - started
    started = time.process_time()
    for one in read:
        judge(one.tokens, learned)
    judged = time.process_time() - started
    started = time.process_time()
    for one in read:
        advertising(one)
    advertised = time.process_time() - started
    count = len(raws) / 1000
    print(
        f"CPU per message: features {features / count:.2f} ms, spam {judged / count:.2f} ms, "
        f"advertising {advertised / count:.2f} ms"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
