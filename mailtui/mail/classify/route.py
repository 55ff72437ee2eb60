"""What the way of a message says: hops, names that do not fit, shapes of ids that only some programs write."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mailtui.mail.trust import domain_of, organisation

_HOST = re.compile(r"\b[a-z0-9][a-z0-9-]{0,60}(?:\.[a-z0-9-]{1,60}){1,6}\b", re.IGNORECASE)
_BARE = re.compile(r"^from\s+(?:\[?\d{1,3}(?:\.\d{1,3}){3}\]?|localhost|user|[a-z0-9-]{1,30})\s", re.IGNORECASE)
_DYNAMIC = re.compile(
    r"\b(?:dsl|adsl|dial-?up|ppp|cable|dynamic|dhcp|pool|cust|client|broadband|modem)\b", re.IGNORECASE
)
_ZONE = re.compile(r"([+-]\d{4}|\b[A-Z]{2,4})\s*(?:\([^()]*\))?\s*$")
_FREE = frozenset(
    (
        "yahoo.com", "hotmail.com", "aol.com", "msn.com", "excite.com", "gmail.com", "outlook.com",
        "gmx.net", "mail.ru", "lycos.com", "netscape.net", "juno.com", "earthlink.net", "qq.com", "163.com",
        "126.com", "yandex.ru", "gmx.de", "web.de", "eudoramail.com", "mail.com", "live.com", "icloud.com",
        "yahoo.co.uk", "yahoo.co.jp", "btamail.net.cn",
    )
)  # fmt: skip
_CLASSES = ((re.compile(r"[a-z]+"), "a"), (re.compile(r"[A-Z]+"), "A"), (re.compile(r"\d+"), "0"))


def _id_shape(message_id: str) -> str:
    """Letters, capitals and figures of the left side of a Message-ID as classes, at most 12 of them."""
    shape = message_id.partition("@")[0][:60]
    for pattern, letter in _CLASSES:
        shape = pattern.sub(letter, shape)
    return shape[:12]


def route(fields: Mapping[str, tuple[str, ...]], sender: str, message_id: str) -> Iterator[str]:
    """Tokens about the way of a message. `fields`: values by name in lower case; `sender`: its address."""
    received = [value[:600] for value in fields.get("received", ())[:12]]
    domain = organisation(domain_of(sender))
    way = " ".join(received).lower()
    yield f"way:{min(len(received), 9)} hops"
    if "may be forged" in way or "unverified" in way:
        yield "way:a doubtful name"
    if "from unknown" in way or "(unknown [" in way or "(helo unknown" in way:
        yield "way:an unknown host"
    if any(_BARE.match(value) for value in received[:3]):
        yield "way:a host without a name"
    if _DYNAMIC.search(way):
        yield "way:a dialled line"
    if received and domain:
        hosts = {organisation(host) for host in _HOST.findall(way)}
        fits = domain in hosts
        yield "way:through the sender's house" if fits else "way:not through the sender's house"
        if domain in _FREE:
            yield f"way:big mail house, {'through it' if fits else 'not through it'}"
    path = organisation(domain_of(fields.get("return-path", ("",))[0].strip("<> ")))
    if path and domain:
        yield f"way:returns to {'the sender' if path == domain else 'somebody else'}"
    if message_id:
        house = organisation(message_id.rpartition("@")[2].lower())
        yield f"id:{_id_shape(message_id)}"
        yield (
            "id:of the sender"
            if house == domain
            else f"id:of {'others' if '.' in house else 'a host without a domain'}"
        )
    for value in fields.get("date", ())[:1]:
        zone = _ZONE.search(value[:100])
        yield f"date:{zone[1] if zone else 'no zone'}"
    if (
        len(fields.get("to", ())) + len(fields.get("cc", ())) > 0
        and "undisclosed" in fields.get("to", ("",))[0].lower()
    ):
        yield "to:undisclosed"
    for value in fields.get("content-type", ())[:1]:
        yield from _boundary(value)


def _boundary(value: str) -> Iterator[str]:
    match = re.search(r"boundary\s*=\s*\"?([^\s\";]{1,70})", value, re.IGNORECASE)
    if match:
        shape = match[1]
        for pattern, letter in _CLASSES:
            shape = pattern.sub(letter, shape)
        yield f"boundary:{shape[:10]}"
