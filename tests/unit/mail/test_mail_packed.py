"""Files inside of texts (uuencode) and of winmail.dat."""

from __future__ import annotations

import struct
from binascii import b2a_uu

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtui.mail.attachments import content, find
from mailtui.mail.packed import tnef_files, uu_files, without_files
from mailtui.mail.parse import parse_message
from mailtui.mail.render.reader import render_message
from mailtui.mail.text import scan_text
from mailtui.ui import letters

HEAD = b"From: a@example.com\r\nSubject: old times\r\n"
JPEG = bytes(range(256)) * 5


def uu(data: bytes, name: str = "photo.jpg", *, end: bytes = b"`\r\nend\r\n", eol: bytes = b"\r\n") -> bytes:
    lines = [b2a_uu(data[place : place + 45]).rstrip(b"\n") for place in range(0, len(data), 45)]
    return b"begin 644 " + name.encode() + eol + b"".join(line + eol for line in lines) + end


def tnef(*files: tuple[bytes, bytes]) -> bytes:
    def attribute(number: int, body: bytes) -> bytes:
        return struct.pack("<BHHL", 2, number, 6, len(body)) + body + struct.pack("<H", sum(body) & 0xFFFF)

    found = b"\x78\x9f\x3e\x22" + struct.pack("<H", 1)
    for name, data in files:
        found += attribute(0x9002, b"\0" * 14) + attribute(0x8010, name + b"\0") + attribute(0x800F, data)
    return found


@given(st.binary(min_size=1, max_size=3000), st.sampled_from([b"\n", b"\r\n"]))
def test_what_was_packed_into_a_text_comes_out_as_it_was(data: bytes, eol: bytes) -> None:
    end = b"`" + eol + b"end" + eol
    raw = HEAD + b"\r\nLook:" + eol + eol + uu(data, end=end, eol=eol) + b"Bye" + eol
    (one,) = find(raw)
    assert (one.name, one.type, one.size, one.number) == ("photo.jpg", "image/jpeg", len(data), 2)
    assert b"".join(content(parse_message(raw).raw, one)) == data


@given(st.binary(max_size=400))
def test_garbage_is_taken_for_what_it_is(data: bytes) -> None:
    list(uu_files(b"begin 644 x\n" + data))
    tnef_files(b"\x78\x9f\x3e\x22\0\0" + data)
    text = data.decode("latin-1")
    assert "begin" in without_files("begin 644 x\n" + text) or "[file in this text" in without_files(
        "begin 644 x\n" + text
    )


def test_the_reader_shows_a_line_for_it_and_lists_it() -> None:
    raw = HEAD + b"\r\nHello\r\n" + uu(JPEG) + b"Regards\r\n"
    shown = render_message(raw, 80)
    text = "\n".join("".join(span.text for span in line) for line in shown.lines)
    assert text.split("\n") == ["Hello", "[file in this text: photo.jpg]", "Regards"]
    assert [(one.name, one.size, one.number) for one in shown.attachments] == [("photo.jpg", len(JPEG), 2)]


def test_the_search_index_holds_no_code_of_it() -> None:
    raw = HEAD + b"\r\nHello\r\n" + uu(JPEG) + b"Regards\r\n"
    assert scan_text(raw).body.split() == ["Hello", "[file", "in", "this", "text:", "photo.jpg]", "Regards"]


@pytest.mark.parametrize(
    "text",
    [
        "begin 644 of the story\nOnce upon a time there was a mail.\n",
        "We begin 644 x\n#86)C\n`\nend\n",
        "begin 644 \n",
        "begin 644 x\nend\n",
    ],
)
def test_a_text_that_only_begins_like_it_stays(text: str) -> None:
    assert without_files(text) == text
    assert find(HEAD + b"\r\n" + text.encode()) == ()


def test_a_block_that_was_cut_off_is_saved_as_far_as_it_goes() -> None:
    raw = HEAD + b"\r\n" + uu(JPEG, end=b"")[: 62 * 10]
    (one,) = find(raw)
    assert b"".join(content(parse_message(raw).raw, one))[: 9 * 45] == JPEG[: 9 * 45]
    assert 9 * 45 <= one.size <= len(JPEG)


def test_several_and_between_them_text() -> None:
    raw = HEAD + b"\r\n" + uu(b"one", "1.txt") + b"and\r\n" + uu(b"two", "../../2.txt")
    first, second = find(raw)
    assert [b"".join(content(parse_message(raw).raw, one)) for one in (first, second)] == [b"one", b"two"]
    assert second.file_name == "2.txt"


def test_a_program_that_is_packed_is_told_as_a_danger() -> None:
    (one,) = find(HEAD + b"\r\n" + uu(b"MZ", "holiday.jpg.exe"))
    assert any("program" in danger for danger in one.dangers)


def winmail(data: bytes) -> bytes:
    from base64 import encodebytes

    return (
        HEAD + b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n\r\nText\r\n--x\r\n'
        b'Content-Type: application/ms-tnef; name="winmail.dat"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        + encodebytes(data).replace(b"\n", b"\r\n")
        + b"--x--\r\n"
    )


def test_files_of_a_winmail_dat_are_attachments_of_their_own() -> None:
    raw = winmail(tnef((b"plan.doc", JPEG), (b"../notes.txt", b"hello")))
    box, plan, notes = find(raw)
    assert (box.name, box.number, plan.number, notes.number) == ("winmail.dat", 2, 3, 4)
    assert b"".join(content(parse_message(raw).raw, plan)) == JPEG
    assert (notes.file_name, b"".join(content(parse_message(raw).raw, notes))) == ("notes.txt", b"hello")


def test_a_damaged_winmail_dat_gives_what_is_whole() -> None:
    whole = tnef((b"a.txt", b"aaa"), (b"b.txt", b"b" * 500))
    assert [(one.name, one.size) for one in tnef_files(whole[:-100])] == [("a.txt", 3), ("b.txt", 0)]
    assert [one.name for one in find(winmail(whole[:-100]))][:2] == ["winmail.dat", "a.txt"]


def test_forwarding_takes_each_file_once() -> None:
    assert [one.name for one in letters._files(parse_message(winmail(tnef((b"a.txt", b"aaa")))))] == ["winmail.dat"]
    assert [one.name for one in letters._files(parse_message(HEAD + b"\r\n" + uu(JPEG)))] == ["photo.jpg"]
