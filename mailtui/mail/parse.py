"""A raw message as a bounded tree of parts for the reader. Never raises."""

from __future__ import annotations

from dataclasses import dataclass

from mailtui.mail.fields import all_fields, header_bounds, normal_block
from mailtui.mail.headers import scan_envelope
from mailtui.mail.structure import Part, read_structure
from mailtui.model.mail import Envelope

__all__ = ["Message", "Part", "parse_message"]


@dataclass(frozen=True, slots=True)
class Message:
    """A message and its parts; offsets in the parts count bytes of `raw`."""

    raw: bytes
    """As stored, except that a message with nothing but bare CRs has \\n in their place."""
    envelope: Envelope
    root: Part
    cut: bool
    """Whether parts beyond the limits were left out (50 levels, 1,000 parts)."""

    def fields(self) -> list[tuple[bytes, bytes]]:
        """All header fields as written: (name, unfolded value)."""
        return fields_of(self.raw, self.root.start)


def fields_of(raw: bytes, start: int) -> list[tuple[bytes, bytes]]:
    """All fields of the header block that starts at `start`."""
    first, end, _ = header_bounds(raw, start)
    return all_fields(normal_block(raw[first:end]))


def parse_message(raw: bytes) -> Message:
    """The part tree of a raw message of any quality."""
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    structure = read_structure(raw)
    return Message(raw, scan_envelope(raw), structure.root, structure.cut)
