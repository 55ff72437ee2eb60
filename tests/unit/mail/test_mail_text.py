"""Part skeletons and the text for the index (mail/structure, mail/bodies, mail/text)."""

from __future__ import annotations

import time

import pytest

from mailtui.mail.bodies import part_bytes
from mailtui.mail.structure import MAX_PARTS, read_structure
from mailtui.mail.text import scan_text, strip_html


def mail(kind: str, body: str, extra: str = "") -> bytes:
    return f"Subject: x\r\nContent-Type: {kind}\r\n{extra}\r\n{body}".encode()


ALTERNATIVE = (
    "--a\r\nContent-Type: text/plain\r\n\r\nplain words\r\n"
    "--a\r\nContent-Type: text/html\r\n\r\n<p>html words\r\n--a--\r\n"
)
MIXED = mail(
    'multipart/mixed; boundary="m"',
    "preamble\r\n--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n" + ALTERNATIVE + "\r\n--m\r\n"
    'Content-Type: application/pdf; name="plan.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
    "Content-Disposition: attachment\r\n\r\nAAAA\r\n--m\r\n\r\nfooter\r\n--m--\r\nepilogue\r\n",
)


def test_plain_is_preferred_and_attachments_are_named() -> None:
    text = scan_text(MIXED)
    assert text.body == "plain words\nfooter"
    assert text.attachments == ("plan.pdf",)
    assert text.attachment
    assert text.snippet == "plain words footer"
    assert scan_text(MIXED.replace(b"\r\n", b"\n")) == text


def test_html_when_there_is_no_plain() -> None:
    assert scan_text(mail("text/html", "<style>p{}</style><p>Hel<b>lo</b>&amp;</p><p>you</p>")).body == "Hello& you"
    empty = MIXED.replace(b"plain words", b" ")
    assert scan_text(empty).body == "html words\nfooter"


def test_transfer_encodings_and_charsets() -> None:
    extra = "Content-Transfer-Encoding: quoted-printable\r\n"
    assert scan_text(mail("text/plain; charset=utf-8", "Gr=C3=BC=C3=9Fe=\r\n!", extra)).body == "Grüße!"
    extra = "Content-Transfer-Encoding: BASE64\r\n"
    assert scan_text(mail("text/plain; charset=gb2312", "xOO6ww=\r\n", extra)).body == "你好"
    assert scan_text(b"Content-Type: text/plain; charset=bogus\n\ncaf\xe9").body == "café"
    assert scan_text(b"Subject: x\rTo: y\r\rold mac\rtext").body == "old mac\ntext"
    uu = b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 f\n#86)C\n`\nend\n"
    assert scan_text(uu).body == "abc"


def test_nested_messages_signatures_and_inline_pictures() -> None:
    nested = mail("message/rfc822", "Subject: inner\r\nContent-Type: text/html\r\n\r\n<p>deep")
    assert scan_text(nested).body == "deep"
    assert not scan_text(nested).attachment
    signed = mail(
        "multipart/signed; boundary=s",
        "--s\r\n\r\nhi\r\n--s\r\nContent-Type: application/pgp-signature; name=s.asc\r\n\r\nx\r\n--s--\r\n",
    )
    assert not scan_text(signed).attachment
    related = mail(
        "multipart/related; boundary=s",
        "--s\r\nContent-Type: text/html\r\n\r\nhi\r\n--s\r\nContent-Type: image/png\r\n"
        "Content-ID: <x>\r\n\r\nx\r\n--s--\r\n",
    )
    assert not scan_text(related).attachment
    assert scan_text(mail("image/png", "x")).attachment


def test_snippet_leaves_quotes_out() -> None:
    body = "On Monday, Bob wrote:\n> old\n\n-----\nNew  words\nhere\n-- \nme"
    assert scan_text(b"Subject: x\n\n" + body.encode()).snippet == "New words here me"


def test_limit_bounds_the_text() -> None:
    assert len(scan_text(b"A: b\n\n" + b"x " * 500_000, 1000).body) <= 1000
    assert scan_text(b"Content-Type: text/plain; charset=utf-8\n\n" + "ü".encode() * 900, 1001).body.count("ü") == 500


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"\n\n\n",
        b"no header\n\nat all",
        b"Content-Type: multipart/mixed\n\nno boundary",
        b'Content-Type: multipart/mixed; boundary=""\n\n--\nx\n----\n',
        b"Content-Type: multipart/mixed; boundary=x\n\n--x",
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n--x\n\nsecond\n--x--",
        b"Content-Type: message/rfc822\n\n",
        b"Content-Type: /\n\nx",
    ],
)
def test_broken_messages_still_have_a_root(raw: bytes) -> None:
    scan_text(raw)
    root = read_structure(raw).root
    assert root.start <= root.body <= root.end == len(raw)


def test_a_part_header_ends_at_the_next_boundary() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n--x\n\nsecond\n--x--"
    assert [part_bytes(raw, part) for part in read_structure(raw).root.children] == [b"", b"second"]


def test_limits() -> None:
    many = mail("multipart/mixed; boundary=x", "--x\r\n\r\na\r\n" * 5000)
    structure = read_structure(many)
    assert structure.cut
    assert len(structure.root.children) < MAX_PARTS + 1
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(400)) + b"\nx"
    assert read_structure(deep).cut
    wrapped = b"Content-Type: message/rfc822\n\n" * 2000 + b"\nx"
    assert read_structure(wrapped).cut


HOSTILE = [
    mail("text/html", "<a<" * 100_000),
    mail("text/html", "<!--" * 50_000),
    mail("text/html", "<style>" * 30_000),
    mail("text/html", "<a href='" * 30_000),
    mail("text/html", "&" * 200_000),
    mail("text/html", "&#1" * 80_000),
    mail("text/plain", "=3D" * 80_000, "Content-Transfer-Encoding: quoted-printable\r\n"),
    mail("multipart/mixed; boundary=x", "--x\r\n" * 50_000),
    mail("multipart/mixed; boundary=x", "--x\r\nA: b\r\n" * 50_000),
    mail("multipart/mixed; boundary=x", "--y\r\n" * 50_000),
    mail("multipart/mixed; boundary=x", "--x\r\nContent-Type: message/rfc822\r\n\r\n" * 20_000),
    mail("text/plain", "> " * 150_000),
    mail("text/plain", "On " * 100_000),
]


@pytest.mark.parametrize("raw", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_bodies_take_linear_time(raw: bytes) -> None:
    begin = time.process_time()
    scan_text(raw)
    assert time.process_time() - begin < 1.0


def test_strip_html_keeps_text_after_an_endless_comment() -> None:
    assert strip_html("a <!-- b <p>c") == "a <!-- b c" or "c" in strip_html("a <!-- b <p>c")
    assert strip_html("x<!-- gone -->y") == "x y"
    assert strip_html("1 < 2") == "1 < 2"
