"""Letters become messages that other programs read as they were meant, and answers go where they belong."""

from __future__ import annotations

import contextlib
import email
import email.policy
import re
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailtui.mail.compose import answering
from mailtui.mail.compose.build import File, Letter, build
from mailtui.mail.compose.checks import Doubt, Leaving, doubts, misspelt, sendable, speaks_of_files
from mailtui.mail.compose.drafts import edit_as_new, read_draft
from mailtui.mail.compose.flowed import flow, unflow
from mailtui.mail.compose.header import ComposeError, address_field, text_field
from mailtui.mail.compose.mailto import parse_mailto
from mailtui.mail.compose.quoting import own_text, quoted, without_signature
from mailtui.mail.compose.when import moment
from mailtui.mail.parse import Message, parse_message
from mailtui.model.errors import UsageError
from mailtui.model.mail import Address
from tests.support.scoring import CORPUS

ANNA = Address("Anna Example", "anna@example.com")
ME = "me@example.org"
OWN = {ME}
DATE = datetime(2026, 11, 23, 9, 5, 3, tzinfo=timezone(timedelta(hours=1)))


def letter(**more: object) -> Letter:
    made: dict[str, object] = {"sender": Address("Me", ME), "date": DATE, "message_id": "1@example.org", "to": (ANNA,)}
    return Letter(**(made | more))  # type: ignore[arg-type]


