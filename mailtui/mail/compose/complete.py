"""A message that another program wrote, made fit to be sent: what it lacks is added, nothing else is touched."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from mailtui.mail.compose.build import date_text
from mailtui.mail.compose.header import ComposeError, address_field, id_field
from mailtui.mail.compose.transfer import LONGEST, clean_entity, clean_fields, is_clean, without_fields
from mailtui.mail.dates import parse_date
from mailtui.mail.fields import all_fields, header_bounds, normal_block
from mailtui.mail.headers import message_ids, parse_addresses, scan_envelope
from mailtui.model.mail import Address

_LONE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_RECIPIENTS = (b"to", b"cc", b"bcc")
_RESENT = (b"resent-to", b"resent-cc", b"resent-bcc")


@dataclass(frozen=True, slots=True)
class Complete:
    """`raw`: CRLF line ends, with From, Date and Message-ID. `recipients`: addresses of its header, without doubles."""

    raw: bytes
    sender: str
    """Address of its From (or Resent-From)."""
    recipients: tuple[str, ...]
    subject: str


def complete(raw: bytes, sender: Address, date: datetime, message_id: str) -> Complete:
    """`sender`, `date` and `message_id` are taken where the message has none. Raises ComposeError if it is no
    message."""
    raw = _LONE.sub(b"\r\n", raw)
    raw += b"" if raw.endswith(b"\r\n") else b"\r\n"
    if raw.startswith(b"From ") and b"\r\n" in raw[:1000]:
        raw = raw.partition(b"\r\n")[2]  # the separator line of an mbox
    if raw.startswith(b"\r\n"):
        raise ComposeError(
            "the message has no header", "begin with To: and Subject:, then an empty line, then the text"
        )
    if not _FIELD.match(raw):
        line = raw.partition(b"\r\n")[0].decode("utf-8", "replace")[:60]
        raise ComposeError(f"the message begins with {line!r}, which is no header field", "begin with To: and Subject:")
    if b"\r\n\r\n" not in raw:
        raw += b"\r\n"
    first, end, body = header_bounds(raw)
    block, text = raw[first:end].rstrip(b"\r\n") + b"\r\n", raw[body:]
    found: dict[bytes, list[bytes]] = {}
    for name, value in all_fields(normal_block(block)):
        found.setdefault(name.lower(), []).append(value)
    added, dropped = _lacking(found, sender, date, message_id)
    raw = added + clean_fields(without_fields(block, dropped)) + b"\r\n" + text
    if not is_clean(text):
        raw = _sendable(raw, text, found)
    resent = any(found.get(name) for name in _RESENT)
    wrote = [one for value in found.get(b"resent-from" if resent else b"from", ()) for one in parse_addresses(value)]
    address = next((one.addr for one in wrote if "@" in one.addr), sender.addr)
    return Complete(raw, address, named(found, _RESENT if resent else _RECIPIENTS), scan_envelope(raw).subject)


def _lacking(
    found: dict[bytes, list[bytes]], sender: Address, date: datetime, message_id: str
) -> tuple[bytes, frozenset[bytes]]:
    """(fields to add, names of those that say nothing and go). A From such as `root` (cron) keeps its name only."""
    added, dropped = b"", set()
    wrote = [one for value in found.get(b"from", ()) for one in parse_addresses(value)]
    if not any("@" in one.addr for one in wrote):
        name = next((one.name for one in wrote if one.name), sender.name)
        added += address_field("From", (Address(name, sender.addr),))
        dropped.add(b"from")
    if not any(parse_date(value) for value in found.get(b"date", ())):
        added += b"Date: " + date_text(date).encode() + b"\r\n"
        dropped.add(b"date")
    if not any(message_ids(value) for value in found.get(b"message-id", ())):
        added += id_field("Message-ID", (message_id,))
        dropped.add(b"message-id")
    return added, frozenset(dropped)


def _sendable(raw: bytes, text: bytes, found: dict[bytes, list[bytes]]) -> bytes:
    """Lines that no server takes are coded; 8 bits without a word about their charset (scripts) are said to be UTF-8.
    8 bits that are declared stay, for signatures' sake: the server is asked whether it takes them."""
    if not found.get(b"content-type"):
        return clean_entity(b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n" + raw)
    return clean_entity(raw) if b"\0" in text or max(map(len, text.split(b"\r\n"))) > LONGEST else raw


def named(fields: dict[bytes, list[bytes]], names: Iterable[bytes]) -> tuple[str, ...]:
    """Addresses in these fields (names in lower case), in order, without doubles."""
    every = (one.addr for name in names for value in fields.get(name, ()) for one in parse_addresses(value) if one.addr)
    return tuple({one.lower(): one for one in every}.values())
