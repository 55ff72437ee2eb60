"""Messages back to letters: those put aside here, and those of other mail programs. Nothing that one would miss is
lost: header fields nobody knows, attachments byte for byte, paragraphs in one line each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from mailtui.mail.attachments import describe
from mailtui.mail.bodies import part_text
from mailtui.mail.compose.build import AS_TYPED, MARKUP, File, Letter
from mailtui.mail.compose.flowed import unflow
from mailtui.mail.compose.subjects import one_line
from mailtui.mail.decoding import decoded_chunks
from mailtui.mail.parse import Message, Part, parse_message
from mailtui.mail.render.choose import Choice, Shown
from mailtui.mail.render.html import html_text
from mailtui.mail.words import decode_text
from mailtui.model.mail import Address

WIDTH = 76
"""Cells of a line of text that was HTML."""
_WRITTEN = frozenset(
    (
        "from", "sender", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id", "in-reply-to", "references",
        "mime-version", "content-type", "content-transfer-encoding", "content-disposition", "content-id",
        "content-language",
    )
)  # fmt: skip
"""Fields that a letter says in other ways."""
_TRACE = frozenset(
    (
        "return-path", "received", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "dkim-signature",
        "dkim-filter", "domainkey-signature", "authentication-results", "received-spf", "status", "x-status", "x-uid",
        "x-uidl", "x-keywords", "content-length", "lines", "x-mozilla-status", "x-mozilla-status2", "x-mozilla-keys",
        "x-mozilla-draft-info", "x-mozilla-altered", "fcc", "x-identity-key", "x-account-key", "user-agent", "x-mailer",
        "x-spam-status", "x-spam-level", "x-spam-score", "x-spam-flag", "x-spam-checker-version", "x-virus-scanned",
        "errors-to", "precedence", "thread-index", "thread-topic", "x-received", "x-delivered-to",
    )
)  # fmt: skip
"""Fields that the way of a message left in it, or that only the program that wrote it understands."""
_TRACES = ("arc-", "list-", "resent-", "x-ms-", "x-google-", "x-gm-", "x-microsoft-", "x-forefront-")


def read_draft(raw: bytes) -> Letter:
    """The letter that a message is: `read_draft(build(letter))` says what an `as_typed` letter says, its files as
    parts. HTML alone becomes text; without From and Date the sender is empty and it is 1970. Never raises."""
    message = parse_message(raw)
    envelope = message.envelope
    text, flowed, markdown, files = contents(message)
    kept = []
    for name, value in message.fields():
        key = name.decode("latin-1")
        low = key.lower()
        if low not in _WRITTEN and low not in _TRACE and not low.startswith(_TRACES):
            kept.append((key, decode_text(value)))
    return Letter(
        envelope.from_[0] if envelope.from_ else Address("", ""),
        datetime.fromtimestamp(envelope.date or 0, UTC),
        envelope.message_id,
        to=_people(envelope.to),
        cc=_people(envelope.cc),
        bcc=_people(envelope.bcc),
        reply_to=_people(envelope.reply_to),
        subject=one_line(envelope.subject),
        text=text,
        in_reply_to=envelope.in_reply_to,
        references=envelope.references,
        files=tuple(files),
        flowed=flowed,
        markdown=markdown,
        extra=tuple(kept),
        as_typed=True,
    )


def edit_as_new(raw: bytes, sender: Address, date: datetime, message_id: str) -> Letter:
    """A new letter that says what a message says, to the same people; it belongs to no thread."""
    letter = read_draft(raw)
    return replace(
        letter, sender=sender, date=date, message_id=message_id, in_reply_to=(), references=(), reply_to=(),
        as_typed=False,
    )  # fmt: skip


def contents(message: Message) -> tuple[str, bool, bool, list[File]]:
    """(text as one types it, whether it flows, whether it is Markdown, files as they stand in the message). What lies
    within an attached message stays there."""
    choice = Choice(message, prefer_html=False)
    texts: list[str] = []
    first: Part | None = None
    depth = 0
    for piece in choice.pieces():
        if piece.kind in {"message", "end"}:
            depth += 1 if piece.kind == "message" else -1
        elif not depth and piece.kind in {"plain", "html"}:
            texts.append(typed(message, piece))
            first = first or piece.part
    inner = _inside_messages(message.root)
    files = [as_file(message.raw, one.part, one.number) for one in choice.attached if id(one.part) not in inner]
    listed = {id(one.part) for one in choice.attached}
    files += [as_file(message.raw, part, 0) for part in _pictures(message.root) if id(part) not in listed]
    params = first.params if first is not None else {}
    flowed = "flowed" in {params.get("format", "").lower(), params.get(AS_TYPED, "").lower()}
    return "\n\n".join(filter(None, texts)), flowed, params.get(MARKUP, "").lower() == "markdown", files


def is_markdown(message: Message) -> bool:
    """Whether its text was written as Markdown, and says so."""
    pieces = (piece for piece in Choice(message, prefer_html=False).pieces() if piece.kind in {"plain", "html"})
    first = next(pieces, None)
    return first is not None and first.part.params.get(MARKUP, "").lower() == "markdown"


def typed(message: Message, piece: Shown) -> str:
    """A piece of the text as one would type it. Not safe for a terminal, but without control characters."""
    source = part_text(message.raw, piece.part)
    if piece.kind == "html":
        lines = html_text(source, WIDTH).lines
        return "\n".join("".join(span.text for span in line).rstrip() for line in lines).strip("\n")
    source = "".join(char for char in source if char >= " " or char in "\n\t")
    if piece.part.params.get("format", "").lower() == "flowed":
        source = unflow(source, delsp=piece.part.params.get("delsp", "").lower() == "yes")
    return source.rstrip("\n")


def as_file(raw: bytes, part: Part, number: int) -> File:
    """A part of a message as a file of another."""
    shown = describe(raw, part, max(number, 1))
    name = part.name or (shown.name if part.type.startswith("message/") else "")
    return File(
        name,
        part.type,
        b"".join(decoded_chunks(raw, part)),
        raw[part.start : part.end],
        part.disposition == "inline",
        part.content_id,
    )


def _people(addresses: tuple[Address, ...]) -> tuple[Address, ...]:
    """Without names of empty groups (undisclosed-recipients:;)."""
    return tuple(one for one in addresses if one.addr)


def _inside_messages(root: Part) -> frozenset[int]:
    """Parts of messages that are attached: these go along as a whole."""
    found: set[int] = set()
    stack = [(root, False)]
    while stack:
        part, inside = stack.pop()
        if inside:
            found.add(id(part))
        below = inside or (part.type.startswith("message/") and bool(part.children))
        stack.extend((child, below) for child in part.children)
    return frozenset(found)


def _pictures(root: Part) -> list[Part]:
    """Parts that an HTML text shows."""
    found: list[Part] = []
    stack = [root]
    while stack:
        part = stack.pop()
        if part.type == "multipart/related":
            found += [
                child
                for child in part.children[1:]
                if child.content_id and not child.type.startswith(("text/", "message/", "multipart/"))
            ]
        if not part.type.startswith("message/"):
            stack.extend(reversed(part.children))
    return found
