"""A message passed on as it is, under its writer's name (RFC 5322 section 3.6.6): no answer, not forwarded either."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mailtui.mail.compose.build import date_text
from mailtui.mail.compose.header import ComposeError, address_field, id_field, text_field, written_addr
from mailtui.mail.compose.transfer import crlf, without_fields
from mailtui.mail.fields import header_bounds, normal_block
from mailtui.mail.headers import message_ids, parse_addresses
from mailtui.model.mail import Address

_NOT_FOR_THEM = (b"return-path", b"bcc", b"resent-bcc")
_BLOCK = (b"resent-from", b"resent-to", b"resent-cc", b"resent-bcc", b"resent-date", b"resent-message-id")


@dataclass(frozen=True, slots=True)
class Resent:
    """A message that was made by `resend`, taken apart again. `original`: what lies below the block."""

    by: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    message_id: str
    original: bytes


def resend(
    raw: bytes,
    by: Address,
    to: Sequence[Address],
    *,
    cc: Sequence[Address] = (),
    bcc: Sequence[Address] = (),
    date: datetime,
    message_id: str,
    extra: Sequence[tuple[str, str]] = (),
    nobody: bool = False,
) -> tuple[bytes, tuple[str, ...]]:
    """(the message with a block of Resent- fields before it, its recipients). Nothing else in it changes, but for line
    ends, Return-Path, and Bcc, which is nobody's business. `message_id` is a new one, without angle brackets; `extra`:
    further fields of the block; `nobody`: it is kept and not sent yet, so it may be for nobody. Raises ComposeError."""
    if not (to or cc or bcc or nobody):
        raise ComposeError("nobody is named to send it to", "name somebody")
    raw = crlf(raw)
    first, end, body = header_bounds(raw)
    block = b"".join(
        (
            *(text_field(name, value) for name, value in extra),
            address_field("Resent-From", (by,)),
            address_field("Resent-To", to) if to else b"",
            address_field("Resent-Cc", cc) if cc else b"",
            address_field("Resent-Bcc", bcc) if bcc else b"",
            b"Resent-Date: " + date_text(date).encode() + b"\r\n",
            id_field("Resent-Message-ID", (message_id,)),
        )
    )
    rest = without_fields(raw[first:end].rstrip(b"\r\n"), _NOT_FOR_THEM)
    recipients: dict[str, str] = {}
    for person in (*to, *cc, *bcc):
        recipients.setdefault(person.addr.lower(), written_addr(person.addr))
    return block + rest + b"\r\n" + raw[body:], tuple(recipients.values())


def taken_apart(raw: bytes, ours: bytes = b"") -> Resent | None:
    """None: it does not begin with a whole block as `resend` writes it. `ours`: name of a further field in it, lower
    case."""
    raw = crlf(raw)
    lines = raw.split(b"\r\n", 200)
    found: dict[bytes, bytes] = {}
    name, end = b"", 0
    for line in lines:
        if line[:1] not in (b" ", b"\t"):
            name = line.partition(b":")[0].strip().lower()
            if name in found or (name not in _BLOCK and name != ours):
                break
        found[name] = found.get(name, b"") + line + b"\r\n"
        end += len(line) + 2
    value = {name: normal_block(line).partition(b":")[2].strip() for name, line in found.items()}
    ids = message_ids(value.get(b"resent-message-id", b""))
    by, to, cc, bcc = (parse_addresses(value.get(name, b"")) for name in _BLOCK[:4])
    return Resent(tuple(by), tuple(to), tuple(cc), tuple(bcc), ids[0], raw[end:]) if ids and by else None
