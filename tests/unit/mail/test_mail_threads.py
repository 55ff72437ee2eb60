"""Threads: keys to join on, trees to draw (mail/threads)."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from mailtui.mail.threads import Member, arrange, base_subject, parents, subject_key, thread_keys
from mailtui.model.mail import Envelope

CASES = Path(__file__).resolve().parents[4] / "shared" / "corpus" / "threading.json"


def test_keys_are_own_id_then_ancestors() -> None:
    envelope = Envelope(message_id="c", references=("a", "b"), in_reply_to=("b", "x"), subject="Re: hi")
    assert thread_keys(envelope) == ("c", "a", "b", "x")


def test_subject_counts_only_for_replies_without_ids() -> None:
    assert thread_keys(Envelope(message_id="a", subject="Re: [list] AW: Hello  World")) == ("a", "subject:hello world")
    assert thread_keys(Envelope(message_id="a", subject="Hello World")) == ("a",)
    assert thread_keys(Envelope(message_id="a", subject="Re: hi", in_reply_to=("b",))) == ("a", "b")
    assert thread_keys(Envelope(subject="Re:")) == ()
    assert subject_key(Envelope(subject="[l] Hello world")) == "subject:hello world"
    assert subject_key(Envelope()) == ""


@pytest.mark.parametrize(
    ("subject", "base"),
    [
        ("Re: Re[2]: x", ("x", True)),
        ("AW: Fwd: x (fwd)", ("x", True)),
        ("回复：你好", ("你好", True)),
        ("[PATCH 1/2] fix", ("fix", False)),
        ("[only tag]", ("[only tag]", False)),
        ("Report", ("report", False)),
        ("", ("", False)),
    ],
)
def test_base_subject(subject: str, base: tuple[str, bool]) -> None:
    assert base_subject(subject) == base


def test_arrange_orders_by_date_and_lifts_children_of_the_missing() -> None:
    members = [Member("c", ("a", "gone"), 3), Member("a", (), 1), Member("b", ("a",), 2), Member("b", ("a",), 4)]
    assert [(row.index, row.depth) for row in arrange(members)] == [(1, 0), (2, 1), (0, 1), (3, 1)]


def test_loops_are_cut_and_nobody_is_lost() -> None:
    rows = arrange([Member("a", ("b",)), Member("b", ("a",)), Member("c", ("c",)), Member("", ("a",))])
    assert sorted(row.index for row in rows) == [0, 1, 2, 3]


def test_deep_and_wide_threads_are_quick() -> None:
    chain = [Member(str(n), (str(n - 1),) if n else (), n) for n in range(5_000)]
    begin = time.process_time()
    assert arrange(chain)[-1].depth == 4_999
    assert time.process_time() - begin < 5


def _flat(nodes: list[dict[str, Any]], depth: int) -> list[tuple[str, int]]:
    rows = []
    for node in nodes:
        if node["id"] is not None:
            rows.append((node["id"], depth))
        rows += _flat(node["children"], depth + (node["id"] is not None))
    return rows


@pytest.mark.skipif(not CASES.exists(), reason="no corpus on this machine")
def test_recorded_cases() -> None:
    wrong = []
    for case in json.loads(CASES.read_text())["cases"]:
        if "expected" not in case:
            continue
        members = [
            Member(
                message["message_id"],
                parents(
                    Envelope(
                        references=tuple(message.get("references", ())),
                        in_reply_to=tuple(message.get("in_reply_to", ())),
                    )
                ),
                n,
            )
            for n, message in enumerate(case["messages"])
        ]
        rows = arrange(members)
        if sorted((members[row.index].id, row.depth) for row in rows) != sorted(_flat(case["expected"], 0)):
            wrong.append(case["name"])
    assert wrong == []
