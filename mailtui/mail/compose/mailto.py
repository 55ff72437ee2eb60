"""`mailto:` links as what a composer starts with (RFC 6068). Only fields that can do no harm are taken; a link never
attaches a file, never sets a sender."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from mailtui.mail.headers import message_ids, parse_addresses
from mailtui.mail.words import decode_text
from mailtui.model.errors import UsageError
from mailtui.model.mail import Address

LONGEST = 100_000
"""Characters of a link that are read."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Mailto:
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    subject: str = ""
    body: str = ""
    in_reply_to: tuple[str, ...] = ()
    keywords: str = ""
    ignored: tuple[str, ...] = ()
    """Names of fields that were not taken."""


def parse_mailto(link: str) -> Mailto:
    """Raises UsageError if it is no mailto link."""
    scheme, colon, rest = link.strip()[:LONGEST].partition(":")
    if scheme.lower() != "mailto" or not colon:
        raise UsageError("that is no mailto: link", "it looks like mailto:anna@example.com?subject=Hello")
    path, _, query = rest.partition("#")[0].partition("?")
    found: dict[str, list[Address]] = {"to": list(_addresses(path)), "cc": [], "bcc": []}
    texts: dict[str, str] = {}
    ignored: list[str] = []
    for pair in query.split("&") if query else []:
        name, _, value = pair.partition("=")
        name = _decoded(name).lower()
        if name in found:
            found[name].extend(_addresses(value))
        elif name in {"subject", "body", "in-reply-to", "keywords"}:
            texts.setdefault(name, _decoded(value))
        elif name:
            ignored.append(name)
    body = texts.get("body", "").replace("\r\n", "\n").replace("\r", "\n")
    return Mailto(
        tuple(found["to"]),
        tuple(found["cc"]),
        tuple(found["bcc"]),
        _line(texts.get("subject", "")),
        _CONTROL.sub("", body),
        message_ids(texts.get("in-reply-to", "").encode()),
        _line(texts.get("keywords", "")),
        tuple(dict.fromkeys(ignored)),
    )


def _line(text: str) -> str:
    """One line, coded words decoded: nothing in it begins another field."""
    return " ".join(_CONTROL.sub(" ", decode_text(text.encode())).split())


def _decoded(text: str) -> str:
    """`+` is a plus here, not a blank (RFC 6068 section 5)."""
    return unquote_to_bytes(text).decode("utf-8", "replace")


def _addresses(text: str) -> tuple[Address, ...]:
    pieces = [_CONTROL.sub("", _decoded(piece)).replace("\n", "") for piece in text.split(",")]
    return tuple(one for piece in pieces for one in parse_addresses(piece.encode()) if one.addr)
