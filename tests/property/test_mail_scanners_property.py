"""Any bytes at all are a message to the scanners."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailtui.mail.headers import decode_text, message_ids, parse_addresses, parse_date, scan_envelope
from mailtui.mail.params import parse_parameters
from mailtui.mail.structure import Part, read_structure
from mailtui.mail.text import scan_text

PIECES = st.sampled_from(
    [b"From: ", b"To: ", b"Subject: ", b"Date: ", b"\r\n", b"\n", b"\r", b" ", b"\t", b"\x00", b"=?utf-8?q?", b"?=",
     b"=?utf-8?b?", b"=C3", b'"', b"<", b">", b"@", b",", b";", b":", b"(", b")", b"\\", b"a@b.c", b"\xc3\xbc", b"\xff",
     b"Content-Type: multipart/mixed; boundary=x", b"Content-Type: text/html", b"--x", b"--x--", b"<p>", b"<!--",
     b"&amp;", b"Content-Type: message/rfc822", b"1 Jan 2001 00:00", b"[", b"]", b"Content-Transfer-Encoding: base64"]
)  # fmt: skip
MAIL = st.lists(PIECES, max_size=40).map(b"".join) | st.binary(max_size=200)


@given(MAIL)
def test_envelopes_hold_no_breaks(raw: bytes) -> None:
    envelope = scan_envelope(raw)
    texts = [envelope.subject, envelope.message_id, envelope.list_id, *envelope.references, *envelope.in_reply_to]
    for group in (envelope.from_, envelope.to, envelope.cc, envelope.bcc, envelope.sender, envelope.reply_to):
        texts += [text for address in group for text in address]
    assert not any(char in text for text in texts for char in "\r\n\x00")


@given(MAIL)
def test_values_never_raise(raw: bytes) -> None:
    decode_text(raw)
    parse_addresses(raw)
    parse_parameters(raw)
    message_ids(raw)
    stamp = parse_date(raw)
    assert stamp is None or stamp >= 0


def _check(part: Part, low: int, high: int) -> None:
    assert low <= part.start <= part.body <= part.end <= high
    for child in part.children:
        _check(child, part.body, part.end)


@given(MAIL)
def test_parts_lie_inside_their_parents(raw: bytes) -> None:
    scan_text(raw)
    _check(read_structure(raw).root, 0, len(raw))
