"""The skeleton of a MIME message (RFC 2045, RFC 2046) in one pass over its bytes: where each part starts and ends and
what its header says. Nothing is decoded or copied here. Bounded in depth and parts, linear, never raises."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mailtui.mail.fields import fields, header_bounds, normal_block
from mailtui.mail.params import file_name, parse_parameters

MAX_DEPTH = 50
MAX_PARTS = 1000
_MAX_PART_HEADER = 65_536
_LINE = re.compile(rb"[^\r\n]*+")
_WANTED = frozenset((b"content-type", b"content-disposition", b"content-transfer-encoding", b"content-id"))
_MESSAGES = frozenset(("message/rfc822", "message/global", "message/news"))


@dataclass(slots=True)
class Part:
    """One node of the part tree. Offsets count bytes of the raw message; [body, end) is the still encoded body."""

    type: str
    params: dict[str, str]
    disposition: str
    name: str
    """Claimed file name, decoded, not safe to show or to use as a path."""
    encoding: str
    content_id: str
    start: int
    """Where its header starts."""
    body: int
    end: int
    depth: int
    children: list[Part] = field(default_factory=list)

    @property
    def multipart(self) -> bool:
        return self.type.startswith("multipart/") and bool(self.children)

    @property
    def charset(self) -> str:
        return self.params.get("charset", "")


@dataclass(slots=True)
class Structure:
    """The part tree; `cut` says that parts or levels beyond the limits were left out."""

    root: Part
    cut: bool = False


def _own_boundary(block: bytes) -> int:
    """Where the header ends because the line that follows is the boundary it has just named; -1 if there is none."""
    place = block.find(b"\n--")
    if place < 0:
        return -1
    found = fields(normal_block(block[: place + 1]), _WANTED)
    if b"content-type" not in found:
        return -1
    kind, params = parse_parameters(found[b"content-type"][0])
    boundary = params.get("boundary", "").rstrip().encode("utf-8", "surrogateescape")
    if not kind.startswith("multipart/") or not boundary:
        return -1
    place = block.find(b"\n--" + boundary)
    return place + 1 if place >= 0 else -1


def _read_part(raw: bytes, start: int, depth: int, default: str, limit: int) -> Part:
    """The part whose header starts at `start`; its end is set later."""
    if limit - start > _MAX_PART_HEADER and depth:
        limit = start + _MAX_PART_HEADER
    if depth:
        window = raw[start:limit]
        first, end, body = header_bounds(window)
        block, body = window[first:end], body + start
    else:
        first, end, body = header_bounds(raw, start)
        block = raw[first:end]
    own = _own_boundary(block)
    if own >= 0:
        body = first + own + (start if depth else 0)
        block = block[:own]
    found = fields(normal_block(block), _WANTED) if block else {}
    content_type, params = parse_parameters(found[b"content-type"][0]) if b"content-type" in found else ("", {})
    disposition = ""
    more: dict[str, str] = {}
    if b"content-disposition" in found:
        disposition, more = parse_parameters(found[b"content-disposition"][0])
    encoding = found[b"content-transfer-encoding"][0] if b"content-transfer-encoding" in found else b""
    content_id = found[b"content-id"][0].strip(b"<> \t").decode("latin-1") if b"content-id" in found else ""
    kind = content_type.split(" ", 1)[0]
    if kind.count("/") != 1 or kind.startswith("/") or kind.endswith("/"):
        kind = "text/plain" if not kind or kind == "text" else "application/octet-stream"
        if b"content-type" not in found:
            kind = default
    return Part(
        kind,
        params,
        disposition,
        file_name(more, params),
        encoding.split(b";")[0].strip().lower().decode("latin-1"),
        content_id,
        start,
        body,
        len(raw),
        depth,
    )


class _Walk:
    """The parts that are open at this place of the text, outermost first."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.open: list[Part] = []
        self.boundaries: dict[bytes, list[int]] = {}
        self.marks: list[bytes] = []
        self.count = 0
        self.cut = False

    def begin(self, start: int, default: str) -> int:
        """Open the part at `start` and, through message/rfc822, what it starts with; where to go on."""
        while True:
            depth = len(self.open)
            part = _read_part(self.raw, start, depth, default, self._next_boundary(start) if depth else len(self.raw))
            self.count += 1
            if self.open:
                self.open[-1].children.append(part)
            self.open.append(part)
            boundary = part.params.get("boundary", "").rstrip() if part.type.startswith("multipart/") else ""
            deeper = depth < MAX_DEPTH and self.count < MAX_PARTS
            mark = boundary.encode("utf-8", "surrogateescape") if boundary and deeper else b""
            self.marks.append(mark)
            if mark:
                self.boundaries.setdefault(mark, []).append(depth)
            plain = part.encoding in {"", "7bit", "8bit", "binary"}
            message = part.type in _MESSAGES and plain and part.disposition != "attachment"
            self.cut = self.cut or (not deeper and bool(boundary or message))
            if not message or not deeper:
                return max(part.body - 1, start)
            start, default = part.body, "text/plain"

    def _next_boundary(self, start: int) -> int:
        """Where the next line that is an open boundary starts: a header without blank line ends there."""
        place = start - 1
        limit = start + _MAX_PART_HEADER
        blank = self.raw.find(b"\n\n", start, limit)
        crlf = self.raw.find(b"\n\r\n", start, limit)
        stop = min(place for place in (blank, crlf, limit) if place >= 0)
        while (place := self.raw.find(b"\n--", place, stop)) >= 0:
            if self.level(place + 3) is not None:
                return place + 1
            place += 3
        return len(self.raw)

    def level(self, place: int) -> tuple[int, bool] | None:
        """(index of the open multipart, whether it ends) if the text at `place`, behind `--`, is its boundary."""
        match = _LINE.match(self.raw, place, place + 2000)
        assert match is not None
        line = match[0].rstrip()
        found = self.boundaries.get(line)
        if found:
            return found[-1], False
        if line.endswith(b"--"):
            found = self.boundaries.get(line[:-2])
            if found:
                return found[-1], True
        return None

    def close(self, level: int, end: int) -> None:
        """End all parts above `level`."""
        while len(self.open) > level:
            part = self.open.pop()
            part.end = max(min(end, part.end), part.body)
            mark = self.marks.pop()
            if mark:
                self.boundaries[mark].pop()
                if not self.boundaries[mark]:
                    del self.boundaries[mark]


