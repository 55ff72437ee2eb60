"""Rows S16 to S19 and S39: what a hostile message, link or text can do to the mail that goes out from here."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailtui.mail.compose.mailto import parse_mailto
from mailtui.model.account import Account
from mailtui.model.ids import AccountId
from mailtui.protocols.smtp.message import wire
from mailtui.ui.letters import answer, to_bytes
from mailtui.ui.senders import persons
from mailtui.view.composer import Written
from tests.support.fake_store import NOW, row
from tests.support.scoring import CORPUS

SECURITY = CORPUS / "security"
needs_corpus = pytest.mark.skipif(not SECURITY.is_dir(), reason="no corpus on this machine")
ME = persons((Account(AccountId("home"), "me@home.example", "Me"),))
OURS = {
    *("date", "from", "to", "cc", "subject", "message-id", "in-reply-to", "references"),
    *("mime-version", "content-type", "content-transfer-encoding"),
}
ENDS = (b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n", b"\r\n.\r", b"\r\n.\r\n", b"\n.\r", b"\r.\r\n", b"\r.\n")


def sent(written: Written) -> bytes:
    return to_bytes(replace(written, to="anna@x.example", message_id="1@home.example"), NOW)


def fields(raw: bytes) -> set[str]:
    return {name.lower() for name in message_from_bytes(raw, policy=default)}


def one_message(data: bytes) -> None:
    """As the strictest and the laxest server read it: every line ends in CRLF, and none is a dot alone."""
    assert data.endswith(b"\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", data)
    assert not re.search(rb"(?:^|\r\n)\.(?:\r\n|\r|\n)", data)


@pytest.mark.parametrize("end", ENDS)
def test_s16_no_text_ends_the_message_and_begins_another(end: bytes) -> None:
    smuggled = (
        b"Hello" + end + b"MAIL FROM:<admin@x.example>\r\nRCPT TO:<victim@x.example>\r\nDATA\r\nSubject: forged\r\n"
    )
    one_message(wire(b"From: me@home.example\r\nTo: a@x.example\r\n\r\n" + smuggled).data)
    one_message(wire(b"From: me@home.example\nTo: a@x.example\n\n" + smuggled + end).data)
    one_message(wire(sent(Written("w", "home", sender="Me <me@home.example>", text=smuggled.decode()))).data)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([b"\r", b"\n", b".", b"a", b" "]), max_size=40).map(b"".join))
def test_s16_no_mixture_of_line_ends_and_dots_does(body: bytes) -> None:
    one_message(wire(b"To: a@x.example\r\n\r\n" + body).data)


@needs_corpus
@pytest.mark.parametrize("way", ["reply", "reply_all", "forward", "forward_attached", "edit_as_new"])
def test_s17_no_hostile_message_adds_a_field_to_an_answer(way: str) -> None:
    for path in sorted(SECURITY.glob("*.eml")):
        if path.stat().st_size < 200_000:
            written, _ = answer(way, path.read_bytes(), row(5), "w", ME)
            made = sent(replace(written, cc=""))
            assert fields(made) <= OURS | {"reply-to", "bcc", "keywords"}, path.name
            head = made.partition(b"\r\n\r\n")[0]
            assert not re.search(rb"(?im)^(?:bcc|x-[a-z]+): .*evil", head), path.name


@pytest.mark.parametrize(
    "field",
    [
        b"Subject: =?utf-8?q?x=0D=0ABcc:_y@evil.example?=",
        b"Subject: x\r\n =?utf-8?q?=0ABcc:_y@evil.example?=",
        b"Message-ID: <x\\r\\nBcc: y@evil.example@a.example>",
        b"References: <a@b>\x1b[2J <c\x00d@e>",
        b"Reply-To: =?utf-8?q?=22a=0ABcc:_y@evil.example=22?= <b@a.example>",
        b"From: =?utf-8?b?YQpCY2M6IHlAZXZpbC5leGFtcGxl?= <b@a.example>",
    ],
)
def test_s17_no_field_that_is_answered_breaks_its_line(field: bytes) -> None:
    raw = b"From: Eve <eve@a.example>\r\nTo: me@home.example\r\n" + field + b"\r\n\r\nhello\r\n"
    for way in ("reply", "forward"):
        made = sent(answer(way, raw, row(5), "w", ME)[0])
        assert fields(made) <= OURS
        assert not re.search(rb"(?im)^bcc:", made.partition(b"\r\n\r\n")[0])


def test_s18_bcc_is_kept_here_and_never_on_the_wire(tmp_path: Path) -> None:
    made = sent(Written("w", "home", sender="Me <me@home.example>", bcc="Secret <secret@x.example>", text="hi"))
    assert b"secret@x.example" in made, "the copy in Sent tells to whom it went"
    assert b"secret@x.example" not in wire(made).data
    forwarded, (file,) = answer("forward_attached", made, row(5), "w", ME)
    assert b"secret@x.example" not in sent(forwarded), "the new message names nobody; the attached one is as it was"
    assert b"".join(file.chunks) == made


@needs_corpus
def test_s19_a_mailto_link_attaches_nothing_and_adds_no_field() -> None:
    links = re.findall(r'mailto:[^"\s>]+', "".join(p.read_text("latin-1") for p in SECURITY.glob("*mailto*.eml")))
    assert any("attach" in link for link in links)
    for link in links:
        got = parse_mailto(link.replace("&amp;", "&"))
        assert not re.search(r"[\r\n\x00]", f"{got.subject}{got.to}{got.cc}{got.bcc}")
        assert "/etc/passwd" not in f"{got.subject}{got.body}"


def test_s39_nothing_tells_of_the_program_or_the_computer() -> None:
    made = sent(Written("w", "home", sender="Me <me@home.example>", text="hi"))
    assert fields(made) <= OURS
    import socket

    assert socket.gethostname().encode() not in made or len(socket.gethostname()) < 4
    assert b"mailtui" not in made.lower()
    from mailtui.ui.letters import new_message_id

    assert new_message_id("me@home.example").endswith("@home.example")
