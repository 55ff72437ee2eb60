"""Bytes into responses: any chunking, every bound, literals only where they belong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtui.model.errors import RemoteProtocolError
from mailtui.protocols.imap.lexer import Body, Framer, Limits, Part


class Sink:
    """Remembers what it was fed."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.data = b""
        self.aborted = False

    def feed(self, data: memoryview) -> None:
        self.data += data

    def finish(self) -> object:
        return self

    def abort(self) -> None:
        self.aborted = True


def plain(parts: list[Part]) -> list[object]:
    return [
        ("sunk", part.value.data) if isinstance(part, Body) and isinstance(part.value, Sink) else part for part in parts
    ]


NO_LIMITS = Limits()


def whole(
    data: bytes, limits: Limits = NO_LIMITS, *, sink: bool = False, chunks: list[int] | None = None
) -> list[object]:
    """All responses in `data`, fed in pieces of the given sizes; an error ends the list with its class."""
    framer = Framer(limits)
    framer.sink_factory = Sink if sink else None
    found: list[object] = []
    place = 0
    try:
        for size in chunks or [len(data)]:
            found.extend(map(plain, framer.feed(data[place : place + size])))  # an error takes none before it along
            place += size
        found.extend(map(plain, framer.feed(data[place:])))
    except RemoteProtocolError:
        found.append(RemoteProtocolError)
    return found


def test_lines_and_literals() -> None:
    data = b"* 1 FETCH (UID 5 BODY[HEADER] {4}\r\na\r\nb FLAGS ())\r\nA1 OK done\r\n"
    assert whole(data) == [[b"* 1 FETCH (UID 5 BODY[HEADER] ", b"a\r\nb", b" FLAGS ())"], [b"A1 OK done"]]


@pytest.mark.parametrize("form", [b"{3}", b"{3+}", b"~{3}"])
def test_every_form_of_literal(form: bytes) -> None:
    assert whole(b'* LIST () "/" ' + form + b"\r\na\r\n\r\n") == [[b'* LIST () "/" ', b"a\r\n", b""]]


def test_an_empty_literal_at_the_end_of_a_read() -> None:
    assert whole(b"* 1 FETCH (BODY[] {0}\r\n", chunks=[23]) == []
    assert whole(b"* 1 FETCH (BODY[] {0}\r\n)\r\n", sink=True, chunks=[23]) == [
        [b"* 1 FETCH (BODY[] ", ("sunk", b""), b")"]
    ]


@pytest.mark.parametrize(
    "line",
    [
        b"* OK you have {3}",
        b"* BYE see {3}",
        b"* NO {10}",
        b"* PREAUTH {3}",
        b"A1 OK text {3}",
        b"A1 NO [ALERT] {3}",
        b"+ go on {3}",
        b"* CAPABILITY IMAP4rev1 {3}",
        b"* SEARCH 1 2 {3}",
        b"* 5 EXISTS {3}",
        b'* LIST () "/" glued{3}',
        b"* 1 FETCH (UID 2 {-1}",
        b"* 1 FETCH (UID 2 {999999999999999999999999}",
    ],
)
def test_no_literal_where_the_grammar_has_none(line: bytes) -> None:
    assert whole(line + b"\r\nA2 OK done\r\n") == [[line], [b"A2 OK done"]]


def test_a_body_goes_to_the_sink_and_a_header_does_not() -> None:
    data = b"* 1 FETCH (BODY[HEADER] {2}\r\nab BODY[] {5}\r\n)\r\nA1 UID 7)\r\n"
    assert whole(data, sink=True) == [
        [b"* 1 FETCH (BODY[HEADER] ", b"ab", b" BODY[] ", ("sunk", b")\r\nA1"), b" UID 7)"]
    ]


def test_a_body_that_looks_like_protocol_is_a_body() -> None:
    body = b"A1 OK done\r\n* BYE\r\n.\r\n+OK\r\n{9}\r\n"
    data = b"* 1 FETCH (BODY[] {%d}\r\n%s)\r\nA1 OK really\r\n" % (len(body), body)
    assert whole(data, sink=True) == [[b"* 1 FETCH (BODY[] ", ("sunk", body), b")"], [b"A1 OK really"]]


def test_bounds_of_lines() -> None:
    limits = Limits(line=20, search_line=40)
    assert whole(b"* 1 FETCH " + b"x" * 9, limits) == []
    assert whole(b"* 1 FETCH " + b"x" * 11, limits) == [RemoteProtocolError]
    assert whole(b"* SEARCH " + b"1 " * 15 + b"\r\n", limits) == [[b"* SEARCH " + b"1 " * 15]]
    assert whole(b"* SEARCH " + b"1 " * 30, limits) == [RemoteProtocolError]


def test_bounds_of_literals() -> None:
    limits = Limits(literal=100, body=1000, response=400)
    assert whole(b"* 1 FETCH (X {101}\r\n", limits) == [RemoteProtocolError]
    assert whole(b"* 1 FETCH (BODY[] {1000}\r\n", limits, sink=True) == []
    assert whole(b"* 1 FETCH (BODY[] {1001}\r\n", limits, sink=True) == [RemoteProtocolError]
    assert whole(b"* 1 FETCH (BODY[] {101}\r\n", limits) == [RemoteProtocolError]
    assert whole(b"* 1 FETCH (" + b"X {0}\r\n" * 10, limits) == [RemoteProtocolError]


def test_an_endless_line_is_kept_once_and_read_once() -> None:
    framer = Framer(Limits(line=1 << 22))
    piece = b"x" * 1000
    for _ in range(4000):  # quadratic re-scanning would take minutes
        assert list(framer.feed(piece)) == []
    assert list(framer.feed(b"\r")) == []
    [[line]] = framer.feed(b"\n")
    assert line == piece * 4000


def test_abort_gives_up_half_a_literal() -> None:
    framer, sinks = Framer(), []

    def make(size: int) -> Sink:
        sinks.append(Sink(size))
        return sinks[-1]

    framer.sink_factory = make
    assert list(framer.feed(b"* 1 FETCH (BODY[] {9}\r\nabc")) == []
    before = framer.empty
    framer.abort()
    assert (before, framer.empty) == (False, True)
    assert sinks[0].aborted
    assert framer.moved == framer.streamed == 3


WORDS = st.sampled_from(
    [
        b"* ",
        b"1 ",
        b"FETCH (",
        b"UID 3 ",
        b"BODY[] ",
        b"BODY[HEADER] ",
        b"{3}\r\n",
        b"{0}\r\n",
        b"~{2+}\r\n",
        b"\r",
        b"\n",
        b"\r\n",
        b"abc",
        b"OK ",
        b"A1 ",
        b")",
        b'"',
        b"{",
        b"}",
        b"LIST () ",
        b"SEARCH ",
        b"\0",
        b"\xff",
        b"{99999999999}",
    ]
)


@given(st.lists(WORDS, max_size=60), st.lists(st.integers(1, 9), max_size=80), st.booleans())
def test_any_chunking_gives_the_same(words: list[bytes], chunks: list[int], sink: bool) -> None:
    data = b"".join(words)
    limits = Limits(line=64, search_line=96, literal=64, response=256)
    assert whole(data, limits, sink=sink, chunks=chunks) == whole(data, limits, sink=sink)
    assert whole(data, limits, sink=sink, chunks=[1] * len(data)) == whole(data, limits, sink=sink)


@given(st.binary(max_size=400))
def test_garbage_raises_nothing_else(data: bytes) -> None:
    whole(data, Limits(line=100, literal=50, response=200), sink=True)
