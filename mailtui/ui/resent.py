"""Messages that are sent again, unchanged, to somebody else: what the composer shows of them, and their bytes. What is
chosen is who gets them; the message itself lies in a file of its own beside what is being written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mailtui.mail.attachments import attachments
from mailtui.mail.compose.quoting import own_text
from mailtui.mail.compose.resending import resend, taken_apart
from mailtui.mail.parse import Message, parse_message
from mailtui.mail.sanitize import safe_line
from mailtui.model.errors import FileError
from mailtui.model.mail import Address
from mailtui.view.completing import written_address
from mailtui.view.composer import Kind, Written
from mailtui.view.dates import full_date
from mailtui.view.dates import moment as local
from mailtui.view.figures import size


def begin(message: Message, base: Written, when: float, word: str) -> Written:
    """Nobody is named yet. `when`: its date, seconds since 1970 UTC; `word`: its public id, empty if it has none."""
    envelope = message.envelope
    return replace(
        base,
        kind=Kind.RESEND,
        subject=envelope.subject,
        text=_shown(message, when),
        original_id=envelope.message_id,
        forwards=word,
        signature="",
        reply_to="",
    )


def from_draft(raw: bytes, base: Written, when: float, ours: str) -> tuple[Written, bytes] | None:
    """A draft that is one of these, and the message in it. `ours`: the field with what only drafts need. None: it is an
    ordinary one."""
    found = taken_apart(raw, ours.lower().encode())
    if found is None:
        return None
    again = begin(parse_message(found.original), base, when, "")
    to, cc, bcc = (_field(one) for one in (found.to, found.cc, found.bcc))
    by = _field(found.by)
    return replace(again, sender=by, to=to, cc=cc, bcc=bcc, message_id=found.message_id), found.original


def to_bytes(
    written: Written,
    by: Address,
    people: Sequence[Sequence[Address]],
    now: float,
    extra: Sequence[tuple[str, str]],
    *,
    draft: bool,
) -> bytes:
    """`people`: To, Cc, Bcc; `now`: seconds since 1970 UTC. Raises FileError, ComposeError."""
    to, cc, bcc = people
    try:
        with open(written.original, "rb") as stream:
            raw = stream.read()
    except OSError as error:
        raise FileError(f"the message can't be read: {error.strerror}", "send it again from the list") from None
    date = local(now, None)
    again, _ = resend(raw, by, to, cc=cc, bcc=bcc, date=date, message_id=written.message_id, extra=extra, nobody=draft)
    return again


def _shown(message: Message, when: float) -> str:
    """What goes out, as one reads it; nobody can change it."""
    envelope = message.envelope
    head = [("From", _field(envelope.from_)), ("Date", full_date(int(when))), ("To", _field(envelope.to))]
    lines = [f"{name}: {safe_line(value)}" for name, value in head if value]
    files = [f"{safe_line(one.name)} ({size(one.size)})" for one in attachments(message)]
    if files:
        lines.append(f"Files: {', '.join(files)}")
    return "\n".join((*lines, "", own_text(message)))


def _field(addresses: Sequence[Address]) -> str:
    return ", ".join(written_address(one.name, one.addr) for one in addresses if one.addr)
