"""Whole messages for the reader (mail/parse, mail/render/reader, choose)."""

from __future__ import annotations

import json
import time
import unicodedata
from pathlib import Path

import pytest
from rich.cells import cell_len

from mailtui.mail.parse import parse_message
from mailtui.mail.render.reader import AttachmentInfo, Rendered, render_message

SECURITY = Path(__file__).resolve().parents[4] / "shared" / "corpus" / "security"
CORPUS = SECURITY.parent
BANNED = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def shown(rendered: Rendered) -> list[str]:
    return ["".join(span.text for span in line) for line in rendered.lines]


def message(body: str, kind: str = "text/plain", head: str = "") -> bytes:
    return f"From: Jane <jane@x.org>\nSubject: hi\nContent-Type: {kind}\n{head}\n{body}".encode()


ALTERNATIVE = (
    "--a\nContent-Type: text/plain\n\n{plain}\n--a\nContent-Type: multipart/related; boundary=r\n\n"
    "--r\nContent-Type: text/html\n\n<p>rich <img src=http://x/y></p>\n"
    "--r\nContent-Type: image/png\nContent-ID: <p>\n\nxx\n--r--\n--a\n"
    "Content-Type: text/calendar; name=i.ics\n\nBEGIN\n--a--\n"
)


def alternative(plain: str) -> bytes:
    return message(ALTERNATIVE.format(plain=plain), "multipart/alternative; boundary=a")


def test_plain_is_preferred_html_on_request() -> None:
    rendered = render_message(alternative("plain words"), 40)
    assert shown(rendered) == ["plain words"]
    assert rendered.notes == ("also there as HTML",)
    assert rendered.attachments == (AttachmentInfo("i.ics", "text/calendar", 5, 4),)
    rich = render_message(alternative("plain words"), 40, html=True)
    assert shown(rich) == ["rich"]
    assert rich.notes == ("also there as plain text", "1 remote image not loaded")


@pytest.mark.parametrize(
    "stub", ["", "   ", "View this email in your browser", "Your client does not support HTML mail"]
)
def test_a_stub_gives_way_to_the_html(stub: str) -> None:
    assert shown(render_message(alternative(stub), 40)) == ["rich"]


def test_header_card() -> None:
    raw = (
        b'From: "boss@bank.example" <eve@evil.example>\nSender: s@x.org\nReply-To: other@evil.example\n'
        b"To: a@b.c, =?utf-8?q?B=C3=B6b?= <b@b.c>\nDate: Tue, 06 Jan 2026 10:00:00 +0000\n"
        b"Subject: =?utf-8?q?a=1B[2J?=\n\nx"
    )
    rendered = render_message(raw, 40)
    assert rendered.headers == (
        ("From", "boss@bank.example <eve@evil.example>"),
        ("Sender", "s@x.org"),
        ("Reply-To", "other@evil.example"),
        ("To", "a@b.c, Böb <b@b.c>"),
        ("Date", "Tue, 06 Jan 2026 10:00:00 +0000"),
        ("Subject", "a␛[2J"),
    )
    assert rendered.warnings == ("the sender's name looks like an address, but the mail is from eve@evil.example",)
    many = render_message(b"From: a@b, c@d\nTo: " + b", ".join(b"u%d@x" % n for n in range(99)) + b"\n\n", 40)
    assert many.headers[1][1].endswith("u39@x and 59 more")
    assert many.warnings == ("it names 2 senders",)


def test_attachments_are_listed_with_type_and_size() -> None:
    raw = message(
        "--m\n\ntext\n--m\nContent-Type: application/pdf\n"
        "Content-Disposition: attachment; filename*=utf-8''%E2%80%AEfdp.exe\n"
        "Content-Transfer-Encoding: base64\n\nAAAAAAAA\n--m\nContent-Type: image/png\n\nabc\n"
        "--m\nContent-Type: application/pgp-signature; name=s.asc\n\nx\n--m--\n",
        "multipart/mixed; boundary=m",
    )
    rendered = render_message(raw, 40)
    assert [tuple(info)[:4] for info in rendered.attachments][:2] == [
        ("�fdp.exe", "application/pdf", 6, 2),
        ("part-3.png", "image/png", 3, 3),
    ]
    assert shown(rendered) == ["text"]


