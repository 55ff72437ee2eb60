"""To whom an answer goes, what it is called, and which thread it belongs to (RFC 5322 section 3.6.3 and 3.6.4)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from mailtui.mail.compose.subjects import forward_subject, reply_subject
from mailtui.mail.headers import message_ids, parse_addresses
from mailtui.mail.parse import Message
from mailtui.model.mail import Address, Envelope

REFERENCES = 30
"""Ids that an answer names: the first one of the thread and the youngest others."""
_MAILTO = re.compile(r"<\s*mailto:([^?>\s]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Audience:
    """Who an answer goes to, in the order of the message, without doubles."""

    to: tuple[Address, ...]
    cc: tuple[Address, ...] = ()
    list_: str = ""
    """The list that it goes to, if it does; else empty."""


def thread(envelope: Envelope) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(In-Reply-To, References) of an answer."""
    if not envelope.message_id:
        return (), envelope.references[-REFERENCES:]
    earlier = envelope.references or (envelope.in_reply_to if len(envelope.in_reply_to) == 1 else ())
    chain = [one for one in dict.fromkeys(earlier) if one != envelope.message_id]
    if len(chain) >= REFERENCES:
        chain = [chain[0], *chain[-(REFERENCES - 2) :]]
    return (envelope.message_id,), (*chain, envelope.message_id)


# -- who gets it


def reply(message: Message, own: Collection[str]) -> Audience:
    """To whoever wrote it, where they want answers. To an own message: to those it went to. `own`: own addresses in
    lower case, as for `identity`."""
    envelope, fields = message.envelope, _Fields(message)
    to = fields.addresses(b"mail-reply-to") or _personal(envelope, fields)
    if not _others(to, own):
        to = envelope.from_
    others = _others(to, own)
    if not others:
        others = _others(envelope.to, own) or _unique(envelope.to) or _unique(to)
    return Audience(others)


def _personal(envelope: Envelope, fields: _Fields) -> tuple[Address, ...]:
    """Reply-To without the mailing list that put itself there: an answer to one is not for all. The list itself only if
    it hides who wrote (From is the list too, because of DMARC). An address that takes posts but that the mail did not
    go to is a gateway's (GitHub): there the sender reads."""
    named = {one.addr.lower() for one in (*envelope.to, *envelope.cc)}
    lists = {post for post in fields.posts() if post in named or post.replace("@", ".") == envelope.list_id.lower()}
    author = envelope.from_ or envelope.sender
    asked = tuple(one for one in envelope.reply_to if one.addr.lower() not in lists)
    known = tuple(one for one in author if one.addr.lower() not in lists)
    return asked or known or envelope.reply_to or author


def reply_all(message: Message, own: Collection[str]) -> Audience:
    """To everybody but oneself. Mail-Followup-To says who if it is there."""
    envelope, fields = message.envelope, _Fields(message)
    followup = _others(fields.addresses(b"mail-followup-to"), own)
    if followup:
        return Audience(followup[:1], followup[1:]) if len(followup) > 1 else Audience(followup)
    mine = any(is_own(one.addr, own) for one in envelope.from_)
    to = reply(message, own).to if not mine else _others(envelope.to, own) or _unique(envelope.to)
    lists = set(fields.posts())
    listed = [one for one in envelope.reply_to if one.addr.lower() in lists]
    known = {one.addr.lower() for one in to}
    asked = () if mine or fields.addresses(b"mail-reply-to") else tuple(listed)
    rest = (*(() if mine else envelope.to), *envelope.cc, *asked)
    cc = [one for one in _others(rest, own) if one.addr.lower() not in known]
    return Audience(to, tuple(cc))


