"""From a stored message to the answer that is written, and from what was written to bytes: the composer's own values on
one side, those of `mail/compose` on the other. A draft carries what no header field says, and addresses that are none
yet, in a field of our own; what is sent does not."""

from __future__ import annotations

import mimetypes
import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlencode

from mailtui.mail.attachments import attachments, content
from mailtui.mail.compose import answering
from mailtui.mail.compose.answering import Audience
from mailtui.mail.compose.attribution import STANDARD, attribution
from mailtui.mail.compose.build import File, Letter, build
from mailtui.mail.compose.checks import sendable
from mailtui.mail.compose.drafts import is_markdown
from mailtui.mail.compose.quoting import own_text, quoted, without_signature
from mailtui.mail.compose.subjects import one_line
from mailtui.mail.compose.templates import first_name
from mailtui.mail.parse import Message, parse_message
from mailtui.mail.sanitize import safe_line
from mailtui.mail.words import decode_text
from mailtui.model.errors import FileError
from mailtui.model.mail import Address, Row
from mailtui.ui import resent
from mailtui.ui.senders import Person
from mailtui.view.completing import people_of, written_address
from mailtui.view.composer import Enclosed, Field, Kind, Written, signature_block
from mailtui.view.dates import full_date
from mailtui.view.dates import moment as local
from mailtui.view.figures import size

OURS = "X-Mailtui-Draft"
"""Field of a draft: what only we understand of it."""
_PEOPLE = (Field.TO, Field.CC, Field.BCC)


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A file of the message that is forwarded."""

    name: str
    type: str
    chunks: Iterator[bytes]


def new_message_id(address: str) -> str:
    """Without angle brackets; nothing in it tells of the computer or the time."""
    domain = address.rpartition("@")[2]
    return f"{secrets.token_hex(12)}@{domain if domain.isascii() and domain else 'localhost'}"


# -- from a stored message


@dataclass(frozen=True, slots=True)
class Manner:
    """How a person likes answers to begin. `quote`: only these words of the message are quoted; empty: all of it."""

    attribution: str = STANDARD
    markdown: bool = False
    quote: str = ""


def answer(
    name: str, raw: bytes, row: Row, word: str, own: Sequence[Person], manner: Manner = Manner()
) -> tuple[Written, list[Forwarded]]:
    """What an action makes of it, and the files that go along. `own`: identities of its account, never empty. Raises
    FileError."""
    message = parse_message(raw)
    me = own[answering.identity(message, [one.addresses for one in own])]
    mine = frozenset(address for one in own for address in one.addresses)
    base = replace(begun(word, me, markdown=manner.markdown), sender=_writes_as(message, me))
    if name == "draft":
        again = resent.from_draft(raw, base, row.date, OURS)
        if again is not None:
            kept, original = _with_odd(again[0], _ours(message)), again[1]
            return kept, [_whole(original)]
        return _draft(message, base, own), _files(message)
    if name == "resend":
        return resent.begin(message, base, row.date, row.word), [_whole(raw)]
    if name == "edit_as_new":
        return _again(message, base), _files(message)
    if name in {"forward", "forward_attached"}:
        return _forward(message, raw, base, row, whole=name == "forward_attached")
    block = signature_block(me.signature)
    text = _quote(message, row, manner)
    text = f"{block}{text}" if me.above else f"{text}{block}"
    return _reply(name, message, replace(base, text=text, started=text), row, mine), []


def begun(word: str, me: Person, *, markdown: bool = False) -> Written:
    """A message by this person, nothing in it yet."""
    return Written(
        *(word, me.account),
        sender=me.text,
        bcc=me.bcc,
        own_bcc=me.bcc,
        reply_to=me.reply_to,
        message_id=new_message_id(me.address),
        signature=me.signature,
        markdown=markdown,
    )


def _writes_as(message: Message, me: Person) -> str:
    """The sender's field: mail to an alias is answered from the alias."""
    got = next((one for one in answering.delivered_to(message) if answering.is_own(one, me.aliases)), "")
    return written_address(me.name, got) if got and got != me.address.lower() else me.text


