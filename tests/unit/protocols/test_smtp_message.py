"""What goes over the wire, what an answer means, and which addresses a command can hold."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtui.model.errors import LocalProtocolError
from mailtui.model.outgoing import Fate
from mailtui.protocols.smtp.addresses import needs_international, path
from mailtui.protocols.smtp.command import unstuffed
from mailtui.protocols.smtp.link import Parcel
from mailtui.protocols.smtp.message import CHUNK, wire
from mailtui.protocols.smtp.outcome import PAUSES, Answer, Verdict, explain, pause, recipient, verdict

HEAD = b"From: a@example.com\r\nBcc: x@example.com,\r\n y@example.com\r\nSubject: hi\r\nBCC : z@example.com\r\n"


def undone(data: bytes) -> bytes:
    """As a server reads it."""
    return re.sub(rb"(?m)^\.", b"", data)


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r"])
def test_bcc_is_not_on_the_wire_whatever_the_line_ends(end: bytes) -> None:
    raw = HEAD.replace(b"\r\n", end) + end + b"Bcc: stays in the text" + end
    made = wire(raw)
    assert made.data == (b"From: a@example.com\r\nSubject: hi\r\n\r\nBcc: stays in the text\r\n")
    assert made.size == len(made.data)


def test_resent_bcc_and_a_header_without_body() -> None:
    assert wire(b"Resent-Bcc: a@b\r\nSubject: x\r\n").data == b"Subject: x\r\n"
    assert wire(b"Subject: x\r\nBcc: a@b").data == b"Subject: x\r\n"
    assert wire(b"\r\nBcc: text").data == b"\r\nBcc: text\r\n"
    assert wire(b"X-Bcc: a\r\n\r\n").data == b"X-Bcc: a\r\n\r\n"


@pytest.mark.parametrize(
    ("raw", "data"),
    [
        (b"A: b\r\n\r\n.\r\nx", b"A: b\r\n\r\n..\r\nx\r\n"),
        (b"A: b\n\n.\n.\n", b"A: b\r\n\r\n..\r\n..\r\n"),
        (b"A: b\r\n\r\nx\r.\rQUIT\r", b"A: b\r\n\r\nx\r\n..\r\nQUIT\r\n"),
        (b"A: b\r\n\r\nx\n.\r\nMAIL FROM:<a@b>", b"A: b\r\n\r\nx\r\n..\r\nMAIL FROM:<a@b>\r\n"),
        (b".", b"..\r\n"),
        (b"", b"\r\n"),
    ],
)
def test_nothing_ends_the_message_early(raw: bytes, data: bytes) -> None:
    assert wire(raw).data == data


@given(st.binary(max_size=300).map(lambda raw: b"A: b\r\n\r\n" + raw))
def test_the_server_reads_what_was_written(raw: bytes) -> None:
    made = wire(raw)
    assert b"\r\n.\r\n" not in made.data
    assert b"".join(bytes(chunk) for chunk in made.chunks()) == made.data
    assert undone(made.data).startswith(b"A: b\r\n")
    normal = re.sub(rb"\r\n|\r|\n", b"\r\n", raw)
    normal += b"" if normal.endswith(b"\r\n") else b"\r\n"
    assert undone(made.data) == normal
    assert made.size == len(normal)
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", made.data)
    assert made.eight_bit == (not raw.isascii())
    assert unstuffed(Parcel("a@b", ("c@d",), made)) == normal.replace(b"\r\n", b"\n")


def test_large_messages_go_in_pieces() -> None:
    made = wire(b"A: b\r\n\r\n" + b"." * CHUNK)
    assert [len(chunk) for chunk in made.chunks()] == [CHUNK, len(made.data) - CHUNK]
    assert wire("A: ä\r\n\r\n".encode()).international


@pytest.mark.parametrize(
    ("code", "found", "fate"),
    [
        (250, Verdict.TAKEN, Fate.SENT),
        (251, Verdict.TAKEN, Fate.SENT),
        (354, Verdict.LATER, Fate.WAITING),
        (421, Verdict.LATER, Fate.WAITING),
        (450, Verdict.LATER, Fate.WAITING),
        (550, Verdict.NEVER, Fate.REFUSED),
    ],
)
def test_verdicts(code: int, found: Verdict, fate: Fate) -> None:
    answer = Answer(code, "words")
    assert verdict(answer) is found
    assert recipient("a@b", answer).fate is fate


def test_answers_are_explained_and_safe() -> None:
    answer = Answer(550, "5.1.1 no \x1b[2Jsuch\nuser\x07 here")
    told = recipient("a@b", answer).answer
    assert told.startswith("there is no such address - 550 5.1.1 no ")
    assert not re.search(r"[\x00-\x1f\x7f]", told)
    assert explain(Answer(552, "too big")) == "the message is too large, or the mailbox is full"
    assert explain(Answer(554, "5.9.9 other")) == ""
    assert len(Answer(550, "x" * 5000).words) < 320


def test_pauses_grow_to_an_end() -> None:
    assert [pause(tries) for tries in range(8)] == [PAUSES[0], *PAUSES, PAUSES[-1]]


@pytest.mark.parametrize(
    ("address", "international", "line"),
    [
        ("a@example.com", False, b"a@example.com"),
        ("", False, b""),
        ("a@bücher.example", False, b"a@xn--bcher-kva.example"),
        ("jürgen@bücher.example", True, "jürgen@bücher.example".encode()),
        ('"a b"@example.com', False, b'"a b"@example.com'),
    ],
)
def test_addresses(address: str, *, international: bool, line: bytes) -> None:
    assert path(address, international=international) == line


@pytest.mark.parametrize(
    "address",
    ["a@b\r\nRCPT TO:<c@d>", "a>@b", "a@b SIZE=1", "jürgen@example.com", "a\0@b", "a b@c", f"a@{'ü' * 70}.de"],
)
def test_no_address_ends_a_command(address: str) -> None:
    with pytest.raises(LocalProtocolError):
        path(address, international=False)


def test_only_the_local_part_needs_an_international_server() -> None:
    assert needs_international("jürgen@example.com")
    assert not needs_international("a@bücher.example")
