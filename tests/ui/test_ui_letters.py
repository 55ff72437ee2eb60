"""Between the composer's values and bytes."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailtui.model.account import Account, Identity, Template
from mailtui.model.errors import FileError, MailtuiError
from mailtui.model.ids import AccountId
from mailtui.ui.doubting import check, moment
from mailtui.ui.letters import Manner, answer, recipients, to_bytes
from mailtui.ui.senders import persons, with_copy, with_template
from mailtui.view.composer import Enclosed, Field, Kind, Written
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


def test_edited_as_new_keeps_who_got_it() -> None:
    again, _ = answer("edit_as_new", LETTER, row(5), "w", ME)
    assert again.cc == "bo@x.example"
    assert again.text.startswith("Which?")
    assert not again.in_reply_to


def test_a_message_is_sent_again_as_it_is(tmp_path: Path) -> None:
    again, (whole,) = answer("resend", LETTER, row(5), "w", ME)
    assert (again.kind, again.to, again.cc, again.blank) == (Kind.RESEND, "", "", True)
    assert again.title == "Send again: AW: Boat"
    assert "Which?" in again.text
    path = tmp_path / "message.eml"
    path.write_bytes(b"".join(whole.chunks))
    ready = replace(again, original=str(path), to="Zoe <zoe@x.example>", bcc="eve@x.example", text="of no account")
    assert not ready.blank
    raw = to_bytes(ready, NOW)
    assert raw.endswith(LETTER)
    head = message_from_bytes(raw, policy=default)
    assert head["Resent-From"] == "Work Me <me@work.example>"
    assert (head["Resent-To"], head["Resent-Bcc"]) == ("Zoe <zoe@x.example>", "eve@x.example")
    assert head["Resent-Message-ID"] == f"<{again.message_id}>"
    assert recipients(ready) == ("zoe@x.example", "eve@x.example")
    assert check(ready, NOW, 0, ()) == ()
    assert [one.code for one in check(again, NOW, 0, ())] == ["nobody"]
    path.unlink()
    with pytest.raises(FileError, match="can't be read"):
        to_bytes(ready, NOW)


def test_what_is_to_be_sent_again_can_be_a_draft(tmp_path: Path) -> None:
    again, _ = answer("resend", LETTER, row(5), "w", ME)
    path = tmp_path / "message.eml"
    path.write_bytes(LETTER)
    left = replace(again, original=str(path), to="Zoe <zoe@x.example>, half an addr", notify=True)
    assert left.draft_id == "2@x.example"
    opened, (whole,) = answer("draft", to_bytes(left, NOW, draft=True), row(6), "v", ME)
    for name in ("kind", "to", "cc", "sender", "message_id", "draft_id", "notify", "forwards", "subject", "text"):
        assert getattr(opened, name) == getattr(left, name), name
    assert b"".join(whole.chunks) == LETTER


def test_the_line_above_a_quote_is_the_persons_own() -> None:
    manner = Manner("{first} <{address}> schrieb am {date} ({time}) zu {subject}:", markdown=True)
    raw = LETTER.replace(b"From: Anna ", b"From: Anna {first} Berg ")
    written, _ = answer("reply", raw, row(5), "w", ME, manner)
    line = next(line for line in written.text.split("\n") if line)
    assert line.startswith("Anna <anna@x.example> schrieb am ")
    assert line.endswith(" zu AW: Boat:")
    assert written.markdown
    none, _ = answer("reply", LETTER, row(5), "w", ME, Manner(""))
    assert none.text.lstrip("\n").startswith("> Which?")
    part, _ = answer("reply", LETTER, row(5), "w", ME, Manner(quote="only this"))
    assert "> only this\n" in part.text
    assert "Which?" not in part.text


def test_markdown_goes_out_as_two_and_comes_back_as_one() -> None:
    written = replace(WRITTEN, text="*Red* <b>one</b>", markdown=True, keywords="boats, red")
    sent = message_from_bytes(to_bytes(written, NOW), policy=default)
    assert sent.get_content_type() == "multipart/alternative"
    html = sent.get_body(("html",))
    assert html is not None
    assert "<em>Red</em> &lt;b&gt;one&lt;/b&gt;" in html.get_content()
    assert sent["Keywords"] == "boats, red"
    for raw in (to_bytes(written, NOW, draft=True), to_bytes(written, NOW)):
        opened, files = answer("draft", raw, row(5), "v", ME)
        assert (opened.markdown, opened.text, opened.keywords) == (True, "*Red* <b>one</b>", "boats, red")
        assert files == []
    assert not answer("draft", to_bytes(WRITTEN, NOW, draft=True), row(5), "v", ME)[0].markdown


@pytest.mark.parametrize(
    ("bcc", "own", "copy", "wanted"),
    [
        ("", "", "me@x.example", "me@x.example"),
        ("me@x.example", "me@x.example", "", ""),
        ("me@x.example, ", "me@x.example", "you@x.example", "you@x.example"),
        ("Eve <eve@x.example>, ME@x.example", "me@x.example", "you@x.example", "Eve <eve@x.example>, you@x.example"),
        ("", "me@x.example", "you@x.example", ""),
        ("eve@x.example", "me@x.example", "you@x.example", "eve@x.example"),
        ("half an addr", "", "you@x.example", "half an addr, you@x.example"),
        ("you@x.example", "", "you@x.example", "you@x.example"),
    ],
)
def test_another_sender_brings_its_own_copy(bcc: str, own: str, copy: str, wanted: str) -> None:
    assert with_copy(replace(WRITTEN, bcc=bcc, own_bcc=own), copy) == wanted


def test_a_template_fills_only_what_is_empty() -> None:
    words = "Dear {{first}}, {{missing}}\n"
    template = Template("t", words, "On {{weekday}}", "Ben <ben@x.example>", "c@x.example", "b@x")
    found, text = with_template(WRITTEN, template, NOW)
    assert found == {Field.CC: "c@x.example", Field.BCC: "b@x"}
    assert text == "Dear Anna, {{missing}}\n"
    empty = replace(WRITTEN, to="", subject="", bcc="me@x.example", own_bcc="me@x.example")
    found, text = with_template(empty, template, NOW)
    assert found[Field.TO] == "Ben <ben@x.example>"
    assert found[Field.SUBJECT] == "On Monday"
    assert found[Field.BCC] == "me@x.example, b@x"
    assert text.startswith("Dear Ben,")


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
