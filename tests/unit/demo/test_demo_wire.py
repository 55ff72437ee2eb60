"""The small pieces of the demo's wire format."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtui.demo.fetch import section_bytes
from mailtui.demo.grammar import CONTINUE, Assembler, BadCommand, Overflow, Scanner
from mailtui.demo.state import offered_without
from mailtui.demo.wire import compress, decode_utf7, encode_utf7, parse_date_time, parse_ranges, pick, quote

HEAD = b"From: a\r\nSubject: b\r\n c\r\nX-Y: d\r\n\r\n"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_utf7_round_trip(name: str) -> None:
    assert decode_utf7(encode_utf7(name)) == name


def test_utf7_as_in_the_rfc() -> None:
    assert encode_utf7("~peter/mail/台北/日本語") == b"~peter/mail/&U,BTFw-/&ZeVnLIqe-"
    with pytest.raises(ValueError, match="unfinished"):
        decode_utf7(b"a&b")


@given(st.sets(st.integers(1, 300)))
def test_compress_and_pick_are_inverse(numbers: set[int]) -> None:
    ordered = sorted(numbers)
    if ordered:
        assert pick(parse_ranges(compress(ordered)), range(1, 301)) == ordered


def test_star_means_the_last_one() -> None:
    assert pick(parse_ranges("100:*"), [3, 7]) == [7]
    assert pick(parse_ranges("*,3"), [3, 5, 7]) == [3, 7]
    assert pick(parse_ranges("1:*"), []) == []


@given(st.lists(st.integers(1, 20), max_size=8))
def test_commands_are_found_however_the_bytes_are_cut(cuts: list[int]) -> None:
    stream = b"a LOGIN {3+}\r\nx\r\ny {0+}\r\n\r\nb NOOP\r\n"
    assembler = Assembler()
    found: list[object] = []
    at = 0
    for cut in [*cuts, len(stream)]:
        assembler.feed(stream[at : at + cut])
        at += cut
        while (command := assembler.take()) is not None:
            found.append(command)
    assert found == [b"a LOGIN {3+}\r\nx\r\ny {0+}\r\n", b"b NOOP"]


def test_literal_that_waits_asks_once() -> None:
    assembler = Assembler()
    assembler.feed(b"a X {2}\r\n")
    assert assembler.take() is CONTINUE
    assert assembler.take() is None
    assembler.feed(b"ok\r\n")
    assert assembler.take() == b"a X {2}\r\nok"


def test_bounds() -> None:
    small = Assembler(literal_plus=False, line_limit=10, literal_limit=10)
    small.feed(b"a X {2+}\r\n")
    with pytest.raises(Overflow, match="not offered"):
        small.take()
    long = Assembler(line_limit=10)
    long.feed(b"x" * 11)
    with pytest.raises(Overflow, match="line too long"):
        long.take()


def test_scanner_reads_strings() -> None:
    scan = Scanner(b'"a\\"b" {2}\r\ncd INBOX (x "y")')
    assert scan.astring() == b'a"b'
    scan.space()
    assert scan.astring() == b"cd"
    scan.space()
    assert scan.mailbox(utf8=False) == "INBOX"
    scan.space()
    assert scan.listing(scan.astring) == [b"x", b"y"]
    scan.end()


@pytest.mark.parametrize("text", [b'"open', b"(a", b"{9}", b""])
def test_scanner_refuses(text: bytes) -> None:
    with pytest.raises(BadCommand):
        Scanner(text).listing(Scanner(text).astring) if text == b"(a" else Scanner(text).astring()


def test_sections() -> None:
    raw = HEAD + b"text\r\n"
    assert section_bytes(raw, "") == raw
    assert section_bytes(raw, "HEADER") == HEAD
    assert section_bytes(raw, "TEXT") == b"text\r\n"
    assert section_bytes(raw, "HEADER.FIELDS", [b"SUBJECT", b"none"]) == b"Subject: b\r\n c\r\n\r\n"
    assert section_bytes(raw, "HEADER.FIELDS.NOT", [b"subject"]) == b"From: a\r\nX-Y: d\r\n\r\n"
    assert section_bytes(b"\r\nonly text", "TEXT") == b"only text"
    assert section_bytes(b"A: b\r\n", "TEXT") == b""


def test_quoting_and_dates() -> None:
    assert quote(b'a"b') == b'"a\\"b"'
    assert quote("ü".encode()) == "{2}\r\nü".encode()
    assert parse_date_time(" 1-Jan-1970 01:00:01 +0100") == 1
    with pytest.raises(ValueError, match="date-time"):
        parse_date_time("yesterday")


def test_switching_off_takes_dependents_along() -> None:
    assert "QRESYNC" not in offered_without(["condstore"])
    assert "LIST-STATUS" not in offered_without(["LIST-EXTENDED"])
    assert "MOVE" in offered_without(["CONDSTORE"])
