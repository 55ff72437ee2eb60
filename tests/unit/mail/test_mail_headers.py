"""Header blocks to envelopes (mail/headers and the scanners below it)."""

from __future__ import annotations

import time

import pytest

from mailtui.mail.addresses import MAX_ADDRESSES
from mailtui.mail.charsets import codec_name, decode_bytes
from mailtui.mail.fields import header_bounds
from mailtui.mail.headers import MAX_REFERENCES, decode_text, message_ids, parse_addresses, parse_date, scan_envelope
from mailtui.mail.params import file_name, parse_parameters
from mailtui.model.mail import Address

FULL = (
    b"Return-Path: <x@y>\r\nMessage-ID: <one@example.org>\r\nIn-Reply-To: <zero@example.org>\r\n"
    b"References: <minus@example.org>\r\n <zero@example.org> <zero@example.org>\r\n"
    b"Date: Mon, 02 Jan 2006 15:04:05 -0700\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n =?utf-8?q?_dir?=\r\n"
    b'From: "Doe, Jane" <jane@example.org>\r\nTo: a@b.c, Bob <bob@b.c>\r\nCc: c@d.e\r\n'
    b"List-Id: The list <list.example.org>\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\nSubject: no\r\n"
)


def test_a_whole_envelope() -> None:
    envelope = scan_envelope(FULL)
    assert envelope.message_id == "one@example.org"
    assert envelope.in_reply_to == ("zero@example.org",)
    assert envelope.references == ("minus@example.org", "zero@example.org")
    assert envelope.date == 1136239445
    assert envelope.subject == "Grüße dir"
    assert envelope.from_ == (Address("Doe, Jane", "jane@example.org"),)
    assert envelope.to == (Address("", "a@b.c"), Address("Bob", "bob@b.c"))
    assert envelope.cc == (Address("", "c@d.e"),)
    assert envelope.list_id == "list.example.org"
    assert envelope.attachment


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_any_line_end(end: bytes) -> None:
    envelope = scan_envelope(FULL.replace(b"\r\n", end))
    assert (envelope.subject, envelope.message_id) == ("Grüße dir", "one@example.org")


