"""Responses into values."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtui.model.errors import RemoteProtocolError
from mailtui.model.mail import Flag, Flags
from mailtui.protocols.imap import parse
from mailtui.protocols.imap.lexer import Body, Framer, Limits, Part
from mailtui.protocols.imap.parse import mailbox_name, parse_internaldate, parse_reply
from mailtui.protocols.imap.replies import (
    Capability,
    Continuation,
    Defined,
    Enabled,
    Exists,
    Expunge,
    FetchReply,
    Found,
    Identity,
    Listed,
    Namespaces,
    Other,
    Recent,
    Reply,
    Status,
    StatusOf,
    Vanished,
)


def read(*parts: Part) -> Reply:
    return parse_reply(list(parts))


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        (b"* OK hello", Status("", "OK", "", "", "hello")),
        (b"A7 ok done", Status("A7", "OK", "", "", "done")),
        (b"A7 OK", Status("A7", "OK", "", "", "")),
        (b"A7 NO [OVERQUOTA] full {3}", Status("A7", "NO", "OVERQUOTA", "", "full {3}")),
        (b"* BYE [ALERT] \x1b]52;c;x\x07", Status("", "BYE", "ALERT", "", "\x1b]52;c;x\x07")),
        (b"A1 OK [COPYUID 5 1:3 7:9] moved", Status("A1", "OK", "COPYUID", "5 1:3 7:9", "moved")),
        (b"* OK [PERMANENTFLAGS (\\Seen \\*)] x", Status("", "OK", "PERMANENTFLAGS", "(\\Seen \\*)", "x")),
        (b"* NO [broken text", Status("", "NO", "", "", "[broken text")),
        (b"* OK [UIDVALIDITY 3]", Status("", "OK", "UIDVALIDITY", "3", "")),
        (b"* BAD \xff\xfe", Status("", "BAD", "", "", "��")),
        (b"+ go", Continuation(b"go")),
        (b"+", Continuation(b"")),
        (b"* CAPABILITY IMAP4rev1 IDLE", Capability(("IMAP4rev1", "IDLE"))),
        (b"* ENABLED qresync", Enabled(("QRESYNC",))),
        (b"* ENABLED", Enabled(())),
        (b"* 12 EXISTS", Exists(12)),
        (b"* 3 RECENT", Recent(3)),
        (b"* 4 expunge", Expunge(4)),
        (b"* FLAGS (\\Seen Junk)", Defined(("\\Seen", "Junk"))),
        (b"* VANISHED 1:3,9", Vanished(((1, 3), (9, 9)), False)),
        (b"* VANISHED (EARLIER) 41,43:116", Vanished(((41, 41), (43, 116)), True)),
        (b"* SEARCH", Found(())),
        (b"* SEARCH 9 2 3 4 (MODSEQ 917162500)", Found(((2, 4), (9, 9)))),
        (b'* ESEARCH (TAG "A282") UID ALL 2,10:11', Found(((2, 2), (10, 11)))),
        (b'* ESEARCH (TAG "A282") UID', Found(())),
        (
            b'* LIST (\\HasNoChildren \\Sent) "/" "Sent \\"x\\""',
            Listed(frozenset({"\\hasnochildren", "\\sent"}), "/", b'Sent "x"'),
        ),
        (b"* LIST () NIL INBOX", Listed(frozenset(), None, b"INBOX")),
        (
            b'* LIST (\\Subscribed) "." foo ("CHILDINFO" ("SUBSCRIBED"))',
            Listed(frozenset({"\\subscribed"}), ".", b"foo"),
        ),
        (
            b"* STATUS blurdy (MESSAGES 231 UIDNEXT 44292 X-ODD (1))",
            StatusOf(b"blurdy", (("MESSAGES", 231), ("UIDNEXT", 44292))),
        ),
        (b'* ID ("name" "Cyrus" "os" NIL)', Identity((("name", "Cyrus"),))),
        (b"* ID NIL", Identity(())),
        (
            b'* NAMESPACE (("" "/")) NIL (("Public/" "/" "X" ("a")))',
            Namespaces(((b"", "/"),), (), ((b"Public/", "/"),)),
        ),
        (b"* XUNKNOWN \x01 (", Other(b"* XUNKNOWN \x01 (")),
        (b"*  2 EXISTS", Other(b"*  2 EXISTS")),
        (b"* 99999999999 EXISTS", Other(b"* 99999999999 EXISTS")),
    ],
)
def test_one_line(line: bytes, reply: Reply) -> None:
    assert read(line) == reply


@pytest.mark.parametrize(
    "line",
    [
        b"* 23 FETCH (UID 5 FLAGS (\\Seen $Junk))",
        b"* 23 FETCH (FLAGS (\\Seen $Junk) UID 5)",
        b'* 23 FETCH (FLAGS (\\Seen $Junk) UID 5 X-ODD ("a)" (b (c)) "d"))',
    ],
)
def test_flags_by_the_fast_and_the_slow_way(line: bytes) -> None:
    assert read(line) == FetchReply(23, 5, Flags(Flag.SEEN, ("$Junk",)))


@pytest.mark.parametrize("line", [b"* 1 FETCH (UID 5 MODSEQ (17) FLAGS ())", b"* 1 FETCH (UID 5 FLAGS () MODSEQ (17))"])
def test_modseq(line: bytes) -> None:
    assert read(line) == FetchReply(1, 5, Flags(), 17)


@pytest.mark.parametrize(
    "form", [b"* 1 FETCH (UID 5 FLAGS () MODSEQ (%d))", b"* 1 FETCH (MODSEQ (%d) X NIL UID 5 FLAGS ())"]
)
def test_a_modseq_beyond_63_bits_is_not_believed(form: bytes) -> None:
    assert read(form % (1 << 63)) == FetchReply(1, 5, Flags(), 0)
    assert read(form % ((1 << 63) - 1)) == FetchReply(1, 5, Flags(), (1 << 63) - 1)


def test_a_whole_message() -> None:
    reply = read(
        b'* 2 FETCH (UID 9 INTERNALDATE "17-Jul-1996 02:44:25 -0700" RFC822.SIZE 4286 MODSEQ (3)'
        b" EMAILID (M1) THREADID (T1)"
        b' X-GM-LABELS ("\\\\Sent" &AMQ-) BODY[HEADER.FIELDS (DATE "X")] ',
        b"Date: x\r\n",
        b" BODY[] ",
        Body("made", 4286),
        b" FLAGS (\\Recent))",
    )
    assert reply == FetchReply(2, 9, Flags(), 3, 837596665, 4286, "made", b"Date: x\r\n", "M1", "T1", ("\\Sent", "Ä"))


def test_a_body_in_quotes_and_a_missing_one() -> None:
    assert read(b'* 2 FETCH (UID 9 BODY[] "a\\"b")') == FetchReply(2, 9, body=b'a"b')
    assert read(b"* 2 FETCH (UID 9 BODY[] NIL)") == FetchReply(2, 9)
    assert read(b"* 2 FETCH (X-GM-MSGID 12 X-GM-THRID 13)") == FetchReply(2, email_id="12", thread_id="13")


@pytest.mark.parametrize(
    "line",
    [
        b"* 1 FETCH (UID 0 FLAGS ())",
        b"* 1 FETCH (UID 4294967296 FLAGS ())",
        b"* 1 FETCH (UID 0 X NIL)",
        b"* 1 FETCH (UID 5 FLAGS (",
        b"* 1 FETCH UID 5",
        b"* 1 FETCH (UID 5))",
        b"* 1 FETCH (BODY[] {-1}",
        b'* 1 FETCH (X "unclosed)',
        b"* 1 FETCH (X [unclosed)",
        b"* 1 FETCH " + b"(" * 100 + b")" * 100,
        b"* SEARCH 1 x",
        b"* SEARCH -5",
        b"* SEARCH 0",
        b"* SEARCH 4294967296",
        b"* SEARCH " + b"9" * 6000,
        b"* VANISHED 5:*",
        b"* VANISHED",
        b"* LIST () x",
        b"* STATUS x",
        b"garbage",
        b"A1 FINE",
        b"",
    ],
)
def test_what_can_not_be_understood(line: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        read(line)


def test_dates() -> None:
    assert parse_internaldate(b" 1-Jan-1970 00:00:10 +0000") == 10
    assert parse_internaldate(b"31-Feb-2020 00:00:00 +0000") is None
    assert parse_internaldate(b"01-Xxx-2020 00:00:00 +0000") is None
    assert parse_internaldate(b"01-Jan-0001 00:00:00 +2300") is not None
    assert parse_internaldate(b"01-Jan-2020 25:00:00 +0000") is None
    assert parse_internaldate(b"01-Jan-2020 00:00:00 +9999") is None
    assert parse_internaldate(b"yesterday") is None


def test_inbox_in_any_case() -> None:
    assert mailbox_name(b"inbox", utf8=False) == "INBOX"
    assert mailbox_name(b"Entw&APw-rfe", utf8=False) == "Entwürfe"
    assert mailbox_name("Entwürfe".encode(), utf8=True) == "Entwürfe"


@pytest.mark.parametrize(
    "line",
    [
        b"* 1 FETCH (" + b"[" * 500_000,
        b"* 1 FETCH (" + b'"\\' * 250_000,
        b"* 1 FETCH (" + b"a[" * 250_000,
        b"* 1 FETCH (FLAGS (" + b"x " * 250_000,
        b"* 1 FETCH (" + b" " * 500_000,
        b"x" * 500_000,
        b"* OK [" + b"x" * 500_000,
        b"* OK [x " + b"[" * 500_000,
        b"* ESEARCH " + b"ALL " * 125_000,
        b"* LIST (" + b"\\" * 500_000,
    ],
)
def test_no_line_takes_long(line: bytes) -> None:
    started = time.process_time()
    with contextlib.suppress(RemoteProtocolError):
        read(line)
    assert time.process_time() - started < 1.0


TOKENS = st.sampled_from(
    [
        b"* ",
        b"1 ",
        b"FETCH ",
        b"(",
        b")",
        b'"',
        b"\\",
        b"[",
        b"]",
        b"UID ",
        b"FLAGS ",
        b"5",
        b" ",
        b"NIL",
        b"BODY[]",
        b"MODSEQ ",
        b"OK ",
        b"SEARCH ",
        b"VANISHED ",
        b"LIST ",
        b"STATUS ",
        b"ID ",
        b"NAMESPACE ",
        b"ESEARCH ALL ",
        b"A1 ",
        b"+",
        b"INTERNALDATE ",
        b"{2}\r\nxy",
        b"\0",
        b"\xc3",
        b"X-GM-LABELS ",
        b"99999999999999999999",
        b"-1",
        b":",
        b",",
        b"*",
    ]
)


@given(st.lists(TOKENS, max_size=30))
def test_nothing_but_remote_protocol_errors(words: list[bytes]) -> None:
    framer = Framer(Limits(line=1000, literal=100))
    try:
        for parts in framer.feed(b"".join(words) + b"\r\n"):
            parse_reply(parts)
    except RemoteProtocolError:
        pass


def test_a_flag_line_is_read_in_microseconds() -> None:
    """100,000 in well under a second of the 1.2 that the whole link may take; generous, for the machine is shared."""
    lines = [b"* %d FETCH (UID %d FLAGS (\\Seen $Junk))" % (n, n + 7) for n in range(1, 20_001)]
    started = time.process_time()
    for line in lines:
        parse_reply([line])
    assert time.process_time() - started < 0.4
    assert parse.parse_flags.cache_info().hits


@pytest.mark.parametrize("modseq", [b"", b"MODSEQ (77) ", b" MODSEQ (77)"])
@pytest.mark.parametrize("zone", [b"+0000", b"-0730", b"+1345"])
def test_the_quick_way_to_a_message_agrees_with_the_thorough_one(modseq: bytes, zone: bytes) -> None:
    before, after = (modseq, b"") if modseq.endswith(b" ") else (b"", modseq)
    head = b'* 12 FETCH (UID 34 FLAGS (\\Seen $Junk) INTERNALDATE " 7-Feb-2026 23:59:60 ' + zone + b'" ' + before
    body = Body("what the sink made", 5)
    quick = parse_reply([head + b"BODY[] ", body, after + b")"])
    thorough = parse_reply([head + b"RFC822.SIZE 5 BODY[] ", body, after + b")"])
    assert isinstance(quick, FetchReply)
    assert isinstance(thorough, FetchReply)
    assert quick == thorough._replace(size=None)
    assert quick.modseq == (77 if modseq else 0)
    with pytest.raises(RemoteProtocolError, match="can't be a UID"):
        parse_reply([head.replace(b"UID 34", b"UID 0") + b"BODY[] ", body, b")"])
