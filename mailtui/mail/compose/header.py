"""Header fields as bytes: folded, encoded where they are not ASCII (RFC 2047), parameters too (RFC 2231). No value can
end its field."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence

from mailtui.model.errors import MailtuiError
from mailtui.model.mail import Address

WIDTH = 76
"""Octets of a line after which it is folded (RFC 5322 section 2.1.1 wants 78 at most)."""
WORD = 75
"""Octets of an encoded word at most (RFC 2047 section 2)."""
LONGEST = 900
"""Octets of a piece without blanks that may stand in a line as it is (998 is the limit)."""
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\x80-\x9f\u2028\u2029]")
_HALF = re.compile(r"[\ud800-\udfff\ufffd]")
_SPECIAL = re.compile(r'[()\[\]:;\\,"<>@]')
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&*+.^_`{|}~-]+")
"""RFC 2045 section 5.1, without the apostrophe: Python's parser loses a file name that holds one unquoted."""
_ID = re.compile(r"[\x21-\x3b\x3d\x3f-\x7e]+")


class ComposeError(MailtuiError):
    """What was written can't become a message."""


def checked(value: str, name: str) -> str:
    """The value without surrounding blanks. Raises ComposeError if it could end its field or fool a terminal."""
    if _CONTROL.search(value):
        raise ComposeError(f"{name} holds a line break or another control character", "type it again")
    return _whole(value).strip()


def _whole(value: str) -> str:
    """Bytes of a file name that are no UTF-8 come as half characters, which nothing can write."""
    return _HALF.sub("\ufffd", value)


def text_field(name: str, value: str) -> bytes:
    """An unstructured field: Subject, Comments ... Raises ComposeError."""
    value = checked(value.replace("\t", " "), name)
    if value.isascii() and "=?" not in value and all(len(word) < LONGEST for word in value.split(" ")):
        return _folded(name, value.split(" "))
    return _folded(name, encoded_words(value, len(name) + 2))


def _folded(name: str, pieces: Sequence[str]) -> bytes:
    """Pieces separated by a blank, or by a fold where a line would become too long. A line never holds blanks only."""
    line = f"{name}:"
    lines: list[str] = []
    for piece in pieces:
        if piece and line.strip() and len(line.encode()) + 1 + len(piece.encode()) > WIDTH and line != f"{name}:":
            lines.append(line)
            line = ""
        line += f" {piece}"
    lines.append(line)
    return "\r\n".join(lines).encode() + b"\r\n"


def encoded_words(text: str, taken: int = 0) -> list[str]:
    """UTF-8 in encoded words, whole characters in each; base64 or Q, whichever is shorter. `taken`: octets before the
    first one."""
    quoted = _quoted(text)
    use_base64 = len(quoted) > 4 * (len(text.encode()) + 2) // 3 + 2
    room = WORD - len("=?utf-8?q??=")
    words: list[str] = []
    start, limit = 0, max(room - taken, 12)
    while start < len(text):
        end = _fitting(text, start, limit, use_base64=use_base64)
        piece = text[start:end]
        if use_base64:
            words.append(f"=?utf-8?b?{base64.b64encode(piece.encode()).decode()}?=")
        else:
            words.append(f"=?utf-8?q?{_quoted(piece)}?=")
        start, limit = end, room
    return words


def _fitting(text: str, start: int, limit: int, *, use_base64: bool) -> int:
    """Where the piece from `start` on ends that still fits; at least one character."""
    end, octets, cells = start, 0, 0
    while end < len(text):
        octets += len(text[end].encode())
        cells = (octets + 2) // 3 * 4 if use_base64 else cells + len(_quoted(text[end]))
        if cells > limit and end > start:
            break
        end += 1
    return end


def _quoted(text: str) -> str:
    """Q encoding that is right inside of a phrase as well (RFC 2047 section 5)."""
    return "".join(
        char if char.isascii() and (char.isalnum() or char in "!*+-/") else "_" if char == " " else _octets(char)
        for char in text
    )


