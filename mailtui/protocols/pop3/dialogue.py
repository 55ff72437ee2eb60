"""The conversation without a socket: bytes in, typed replies out, any split of the bytes the same.

    GREETING --line--> READY --command--> STATUS --+OK of a line, -ERR--> READY or the next STATUS
                                            |  ^----- `+ ` (AUTH), the command goes on
                                            '--+OK of many lines--> LINES --CRLF.CRLF--> READY or the next STATUS

Every line and every answer is bounded. Bodies go to their sink in large pieces, dot-unstuffed by `bytes.replace`, never
line by line and never as text. A line ends with CRLF and with nothing else (RFC 1939 section 3), so that a CR or LF in
a message stays what it is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from mailtui.model.errors import LostError, MailtuiError, RemoteProtocolError
from mailtui.protocols.pop3 import replies
from mailtui.protocols.pop3.replies import Body, Challenge, Greeting, Reply, Status

END = b"\r\n.\r\n"
_BEGINNINGS = (b"\r\n.\r", b"\r\n.", b"\r\n", b"\r")
"""What END may begin with, longest first."""


@dataclass(frozen=True, slots=True)
class Limits:
    """In bytes."""

    line: int = 16 << 10
    """A status line; RFC 2449 section 4 allows 512."""
    listing: int = 256 << 20
    """CAPA, UIDL, LIST and TOP, which are held in memory."""
    body: int = 2 << 30


class Sink(Protocol):
    """Where the lines of an answer go: a spool file, or memory."""

    def feed(self, data: bytes) -> None: ...

    def finish(self) -> object: ...

    def abort(self) -> None: ...


@dataclass
class Memory:
    """A sink that returns its lines."""

    data: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> None:
        self.data += data

    def finish(self) -> list[bytes]:
        lines = bytes(self.data).split(b"\r\n")
        if lines[-1] == b"":
            del lines[-1]
        return lines

    def abort(self) -> None:
        self.data.clear()


@dataclass(frozen=True, slots=True)
class Want:
    """An answer that is to come. `sink` makes the place for the lines after a +OK; without, the answer is one line."""

    command: str
    sink: Callable[[], Sink] | None = None
    challenged: bool = False
    """`+ ` may come before the status (AUTH)."""
    octets: int = 0
    """The size that LIST told: whether the line break before the final dot belongs to the message. 0: it does."""
    body: bool = False
    """Bounded as a message, not as a listing."""
    last: bool = False
    """Nothing may follow it in the same packet (STLS)."""


class State(Enum):
    GREETING = "greeting"
    STATUS = "status"
    LINES = "lines"


class Dialogue:
    """`want` what was asked for, `feed` what came. Raises RemoteProtocolError from `feed`, and what a sink raises; it
    is of no use afterwards."""

    def __init__(self, host: str, limits: Limits = Limits()) -> None:
        self._host = host
        self._limits = limits
        self._state = State.GREETING
        self._wanted: deque[Want] = deque()
        self._rest = b""
        self._sink: Sink | None = None
        self._status = Status(True)
        self._fed = 0
        self._begun = False
        """The line break that ends the status line is taken for the body's first, so that a dot in the first line is
        like any other; it is left out of the body once."""
        self._steps: dict[State, Callable[[bytes, int, list[Reply]], int]] = {
            State.GREETING: self._greeting,
            State.STATUS: self._answer,
            State.LINES: self._lines,
        }

    @property
    def outstanding(self) -> int:
        """Answers that are to come."""
        return len(self._wanted)

    def want(self, wanted: Want) -> None:
        self._wanted.append(wanted)

    def feed(self, data: bytes) -> list[Reply]:
        """What became whole with these bytes."""
        window = self._rest + data if self._rest else data
        found: list[Reply] = []
        place = 0
        while True:
            state = self._state
            after = self._steps[state](window, place, found)
            if after == place and state is self._state:
                break
            place = after
        self._rest = window[place:]
        return found

    def abort(self) -> None:
        """Gives up what is half here."""
        if self._sink is not None:
            self._sink.abort()
            self._sink = None

    # -- one step each: from `place` in the window, to where it came

    def _line(self, window: bytes, place: int) -> int:
        """Where the line's CRLF is; -1: it is not whole."""
        end = window.find(b"\r\n", place, place + self._limits.line)
        if end < 0 and len(window) - place >= self._limits.line:
            raise self._broken("sends a line without end")
        return end

    def _greeting(self, window: bytes, place: int, found: list[Reply]) -> int:
        end = self._line(window, place)
        if end < 0:
            return place
        greeting: Greeting | None = replies.greeting(window[place:end])
        if greeting is None:
            raise RemoteProtocolError(
                f"{self._host} greets with {window[place : min(end, place + 60)]!r}, which is not POP3",
                "check `host`, `port` and `security`",
            )
        self._state = State.STATUS
        found.append(greeting)
        return end + 2

    def _answer(self, window: bytes, place: int, found: list[Reply]) -> int:
        if place == len(window):
            return place
        end = self._line(window, place)
        if not self._wanted:
            raise self._unasked(window[place:end] if end >= 0 else b"")
        if end < 0:
            return place
        wanted, line = self._wanted[0], window[place:end]
        if wanted.challenged and (line == b"+" or line.startswith(b"+ ")):
            found.append(Challenge(line[2:]))
            return end + 2
        status = replies.status(line)
        if status is None:
            raise self._broken(f"answers {wanted.command} with {line[:60]!r}")
        if status.ok and wanted.sink is not None:
            self._sink, self._status, self._state = wanted.sink(), status, State.LINES
            self._fed, self._begun = 0, False
            return end
        self._wanted.popleft()
        found.append(status)
        if wanted.last and status.ok and len(window) > end + 2:
            raise RemoteProtocolError(
                f"{self._host} said something before the connection was encrypted that was meant for afterwards",
                "somebody may be tampering with the connection; nothing of it is believed",
            )
        return end + 2

    def _lines(self, window: bytes, place: int, found: list[Reply]) -> int:
        end = window.find(END, place)
        wanted = self._wanted[0]
        if end >= 0:
            self._pour(window[place:end], wanted, last=True)
            found.append(self._end(wanted))
            return end + len(END)
        stop = len(window)
        for beginning in _BEGINNINGS:
            if window.endswith(beginning):
                stop = max(place, stop - len(beginning))
                break
        if stop > place:
            self._pour(window[place:stop], wanted)
        return stop

    def _pour(self, data: bytes, wanted: Want, *, last: bool = False) -> None:
        if b"\r\n." in data:
            data = data.replace(b"\r\n.", b"\r\n")
        if not self._begun and data:
            self._begun = True
            data = data[2:]
        self._fed += len(data)
        if self._fed > (self._limits.body if wanted.body else self._limits.listing):
            raise self._broken(f"answers {wanted.command} without end")
        # An answer without lines has no line break of its own. A message that does not end with one is sent with one
        # (RFC 1939 section 3 has no other way): its size tells.
        if last and self._begun and not (wanted.octets and wanted.octets == self._fed):
            data += b"\r\n"
        if data and self._sink is not None:
            self._sink.feed(data)

    def _end(self, wanted: Want) -> Body:
        sink = self._sink
        assert sink is not None
        result = sink.finish()
        self._sink = None
        self._wanted.popleft()
        self._state = State.STATUS
        return Body(self._status, result)

    def _unasked(self, line: bytes) -> MailtuiError:
        """A server that has waited too long says -ERR before it hangs up; nothing else may be said unasked."""
        said = replies.status(line)
        if said is not None and not said.ok:
            return LostError(f'{self._host} said goodbye: "{said.text[:200]}"', "it is tried again by itself")
        return self._broken("says something that was not asked for")

    def _broken(self, what: str) -> RemoteProtocolError:
        return RemoteProtocolError(f"{self._host} {what}", "the connection is closed; it is tried again")


__all__ = ["Challenge", "Dialogue", "Limits", "Memory", "Sink", "Want"]