@pytest.mark.parametrize(
    ("head", "subject"),
    [
        (b"", ""),
        (b"\r\n\r\nSubject: body", ""),
        (b"no header here\n\nSubject: body", ""),
        (b"From me Mon Jan 1\nSubject: x\n\n", "x"),
        (b"Subject : spaced\n\n", "spaced"),
        (b"SUBJECT:x\nSubject: y\n\n", "x"),
        (b"junk\x01line\nSubject: z", ""),
        (b"X: 1\njunk line\nSubject: z", "z"),
        (b"Subject: a\x00b\n\n", "ab"),
        (b"Subject:\n\tfolded\n more\n\n", "folded more"),
        (b"Subject: caf\xc3\xa9\n\n", "café"),
        (b"Subject: caf\xe9 \x80\n\n", "café €"),
        (b"Content-Type: text/plain; charset=koi8-r\nSubject: \xf0\xd2\xc9\n\n", "При"),
        (b"Content-Type: text/plain; charset=iso-2022-jp\nSubject: \x1b$BF|K\\\x1b(B\n\n", "日本"),
        (b"Subject: x=?utf-8?q?=0ABcc:_spy?=\n\n", "x Bcc: spy"),
    ],
)
def test_subject(head: bytes, subject: str) -> None:
    assert scan_envelope(head).subject == subject


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"=?utf-8?b?R3LDvMOfZQ==?=", "Grüße"),
        (b"=?utf-8?b?R3LDvMOfZQ?=", "Grüße"),
        (b"=?UTF-8*de?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        (b"=?utf-8?q?=C3?= =?utf-8?q?=BC?=", "ü"),
        (b"=?utf-8?b?w7w=?=  =?utf-8?b?w7w=?= x", "üü x"),
        (b"a=?utf-8?q?b?=c", "abc"),
        (b"=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
        (b"=?x-unknown-thing?q?caf=E9?=", "café"),
        (b"=?gb2312?B?xOO6ww==?=", "你好"),
        (b"=?iso-8859-1?Q?caf\xe9?=", "café"),
        (b"=?utf-8?q?a?b?=", "a?b"),
        (b"=?utf-8?x?a?=", "=?utf-8?x?a?="),
        (b"=?utf-8?q?broken", "=?utf-8?q?broken"),
        (b"=?utf-8?b?A?=", ""),
        (b"=?punycode?q?abc?=", "abc"),
        (b"=?utf-8?q?a=00b=0D=0Ac?=", "ab c"),
        (b"=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
    ],
)
def test_encoded_words(raw: bytes, text: str) -> None:
    assert decode_text(raw) == text


@pytest.mark.parametrize(
    ("value", "addresses"),
    [
        (b"a@b.c", [("", "a@b.c")]),
        (b"A B <a@b.c>", [("A B", "a@b.c")]),
        (b'"B, A" <a@b.c>, c@d.e', [("B, A", "a@b.c"), ("", "c@d.e")]),
        (b'"say \\"hi\\"" <a@b.c>', [('say "hi"', "a@b.c")]),
        (b"a@b.c (Jane (x) Doe)", [("Jane (x) Doe", "a@b.c")]),
        (b"a@b.c (open", [("(open", "a@b.c")]),
        (b"Team: a@b.c, D <d@e.f>;, g@h.i", [("", "a@b.c"), ("D", "d@e.f"), ("", "g@h.i")]),
        (b"undisclosed-recipients:;", [("undisclosed-recipients", "")]),
        (b"<@x,@y:a@b.c>", [("", "a@b.c")]),
        (b'"open <a@b.c>', [("open", "a@b.c")]),
        (b"Foo <a@b.c", [("Foo", "a@b.c")]),
        (b"=?utf-8?q?M=C3=BCller=2C_A?= <a@b.c>", [("Müller, A", "a@b.c")]),
        (b'"=?utf-8?q?M=C3=BCller?=" <a@b.c>', [("Müller", "a@b.c")]),
        (b'"a b"@c.d', [("", '"a b"@c.d')]),
        (b"pete(his account)@silly.test(his host)", [("his account", "pete@silly.test")]),
        (b"<pete(x)@silly.test>", [("", "pete@silly.test")]),
        (b"jdoe@test   . example", [("", "jdoe@test.example")]),
        (b"no address", [("no address", "")]),
        (b'"fake@bank.example"', [("fake@bank.example", "")]),
        (b'"fake@bank.example" <real@evil.example>', [("fake@bank.example", "real@evil.example")]),
        (b"a <x@y> <b@c>", [("a", "x@y")]),
        (b"a@[IPv6:::1]", [("", "a@[IPv6:::1]")]),
        (b",,;", []),
        (b"", []),
        (b"J\xfcrgen <j@x.y>", [("Jürgen", "j@x.y")]),
        (b"=?utf-8?q?a=40b?= <=?utf-8?q?a=40b?=@evil.example>", [("a@b", "=?utf-8?q?a=40b?=@evil.example")]),
    ],
)
def test_addresses(value: bytes, addresses: list[tuple[str, str]]) -> None:
    assert [tuple(address) for address in parse_addresses(value)] == addresses


def test_two_from_headers_are_both_seen_and_recipients_are_capped() -> None:
    envelope = scan_envelope(
        b"From: a@b\nFrom: c@d\nTo: " + b", ".join(b"u%d@x.y" % n for n in range(10_000)) + b"\n\n"
    )
    assert [address.addr for address in envelope.from_] == ["a@b", "c@d"]
    assert len(envelope.to) == MAX_ADDRESSES


@pytest.mark.parametrize(
    ("value", "stamp"),
    [
        (b"Mon, 02 Jan 2006 15:04:05 -0700", 1136239445),
        (b"2 Jan 2006 15:04 -0700", 1136239440),
        (b"Fri, 2 Jan 06 15:04:05 MST (comment (nested))", 1136239445),
        (b"Tue, 02 Jan 96 00:00:00 GMT", 820540800),
        (b"Tue, 02 Jan 103 00:00:00 GMT", 1041465600),
        (b"Thu, 02 Jan 0103 00:00:00 GMT", 1041465600),
        (b"Mon Jan  2 15:04:05 2006", 1136214245),
        (b"2006-01-02T15:04:05Z", 1136214245),
        (b"Wed 29 May 2019 06:09:22 PM EDT", 1559167762),
        (b"Wed, 20 Sep 1995 00:19:00 (EDT) -0400", 811570740),
        (b"Mon, 02 Jan 2006 15:04:05 GMT+0100", 1136210645),
        (b"Mon, 02 Jan 2006 15:04:05 Q", 1136214245),
        (b"Mon, 02 Jan 2006 15:04:05 +9999", 1136214245),
        (b"Mon, 2-Jan-2006 15:04:05 +0000", 1136214245),
        (b"Mon, 31 Dec 2016 23:59:60 +0000", 1483228800),
        (b"31 Feb 2006 00:00:00 +0000", None),
        (b"2 Foo 2006 00:00:00 +0000", None),
        (b"Foo 2 00:00:00 2006", None),
        (b"1 Jan 1900 00:00:00 +0000", None),
        (b"1 Jan 9999 00:00:00 +0000", None),
        (b"1 Jan 1970 00:00:00 +0500", None),
        (b"1 Jan 2006 99:00:00 +0000", None),
        (b"yesterday", None),
        (b"", None),
        (b"\xff\xfe", None),
    ],
)
def test_dates(value: bytes, stamp: int | None) -> None:
    assert parse_date(value) == stamp


def test_message_ids() -> None:
    assert message_ids(b" <a@b> junk <c d@e>\x07 <a@b>") == ("a@b", "cd@e")
    assert message_ids(b"bare@id") == ("bare@id",)
    assert message_ids(b"mail of Monday by x@y") == ("x@y",)
    assert message_ids(b"word") == ("word",)
    assert message_ids(b"") == ()
    many = b" ".join(b"<%d@x>" % n for n in range(5000))
    references = scan_envelope(b"References: " + many + b"\n\n").references
    assert len(references) == MAX_REFERENCES
    assert (references[0], references[-1]) == ("0@x", "4999@x")


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (b'attachment; filename="a.txt"', "a.txt"),
        (b"attachment; filename*=utf-8''%e2%82%ac%20rates.txt; filename=x", "€ rates.txt"),
        (
            b'attachment; filename*0="long"; filename*1*=%2Dname; filename*2=".txt"',
            "long%2Dname.txt".replace("%2D", "-"),
        ),
        (b"attachment; filename*1*=b; filename*0*=utf-8''%C3", "�b"),
        (b'attachment; filename="=?utf-8?q?=C3=BC.txt?="', "ü.txt"),
        (b'attachment; filename="a;b.txt"; size=3', "a;b.txt"),
        (b"attachment; filename=my file.txt", "my file.txt"),
        (b'attachment; filename="C:\\dir\\x.txt"', "C:\\dir\\x.txt"),
        (b'attachment; filename="unclosed', "unclosed"),
        (b"attachment", ""),
    ],
)
def test_file_names(value: bytes, name: str) -> None:
    assert file_name(parse_parameters(value)[1], {}) == name


