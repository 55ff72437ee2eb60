"""A message as what can be counted about it: tokens for the spam filter, the shape for the advertising score."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from mailtui.mail.bodies import part_text
from mailtui.mail.classify.habits import habits
from mailtui.mail.classify.route import route
from mailtui.mail.classify.words import pairs, words
from mailtui.mail.fields import header_bounds, normal_block
from mailtui.mail.headers import scan_envelope
from mailtui.mail.structure import Part, read_structure
from mailtui.mail.text import is_attachment, strip_html
from mailtui.mail.words import decode_text
from mailtui.model.mail import Envelope

MAX_RAW = 1_500_000
"""Bytes of a message that are looked at."""
MAX_TEXT = 60_000
"""Characters of decoded text that are looked at."""
MAX_HEAD = 65_536
MAX_TOKENS = 6_000
_MAX_FIELDS = 300
_MAX_LINKS = 200
_READ_FOR_HABITS = 20_000

_LINK = re.compile(r"\b(?:https?|ftp)://([^\s/\"'<>?#]{1,200})([^\s\"'<>]{0,300})", re.IGNORECASE)
_TAG = re.compile(r"<(/?[a-zA-Z][a-zA-Z0-9]{0,12})([^<>]{0,600})>")
_COLOUR = re.compile(r"(?:color|bgcolor|background)\s*[=:]\s*[\"']?\s*(#?\w{3,12})", re.IGNORECASE)
_SIZE = re.compile(r"\b(?:width|height)\s*[=:]\s*[\"']?\s*[01]\b", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*[01](?:px|pt|;|\")", re.IGNORECASE)
_RUN = re.compile(r"[^\S\n]{2,}")
_SPLIT_WORD = re.compile(r"[a-zA-Z]<!--[^<>]{0,200}-->[a-zA-Z]")
_NUMERIC = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|\d{8,10}|0x[0-9a-f]{6,8}")
_ADDRESS_IN_NAME = re.compile(r"\d{3,}")


@dataclass(frozen=True, slots=True)
class Shape:
    """What the body looks like."""

    characters: int = 0
    """Of text, without markup."""
    html: bool = False
    plain: bool = False
    images: int = 0
    beacons: int = 0
    """Pictures of one pixel."""
    links: int = 0
    hosts: tuple[str, ...] = ()
    """Of links, most frequent first."""
    longest_link: int = 0
    tables: int = 0
    quoted: int = 0
    """Lines that begin with `>`."""
    attachments: int = 0


@dataclass(frozen=True, slots=True)
class Features:
    """Everything that the classifiers look at. Texts are decoded, not safe for a terminal."""

    envelope: Envelope
    fields: dict[str, tuple[str, ...]]
    """Header values by name in lower case, in order of appearance."""
    text: str
    """First characters of the text, markup removed."""
    shape: Shape
    tokens: tuple[str, ...] = field(repr=False)
    """Without doubles; `kind:word`."""

    def first(self, name: str) -> str:
        """The topmost value of a field, "" without one."""
        values = self.fields.get(name)
        return values[0] if values else ""

    @property
    def sender(self) -> str:
        """Address of the first author, lower case."""
        return self.envelope.from_[0].addr.lower() if self.envelope.from_ else ""


def host_of(text: str) -> str:
    """The host of what stands behind `://`: without user, port, in lower case."""
    return text.rpartition("@")[2].partition(":")[0].strip(".").lower()


@dataclass(slots=True)
class _Body:
    """What is gathered from the parts."""

    texts: list[str] = field(default_factory=list)
    room: int = MAX_TEXT
    marks: Counter[str] = field(default_factory=Counter)
    links: list[tuple[str, str]] = field(default_factory=list)
    images: int = 0
    beacons: int = 0
    tables: int = 0
    html: bool = False
    plain: bool = False
    attachments: int = 0

    def part(self, raw: bytes, part: Part, parent: Part | None) -> None:
        if is_attachment(part, parent):
            self.attachments += 1
            self.marks[f"attached:{part.type[:40]}"] += 1
            if "." in part.name:
                self.marks[f"attached:.{part.name.rpartition('.')[2].lower()[:8]}"] += 1
            return
        if not part.type.startswith("text/"):
            if part.type.startswith("image/"):
                self.marks["inline:picture"] += 1
            return
        self.marks[f"charset:{part.charset.lower()[:30]}"] += 1
        self.marks[f"encoding:{part.encoding[:20]}"] += 1
        if self.room <= 0:
            return
        text = part_text(raw, part, self.room * 2)
        if part.type == "text/html" or ("</" in text[:5_000] and "<html" in text[:5_000].lower()):
            self.html = True
            self.markup(text)
            text = strip_html(text)
        else:
            self.plain = True
            self.found_links(text)
        self.texts.append(text[: self.room])
        self.room -= len(text)

    def found_links(self, text: str) -> None:
        for match in _LINK.finditer(text):
            if len(self.links) >= _MAX_LINKS:
                return
            self.links.append((host_of(match[1]), match[2]))

    def markup(self, text: str) -> None:
        """What the HTML is made of."""
        self.found_links(text)
        for match in _TAG.finditer(text):
            name, rest = match[1].lower(), match[2]
            if name == "img":
                self.images += 1
                if len(_SIZE.findall(rest)) >= 2:
                    self.beacons += 1
            elif name == "table":
                self.tables += 1
            if name[0] != "/":
                self.marks[f"tag:{name}"] += 1
        for match in _COLOUR.finditer(text):
            self.marks[f"colour:{match[1].lower()}"] += 1
        if _HIDDEN.search(text):
            self.marks["html:hidden"] += 1
        if _SPLIT_WORD.search(text):
            self.marks["html:words split by comments"] += 1


def _gather(raw: bytes) -> _Body:
    body = _Body()
    root = read_structure(raw).root
    stack: list[tuple[Part, Part | None]] = [(root, None)]
    body.marks[f"type:{root.type[:40]}"] += 1
    while stack:
        part, parent = stack.pop()
        if part.children:
            stack.extend((child, part) for child in reversed(part.children))
        else:
            body.part(raw, part, parent)
    return body


def _fields(raw: bytes) -> dict[str, tuple[str, ...]]:
    start, end, _ = header_bounds(raw)
    found: dict[str, list[str]] = {}
    for line in normal_block(raw[start : min(end, start + MAX_HEAD)]).split(b"\n", _MAX_FIELDS)[:_MAX_FIELDS]:
        name, colon, value = line.partition(b":")
        if colon and 0 < len(name) < 60:
            key = name.strip().decode("ascii", "replace").lower()
            found.setdefault(key, []).append(decode_text(value[:4_000]).strip())
    return {name: tuple(values) for name, values in found.items()}


_NOT_COUNTED = frozenset(
    (
        "received", "date", "message-id", "subject", "from", "to", "cc", "bcc", "delivered-to",
        "return-path", "references", "in-reply-to", "content-length", "lines", "status", "x-status",
        "x-uid", "x-uidl", "x-keywords", "x-mozilla-status", "x-mozilla-status2", "x-original-to",
        "envelope-to", "delivery-date", "mime-version", "x-original-date", "content-type",
        "content-transfer-encoding", "dkim-signature", "domainkey-signature", "authentication-results",
        "received-spf", "x-spam-status", "x-spam-flag", "x-spam-level", "x-spam-checker-version",
        "x-spam-score", "x-spam-report", "x-spam", "x-spambayes-classification", "x-bogosity", "arc-seal",
        "arc-message-signature", "arc-authentication-results", "x-evolution", "x-spam-prev-content-type",
        "x-spam-hits", "x-from-line", "x-gmail-labels", "x-gm-thrid", "x-ms-exchange-organization-scl",
        "x-spam-tests",
    )
)  # fmt: skip
"""Fields that say nothing about the sort of mail, or of which only parts are read."""
_VALUED = (
    "x-mailer",
    "user-agent",
    "x-mimeole",
    "precedence",
    "x-priority",
    "x-msmail-priority",
    "auto-submitted",
    "organization",
)


def _address_tokens(envelope: Envelope) -> Iterator[str]:
    for kind, people in (("from", envelope.from_[:3]), ("reply", envelope.reply_to[:3])):
        for one in people:
            local, _, domain = one.addr.lower().rpartition("@")
            yield f"{kind}:{one.addr.lower()[:80]}"
            yield f"{kind}:@{domain[:60]}"
            yield f"{kind}:.{domain.rpartition('.')[2][:12]}"
            yield from (f"{kind}name:{word}" for word in words(one.name[:200], 8))
            if _ADDRESS_IN_NAME.search(local):
                yield f"{kind}:figures in the address"
            if not one.name:
                yield f"{kind}:no name"
    authors = {one.addr.lower() for one in envelope.from_}
    if envelope.reply_to and not authors & {one.addr.lower() for one in envelope.reply_to}:
        yield "odd:answers go elsewhere"
    count = len(envelope.to) + len(envelope.cc)
    yield f"to:{'nobody' if not count else 'one' if count == 1 else 'some' if count < 6 else 'many'}"
    if authors & {one.addr.lower() for one in envelope.to}:
        yield "odd:sent to its own sender"
    if not envelope.date:
        yield "odd:no date"
    if not envelope.message_id:
        yield "odd:no message id"
    if envelope.in_reply_to or envelope.references:
        yield "thread:an answer"


def _at_random(word: str) -> bool:
    """Whether nobody would write such a word: capitals and small letters change about like in `YOHvTp2KSxRj`."""
    letters = [char for char in word if char.isascii() and char.isalnum()]
    if not 10 <= len(letters) == len(word):
        return False
    turns = sum(a.islower() != b.islower() for a, b in itertools.pairwise(letters))
    return turns * 3 >= len(letters) and not word.isdigit()


def _subject_tokens(subject: str) -> Iterator[str]:
    found = list(words(subject[:400], 60))
    yield from (f"subject:{word}" for word in found)
    yield from (f"subject:{pair}" for pair in pairs(found))
    letters = [char for char in subject[:400] if char.isalpha()]
    if len(letters) > 8 and sum(char.isupper() for char in letters) * 10 > len(letters) * 8:
        yield "subject:ALL CAPITALS"
    if "!" in subject:
        yield "subject:!" if "!!" not in subject else "subject:!!"
    for sign in "$%?*":
        if sign in subject:
            yield f"subject:{sign}"
    if "    " in subject:
        yield "subject:wide gap"
    if any(_at_random(word) for word in subject[:400].split()):
        yield "subject:letters at random"
    if subject[:3].lower() == "re:":
        yield "subject:re"


def _tight(text: str) -> str:
    """Without blank lines and runs of blanks: patterns would try every start within them."""
    return "\n".join(line for line in _RUN.sub(" ", text).split("\n") if line and not line.isspace())


_VERDICT = re.compile(r"\b(?:yes|spam|high|true)\b", re.IGNORECASE)
_METHOD = re.compile(r"\b(dmarc|dkim|spf)\s*=\s*([a-z]{1,12})", re.IGNORECASE)


def _server_tokens(fields: dict[str, tuple[str, ...]], servers: frozenset[str]) -> Iterator[str]:
    """What servers say. Authentication-Results counts only from one's own (RFC 8601 section 5), topmost first."""
    for name in ("x-spam-flag", "x-spam-status", "x-spam", "x-spam-status", "x-bogosity", "x-spambayes-classification"):
        for value in fields.get(name, ())[:2]:
            yield f"server:{name} {'yes' if _VERDICT.match(value) else 'no'}"
    stars = fields.get("x-spam-level", ("",))[0].count("*")
    if stars:
        yield f"server:x-spam-level {min(stars, 20) // 5 * 5}"
    for value in fields.get("authentication-results", ())[:20]:
        server, _, rest = value.partition(";")
        if server.split()[:1] and server.split()[0].lower() in servers:
            yield from {f"server:{m[1].lower()} {m[2].lower()}" for m in _METHOD.finditer(rest[:4_000])}
            return


