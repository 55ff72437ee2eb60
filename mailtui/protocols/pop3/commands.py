"""Commands as bytes. Nothing that comes from outside can end a line and begin another command. Pure."""

from __future__ import annotations

import hashlib

from mailtui.model.errors import LocalProtocolError

MAX_LINE = 255
"""Octets of a command with CRLF (RFC 2449 section 4). Longer user names and passwords are sent all the same."""

CAPA, STLS, UTF8, QUIT, NOOP, RSET, UIDL, LIST = (
    b"CAPA\r\n",
    b"STLS\r\n",
    b"UTF8\r\n",
    b"QUIT\r\n",
    b"NOOP\r\n",
    b"RSET\r\n",
    b"UIDL\r\n",
    b"LIST\r\n",
)


def _word(text: str, what: str) -> bytes:
    """Raises LocalProtocolError; the text may be a secret, so it is not repeated."""
    if any(character in text for character in "\r\n\0"):
        raise LocalProtocolError(
            f"the {what} holds a line break or NUL", "no mail server takes that: check config.toml"
        )
    return text.encode("utf-8", "surrogateescape")


def user(name: str) -> bytes:
    return b"USER %b\r\n" % _word(name, "user name")


def password(word: str) -> bytes:
    """Spaces stand as they are: all after the first one is the password (RFC 1939 section 7)."""
    return b"PASS %b\r\n" % _word(word, "password")


def apop(name: str, stamp: bytes, word: str) -> bytes:
    digest = hashlib.md5(stamp + word.encode(), usedforsecurity=False).hexdigest()  # RFC 1939 asks for MD5
    if " " in name:
        raise LocalProtocolError("the user name holds a space", "APOP can't say that: set `auth`")
    return b"APOP %b %b\r\n" % (_word(name, "user name"), digest.encode())


def authenticate(mechanism: str, initial: bytes | None) -> bytes:
    """`initial`: base64; one that makes the line too long must wait for the server's `+` (RFC 5034 section 4)."""
    if initial is None:
        return b"AUTH %b\r\n" % mechanism.encode("ascii")
    return b"AUTH %b %b\r\n" % (mechanism.encode("ascii"), initial)


def retrieve(number: int) -> bytes:
    return b"RETR %d\r\n" % number


def top(number: int, lines: int = 0) -> bytes:
    return b"TOP %d %d\r\n" % (number, lines)


def delete(number: int) -> bytes:
    return b"DELE %d\r\n" % number