def _octets(char: str) -> str:
    return "".join(f"={byte:02X}" for byte in char.encode())


# -- addresses


def address_field(name: str, addresses: Iterable[Address]) -> bytes:
    """Raises ComposeError."""
    found = [_mailbox(address, name) for address in addresses]
    pieces = [piece for pieces in found[:-1] for piece in (*pieces[:-1], f"{pieces[-1]},")]
    return _folded(name, [*pieces, *(found[-1] if found else [])])


def _mailbox(address: Address, name: str) -> list[str]:
    """Pieces between which a line may be folded."""
    addr = written_addr(checked(address.addr, name))
    shown = " ".join(_CONTROL.sub(" ", _whole(address.name)).split())  # names come from other people's mail
    if not shown or shown == addr:
        return [addr]
    return [*_phrase(shown), f"<{addr}>"]


def _phrase(shown: str) -> list[str]:
    if not shown.isascii() or "=?" in shown or len(shown) > LONGEST:
        return encoded_words(shown, 10)
    if _ATOM.fullmatch(shown):
        return shown.split(" ")
    escaped = shown.replace("\\", "\\\\").replace('"', '\\"')
    return [f'"{escaped}"']


def written_addr(addr: str) -> str:
    """With the domain in ASCII if that makes the whole address ASCII; an international one stays as it is (RFC 6532).
    Raises ComposeError."""
    if any(char in "<>\r\n\t" for char in addr):
        raise ComposeError(f"{addr!r} is no address", "an address looks like anna@example.com")
    local, at, domain = addr.rpartition("@")
    quoted = _QUOTED.fullmatch(local) is not None
    odd = (
        _HALF.search(addr) or (not quoted and _SPECIAL.search(local)) or (_SPECIAL.search(domain) and domain[:1] != "[")
    )
    if not at or not local or not domain or odd:
        raise ComposeError(f"{addr!r} is no address", "an address looks like anna@example.com")
    if " " in domain or (" " in local and not quoted):
        raise ComposeError(f"{addr!r} holds a blank", "an address looks like anna@example.com")
    if local.isascii() and not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise ComposeError(f"the domain of {addr!r} is not well formed", str(error)) from error
    return f"{local}@{domain}"


# -- ids and parameters


def id_field(name: str, ids: Iterable[str]) -> bytes:
    """Message ids, given without brackets; those that no field can hold are left out."""
    return _folded(name, [f"<{one}>" for one in ids if _ID.fullmatch(one)])


def parameter(name: str, value: str) -> list[str]:
    """`; name=value` pieces: quoted if ASCII, else RFC 2231, in sections if long."""
    value = "".join(" " if _CONTROL.match(char) or char == "\t" else char for char in _whole(value))
    if value.isascii() and len(value) < WIDTH - 20:
        if _TOKEN.fullmatch(value):
            return [f"{name}={value}"]
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return [f'{name}="{escaped}"']
    coded = [
        "".join(f"%{byte:02X}" for byte in char.encode()) if not _TOKEN.fullmatch(char) or char in "%'*" else char
        for char in value
    ]
    sections, line = [], ""
    for char in coded:
        if len(line) + len(char) > 50:
            sections.append(line)
            line = ""
        line += char
    sections.append(line)
    if len(sections) == 1:
        return [f"{name}*=utf-8''{sections[0]}"]
    return [
        f"{name}*{number}*={'' if number else chr(39).join(('utf-8', '', ''))}{part}"
        for number, part in enumerate(sections)
    ]


def parametrised(name: str, value: str, parameters: Iterable[tuple[str, str]]) -> bytes:
    """Content-Type, Content-Disposition."""
    pieces = [value]
    for key, text in parameters:
        for piece in parameter(key, text):
            pieces[-1] += ";"
            pieces.append(piece)
    return _folded(name, pieces)