def read(raw: bytes) -> EmailMessage:
    """As the standard library reads it; what it finds wrong is a failure."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    for part in message.walk():
        assert part.defects == []
        for value in part.values():
            assert getattr(value, "defects", ()) == (), value
    return message


def sound(raw: bytes) -> None:
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.endswith(b"\r\n")


# -- build


def test_a_plain_letter_is_plain() -> None:
    raw = build(letter(subject="Hello", text="Hi Anna,\n\nsee you.\n-- \nMe"))
    sound(raw)
    assert raw == (
        b"Date: Mon, 23 Nov 2026 09:05:03 +0100\r\nFrom: Me <me@example.org>\r\nTo: Anna Example <anna@example.com>\r\n"
        b"Subject: Hello\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=us-ascii; format=flowed\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
        b"Hi Anna,\r\n\r\nsee you.\r\n-- \r\nMe\r\n"
    )


NAMES = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp"), blacklist_characters="\u0085\u200b\ufeff"),
    max_size=120,
)


@settings(max_examples=300, deadline=None)
@given(NAMES, NAMES, st.lists(NAMES, max_size=4))
def test_header_texts_come_back_as_they_were(subject: str, name: str, others: list[str]) -> None:
    people = tuple(Address(one, f"p{number}@example.com") for number, one in enumerate((name, *others)))
    raw = build(letter(subject=subject, to=people))
    sound(raw)
    head = raw.partition(b"\r\n\r\n")[0]
    assert all(len(line) <= 120 or b" " not in line.strip() for line in head.split(b"\r\n"))
    assert all(line.strip() for line in head.split(b"\r\n"))
    ours = parse_message(raw).envelope
    assert " ".join(ours.subject.split()) == " ".join(subject.split())[:2000]
    assert [one.addr for one in ours.to] == [one.addr for one in people]
    assert [" ".join(one.name.split()) for one in ours.to] == [" ".join(one.name.split()) for one in people]
    theirs = email.message_from_bytes(raw, policy=email.policy.default)
    assert [one.addr_spec for one in theirs["To"].addresses] == [one.addr for one in people]


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")) | st.just("\n"), max_size=2000), st.booleans())
def test_texts_come_back_as_they_were(text: str, flowed: bool) -> None:
    raw = build(letter(text=text, flowed=flowed))
    sound(raw)
    body = read(raw).get_body()
    assert body is not None
    found = body.get_content()
    if flowed:
        found = unflow(found)
    lines = [line if line == "-- " else line.rstrip(" \t") for line in text.rstrip("\n").split("\n")]
    wanted = "\n".join("-- " if line.rstrip() == "--" else line for line in lines)
    if flowed and any(line.startswith(("> ", ">")) for line in lines):
        return  # marks are normalised: `> > x` becomes `>> x`
    assert [line.rstrip() for line in found.rstrip("\n").split("\n")] == [line.rstrip() for line in wanted.split("\n")]


@pytest.mark.parametrize(
    "name", ["plain.txt", "Übersicht 2026 – final.pdf", "日本語" * 30 + ".txt", 'a"b\\c;d.bin', "x" * 200]
)
def test_files_arrive_byte_for_byte_under_their_names(name: str) -> None:
    data = bytes(range(256)) * 9 + b"\r\n.\r\nFrom x"
    raw = build(letter(text="see", files=(File(name, "application/pdf", data), File("t.csv", "text/csv", b"a,b\n1,2"))))
    sound(raw)
    first, second = read(raw).iter_attachments()
    assert first.get_filename() == name
    assert first.get_payload(decode=True) == data
    assert second.get_payload(decode=True) == b"a,b\n1,2"
    assert second.get_content_type() == "text/csv"


def test_a_forwarded_message_goes_whole() -> None:
    inner = b"From: x@y.z\r\nX-Odd:   spaced\r\nSubject: =?utf-8?q?=C3=A4?=\r\n\r\nbody  \r\n"
    raw = build(letter(files=(File("m.eml", "message/rfc822", inner),)))
    assert inner in raw
    (attached,) = read(raw).iter_attachments()
    assert attached.get_content_type() == "message/rfc822"
    assert attached.get_filename() == "m.eml"


@pytest.mark.parametrize("as_part", [True, False])
def test_what_a_forwarded_message_can_not_be_sent_with_is_coded_within_it(as_part: bool) -> None:
    """Not every server takes 8 bits, none takes endless lines, and a message can't be coded as a whole."""
    ugly = (
        "Subject: gr\u00fc\u00dfe\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 8bit\n\n"
        "--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n\u00fcber "
        + "x"
        * 3000
        + "\n"
        "--b\nContent-Type: application/x\n\n\x00\u00ff\n--b--\n"
    ).encode()
    part = b"Content-Type: message/rfc822\nContent-Disposition: attachment\n\n" + ugly
    file = File("x", "message/rfc822", b"", part) if as_part else File("x", "message/rfc822", ugly)
    raw = build(letter(files=(file,)))
    sound(raw)
    assert raw.isascii()
    (attached,) = read(raw).iter_attachments()
    got = attached.get_content()
    assert got["subject"] == "gr\u00fc\u00dfe"
    text, data = got.iter_parts()
    assert text.get_content() == "\u00fcber " + "x" * 3000
    assert data.get_payload(decode=True).rstrip(b"\r\n") == "\x00\u00ff".encode()


def test_markdown_goes_along_as_html_without_foreign_tags() -> None:
    raw = build(letter(text="# Hi\n\n*you* <script>x</script>", markdown=True))
    message = read(raw)
    assert message.get_content_type() == "multipart/alternative"
    plain, html = message.iter_parts()
    assert plain.get_content().startswith("# Hi")
    assert "<em>you</em>" in html.get_content()
    assert "<script>" not in html.get_content()


def test_what_goes_out_needs_seven_bits_only() -> None:
    raw = build(letter(subject="Grüße", text="Füße\nFrom here\n.\n" + "ü" * 3000, files=(File("ä", "x/y", b"\xff"),)))
    assert raw.isascii()
    sound(raw)


@pytest.mark.parametrize(
    "more",
    [
        {"subject": "a\r\nBcc: x@y.z"},
        {"to": (Address("", "a@b.c\r\nDATA"),)},
        {"to": (Address("", "nobody"),)},
        {"to": (Address("", "a,b@c.d"),)},
        {"to": (Address("", "a@b,c@d.e"),)},
        {"to": (Address("", "a@b (x"),)},
        {"to": (Address("", '"a"b@c.d'),)},
        {"to": (Address("", "a\udc80@c.d"),)},
        {"sender": Address("", "")},
        {"extra": (("X: y\r\nZ", "v"),)},
        {"extra": (("X-Y", "v\nZ: w"),)},
        {"date": datetime(2026, 1, 1)},
    ],
)
def test_nothing_can_end_its_field(more: dict[str, object]) -> None:
    with pytest.raises(ComposeError):
        build(letter(**more))


