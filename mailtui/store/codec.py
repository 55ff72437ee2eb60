"""How values lie in columns: addresses and envelopes as compact JSON, keywords as ' $Junk $Forwarded '."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from mailtui.model.folder import Checkpoint, Mailbox, Role
from mailtui.model.ids import AccountId, MailboxId, MessageId, PlacementId, ThreadId, Word
from mailtui.model.mail import Address, Envelope, Flags, Line, Row

_COMPACT = json.JSONEncoder(separators=(",", ":")).encode


def pack_addresses(addresses: Iterable[Address]) -> str:
    """One per line: name, TAB, addr. Readable by LIKE, cheap to split; neither part can hold LF or TAB."""
    lines = [
        f"{name}\t{addr}" if "\t" not in name else f"{name.replace(chr(9), ' ')}\t{addr}" for name, addr in addresses
    ]
    return "\n".join(lines) if len(lines) > 1 else lines[0] if lines else ""


def unpack_addresses(text: str) -> tuple[Address, ...]:
    if not text:
        return ()
    found = []
    for line in text.split("\n"):
        name, _, addr = line.partition("\t")
        found.append(Address(name, addr))
    return tuple(found)


def pack_keywords(flags: Flags) -> str:
    return f" {' '.join(flags.keywords)} " if flags.keywords else ""


def unpack_flags(bits: int, keywords: str) -> Flags:
    return Flags(bits, tuple(keywords.split())) if keywords else Flags(bits)


def pack_rest(envelope: Envelope) -> str:
    """The fields that have no column of their own."""
    rest: dict[str, object] = {}
    if envelope.in_reply_to:
        rest["irt"] = envelope.in_reply_to
    if envelope.references:
        rest["refs"] = envelope.references
    if envelope.date is not None:
        rest["date"] = envelope.date
    for key, addresses in (("sender", envelope.sender), ("reply", envelope.reply_to), ("bcc", envelope.bcc)):
        if addresses:
            rest[key] = pack_addresses(addresses)
    return _COMPACT(rest) if rest else ""


def unpack_envelope(row: Sequence[object]) -> Envelope:
    """From message_id, subject, from_, to_, cc_, list_id, attachment, envelope."""
    message_id, subject, from_, to, cc, list_id, attachment, rest_text = row
    rest = json.loads(str(rest_text)) if rest_text else {}
    return Envelope(
        message_id=str(message_id),
        in_reply_to=tuple(rest.get("irt", ())),
        references=tuple(rest.get("refs", ())),
        date=rest.get("date"),
        subject=str(subject),
        from_=unpack_addresses(str(from_)),
        sender=unpack_addresses(rest.get("sender", "")),
        reply_to=unpack_addresses(rest.get("reply", "")),
        to=unpack_addresses(str(to)),
        cc=unpack_addresses(str(cc)),
        bcc=unpack_addresses(rest.get("bcc", "")),
        list_id=str(list_id),
        attachment=bool(attachment),
    )


ROW_COLUMNS = (
    "p.id, p.word, p.message, m.thread, p.mailbox, p.uid, p.flags, p.keywords, p.date, m.from_, m.to_, m.subject, "
    "m.size, m.message_id, m.attachment, p.body, p.pending, m.snippet"
)


def unpack_row(columns: Sequence[Any], line: Line | None = None) -> Row:
    """From ROW_COLUMNS; `line`: what it is in a list of threads."""
    (
        placement,
        word,
        message,
        thread,
        mailbox,
        uid,
        bits,
        keywords,
        date,
        from_,
        to,
        subject,
        size,
        message_id,
        attachment,
        body,
        pending,
        snippet,
    ) = columns
    return Row(
        PlacementId(placement),
        Word(word),
        MessageId(message),
        ThreadId(thread),
        MailboxId(mailbox),
        uid,
        unpack_flags(bits, keywords),
        date,
        unpack_addresses(from_),
        unpack_addresses(to),
        subject,
        size,
        message_id,
        bool(attachment),
        bool(body),
        bool(pending),
        snippet,
        line,
    )


MAILBOX_COLUMNS = (
    "id, account, name, delimiter, role, attributes, uidvalidity, uidnext, highestmodseq, floor, total, unread, "
    "remote_total, server_name"
)


def unpack_mailbox(row: tuple[Any, ...]) -> Mailbox:
    """From MAILBOX_COLUMNS."""
    (
        ident,
        account,
        name,
        delimiter,
        role,
        attributes,
        validity,
        uidnext,
        modseq,
        floor,
        total,
        unread,
        remote,
        server_name,
    ) = row
    marks = frozenset(str(attributes).split())
    checkpoint = Checkpoint(validity, uidnext or 1, modseq or 0, floor or 1) if validity else None
    return Mailbox(
        MailboxId(ident),
        AccountId(account),
        name,
        delimiter,
        Role(role),
        marks,
        total,
        unread,
        remote,
        not marks & {"\\noselect", "\\nonexistent"},
        checkpoint,
        server_name,
    )
