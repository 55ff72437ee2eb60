"""Delivery reports, receipts, invitations, links, folding and the budget, in whole messages."""

from __future__ import annotations

import pytest

from mailtui.mail.render.page import FIRST_TEXT, LinkInfo, Options
from mailtui.mail.render.reader import Rendered, render_message
from mailtui.mail.render.report import complaint_sentence, delivery_sentences, receipt_sentence


def shown(rendered: Rendered) -> list[str]:
    return ["".join(span.text for span in line) for line in rendered.lines]


def message(body: str, kind: str = "text/plain") -> bytes:
    return f"From: Jane <jane@x.org>\nSubject: hi\nContent-Type: {kind}\n\n{body}".encode()


def test_a_bounce_is_a_sentence() -> None:
    status = (
        b"Reporting-MTA: dns; mx.example.org\r\nArrival-Date: x\r\n\r\n"
        b"Original-Recipient: rfc822;anna@example.net\r\nFinal-Recipient: rfc822; a@internal\r\nAction: failed\r\n"
        b"Status: 5.1.1\r\nRemote-MTA: dns; mail.example.net\r\n"
        b"Diagnostic-Code: smtp; 550 5.1.1 <anna@example.net>: no\r\n\tsuch \x1b[31muser\r\n\r\n"
        b"Final-Recipient: rfc822; ben@example.net\r\nAction: delayed\r\nStatus: 4.4.1\r\n\r\n"
        b"Final-Recipient: rfc822; cleo@example.net\r\nAction: delivered\r\nStatus: 2.0.0\r\n"
    )
    assert delivery_sentences(status) == [
        'Not delivered to anna@example.net: there is no such mailbox. "550 5.1.1 <anna@example.net>: no such ␛[31muser"'
        " (mail.example.net)",
        "Not yet delivered to ben@example.net; the server still tries: the server does not answer (mx.example.org)",
        "Delivered to cleo@example.net (mx.example.org)",
    ]


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"Action: \r\n", b":\n\n:", b"Final-Recipient:" * 10_000, b"\n\n" * 9000]
)
def test_broken_reports_do_not_raise(data: bytes) -> None:
    assert len(delivery_sentences(data)) <= 21
    assert len(receipt_sentence(data)) == 1
    assert len(complaint_sentence(data)) == 1


def test_receipts_and_complaints() -> None:
    said = b"Final-Recipient: rfc822;anna@example.net\nDisposition: manual-action/MDN-sent-manually; displayed\n"
    assert receipt_sentence(said) == ["anna@example.net opened your message"]
    assert complaint_sentence(b"Feedback-Type: abuse\nSource-IP: 192.0.2.1\n") == [
        "A complaint (abuse) about a message from 192.0.2.1"
    ]


def test_the_sentence_stands_above_the_text() -> None:
    body = "--r\n\nHi, this is the mail system.\n--r\nContent-Type: message/delivery-status\n\n"
    body += "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.2.2\n--r--\n"
    lines = shown(render_message(message(body, "multipart/report; boundary=r"), 80))
    assert lines == ["Not delivered to a@b.example: the mailbox is full (mx)", "", "Hi, this is the mail system."]


def test_an_invitation_shows_its_card_once() -> None:
    event = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Lunch\nDTSTART:20261123T120000Z\nEND:VEVENT\nEND:VCALENDAR"
    body = (
        f"--a\n\nPlease come.\n--a\nContent-Type: text/calendar\n\n{event}\n"
        f"--a\nContent-Type: text/calendar; name=i.ics\n\n{event}\n--a--\n"
    )
    rendered = render_message(message(body, "multipart/mixed; boundary=a"), 60)
    assert shown(rendered).count("Event: Lunch") == 1
    assert "When  Mon 23 Nov 2026, 12:00 (UTC)" in shown(rendered)
    assert len(rendered.attachments) == 2


