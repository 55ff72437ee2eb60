"""A message passed on as it is, under its writer's name (RFC 5322 section 3.6.6): no answer, not forwarded either."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mailtui.mail.compose.build import date_text
from mailtui.mail.compose.header import ComposeError, address_field, id_field, written_addr
from mailtui.mail.compose.transfer import crlf, without_fields
from mailtui.mail.fields import header_bounds
from mailtui.model.mail import Address

_NOT_FOR_THEM = (b"return-path", b"bcc", b"resent-bcc")


def resend(
    raw: bytes, by: Address, to: Sequence[Address], *, cc: Sequence[Address] = (), date: datetime, message_id: str
) -> tuple[bytes, tuple[str, ...]]:
    """(the message with a block of Resent- fields before it, its recipients). Nothing else in it changes, but for line
    ends, Return-Path, and Bcc, which is nobody's business. `message_id` is a new one. Raises ComposeError."""
    if not to and not cc:
        raise ComposeError("nobody is named to send it to", "name somebody")
    raw = crlf(raw)
    first, end, body = header_bounds(raw)
    block = b"".join(
        (
            address_field("Resent-From", (by,)),
            address_field("Resent-To", to) if to else b"",
            address_field("Resent-Cc", cc) if cc else b"",
            b"Resent-Date: " + date_text(date).encode() + b"\r\n",
            id_field("Resent-Message-ID", (message_id,)),
        )
    )
    rest = without_fields(raw[first:end].rstrip(b"\r\n"), _NOT_FOR_THEM)
    recipients: dict[str, str] = {}
    for person in (*to, *cc):
        recipients.setdefault(person.addr.lower(), written_addr(person.addr))
    return block + rest + b"\r\n" + raw[body:], tuple(recipients.values())
