"""The POP3 dialogue: any split of the bytes gives the same replies, and every message comes out as it went in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtui.model.errors import LostError, RemoteProtocolError
from mailtui.protocols.pop3.dialogue import Dialogue, Limits, Memory, Want
from mailtui.protocols.pop3.replies import Body, Challenge, Greeting, Reply, Status


class Whole(Memory):
    """Keeps the bytes as they are."""

    def finish(self) -> bytes:  # type: ignore[override]
        return bytes(self.data)


def stuffed(message: bytes) -> bytes:
    """As a server sends it: CRLF ends a line, a dot that starts one is doubled."""
    wire = (b"\r\n" + message).replace(b"\r\n.", b"\r\n..")[2:]
    if message and not message.endswith(b"\r\n"):
        wire += b"\r\n"
    return wire + b".\r\n"


def pieces(data: bytes, cuts: Sequence[int]) -> list[bytes]:
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(places)]


def run(parts: Sequence[bytes], wants: Sequence[Want]) -> list[Reply]:
    dialogue = Dialogue("here")
    found = dialogue.feed(b"+OK hello <1.2@x>\r\n")
    for want in wants:
        dialogue.want(want)
    for part in parts:
        found += dialogue.feed(part)
    return found


def retr(octets: int = 0) -> Want:
    return Want("RETR", Whole, octets=octets, body=True)


ODD = st.lists(
    st.sampled_from([b".", b"..", b"\r\n", b"\r", b"\n", b"\0", b"a", b".\r\n", b"\r\n.", b"x" * 3000, "é".encode()])
).map(b"".join)
CUTS = st.lists(st.integers(0, 10_000), max_size=12)


@given(st.lists(ODD, min_size=1, max_size=4), CUTS)
def test_messages_come_out_as_they_went_in(messages: list[bytes], cuts: list[int]) -> None:
    wire = b"".join(b"+OK %d octets\r\n" % len(message) + stuffed(message) for message in messages)
    found = run(pieces(wire, cuts), [retr(len(message)) for message in messages])
    assert found[1:] == [Body(Status(True, f"{len(message)} octets"), message) for message in messages]


@given(ODD, CUTS)
def test_without_a_size_a_line_break_ends_every_message(message: bytes, cuts: list[int]) -> None:
    (_, body) = run(pieces(b"+OK\r\n" + stuffed(message), cuts), [retr()])
    ended = message if not message or message.endswith(b"\r\n") else message + b"\r\n"
    assert body == Body(Status(True), ended)


TALK = (
    (b"+OK\r\n", Want("USER")),
    (b"-ERR [IN-USE] locked\r\n", Want("PASS")),
    (b"+ Zm9v\r\n+OK in\r\n", Want("AUTH", challenged=True)),
    (b"+OK 2\r\n1 a\r\n2 b\r\n.\r\n", Want("UIDL", Memory)),
    (b"-ERR no such message\r\n", Want("RETR", Memory)),
    (b"+OK\r\n.\r\n", Want("LIST", Memory)),
    (b"+OK 7\r\n..\r\nab\r\n.\r\n", Want("RETR", Memory)),
)


@given(st.lists(st.sampled_from(TALK), max_size=8), CUTS)
def test_any_split_gives_the_same_replies(talk: list[tuple[bytes, Want]], cuts: list[int]) -> None:
    wire, wants = b"".join(said for said, _ in talk), [want for _, want in talk]
    assert run(pieces(wire, cuts), wants) == run([wire], wants)


@given(st.binary(max_size=200), CUTS)
def test_garbage_is_refused_or_understood_alike_however_it_is_cut(data: bytes, cuts: list[int]) -> None:
    def outcome(parts: Sequence[bytes]) -> object:
        try:
            return run(parts, [Want("UIDL", Memory), Want("NOOP")])
        except (RemoteProtocolError, LostError) as error:
            return type(error)

    once = outcome([data])
    cut = outcome(pieces(data, cuts))
    assert cut == once or RemoteProtocolError in (cut, once)


def test_the_replies_as_values() -> None:
    found = run([b"".join(said for said, _ in TALK)], [want for _, want in TALK])
    assert found == [
        Greeting(Status(True, "hello <1.2@x>"), b"<1.2@x>"),
        Status(True),
        Status(False, "locked", "IN-USE"),
        Challenge(b"Zm9v"),
        Status(True, "in"),
        Body(Status(True, "2"), [b"1 a", b"2 b"]),
        Status(False, "no such message"),
        Body(Status(True), []),
        Body(Status(True, "7"), [b".", b"ab"]),
    ]


@pytest.mark.parametrize("size", [3_000, 1_000_000])
def test_long_lines_and_nuls(size: int) -> None:
    message = b"Subject: x\r\n\r\n" + b"y\0" * (size // 2) + b"\r\n"
    wire = b"+OK\r\n" + stuffed(message)
    (_, body) = run([wire[at : at + 1000] for at in range(0, len(wire), 1000)], [retr()])
    assert isinstance(body, Body)
    assert body.result == message


@pytest.mark.parametrize(
    ("said", "wants"),
    [
        (b"+OK nobody asked\r\n", []),
        (b"maybe\r\n", [Want("NOOP")]),
        (b"x" * 20_000, [Want("NOOP")]),
        (b"+OK begin\r\n+OK injected\r\n", [Want("STLS", last=True), Want("CAPA")]),
    ],
)
def test_what_is_not_believed(said: bytes, wants: list[Want]) -> None:
    with pytest.raises(RemoteProtocolError):
        run([said], wants)


def test_a_goodbye_that_nobody_asked_for() -> None:
    with pytest.raises(LostError, match="idle too long"):
        run([b"-ERR idle too long\r\n"], [])


def test_an_answer_without_end_is_cut() -> None:
    dialogue = Dialogue("here", Limits(listing=1000))
    dialogue.feed(b"+OK\r\n")
    dialogue.want(Want("UIDL", Memory))
    with pytest.raises(RemoteProtocolError, match="without end"):
        dialogue.feed(b"+OK\r\n" + b"1 a\r\n" * 1000)


def test_not_a_pop3_server() -> None:
    with pytest.raises(RemoteProtocolError, match="not POP3"):
        Dialogue("here").feed(b"* OK IMAP4rev1 ready\r\n")
