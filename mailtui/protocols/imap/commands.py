"""Commands as bytes (RFC 9051 section 6). Quoting is decided here and nowhere else; NUL, CR and LF never get out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mailtui.model.errors import LocalProtocolError
from mailtui.model.mail import Flags
from mailtui.protocols.imap import utf7

_ATOM = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./+:=$#!@")


@dataclass(frozen=True, slots=True)
class Literal:
    """Bytes that travel as a literal."""

    data: bytes


Piece = bytes | Literal


def astring(text: str | bytes) -> Piece:
    """Atom, quoted string or literal, whichever is right. Raises LocalProtocolError for NUL."""
    raw = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    if b"\0" in raw:
        raise LocalProtocolError("a NUL can't be sent to an IMAP server")
    if raw and all(byte in _ATOM for byte in raw) and raw.upper() != b"NIL":
        return raw
    if len(raw) < 1024 and raw.isascii() and b"\r" not in raw and b"\n" not in raw:
        return b'"' + raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    return Literal(raw)


def mailbox(name: str, *, utf8: bool = False) -> Piece:
    """A mailbox name for the wire. Raises LocalProtocolError for CR, LF or NUL in it."""
    if any(mark in name for mark in "\0\r\n"):
        raise LocalProtocolError("a mailbox name can't hold NUL, CR or LF")
    if utf8 and not name.isascii():
        raw = name.encode("utf-8", "surrogateescape")
        return b'"' + raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    if any("\udc80" <= mark <= "\udcff" for mark in name):
        return astring(name)  # the server itself named it in raw bytes
    return astring(utf7.encode(name))


def plain(words: str) -> bytes:
    """Command text written by us (no outside data). Raises LocalProtocolError when it could end the line."""
    if any(mark in words for mark in "\0\r\n") or not words.isascii():
        raise LocalProtocolError("a command can't hold NUL, CR, LF or non-ASCII text")
    return words.encode("ascii")


def flag_list(flags: Flags) -> bytes:
    """`(\\Seen $Junk)`. Raises LocalProtocolError for a keyword that is no atom."""
    for keyword in flags.keywords:
        if not keyword or not keyword.isascii() or any(mark in '(){ %*"\\]' or mark <= " " for mark in keyword):
            raise LocalProtocolError(f"{keyword!r} can't be a keyword")
    return b"(" + " ".join(flags.names()).encode("ascii") + b")"


def join(pieces: Iterable[Piece]) -> list[Piece]:
    """Pieces with spaces between them; neighbouring bytes melted together."""
    found: list[Piece] = []
    for piece in pieces:
        if found:
            found.append(b" ")
        found.append(piece)
    melted: list[Piece] = []
    for piece in found:
        if isinstance(piece, bytes) and melted and isinstance(melted[-1], bytes):
            melted[-1] += piece
        else:
            melted.append(piece)
    return melted
