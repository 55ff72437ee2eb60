"""One SMTP submission session: bytes in, bytes out (RFC 6409, 4954, 2920, 6152, 6531, 1870). No I/O."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

SIZE_LIMIT: Final = 26_214_400
"""Bytes of one message."""
_LINE_LIMIT: Final = 12_288
_PATH = re.compile(r"(?:FROM|TO):\s*<([^<>\s]*)>\s*(.*)", re.IGNORECASE)

Deliver: TypeAlias = Callable[[str, tuple[str, ...], bytes], None]
"""(envelope sender, envelope recipients, message with CRLF line ends)."""


class SmtpSession:
    """Feed it what the client sends and write what it yields; `deliver` is called once for each accepted message."""

    def __init__(self, user: str, password: str, deliver: Deliver) -> None:
        self.ended = False
        self._user = user
        self._password = password
        self._deliver = deliver
        self._buffer = bytearray()
        self._greeted = False
        self._trusted = False
        self._sender: str | None = None
        self._recipients: list[str] = []
        self._data: bytearray | None = None
        self._auth: list[bytes] | None = None
        self._auth_parts = 1

    def greeting(self) -> bytes:
        return b"220 localhost ESMTP mailtui demo\r\n"

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._buffer += data
        while not self.ended:
            end = self._buffer.find(b"\r\n")
            if end < 0:
                if len(self._buffer) > _LINE_LIMIT and self._data is None:
                    self.ended = True
                    yield b"500 5.5.2 line too long\r\n"
                return
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 2]
            answer = self._line(line)
            if answer:
                yield answer.encode("ascii") + b"\r\n"

    def _line(self, line: bytes) -> str:
        if self._data is not None:
            return self._data_line(line)
        if self._auth is not None:
            return self._auth_line(line)
        verb, _, rest = line.decode("utf-8", "replace").partition(" ")
        match verb.upper():
            case "EHLO" | "HELO":
                return self._hello(verb.upper(), rest)
            case "AUTH":
                return self._start_auth(rest)
            case "MAIL":
                return self._mail(rest)
            case "RCPT":
                return self._rcpt(rest)
            case "DATA":
                return self._start_data()
            case "RSET":
                self._forget()
                return "250 2.0.0 forgotten"
            case "NOOP":
                return "250 2.0.0 fine"
            case "VRFY":
                return "252 2.5.2 send it and see"
            case "QUIT":
                self.ended = True
                return "221 2.0.0 until next time"
        return "500 5.5.1 unknown command"

    def _forget(self) -> None:
        self._sender = None
        self._recipients = []
        self._data = None

    def _hello(self, verb: str, name: str) -> str:
        if not name.strip():
            return "501 5.5.4 who are you?"
        self._forget()
        self._greeted = True
        if verb == "HELO":
            return "250 localhost"
        words = ["localhost", f"SIZE {SIZE_LIMIT}", "8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES"]
        words.append("AUTH PLAIN LOGIN")
        return "\r\n".join([f"250-{word}" for word in words[:-1]] + [f"250 {words[-1]}"])

    def _start_auth(self, rest: str) -> str:
        mechanism, _, first = rest.partition(" ")
        if self._trusted or not self._greeted or self._sender is not None:
            return "503 5.5.1 not now"
        if mechanism.upper() not in ("PLAIN", "LOGIN"):
            return "504 5.5.4 mechanism is not offered"
        self._auth = []
        self._auth_parts = 1 if mechanism.upper() == "PLAIN" else 2
        if first:
            return self._auth_line(first.encode())
        return "334 " if self._auth_parts == 1 else "334 VXNlcm5hbWU6"

    def _auth_line(self, line: bytes) -> str:
        assert self._auth is not None
        try:
            self._auth.append(base64.b64decode(b"" if line == b"=" else line, validate=True))
        except binascii.Error:
            self._auth = None
            return "501 5.5.2 base64 expected"
        if len(self._auth) < self._auth_parts:
            return "334 UGFzc3dvcmQ6"
        parts, self._auth = self._auth, None
        pair = parts if self._auth_parts == 2 else parts[0].split(b"\0")[1:]
        wanted = [self._user.encode(), self._password.encode()]
        if len(pair) != 2 or not all(hmac.compare_digest(*both) for both in zip(pair, wanted, strict=True)):
            return "535 5.7.8 user or password is wrong"
        self._trusted = True
        return "235 2.7.0 welcome"

    def _mail(self, rest: str) -> str:
        found = _PATH.fullmatch(rest.strip())
        if found is None or not rest.upper().startswith("FROM"):
            return "501 5.5.4 MAIL FROM:<address> expected"
        if not self._trusted:
            return "530 5.7.0 log in first"
        if self._sender is not None:
            return "503 5.5.1 one sender at a time"
        parameters = found[2].upper().split()
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name not in ("SIZE", "BODY", "SMTPUTF8", "AUTH"):
                return f"555 5.5.4 parameter {name.encode('ascii', 'replace').decode()} is not known"
            if name == "SIZE" and (not value.isdigit() or int(value) > SIZE_LIMIT):
                return "552 5.3.4 too large"
        if not found[1].isascii() and "SMTPUTF8" not in parameters:
            return "553 5.6.7 needs SMTPUTF8"
        self._sender = found[1]
        return "250 2.1.0 sender noted"

    def _rcpt(self, rest: str) -> str:
        found = _PATH.fullmatch(rest.strip())
        if self._sender is None:
            return "503 5.5.1 MAIL first"
        if found is None or "@" not in found[1] or not rest.upper().startswith("TO"):
            return "501 5.1.3 RCPT TO:<address> expected"
        if found[1].lower().startswith("nobody@"):
            return "550 5.1.1 nobody lives here"
        if len(self._recipients) >= 100:
            return "452 4.5.3 too many recipients"
        self._recipients.append(found[1])
        return "250 2.1.5 recipient noted"

    def _start_data(self) -> str:
        if not self._recipients:
            return "503 5.5.1 RCPT first"
        self._data = bytearray()
        return "354 go on, end with a dot"

    def _data_line(self, line: bytes) -> str:
        assert self._data is not None
        if line != b".":
            if len(self._data) <= SIZE_LIMIT:
                self._data += line.removeprefix(b".") + b"\r\n"
            return ""
        data, sender, recipients = bytes(self._data), self._sender or "", tuple(self._recipients)
        self._forget()
        if len(data) > SIZE_LIMIT:
            return "552 5.3.4 too large"
        self._deliver(sender, recipients, data)
        return "250 2.0.0 taken"