def _head_tokens(fields: dict[str, tuple[str, ...]]) -> Iterator[str]:
    for name in fields:
        if name not in _NOT_COUNTED:
            yield f"field:{name}"
    for name in _VALUED:
        for value in fields.get(name, ())[:1]:
            yield f"{name}:{' '.join(value.lower().split()[:2])[:40]}"


def _link_tokens(body: _Body, sender: str) -> Iterator[str]:
    hosts = Counter(host for host, _ in body.links)
    for host in list(hosts)[:40]:
        if _NUMERIC.fullmatch(host):
            yield "link:host is a number"
            continue
        yield f"link:{host[:60]}"
        labels = host.split(".")
        if len(labels) > 2:
            yield f"link:{'.'.join(labels[-2:])[:60]}"
        yield f"link:.{labels[-1][:12]}"
    if "%" in "".join(path[:200] for _, path in body.links[:20]):
        yield "link:percent signs"
    for host, _ in body.links[:20]:
        if "@" in host:
            yield "link:user in front"
    yield f"links:{min(len(body.links), 12) // 3 * 3}"
    domain = sender.rpartition("@")[2]
    if body.links and domain and not any(host.endswith(domain) for host in hosts):
        yield "links:none to the sender's domain"


def _mark_tokens(body: _Body, text: str) -> Iterator[str]:
    yield from list(body.marks)[:200]
    yield f"body:{'html' if body.html else 'plain'}{' and plain' if body.html and body.plain else ''}"
    if body.images:
        yield f"images:{min(body.images, 15) // 5 * 5}"
    if body.beacons:
        yield "images:one pixel"
    letters = [char for char in text[:4_000] if char.isalpha()]
    if letters:
        share = sum(char.isupper() for char in letters) * 10 // len(letters)
        yield f"body:capitals {share * 10}%"
        foreign = sum(ord(char) > 0x250 for char in letters) * 4 // len(letters)
        yield f"body:foreign letters {foreign}"
    yield f"body:length {len(str(len(text)))}"
    if "!!" in text:
        yield "body:!!"


