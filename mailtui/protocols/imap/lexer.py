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

_LITERAL = re.compile(rb"(?:~?)\{(\d{1,20})\+?\}$")
_NO_LITERALS = re.compile(rb"\* (?:OK|NO|BAD|BYE|PREAUTH)\b", re.IGNORECASE)
_BODY = re.compile(rb"BODY\[\](?:<\d+>)? ~?\{\d+\+?\}$", re.IGNORECASE)


class LiteralSink(Protocol):
    """Takes a literal as it arrives."""

    def feed(self, data: memoryview, /) -> None: ...
    def finish(self) -> object: ...
    def abort(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """In bytes."""

    line: int = 1 << 20
    """One line; only SEARCH answers of huge mailboxes come near."""
    search_line: int = 64 << 20
    literal: int = 16 << 20
    body: int = 2 << 30
    """A literal that goes to a sink."""
    response: int = 80 << 20
    """All parts of one response that are held in memory."""


@dataclass(frozen=True, slots=True)
class Body:
    """A literal that went to a sink: what its `finish` returned, and its size in bytes."""

    value: object
    size: int


Part: TypeAlias = bytes | Body
SinkFactory: TypeAlias = Callable[[int], LiteralSink]


class _Memory:
    """Holds a small literal."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: memoryview) -> None:
        self._data += data

    def finish(self) -> bytes:
        return bytes(self._data)

    def abort(self) -> None:
        self._data.clear()


class Framer:
    """`feed` bytes, iterate over whole responses. Text parts alternate with literals: even places are text."""

    def __init__(self, limits: Limits = Limits()) -> None:
        self.limits = limits
        self.sink_factory: SinkFactory | None = None
        self.moved = 0
        """Literal bytes taken so far: progress for deadlines."""
        self._buffer = bytearray()
        self._searched = 0
        self._parts: list[Part] = []
        self._held = 0
        self._missing = 0
        self._sink: LiteralSink | None = None
        self._streamed = False
        self._size = 0

    @property
    def empty(self) -> bool:
        """Whether nothing is half read (must hold when TLS starts)."""
        return not self._buffer and not self._parts and self._sink is None

    def feed(self, data: bytes) -> Iterator[list[Part]]:
        """Whole responses completed by `data`. Raises RemoteProtocolError when a bound is broken."""
        view = memoryview(data)
        while True:
            if self._sink is not None:
                view = self._take_literal(view)
                if self._sink is not None:
                    return
            if not self._buffer:
                done = self._lines_of(view)
            else:
                self._buffer += view
                done = self._lines_of(None)
            rest: memoryview | None = None
            for item in done:
                if isinstance(item, memoryview):
                    rest = item
                    break
                yield item
            if rest is None:
                return
            view = rest

    def _lines_of(self, view: memoryview | None) -> Iterator[list[Part] | memoryview]:
        """Responses made of lines; ends with the unread rest when a literal begins."""
        if view is None and self._buffer.find(b"\r\n", max(0, self._searched - 1)) < 0:
            self._bounded(self._buffer)
            self._searched = len(self._buffer)
            return
        data = bytes(view) if view is not None else bytes(self._buffer)
        start = 0
        find = max(0, self._searched - 1) if view is None else 0
        while (end := data.find(b"\r\n", find)) >= 0:
            line = data[start:end]
            start = find = end + 2
            if self._begins_literal(line):
                self._buffer.clear()
                self._searched = 0
                yield memoryview(data)[start:]
                return
            yield self._finished(line)
        rest = data[start:]
        self._bounded(rest)
        if view is None:
            del self._buffer[: len(self._buffer) - len(rest)]
        else:
            self._buffer += rest
        self._searched = len(self._buffer)

    def _bounded(self, rest: bytes | bytearray) -> None:
        searching = rest[:20].upper().startswith((b"* SEARCH", b"* ESEARCH"))
        limit = self.limits.search_line if searching else self.limits.line
        if len(rest) > limit:
            raise RemoteProtocolError(f"the server sent a line of more than {limit} bytes", "the connection is closed")

    def _finished(self, line: bytes) -> list[Part]:
        parts, self._parts, self._held = [*self._parts, line], [], 0
        return parts

    def _begins_literal(self, line: bytes) -> bool:
        if not line.endswith(b"}"):
            return False
        head = self._parts[0] if self._parts else line
        assert isinstance(head, bytes)
        if not head.startswith(b"* ") or _NO_LITERALS.match(head):
            return False
        match = _LITERAL.search(line)
        if match is None:
            return False
        size = int(match[1])
        streamed = self.sink_factory is not None and _BODY.search(line) is not None
        limit = self.limits.body if streamed else self.limits.literal
        self._held += len(line) + (0 if streamed else size)
        if size > limit or self._held > self.limits.response:
            raise RemoteProtocolError(f"the server announced {size} bytes at once", "the connection is closed")
        self._parts.append(line[: match.start()])
        self._missing = self._size = size
        self._streamed = streamed
        self._sink = self.sink_factory(size) if streamed and self.sink_factory is not None else _Memory()
        return True

    def _take_literal(self, view: memoryview) -> memoryview:
        assert self._sink is not None
        part = view[: self._missing]
        if part:
            self._sink.feed(part)
            self._missing -= len(part)
            self.moved += len(part)
        if self._missing:
            return view[len(part) :]
        value = self._sink.finish()
        self._parts.append(Body(value, self._size) if self._streamed else value)  # type: ignore[arg-type]
        self._sink = None
        return view[len(part) :]

    def abort(self) -> None:
        """The connection is gone: half a literal is forgotten."""
        if self._sink is not None:
            self._sink.abort()
            self._sink = None
        self._buffer.clear()
        self._parts.clear()
