"""Attachments: found, named safely, decoded piece by piece."""

from __future__ import annotations

import base64
import random

import pytest

from mailtui.mail.attachments import content, find, wanted
from mailtui.mail.bodies import part_bytes
from mailtui.mail.decoding import CHUNK, decoded_chunks
from mailtui.mail.filenames import MAX_BYTES, dangers, numbered, safe_file_name
from mailtui.mail.parse import parse_message
from mailtui.mail.structure import Part


def mail(*parts: str) -> bytes:
    inner = "".join(f"--b\r\n{part}\r\n" for part in parts)
    return f"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{inner}--b--\r\n".encode()


def attachment(name: str, kind: str = "application/pdf", body: str = "x") -> str:
    return f'Content-Type: {kind}\r\nContent-Disposition: attachment; filename="{name}"\r\n\r\n{body}'


@pytest.mark.parametrize(
    ("claimed", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("/etc/shadow", "shadow"),
        ("C:\\Windows\\evil.exe", "evil.exe"),
        ("..\\..\\x.txt", "x.txt"),
        ("~/.bashrc", "bashrc"),
        (".bashrc", "bashrc"),
        ("-rf", "rf"),
        ("--help.txt", "help.txt"),
        ("CON", "_CON"),
        ("aux.txt", "_aux.txt"),
        ("", "part-7.pdf"),
        ("..", "part-7.pdf"),
        ("///", "part-7.pdf"),
        ("a\x00b.pdf", "a_b.pdf"),
        ("a\x1b[31mb.pdf", "a_[31mb.pdf"),
        ("line\nbreak.pdf", "line break.pdf"),
        ("name. . .", "name"),
        ("a:b?c*.pdf", "a_b_c_.pdf"),
        ("ann\u202efdp.exe", "ann_fdp.exe"),
        ("Gr\u0075\u0308\u00dfe.pdf", "Gr\u00fc\u00dfe.pdf"),
        ("報告書.pdf", "報告書.pdf"),
        ("a\u2215b.pdf", "b.pdf"),
        ("\u0301\u0301x.pdf", "\u0301\u0301x.pdf"),
    ],
)
def test_safe_file_names(claimed: str, safe: str) -> None:
    assert safe_file_name(claimed, "application/pdf", 7) == safe


def test_long_names_keep_their_ending() -> None:
    name = safe_file_name("é" * 3000 + ".docx", "", 1)
    assert len(name.encode()) <= MAX_BYTES
    assert name.endswith("é.docx")
    assert len(safe_file_name("a." + "b" * 5000, "", 1).encode()) <= MAX_BYTES


def test_numbers_go_before_the_ending() -> None:
    assert numbered("a.pdf", 1) == "a.pdf"
    assert numbered("a.pdf", 2) == "a (2).pdf"
    assert numbered("a.tar.gz", 3) == "a (3).tar.gz"
    assert numbered("README", 2) == "README (2)"


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("a.exe", "application/octet-stream", "a program or a script (.exe)"),
        ("invoice.pdf.exe", "application/pdf", "only looks like a .pdf"),
        ("photo.jpg", "application/x-msdownload", "a program or a script (application/x-msdownload)"),
        ("x.desktop", "text/plain", "calls itself text/plain"),
        ("page.html", "text/html", "scripts and load things from the network"),
        ("ann\u202efdp.exe", "application/pdf", "turn the direction"),
        ("a.svg", "image/svg+xml", "scripts"),
        ("report.docm", "application/msword", "program or a script"),
    ],
)
def test_dangers_are_told(name: str, kind: str, words: str) -> None:
    assert words in " ".join(dangers(name, kind))


@pytest.mark.parametrize(("name", "kind"), [("a.pdf", "application/pdf"), ("b.jpg", "image/jpeg"), ("c", "text/plain")])
def test_documents_are_no_danger(name: str, kind: str) -> None:
    assert dangers(name, kind) == ()


def test_names_by_every_way_of_writing_them() -> None:
    raw = mail(
        "Content-Type: text/plain\r\n\r\nhello",
        "Content-Type: application/pdf\r\n"
        "Content-Disposition: attachment; filename*=utf-8''%E2%82%AC%20rates.pdf\r\n\r\nx",
        attachment("=?utf-8?Q?Gr=C3=BC=C3=9Fe.pdf?="),
        "Content-Type: application/pdf; name*0=long-; name*1=name.pdf\r\n\r\nx",
        "Content-Type: image/png\r\n\r\nx",
    )
    found = find(raw)
    assert [one.name for one in found] == ["€ rates.pdf", "Grüße.pdf", "long-name.pdf", "part-5.png"]
    assert [one.number for one in found] == [2, 3, 4, 5]


def test_a_forwarded_message_is_called_by_its_subject() -> None:
    inner = "From: x@y.example\r\nSubject: The plan / part 2\r\n\r\ntext"
    (one,) = find(mail("Content-Type: text/plain\r\n\r\nsee below", f"Content-Type: message/rfc822\r\n\r\n{inner}"))
    assert one.file_name == "The plan - part 2.eml"
    assert one.type == "message/rfc822"


def test_wanted_by_number_or_name() -> None:
    found = find(mail(attachment("a.pdf"), attachment("b.pdf"), attachment("a.pdf")))
    assert [one.number for one in wanted(found, [])[0]] == [1, 2, 3]
    assert [one.number for one in wanted(found, ["2"])[0]] == [2]
    assert [one.number for one in wanted(found, ["a.pdf"])[0]] == [1, 3]
    assert wanted(found, ["9", "b.pdf", "../b.pdf"])[1] == ["9", "../b.pdf"]


def part(raw: bytes, encoding: str) -> Part:
    return Part("application/octet-stream", {}, "", "", encoding, "", 0, 0, len(raw), 0)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 100, CHUNK - 1, CHUNK, CHUNK * 3 + 5])
def test_base64_in_pieces_is_base64_at_once(size: int) -> None:
    data = random.Random(size).randbytes(size)
    for raw in (base64.encodebytes(data), base64.encodebytes(data).replace(b"\n", b"\r\n"), base64.b64encode(data)):
        pieces = list(decoded_chunks(raw, part(raw, "base64")))
        assert b"".join(pieces) == data
        assert max(map(len, pieces), default=0) <= CHUNK


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "x-uuencode", "7bit", "nonsense"])
def test_pieces_are_the_whole_on_broken_text(encoding: str) -> None:
    source = random.Random(encoding)
    for size in (10, 1000, CHUNK + 100):
        letters = b"ABCDabcd0123+/==\r\n-!=20=\n"
        raw = bytes(source.choice(letters) for _ in range(size))
        one = part(raw, encoding)
        joined = b"".join(decoded_chunks(raw, one))
        if encoding == "base64":
            assert joined[:50] == part_bytes(raw, one)[:50]
        else:
            assert joined == part_bytes(raw, one)


def test_attachments_of_parse_message_match_raw() -> None:
    raw = mail(attachment("a.txt", "text/plain", "the text"))
    (one,) = find(raw)
    assert b"".join(content(parse_message(raw).raw, one)) == b"the text"
