"""Which parts of a message are read, in which order, and which are attachments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailtui.mail.bodies import part_text
from mailtui.mail.parse import Message, Part
from mailtui.mail.smime import is_smime
from mailtui.mail.text import is_attachment

STUB_LENGTH = 400
_STUB = re.compile(
    r"view\b.{0,60}\bbrowser|html[- ](?:e-?mail|version|capable|format)|not support html|im browser", re.IGNORECASE
)
_TEXT_LIKE = frozenset(
    (
        "message/delivery-status",
        "message/global-delivery-status",
        "message/disposition-notification",
        "message/feedback-report",
    )
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece of the reading text. kind: plain, html, calendar, smime, message (a forwarded message starts here) or
    end."""

    kind: str
    part: Part
    other: str = ""
    """What the same text is also there as: "HTML", "plain text" or ""."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A part that is listed; `number` counts all parts of the message that are no multiparts, from 1."""

    part: Part
    number: int


def _leaf_of(part: Part, kind: str) -> Part | None:
    """The first leaf of a type below `part`, without going into messages."""
    stack = [part]
    while stack:
        one = stack.pop()
        if one.type == kind and not one.children and one.disposition != "attachment":
            return one
        if one.type.startswith("multipart/"):
            stack.extend(reversed(one.children))
    return None


def is_stub(text: str) -> bool:
    """Whether a plain text only says that one should read the HTML."""
    text = text.strip()
    return not text or (len(text) < STUB_LENGTH and _STUB.search(text[:STUB_LENGTH]) is not None)


class Choice:
    """Walks the part tree once and remembers what is attached."""

    def __init__(self, message: Message, prefer_html: bool) -> None:
        self.message = message
        self.prefer_html = prefer_html
        self.attached: list[Attached] = []
        self.plain: list[Part] = []
        """Plain texts that are shown: files may be packed into them."""
        self.types: set[str] = set()
        self.number = 0

    def pieces(self) -> Iterator[Shown]:
        """What to show, in order; `attached` and `types` are complete when it ends."""
        stack: list[tuple[Part, Part | None, str, bool]] = [(self.message.root, None, "", True)]
        while stack:
            part, parent, other, shown = stack.pop()
            if other == "end":
                yield Shown("end", part)
                continue
            self.types.add(part.type)
            if not part.children:
                yield from self.leaf(part, parent, other, shown)
            elif part.type.startswith("message/"):
                self.number += 1
                if parent is not None and parent.type != "multipart/digest":
                    self.attached.append(Attached(part, self.number))
                if shown:
                    yield Shown("message", part.children[0])
                    stack.append((part, parent, "end", True))
                stack.append((part.children[0], part, "", shown))
            elif part.type == "multipart/alternative" and shown:
                stack.extend(reversed(self.alternative(part)))
            else:
                stack.extend((child, part, other, shown) for child in reversed(part.children))

    def alternative(self, part: Part) -> list[tuple[Part, Part | None, str, bool]]:
        plain, rich = _leaf_of(part, "text/plain"), _leaf_of(part, "text/html")
        use_html = rich is not None and (
            plain is None or self.prefer_html or is_stub(part_text(self.message.raw, plain, STUB_LENGTH * 2))
        )
        wanted = rich if use_html else plain
        if wanted is None:
            return [(child, part, "", True) for child in part.children]
        label = ""
        if plain is not None and rich is not None:
            label = "plain text" if use_html else "HTML"
        return [(child, part, label, _holds(child, wanted)) for child in part.children]

    def leaf(self, part: Part, parent: Part | None, other: str, shown: bool) -> Iterator[Shown]:
        self.number += 1
        readable = part.type.startswith("text/") or part.type in _TEXT_LIKE
        if shown and is_smime(part):
            yield Shown("smime", part)
        if part.type == "text/calendar" or not readable or is_attachment(part, parent):
            if not readable and part.content_id and parent is not None and parent.type == "multipart/related":
                return
            if part.body < part.end or part.name:
                self.attached.append(Attached(part, self.number))
            if part.type == "text/calendar":
                yield Shown("calendar", part)
            return
        if shown:
            if part.type == "text/plain":
                self.plain.append(part)
            yield Shown("html" if part.type == "text/html" else "plain", part, other)


def _holds(part: Part, wanted: Part) -> bool:
    stack = [part]
    while stack:
        one = stack.pop()
        if one is wanted:
            return True
        stack.extend(one.children)
    return False
