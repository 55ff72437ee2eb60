"""Spam, advertising, lists, unsubscribing: what is said about a message, and why."""

from __future__ import annotations

import pytest

from mailtui.mail.classify import spam
from mailtui.mail.classify.advertising import ENOUGH, Known, advertising
from mailtui.mail.classify.features import MAX_TOKENS, read_features
from mailtui.mail.classify.lists import is_answer, mailing_list
from mailtui.mail.classify.spam import Learned, combine, judge, probability, reasons
from mailtui.mail.classify.unsubscribe import MailWay, ways
from mailtui.mail.classify.verdict import Context, Kind, decide
from mailtui.mail.classify.weights import fit
from mailtui.mail.classify.words import words
from tests.support.labelled import folds, matrix, read_labelled, shuffled, spam_matrix, verdicts

NEWSLETTER = b"""\
From: "Lamp Shop" <news@mail.lamps.example>
To: me@example.net
Subject: 20% off all lamps
Message-ID: <1@lamps.example>
Date: Mon, 2 Nov 2026 10:00:00 +0000
List-Unsubscribe: <https://lamps.example/u?id=1>, <mailto:off@lamps.example?subject=off%20me&bcc=x@y>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
DKIM-Signature: v=1; d=lamps.example; h=from:to:List-Unsubscribe:List-Unsubscribe-Post; b=x
Content-Type: text/html

<html><body><img src="https://click.lamps.example/a.png"><p>Shop now</p>
<a href="https://click.lamps.example/1">New arrivals</a> <a href="https://lamps.example/u">Unsubscribe</a></body></html>
"""
PERSONAL = b"""\
From: Anna <anna@example.org>
To: me@example.net
Subject: Re: Sunday
In-Reply-To: <2@example.net>
References: <2@example.net>
Message-ID: <3@example.org>
Date: Mon, 2 Nov 2026 10:00:00 +0000

On Sunday you wrote:
> shall we meet?
Yes, let us meet at ten.
"""
SPAM = b"""\
From: x9982@offers.example
Subject: MAKE MONEY FAST!!
Content-Type: text/html

<html><body><font color=red>Dear friend, earn $5000 a week,
click here: http://192.0.2.7/x 100% free, act now!</font></body></html>
"""


def _learned(count: int = 12) -> Learned:
    bad, good = read_features(SPAM).tokens, read_features(PERSONAL).tokens
    counts = dict.fromkeys(bad, (count, 0)) | dict.fromkeys(good, (0, count))
    return Learned(count, count, lambda tokens: {token: counts[token] for token in tokens if token in counts})


def test_a_newsletter_is_advertising_and_says_why() -> None:
    score = advertising(read_features(NEWSLETTER))
    assert score.advertising
    assert score.points >= ENOUGH
    assert "List-Unsubscribe" in score.reasons
    verdict = decide(read_features(NEWSLETTER), Context())
    assert verdict.kind is Kind.ADVERTISING
    assert "one-click unsubscribe" in verdict.reason


@pytest.mark.parametrize(
    ("known", "veto"),
    [
        (Known(answered=True), "answers your mail"),
        (Known(mine=frozenset(("news@mail.lamps.example",))), "from yourself"),
        (Known(written={"news@mail.lamps.example": 2}), "you wrote to news@mail.lamps.example 2×"),
        (Known(wanted=frozenset(("news@mail.lamps.example",))), "you said that this sender is no advertising"),
    ],
)
def test_mail_of_people_one_knows_is_no_advertising(known: Known, veto: str) -> None:
    score = advertising(read_features(NEWSLETTER), known)
    assert not score.advertising
    assert score.veto == veto


@pytest.mark.parametrize(
    "subject",
    [
        "Your receipt from Lamp Shop",
        "Order #4711 has been shipped",
        "Your verification code is 123456",
        "Reset your password",
        "Ihre Rechnung 2026-11",
        "Votre commande 99",
        "ご注文の確認",
        "Your e-ticket: Hamburg to Oslo",
        "Your account statement is ready",
    ],
)
def test_business_of_ones_own_is_no_advertising(subject: str) -> None:
    raw = NEWSLETTER.replace(b"20% off all lamps", subject.encode())
    assert advertising(read_features(raw)).veto.startswith("about business of yours")


