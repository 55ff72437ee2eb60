"""What is being written, as a value: what stands in the fields, the text, the files. It goes to disk as JSON while one
types, and comes back after a crash. Fields hold what was typed, not what it means."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields, replace
from enum import Enum
from typing import Any

from mailtui.mail.sanitize import safe_line
from mailtui.view.figures import count, plural, size
from mailtui.view.pieces import Piece, Pieces

_PREFIXES = re.compile(r"^(?:(?:re|fwd?|aw|wg|sv|vs)\s*:\s*)+", re.IGNORECASE)
FORMAT = 1
"""Of the JSON on disk."""


class Field(Enum):
    """A line of the header block, in the order of the screen."""

    SENDER = "From"
    TO = "To"
    CC = "Cc"
    BCC = "Bcc"
    SUBJECT = "Subject"

    @property
    def people(self) -> bool:
        """Whether addresses stand in it that the person types."""
        return self in {Field.TO, Field.CC, Field.BCC}


class Kind(Enum):
    """Why it is being written."""

    NEW = "new"
    REPLY = "reply"
    FORWARD = "forward"
    DRAFT = "draft"
    """Taken out of the drafts folder."""
    AGAIN = "again"
    """An old message as a new one."""
    RESEND = "resend"
    """An old message unchanged, to somebody else."""


TITLES = {
    Kind.NEW: "New message",
    Kind.REPLY: "Reply",
    Kind.FORWARD: "Forward",
    Kind.DRAFT: "Draft",
    Kind.AGAIN: "New message",
    Kind.RESEND: "Send again",
}


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file that goes along. `path`: our own copy, so that it is still there when the message leaves."""

    path: str
    name: str
    size: int
    type: str = ""
    """Content type; empty: worked out from the name."""


@dataclass(frozen=True, slots=True)
class Written:
    """A message on its way to be one. `word`: its name on disk. Texts are as typed, not safe for a terminal."""

    word: str
    account: str
    kind: Kind = Kind.NEW
    sender: str = ""
    to: str = ""
    cc: str = ""
    bcc: str = ""
    subject: str = ""
    text: str = ""
    files: tuple[Enclosed, ...] = ()
    reply_to: str = ""
    message_id: str = ""
    """Without angle brackets; the same for every version of the draft and for what is sent."""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    """Without angle brackets, oldest first."""
    answers: str = ""
    """Public id of the message that this is a reply to; empty for none."""
    forwards: str = ""
    answers_all: bool = False
    was_blind: bool = False
    """One was in Bcc of what is answered."""
    got_it: str = ""
    """The own address that got what is answered."""
    notify: bool = False
    """A delivery status notification is asked for (RFC 3461)."""
    signature: str = ""
    """What was put below the text by us: it changes with the sender, and alone it is no text."""
    started: str = ""
    """The text as it was when writing began."""
    cursor: tuple[int, int] = (0, 0)
    """Row and column in the text."""
    own_bcc: str = ""
    """What was put into Bcc by us: it changes with the sender, unless the person changed it."""
    markdown: bool = False
    """The text is Markdown: HTML goes along."""
    keywords: str = ""
    """For the field of that name."""
    original: str = ""
    """Kind.RESEND: path of our copy of the message that goes out unchanged; nothing of it is in `text`."""
    original_id: str = ""
    """Its Message-ID, without angle brackets."""

    @property
    def blank(self) -> bool:
        """Nothing in it would be missed."""
        copied = self.bcc.strip() not in {"", self.own_bcc.strip()}
        if self.fixed:
            return not (self.to.strip() or self.cc.strip() or copied)
        typed = self.text.strip() not in {
            "",
            self.signature.strip(),
            signature_block(self.signature).strip(),
            self.started.strip(),
        }
        if self.kind is Kind.NEW:
            named = self.to.strip() or self.cc.strip() or copied
            return not (typed or self.files or self.subject.strip() or named)
        return not typed and self.kind in {Kind.REPLY, Kind.FORWARD}

    @property
    def fixed(self) -> bool:
        """Only who gets it is up to the person."""
        return self.kind is Kind.RESEND

    @property
    def draft_id(self) -> str:
        """Message-ID of what the drafts folder has of it: one that is sent again keeps its own."""
        return self.original_id if self.fixed else self.message_id

    @property
    def title(self) -> str:
        """Safe."""
        words = TITLES[self.kind]
        about = safe_line(self.subject.strip())
        if self.kind in {Kind.REPLY, Kind.FORWARD}:
            about = _PREFIXES.sub("", about)
        return f"{words}: {about}" if about else words

    def field(self, field: Field) -> str:
        return str(getattr(self, field.name.lower()))

    def with_field(self, field: Field, text: str) -> Written:
        return replace(self, **{field.name.lower(): text})  # type: ignore[arg-type]


def to_json(written: Written) -> bytes:
    """For the disk."""
    plain = asdict(written) | {"kind": written.kind.value, "format": FORMAT}
    return json.dumps(plain, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass")


def from_json(raw: bytes) -> Written | None:
    """What `to_json` made; None if it is none of ours. Fields that a later version added are left out."""
    try:
        plain: Any = json.loads(raw.decode("utf-8", "surrogatepass"))
        known = {field.name for field in fields(Written)}
        values = {name: value for name, value in plain.items() if name in known}
        values["kind"] = Kind(values.get("kind", "new"))
        values["files"] = tuple(Enclosed(**one) for one in values.get("files", ()))
        for name in ("in_reply_to", "references", "cursor"):
            values[name] = tuple(values.get(name, ()))
        if len(values["cursor"]) != 2:
            values["cursor"] = (0, 0)
        written = Written(**values)
    except (ValueError, TypeError, AttributeError, KeyError):
        return None
    texts = (written.word, written.account, written.text, *(written.field(field) for field in Field))
    return written if all(isinstance(text, str) for text in texts) else None


# -- signature


def with_signature(text: str, old: str, new: str) -> str:
    """The text with one signature in place of another; a signature that was changed by hand stays."""
    old_block, new_block = signature_block(old), signature_block(new)
    if old_block and old_block in text:
        return text.replace(old_block, new_block, 1)
    return text if old_block else text + new_block


def signature_block(signature: str) -> str:
    """With the line that tells programs where it begins (RFC 3676 section 4.3)."""
    words = signature.strip("\n")
    if not words:
        return ""
    return f"\n\n{words}\n" if words.startswith("-- \n") else f"\n\n-- \n{words}\n"


# -- lines of the screen


def files_summary(files: tuple[Enclosed, ...]) -> str:
    """3 files, 1.2M"""
    return f"{plural(len(files), 'file')}, {size(sum(one.size for one in files))}" if files else ""


def summary(written: Written, separator: str) -> Pieces:
    """What it comes to: words, files, and what was asked for."""
    words = words_of(written.text, besides=written.started)
    found = ["goes out as it is" if written.fixed else words, files_summary(written.files)]
    found.append("delivery report" if written.notify else "")
    return (Piece(f" {separator} ".join(filter(None, found)), "dim"),)


def words_of(text: str, besides: str = "") -> str:
    """120 words; what is quoted does not count, nor so many words as `besides` has: it was there before."""
    number = max(0, _words(text) - _words(besides))
    return f"{count(number)} {'word' if number == 1 else 'words'}"


def _words(text: str) -> int:
    return sum(len(line.split()) for line in text.split("\n") if not line.startswith(">"))


def quote_depth(line: str) -> int:
    """How often a line is quoted, 0 to 3."""
    depth = 0
    for char in line[:16]:
        if char == ">":
            depth += 1
        elif char != " ":
            break
    return min(depth, 3)