def _quote(message: Message, row: Row, manner: Manner) -> str:
    """What an answer quotes, with the line above it and a blank one below."""
    wrote = message.envelope.from_[0] if message.envelope.from_ else None
    name = (wrote.name or wrote.addr if wrote is not None else "") or "somebody"
    found = {
        "date": full_date(row.date),
        "time": full_date(row.date).rpartition(" ")[2],
        "name": safe_line(name),
        "first": safe_line(first_name(wrote.name) if wrote is not None else "") or safe_line(name),
        "address": safe_line(wrote.addr if wrote is not None else ""),
        "subject": safe_line(message.envelope.subject),
    }
    line = attribution(manner.attribution, found)
    words = manner.quote or without_signature(own_text(message))
    return f"\n\n{line}\n{quoted(words)}\n" if line else f"\n\n{quoted(words)}\n"


def _reply(name: str, message: Message, base: Written, row: Row, own: Collection[str]) -> Written:
    audience: Audience | None
    if name == "reply_list":
        audience = answering.reply_list(message, own)
        if audience is None:
            raise FileError("This message came through no mailing list", "R answers to all")
    else:
        audience = (answering.reply_all if name == "reply_all" else answering.reply)(message, own)
    envelope = message.envelope
    replies, references = answering.thread(envelope)
    named = any(answering.is_own(one.addr, own) for one in (*envelope.to, *envelope.cc))
    got = next((one for one in answering.delivered_to(message) if answering.is_own(one, own)), "")
    return replace(
        base,
        kind=Kind.REPLY,
        to=field_of(audience.to),
        cc=field_of(audience.cc),
        subject=answering.reply_subject(envelope.subject),
        in_reply_to=replies,
        references=references,
        answers=row.word,
        answers_all=name == "reply_all",
        was_blind=bool(got) and not named and answering.reply_list(message, own) is None,
        got_it=got,
    )


def _forward(message: Message, raw: bytes, base: Written, row: Row, *, whole: bool) -> tuple[Written, list[Forwarded]]:
    envelope = message.envelope
    block = signature_block(base.signature)
    if whole:
        name = f"{safe_line(envelope.subject).replace('/', '-')[:80].strip() or 'message'}.eml"
        text, files = block, [Forwarded(name, "message/rfc822", iter((raw,)))]
    else:
        head = [("From", field_of(envelope.from_)), ("Date", full_date(row.date)), ("Subject", envelope.subject)]
        head += [("To", field_of(envelope.to)), ("Cc", field_of(envelope.cc))]
        lines = "\n".join(f"{key}: {safe_line(value)}" for key, value in head if value)
        text = f"{block}\n\n---------- Forwarded message ----------\n{lines}\n\n{own_text(message)}\n"
        files = _files(message)
    subject = answering.forward_subject(envelope.subject)
    forward = replace(base, kind=Kind.FORWARD, subject=subject, text=text, started=text, forwards=row.word)
    return forward, files


def _again(message: Message, base: Written) -> Written:
    """With its recipients."""
    envelope = message.envelope
    again = replace(base, kind=Kind.AGAIN, subject=one_line(envelope.subject), text=own_text(message), signature="")
    again = replace(again, markdown=is_markdown(message))
    return replace(again, to=field_of(envelope.to), cc=field_of(envelope.cc), bcc=field_of(envelope.bcc))


def _whole(raw: bytes) -> Forwarded:
    return Forwarded("message.eml", "message/rfc822", iter((raw,)))


def _with_odd(written: Written, ours: dict[str, str]) -> Written:
    """With the addresses that are none yet."""
    fields = {name: ours.get(name, getattr(written, name)) for name in ("to", "cc", "bcc")}
    return replace(written, **fields, notify=bool(ours.get("notify")), forwards=ours.get("forwards", ""))


def _draft(message: Message, base: Written, own: Sequence[Person]) -> Written:
    envelope = message.envelope
    ours = _ours(message)
    wrote = envelope.from_[0] if envelope.from_ else None
    me = next((one for one in own if wrote is not None and answering.is_own(wrote.addr, one.addresses)), None)
    text = own_text(message)
    return replace(
        base,
        kind=Kind.DRAFT,
        sender=field_of(envelope.from_[:1]) or base.sender,
        to=ours.get("to", field_of(envelope.to)),
        cc=ours.get("cc", field_of(envelope.cc)),
        bcc=ours.get("bcc", field_of(envelope.bcc)),
        reply_to=field_of(envelope.reply_to),
        subject=one_line(envelope.subject),
        text=text,
        started=text,
        message_id=envelope.message_id or base.message_id,
        in_reply_to=envelope.in_reply_to,
        references=envelope.references,
        answers=ours.get("answers", ""),
        forwards=ours.get("forwards", ""),
        markdown=is_markdown(message),
        keywords=_keywords_of(message),
        notify=bool(ours.get("notify")),
        signature=me.signature if me is not None and signature_block(me.signature).strip("\n") in text else "",
    )


