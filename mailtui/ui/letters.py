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
from mailtui.mail.compose.build import File, Letter, build
from mailtui.mail.compose.checks import Doubt, Leaving, Mend, doubts, sendable
from mailtui.mail.compose.quoting import own_text, quoted, without_signature
from mailtui.mail.compose.when import moment as parse_moment
from mailtui.mail.parse import Message, parse_message
from mailtui.mail.sanitize import safe_line
from mailtui.model.account import Account
from mailtui.model.errors import FileError, UsageError
from mailtui.model.mail import Address, Row
from mailtui.view.completing import people_of, written_address
from mailtui.view.composer import Enclosed, Field, Kind, Written, signature_block
from mailtui.view.dates import full_date
from mailtui.view.dates import moment as local
from mailtui.view.figures import size

OURS = "X-Mailtui-Draft"
"""Field of a draft: what only we understand of it."""
_PEOPLE = (Field.TO, Field.CC, Field.BCC)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the person can write as."""

    account: str
    name: str
    address: str
    signature: str = ""
    aliases: tuple[str, ...] = ()
    """Further addresses and patterns whose mail comes to this one."""
    above: bool = False
    """The signature stands above what an answer quotes."""
    reply_to: str = ""
    bcc: str = ""

    @property
    def text(self) -> str:
        """As it stands in the field."""
        return written_address(self.name, self.address)

    @property
    def addresses(self) -> tuple[str, ...]:
        """All of its addresses, lower case."""
        return tuple(one.lower() for one in (self.address, *self.aliases))


def persons(accounts: Iterable[Account]) -> tuple[Person, ...]:
    """Of each account its own address, then its further ones."""
    return tuple(
        Person(
            *(account.id, one.name or account.name, one.email, one.signature, one.aliases, one.signature_above),
            *(one.reply_to, one.email if one.bcc_self else ""),
        )
        for account in accounts
        for one in account.senders
    )


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


def answer(name: str, raw: bytes, row: Row, word: str, own: Sequence[Person]) -> tuple[Written, list[Forwarded]]:
    """What an action makes of it, and the files that go along. `own`: identities of its account, never empty. Raises
    FileError."""
    message = parse_message(raw)
    me = own[answering.identity(message, [one.addresses for one in own])]
    mine = frozenset(address for one in own for address in one.addresses)
    base = replace(begun(word, me), sender=_writes_as(message, me))
    if name == "draft":
        return _draft(message, base, own), _files(message)
    if name in {"edit_as_new", "resend"}:
        return _again(message, base, keep=name == "edit_as_new"), _files(message)
    if name in {"forward", "forward_attached"}:
        return _forward(message, raw, base, row, whole=name == "forward_attached")
    return _reply(name, message, base, row, mine, above=me.above), []


def begun(word: str, me: Person) -> Written:
    """A message by this person, nothing in it yet."""
    return Written(
        *(word, me.account),
        sender=me.text,
        bcc=me.bcc,
        reply_to=me.reply_to,
        message_id=new_message_id(me.address),
        signature=me.signature,
    )


def _writes_as(message: Message, me: Person) -> str:
    """The sender's field: mail to an alias is answered from the alias."""
    got = next((one for one in answering.delivered_to(message) if answering.is_own(one, me.aliases)), "")
    return written_address(me.name, got) if got and got != me.address.lower() else me.text


def _reply(name: str, message: Message, base: Written, row: Row, own: Collection[str], *, above: bool) -> Written:
    audience: Audience | None
    if name == "reply_list":
        audience = answering.reply_list(message, own)
        if audience is None:
            raise FileError("This message came through no mailing list", "R answers to all")
    else:
        audience = (answering.reply_all if name == "reply_all" else answering.reply)(message, own)
    envelope = message.envelope
    who = envelope.from_[0].name or envelope.from_[0].addr if envelope.from_ else "somebody"
    text = f"\n\nOn {full_date(row.date)}, {safe_line(who)} wrote:\n{quoted(without_signature(own_text(message)))}\n"
    block = signature_block(base.signature)
    text = f"{block}{text}" if above else f"{text}{block}"
    replies, references = answering.thread(envelope)
    named = any(answering.is_own(one.addr, own) for one in (*envelope.to, *envelope.cc))
    got = next((one for one in answering.delivered_to(message) if answering.is_own(one, own)), "")
    return replace(
        base,
        kind=Kind.REPLY,
        to=field_of(audience.to),
        cc=field_of(audience.cc),
        subject=answering.reply_subject(envelope.subject),
        text=text,
        started=text,
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


def _again(message: Message, base: Written, *, keep: bool) -> Written:
    """`keep`: with its recipients."""
    envelope = message.envelope
    again = replace(base, kind=Kind.AGAIN, subject=envelope.subject, text=own_text(message), signature="")
    if keep:
        return replace(again, to=field_of(envelope.to), cc=field_of(envelope.cc), bcc=field_of(envelope.bcc))
    return again


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
        subject=envelope.subject,
        text=text,
        started=text,
        message_id=envelope.message_id or base.message_id,
        in_reply_to=envelope.in_reply_to,
        references=envelope.references,
        answers=ours.get("answers", ""),
        forwards=ours.get("forwards", ""),
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
            extra=_extra(written) if draft else (),
            as_typed=draft,
        )
    )


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


# -- before it leaves

_MENDS = {
    Mend.RECIPIENTS: ("t", "go:to", "to the recipients"),
    Mend.SUBJECT: ("s", "go:subject", "write one"),
    Mend.ATTACH: ("a", "attach", "attach files"),
    Mend.SENDER: ("f", "choose_sender", "other sender"),
    Mend.TEXT: ("w", "go:text", "to the text"),
    Mend.TIME: ("l", "send_later", "another time"),
    Mend.FILES: ("w", "go:files", "to the files"),
}


def mend(doubt: Doubt) -> tuple[str, str, str]:
    """(key, what it does, its word)"""
    return _MENDS[doubt.mend]


def check(written: Written, now: float, not_before: float, known: Collection[str]) -> tuple[Doubt, ...]:
    """What a person may have overlooked. `known`: addresses one writes to, lower case."""
    to, cc, bcc = (people_of(written.field(field)) for field in _PEOPLE)
    sender = people_of(written.sender)
    leaving = Leaving(
        to,
        cc,
        bcc,
        written.subject,
        written.text,
        sender[0].addr if sender else "",
        files=len(written.files),
        size=sum(one.size for one in written.files) * 4 // 3 + len(written.text),
        answers_all=written.answers_all,
        was_blind=written.was_blind,
        got_it=written.got_it,
        not_before=not_before,
    )
    return doubts(leaving, now, known)


def moment(typed: str, now: float) -> float | None:
    """What a person typed as a time to come, in seconds since 1970 UTC; None if it is none."""
    try:
        return parse_moment(typed, local(now, None)).timestamp()
    except UsageError:
        return None