def test_a_forwarded_message_is_shown_with_its_own_card() -> None:
    raw = message("From: In <in@x.org>\nSubject: inner\n\ninner text", "message/rfc822")
    assert shown(render_message(raw, 20)) == [
        "─" * 20,
        "From: In <in@x.org>",
        "Subject: inner",
        "",
        "inner text",
        "",
        "─" * 20,
    ]
    digest = message("--d\n\nSubject: one\n\n1\n--d\n\nSubject: two\n\n2\n--d--\n", "multipart/digest; boundary=d")
    lines = shown(render_message(digest, 20))
    assert [line for line in lines if line and line[0] != "─"] == ["Subject: one", "1", "Subject: two", "2"]


def test_parts_are_read_one_by_one_and_facts_are_said() -> None:
    signed = message(
        "--s\n\nhi\n--s\nContent-Type: application/pgp-signature\n\nx\n--s--\n", "multipart/signed; boundary=s"
    )
    assert render_message(signed, 40).notes == ("signed; the signature was not checked",)
    gaps = message(
        '--s\nContent-Type: text/html\n\n<img src="http://e/\n--s\n\nsecret\n'
        '--s\nContent-Type: text/html\n\n">\n--s--\n',
        "multipart/mixed; boundary=s",
    )
    rendered = render_message(gaps, 40)
    assert "secret" in shown(rendered)
    assert rendered.notes == ()
    report = message(
        "--r\n\nfailed\n--r\nContent-Type: message/delivery-status\n\nAction: failed\n--r--\n",
        "multipart/report; boundary=r",
    )
    assert shown(render_message(report, 40)) == ["Not delivered to somebody", "", "failed"]
    bomb = message("--x\n\na\n" * 2000, "multipart/mixed; boundary=x")
    assert any("too many" in note for note in render_message(bomb, 40).notes)


def test_flowed_parameters_and_folding_reach_the_text() -> None:
    raw = message("one \ntwo\n", "text/plain; format=flowed")
    assert shown(render_message(raw, 40)) == ["one two"]
    assert shown(render_message(message("> a\n" * 9), 40, quotes_folded=True)) == ["[9 quoted lines]"]


def test_parse_keeps_offsets_into_the_raw_message() -> None:
    parsed = parse_message(b"Subject: x\r\rold mac")
    assert parsed.raw == b"Subject: x\n\nold mac"
    assert parsed.raw[parsed.root.body : parsed.root.end] == b"old mac"
    assert parsed.fields() == [(b"Subject", b"x")]


def test_a_usual_message_is_quick() -> None:
    raw = message("A line of words that is about as long as lines in mail are.\n" * 110)
    render_message(raw, 80)
    begin = time.process_time()
    for _ in range(10):
        render_message(raw, 60)
    assert (time.process_time() - begin) / 10 < 0.025


@pytest.mark.parametrize(
    "raw", [b"", b"\n", b"\xff\x00", b"x", b"From: x", b"Content-Type: multipart/alternative; boundary=x\n\n"]
)
def test_nothing_is_too_broken(raw: bytes) -> None:
    assert isinstance(render_message(raw, 0), Rendered)


def _everything(rendered: Rendered) -> list[str]:
    names = [text for info in rendered.attachments for text in (info.name, info.type)]
    return [text for row in rendered.headers for text in row] + shown(rendered) + names + list(rendered.notes)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus on this machine")
@pytest.mark.parametrize("html", [False, True])
def test_whole_corpus(html: bool) -> None:
    wrong = []
    for path in sorted(CORPUS.rglob("*")):
        if not path.is_file() or path.suffix in {".json", ".tsv", ".md", ".txt"}:
            continue
        raw = path.read_bytes()
        begin = time.process_time()
        rendered = render_message(raw, 80, html=html)
        if time.process_time() - begin > 1.0:
            wrong.append((path.name, "slow"))
        texts = _everything(rendered)
        if any(unicodedata.category(char) in BANNED for char in set("".join(texts))):
            wrong.append((path.name, "control character"))
        if any(cell_len(line) > 80 for line in shown(rendered)):
            wrong.append((path.name, "too wide"))
    assert wrong == []


@pytest.mark.skipif(not SECURITY.is_dir(), reason="no corpus on this machine")
def test_expectations_of_the_security_set() -> None:
    wrong = []
    for name, expected in json.loads((SECURITY / "expected.json").read_text()).items():
        rendered = render_message((SECURITY / name).read_bytes(), 80)
        text = "\n".join(_everything(rendered))
        checks = expected["checks"]
        missing = [word for word in checks.get("must_show", ()) if word not in text]
        if missing:
            wrong.append((name, missing))
        if "literal_subject" in checks and ("Subject", checks["literal_subject"]) not in rendered.headers:
            wrong.append((name, ["subject"]))
    assert wrong == []
