"""Whom answers go to, for the mail that lists of all kinds really send."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailtui.mail.compose import answering
from mailtui.mail.compose.header import ComposeError
from mailtui.mail.compose.quoting import own_text, without_signature
from mailtui.mail.compose.resending import Resent, resend, taken_apart
from mailtui.mail.headers import resent_id
from mailtui.mail.parse import Message, parse_message
from mailtui.model.mail import Address

OWN = {"robin@example.org", "*@shop.example.org"}
ANNA = "Anna <anna@example.com>"
BEN = "Ben <ben@example.net>"


def mail(**fields: str) -> Message:
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return parse_message(f"{head}\r\ntext\r\n".encode())


LISTS = {
    "Mailman 2": (
        {"From": ANNA, "To": "dev@lists.example", "List_Id": "Dev <dev.lists.example>",
         "List_Post": "<mailto:dev@lists.example>", "Cc": BEN},
        ("anna", "", "anna", "dev ben", "dev"),
    ),
    "Mailman 2, Reply-To to the list": (
        {"From": ANNA, "To": "dev@lists.example", "Reply_To": "dev@lists.example",
         "List_Post": "<mailto:dev@lists.example>"},
        ("anna", "", "anna", "dev", "dev"),
    ),
    "Mailman 2, Reply-To to list and author": (
        {"From": ANNA, "To": "dev@lists.example", "Reply_To": "dev@lists.example, Anna <anna@home.example>",
         "List_Post": "<mailto:dev@lists.example>"},
        ("anna", "", "anna", "dev", "dev"),
    ),
    "Mailman 3 with From rewritten for DMARC": (
        {"From": "Anna via Dev <dev@lists.example>", "To": "dev@lists.example", "Reply_To": "Anna <anna@example.com>",
         "List_Post": "<mailto:dev@lists.example>"},
        ("anna", "", "anna", "dev", "dev"),
    ),
    "From rewritten, and Reply-To is the list as well": (
        {"From": "Anna via Dev <dev@lists.example>", "To": "dev@lists.example", "Reply_To": "dev@lists.example",
         "List_Post": "<mailto:dev@lists.example>"},
        ("dev", "", "dev", "", "dev"),
    ),
    "Debian, with Mail-Followup-To": (
        {"From": ANNA, "To": "dev@lists.example", "Mail_Followup_To": f"dev@lists.example, {BEN}, robin@example.org",
         "List_Post": "<mailto:dev@lists.example>"},
        ("anna", "", "dev", "ben", "dev"),
    ),
    "Google Groups": (
        {"From": ANNA, "To": "Dev <dev@groups.example>", "Reply_To": ANNA, "Cc": "robin+dev@example.org",
         "List_Post": "<https://groups.example/g/dev/post>, <mailto:dev@groups.example>"},
        ("anna", "", "anna", "dev", "dev"),
    ),
    "groups with a coded List-Post": (
        {"From": ANNA, "To": "dev+main@groups.example", "List_Post": "<mailto:dev%2Bmain@groups.example>"},
        ("anna", "", "anna", "dev+main", "dev+main"),
    ),
    "GitHub": (
        {"From": "Anna <notifications@github.example>", "To": "a/b <b@noreply.github.example>",
         "Reply_To": "a/b <reply+TOKEN@reply.github.example>", "Cc": "any@shop.example.org, mention@b.example",
         "List_Post": "<mailto:reply+TOKEN@reply.github.example>", "List_Id": "a/b <b.a.github.example>"},
        ("reply+TOKEN", "", "reply+TOKEN", "b mention", "reply+TOKEN"),
    ),
    "Sympa without List-Post": (
        {"From": ANNA, "To": f"dev@lists.example, {BEN}", "List_Id": "<dev.lists.example>"},
        ("anna", "", "anna", "dev ben", "dev"),
    ),
    "announcements": (
        {"From": ANNA, "To": "news@lists.example", "List_Post": "NO"},
        ("anna", "", "anna", "news", None),
    ),
    "no list": (
        {"From": ANNA, "To": f"robin@example.org, {BEN}", "Cc": "Robin <ROBIN@example.org>, x@shop.example.org"},
        ("anna", "", "anna", "ben", None),
    ),
}  # fmt: skip


def names(people: tuple[Address, ...]) -> str:
    return " ".join(one.addr.partition("@")[0] for one in people)


@pytest.mark.parametrize("kind", LISTS)
def test_answers_to_lists(kind: str) -> None:
    fields, (to, cc, all_to, all_cc, list_) = LISTS[kind]
    message = mail(**fields)
    alone, everybody = answering.reply(message, OWN), answering.reply_all(message, OWN)
    assert (names(alone.to), names(alone.cc)) == (to, cc)
    assert names(everybody.to) == all_to
    assert names(everybody.cc).lower().split() == all_cc.split()
    by_list = answering.reply_list(message, OWN)
    assert (names(by_list.to).lower() if by_list else None) == (list_.lower() if list_ else None)


def test_one_is_never_among_those_who_get_an_answer() -> None:
    message = mail(From=ANNA, To="robin+x@example.org, y@shop.example.org", Cc="ROBIN@EXAMPLE.ORG", Reply_To=BEN)
    assert names(answering.reply_all(message, OWN).to) == "ben"
    assert answering.reply_all(message, OWN).cc == ()
    assert answering.is_own("anything@shop.example.org", OWN)
    assert not answering.is_own("x@notshop.example.org", OWN)
    assert not answering.is_own("robinx@example.org", OWN)
    assert answering.is_own("anna-news@example.com", {"anna-*@example.com"})


def test_an_identity_that_is_written_out_wins_over_a_pattern() -> None:
    own = [{"*@example.org"}, {"robin@example.org"}]
    assert answering.identity(mail(From=ANNA, To="other@example.org, robin@example.org"), own) == 1
    assert answering.identity(mail(From=ANNA, To="other@example.org"), own) == 0
    assert answering.identity(mail(From="robin@example.org", To="other@example.org"), own) == 1


@pytest.mark.parametrize(
    ("subject", "reply", "forward"),
    [
        ("Hi", "Re: Hi", "Fwd: Hi"),
        ("Re: AW: Sv: Antw: Hi", "Re: Hi", "Fwd: Re: AW: Sv: Antw: Hi"),
        ("RE[4]: Hi", "Re: Hi", "Fwd: RE[4]: Hi"),
        ("Re^2: Hi", "Re: Hi", "Fwd: Re^2: Hi"),
        ("Re (3): Hi", "Re: Hi", "Fwd: Re (3): Hi"),
        ("Ref: Odp: Rif: YNT: Hi", "Re: Hi", "Fwd: Ref: Odp: Rif: YNT: Hi"),
        ("Re : Hi", "Re: Hi", "Fwd: Re : Hi"),
        ("回复：答复: 返信：Hi", "Re: Hi", "Fwd: 回复：答复: 返信：Hi"),
        ("Отв: Hi", "Re: Hi", "Fwd: Отв: Hi"),
        ("WG: TR: FW: Hi", "Re: WG: TR: FW: Hi", "Fwd: Hi"),
        ("转发：Hi", "Re: 转发：Hi", "Fwd: Hi"),
        ("[dev] Re: Hi", "Re: [dev] Hi", "Fwd: [dev] Re: Hi"),
        ("Re: [dev] Re: [dev] Hi", "Re: [dev] Hi", "Fwd: Re: [dev] Re: [dev] Hi"),
        ("[1] and [2]", "Re: [1] and [2]", "Fwd: [1] and [2]"),
        ("Reason: a book", "Re: Reason: a book", "Fwd: Reason: a book"),
        ("", "Re:", "Fwd:"),
    ],
)
def test_subjects(subject: str, reply: str, forward: str) -> None:
    assert answering.reply_subject(subject) == reply
    assert answering.forward_subject(subject) == forward


def test_endless_marks_take_no_time() -> None:
    assert answering.reply_subject("Re: " * 5000 + "x").endswith("x")
    assert answering.reply_subject("[a] " * 5000)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("yes\n-- \nAnna", "yes"),
        (
            "yes\n-- \nAnna\n\nOn Monday Ben wrote:\n> no\n> -- \n> Ben",
            "yes\n\nOn Monday Ben wrote:\n> no\n> -- \n> Ben",
        ),
        ("yes\n-- \nAnna\n-----Original Message-----\nno", "yes\n-----Original Message-----\nno"),
        ("a\n-- \n" + "b\n" * 30, "a\n-- \n" + "b\n" * 30),
        ("no signature", "no signature"),
        ("-- \nAnna", ""),
    ],
)
def test_signatures_are_not_quoted(text: str, left: str) -> None:
    assert without_signature(text) == left


def test_what_lies_in_an_attached_message_is_not_quoted() -> None:
    message = parse_message(
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nmine\n--b\nContent-Type: message/rfc822\n\n"
        b"Subject: x\n\ntheirs\n--b\nContent-Type: text/html\n\n<p>end</p>\n--b--\n"
    )
    assert own_text(message) == "mine\n\nend"


def test_a_message_is_resent_untouched() -> None:
    raw = (
        b"Return-Path: <x@y.z>\nReceived: a\n b\nFrom: anna@example.com\nBcc: secret@x.y,\n other@x.y\n"
        b"Subject:  odd   blanks\nMessage-ID: <1@x>\n\nbody  \n\xff"
    )
    by = Address("Robin", "robin@example.org")
    to, cc = (
        (Address("Ben", "ben@example.net"),),
        (Address("", "BEN@example.net"), Address("", "c@b\u00fccher.example")),
    )
    got, recipients = resend(raw, by, to, cc=cc, date=datetime(2026, 11, 23, tzinfo=UTC), message_id="2@example.org")
    assert got == (
        b"Resent-From: Robin <robin@example.org>\r\nResent-To: Ben <ben@example.net>\r\n"
        b"Resent-Cc: BEN@example.net, c@xn--bcher-kva.example\r\nResent-Date: Mon, 23 Nov 2026 00:00:00 +0000\r\n"
        b"Resent-Message-ID: <2@example.org>\r\nReceived: a\r\n b\r\nFrom: anna@example.com\r\n"
        b"Subject:  odd   blanks\r\nMessage-ID: <1@x>\r\n\r\nbody  \r\n\xff"
    )
    assert recipients == ("ben@example.net", "c@xn--bcher-kva.example")
    with pytest.raises(ComposeError):
        resend(raw, by, (), date=datetime(2026, 11, 23, tzinfo=UTC), message_id="2@example.org")


def test_what_is_sent_again_comes_apart_as_it_was() -> None:
    raw = b"From: anna@example.com\r\nSubject: x\r\nMessage-ID: <1@x>\r\n\r\nbody\r\n"
    by, ben, eve = (
        Address("Robin", "robin@example.org"),
        Address("Ben", "ben@example.net"),
        Address("", "eve@x.example"),
    )
    date = datetime(2026, 11, 23, tzinfo=UTC)
    again, whom = resend(raw, by, [ben], bcc=[eve], date=date, message_id="2@x", extra=[("X-Ours", "a=1")])
    assert whom == ("ben@example.net", "eve@x.example")
    assert again.endswith(raw)
    assert (resent_id(again), resent_id(raw)) == ("2@x", "")
    assert taken_apart(again, b"x-ours") == Resent((by,), (ben,), (), (eve,), "2@x", raw)
    twice, _ = resend(again, by, [eve], date=date, message_id="3@x")
    assert resent_id(twice) == "3@x", "the last time counts"
    assert b"eve@x.example" not in twice.partition(b"Resent-Message-ID: <3@x>")[2], "who got a blind copy is nobody's"
    found = taken_apart(twice)
    assert found is not None
    assert found.original.startswith(b"X-Ours: a=1\r\nResent-From: Robin")
    nobody, whom = resend(raw, by, [], date=date, message_id="2@x", nobody=True)
    assert whom == ()
    assert taken_apart(nobody) == Resent((by,), (), (), (), "2@x", raw)


@pytest.mark.parametrize("raw", [b"", b"\r\n", b"Subject: x\r\n\r\n", b"Resent-From: a@b.c\r\nTo: x\r\n\r\n", b"\0"])
def test_what_was_never_sent_again_is_left_whole(raw: bytes) -> None:
    assert taken_apart(raw) is None
