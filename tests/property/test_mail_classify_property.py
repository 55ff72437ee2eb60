"""Whatever arrives: sorting it never raises, is bounded in time, and what it says is safe."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtui.mail.classify.advertising import Known, advertising
from mailtui.mail.classify.features import MAX_TOKENS, read_features
from mailtui.mail.classify.spam import Learned
from mailtui.mail.classify.unsubscribe import ways
from mailtui.mail.classify.verdict import Context, decide

_NAMES = (
    "From",
    "To",
    "Subject",
    "List-Id",
    "List-Post",
    "List-Unsubscribe",
    "Received",
    "Date",
    "Message-ID",
    "Content-Type",
)
_HEADS = st.lists(st.tuples(st.sampled_from(_NAMES), st.text(max_size=80)), max_size=12)
_EVERYTHING = Learned(9, 9, lambda tokens: dict.fromkeys(tokens, (3, 1)), lambda tokens: dict.fromkeys(tokens, 0.7))


def _check(raw: bytes) -> None:
    features = read_features(raw, frozenset(("a",)))
    assert len(features.tokens) == len(set(features.tokens)) <= MAX_TOKENS
    verdict = decide(features, Context(Known(seen={"a@b": 4}), _EVERYTHING))
    assert verdict.reason.isprintable()
    assert 0.0 <= verdict.spam <= 1.0
    assert ways(features).plain().isprintable()


@given(st.binary(max_size=3_000))
def test_any_bytes_are_sorted(raw: bytes) -> None:
    _check(raw)


@given(_HEADS, st.text(max_size=800))
def test_any_letter_is_sorted(heads: list[tuple[str, str]], body: str) -> None:
    _check(
        "".join(f"{name}: {value}\n" for name, value in heads).encode("utf-8", "replace")
        + b"\n"
        + body.encode("utf-8", "replace")
    )


_HOSTILE = (
    b"a" * 400_000,
    b"<" * 200_000,
    b"<a " * 100_000,
    b"http://" * 60_000,
    b"x <!-- " * 60_000,
    b"you are receiving " * 20_000,
    b"bitcoin recorded you " * 20_000,
    b"a.-'" * 100_000,
    b"mailto:" * 50_000,
    b"\xe6\x9d\xb1" * 100_000,
    b"subject remove " * 20_000,
    b"\n\n\n" * 100_000,
    b"bitcoin" + b" " * 300_000,
    b"no longer wish to receive " + b"any " * 80_000,
)


@pytest.mark.parametrize("body", _HOSTILE)
@pytest.mark.parametrize("head", [b"Subject: x\n\n", b"Content-Type: text/html\n\n", b"List-Unsubscribe: "])
def test_hostile_mail_costs_bounded_time(head: bytes, body: bytes) -> None:
    started = time.process_time()
    features = read_features(b"From: a@b.example\n" + head + body)
    advertising(features)
    decide(features, Context(learned=_EVERYTHING))
    ways(features)
    assert time.process_time() - started < 1.5
