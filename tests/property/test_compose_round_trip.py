"""Whatever is written is read back as it was, here and by Python's email package."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailtui.mail.compose.build import File, Letter, build
from mailtui.mail.compose.drafts import read_draft
from mailtui.mail.compose.flowed import flow, unflow
from mailtui.mail.compose.transfer import clean_entity, is_clean
from mailtui.model.mail import Address

NOW = datetime(2026, 11, 23, 9, 5, 3, tzinfo=UTC)
_ANY = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufeff\ufffd")
_LINE = st.text(_ANY, max_size=120)
_WORDS = _LINE.map(lambda text: " ".join(text.split()))
_TEXT = st.lists(st.one_of(_LINE, st.sampled_from(["-- ", "> a", ">> b", "From x", ".", "", "=", " x\t"])), max_size=8)
_ADDRESS = st.builds(
    Address,
    _WORDS,
    st.builds(
        "{}@{}.example".format,
        st.from_regex(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,12}", fullmatch=True),
        st.from_regex(r"[a-z][a-z0-9]{0,10}", fullmatch=True),
    ),
)
_PEOPLE = st.lists(_ADDRESS, max_size=4).map(tuple)
_ID = st.from_regex(r"[a-z0-9.]{1,30}@[a-z]{1,10}", fullmatch=True)


@st.composite
def letters(draw: st.DrawFn) -> Letter:
    return Letter(
        draw(_ADDRESS),
        NOW,
        draw(_ID),
        to=(draw(_ADDRESS), *draw(_PEOPLE)),
        cc=draw(_PEOPLE),
        bcc=draw(_PEOPLE),
        reply_to=draw(_PEOPLE),
        subject=draw(_WORDS),
        text="\n".join(draw(_TEXT)).rstrip("\n"),
        in_reply_to=draw(st.lists(_ID, max_size=1).map(tuple)),
        references=draw(st.lists(_ID, max_size=30, unique=True).map(tuple)),
        files=tuple(
            File(name, "application/x-test", data, inline=inline)
            for name, data, inline in draw(
                st.lists(st.tuples(_WORDS.filter(bool), st.binary(max_size=300), st.booleans()), max_size=3)
            )
        ),
        flowed=draw(st.booleans()),
        markdown=draw(st.booleans()),
        extra=draw(st.lists(st.tuples(st.just("X-Note"), _WORDS.filter(bool)), max_size=2).map(tuple)),
    )


def _bare(letter: Letter) -> Letter:
    """Without what may look different and is the same."""
    names = tuple(one._replace(name=" ".join(one.name.split())) for one in letter.to)
    return replace(letter, files=(), to=names, flowed=letter.flowed and not letter.markdown)


@settings(max_examples=60, deadline=None)
@given(letters())
def test_a_draft_comes_back_as_it_was(letter: Letter) -> None:
    letter = replace(letter, as_typed=True)
    again = read_draft(build(letter))
    assert _bare(again) == _bare(letter)
    kept = [(one.name, one.data, one.inline) for one in again.files]
    assert kept == [(one.name, one.data, one.inline) for one in letter.files]
    assert read_draft(build(again)) == again


@settings(max_examples=60, deadline=None)
@given(letters())
@example(
    Letter(
        Address("", "a@a.example"),
        NOW,
        "0@a",
        to=(Address("", "b@a.example"),),
        files=tuple(File(name, "application/x-test", b"x") for name in ("'", "it's.txt", "''")),
    )
)
def test_others_read_what_was_written(letter: Letter) -> None:
    raw = build(letter)
    assert is_clean(raw)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert all(part.defects == [] for part in message.walk())
    assert str(message["subject"]) == letter.subject
    assert [one.addr_spec for one in message["to"].addresses] == [one.addr for one in letter.to]
    files = list(message.iter_attachments())
    assert [part.get_payload(decode=True) for part in files] == [one.data for one in letter.files]
    assert [part.get_filename() for part in files] == [one.name for one in letter.files]


_HARD = st.one_of(_LINE, st.sampled_from(["-- ", "", " x", "From x", "-- " + "y" * 80, "> " + "word " * 30]))


@settings(max_examples=200, deadline=None)
@given(st.lists(_HARD, max_size=8))
def test_flowed_text_flows_back(lines: list[str]) -> None:
    text = "\n".join(
        line if line == "-- " else line.rstrip(" \t")
        for line in lines
        if line.rstrip() != "--" and (not line.startswith(">") or line.startswith("> word"))
    )
    assert unflow(flow(text)) == text


_BOUNDED = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n%s\n--b--\n"


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=600))
def test_every_foreign_part_becomes_sendable(raw: bytes) -> None:
    for part in (raw, _BOUNDED % raw, b"Content-Type: message/rfc822\n\n" + _BOUNDED % raw):
        assert is_clean(clean_entity(part))
        sent = build(Letter(Address("", "a@b.c"), NOW, "1@b.c", files=(File("x", "a/b", b"", part),)))
        assert is_clean(sent)
    assert is_clean(build(Letter(Address("", "a@b.c"), NOW, "1@b.c", files=(File("x", "message/rfc822", raw),))))
