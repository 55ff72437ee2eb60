"""Which kind of preview an attachment gets, by what it says it is and by what it starts with."""

# ruff: noqa: SIM905 - pools of words read better as one string

from __future__ import annotations

import json
from dataclasses import dataclass

from mailtui.mail.charsets import decode_bytes
from mailtui.mail.filenames import extension
from mailtui.mail.packed import SIGNATURE
from mailtui.mail.preview.archive import zip_lines
from mailtui.mail.preview.calendar import calendar_lines
from mailtui.mail.preview.contact import contact_lines
from mailtui.mail.preview.table import table_lines
from mailtui.mail.preview.tnef import tnef_lines
from mailtui.mail.render.html import html_text
from mailtui.mail.render.lines import Line, Span, line_width, wrap
from mailtui.mail.render.text import text_lines
from mailtui.mail.sanitize import safe_line, safe_text

MAX_BYTES = 8_000_000
"""Decoded bytes that a preview reads; archives need their end."""
MAX_TEXT = 400_000
"""Characters of text that are shown."""
MAX_LINES = 20_000
_DOCUMENT = "a PDF document: what it says is not shown here; close this, then o opens it and s saves it"
_TEXTS = frozenset("asc cfg conf css diff eml ini js json log md patch py rst sh sql tex toml txt xml yaml yml".split())
_ZIPS = frozenset("docx epub jar odp ods odt pptx xlsx xpi zip".split())


@dataclass(frozen=True, slots=True)
class Preview:
    """`what` names the form in a word ("table", "archive", ...); `cut` says that there is more than is shown."""

    what: str
    lines: tuple[Line, ...]
    cut: bool = False


def _kind(type_: str, name: str, data: bytes) -> str:
    end = extension(name)
    if data[:4] in {b"PK\x03\x04", b"PK\x05\x06"} and (end in _ZIPS or type_ != "text/plain"):
        return "archive"
    if data[:5] == b"%PDF-":
        return "document"
    if data[:4] == SIGNATURE:
        return "winmail"
    if type_ == "text/calendar" or end == "ics":
        return "calendar"
    if type_ in {"text/vcard", "text/x-vcard", "text/directory"} or end == "vcf":
        return "contact"
    if type_ in {"text/csv", "text/tab-separated-values"} or end in {"csv", "tsv"}:
        return "table"
    if type_ == "application/json" or type_.endswith("+json") or end == "json":
        return "json"
    if type_ == "text/html" or end in {"htm", "html"}:
        return "html"
    if type_.startswith(("text/", "message/")) or end in _TEXTS or type_ == "application/xml":
        return "text"
    return "" if b"\x00" in data[:4096] or not _mostly_text(data[:4096]) else "text"


def _mostly_text(head: bytes) -> bool:
    controls = sum(byte < 9 or 13 < byte < 32 for byte in head)
    return bool(head) and controls * 50 < len(head) and (head.isascii() or _is_utf8(head))


def _is_utf8(head: bytes) -> bool:
    try:
        head[:-4].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _json(text: str) -> str:
    """Indented if it can be read; else as it is."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return text


def _bytes_lines(data: bytes, width: int) -> list[Line]:
    """What is no text: its first bytes."""
    each = 16 if width >= 75 else 8
    lines: list[Line] = [(Span("no preview of this kind of file; its first bytes:", "dim"),), ()]
    for start in range(0, min(len(data), 512), each):
        row = data[start : start + each]
        letters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        lines.append((Span(f"{start:04x}  ", "dim"), Span(f"{row.hex(' '):<{each * 3}} "), Span(letters, "code")))
    return lines


def preview(data: bytes, type_: str, name: str, charset: str, width: int, *, more: bool = False) -> Preview:
    """Lines of at most `width` cells (at least 20) for the decoded start of an attachment. `more`: `data` is not all
    of it. Never raises; bounded in time and size."""
    width = max(width, 20)
    kind = _kind(type_.lower(), name.lower(), data)
    if kind == "archive":
        return Preview("archive", _fitting(zip_lines(data, width), width), more)
    if kind == "winmail":
        return Preview("winmail", _fitting(tnef_lines(data, width), width), more)
    if kind == "document":
        return Preview("document", _fitting([(Span(_DOCUMENT, "dim"),)], width))
    if not kind:
        return Preview("file", _fitting(_bytes_lines(data, width), width))
    text = decode_bytes(data[: MAX_TEXT * 4], charset)
    cut = more or len(text) > MAX_TEXT
    text = text[:MAX_TEXT]
    if kind == "calendar":
        lines = calendar_lines(text, width) or _plain(text, width)
    elif kind == "contact":
        lines = contact_lines(text, width) or _plain(text, width)
    elif kind == "table":
        lines = table_lines(safe_text(text), width, "\t" if "tab" in type_ or name.endswith(".tsv") else "")
    elif kind == "html":
        lines = html_text(text, width).lines
    else:
        lines = _plain(_json(text) if kind == "json" and not cut else text, width)
    return Preview(kind, _fitting(lines[:MAX_LINES], width), cut or len(lines) > MAX_LINES)


def _fitting(lines: list[Line], width: int) -> tuple[Line, ...]:
    """No line is wider than `width`."""
    return tuple(piece for line in lines for piece in (wrap(line, width) if line_width(line) > width else (line,)))


def _plain(text: str, width: int) -> list[Line]:
    lines = []
    for line in text_lines(text, width):
        lines.append(line)
        if len(lines) > MAX_LINES:
            break
    return lines or [(Span(safe_line("(empty)"), "dim"),)]
