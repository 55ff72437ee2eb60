"""Cuts a header block into fields (RFC 5322 section 2.2), whatever its line ends are. Bytes in, bytes out."""

from __future__ import annotations

import re
from collections.abc import Container

_BLANK_LINE = re.compile(rb"\n\r?\n")
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_MBOX_LINE = re.compile(rb">?From [^\r\n]*(?:\r\n|\n|\r|\Z)")


def header_bounds(raw: bytes, start: int = 0) -> tuple[int, int, int]:
    """(start of the first field, end of the last field, start of the body) in `raw` from `start` on.

    The first blank line ends the block; without one everything is header, unless the first line is no field:
    then there is no header at all. Bare LF and bare CR count as line ends. A leading mbox "From " line is skipped."""
    if raw.startswith((b"From ", b">From "), start):
        match = _MBOX_LINE.match(raw, start)
        assert match is not None
        start = match.end()
    for end_of_line in (b"\r\n", b"\n"):
        if raw.startswith(end_of_line, start):
            return start, start, start + len(end_of_line)
    if not _FIELD.match(raw, start) and raw[start : start + 1] not in b" \t":
        return start, start, start
    match = _BLANK_LINE.search(raw, start)
    if match:
        return start, match.start(), match.end()
    if raw.find(b"\n", start) < 0:
        bare = raw.find(b"\r\r", start)
        if bare >= 0:
            return start, bare, bare + 2
    return start, len(raw), len(raw)


def normal_block(block: bytes) -> bytes:
    """The block with \\n as its only line end, without NUL, and unfolded: every field is one line."""
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b"\x00" in block:
        block = block.replace(b"\x00", b"")
    return block.replace(b"\n ", b" ").replace(b"\n\t", b"\t")


def fields(block: bytes, wanted: Container[bytes]) -> dict[bytes, list[bytes]]:
    """Values of the wanted fields (names in lower case) of a block from `normal_block`, in order of appearance."""
    found: dict[bytes, list[bytes]] = {}
    for line in block.split(b"\n"):
        name, colon, value = line.partition(b":")
        name = name.lower()
        if name not in wanted:
            if name[-1:] not in b" \t":
                continue
            name = name.rstrip(b" \t")
            if name not in wanted:
                continue
        if not colon:
            continue
        if name in found:
            found[name].append(value)
        else:
            found[name] = [value]
    return found


def all_fields(block: bytes) -> list[tuple[bytes, bytes]]:
    """Every field of a block from `normal_block`: name as written, value without surrounding blanks."""
    pairs = []
    for line in block.split(b"\n"):
        name, colon, value = line.partition(b":")
        if colon and name.strip():
            pairs.append((name.strip(), value.strip()))
    return pairs