def test_bytes_that_are_no_text_do_no_harm() -> None:
    """A file name of another charset comes from the disk with half characters in it."""
    odd = "caf\udce9"
    raw = build(letter(subject=odd, text=odd, to=(Address(odd, "a@b.c"),), files=(File(odd, "x/y", b""),)))
    sound(raw)
    (attached,) = read(raw).iter_attachments()
    assert attached.get_filename() == "caf\ufffd"


def test_addresses_with_odd_names_are_written() -> None:
    for addr in (
        '"a b"@c.d',
        '"a,b@c"@d.e',
        "a/b=c+d@e.f",
        "a@[192.0.2.1]",
        "a@[IPv6:2001:db8::1]",
        "\u00fc@b\u00fccher.example",
    ):
        assert parse_message(build(letter(to=(Address("X, Y", addr),)))).envelope.to == (Address("X, Y", addr),)
    assert b"<a@xn--bcher-kva.example>" in build(letter(to=(Address("X", "a@b\u00fccher.example"),)))


def test_ids_that_no_field_can_hold_are_left_out() -> None:
    raw = build(letter(in_reply_to=("a@b", "x> <y"), references=tuple(f"{n}{'x' * 60}@example.com" for n in range(30))))
    message = read(raw)
    assert message["In-Reply-To"] == "<a@b>"
    assert len(message["References"].split()) == 30
    sound(raw)


def test_25_megabytes_are_no_trouble() -> None:
    times = []
    for _ in range(3):
        begin = time.process_time()
        raw = build(letter(files=(File("big", "application/zip", b"\x00\xff" * 13_000_000),)))
        times.append(time.process_time() - begin)
    assert len(raw) > 34_000_000
    assert min(times) < 0.5


def test_fields_fold_at_blanks() -> None:
    assert text_field("Subject", "word " * 30).count(b"\r\n ") == 2
    assert address_field("To", [Address("", f"p{n}@example.com") for n in range(9)]).count(b"\r\n") == 3


# -- Markdown


def test_markdown_is_sent_with_its_pictures_and_without_those_of_others() -> None:
    text = "Hi\n![i](http://x/y.png) ![c](cid:pic@x) [l](javascript:x)\n\n-- \nMe <b>"
    files = (File("p.png", "image/png", b"p", inline=True, content_id="pic@x"), File("q.png", "image/png", b"q"))
    message = read(build(letter(text=text, markdown=True, files=files)))
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
        "image/png",
    ]  # fmt: skip
    html = next(part for part in message.walk() if part.get_content_type() == "text/html").get_content()
    assert "http://x" not in html
    assert 'href="javascript' not in html
    assert 'src="cid:pic@x"' in html
    assert "-- <br>\r\nMe &lt;b&gt;" in html
    assert "<h" not in html.replace("<html", "").replace("<head", "")


# -- drafts


def test_a_draft_of_another_program_is_read() -> None:
    draft = read_draft(
        b"From: Me <me@example.org>\nTo: undisclosed-recipients:;\nBcc: b@x.y\nSubject: =?utf-8?q?=C3=A4?=\n"
        b"X-Mozilla-Status: 1\nReceived: x\nImportance: high\nMessage-ID: <1@x.y>\nIn-Reply-To: <0@x.y>\n"
        b"Content-Type: multipart/related; boundary=r\n\n--r\nContent-Type: text/html\n\n"
        b"<p>Hello</p><blockquote>then</blockquote>\n--r\nContent-Type: image/png\nContent-ID: <p@x>\n\np\n--r--\n"
    )
    assert (draft.sender, draft.to, draft.bcc) == (Address("Me", ME), (), (Address("", "b@x.y"),))
    assert (draft.subject, draft.text) == ("\u00e4", "Hello\n\n> then")
    assert draft.extra == (("Importance", "high"),)
    assert (draft.message_id, draft.in_reply_to) == ("1@x.y", ("0@x.y",))
    assert [(one.content_id, one.data) for one in draft.files] == [("p@x", b"p")]
    new = edit_as_new(build(draft), Address("Me", ME), DATE, "2@x.y")
    assert (new.message_id, new.in_reply_to, new.text) == ("2@x.y", (), draft.text)
    sound(build(new))


