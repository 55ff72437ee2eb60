"""Commands as bytes (RFC 9051 section 6). Quoting is decided here and nowhere else; NUL, CR and LF never get out
of a quoted string, and never into a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from mailtui.model.errors import LocalProtocolError
from mailtui.model.mail import Flags
from mailtui.protocols.imap import utf7
from mailtui.protocols.imap.capabilities import Capabilities

_ATOM = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./+:=$#!@")
_SET = re.compile(r"[0-9*]+(?::[0-9*]+)?(?:,[0-9*]+(?::[0-9*]+)?)*")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_STATUS_ITEMS = "MESSAGES UNSEEN UIDNEXT UIDVALIDITY"


@dataclass(frozen=True, slots=True)
class Literal:
    """Bytes that travel as a literal."""

    data: bytes

    def __repr__(self) -> str:
        return f"Literal({len(self.data)} bytes)"


Piece = bytes | Literal
Command = list[Piece]
"""Text and literals in turn, without tag and final CRLF."""


# -- words


def astring(text: str | bytes) -> Piece:
    """Atom, quoted string or literal, whichever is right. Raises LocalProtocolError for NUL."""
    raw = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    if b"\0" in raw:
        raise LocalProtocolError("a NUL can't be sent to an IMAP server")
    if raw and all(byte in _ATOM for byte in raw) and raw.upper() != b"NIL":
        return raw
    if len(raw) < 1024 and raw.isascii() and b"\r" not in raw and b"\n" not in raw:
        return _quoted(raw)
    return Literal(raw)


def _quoted(raw: bytes) -> bytes:
    return b'"' + raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def mailbox(name: str, *, utf8: bool = False) -> Piece:
    """A mailbox name for the wire. Raises LocalProtocolError for an empty one, and for NUL, CR or LF in it."""
    raw = utf7.encode_utf8(name) if utf8 else utf7.encode(name)
    if not raw or any(byte in raw for byte in b"\0\r\n"):
        raise LocalProtocolError(f"{name[:60]!r} can't be a mailbox name")
    if utf8 and not raw.isascii() and len(raw) < 1024:
        return _quoted(raw)
    return astring(raw)


def plain(words: str) -> bytes:
    """Command text written by us (no outside data). Raises LocalProtocolError when it could end the line."""
    if any(mark in words for mark in "\0\r\n") or not words.isascii():
        raise LocalProtocolError("a command can't hold NUL, CR, LF or non-ASCII text")
    return words.encode("ascii")


def uid_set(uids: str) -> str:
    """Checked: numbers, `:`, `,` and `*` only."""
    if not _SET.fullmatch(uids):
        raise LocalProtocolError(f"{uids[:40]!r} is no set of UIDs")
    return uids


def flag_list(flags: Flags) -> bytes:
    """`(\\Seen $Junk)`. Raises LocalProtocolError for a keyword that is no atom."""
    for keyword in flags.keywords:
        if not keyword or not keyword.isascii() or any(mark in '(){%*"\\]\x7f' or mark <= " " for mark in keyword):
            raise LocalProtocolError(f"{keyword!r} can't be a keyword")
    return b"(" + " ".join(flags.names()).encode("ascii") + b")"


def date_time(seconds: int) -> bytes:
    """`"17-Jul-1996 02:44:25 +0000"` from seconds since 1970 UTC."""
    moment = datetime.fromtimestamp(seconds, UTC)
    month = _MONTHS[moment.month - 1]
    return f'"{moment.day:02}-{month}-{moment.year:04} {moment:%H:%M:%S} +0000"'.encode("ascii")


def join(pieces: Iterable[Piece]) -> Command:
    """Pieces with spaces between them; neighbouring bytes melted together."""
    melted: Command = []
    for piece in pieces:
        if not melted:
            melted.append(piece)
            continue
        last = melted[-1]
        if isinstance(last, bytes):
            melted[-1] = last + b" "
        else:
            melted.append(b" ")
        if isinstance(piece, bytes):
            melted[-1] += piece  # type: ignore[operator]
        else:
            melted.append(piece)
    return melted


# -- logging in


def login(user: str, password: str) -> Command:
    """RFC 9051 section 6.2.3."""
    return join([b"LOGIN", astring(user), astring(password)])


def authenticate(mechanism: str, initial: bytes | None = None) -> Command:
    """`initial`: base64, only where SASL-IR is offered (RFC 4959)."""
    return [b"AUTHENTICATE " + plain(mechanism) + (b" " + initial if initial is not None else b"")]


def identify(name: str, version: str) -> Command:
    """ID (RFC 2971): who we are and nothing about the person."""
    return [b'ID ("name" ' + _quoted(plain(name)) + b' "version" ' + _quoted(plain(version)) + b")"]


def enable(names: Sequence[str]) -> Command:
    """RFC 5161."""
    return [plain("ENABLE " + " ".join(names))]


# -- mailboxes


def status_items(capabilities: Capabilities) -> str:
    return _STATUS_ITEMS + (" HIGHESTMODSEQ" if capabilities.condstore else "")


def list_all(capabilities: Capabilities) -> Command:
    """LIST of everything, with subscription, roles and STATUS where offered (RFC 5258, 6154, 5819)."""
    wanted = []
    if capabilities.list_extended:
        wanted.append("SUBSCRIBED")
        if capabilities.special_use:
            wanted.append("SPECIAL-USE")
        if capabilities.list_status:
            wanted.append(f"STATUS ({status_items(capabilities)})")
    return [plain('LIST "" "*"' + (f" RETURN ({' '.join(wanted)})" if wanted else ""))]


def status(name: str, capabilities: Capabilities) -> Command:
    return join([b"STATUS", mailbox(name, utf8=capabilities.utf8), plain(f"({status_items(capabilities)})")])


def select(
    name: str, capabilities: Capabilities, *, qresync: tuple[int, int, str] | None = None, readonly: bool = False
) -> Command:
    """SELECT or EXAMINE; `qresync` (UIDVALIDITY, mod-sequence, known UIDs or "") is used where it is switched on."""
    pieces: list[Piece] = [b"EXAMINE" if readonly else b"SELECT", mailbox(name, utf8=capabilities.utf8)]
    if qresync is not None and capabilities.qresync:
        validity, modseq, known = qresync
        words = f"{validity} {modseq}" + (f" {uid_set(known)}" if known else "")
        pieces.append(plain(f"(QRESYNC ({words}))"))
    elif capabilities.condstore and not capabilities.qresync:
        pieces.append(b"(CONDSTORE)")
    return join(pieces)


def on_mailbox(verb: str, name: str, capabilities: Capabilities) -> Command:
    """CREATE, DELETE, SUBSCRIBE, UNSUBSCRIBE."""
    return join([plain(verb), mailbox(name, utf8=capabilities.utf8)])


def rename(old: str, new: str, capabilities: Capabilities) -> Command:
    utf8 = capabilities.utf8
    return join([b"RENAME", mailbox(old, utf8=utf8), mailbox(new, utf8=utf8)])


def append(name: str, data: bytes, flags: Flags, internaldate: int | None, capabilities: Capabilities) -> Command:
    """RFC 9051 section 6.3.12. Raises LocalProtocolError when the message holds a NUL."""
    if b"\0" in data:
        raise LocalProtocolError("a message with a NUL in it can't be put on an IMAP server")
    pieces: list[Piece] = [b"APPEND", mailbox(name, utf8=capabilities.utf8)]
    if flags.names():
        pieces.append(flag_list(flags))
    if internaldate is not None:
        pieces.append(date_time(internaldate))
    return join([*pieces, Literal(data)])


# -- messages


def uid_fetch(uids: str, items: str, *, changed_since: int | None = None, vanished: bool = False) -> Command:
    """`items` is our own text, such as `(UID FLAGS)`. CHANGEDSINCE and VANISHED: RFC 7162 sections 3.1.4.1, 3.2.6."""
    extra = ""
    if changed_since is not None:
        extra = f" (CHANGEDSINCE {changed_since:d}{' VANISHED' if vanished else ''})"
    return [plain(f"UID FETCH {uid_set(uids)} {items}{extra}")]


def uid_search(criteria: str, capabilities: Capabilities) -> Command:
    """`criteria` is our own text (see search/to_imap for the person's)."""
    return [plain(f"UID SEARCH {'RETURN (ALL) ' if capabilities.esearch else ''}{criteria}")]


def uid_search_for(pieces: Sequence[str | bytes], capabilities: Capabilities) -> Command:
    """What a person looks for: words of the protocol as str, their texts as bytes (see search/to_imap)."""
    command: Command = [b"UID SEARCH"]
    if capabilities.esearch:
        command.append(b" RETURN (ALL)")
    if not capabilities.utf8 and any(isinstance(piece, bytes) and not piece.isascii() for piece in pieces):
        command.append(b" CHARSET UTF-8")
    tight = False
    for piece in pieces:
        part: Piece = plain(piece) if isinstance(piece, str) else astring(piece)
        if not tight and part != b")":
            command.append(b" ")
        command.append(part)
        tight = part == b"("
    return _joined(command)


def _joined(command: Command) -> Command:
    """Text and literals in turn."""
    out: Command = []
    for part in command:
        if isinstance(part, bytes) and out and isinstance(out[-1], bytes):
            out[-1] += part
        else:
            out.append(part)
    return out


def uid_store(uids: str, action: str, flags: Flags, unchanged_since: int | None = None) -> Command:
    """`action` is + or -. UNCHANGEDSINCE: RFC 7162 section 3.1.3."""
    if action not in {"+", "-"}:
        raise LocalProtocolError(f"{action!r} is no way to change flags")
    condition = f"(UNCHANGEDSINCE {unchanged_since:d}) " if unchanged_since is not None else ""
    return [plain(f"UID STORE {uid_set(uids)} {condition}{action}FLAGS.SILENT ") + flag_list(flags)]


def uid_to(verb: str, uids: str, name: str, capabilities: Capabilities) -> Command:
    """UID COPY and UID MOVE (RFC 6851)."""
    return join([plain(f"UID {verb} {uid_set(uids)}"), mailbox(name, utf8=capabilities.utf8)])


def uid_expunge(uids: str) -> Command:
    """RFC 4315: never a plain EXPUNGE, which takes other people's deletions too."""
    return [plain(f"UID EXPUNGE {uid_set(uids)}")]
