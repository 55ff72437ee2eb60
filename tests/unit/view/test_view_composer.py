"""What is being written as a value, and the outbox as lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtui.model.ids import AccountId
from mailtui.model.outgoing import Fate, Outgoing, OutgoingId, Recipient, Stage
from mailtui.view.composer import (
    Enclosed,
    Kind,
    Written,
    files_summary,
    from_json,
    quote_depth,
    signature_block,
    to_json,
    with_signature,
    words_of,
)
from mailtui.view.glyphs import UNICODE
from mailtui.view.outbox import entries, summary, when

WRITTEN = Written(
    "abc",
    "home",
    Kind.REPLY,
    sender="Me <me@x.example>",
    to="a@b.c",
    subject="Re: [x]",
    text="line\n\n> quoted",
    files=(Enclosed("/tmp/x", "x.pdf", 2048, "application/pdf"),),
    references=("a@b", "c@d"),
    cursor=(2, 3),
)
NOW = 1_795_420_000.0


def test_to_disk_and_back() -> None:
    assert from_json(to_json(WRITTEN)) == WRITTEN


@given(st.text(max_size=50), st.text(max_size=50))
def test_any_text_survives(subject: str, text: str) -> None:
    written = replace(WRITTEN, subject=subject, text=text)
    assert from_json(to_json(written)) == written


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"null", b"\xff", b'{"word": 3, "account": "x"}', b"{" * 1000])
def test_what_is_none_of_ours_is_told_apart(raw: bytes) -> None:
    assert from_json(raw) is None


def test_fields_of_a_later_version_are_left_out() -> None:
    raw = to_json(WRITTEN).replace(b'"word"', b'"colour": "red", "word"')
    assert from_json(raw) == WRITTEN


def test_blank_means_nothing_would_be_missed() -> None:
    new = Written("w", "home", text=signature_block("Me"), signature="Me", started=signature_block("Me"))
    assert new.blank
    assert not replace(new, text="x").blank
    assert not replace(new, to="a@b.c").blank
    assert not replace(new, files=WRITTEN.files).blank
    reply = replace(WRITTEN, started=WRITTEN.text)
    assert reply.blank
    assert not replace(reply, text="Yes\n" + reply.text).blank


def test_a_title_says_what_it_is_once() -> None:
    assert replace(WRITTEN, subject="Re: Aw: Boats").title == "Reply: Boats"
    assert replace(WRITTEN, subject="").title == "Reply"
    assert "\x1b" not in replace(WRITTEN, subject="\x1b[31m").title


def test_signatures_change_places() -> None:
    text = "Hello" + signature_block("Anna")
    assert with_signature(text, "Anna", "Bo") == "Hello\n\n-- \nBo\n"
    assert with_signature("Hello", "", "Bo") == "Hello\n\n-- \nBo\n"
    assert with_signature("Hello\n\n-- \nby hand", "Anna", "Bo") == "Hello\n\n-- \nby hand"
    assert signature_block("") == ""


def test_lines_of_the_screen() -> None:
    assert files_summary(WRITTEN.files) == "1 file, 2K"
    assert files_summary(()) == ""
    assert words_of("one two\n> three four\nfive") == "3 words"
    assert [quote_depth(line) for line in ("a", "> a", ">> a", "> > > > a", "a > b")] == [0, 1, 2, 3, 0]


def outgoing(stage: Stage, *recipients: Recipient, **more: object) -> Outgoing:
    return Outgoing(
        OutgoingId(1),
        AccountId("home"),
        stage,
        "/x",
        100,
        "me@x.example",
        recipients or (Recipient("a@b.c"),),
        "id@x",
        "Subj\x1bect",
        NOW,
        NOW + 9,
        **more,  # type: ignore[arg-type]
    )


def shown(*found: Outgoing) -> str:
    lines = [(*entry.left, *entry.right) for entry in entries(found, NOW, UNICODE)]
    return "\n".join("".join(piece.text for piece in line) for line in lines)


def test_the_outbox_says_where_each_stands() -> None:
    assert "goes out in 9 s" in shown(outgoing(Stage.HELD))
    assert "waits for a connection" in shown(outgoing(Stage.DUE))
    assert "next try in 2 min" in shown(outgoing(Stage.DUE, next_try=NOW + 120))
    assert "is being sent" in shown(outgoing(Stage.FINAL))
    stuck = outgoing(
        Stage.STUCK,
        Recipient("a@b.c", Fate.REFUSED, "550 no such \x1b[31muser"),
        Recipient("c@d.e", Fate.UNSURE, "gone"),
    )
    text = shown(stuck, outgoing(Stage.HELD))
    assert "refused for 1 of 2, may have gone out" in text
    assert "a@b.c: 550 no such" in text
    assert "\x1b" not in text
    assert text.index("refused") < text.index("goes out"), "what needs a person comes first"


def test_the_outbox_in_two_numbers() -> None:
    found = [outgoing(stage) for stage in (Stage.HELD, Stage.DUE, Stage.STUCK, Stage.SENT)]
    assert summary(found) == (2, 1)


def test_times_to_come() -> None:
    assert when(NOW + 30, NOW, UTC) == "in 30 s"
    assert when(NOW + 2 * 3600, NOW, UTC) == "today 9:46"
    assert when(NOW + 86400, NOW, UTC) == "tomorrow 7:46"
    assert when(NOW + 5 * 86400, NOW, UTC) == "Sat 28 Nov, 7:46"
    assert when(NOW + 60 * 86400, NOW, UTC) == "Fri 22 Jan 2027, 7:46"