def test_what_was_sent_is_read_as_it_was_typed() -> None:
    text = "word " * 40 + "\n\n> quoted " + "more " * 30 + "\n-- \nMe"
    sent = build(letter(text=text, files=(File("m.eml", "message/rfc822", b"Subject: in\r\n\r\nside\r\n"),)))
    draft = read_draft(sent)
    assert draft.text == text.replace("word \n", "word\n").replace("more \n", "more\n")
    assert draft.flowed
    assert [(one.name, one.type) for one in draft.files] == [("m.eml", "message/rfc822")]
    assert "side" not in draft.text


# -- flowed


def test_flowed_text() -> None:
    long = "word " * 40
    made = flow(f"{long}\n> {long}\n From me\nFrom x\n>not\n-- \nMe  ")
    assert all(len(line) <= 74 for line in made.split("\n"))
    assert "\n From me" not in made
    assert "\n  From me\n From x\n" in made
    assert "\n-- \nMe" in made
    assert unflow(made).split("\n")[:2] == [long.rstrip(), f"> {long.rstrip()}"]


# -- quoting


def test_quoting() -> None:
    assert quoted("a\n> b\n\nc\n") == "> a\n>> b\n>\n> c"
    assert without_signature("text\n-- \nMe\nCompany") == "text"
    assert without_signature("-- \n" + "line\n" * 20) == "-- \n" + "line\n" * 20
    flowed = b"Content-Type: text/plain; format=flowed\r\n\r\none \r\ntwo\r\n> a \r\n> b\r\n"
    assert own_text(parse_message(flowed)) == "one two\n> a b"
    html = b"Content-Type: text/html\r\n\r\n<p>Hello <b>you</b></p><p>x</p>"
    assert own_text(parse_message(html)).split() == ["Hello", "you", "x"]


# -- to whom


def mail(**fields: str) -> Message:
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return parse_message(f"{head}\r\ntext\r\n".encode())


def addrs(audience: answering.Audience | None) -> tuple[list[str], list[str]]:
    assert audience is not None
    return [one.addr for one in audience.to], [one.addr for one in audience.cc]


TO_ALL = "me@example.org, b@x.y, Anna <anna@example.com>"


@pytest.mark.parametrize(
    ("fields", "reply", "everybody"),
    [
        ({"From": "a@x.y", "To": ME}, (["a@x.y"], []), (["a@x.y"], [])),
        (
            {"From": "a@x.y", "Reply-To": "r@x.y", "To": TO_ALL, "Cc": "c@x.y, A@X.Y"},
            (["r@x.y"], []),
            (["r@x.y"], ["b@x.y", "anna@example.com", "c@x.y", "A@X.Y"]),
        ),
        ({"From": ME, "To": "b@x.y", "Cc": "c@x.y"}, (["b@x.y"], []), (["b@x.y"], ["c@x.y"])),
        ({"From": ME, "To": ME}, ([ME], []), ([ME], [])),
        (
            {"From": "a@x.y", "Reply-To": "l@list.z", "To": "l@list.z", "List-Post": "<mailto:l@list.z>"},
            (["a@x.y"], []),
            (["a@x.y"], ["l@list.z"]),
        ),
        (
            {"From": "a@x.y", "To": "l@list.z", "Mail-Followup-To": "l@list.z, b@x.y, me@example.org"},
            (["a@x.y"], []),
            (["l@list.z"], ["b@x.y"]),
        ),
        ({"From": "a@x.y", "Mail-Reply-To": "p@x.y", "Reply-To": "r@x.y"}, (["p@x.y"], []), (["p@x.y"], [])),
        ({"From": "a@x.y", "Reply-To": "me@example.org", "To": "b@x.y"}, (["a@x.y"], []), (["a@x.y"], ["b@x.y"])),
    ],
)
def test_who_gets_the_answer(
    fields: dict[str, str], reply: tuple[list[str], list[str]], everybody: tuple[list[str], list[str]]
) -> None:
    message = mail(**fields)
    assert addrs(answering.reply(message, OWN)) == reply
    assert addrs(answering.reply_all(message, OWN)) == everybody


