"""The text of a message for the full-text index and the list: thousands of messages a second, never raises, linear."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from mailtui.mail.bodies import part_text
from mailtui.mail.packed import without_files
from mailtui.mail.structure import Part, read_structure

SNIPPET = 120
"""Characters of a snippet."""

_SIGNATURES = frozenset(
    (
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-keys",
    )
)
_SKIPPED = re.compile(r"<(!--|style\b|script\b|title\b)", re.IGNORECASE)
_ENDS = {
    "!--": re.compile(r"-->"),
    "style": re.compile(r"</style[^<>]*>", re.IGNORECASE),
    "script": re.compile(r"</script[^<>]*>", re.IGNORECASE),
    "title": re.compile(r"</title[^<>]*>", re.IGNORECASE),
}
_INLINE = re.compile(
    r"</?(?:a|b|i|em|strong|span|font|u|small|big|sub|sup|tt|code|wbr|mark|s|ins|del|abbr|o:p)(?=[\s/>])[^<>]*+>",
    re.IGNORECASE,
)
_TAG = re.compile(r"</?[a-zA-Z!?][^<>]*+>")
_BLANKS = re.compile(r"[ \t\r\n\u00a0\u200b-\u200f\ufeff\u00ad\u034f]{2,}")
_QUOTE_INTRO = re.compile(r"(?:On|Am|Le|El|Il|Op|Den|W dniu|Em|-----)\s.{0,200}$")
_DASHES = frozenset("-=_*#~+|. \t")


@dataclass(frozen=True, slots=True)
class IndexText:
    """What full text and list take from a body."""

    body: str
    """Decoded text (plain parts preferred, HTML stripped), at most as many characters as the limit in bytes."""
    attachments: tuple[str, ...]
    """Claimed file names, decoded, not safe to show."""
    attachment: bool
    """Whether anything is attached that a person would call an attachment (no signatures, no inline pictures)."""
    snippet: str
    """First words of the new text, on one line."""


def strip_html(source: str) -> str:
    """Words of an HTML text, for searching: markup, scripts and styles gone, entities decoded."""
    pieces: list[str] = []
    position = 0
    endless: set[str] = set()
    for match in _SKIPPED.finditer(source):
        kind = match[1].lower()
        if match.start() < position or kind in endless:
            continue
        end = _ENDS[kind].search(source, match.end())
        if end is None:
            endless.add(kind)
            continue
        pieces.append(source[position : match.start()])
        position = end.end()
    pieces.append(source[position:])
    text = " ".join(pieces)
    text = _TAG.sub(" ", _INLINE.sub("", text))
    if "&" in text:
        text = html.unescape(text)
    return _BLANKS.sub(" ", text).strip()


def is_attachment(part: Part, parent: Part | None) -> bool:
    """Whether a leaf is an attachment in a person's eyes."""
    if part.type in _SIGNATURES:
        return False
    if part.disposition == "attachment":
        return True
    if part.type.startswith(("text/", "multipart/", "message/")):
        return bool(part.name) and part.disposition != "inline"
    if part.content_id and parent is not None and parent.type == "multipart/related":
        return False
    return part.disposition != "inline" or bool(part.name)


class _Harvest:
    def __init__(self, raw: bytes, limit: int) -> None:
        self.raw = raw
        self.room = limit
        self.texts: list[str] = []
        self.names: list[str] = []
        self.attachment = False

    def take(self, text: str) -> bool:
        text = text.strip()
        if not text:
            return False
        self.texts.append(text[: self.room])
        self.room -= len(self.texts[-1])
        return True

    def leaf(self, part: Part, parent: Part | None) -> None:
        attached = is_attachment(part, parent)
        if attached:
            self.attachment = True
        if part.name:
            self.names.append(part.name)
        if attached or self.room <= 0 or not part.type.startswith("text/"):
            return
        self.text_of(part)

    def text_of(self, part: Part) -> bool:
        text = part_text(self.raw, part, self.room)
        if part.type == "text/html" or (part.type != "text/plain" and "</" in text):
            text = strip_html(text)
        return self.take(without_files(text))

    def alternative(self, part: Part) -> list[Part]:
        """Which branches of multipart/alternative to go into: plain text if there is any in it, else the others."""
        rest = [child for child in part.children if child.type != "text/calendar"]
        for child in part.children:
            if (
                child.type == "text/plain"
                and child.disposition != "attachment"
                and self.room > 0
                and self.text_of(child)
            ):
                return [other for other in rest if not other.type.startswith("text/") and other is not child]
        return [child for child in rest if child.type != "text/plain"]


def scan_text(raw: bytes, limit: int = 262144) -> IndexText:
    """Text, attachment names and snippet of a raw message. About `limit` bytes of text are read; 50 levels and 1,000
    parts at most. Never raises."""
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    root = read_structure(raw).root
    harvest = _Harvest(raw, limit)
    stack: list[tuple[Part, Part | None, bool]] = [(root, None, False)]
    while stack:
        part, parent, quiet = stack.pop()
        if not part.children:
            if not quiet or part.name or not part.type.startswith("text/"):
                harvest.leaf(part, parent)
        elif part.type == "multipart/alternative":
            before = len(harvest.texts)
            branches = harvest.alternative(part)
            # Once the plain text is taken, the other branches only matter for what they attach.
            quiet = quiet or len(harvest.texts) > before
            stack.extend((child, part, quiet) for child in reversed(branches))
        else:
            stack.extend((child, part, quiet) for child in reversed(part.children))
    body = "\n".join(harvest.texts)
    return IndexText(body, tuple(harvest.names), harvest.attachment, make_snippet(body))


def make_snippet(text: str) -> str:
    """The first words that are new: no quotes, no lines of dashes, no "On Monday X wrote:"."""
    words: list[str] = []
    length = 0
    for line in text[:6000].split("\n"):
        line = line.strip()
        if not line or line[0] == ">" or _DASHES.issuperset(line):
            continue
        if line == "--" or (not words and line.endswith(":") and _QUOTE_INTRO.match(line)):
            continue
        words.append(line)
        length += len(line) + 1
        if length > SNIPPET:
            break
    return " ".join(" ".join(words).split())[:SNIPPET]
