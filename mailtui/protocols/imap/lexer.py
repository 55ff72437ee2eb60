"""Bytes into responses: lines joined by literals (RFC 9051 sections 2.2 and 4.3). Resumable and iterative; nothing
that was looked at once is looked at again; everything has a bound.

A literal is believed only where the grammar has one: status texts such as `* OK what {3}` end at their CRLF.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from mailtui.model.errors import RemoteProtocolError

_LITERAL = re.compile(rb"(?:^|(?<=[ (\[]))~?\{(\d{1,20})\+?\}$")
_NO_LITERALS = re.compile(
    rb"\* (?:(?:OK|NO|BAD|BYE|PREAUTH|CAPABILITY|ENABLED|SEARCH|SORT|FLAGS|VANISHED)(?: |$)"
    rb"|\d+ (?:EXISTS|RECENT|EXPUNGE))",
    re.IGNORECASE,
)
_BODY = re.compile(rb"BODY\[\](?:<\d{1,20}>)? ~?\{\d+\+?\}$", re.IGNORECASE)
_LONG = (b"* SEARCH", b"* ESEARCH", b"* VANISHED")
_PART_COST = 64
"""Bytes that every literal counts for, whatever its size: a million empty ones must hit the bound too."""
_CR, _LF = 13, 10


class LiteralSink(Protocol):
    """Takes a literal as it arrives."""

    def feed(self, data: memoryview, /) -> None: ...
    def finish(self) -> object: ...
    def abort(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """In bytes."""

    line: int = 1 << 20
    """One line."""
    search_line: int = 16 << 20
    """A line of SEARCH, ESEARCH or VANISHED, which grow with the mailbox."""
    literal: int = 16 << 20
    body: int = 2 << 30
    """A literal that goes to a sink."""
    response: int = 80 << 20
    """All parts of one response that are held in memory."""
    inflated: int = 64 << 20
    """What one read from the wire may grow to under COMPRESS, bodies that go to a sink not counted."""


@dataclass(frozen=True, slots=True)
class Body:
    """A literal that went to a sink: what its `finish` returned, and its size in bytes."""

    value: object
    size: int


Part: TypeAlias = bytes | Body
SinkFactory: TypeAlias = Callable[[int], LiteralSink]


class _Memory:
    """Holds a literal that comes in several reads."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: memoryview) -> None:
        self._data += data

    def finish(self) -> bytes:
        return bytes(self._data)

    def abort(self) -> None:
        self._data.clear()


class Framer:
    """`feed` bytes, iterate over whole responses. Even places of a response are text, odd ones literals."""

    def __init__(self, limits: Limits = Limits()) -> None:
        self.limits = limits
        self.sink_factory: SinkFactory | None = None
        """Makes the taker of the next BODY[] literal, given its size in bytes; None: held in memory."""
        self.moved = 0
        """Literal bytes taken so far: progress for deadlines."""
        self.streamed = 0
        """Those of them that went to a sink."""
        self.consumed = 0
        """Bytes of the present `feed` read up to the end of the response just yielded."""
        self._tail = bytearray()  # an incomplete line, known to hold no CRLF
        self._parts: list[Part] = []
        self._held = 0
        self._missing = 0
        self._size = 0
        self._sink: LiteralSink | None = None
        self._to_sink = False

    @property
    def empty(self) -> bool:
        """Whether nothing is half read (must hold when TLS starts)."""
        return not self._tail and not self._parts and self._sink is None

    def feed(self, data: bytes) -> Iterator[list[Part]]:
        """Whole responses completed by `data`. Raises RemoteProtocolError when a bound is broken, and whatever a
        sink raises."""
        position, size = 0, len(data)
        while position < size:
            if self._sink is not None:
                position = self._take_literal(data, position)
                continue
            line, position = self._take_line(data, position)
            if line is None:
                return
            if line.endswith(b"}") and self._begins_literal(line):
                continue
            self.consumed = position
            if self._parts:
                parts, self._parts, self._held = [*self._parts, line], [], 0
                yield parts
            else:
                yield [line]

    def _take_line(self, data: bytes, position: int) -> tuple[bytes | None, int]:
        """The next line without its CRLF (None: not complete yet) and where it ends."""
        tail = self._tail
        if tail and tail[-1] == _CR and data[position] == _LF:
            line = bytes(tail[:-1])
            tail.clear()
            self._bounded(line)
            return line, position + 1
        end = data.find(b"\r\n", position)
        if end < 0:
            tail += data[position:] if position else data
            self._bounded(tail, len(tail) - (tail[-1] == _CR))
            return None, len(data)
        line = data[position:end]
        if tail:
            line = bytes(tail) + line
            tail.clear()
        self._bounded(line)
        return line, end + 2

    def _bounded(self, line: bytes | bytearray, length: int = -1) -> None:
        length = len(line) if length < 0 else length
        if length <= self.limits.line:
            return
        head = bytes(line[:12]).upper()
        if self._parts or not head.startswith(_LONG) or length > self.limits.search_line:
            raise RemoteProtocolError(
                f"the server sent a line of more than {self.limits.line} bytes", "the connection is closed"
            )

    def _begins_literal(self, line: bytes) -> bool:
        head = self._parts[0] if self._parts else line
        assert isinstance(head, bytes)
        if not head.startswith(b"* ") or _NO_LITERALS.match(head):
            return False
        end = line[-64:]
        match = _LITERAL.search(end)
        if match is None:
            return False
        size = int(match[1])
        to_sink = self.sink_factory is not None and _BODY.search(end) is not None
        self._held += len(line) + _PART_COST + (0 if to_sink else size)
        if size > (self.limits.body if to_sink else self.limits.literal) or self._held > self.limits.response:
            raise RemoteProtocolError(f"the server announced {size} bytes at once", "the connection is closed")
        self._parts.append(line[: match.start() - len(end)])
        self._missing = self._size = size
        self._to_sink = to_sink
        self._sink = self.sink_factory(size) if to_sink and self.sink_factory is not None else _Memory()
        if not size:
            self._end_literal()
        return True

    def _take_literal(self, data: bytes, position: int) -> int:
        """Where the literal ends in `data`, or the end of `data`."""
        assert self._sink is not None
        end = min(position + self._missing, len(data))
        self._sink.feed(memoryview(data)[position:end])
        taken = end - position
        self._missing -= taken
        self.moved += taken
        if self._to_sink:
            self.streamed += taken
        if not self._missing:
            self._end_literal()
        return end

    def _end_literal(self) -> None:
        assert self._sink is not None
        value = self._sink.finish()
        self._sink = None
        if self._to_sink:
            self._parts.append(Body(value, self._size))
        else:
            assert isinstance(value, bytes)
            self._parts.append(value)

    def abort(self) -> None:
        """The connection is gone: half a literal is forgotten."""
        sink, self._sink = self._sink, None
        self._tail.clear()
        self._parts.clear()
        if sink is not None:
            sink.abort()