def test_an_offer_that_speaks_of_orders_stays_advertising() -> None:
    raw = NEWSLETTER.replace(b"20% off all lamps", b"20% off your order today")
    assert advertising(read_features(raw)).advertising


def test_a_taught_sender_is_advertising_but_not_what_one_ordered_or_asked_for() -> None:
    known = Known(unwanted=frozenset(("anna@example.org",)))
    letter = b"From: anna@example.org\nSubject: %s\n\nSee you there\n"
    assert advertising(read_features(letter % b"Our new rooms"), known).advertising
    assert not advertising(read_features(letter % b"Your order was shipped"), known).advertising
    assert not advertising(read_features(letter % b"Your code is 123456"), known).advertising
    assert not advertising(read_features(PERSONAL), known).advertising


def test_a_list_where_people_talk_is_no_advertising() -> None:
    raw = b"List-Id: Talk <talk.example.org>\nList-Post: <mailto:talk@example.org>\n" + NEWSLETTER
    found = mailing_list(read_features(raw))
    assert found is not None
    assert (found.id, found.talk) == ("talk.example.org", True)
    assert advertising(read_features(raw)).veto == "a list where people talk"
    closed = raw.replace(b"<mailto:talk@example.org>", b"NO (posting not allowed)")
    assert not mailing_list(read_features(closed)).talk  # type: ignore[union-attr]
    posted = Known(posted=frozenset(("talk.example.org",)))
    assert advertising(read_features(closed), posted).veto == "a list that you take part in"


def test_an_answer_is_known_by_threading_and_quotes() -> None:
    assert is_answer(read_features(PERSONAL))
    assert not is_answer(read_features(NEWSLETTER))
    assert not is_answer(read_features(NEWSLETTER.replace(b"20% off", b"Re: 20% off")))


def test_spam_is_called_so_only_after_enough_was_taught() -> None:
    features = read_features(SPAM)
    assert decide(features, Context(learned=_learned(3))).kind is not Kind.SPAM
    verdict = decide(features, Context(learned=_learned()))
    assert verdict.kind is Kind.SPAM
    assert "sender never seen" in verdict.reason
    assert decide(read_features(PERSONAL), Context(learned=_learned())).kind is Kind.MAIL


def test_mail_of_a_correspondent_is_never_filed_as_spam() -> None:
    known = Known(written={"x9982@offers.example": 1})
    assert decide(read_features(SPAM), Context(known, _learned())).kind is not Kind.SPAM


def test_reasons_are_safe_for_a_terminal() -> None:
    raw = SPAM.replace(b"Dear friend", b"D\x1b[31mear friend").replace(b"192.0.2.7", "evil\u202e.example".encode())
    verdict = decide(read_features(raw), Context(learned=_learned()))
    assert "\x1b" not in verdict.reason
    assert "\u202e" not in verdict.reason
    assert verdict.reason.isprintable()


def test_only_ones_own_server_is_believed() -> None:
    raw = b"Authentication-Results: mx.mine.example; dmarc=fail\nAuthentication-Results: evil; dmarc=pass\n" + SPAM
    own = read_features(raw, frozenset(("mx.mine.example",))).tokens
    assert "server:dmarc fail" in own
    assert "server:dmarc pass" not in own
    assert not any(token.startswith("server:") for token in read_features(raw).tokens)


def test_probabilities_of_nothing_are_neutral() -> None:
    assert probability((0, 0), (5, 5)) == 0.5
    assert combine([]) == 0.5
    assert judge((), _learned()).word == "unsure"
    assert judge(("word:unheard",), spam.NOTHING_LEARNED).clues == ()
    assert reasons(judge((), _learned())) == ""


