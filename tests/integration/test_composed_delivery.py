"""What the composer makes arrives through a real Exim as it left, and says to Python's parser and to mblaze what was
written, without a defect."""

from __future__ import annotations

import email
import email.policy
import os
import random
from dataclasses import replace
from datetime import UTC, datetime
from email.errors import NonASCIILocalPartDefect
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailtui.mail.compose.build import File, Letter, build
from mailtui.mail.compose.resending import resend
from mailtui.model.mail import Address
from mailtui.model.outgoing import Fate
from mailtui.protocols.smtp.link import Parcel, SmtpLink
from mailtui.protocols.smtp.message import wire
from tests.integration.test_submission_server import SECRET, settings
from tests.support.exim import Exim
from tests.support.mblaze import Mblaze
from tests.support.processes import ServerMissing, need

ME = Address("Jörg Müller", "joerg@example.org")
ANNA = Address('Anna "Ann" Smith, Dr.', "anna@example.com")
TARO = Address("山田太郎" * 6, "taro@example.jp")
TEXT = "Schöne Grüße\n> Zitat\nFrom me\n.\n..\n" + "word " * 60 + "\n" + "東京で会いましょう。" * 40 + "\n\n-- \nJörg\n"
PLAIN = Letter(Address("", "me@example.org"), datetime(2026, 11, 23, 12, tzinfo=UTC), "", (ANNA,), subject="Hello")
NOISE = random.Random(11).randbytes(1 << 16)
LARGE = File("film.bin", "application/octet-stream", NOISE * (25_000_000 // len(NOISE) + 1))
FILES = (
    File("Übersicht 2026 – final.bin", "application/octet-stream", bytes(range(256)) * 100),
    File("日本語の名前" * 6 + ".pdf", "application/pdf", b"%PDF"),
    File('a"b;c.txt', "text/plain", b"one\ntwo\r\nthree"),
)
MANY = tuple(Address(f"Nummer {number} ü", f"r{number}@example.com") for number in range(100))
LETTERS = {
    "plain": replace(PLAIN, text="One line.\n"),
    "odd-lines": replace(PLAIN, text=TEXT, flowed=False),
    "flowed": replace(PLAIN, text=TEXT),
    "markdown": replace(PLAIN, text=f"*{TEXT}*", markdown=True),
    "every-header": replace(
        PLAIN,
        sender=ME,
        to=(ANNA, TARO),
        cc=(Address("Ελένη Παππά", "eleni@example.gr"),),
        reply_to=(Address("Антворт", "answer@example.com"),),
        subject="Grüße aus 東京 – and a rather long remainder of plain words that is folded =?not?q?coded?= 🏝️",
        in_reply_to=("before@example.com",),
        references=tuple(f"{number}.before@example.com" for number in range(25)),
        text=TEXT,
        files=FILES,
        extra=(("Keywords", "Boote, 船, long " + "words " * 30),),
    ),
    "25-megabytes": replace(PLAIN, text="It is large.", files=(LARGE,)),
    "100-recipients": replace(PLAIN, sender=ME, to=MANY[:40], cc=MANY[40:80], bcc=MANY[80:], text="To all"),
    "idn": replace(
        PLAIN, sender=Address("Jörg", "joerg@bücher.example"), to=(Address("", "a@例え.example"),), text="x"
    ),
    "smtputf8": replace(
        PLAIN, sender=Address("Jörg", "jörg@bücher.example"), to=(Address("太郎", "太郎@例え.example"),), text=TEXT
    ),
}


@pytest.fixture(autouse=True)
def both_parsers() -> None:
    try:
        need("mshow", "mblaze")
    except ServerMissing as missing:
        if os.environ.get("MAILTUI_REQUIRE_SERVERS"):
            raise
        pytest.skip(str(missing))


async def through(exim: Exim, raw: bytes, ident: str, sender: str, whom: tuple[str, ...]) -> bytes:
    """What arrives of it, exactly once, at exactly these."""
    link = await SmtpLink.open(settings(exim), SECRET)

    async def about_to_end(accepted: tuple[str, ...]) -> None:
        assert set(accepted) == set(whom)

    try:
        handed = await link.hand_over(Parcel(sender, whom, wire(raw)), about_to_end)
    finally:
        await link.close()
    assert {one.address: one.fate for one in handed.recipients} == dict.fromkeys(whom, Fate.SENT)
    (arrived,) = exim.delivered(ident, seconds=60)
    assert len(arrived.recipients) == len(whom)
    return arrived.data


def people(header: object) -> list[tuple[str, str]]:
    assert isinstance(header, AddressHeader)
    return [(whole(one.display_name), one.addr_spec) for one in header.addresses]


def whole(name: str) -> str:
    """Python 3.11 leaves a blank between coded words of a name (mblaze does not)."""
    return name.replace(" ", "")


def ascii_domain(addr: str) -> str:
    """IDN as it goes out where the name before the @ is ASCII; else SMTPUTF8 lets all of it be."""
    local, _, domain = addr.rpartition("@")
    return f"{local}@{domain.encode('idna').decode()}" if local.isascii() else addr


def pairs(addresses: tuple[Address, ...]) -> list[tuple[str, str]]:
    return [(whole(one.name), ascii_domain(one.addr)) for one in addresses]


def squeezed(text: str) -> str:
    """Without what a fold or a soft line break may differ in."""
    return " ".join(text.split())


def read_by_python(raw: bytes, letter: Letter) -> None:
    # A header that is UTF-8 itself (RFC 6532) is text to Python; from bytes it would call every one of them a defect.
    message = email.message_from_string(raw.decode(), policy=email.policy.default.clone(utf8=True))
    assert isinstance(message, EmailMessage)
    assert [defect for part in message.walk() for defect in part.defects] == []
    defects = [type(defect) for value in message.values() for defect in value.defects]
    strange = not letter.sender.addr.partition("@")[0].isascii()  # Python's errors know of no RFC 6531
    assert set(defects) == ({NonASCIILocalPartDefect} if strange else set())
    assert people(message["From"]) == pairs((letter.sender,))
    assert people(message["To"]) == pairs(letter.to)
    assert people(message["Cc"]) == pairs(letter.cc) if letter.cc else message["Cc"] is None
    assert people(message["Reply-To"]) == pairs(letter.reply_to) if letter.reply_to else message["Reply-To"] is None
    assert message["Bcc"] is None
    assert message["Subject"] == letter.subject
    assert message["References"] == " ".join(f"<{one}>" for one in letter.references) or not letter.references
    assert message["Date"].datetime == letter.date
    body = message.get_body(("plain",))
    assert body is not None
    assert squeezed(body.get_content()) == squeezed(letter.text)
    assert (message.get_body(("html",)) is not None) is letter.markdown
    files = [(one.get_filename(), one.get_payload(decode=True)) for one in message.iter_attachments()]
    assert files == [(one.name, one.data) for one in letter.files]


def read_by_mblaze(path: Path, letter: Letter) -> None:
    read = Mblaze(path)
    assert read.header("subject") == squeezed(letter.subject)
    for name, found in (
        ("from", (letter.sender,)),
        ("to", letter.to),
        ("cc", letter.cc),
        ("reply-to", letter.reply_to),
    ):
        shown = squeezed(read.header(name)).replace("\\", "")
        for one in found:
            assert one.name in shown
            assert ascii_domain(one.addr) in shown
    assert read.header("bcc") == ""
    for name, value in letter.extra:
        assert squeezed(read.header(name)) == squeezed(value)
    types = read.types()
    text = next(number for number, kind in types.items() if kind == "text/plain")
    assert squeezed(read.part(text).decode()) == squeezed(letter.text)
    assert ("text/html" in types.values()) is letter.markdown
    saved = read.files(path.parent / "saved")
    assert sorted(saved.values()) == sorted(one.data for one in letter.files)
    for file in letter.files:
        assert saved.get(file.name) == file.data or '"' in file.name  # mblaze changes what a shell might take amiss


@pytest.mark.parametrize("kind", LETTERS)
async def test_what_is_composed_arrives_and_is_read_as_it_was_meant(kind: str, exim: Exim, tmp_path: Path) -> None:
    letter = replace(LETTERS[kind], message_id=f"{kind}@composed.example")
    raw = build(letter)
    whom = tuple(one.addr for one in (*letter.to, *letter.cc, *letter.bcc))
    data = await through(exim, raw, letter.message_id, letter.sender.addr, whom)
    hidden = build(replace(letter, bcc=()))
    assert data == hidden, "byte for byte, but for Bcc"
    path = tmp_path / "arrived.eml"
    path.write_bytes(data)
    read_by_python(data, letter)
    read_by_mblaze(path, letter)


async def test_what_is_sent_again_arrives_unchanged(exim: Exim, tmp_path: Path) -> None:
    letter = replace(LETTERS["every-header"], message_id="again@composed.example")
    raw = build(letter)
    again, whom = resend(
        raw, ME, [TARO], bcc=[ANNA], date=datetime(2026, 11, 24, tzinfo=UTC), message_id="second@composed.example"
    )
    data = await through(exim, again, "second@composed.example", ME.addr, whom)
    assert data.endswith(raw)
    assert b"Resent-Bcc" not in data
    path = tmp_path / "arrived.eml"
    path.write_bytes(data)
    read_by_python(data, letter)
    read_by_mblaze(path, letter)
    assert TARO.name in Mblaze(path).header("resent-to")