def test_lists() -> None:
    post = mail(From="a@x.y", To="l@list.z", List_Post="<mailto:L@list.z>", Reply_To="a@x.y")
    assert addrs(answering.reply_list(post, OWN)) == (["l@list.z"], [])
    assert answering.reply_list(mail(From="a@x.y", List_Post="NO (announcements)"), OWN) is None
    followup = mail(From="a@x.y", Mail_Followup_To="l@list.z")
    assert addrs(answering.reply_list(followup, OWN)) == (["l@list.z"], [])


def test_subjects() -> None:
    for subject in ("Hi", "Re: Hi", "RE: Aw: Hi", "Re[2]: Hi", "AW: SV: Hi", "回复：Hi", "Re:Hi"):
        assert answering.reply_subject(subject) == "Re: Hi"
    assert answering.reply_subject("Reading: a book") == "Re: Reading: a book"
    assert answering.forward_subject("WG: Fwd: Hi") == "Fwd: Hi"
    assert answering.forward_subject("Re: Hi") == "Fwd: Re: Hi"
    assert answering.reply_subject("") == "Re:"


def test_threads_stay_together_and_bounded() -> None:
    message = mail(Message_ID="<m@x>", References="<1@x> <2@x>", In_Reply_To="<2@x>")
    assert answering.thread(message.envelope) == (("m@x",), ("1@x", "2@x", "m@x"))
    message = mail(Message_ID="<m@x>", In_Reply_To="<2@x>")
    assert answering.thread(message.envelope)[1] == ("2@x", "m@x")
    long = mail(Message_ID="<m@x>", References=" ".join(f"<{n}@x>" for n in range(100)))
    chain = answering.thread(long.envelope)[1]
    assert len(chain) == answering.REFERENCES
    assert (chain[0], chain[-1], chain[-2]) == ("0@x", "m@x", "99@x")


def test_the_identity_that_got_it_answers() -> None:
    own = [{"main@x.y"}, {"me@example.org"}, {"*@mine.z"}]
    assert answering.identity(mail(From="a@b.c", To="me@example.org"), own) == 1
    assert answering.identity(mail(From="a@b.c", To="me+shop@example.org"), own) == 1
    assert answering.identity(mail(From="a@b.c", To="l@list.z", Delivered_To="any@mine.z"), own) == 2
    assert answering.identity(mail(From="a@b.c", To="l@list.z"), own) == 0
    assert answering.identity(mail(From="me@example.org", To="b@x.y"), own) == 1


def test_the_hardest_messages_can_be_answered() -> None:
    if not CORPUS.exists():
        pytest.skip("the corpus of hard messages is not beside the project")
    for file in sorted(CORPUS.rglob("*.eml")):
        message = parse_message(file.read_bytes())
        if len(message.raw) < 20_000:
            draft = replace(read_draft(message.raw), sender=ANNA, to=(ANNA,), cc=(), bcc=(), reply_to=())
            sound(build(replace(draft, subject="x", extra=())))
            sound(build(letter(files=(File("x.eml", "message/rfc822", message.raw),))))
        audience = answering.reply_all(message, OWN)
        text = own_text(message)
        made = build(
            letter(
                to=tuple(one for one in audience.to if sendable(one.addr)) or (ANNA,),
                subject=" ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", message.envelope.subject).split()),
                text=quoted(text),
                in_reply_to=answering.thread(message.envelope)[0],
                references=answering.thread(message.envelope)[1],
            )
        )
        sound(made)


