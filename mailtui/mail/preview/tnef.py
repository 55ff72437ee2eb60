"""What is inside of a winmail.dat (MS-OXTNEF): names and sizes of the files that Outlook packed into it."""

from __future__ import annotations

import struct

from mailtui.mail.charsets import guess_text
from mailtui.mail.render.lines import Line, Span, wrap
from mailtui.mail.sanitize import cell_width, safe_line

SIGNATURE = b"\x78\x9f\x3e\x22"
MAX_ATTRIBUTES = 5_000
_TITLE, _DATA, _BEGIN = 0x8010, 0x800F, 0x9002


def tnef_files(data: bytes) -> list[tuple[str, int]]:
    """(name, size in bytes) of the files; what can't be read ends the list. Never raises."""
    found: list[tuple[str, int]] = []
    name, size, inside = "", 0, False
    place = 6
    for _ in range(MAX_ATTRIBUTES):
        if place + 9 > len(data):
            break
        _, number, _, length = struct.unpack_from("<BHHL", data, place)
        body = place + 9
        if body + length > len(data):
            break
        if number == _BEGIN:
            if inside:
                found.append((name, size))
            name, size, inside = "", 0, True
        elif number == _TITLE:
            name = guess_text(data[body : body + min(length, 1000)]).rstrip("\x00")
        elif number == _DATA:
            size = length
        place = body + length + 2
    if inside:
        found.append((name, size))
    return found


def tnef_lines(data: bytes, width: int) -> list[Line]:
    """A line per file."""
    found = tnef_files(data)
    if not found:
        return [(Span("no files in it, or it is damaged", "dim"),)]
    lines: list[Line] = [(Span("Outlook packed these files into it:", "heading"),), ()]
    column = max(len(f"{size:,}") for _, size in found)
    for name, size in found:
        amount = f"{size:,}".rjust(column) + "  "
        shown = Span(safe_line(name) or "(no name)")
        lines += wrap([shown], width, (Span(amount, "dim"),), (Span(" " * cell_width(amount)),))
    return lines