def test_links_have_numbers_and_say_where_they_lead() -> None:
    body = (
        "<a href='https://evil.example/x'>www.bank.example</a> <a href='https://a.example/'>here</a>"
        " <a href='https://plain.example/'>https://plain.example</a> <a href='javascript:x'>no</a>"
    )
    rendered = render_message(message(body, "text/html"), 60)
    assert rendered.links == (
        LinkInfo(1, "https://evil.example/x", "www.bank.example", "evil.example"),
        LinkInfo(2, "https://a.example/"),
        LinkInfo(3, "https://plain.example/"),
    )
    plain = render_message(message("see https://a.example/x, www.b.example and https://a.example/x"), 60)
    assert [link.url for link in plain.links] == ["https://a.example/x", "https://www.b.example"]


def test_links_of_two_parts_share_their_numbers() -> None:
    part = "--a\nContent-Type: text/html\n\n<a href='https://{0}.example/'>x</a>\n"
    rendered = render_message(message(part.format("p") + part.format("q") + "--a--", "multipart/mixed; boundary=a"), 60)
    assert [link.number for link in rendered.links] == [1, 2]
    assert [line for line in shown(rendered) if "https" in line] == ["[1] https://p.example/", "[2] https://q.example/"]


QUOTE = "".join(f"> line {number}\n" for number in range(9))


@pytest.mark.parametrize(
    ("text", "folded", "tail"),
    [
        (f"New.\n\nAnna wrote:\n{QUOTE}", True, ["Anna wrote:", "[9 quoted lines]"]),
        (f"New.\n{QUOTE}\n-- \nJane\n", True, ["[9 quoted lines]", "", "-- ", "Jane"]),
        (f"New.\n{QUOTE}and an answer below\n", False, ["> line 8", "and an answer below"]),
        (f"{QUOTE}", False, ["> line 8"]),
        ("New.\n> short\n", False, ["> short"]),
    ],
)
def test_only_a_long_quote_at_the_end_is_folded_by_itself(text: str, folded: bool, tail: list[str]) -> None:
    rendered = render_message(message(text), 60, quotes_folded=None)
    assert rendered.folded is folded
    assert shown(rendered)[-len(tail) :] == tail
    assert not render_message(message(text), 60, quotes_folded=False).folded


def test_quotes_of_html_fold_too() -> None:
    body = "<p>New.</p><blockquote>" + "<p>old</p>" * 9 + "</blockquote>"
    rendered = render_message(message(body, "text/html"), 60, quotes_folded=None)
    assert shown(rendered) == ["New.", "", "[17 quoted lines]"]
    assert rendered.folded
    middle = body + "<p>and below</p>"
    assert "[" not in "".join(shown(render_message(message(middle, "text/html"), 60, quotes_folded=None)))
    assert "[17 quoted lines]" in shown(render_message(message(middle, "text/html"), 60, quotes_folded=True))


@pytest.mark.parametrize("kind", ["text/plain", "text/html"])
def test_a_very_long_text_is_cut_and_shown_whole_on_demand(kind: str) -> None:
    raw = message("words " * (FIRST_TEXT // 6 + 1000) + "LAST", kind)
    first = render_message(raw, 60, options=Options(quotes_folded=None))
    assert first.cut
    assert first.notes == (f"only the first {FIRST_TEXT:,} characters are shown",)
    whole = render_message(raw, 60, options=Options(whole=True))
    assert not whole.cut
    assert whole.notes == ()
    assert shown(whole)[-1].endswith("LAST")


def test_all_headers_as_they_came() -> None:
    raw = b"Received: a\n by b\nX-Odd: =?utf-8?q?\x1b[31m=C3=BC?=\nSubject: x\nReceived: c\n\nbody"
    rendered = render_message(raw, 60, options=Options(all_headers=True))
    assert rendered.headers == (("Received", "a by b"), ("X-Odd", "␛[31mü"), ("Subject", "x"), ("Received", "c"))
    many = render_message(b"A: b\n" * 3000 + b"\nx", 60, options=Options(all_headers=True))
    assert many.headers[-1] == ("", "and 2600 more fields")
