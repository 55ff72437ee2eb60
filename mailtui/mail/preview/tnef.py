"""What is inside of a winmail.dat (MS-OXTNEF): names and sizes of the files that Outlook packed into it."""

from __future__ import annotations

from mailtui.mail.packed import tnef_files
from mailtui.mail.render.lines import Line, Span, wrap
from mailtui.mail.sanitize import cell_width, safe_line


def tnef_lines(data: bytes, width: int) -> list[Line]:
    """A line per file."""
    found = tnef_files(data)
    if not found:
        return [(Span("no files in it, or it is damaged", "dim"),)]
    lines: list[Line] = [(Span("Outlook packed these files into it:", "heading"),), ()]
    column = max(len(f"{one.size:,}") for one in found)
    for one in found:
        amount = f"{one.size:,}".rjust(column) + "  "
        shown = Span(safe_line(one.name) or "(no name)")
        lines += wrap([shown], width, (Span(amount, "dim"),), (Span(" " * cell_width(amount)),))
    return lines