def test_combining_tells_the_two_sorts_apart() -> None:
    assert combine([0.99] * 20) > 0.999
    assert combine([0.01] * 20) < 0.001
    assert 0.4 < combine([0.99] * 10 + [0.01] * 10) < 0.6


def test_fitting_is_the_same_every_time_and_learns() -> None:
    examples = [(("word:pears", "word:both"), True), (("word:apples", "word:both"), False)] * 4
    weights = fit(examples)
    assert weights == fit(examples)
    assert weights["word:pears"] > 0 > weights["word:apples"]
    assert abs(weights["word:both"]) < weights["word:pears"] / 2
    assert fit([])["habit:quotes someone"] < 0


def test_words_are_folded_bounded_and_cut_by_twos_where_nothing_parts_them() -> None:
    assert list(words("Große GROSSE 東京都 $4,000 12 ab")) == ["grosse", "grosse", "東京", "京都", "$####"]
    assert len(list(words("word " * 9_000))) == 4_000
    assert list(words("x" * 390)) == ["long:x39"]


def test_unsubscribing_prefers_one_click() -> None:
    found = ways(read_features(NEWSLETTER))
    assert found.one_click == "https://lamps.example/u?id=1"
    assert found.covered
    assert found.mails == (MailWay("off@lamps.example", "off me"),)
    assert found.best == "one-click"
    assert found.plain() == "one click at lamps.example"


@pytest.mark.parametrize(
    ("field", "best"),
    [
        ("<http://lamps.example/u>", "page"),
        ("<https://me@lamps.example/u>", "nothing"),
        ("<javascript:alert(1)>", "nothing"),
        ("<file:///etc/passwd>", "nothing"),
        ("<https://lamps.example/\x1b[2J>", "nothing"),
        ("<https://[::1/u>", "nothing"),
        ("<mailto:a@b.example>", "mail"),
        ("<mailto:a@b.example,c@d.example>", "nothing"),
        ("<mailto:a@b.example%0d%0aBcc:c@d.example>", "nothing"),
        ("https://without.brackets.example", "nothing"),
        ("", "nothing"),
    ],
)
def test_ways_off_a_list_are_taken_with_care(field: str, best: str) -> None:
    raw = f"From: a@b\nList-Unsubscribe: {field}\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n\n".encode()
    found = ways(read_features(raw))
    assert found.best == best
    assert not found.one_click


def test_one_click_that_no_signature_covers_says_so() -> None:
    raw = NEWSLETTER.replace(b"DKIM-Signature", b"X-Nothing")
    found = ways(read_features(raw))
    assert not found.covered
    assert "does not cover" in found.plain()


def test_a_huge_message_has_bounded_tokens() -> None:
    body = b" ".join(b"word%d" % number for number in range(60_000))
    assert len(read_features(b"Subject: x\n\n" + body).tokens) <= MAX_TOKENS


def test_spam_of_the_corpus_is_found_and_honest_mail_left_alone() -> None:
    messages = read_labelled("public corpus")
    if not messages:
        pytest.skip("no labelled corpus beside the project")
    found = folds(messages, 3)
    every = spam_matrix(found)
    assert every.precision >= 0.99, every
    assert every.recall >= 0.9, every
    assert spam_matrix([one for one in found if one[1].label == "ham"]).false == 0
    runs = [shuffled(messages, seed) for seed in range(3)]
    taught = spam_matrix([pair for order in runs for pair in verdicts(order[:200], order[200:])])
    assert taught.precision >= 0.99, taught
    assert taught.recall >= 0.88, taught


def test_advertising_of_the_corpus_is_found_and_conversations_left_alone() -> None:
    messages = [one for one in read_labelled() if not one.spam]
    if not messages:
        pytest.skip("no labelled corpus beside the project")
    found = matrix([(advertising(one.features).advertising, one.label == "ham_bulk") for one in messages])
    assert found.precision >= 0.98, found
    assert found.recall >= 0.87, found
