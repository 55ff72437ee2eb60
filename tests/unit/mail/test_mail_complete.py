"""Messages of other programs are made fit to be sent."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from mailtui.mail.compose.complete import Complete, complete
from mailtui.mail.compose.header import ComposeError
from mailtui.model.mail import Address

ME = Address("Robin", "robin@example.org")
DATE = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)


def made(raw: bytes) -> Complete:
    return complete(raw, ME, DATE, "1@example.org")


def read(found: Complete) -> EmailMessage:
    message = email.message_from_bytes(found.raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    assert b"\n" not in found.raw.replace(b"\r\n", b"")
    return message


def test_what_is_whole_stays_as_it_is() -> None:
    raw = (
        b"From: a@b.c\r\nTo:  d@e.f,\r\n\tg@h.i\r\nDate: Mon, 23 Nov 2026 09:05:00 +0000\r\nMessage-ID: <x@y>\r\n"
        b"Subject:   odd\r\n\r\nbody\r\n"
    )
    found = made(raw)
    assert found.raw == raw
    assert (found.sender, found.recipients, found.subject) == ("a@b.c", ("d@e.f", "g@h.i"), "odd")


def test_what_is_lacking_is_added_once() -> None:
    found = made(b"From:\nDate: yesterday\nMessage-ID:\nTo: d@e.f\nBcc: h@i.j, D@E.F\nSubject: x\n\nbody")
    message = read(found)
    assert message.get_all("From") == ["Robin <robin@example.org>"]
    assert message.get_all("Date") == ["Mon, 23 Nov 2026 09:05:00 +0000"]
    assert message.get_all("Message-ID") == ["<1@example.org>"]
    assert found.sender == "robin@example.org"
    assert [one.lower() for one in found.recipients] == ["d@e.f", "h@i.j"]


def test_mail_of_cron_is_from_oneself() -> None:
    found = made(b'From: "(Cron Daemon)" <root>\nTo: robin@example.org\nSubject: x\n\nbody\n')
    assert read(found)["From"] == '"(Cron Daemon)" <robin@example.org>'
    assert found.sender == "robin@example.org"


def test_raw_utf8_of_a_script_becomes_mime() -> None:
    source = 'To: "Jörg, M." <j@e.f>\nSubject: Grüße\nX-Long: a b\n\nschön ' + "x" * 2000 + "\n"
    found = made(source.encode())
    assert found.raw.isascii()
    assert max(map(len, found.raw.split(b"\r\n"))) <= 998
    message = read(found)
    assert message["To"].addresses[0].display_name == "Jörg, M."
    assert message["Subject"] == "Grüße"
    assert message.get_content() == "schön " + "x" * 2000 + "\r\n"
    assert message.get_all("MIME-Version") == ["1.0"]


def test_declared_8_bits_stay() -> None:
    raw = "From: a@b.c\nTo: d@e.f\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nschön\n"
    assert "schön".encode() in made(raw.encode()).raw
    long = made(raw.replace("schön", "schön" * 300).encode())
    assert long.raw.isascii()
    assert read(long).get_content() == "schön" * 300 + "\r\n"


def test_resent_mail_goes_to_those_it_is_resent_to() -> None:
    found = made(b"Resent-From: me@x.y\nResent-To: b@c.d\nFrom: a@b.c\nTo: e@f.g\n\nx\n")
    assert (found.sender, found.recipients) == ("me@x.y", ("b@c.d",))


@pytest.mark.parametrize("raw", [b"\r\nbody", b"just words\n\nbody", b"To\n\nbody"])
def test_what_is_no_message_is_refused(raw: bytes) -> None:
    with pytest.raises(ComposeError, match="message"):
        made(raw)


def test_the_separator_of_an_mbox_is_taken_off() -> None:
    assert b"From x" not in made(b"From x@y.z Mon Nov 23\nTo: a@b.c\n\nx\n").raw
