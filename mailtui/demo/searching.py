"""SEARCH: keys to a test on one message, the reply in both its forms (RFC 9051 section 6.4.4). No I/O."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import parsedate_to_datetime
from typing import TypeAlias

from mailtui.demo.fetch import split_message
from mailtui.demo.grammar import BadCommand, Scanner
from mailtui.demo.mailboxes import StoredMessage
from mailtui.demo.view import View
from mailtui.demo.wire import compress, parse_day

Test: TypeAlias = Callable[[StoredMessage], bool]
_FLAG_KEYS = {flag[1:].upper(): flag for flag in ("\\Answered", "\\Deleted", "\\Draft", "\\Flagged", "\\Seen")}
_HEADER_KEYS = ("FROM", "TO", "CC", "BCC", "SUBJECT")
_DAY_KEYS: dict[str, Callable[[int, int], bool]] = {
    "BEFORE": lambda day, wanted: day < wanted,
    "ON": lambda day, wanted: day == wanted,
    "SINCE": lambda day, wanted: day >= wanted,
}


@dataclass(frozen=True, slots=True)
class Search:
    test: Test
    returns: frozenset[str] | None
    """RETURN options (RFC 4731), None for the plain `* SEARCH` reply."""
    modseq: bool
    """Whether MODSEQ was among the keys, so the reply names the highest one (RFC 7162 section 3.1.5)."""


class SearchReader:
    """Reads the arguments of one SEARCH command. Raises BadCommand."""

    def __init__(self, scan: Scanner, view: View, *, extended: bool, condstore: bool) -> None:
        self._scan = scan
        self._view = view
        self._extended = extended
        self._condstore = condstore
        self._modseq = False

    def read(self) -> Search:
        returns = self._returns()
        if self._scan.skip(b"CHARSET "):
            charset = self._scan.astring().upper()
            if charset not in (b"UTF-8", b"US-ASCII"):
                raise BadCommand("unknown charset")
            self._scan.space()
        tests = [self._key()]
        while not self._scan.ended:
            self._scan.space()
            tests.append(self._key())
        return Search(_every(tests), returns, self._modseq)

    def _returns(self) -> frozenset[str] | None:
        if not self._scan.peek(b"RETURN ("):
            return None
        if not self._extended:
            raise BadCommand("SEARCH RETURN is not offered here")
        self._scan.skip(b"RETURN ")
        options = frozenset(self._scan.listing(self._scan.word)) or frozenset({"ALL"})
        if not options <= {"MIN", "MAX", "ALL", "COUNT"}:
            raise BadCommand("unknown SEARCH RETURN option")
        self._scan.space()
        return options

    def _argument(self) -> str:
        self._scan.space()
        return self._scan.astring().decode("utf-8", "replace")

    def _key(self) -> Test:
        if self._scan.peek(b"("):
            return _every(self._scan.listing(self._key))
        next_byte = self._scan.data[self._scan.at : self._scan.at + 1]
        if next_byte.isdigit() or next_byte == b"*":
            return self._numbers(by_uid=False)
        name = self._scan.word()
        if name in _FLAG_KEYS or name.removeprefix("UN") in _FLAG_KEYS:
            return _flag_test(name)
        if name in _HEADER_KEYS:
            return _header_test(name, self._argument())
        if name.removeprefix("SENT") in _DAY_KEYS:
            return self._day(name)
        return self._other(name)

    def _other(self, name: str) -> Test:
        match name:
            case "ALL" | "OLD":
                return lambda message: True
            case "NEW" | "RECENT":
                return lambda message: False
            case "UID":
                self._scan.space()
                return self._numbers(by_uid=True)
            case "NOT":
                self._scan.space()
                test = self._key()
                return lambda message: not test(message)
            case "OR":
                self._scan.space()
                one = self._key()
                self._scan.space()
                two = self._key()
                return lambda message: one(message) or two(message)
            case "KEYWORD" | "UNKEYWORD":
                keyword = self._argument().lower()
                has = name == "KEYWORD"
                return lambda message: (keyword in {flag.lower() for flag in message.flags}) == has
            case "HEADER":
                return _header_test(self._argument(), self._argument())
            case "BODY" | "TEXT":
                return _text_test(self._argument(), whole=name == "TEXT")
            case "LARGER" | "SMALLER":
                return self._size(name == "LARGER")
            case "MODSEQ" if self._condstore:
                return self._changed_since()
        raise BadCommand(f"unknown SEARCH key {name}")

    def _numbers(self, by_uid: bool) -> Test:
        chosen = set(self._view.resolve(self._scan.ranges(), by_uid))
        return lambda message: message.uid in chosen

    def _size(self, larger: bool) -> Test:
        self._scan.space()
        limit = self._scan.number()
        return (lambda message: len(message.raw) > limit) if larger else (lambda message: len(message.raw) < limit)

    def _changed_since(self) -> Test:
        self._scan.space()
        if self._scan.peek(b'"'):
            self._scan.string()
            self._scan.space()
            self._scan.word()
            self._scan.space()
        modseq = self._scan.number()
        self._modseq = True
        return lambda message: message.modseq >= modseq

    def _day(self, name: str) -> Test:
        try:
            wanted = parse_day(self._argument())
        except ValueError as error:
            raise BadCommand("date expected") from error
        compare = _DAY_KEYS[name.removeprefix("SENT")]
        day = _sent_day if name.startswith("SENT") else _arrival_day
        return lambda message: compare(day(message), wanted)


def reply(search: Search, found: Sequence[StoredMessage], view: View, tag: str, by_uid: bool) -> bytes:
    """The untagged answer, in the form that was asked for."""
    numbers = [message.uid if by_uid else view.number(message.uid) for message in found]
    highest = max((message.modseq for message in found), default=0) if search.modseq else 0
    if search.returns is None:
        tail = f" (MODSEQ {highest})" if highest else ""
        return f"* SEARCH{''.join(f' {number}' for number in numbers)}{tail}\r\n".encode("ascii")
    words = [f'(TAG "{tag}")'] + (["UID"] if by_uid else [])
    if numbers and "MIN" in search.returns:
        words.append(f"MIN {numbers[0]}")
    if numbers and "MAX" in search.returns:
        words.append(f"MAX {numbers[-1]}")
    if numbers and "ALL" in search.returns:
        words.append(f"ALL {compress(numbers)}")
    if "COUNT" in search.returns:
        words.append(f"COUNT {len(numbers)}")
    if highest:
        words.append(f"MODSEQ {highest}")
    return f"* ESEARCH {' '.join(words)}\r\n".encode("ascii")


def _every(tests: Sequence[Test]) -> Test:
    return lambda message: all(test(message) for test in tests)


def _flag_test(name: str) -> Test:
    wanted = name in _FLAG_KEYS
    flag = _FLAG_KEYS[name if wanted else name.removeprefix("UN")]
    return lambda message: (flag in message.flags) == wanted


def _header_value(message: StoredMessage, name: str) -> str | None:
    head = BytesHeaderParser(policy=compat32).parsebytes(split_message(message.raw)[0])
    values = head.get_all(name)
    if values is None:
        return None
    return " ".join(_decoded(str(value)) for value in values)


def _decoded(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except (LookupError, ValueError):
        return value


def _header_test(name: str, wanted: str) -> Test:
    needle = wanted.casefold()

    def test(message: StoredMessage) -> bool:
        value = _header_value(message, name)
        return value is not None and needle in value.casefold()

    return test


def _text_test(wanted: str, whole: bool) -> Test:
    """Looks at the raw text: words inside base64 are not found, as on servers without an index."""
    needle = wanted.casefold()

    def test(message: StoredMessage) -> bool:
        raw = message.raw if whole else split_message(message.raw)[1]
        return needle in raw.decode("utf-8", "replace").casefold()

    return test


def _arrival_day(message: StoredMessage) -> int:
    return datetime.fromtimestamp(message.internaldate, UTC).toordinal()


def _sent_day(message: StoredMessage) -> int:
    try:
        return parsedate_to_datetime(_header_value(message, "Date") or "").toordinal()
    except ValueError:
        return _arrival_day(message)
