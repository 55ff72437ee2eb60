"""What is attached to a message: found, named, described. No I/O; decoding is `decoding`, names are `filenames`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from mimetypes import guess_type

from mailtui.mail.decoding import decoded_chunks
from mailtui.mail.filenames import dangers, safe_file_name
from mailtui.mail.headers import scan_envelope
from mailtui.mail.packed import Packed, packed, unpack
from mailtui.mail.parse import Message, Part, parse_message
from mailtui.mail.render.choose import Choice
from mailtui.mail.sanitize import safe_line
from mailtui.mail.smime import is_smime, opened

MAX_SIGNED = 3
"""Messages inside of each other that are looked into."""
_HEAD = 262_144


@dataclass(frozen=True, slots=True)
class Attachment:
    """`number` counts the parts of the message that are no multiparts, from 1. `name` is safe to show, `file_name`
    safe to write. `size` is in decoded bytes, near enough for coded parts."""

    number: int
    name: str
    file_name: str
    type: str
    size: int
    part: Part
    packed: Packed | None = None
    """Where it lies in the part, if it is not the whole part."""
    inner: int = 0
    """Its number inside of the part, if that is a message that is signed as a whole (S/MIME)."""

    @property
    def dangers(self) -> tuple[str, ...]:
        """Why one had better not open it."""
        if self.inner:
            return dangers(self.name, self.type, self.number)
        if self.packed is not None:
            return dangers(self.packed.name, self.type, self.number)
        return dangers(self.part.name, self.part.type, self.number)


def size_of(part: Part) -> int:
    """Decoded bytes of a part: exact if it is not coded, else near enough to show."""
    size = max(part.end - part.body, 0)
    if part.encoding == "base64":
        return (size - size // 78 * 2) * 3 // 4
    return size


def _forwarded_name(raw: bytes, part: Part) -> str:
    """A forwarded message is called by its subject."""
    inner = part.children[0].start if part.children else part.body
    subject = safe_line(scan_envelope(raw[inner : min(inner + _HEAD, part.end)]).subject).strip()
    return f"{subject[:120].replace('/', '-')}.eml" if subject else ""


def describe(raw: bytes, part: Part, number: int) -> Attachment:
    """A part as an attachment; one without a name gets one."""
    claimed = part.name
    if not claimed and part.type.startswith("message/rfc822"):
        claimed = _forwarded_name(raw, part)
    file_name = safe_file_name(claimed, part.type, number)
    return Attachment(number, safe_line(claimed) or file_name, file_name, safe_line(part.type), size_of(part), part)


def attachments(message: Message, depth: int = 0) -> tuple[Attachment, ...]:
    """All attachments of a message, in order. `depth`: how many messages are around it."""
    choice = Choice(message, prefer_html=False)
    for _ in choice.pieces():
        pass
    return listed(message, choice, depth)


def listed(message: Message, choice: Choice, depth: int = 0) -> tuple[Attachment, ...]:
    """What a finished choice found; after them, with the numbers that follow, the files that are packed into a
    winmail.dat, into the text, or into what S/MIME has signed."""
    found = [describe(message.raw, one.part, one.number) for one in choice.attached]
    number = choice.number
    for part in (*choice.plain, *(one.part for one in choice.attached)):
        for one in packed(message.raw, part):
            number += 1
            kind = guess_type(one.name, strict=False)[0] or "application/octet-stream"
            file_name = safe_file_name(one.name, kind, number)
            found.append(Attachment(number, safe_line(one.name) or file_name, file_name, kind, one.size, part, one))
    for part in [one.part for one in choice.attached if depth < MAX_SIGNED and is_smime(one.part)]:
        for file in attachments(parse_message(opened(message.raw, part).content), depth + 1):
            number += 1
            found.append(replace(file, number=number, part=part, packed=None, inner=file.number))
    return tuple(found)


def find(raw: bytes) -> tuple[Attachment, ...]:
    """The attachments of a raw message of any quality. Never raises."""
    return attachments(parse_message(raw))


def content(raw: bytes, one: Attachment) -> Iterator[bytes]:
    """The decoded bytes of an attachment, piece by piece. `raw` is that of `Message`."""
    if one.inner:
        inside = parse_message(opened(raw, one.part).content)
        file = next((file for file in attachments(inside) if file.number == one.inner), None)
        return content(inside.raw, file) if file is not None else iter(())
    return decoded_chunks(raw, one.part) if one.packed is None else unpack(raw, one.part, one.packed)


def wanted(found: Sequence[Attachment], words: Sequence[str]) -> tuple[list[Attachment], list[str]]:
    """(those that numbers or names mean, words that mean none). Without words: all."""
    if not words:
        return list(found), []
    chosen: dict[int, Attachment] = {}
    unknown = []
    for word in words:
        hits = [one for one in found if word == str(one.number)] or [
            one for one in found if word in {one.name, one.file_name}
        ]
        chosen.update({one.number: one for one in hits})
        if not hits:
            unknown.append(word)
    return list(chosen.values()), unknown
