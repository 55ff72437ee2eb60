"""Who is it really: what is said about senders, and what is not."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from mailtui.mail.headers import scan_envelope
from mailtui.mail.render.page import Options
from mailtui.mail.render.reader import render_message
from mailtui.mail.trust import Judgement, Known, judge, learn_servers, one_edit, organisation, results
from tests.support.scoring import CORPUS, messages

KNOWN = Known(
    {"anna@harbour.example": "Anna Lindqvist", "ben@lighthouse-trust.org": "Ben", "x@paypal.com": ""},
    frozenset(("mx.home.example",)),
    frozenset(("me@home.example",)),
)


def said(head: str, known: Known = KNOWN) -> Judgement:
    raw = f"{head}\n\nx".encode()
    fields = [tuple(line.split(":", 1)) for line in head.split("\n") if ":" in line]
    return judge(scan_envelope(raw), [(name.encode(), value.strip().encode()) for name, value in fields], known)


@pytest.mark.parametrize(
    ("sender", "words"),
    [
        ("x@harbuor.example", "harbuor.example is not harbour.example, where people are to whom you write"),
        ("x@harbour.example.evil.net", "harbour.example.evil.net belongs to evil.net, not to harbour.example"),
        ("x@lighthouse-trust.co", "lighthouse-trust.co is not lighthouse-trust.org"),
        ("x@paypa1.com", "paypa1.com is not paypal.com"),
        ("x@xn--pypal-4ve.com", "the sender's domain looks like paypal.com, but it is xn--pypal-4ve.com"),
        ("PayPal <x@раураl.com>", "looks like paypal.com, but it is xn--"),
        ("x@lighth\u03bfuse-trust.org", "looks like lighthouse-trust.org"),
        ("Anna Lindqvist <anna@free.example.net>", "you write to Anna Lindqvist at anna@harbour.example; this is from"),
        ('"Lindqvist  ANNA" <a@b.example>', ""),
        ('"ceo@company.example" <eve@attacker.example>', "looks like an address, but the mail is from eve@attacker"),
        ("x@harbour.example", ""),
        ("x@mail.harbour.example", ""),
        ("Anna Lindqvist <other@harbour.example>", ""),
        ("x@münchen.de", ""),
        ("x@xn--mnchen-3ya.de", ""),
        ("x@почта.рф", ""),
        ("x@unrelated.example.net", ""),
        ("Ben <ben@elsewhere.example>", ""),
        ("nobody", ""),
        ("", ""),
    ],
)
def test_look_alikes(sender: str, words: str) -> None:
    warnings = said(f"From: {sender}").warnings
    if words:
        assert len(warnings) == 1
        assert words in warnings[0]
    else:
        assert warnings == ()


def test_the_same_name_in_another_country_is_no_trick() -> None:
    known = Known({"x@amazon.de": ""})
    assert said("From: x@amazon.se", known).warnings == ()
    assert said("From: x@ymail.com", Known({"x@gmail.com": ""})).warnings == ()
    assert said("From: x@gmial.com", Known({"x@gmail.com": ""})).warnings != ()


def test_answers_that_go_elsewhere() -> None:
    assert said("From: a@b.example\nReply-To: c@evil.net").warnings == ("answers go to c@evil.net",)
    assert said("From: a@b.example\nReply-To: c@mail.b.example").warnings == ()
    assert said("From: a@b.example\nReply-To: list@lists.net\nList-Id: <l.lists.net>").warnings == ()
    assert said("From: a@b.example\nReply-To: me@home.example").warnings == ()


def test_two_senders() -> None:
    assert "it names 2 senders" in said("From: a@b.example\nFrom: c@d.example").warnings


AUTH = (
    "Authentication-Results: {server}; spf=pass smtp.mailfrom=x.example; dkim={dkim} header.d=b.example; dmarc={dmarc}"
)


def test_only_ones_own_server_is_believed() -> None:
    own = "From: a@b.example\n" + AUTH.format(server="mx.home.example 1", dkim="pass", dmarc="pass")
    assert said(own) == Judgement((), "checked by mx.home.example: really from b.example")
    forged = "From: a@b.example\n" + AUTH.format(server="mx.evil.example", dkim="pass", dmarc="pass")
    assert said(forged) == Judgement()
    failed = "From: a@b.example\n" + AUTH.format(server="MX.home.example", dkim="fail", dmarc="fail")
    assert said(failed).warnings == (
        "your mail server mx.home.example says it is not really from b.example (dmarc=fail)",
    )


def test_the_topmost_word_of_ones_own_server_counts() -> None:
    real = AUTH.format(server="mx.home.example", dkim="fail", dmarc="fail")
    forged = AUTH.format(server="mx.home.example", dkim="pass", dmarc="pass")
    found = said(f"{real}\nFrom: a@b.example\n{forged}")
    assert found.verified == ""
    assert "dmarc=fail" in found.warnings[0]


def test_a_signature_of_somebody_else_proves_nothing() -> None:
    words = "Authentication-Results: mx.home.example; dkim=pass header.d=evil.net (header.d=b.example)"
    assert said(f"{words}\nFrom: a@b.example") == Judgement()
    aligned = "Authentication-Results: mx.home.example; dkim=pass (2048) header.i=@mail.b.example"
    assert said(f"{aligned}\nFrom: a@b.example").verified != ""
    doubt = "Authentication-Results: mx.home.example; dkim=fail; spf=softfail"
    assert "dkim and spf fail" in said(f"{doubt}\nFrom: a@b.example").warnings[0]


def test_what_is_verified_is_not_said_beside_a_warning() -> None:
    head = "From: Anna Lindqvist <a@b.example>\n" + AUTH.format(server="mx.home.example", dkim="pass", dmarc="pass")
    found = said(head)
    assert found.warnings
    assert found.verified == ""


def test_servers_are_learned_from_what_is_always_there() -> None:
    own, other = [(b"Authentication-Results", b"mx.home.example; x")], [(b"Authentication-Results", b"evil.net; x")]
    assert learn_servers([own] * 9 + [other] * 2 + [[]]) == {"mx.home.example"}
    assert learn_servers([own] * 7) == frozenset()
    assert learn_servers([own] * 10 + [other] * 10) == frozenset()
    assert learn_servers([]) == frozenset()


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("abc", "abd", True),
        ("abc", "acb", True),
        ("abc", "ab", True),
        ("abc", "abcd", True),
        ("abc", "xabc", True),
        ("abc", "abc", False),
        ("abc", "axy", False),
        ("abcd", "badc", False),
        ("", "a", True),
    ],
)
def test_one_edit(one: str, other: str, near: bool) -> None:
    assert one_edit(one, other) is near
    assert one_edit(other, one) is near


def test_organisations() -> None:
    assert organisation("a.b.example.org") == "example.org"
    assert organisation("a.shop.co.uk") == "shop.co.uk"
    assert organisation("localhost") == "localhost"


def test_results_are_bounded_and_linear() -> None:
    fields = [(b"Authentication-Results", b"a;" + b"(" * 100_000 + b"dkim=" * 10_000)] * 1000
    begin = time.process_time()
    assert len(results(fields)) == 20
    assert time.process_time() - begin < 1


def test_the_reader_says_it() -> None:
    raw = b"From: x@harbuor.example\nContent-Type: text/html\n\n<a href=https://evil.net/>www.bank.example</a>"
    rendered = render_message(raw, 60, options=Options(known=KNOWN))
    assert rendered.doubtful
    assert rendered.warnings == (
        "harbuor.example is not harbour.example, where people are to whom you write",
        "a link leads elsewhere than it says: [1] says www.bank.example, leads to evil.net",
    )
    assert not render_message(raw, 60).doubtful


@pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus on this machine")
def test_security_corpus() -> None:
    def warnings(name: str) -> str:
        raw = (Path(CORPUS) / "security" / name).read_bytes()
        return " ".join(render_message(raw, 60, options=Options(known=KNOWN)).warnings)

    assert "attacker.example" in warnings("display_name_addr.eml")
    assert "looks like paypal.com" in warnings("homograph_addr.eml")
    assert "it names 2 senders" in warnings("two_from.eml")
    assert "answers go to other@attacker.example" in warnings("sender_mismatch.eml")
    assert "xn--pypal-4ve.com" in warnings("html_idn.eml")
    forged = (Path(CORPUS) / "security" / "authres_forged.eml").read_bytes()
    assert render_message(forged, 60, options=Options(known=KNOWN)).verified == ""


@pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus on this machine")
def test_honest_mail_is_rarely_doubted() -> None:
    folders = ("notmuch/lkml", "spamassassin-public/easy", "spamassassin-public/ham")
    honest = [(name, raw[:50_000]) for name, raw in messages() if name.startswith(folders)]
    options = Options(known=KNOWN)
    doubted = [name for name, raw in honest if render_message(raw, 60, options=options).doubtful]
    total = len(honest)
    assert total > 150
    assert len(doubted) <= total * 0.1, doubted
