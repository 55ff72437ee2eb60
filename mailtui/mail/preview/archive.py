"""What is inside of a zip archive, without unpacking any of it."""

from __future__ import annotations

import io
import struct
import zipfile

from mailtui.mail.render.lines import Line, Span, wrap
from mailtui.mail.sanitize import cell_width, safe_line

MAX_ENTRIES = 2_000
_MAX_DIRECTORY = 4_000_000
"""Bytes of the table of contents that are read: it alone can be a bomb."""
_END = b"PK\x05\x06"


def _directory_size(data: bytes) -> int:
    """Bytes of the table of contents, as the end of the archive gives it."""
    place = data.rfind(_END, max(0, len(data) - 66_000))
    if place < 0 or place + 16 > len(data):
        return 0
    size: int = struct.unpack_from("<L", data, place + 12)[0]
    return size


def _amount(size: int) -> str:
    return f"{size:,}"


def zip_lines(data: bytes, width: int) -> list[Line]:
    """One line per file: size, name, whether it is locked or would grow a lot. Nothing is decompressed."""
    if _directory_size(data) > _MAX_DIRECTORY:
        return [(Span("the archive has too many files to list", "dim"),)]
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, EOFError, struct.error, OSError):
        return [(Span("the archive is damaged or not whole; its contents can't be listed", "dim"),)]
    total = sum(entry.file_size for entry in entries)
    head = f"{_amount(len(entries))} files, {_amount(total)} bytes unpacked"
    lines: list[Line] = [(Span(head, "heading"),), ()]
    column = max((len(_amount(entry.file_size)) for entry in entries[:MAX_ENTRIES]), default=1)
    for entry in entries[:MAX_ENTRIES]:
        name = safe_line(entry.filename)
        amount = _amount(entry.file_size).rjust(column)
        spans = [Span(name, "strong" if entry.is_dir() else "")]
        if entry.flag_bits & 1:
            spans.append(Span("  (locked with a password)", "dim"))
        if entry.file_size > 1_000_000 and entry.file_size > 200 * max(entry.compress_size, 1):
            spans.append(Span("  (grows more than 200 times)", "dim"))
        first = (Span(f"{amount}  ", "dim"),)
        lines += wrap(spans, width, first, (Span(" " * cell_width(amount) + "  "),))
    if len(entries) > MAX_ENTRIES:
        lines.append((Span(f"and {_amount(len(entries) - MAX_ENTRIES)} more", "dim"),))
    return lines
