"""To whom an answer goes, what it is called, and which thread it belongs to (RFC 5322 section 3.6.3 and 3.6.4)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from mailtui.mail.headers import message_ids, parse_addresses
from mailtui.mail.parse import Message
from mailtui.model.mail import Address, Envelope

REFERENCES = 30
"""Ids that an answer names: the first one of the thread and the youngest others."""
_RE = re.compile(
    r"^\s*(?:(?:re|aw|antw|sv|vs|odp|ynt|rif|res|ref|ang|回复|回覆|答复|返信|回信|re\s*:\s*fwd?)"
    r"\s*(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s*[:：]\s*)+",
    re.IGNORECASE,
)
_FWD = re.compile(
    r"^\s*(?:(?:fwd?|wg|tr|enc|rv|vb|vl|i|doorst|pd|ilt|转发|轉寄|転送)\s*(?:\[\d{1,3}\])?\s*[:：]\s*)+", re.IGNORECASE
)
_MAILTO = re.compile(r"<\s*mailto:([^?>\s]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Audience:
    """Who an answer goes to, in the order of the message, without doubles."""

    to: tuple[Address, ...]
    cc: tuple[Address, ...] = ()
    list_: str = ""
    """The list that it goes to, if it does; else empty."""


def reply_subject(subject: str) -> str:
    """One "Re: ", whatever language the others were in."""
    return f"Re: {_RE.sub('', ' '.join(subject.split()))}".rstrip()


def forward_subject(subject: str) -> str:
    return f"Fwd: {_FWD.sub('', ' '.join(subject.split()))}".rstrip()


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
    lower case."""
    envelope, fields = message.envelope, _Fields(message)
    to = fields.addresses(b"mail-reply-to") or _personal(envelope, fields) or envelope.from_
    if not _others(to, own):
        to = envelope.from_
    others = _others(to, own)
    if not others:
        others = _others(envelope.to, own) or _unique(envelope.to) or _unique(to)
    return Audience(others)


def _personal(envelope: Envelope, fields: _Fields) -> tuple[Address, ...]:
    """Reply-To, unless a mailing list put itself there: an answer to one is not for all."""
    lists = set(fields.posts())
    if lists and envelope.reply_to and all(one.addr.lower() in lists for one in envelope.reply_to):
        return envelope.from_
    return envelope.reply_to


def reply_all(message: Message, own: Collection[str]) -> Audience:
    """To everybody but oneself. Mail-Followup-To says who if it is there."""
    envelope, fields = message.envelope, _Fields(message)
    followup = _others(fields.addresses(b"mail-followup-to"), own)
    if followup:
        return Audience(followup[:1], followup[1:]) if len(followup) > 1 else Audience(followup)
    mine = any(one.addr.lower() in own for one in envelope.from_)
    to = reply(message, own).to if not mine else _others(envelope.to, own) or _unique(envelope.to)
    lists = set(fields.posts())
    listed = [one for one in envelope.reply_to if one.addr.lower() in lists]
    known = {one.addr.lower() for one in to}
    rest = (*(() if mine else envelope.to), *envelope.cc, *listed)
    cc = [one for one in _others(rest, own) if one.addr.lower() not in known]
    return Audience(to, tuple(cc))


def reply_list(message: Message, own: Collection[str]) -> Audience | None:
    """To the mailing list alone (RFC 2369 List-Post, else Mail-Followup-To); None: it came through none."""
    fields = _Fields(message)
    posts = fields.posts()
    if posts:
        return Audience((Address("", posts[0]),), (), posts[0])
    followup = _others(fields.addresses(b"mail-followup-to"), own)
    return Audience(followup[:1], followup[1:], followup[0].addr) if followup else None


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
        return [found.lower() for found in _MAILTO.findall(values) if "@" in found]

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
    """Which of one's identities got the message: index into `own`, each with its addresses in lower case. Plus
    addresses (`me+shop@`) count as the address; `*@domain` takes the whole domain. 0 if none is named."""
    arrived = delivered_to(message)
    wrote = tuple(one.addr.lower() for one in message.envelope.from_)
    for address in (*arrived, *wrote):
        for exact in (True, False):
            for index, addresses in enumerate(own):
                if any(_same(address, mine, exact=exact) for mine in addresses):
                    return index
    return 0


def _same(address: str, mine: str, *, exact: bool) -> bool:
    if exact:
        return address == mine
    if mine.startswith("*@"):
        return address.endswith(mine[1:])
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}" == mine


def _unique(addresses: Iterable[Address]) -> tuple[Address, ...]:
    return tuple({one.addr.lower(): one for one in reversed(tuple(addresses)) if one.addr}.values())[::-1]


def _others(addresses: Iterable[Address], own: Collection[str]) -> tuple[Address, ...]:
    return tuple(one for one in _unique(addresses) if one.addr.lower() not in own)


def ids_of(message: Message, name: bytes) -> tuple[str, ...]:
    """Message ids in a field."""
    return tuple(one for value in _Fields(message).words(name.lower()) for one in message_ids(value))