def _end_before(raw: bytes, line: int) -> int:
    """The line break in front of a boundary belongs to the boundary."""
    if line > 0 and raw[line - 1 : line] == b"\n":
        line -= 1
        if line > 0 and raw[line - 1 : line] == b"\r":
            line -= 1
    return line


def read_structure(raw: bytes) -> Structure:
    """The part tree of a raw message. A message that only has bare CRs must be given with \\n instead."""
    walk = _Walk(raw)
    position = walk.begin(0, "text/plain")
    root = walk.open[0]
    while walk.boundaries:
        if position == 0 and raw.startswith(b"--"):
            place = -1
        else:
            place = raw.find(b"\n--", position)
            if place < 0:
                break
        line = place + 1
        level = walk.level(line + 2)
        position = line + 2
        if level is None:
            continue
        index, last = level
        walk.close(index + 1, _end_before(raw, line))
        if last:
            walk.close(index, line)
            if not walk.open:
                break
            continue
        if walk.count >= MAX_PARTS:
            walk.cut = True
            continue
        newline = raw.find(b"\n", line)
        if newline < 0 or newline + 1 >= len(raw):
            break  # a boundary with nothing behind it opens no part
        default = "message/rfc822" if walk.open[index].type == "multipart/digest" else "text/plain"
        position = walk.begin(newline + 1, default)
    walk.close(0, len(raw))
    root.end = len(raw)
    return Structure(root, walk.cut)
