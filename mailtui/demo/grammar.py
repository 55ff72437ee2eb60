"""Bytes to IMAP commands: framing with literals (RFC 9051 section 4.3, RFC 7888), a scanner for arguments. No I/O."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeVar

from mailtui.demo.wire import Ranges, decode_utf7, parse_ranges

T = TypeVar("T")
_LITERAL = re.compile(rb"~?\{(\d{1,12})(\+?)\}\r?$")
_ATOM = re.compile(rb"[^\x00-\x20\x7f(){%*\"\\\]]+")
_ASTRING = re.compile(rb"[^\x00-\x20\x7f(){%*\"\\]+")
_PATTERN = re.compile(rb"[^\x00-\x20\x7f(){\"\\]+")
_FLAG = re.compile(rb"\\?[^\x00-\x20\x7f(){%*\"\\\]]+")
_SET = re.compile(rb"[0-9*:,]+")
_NUMBER = re.compile(rb"[0-9]{1,20}")
_SECTION = re.compile(rb"[A-Za-z0-9.]*")

CONTINUE: Final = object()
"""The assembler's word for: the client waits for a go-ahead before it sends its literal."""


class BadCommand(Exception):
    """Answered with a tagged BAD."""


class Refusal(Exception):
    """Answered with a tagged NO; `code` is the response code without brackets (RFC 5530)."""

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(text)
        self.code = code


class Overflow(Exception):
    """The client sends something without bound, or a literal we never offered; the connection ends with BYE."""


class Assembler:
    """Cuts the incoming stream into whole commands; a command keeps its literals in place, `{3}CRLFabc`."""

    def __init__(self, literal_plus: bool = True, line_limit: int = 1 << 20, literal_limit: int = 1 << 26) -> None:
        self._buffer = bytearray()
        self._from = 0
        self._waiting = 0
        self._literal_plus = literal_plus
        self._line_limit = line_limit
        self._literal_limit = literal_limit

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def take(self) -> bytes | object | None:
        """One whole command without its final CRLF, `CONTINUE`, or None when more bytes are needed.

        Raises Overflow for endless lines, giant literals and `{n+}` where LITERAL+ was not offered.
        """
        while len(self._buffer) >= self._waiting:
            start = max(self._from, self._waiting)
            end = self._buffer.find(b"\n", start)
            if end < 0:
                if len(self._buffer) - start > self._line_limit:
                    raise Overflow("line too long")
                return None
            literal = _LITERAL.search(self._buffer[max(start, end - 20) : end])
            if literal is None:
                return self._cut(end)
            length, plus = int(literal[1]), bool(literal[2])
            if length > self._literal_limit:
                raise Overflow("literal too large")
            if plus and not self._literal_plus:
                raise Overflow("LITERAL+ is not offered here")
            self._from = self._waiting = end + 1 + length
            if not plus:
                return CONTINUE
        return None

    def line(self) -> bytes | None:
        """One bare line (an answer to a challenge, DONE), or None."""
        end = self._buffer.find(b"\n")
        if end < 0:
            if len(self._buffer) > self._line_limit:
                raise Overflow("line too long")
            return None
        return self._cut(end)

    def _cut(self, end: int) -> bytes:
        line = bytes(self._buffer[:end]).removesuffix(b"\r")
        del self._buffer[: end + 1]
        self._from = self._waiting = 0
        return line


class Scanner:
    """Reads the arguments of one command. Every method raises BadCommand when the words don't fit."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def _match(self, pattern: re.Pattern[bytes], what: str) -> bytes:
        found = pattern.match(self.data, self.at)
        if found is None:
            raise BadCommand(f"{what} expected")
        self.at = found.end()
        return found[0]

    def peek(self, text: bytes) -> bool:
        return self.data[self.at : self.at + len(text)].upper() == text

    def skip(self, text: bytes) -> bool:
        """Step over `text` (upper case) if it comes next."""
        if not self.peek(text):
            return False
        self.at += len(text)
        return True

    def expect(self, text: bytes) -> None:
        if not self.skip(text):
            raise BadCommand(f"{text.decode('ascii')!r} expected")

    def space(self) -> None:
        self.expect(b" ")

    @property
    def ended(self) -> bool:
        return self.at >= len(self.data)

    def end(self) -> None:
        if not self.ended:
            raise BadCommand("too many arguments")

    def word(self) -> str:
        """An atom, upper case."""
        return self._match(_ATOM, "word").decode("latin-1").upper()

    def atom(self) -> str:
        return self._match(_ATOM, "atom").decode("latin-1")

    def section(self) -> str:
        return self._match(_SECTION, "section").decode("ascii").upper()

    def flag(self) -> str:
        return self._match(_FLAG, "flag").decode("latin-1")

    def number(self) -> int:
        return int(self._match(_NUMBER, "number"))

    def ranges(self) -> Ranges:
        text = self._match(_SET, "set of numbers").decode("ascii")
        try:
            return parse_ranges(text)
        except ValueError as error:
            raise BadCommand("set of numbers expected") from error

    def string(self) -> bytes:
        """A quoted string or a literal."""
        if self.skip(b'"'):
            return self._quoted()
        self.skip(b"~")
        found = re.compile(rb"\{(\d+)\+?\}\r?\n").match(self.data, self.at)
        if found is None:
            raise BadCommand("string expected")
        start = found.end()
        self.at = start + int(found[1])
        return self.data[start : self.at]

    def _quoted(self) -> bytes:
        out = bytearray()
        while self.at < len(self.data):
            byte = self.data[self.at]
            self.at += 1
            if byte == 0x22:
                return bytes(out)
            if byte == 0x5C and self.at < len(self.data):
                byte = self.data[self.at]
                self.at += 1
            out.append(byte)
        raise BadCommand("quoted string without end")

    @property
    def _string_next(self) -> bool:
        return self.data[self.at : self.at + 1] in (b'"', b"{", b"~")

    def astring(self) -> bytes:
        return self.string() if self._string_next else self._match(_ASTRING, "string")

    def pattern(self) -> bytes:
        """A list-mailbox: like astring, and `*` and `%` are allowed."""
        return self.string() if self._string_next else self._match(_PATTERN, "mailbox pattern")

    def mailbox(self, utf8: bool) -> str:
        return mailbox_name(self.astring(), utf8)

    def listing(self, item: Callable[[], T]) -> list[T]:
        """`(a b c)` or `()`, each item read by `item`."""
        self.expect(b"(")
        items: list[T] = []
        while not self.skip(b")"):
            if items:
                self.space()
            items.append(item())
        return items


def mailbox_name(raw: bytes, utf8: bool) -> str:
    """The Unicode name: UTF-8 after ENABLE UTF8=ACCEPT (RFC 6855), else modified UTF-7. INBOX in any case is INBOX."""
    try:
        name = raw.decode("utf-8") if utf8 else decode_utf7(raw)
    except ValueError as error:
        raise BadCommand("mailbox name is not well encoded") from error
    head, slash, tail = name.partition("/")
    return f"INBOX{slash}{tail}" if head.upper() == "INBOX" else name