def test_parameters() -> None:
    assert parse_parameters(b'Text/Plain; Charset="UTF-8" ; format=flowed') == (
        "text/plain",
        {"charset": "UTF-8", "format": "flowed"},
    )
    assert parse_parameters(b"") == ("", {})
    assert len(file_name({"filename": "x" * 5000 + ".exe"}, {})) == 1000


def test_charsets() -> None:
    assert codec_name("utf-8") is not None
    for label in ("", "us-ascii", "x-unknown", "idna", "unicode_escape", "zlib", "a\x00b", "3D"):
        assert codec_name(label) is None, label
    assert decode_bytes(b"\x93hi\x94", "iso-8859-1") == "“hi”"
    assert decode_bytes(b"\xe4\xbd\xa0\xff", "utf-8") == "你�"
    assert decode_bytes("ü".encode(), "us-ascii") == "ü"
    assert decode_bytes(b"\x81\x8d", "") == "\x81\x8d"
    assert decode_bytes(b"\xef\xbb\xbfx", "utf-8") == "x"


def test_header_bounds() -> None:
    assert header_bounds(b"A: b\r\n\r\nbody") == (0, 5, 8)
    assert header_bounds(b"A: b\n\nbody") == (0, 4, 6)
    assert header_bounds(b"body only\n\nmore") == (0, 0, 0)
    assert header_bounds(b"A: b") == (0, 4, 4)
    assert header_bounds(b"\nbody") == (0, 0, 1)


HOSTILE = [
    b"Subject: " + b"x" * 1_000_000,
    b"Subject: " + b"=?a?q?" * 150_000,
    b"Subject: " + b"=?" * 400_000,
    b"Subject: " + b" =?utf-8?q?=C3=BC?=" * 4_000,
    b"Subject: " + b"\n x" * 300_000,
    b"From: " + b"(" * 500_000,
    b"From: " + b"()" * 250_000,
    b"From: " + b'"' * 499_999,
    b'From: "' + b'\\"' * 250_000,
    b"From: " + b"<" * 500_000,
    b'From: <"' * 1 + b'<"' * 200_000,
    b"From: " + b"[" * 500_000,
    b"From: " + b":" * 300_000,
    b"From: " + b"a " * 300_000,
    b"From: " + b"a . " * 200_000,
    b"From: " + b";" * 300_000,
    b"From: " + b"@" * 500_000,
    b"References: " + b"<" * 500_000,
    b"References: " + b"<a@b> " * 150_000,
    b"Date: " + b"(" * 500_000,
    b"Date: " + b"1 " * 300_000,
    b"X: y\n" * 200_000,
    b"Content-Type: text/plain" + b'; a="\\' * 100_000 + b"\xff",
    b"Content-Type: text/plain\xff" + b"; name*%d*=x" * 60_000,
    b"\n".join(b"To: a%d@b" % n for n in range(40_000)),
]


@pytest.mark.parametrize("head", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_headers_take_linear_time(head: bytes) -> None:
    begin = time.process_time()
    scan_envelope(head + b"\r\n\r\n")
    assert time.process_time() - begin < 1.0
