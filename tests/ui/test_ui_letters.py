"""Between the composer's values and bytes."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailtui.model.account import Account, Identity
from mailtui.model.errors import FileError, MailtuiError
from mailtui.model.ids import AccountId
from mailtui.ui.letters import answer, check, moment, persons, recipients, to_bytes
from mailtui.view.composer import Enclosed, Kind, Written
from tests.support.fake_store import NOW, row

WORK = Identity("me@work.example", "Work Me", ("*@shop.example",), "Cheers")
ME = persons((Account(AccountId("home"), "me@home.example", "Me", identities=(WORK,), signature="Cheers"),))
LETTER = (
    b"From: Anna <anna@x.example>\r\nTo: me@work.example\r\nCc: bo@x.example\r\nSubject: AW: Boat\r\n"
    b"Message-ID: <2@x.example>\r\nReferences: <1@x.example>\r\nList-Post: <mailto:list@x.example>\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\nWhich?\r\n> old\r\n-- \r\nAnna\r\n"
)
WRITTEN = Written(
    "w",
    "home",
    sender="Me <me@home.example>",
    to="Anna <anna@x.example>",
    subject="Boat",
    text="The red one.",
    message_id="3@home.example",
)


def test_identities_share_the_account_and_its_signature() -> None:
    assert [one.text for one in ME] == ["Me <me@home.example>", "Work Me <me@work.example>"]
    assert {one.signature for one in ME} == {"Cheers"}


def test_mail_to_an_alias_is_answered_from_it() -> None:
    raw = LETTER.replace(b"me@work.example", b"Boats@shop.example, b@x.example")
    written, _ = answer("reply_all", raw, row(5), "w", ME)
    assert written.sender == "Work Me <boats@shop.example>"
    assert "shop.example" not in f"{written.to}{written.cc}"
    assert not written.was_blind
    assert written.got_it == "boats@shop.example"


def test_an_identity_has_a_reply_address_a_copy_and_a_place_for_its_signature() -> None:
    mine = Identity("me@home.example", "Me", (), "Cheers", True, "answers@home.example", True)
    own = persons((Account(AccountId("home"), "me@home.example", "Me", identities=(mine,)),))
    assert len(own) == 1
    written, _ = answer("reply", LETTER, row(5), "w", own)
    assert (written.reply_to, written.bcc) == ("answers@home.example", "me@home.example")
    assert written.text.index("Cheers") < written.text.index("> Which?")
    assert written.blank


def test_an_answer_comes_from_who_got_it() -> None:
    written, files = answer("reply", LETTER, row(5), "w", ME)
    assert written.sender == "Work Me <me@work.example>"
    assert written.to == "Anna <anna@x.example>"
    assert written.subject == "Re: Boat"
    assert "> Which?\n>> old\n" in written.text
    assert "> Anna" not in written.text, "nobody needs the signature again"
    assert written.text.endswith("\n\n-- \nCheers\n")
    assert written.in_reply_to == ("2@x.example",)
    assert written.references == ("1@x.example", "2@x.example")
    assert not files
    assert written.blank


def test_to_all_and_to_the_list() -> None:
    assert "bo@x.example" in answer("reply_all", LETTER, row(5), "w", ME)[0].cc
    assert answer("reply_list", LETTER, row(5), "w", ME)[0].to == "list@x.example"
    with pytest.raises(FileError, match="no mailing list"):
        answer("reply_list", LETTER.replace(b"List-Post", b"X-Nothing"), row(5), "w", ME)


def test_forwarding_whole_keeps_every_byte() -> None:
    written, (file,) = answer("forward_attached", LETTER, row(5), "w", ME)
    assert b"".join(file.chunks) == LETTER
    assert written.subject == "Fwd: AW: Boat"
    assert written.forwards == row(5).word


def test_resent_means_the_same_text_to_somebody_else() -> None:
    resent, _ = answer("resend", LETTER, row(5), "w", ME)
    again, _ = answer("edit_as_new", LETTER, row(5), "w", ME)
    assert (resent.to, again.cc) == ("", "bo@x.example")
    assert resent.text.startswith("Which?")
    assert not resent.in_reply_to


def test_a_draft_opens_as_it_was_left() -> None:
    left = replace(
        WRITTEN,
        to="Anna <anna@x.example>, half an addr",
        bcc="secret@x.example",
        text="One\n\n> quoted\n\nlong " * 60,
        answers="wabc",
        notify=True,
        in_reply_to=("1@x",),
    )
    raw = to_bytes(left, NOW, draft=True)
    opened, _ = answer("draft", raw, row(5), "v", ME)
    assert opened.kind is Kind.DRAFT
    for name in ("sender", "to", "bcc", "subject", "answers", "notify", "in_reply_to", "message_id"):
        assert getattr(opened, name) == getattr(left, name), name
    assert opened.text.split() == left.text.split()
    assert b"X-Mailtui" not in to_bytes(WRITTEN, NOW)


@settings(max_examples=60)
@given(
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60),
    st.text(st.characters(codec="utf-8"), max_size=200),
)
def test_whatever_is_typed_can_be_kept_as_a_draft(field: str, text: str) -> None:
    raw = to_bytes(replace(WRITTEN, to=field, text=text), NOW, draft=True)
    assert message_from_bytes(raw, policy=default)["Message-ID"] == "<3@home.example>"


def test_files_go_along_byte_for_byte(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(bytes(range(256)))
    file = Enclosed(str(tmp_path / "x"), "Übersicht, März.pdf", 256)
    mail = message_from_bytes(to_bytes(replace(WRITTEN, files=(file,)), NOW), policy=default)
    (part,) = list(mail.iter_attachments())
    assert part.get_filename() == "Übersicht, März.pdf"
    assert part.get_content_type() == "application/pdf"
    assert part.get_payload(decode=True) == bytes(range(256))
    (tmp_path / "x").unlink()
    with pytest.raises(FileError, match="can't be read"):
        to_bytes(replace(WRITTEN, files=(file,)), NOW)


def test_a_header_can_not_be_smuggled_in() -> None:
    for name in ("subject", "to", "sender"):
        try:
            raw = to_bytes(replace(WRITTEN, **{name: "a@b.example\r\nX-Evil: 1"}), NOW)  # type: ignore[arg-type]
        except MailtuiError:
            continue
        assert message_from_bytes(raw, policy=default)["X-Evil"] is None


def test_everybody_gets_it_once() -> None:
    written = replace(WRITTEN, to="a@x.example, A@X.example", cc="b@x.example", bcc="a@x.example")
    assert len(recipients(written)) == 2


def test_what_was_overlooked() -> None:
    codes = [one.code for one in check(replace(WRITTEN, to="", subject=""), NOW, 0.0, set())]
    assert codes[:2] == ["nobody", "no-subject"]
    assert [one.code for one in check(WRITTEN, NOW, 0.0, {"anna@x.example"})] == []


def test_times_to_come() -> None:
    assert moment("in 2 h", NOW) == NOW + 7200
    assert moment("nonsense", NOW) is None


def test_a_draft_keeps_every_blank_and_every_line_as_it_was_typed() -> None:
    text = "one two " * 30 + "\n\n  indented\n> > quoted twice\n--\nnot a signature \n\n-- \nCheers"
    again, _ = answer("draft", to_bytes(replace(WRITTEN, text=text), NOW, draft=True), row(5), "w", ME)
    assert again.text == text
    assert b"format=flowed" in to_bytes(replace(WRITTEN, text=text), NOW)