def reply_list(message: Message, own: Collection[str]) -> Audience | None:
    """To the mailing list alone (RFC 2369 List-Post, else Mail-Followup-To, else whom List-Id names among those it went
    to); None: it came through none."""
    fields = _Fields(message)
    posts = fields.posts()
    if posts:
        everyone = (*message.envelope.to, *message.envelope.cc)
        named = next((one for one in everyone if one.addr.lower() == posts[0]), Address("", posts[0]))
        return Audience((named,), (), posts[0])
    followup = _others(fields.addresses(b"mail-followup-to"), own)
    if followup:
        return Audience(followup[:1], followup[1:], followup[0].addr)
    found = fields.list_named((*message.envelope.to, *message.envelope.cc))
    return Audience((found,), (), found.addr) if found is not None else None


class _Fields:
    def __init__(self, message: Message) -> None:
        self._fields: dict[bytes, list[bytes]] = {}
        for name, value in message.fields():
            self._fields.setdefault(name.lower(), []).append(value)

    def addresses(self, name: bytes) -> tuple[Address, ...]:
        return tuple(one for value in self._fields.get(name, []) for one in parse_addresses(value) if one.addr)

    def posts(self) -> list[str]:
        """Addresses of List-Post, lower case; `NO` is none."""
        values = b" ".join(self._fields.get(b"list-post", [])).decode("ascii", "replace")
        return [unquote(found).lower() for found in _MAILTO.findall(values) if "@" in unquote(found)]

    def list_named(self, everyone: Iterable[Address]) -> Address | None:
        """The one whose address List-Id spells with dots (RFC 2919): lists without List-Post are often called so."""
        values = b" ".join(self._fields.get(b"list-id", [])).decode("ascii", "replace").lower()
        return next((one for one in everyone if f"<{one.addr.lower().replace('@', '.')}>" in values and one.addr), None)

    def words(self, name: bytes) -> list[bytes]:
        return self._fields.get(name, [])


def delivered_to(message: Message) -> tuple[str, ...]:
    """Addresses that the message came in by, lower case, most telling first."""
    fields = _Fields(message)
    names = (b"delivered-to", b"x-original-to", b"envelope-to", b"x-delivered-to", b"x-envelope-to")
    found = [one.addr.lower() for name in names for one in fields.addresses(name)]
    named = [one.addr.lower() for one in (*message.envelope.to, *message.envelope.cc, *message.envelope.bcc)]
    return tuple(dict.fromkeys((*named, *found)))


def identity(message: Message, own: Sequence[Collection[str]]) -> int:
    """Which of one's identities got the message, or wrote it: index into `own`, each with its addresses in lower case.
    Plus addresses (`me+shop@`) count as the address; `*@domain` takes the whole domain. An address that is written out
    wins. 0 if none is named."""
    wrote = tuple(one.addr.lower() for one in message.envelope.from_)
    everyone = (*wrote, *delivered_to(message))
    for exact in (True, False):
        for address in everyone:
            for index, addresses in enumerate(own):
                if any(_same(address, mine, exact=exact) for mine in addresses):
                    return index
    return 0


def is_own(address: str, own: Collection[str]) -> bool:
    """Whether mail to this address comes to oneself."""
    address = address.lower()
    return address in own or any(_same(address, mine, exact=False) for mine in own)


def _same(address: str, mine: str, *, exact: bool) -> bool:
    if exact:
        return address == mine
    if "*" in mine:
        before, _, after = mine.partition("*")
        fits = address.startswith(before) and address.endswith(after)
        return fits and len(address) >= len(before) + len(after)
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}" == mine


def _unique(addresses: Iterable[Address]) -> tuple[Address, ...]:
    return tuple({one.addr.lower(): one for one in reversed(tuple(addresses)) if one.addr}.values())[::-1]


def _others(addresses: Iterable[Address], own: Collection[str]) -> tuple[Address, ...]:
    return tuple(one for one in _unique(addresses) if not is_own(one.addr, own))


def ids_of(message: Message, name: bytes) -> tuple[str, ...]:
    """Message ids in a field."""
    return tuple(one for value in _Fields(message).words(name.lower()) for one in message_ids(value))


__all__ = [
    "Audience", "delivered_to", "forward_subject", "identity", "ids_of", "is_own", "reply", "reply_all", "reply_list",
    "reply_subject", "thread",
]  # fmt: skip
