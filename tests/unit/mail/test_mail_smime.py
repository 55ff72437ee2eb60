"""S/MIME parts: what they are, and what is inside of those that are only signed."""

from __future__ import annotations

import shutil
import subprocess
import zlib
from base64 import encodebytes
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtui.mail.attachments import content, find
from mailtui.mail.parse import parse_message
from mailtui.mail.render.reader import render_message
from mailtui.mail.smime import opened

DATA = bytes.fromhex("2a864886f70d010701")
SIGNED = bytes.fromhex("2a864886f70d010702")
ENVELOPED = bytes.fromhex("2a864886f70d010703")
COMPRESSED = bytes.fromhex("2a864886f70d0109100109")
INNER = (
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nread me\r\n"
    b'--b\r\nContent-Type: text/plain; name="list.txt"\r\nContent-Disposition: attachment\r\n\r\nrope\r\n--b--\r\n'
)


def tlv(tag: int, *inside: bytes, endless: bool = False) -> bytes:
    body = b"".join(inside)
    if endless:
        return bytes((tag, 0x80)) + body + b"\0\0"
    if len(body) < 0x80:
        return bytes((tag, len(body))) + body
    length = len(body).to_bytes(4, "big")
    return bytes((tag, 0x84)) + length + body


def cms(oid: bytes, held: bytes | None, *, endless: bool = False) -> bytes:
    """A ContentInfo around `held`, without signers."""
    if held is None:
        info = tlv(0x30, tlv(6, DATA))
    elif endless:
        pieces = [tlv(4, held[at : at + 50]) for at in range(0, len(held), 50)]
        octets = tlv(0x24, *pieces, endless=True)
        info = tlv(0x30, tlv(6, DATA), tlv(0xA0, octets, endless=True), endless=True)
    else:
        info = tlv(0x30, tlv(6, DATA), tlv(0xA0, tlv(4, held)))
    algorithms = tlv(0x31, tlv(0x30, tlv(6, DATA), endless=endless), endless=endless)
    body = tlv(0x30, tlv(2, b"\1"), algorithms, info, endless=endless)
    return tlv(0x30, tlv(6, oid), tlv(0xA0, body, endless=endless), endless=endless)


def letter(der: bytes, kind: str = "signed-data") -> bytes:
    head = f'Subject: x\r\nContent-Type: application/pkcs7-mime; smime-type={kind}; name="smime.p7m"\r\n'
    return head.encode() + b"Content-Transfer-Encoding: base64\r\n\r\n" + encodebytes(der)


def look(raw: bytes) -> tuple[str, bytes]:
    found = opened(raw, parse_message(raw).root)
    return found.kind, found.content


@pytest.mark.parametrize("endless", [False, True])
def test_what_is_only_signed_is_read(endless: bool) -> None:
    raw = letter(cms(SIGNED, INNER, endless=endless))
    assert look(raw) == ("signed", INNER)
    shown = render_message(raw, 60)
    assert ["".join(span.text for span in line) for line in shown.lines] == ["read me"]
    assert shown.notes == ("signed with S/MIME; the signature was not checked",)
    assert [one.name for one in shown.attachments] == ["smime.p7m", "list.txt"]
    file = find(raw)[1]
    assert b"".join(content(raw, file)).strip() == b"rope"


def test_the_other_kinds() -> None:
    assert look(letter(cms(ENVELOPED, b"x"))) == ("encrypted", b"")
    assert look(letter(b"nonsense", "enveloped-data")) == ("encrypted", b"")
    assert look(letter(b"nonsense")) == ("", b"")
    assert look(letter(cms(SIGNED, None))) == ("certificates", b"")
    assert look(letter(cms(COMPRESSED, zlib.compress(INNER)))) == ("compressed", INNER)
    assert look(letter(cms(COMPRESSED, b"no zlib"))) == ("compressed", b"")
    assert render_message(letter(cms(ENVELOPED, b"x")), 60).notes == (
        "encrypted with S/MIME, which mailtui can't decrypt",
    )


def test_a_signature_beside_the_text() -> None:
    raw = (
        b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=b\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
        b"--b\r\nContent-Type: application/pkcs7-signature\r\n\r\nxx\r\n--b--\r\n"
    )
    assert render_message(raw, 60).notes == ("signed with S/MIME; the signature was not checked",)


def test_one_in_the_other_ends_somewhere() -> None:
    raw = b"Content-Type: text/plain\r\n\r\nthe core\r\n"
    for _ in range(6):
        raw = letter(cms(SIGNED, raw))
    shown = render_message(raw, 60)
    assert len(shown.attachments) <= 5
    assert "the core" not in str(shown.lines)


@given(st.binary(max_size=200), st.integers(0, 400), st.booleans())
def test_never_raises(junk: bytes, at: int, endless: bool) -> None:
    der = cms(SIGNED, INNER, endless=endless)
    place = at % len(der)
    for broken in (junk, der[:place], der[:place] + junk + der[place + len(junk) :]):
        raw = letter(broken)
        render_message(raw, 40)
        for one in find(raw):
            b"".join(content(raw, one))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
@pytest.mark.parametrize("stream", [[], ["-stream"]])
def test_what_openssl_makes(tmp_path: Path, stream: list[str]) -> None:
    def run(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=tmp_path, check=True, capture_output=True, timeout=60)

    (tmp_path / "in").write_bytes(INNER)
    key = ("-newkey", "rsa:2048", "-nodes", "-keyout", "key", "-out", "cert", "-subj", "/CN=anna")
    run("req", "-x509", *key)
    run("cms", "-sign", "-nodetach", *stream, "-in", "in", "-signer", "cert", "-inkey", "key", "-out", "signed")
    run("cms", "-encrypt", *stream, "-in", "in", "-out", "sealed", "cert")
    kind, inside = look((tmp_path / "signed").read_bytes())
    assert kind == "signed"
    assert inside.replace(b"\r\n", b"\n") == INNER.replace(b"\r\n", b"\n")
    assert look((tmp_path / "sealed").read_bytes()) == ("encrypted", b"")
