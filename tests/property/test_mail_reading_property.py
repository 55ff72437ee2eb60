"""Previews, reports, judgements, the browser's page and OpenPGP on anything: no exception, nothing that acts in a
terminal, no line that is too wide."""

from __future__ import annotations

import random
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailtui.mail.attachments import content, find
from mailtui.mail.filenames import MAX_BYTES, dangers, safe_file_name
from mailtui.mail.openpgp import Sealed, find_sealed, judge
from mailtui.mail.parse import parse_message
from mailtui.mail.preview.choose import preview
from mailtui.mail.render.browser import browser_page
from mailtui.mail.render.page import Options
from mailtui.mail.render.reader import render_message
from mailtui.mail.render.report import SENTENCES
from mailtui.mail.sanitize import cell_width
from mailtui.mail.trust import Known, likeness, one_edit, unicode_domain
from tests.support.scoring import CORPUS, messages

KINDS = "text/calendar text/vcard text/csv application/json application/zip text/html text/plain x/y".split()  # noqa: SIM905
PIECES = st.sampled_from(
    [
        b"BEGIN:VEVENT\n", b"DTSTART:2026", b"RRULE:FREQ=;UNTIL=\n", b"BEGIN:VCARD\n",
        b"FN;ENCODING=QUOTED-PRINTABLE:=\n",
        b"ATTENDEE;CN=\"", b"PK\x03\x04", b"PK\x05\x06", b'"', b",", b"<a href=", b"\x1b[31m", b"\xff", b"\n ", b"\n\n",
        b"Action: failed\n", b"Final-Recipient:", b"[GNUPG:] GOODSIG ", b"%1b", b"-----BEGIN PGP MESSAGE-----\n", b";",
        "\u202e".encode(), "\u0301".encode(), "😀".encode(), b"{", b"[",
    ]
)  # fmt: skip
BYTES = st.lists(PIECES | st.binary(max_size=12), max_size=60).map(b"".join)


def harmless(text: str) -> bool:
    return all(unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in text)


@given(BYTES, st.sampled_from(KINDS), st.integers(20, 90))
def test_previews(data: bytes, kind: str, width: int) -> None:
    for line in preview(data, kind, "x", "", width).lines:
        text = "".join(span.text for span in line)
        assert harmless(text)
        assert cell_width(text) <= width


@given(BYTES, st.sampled_from(sorted(SENTENCES)))
def test_reports(data: bytes, kind: str) -> None:
    assert all(harmless(sentence) for sentence in SENTENCES[kind](data))


@given(BYTES, st.sampled_from(["signed", "encrypted", "clearsigned", "inline"]))
def test_status_lines(data: bytes, kind: str) -> None:
    found = judge(Sealed(kind, b""), data, "a@b.example")
    assert found.sentences
    assert all(harmless(sentence) for sentence in found.sentences)
    find_sealed(parse_message(data))


@given(st.text(max_size=80), st.sampled_from(["", "application/pdf", "text/plain"]))
def test_file_names(claimed: str, kind: str) -> None:
    name = safe_file_name(claimed, kind, 3)
    assert name not in {"", ".", ".."}
    assert not set(name) & set('/\\\x00<>:"|?*')
    assert not name.startswith((".", "-", "~", " "))
    assert harmless(name)
    assert len(name.encode()) <= MAX_BYTES + 1
    assert safe_file_name(name, kind, 3) == name
    assert all(harmless(one) for one in dangers(claimed, kind))


@given(st.text(max_size=20), st.text(max_size=20))
def test_likeness_of_domains(one: str, other: str) -> None:
    unicode_domain(one)
    likeness(one)
    assert one_edit(one, other) == one_edit(other, one)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus on this machine")
@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_torn_messages_of_the_corpus(seed: int) -> None:
    source = random.Random(seed)
    raw = bytearray(source.choice(_corpus()))
    for _ in range(source.randint(1, 6)):
        place, other = source.randrange(len(raw) + 1), source.choice(_corpus())
        start = source.randrange(len(other))
        raw[place : place + source.randint(0, 60)] = other[start : start + source.randint(0, 400)]
    known = Known({"anna@harbour.example": "Anna Lindqvist"}, frozenset(("mx.home.example",)))
    options = Options(source.random() < 0.5, source.choice([None, True, False]), all_headers=True, known=known)
    rendered = render_message(bytes(raw), 60, options=options)
    for line in rendered.lines:
        text = "".join(span.text for span in line)
        assert harmless(text)
        assert cell_width(text) <= 60
    assert all(harmless(text) for pair in rendered.headers for text in pair)
    assert all(map(harmless, (*rendered.warnings, *rendered.notes, *(link.url for link in rendered.links))))
    message = parse_message(bytes(raw))
    for one in find(bytes(raw))[:4]:
        preview(b"".join(content(message.raw, one)), one.type, one.file_name, one.part.charset, 60)
    browser_page(bytes(raw))


def _corpus() -> list[bytes]:
    if not _CORPUS:
        _CORPUS.extend(raw for _, raw in messages() if 20 < len(raw) < 20_000)
    return _CORPUS


_CORPUS: list[bytes] = []
