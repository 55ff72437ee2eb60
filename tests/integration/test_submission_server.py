"""Mail that goes to a real submission server arrives as it was written, and at nobody else."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from mailtui.model.account import Protocol, Secret, SecretKind, SecretSource, Security, ServerSettings
from mailtui.model.errors import AuthError
from mailtui.model.outgoing import Fate
from mailtui.protocols.smtp.link import Handed, Parcel, SmtpLink
from mailtui.protocols.smtp.message import wire
from tests.support.exim import Exim

SECRET = Secret("secret")
TWO = ("one@example.com", "two@example.com")


def settings(server: Exim, security: Security = Security.STARTTLS, **more: Any) -> ServerSettings:
    port = server.smtps_port if security is Security.TLS else server.smtp_port
    source = SecretSource(SecretKind.PLAIN, plain=SECRET)
    made = ServerSettings(Protocol.SMTP, "localhost", port, security, "me", source, ca_file=server.ca_file)
    return replace(made, timeout=30.0, **more)


async def send(
    server: ServerSettings, raw: bytes, whom: tuple[str, ...] = TWO, sender: str = "me@example.com", **more: Any
) -> Handed:
    link = await SmtpLink.open(server, SECRET)

    async def about_to_end(accepted: tuple[str, ...]) -> None:
        pass

    try:
        return await link.hand_over(Parcel(sender, whom, wire(raw), **more), about_to_end)
    finally:
        await link.close()


def letter(ident: str, body: bytes = b"Text\r\n.\r\n..dots\r\n", head: str = "") -> bytes:
    return (
        f"From: me@example.com\r\nTo: one@example.com\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n"
        f"Message-ID: <{ident}>\r\n{head}Subject: hi\r\n\r\n"
    ).encode() + body


def fates(handed: Handed) -> dict[str, Fate]:
    return {one.address: one.fate for one in handed.recipients}


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
@pytest.mark.parametrize("auth", ["plain", "login", "cram-md5", "auto"])
async def test_logins_over_tls(exim: Exim, security: Security, auth: str) -> None:
    ident = f"{auth}-{security.value}@x"
    raw = letter(ident)
    handed = await send(settings(exim, security, auth=auth), raw)
    assert fates(handed) == dict.fromkeys(TWO, Fate.SENT)
    (arrived,) = exim.delivered(ident)
    assert (arrived.sender, arrived.recipients) == ("me@example.com", frozenset(TWO))
    assert arrived.data == raw


async def test_a_wrong_password_is_refused(exim: Exim) -> None:
    with pytest.raises(AuthError, match="535"):
        await SmtpLink.open(settings(exim), Secret("other"))


async def test_no_copy_knows_of_bcc(exim: Exim) -> None:
    hidden = "Bcc: hidden@example.com,\r\n also@example.com\r\nResent-Bcc: third@example.com\r\n"
    handed = await send(settings(exim), letter("bcc@x", head=hidden), (*TWO, "hidden@example.com"))
    assert set(fates(handed).values()) == {Fate.SENT}
    (arrived,) = exim.delivered("bcc@x")
    assert arrived.data == letter("bcc@x")
    assert arrived.recipients == {*TWO, "hidden@example.com"}


async def test_a_bounce_goes_out_without_a_sender(exim: Exim) -> None:
    handed = await send(settings(exim), letter("bounce@x"), sender="")
    assert fates(handed) == dict.fromkeys(TWO, Fate.SENT)
    (arrived,) = exim.delivered("bounce@x")
    assert arrived.sender == ""
    assert arrived.data == letter("bounce@x")
    log = (exim.folder / "log" / "mainlog").read_text()
    assert any(" <= <> " in line and "id=bounce@x" in line for line in log.splitlines())


async def test_large_attachments_arrive_byte_for_byte(exim: Exim) -> None:
    """25 MB of text with every awkward line there is: dots, blanks at ends, eight bits."""
    chance = random.Random(25)
    lines = [b".", b"..", b"", b".x", b"trailing \t", "ä€😀".encode(), b"From me", b"x" * 990]
    block = b"".join(chance.choice(lines) + b"\r\n" for _ in range(20_000))
    body = block * (25_000_000 // len(block) + 1)
    handed = await send(settings(exim), letter("large@x", body))
    assert fates(handed) == dict.fromkeys(TWO, Fate.SENT)
    (arrived,) = exim.delivered("large@x", seconds=60)
    assert len(arrived.data) > 25_000_000
    assert arrived.data == letter("large@x", body)


async def test_too_large_is_not_even_tried(exim: Exim) -> None:
    raw = letter("huge@x", b"x" * exim.size_limit)
    handed = await send(settings(exim), raw)
    assert fates(handed) == dict.fromkeys(TWO, Fate.REFUSED)
    assert f"{len(raw) + 2:,}" in handed.answer
    assert f"{exim.size_limit:,}" in handed.answer


async def test_a_hundred_recipients_and_those_that_are_refused(exim: Exim) -> None:
    many = tuple(f"r{number}@example.com" for number in range(100))
    handed = await send(settings(exim), letter("many@x"), (*many, "nobody@example.com", "later@example.com"))
    told = fates(handed)
    assert told.pop("nobody@example.com") is Fate.REFUSED
    assert told.pop("later@example.com") is Fate.WAITING
    assert told == dict.fromkeys(many, Fate.SENT)
    refused = next(one for one in handed.recipients if one.fate is Fate.REFUSED)
    assert "nobody lives here" in refused.answer
    (arrived,) = exim.delivered("many@x")
    assert arrived.recipients == set(many)


async def test_international_addresses_and_headers(exim: Exim) -> None:
    whom = ("jürgen@example.com", "two@bücher.example")
    raw = letter("utf8@x", "Grüße\r\n".encode(), "X-Name: Jürgen\r\n")
    handed = await send(settings(exim), raw, whom)
    assert fates(handed) == dict.fromkeys(whom, Fate.SENT)
    (arrived,) = exim.delivered("utf8@x")
    assert arrived.data == raw
    assert "jürgen@example.com" in arrived.recipients


async def test_notifications_are_understood(exim: Exim) -> None:
    handed = await send(settings(exim), letter("dsn@x"), notify=True, envelope_id="dsn+1@x")
    assert fates(handed) == dict.fromkeys(TWO, Fate.SENT)


async def test_many_messages_over_one_connection(exim: Exim) -> None:
    async def about_to_end(accepted: tuple[str, ...]) -> None:
        pass

    link = await SmtpLink.open(settings(exim), SECRET)
    for number in range(5):
        handed = await link.hand_over(Parcel("me@example.com", TWO, wire(letter(f"row{number}@x"))), about_to_end)
        assert fates(handed) == dict.fromkeys(TWO, Fate.SENT)
        refused = await link.hand_over(
            Parcel("me@example.com", ("nobody@example.com",), wire(letter("never@x"))), about_to_end
        )
        assert fates(refused) == {"nobody@example.com": Fate.REFUSED}
    await link.close()
    assert [len(exim.delivered(f"row{number}@x")) for number in range(5)] == [1] * 5
    assert exim.delivered("never@x", seconds=0) == []