# -- doubts


def leaving(**more: object) -> Leaving:
    made: dict[str, object] = {"to": (ANNA,), "cc": (), "bcc": (), "subject": "x", "text": "hi", "sender": ME}
    return Leaving(**(made | more))  # type: ignore[arg-type]


def found(*args: Doubt) -> list[str]:
    return [one.code for one in args]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"to": ()}, "nobody"),
        ({"to": (Address("", "anna"),)}, "odd-address"),
        ({"to": (Address("", "a@gmial.com"),)}, "typo"),
        ({"subject": "  "}, "no-subject"),
        ({"text": "See the attached file"}, "forgotten-file"),
        ({"text": ""}, "empty"),
        ({"text": "Dear {{name}}"}, "marks"),
        ({"answers_all": True, "cc": tuple(Address("", f"p{n}@x.y") for n in range(12))}, "many"),
        ({"answers_all": True, "was_blind": True}, "was-blind"),
        ({"got_it": "other@example.org"}, "other-sender"),
        ({"not_before": 10.0}, "past"),
        ({"size": 30_000_000}, "large"),
    ],
)
def test_doubts(more: dict[str, object], code: str) -> None:
    assert found(*doubts(leaving(**more), 1000.0)) == [code]


def test_no_doubts() -> None:
    assert doubts(leaving(files=1, text="attached", got_it="ME@example.org"), 1000.0) == ()


@pytest.mark.parametrize(
    "text",
    [
        "Anbei die Rechnung", "im Anhang findest du", "ci-joint le rapport", "Adjunto el informe", "in allegato",
        "segue em anexo", "zie bijlage", "W załączeniu przesyłam", "Смотри во вложении", "请见附件", "添付します",
        "I enclosed it",
    ],
)  # fmt: skip
def test_files_are_spoken_of_in_many_languages(text: str) -> None:
    assert speaks_of_files(text)
    assert not speaks_of_files(f"yes\n> {text}")
    assert not speaks_of_files(f"yes\n-- \n{text}")


def test_everyday_words_are_no_attachments() -> None:
    for text in ("I am fond of her", "Anhalten bitte", "I'll attend", "the detachment", "la pièce de théâtre"):
        assert not speaks_of_files(text)


def test_slips_in_addresses() -> None:
    assert misspelt("a@gmial.com", ()) == "a@gmail.com"
    assert misspelt("a@gmail.co", ()) == "a@gmail.com"
    assert misspelt("anna@exmaple.com", {"anna@example.com"}) == "anna@example.com"
    assert misspelt("a@gmail.com", ()) == ""
    assert misspelt("a@mail.com", {"b@mail.com"}) == ""
    assert not sendable("a@b")
    assert sendable("a@[127.0.0.1]")
    assert sendable("jürgen@bücher.example")
    assert not sendable("a..b@x.y")


# -- mailto, times


def test_mailto() -> None:
    got = parse_mailto(
        "mailto:a%40b@x.y,anna@example.com?cc=c@x.y&subject=a%20%2Bb%0D%0ABcc%3A%20e&body=one%0D%0Atwo&attach=/etc/passwd"
        "&From=me&bcc=d@x.y&in-reply-to=%3Cid@x%3E"
    )
    assert [one.addr for one in got.to][-1] == "anna@example.com"
    assert [one.addr for one in got.cc] == ["c@x.y"]
    assert got.subject == "a +b Bcc: e"
    assert got.body == "one\ntwo"
    assert got.in_reply_to == ("id@x",)
    assert got.ignored == ("attach", "from")
    with pytest.raises(UsageError):
        parse_mailto("http://x")