def _ours(message: Message) -> dict[str, str]:
    for name, value in message.fields():
        if name.lower() == OURS.lower().encode():
            words = b"".join(value.split()).decode("ascii", "replace")
            return {key: values[0] for key, values in parse_qs(words, max_num_fields=20).items()}
    return {}


def field_of(addresses: Iterable[Address]) -> str:
    """Addresses as they stand in a field."""
    return ", ".join(written_address(one.name, one.addr) for one in addresses if one.addr)


def _files(message: Message) -> list[Forwarded]:
    # Of a winmail.dat itself; what is packed into a text is left out of the text, and so goes beside it.
    wanted = [one for one in attachments(message) if one.packed is None or one.packed.coded]
    return [Forwarded(one.name, one.type, content(message.raw, one)) for one in wanted]


def with_files(written: Written, files: Sequence[Enclosed]) -> Written:
    return replace(written, files=tuple(files))


# -- to bytes


def recipients(written: Written) -> tuple[str, ...]:
    """Whom it goes to, each once."""
    found = [one.addr for field in _PEOPLE for one in people_of(written.field(field)) if one.addr]
    return tuple({addr.lower(): addr for addr in reversed(found)}.values())[::-1]


def sender_of(written: Written) -> Address:
    """Raises FileError."""
    found = people_of(written.sender)
    if not found or not sendable(found[0].addr):
        raise FileError("The sender is no address", "choose another one")
    return found[0]


def to_bytes(written: Written, now: float, *, draft: bool = False) -> bytes:
    """The message; Bcc is in it. `draft`: whatever is typed becomes one, and can be opened again as it was. Raises
    FileError, ComposeError."""
    people = {field: people_of(written.field(field)) for field in _PEOPLE}
    if draft:
        people = {field: tuple(one for one in found if sendable(one.addr)) for field, found in people.items()}
    if written.fixed:
        more = _extra(written) if draft else ()
        return resent.to_bytes(written, sender_of(written), tuple(people.values()), now, more, draft=draft)
    return build(
        Letter(
            sender_of(written),
            local(now, None),
            written.message_id,
            to=people[Field.TO],
            cc=people[Field.CC],
            bcc=people[Field.BCC],
            reply_to=people_of(written.reply_to),
            subject=" ".join(written.subject.split()),
            text=written.text,
            in_reply_to=written.in_reply_to,
            references=written.references,
            files=tuple(_file(one) for one in written.files),
            markdown=written.markdown,
            extra=(*_keywords(written), *(_extra(written) if draft else ())),
            as_typed=draft,
        )
    )


def _keywords_of(message: Message) -> str:
    return ", ".join(decode_text(value) for name, value in message.fields() if name.lower() == b"keywords")


def _keywords(written: Written) -> tuple[tuple[str, str], ...]:
    words = " ".join(written.keywords.split())
    return (("Keywords", words),) if words else ()


def _extra(written: Written) -> tuple[tuple[str, str], ...]:
    words = {"answers": written.answers, "forwards": written.forwards, "notify": "1" if written.notify else ""}
    for field in _PEOPLE:
        if not all(sendable(one.addr) for one in people_of(written.field(field))):
            words[field.name.lower()] = written.field(field)
    kept = {name: word for name, word in words.items() if word}
    if not kept:
        return ()
    packed = urlencode(kept)
    return ((OURS, " ".join(packed[start : start + 60] for start in range(0, len(packed), 60))),)


def _file(one: Enclosed) -> File:
    kind = one.type or mimetypes.guess_type(one.name)[0] or "application/octet-stream"
    try:
        with open(one.path, "rb") as stream:
            return File(one.name, kind, stream.read())
    except OSError as error:
        hint = "take it away and attach it again"
        raise FileError(f"{safe_line(one.name)} can't be read: {error.strerror}", hint) from None


def outline(raw: bytes) -> tuple[list[str], str, str]:
    """The parts of a message, a line each; its header; its text as it is read."""
    message = parse_message(raw)
    head = raw.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    lines = [f"{message.root.type}, {size(len(raw))} as it goes over the wire"]
    lines += [f"  {one.type}  {one.name}  {size(one.size)}" for one in attachments(message) if one.packed is None]
    return lines, head, own_text(message)