def _shape(body: _Body, text: str) -> Shape:
    hosts = Counter(host for host, _ in body.links)
    return Shape(
        characters=len(text),
        html=body.html,
        plain=body.plain,
        images=body.images,
        beacons=body.beacons,
        links=len(body.links),
        hosts=tuple(host for host, _ in hosts.most_common(40)),
        longest_link=max((len(path) for _, path in body.links), default=0),
        tables=body.tables,
        quoted=sum(line.startswith(">") for line in text[:20_000].split("\n")),
        attachments=body.attachments,
    )


def read_features(raw: bytes, servers: frozenset[str] = frozenset()) -> Features:
    """What can be counted about a raw message. `servers`: authserv-ids of one's own mail servers. Bounded: at most
    MAX_RAW bytes, MAX_TEXT characters, MAX_TOKENS tokens. Never raises."""
    raw = raw[:MAX_RAW]
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    envelope = scan_envelope(raw[:MAX_HEAD] if header_bounds(raw)[1] > MAX_HEAD else raw)
    fields = _fields(raw)
    body = _gather(raw)
    text = _tight("\n".join(body.texts)[:MAX_TEXT])
    sender = envelope.from_[0].addr.lower() if envelope.from_ else ""
    tokens: dict[str, None] = {}
    tokens.update(dict.fromkeys(_server_tokens(fields, servers)))
    tokens.update(dict.fromkeys(_address_tokens(envelope)))
    tokens.update(dict.fromkeys(route(fields, sender, envelope.message_id)))
    tokens.update(dict.fromkeys(_subject_tokens(envelope.subject)))
    tokens.update(dict.fromkeys(_head_tokens(fields)))
    tokens.update(dict.fromkeys(_link_tokens(body, sender)))
    tokens.update(dict.fromkeys(_mark_tokens(body, text)))
    tokens.update(dict.fromkeys(habits(envelope.subject[:400], text[:_READ_FOR_HABITS])))
    found = list(words(text))
    tokens.update((f"word:{word}", None) for word in found)
    for pair in pairs(found):
        if len(tokens) >= MAX_TOKENS:
            break
        tokens[f"pair:{pair}"] = None
    return Features(envelope, fields, text, _shape(body, text), tuple(tokens)[:MAX_TOKENS])