@given(st.text(max_size=300))
def test_no_link_is_too_odd(text: str) -> None:
    got = parse_mailto(f"mailto:{text}")
    assert not re.search(r"[\r\n]", got.subject)
    assert all("\n" not in one.addr for one in got.to)


NOW = datetime(2026, 11, 23, 15, 30, tzinfo=timezone(timedelta(hours=1)))  # a Monday


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("in 2h", "2026-11-23 17:30"), ("20 min", "2026-11-23 15:50"), ("3 days", "2026-11-26 15:30"),
        ("tomorrow", "2026-11-24 08:00"), ("Tomorrow 9", "2026-11-24 09:00"), ("mon 8:30", "2026-11-30 08:30"),
        ("tuesday at 7pm", "2026-11-24 19:00"), ("18:00", "2026-11-23 18:00"), ("8:00", "2026-11-24 08:00"),
        ("tonight", "2026-11-23 20:00"), ("2026-12-24 18:00", "2026-12-24 18:00"),
        ("24.12. 18:00", "2026-12-24 18:00"), ("18.30", "2026-11-23 18:30"),
        ("1.1", "2027-01-01 08:00"),
        ("evening", "2026-11-23 18:00"), ("morning", "2026-11-24 08:00"), ("2026-12-24T07:15", "2026-12-24 07:15"),
        ("2026-12-24T07:15:30", "2026-12-24 07:15"), ("2026-12-24T07:15:00Z", "2026-12-24 08:15"),
        ("2026-12-24 07:15 +02:00", "2026-12-24 06:15"), ("2026-12-24", "2026-12-24 08:00"),
        ("in an hour", "2026-11-23 16:30"), ("in half an hour", "2026-11-23 16:00"), ("in 1h30", "2026-11-23 17:00"),
        ("1h 30m", "2026-11-23 17:00"), ("in a week", "2026-11-30 15:30"), ("in 2 hours", "2026-11-23 17:30"),
        ("next week", "2026-11-30 08:00"), ("8:00 tomorrow", "2026-11-24 08:00"), ("9am on friday", "2026-11-27 09:00"),
        ("24 dec 18:00", "2026-12-24 18:00"), ("Dec 24", "2026-12-24 08:00"),
        ("1st march 2027, 9am", "2027-03-01 09:00"),
        ("5 jan at 7", "2027-01-05 07:00"), ("mon", "2026-11-30 08:00"), ("tomorrow morning", "2026-11-24 08:00"),
    ],
)  # fmt: skip
def test_times(typed: str, wanted: str) -> None:
    assert moment(typed, NOW).strftime("%Y-%m-%d %H:%M") == wanted


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "9",
        "soon",
        "25:00",
        "in 2 days 5",
        "ma 3",
        "31 feb",
        "9 9",
        "2026-12-24T07:99:00",
        "8 tomorrow 9",
        "2026-02-30",
        "2020-01-01",
        "today 9",
        "in 5 parsecs",
        "13pm",
    ],
)
def test_no_times(typed: str) -> None:
    with pytest.raises(UsageError, match=r"is no time|is over already|no such time"):
        moment(typed, NOW)


def test_the_clock_shows_what_was_typed_although_the_clocks_are_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Summer time ended on 25 October 2026 in Berlin, at 3:00."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        noon = datetime(2026, 10, 24, 12)
        assert moment("tomorrow 8:00", noon) == datetime(2026, 10, 25, 8)
        assert moment("tomorrow 8:00", noon).timestamp() - noon.timestamp() == 21 * 3600
        assert moment("in 20h", noon) == datetime(2026, 10, 25, 7)
        assert moment("in 1 day", noon) == datetime(2026, 10, 25, 12)
        assert moment("2026-10-25T08:00Z", noon) == datetime(2026, 10, 25, 9)
    finally:
        monkeypatch.undo()
        time.tzset()


@given(st.text(max_size=40))
def test_no_time_is_too_odd(typed: str) -> None:
    with contextlib.suppress(UsageError):
        assert moment(typed, NOW) > NOW
