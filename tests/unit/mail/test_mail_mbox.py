"""An mbox of any dialect is cut into the messages that were put into it."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtui.mail import mbox
from mailtui.mail.mbox import MboxMail, noted_flags, read_mbox, wire_form
from mailtui.model.mail import Flags

LINE = b"From anna@example Tue Nov 14 22:13:20 2023\n"


def cut(text: bytes, *, chunk: int = 1 << 20) -> list[MboxMail]:
    file = io.BytesIO(text)
    return list(read_mbox(lambda size: file.read(min(size, chunk))))


def bodies(text: bytes) -> list[bytes]:
    return [mail.raw for mail in cut(text)]


MAIL = b"Subject: one\nFrom: a@b\n\ntext\n"


def test_messages_are_cut_at_their_lines() -> None:
    mails = cut(LINE + MAIL + b"\n" + LINE + MAIL.replace(b"one", b"two") + b"\n")
    assert [mail.raw for mail in mails] == [MAIL, MAIL.replace(b"one", b"two")]
    assert [mail.envelope for mail in mails] == [LINE.strip()] * 2
    assert mails[1].start == len(LINE + MAIL) + 1
    assert mails[0].date == 1_700_000_000


@pytest.mark.parametrize(
    ("line", "date"),
    [
        (b"From anna@example Tue Nov 14 22:13:20 2023", 1_700_000_000),
        (b"From - Tue Nov 14 22:13:20 2023", 1_700_000_000),
        (b"From anna@example  Tue Nov 14 22:13:20 +0100 2023", 1_699_996_400),
        (b"From 1782@xxx Tue Nov 14 22:13:20 +0000 2023", 1_700_000_000),
        (b"From MAILER-DAEMON Tue Nov 14 22:13 2023", 1_699_999_980),
        (b"From nobody", None),
        (b"From ", None),
    ],
)
def test_dates_of_the_first_line(line: bytes, date: int | None) -> None:
    (mail,) = cut(line + b"\n" + MAIL)
    assert mail.date == date
    assert mail.raw == MAIL


@pytest.mark.parametrize(
    "text",
    [
        b"Subject: x\n\nhello\n\nFrom here on it is text\nand so on\n",
        b"Subject: x\n\nhello\nFrom anna@example Tue Nov 14 22:13:20 2023\nSubject: no\n",
        b"Subject: x\n\nhello\n\nFrom anna@example Tue Nov 14 22:13:20 2023\nno header follows\n",
        b"Subject: x\n\nhello\n\nFrom: somebody 22:13 2023\nSubject: x\n",
        b"Subject: x\n\n\n\n\nmany lines\n\n\n",
        b"Subject: x\n\nno line end",
        b"Subject: no body\n\n",
    ],
)
def test_what_only_looks_like_a_beginning(text: bytes) -> None:
    whole = text if text.endswith(b"\n") else text + b"\n"
    assert bodies(LINE + whole + b"\n" + LINE + MAIL + b"\n") == [whole, MAIL]


def test_escaped_lines_lose_one_mark() -> None:
    text = b"Subject: x\n\n>From one\n>>From two\n> From three\nx >From four\n"
    assert bodies(LINE + text + b"\n") == [text.replace(b">From one", b"From one").replace(b">>From", b">From")]


def test_a_told_length_is_believed_where_it_fits() -> None:
    inner = b"x\n\n" + LINE + b"Subject: forwarded\n\n>From quoted\n"
    text = b"Subject: x\nContent-Length: %d\n\n" % len(inner) + inner
    assert bodies(LINE + text + b"\n" + LINE + MAIL + b"\n") == [text, MAIL]
    assert bodies(LINE + text + b"\n") == [text]


@pytest.mark.parametrize("told", [b"3", b"9999", b"99999999999999", b"-1", b"x"])
def test_a_wrong_length_is_not_believed(told: bytes) -> None:
    text = b"Subject: x\nContent-Length: %b\n\nlonger than three\n" % told
    assert bodies(LINE + text + b"\n" + LINE + MAIL + b"\n") == [text, MAIL]


def test_crlf_is_a_line_end_too() -> None:
    text = (LINE + MAIL + b"\n" + LINE + MAIL + b"\n").replace(b"\n", b"\r\n")
    assert bodies(text) == [MAIL.replace(b"\n", b"\r\n")] * 2


def test_an_empty_file_has_no_messages() -> None:
    assert cut(b"") == []
    assert cut(b"\n\n") == []


@pytest.mark.parametrize("text", [b"Subject: x\n\nno mbox\n", b"PK\x03\x04", b"From\n", b"From all to none\n"])
def test_what_is_no_mbox_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="From"):
        cut(text)


WORDS = st.sampled_from(
    [
        b"From ",
        b">From ",
        b">>From x",
        b"text",
        b"",
        b"From: a",
        b"Subject: x",
        b"From a 22:13 2023",
        b"\xff\x00",
        b"a:b",
    ]
)
MAILS = st.lists(st.lists(WORDS, max_size=8).map(lambda lines: b"Subject: x\n\n" + b"".join(x + b"\n" for x in lines)))


@given(MAILS, st.integers(1, 300))
def test_what_was_escaped_by_the_rules_comes_back(mails: list[bytes], chunk: int) -> None:
    """mboxrd: every line of `>`s and "From " gets one more."""
    text = b"".join(LINE + re.sub(rb"(?m)^(>*From )", rb">\1", mail) + b"\n" for mail in mails)
    assert [mail.raw for mail in cut(text, chunk=chunk)] == mails


@given(st.binary(max_size=400), st.integers(1, 50))
def test_anything_is_read_or_refused(data: bytes, chunk: int) -> None:
    mails = cut(LINE + data, chunk=chunk)
    assert all(mail.raw in LINE + data or b">" in data for mail in mails)


def test_a_large_file_is_read_in_a_window() -> None:
    count = 3000
    text = b"".join(LINE + b"Subject: %d\n\n" % n + b"x" * 1500 + b"\n\n" for n in range(count))
    assert len(text) > 2 * mbox.CHUNK
    assert [mail.raw.split(b"\n")[0] for mail in cut(text)] == [b"Subject: %d" % n for n in range(count)]


# -- line ends


def test_bytes_of_wire_form() -> None:
    assert wire_form(b"a: b\n\nc\n") == b"a: b\r\n\r\nc\r\n"
    assert wire_form(b"a: b\n\nc\r\nd\n") == b"a: b\r\n\r\nc\r\nd\r\n"
    assert wire_form(b"a: b\r\n\r\nbare \n in it\r\n") == b"a: b\r\n\r\nbare \n in it\r\n"
    assert wire_form(b"\n\n") == b"\r\n\r\n"
    assert wire_form(b"no line end") == b"no line end"


# -- what other programs noted


@pytest.mark.parametrize(
    ("head", "names"),
    [
        (b"Subject: x", ()),
        (b"Status: RO", ("\\Seen",)),
        (b"Status: O\nX-Status: AF", ("\\Answered", "\\Flagged")),
        (b"X-Status: T", ("\\Draft",)),
        (b"Status: R\nX-Keywords: work  $Label1 not,(valid", ("\\Seen", "$Label1", "not", "work")),
        (b"X-Mozilla-Status: 1005\nX-Mozilla-Keys: $label2  ", ("\\Seen", "\\Flagged", "$Forwarded", "$label2")),
        (b"X-Mozilla-Status: zz", ()),
        (b"X-Gmail-Labels: Inbox,Starred", ("\\Seen", "\\Flagged")),
        (b"X-Gmail-Labels: Inbox,Unread", ()),
        (b"status: ro\nSTATUS: R", ("\\Seen",)),
    ],
)
def test_flags_in_headers(head: bytes, names: tuple[str, ...]) -> None:
    assert noted_flags(head) == Flags.of(names)


def test_what_thunderbird_deleted_is_no_message() -> None:
    assert noted_flags(b"X-Mozilla-Status: 0009") is None
