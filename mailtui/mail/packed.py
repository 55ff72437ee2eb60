"""Files that lie inside of something else: uuencoded in the text of a mail, as before MIME, or in the winmail.dat that
Outlook makes (MS-OXTNEF). Found without decoding them; bounded; nothing here raises."""

from __future__ import annotations

import re
import struct
from binascii import Error as BinasciiError
from binascii import a2b_uu
from collections.abc import Iterator
from dataclasses import dataclass

from mailtui.mail.bodies import part_bytes
from mailtui.mail.charsets import guess_text
from mailtui.mail.structure import Part

SIGNATURE = b"\x78\x9f\x3e\x22"
"""Of a TNEF stream."""
MAX_ATTRIBUTES = 5_000
MAX_FILES = 200
MAX_CODED_TEXT = 8_000_000
"""Bytes of a base64 text that are decoded only to look for files in it."""
_TITLE, _DATA, _BEGIN = 0x8010, 0x800F, 0x9002
_BEGIN_LINE = re.compile(rb"^begin[ ]+[0-7]{3,4}[ ]+([^\r\n]{1,255})\r?\n", re.MULTILINE)
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})


@dataclass(frozen=True, slots=True)
class Packed:
    """A file inside of a part: its name as it claims to be, where it begins and ends in the decoded bytes of the part,
    its decoded size, and whether it is uuencoded there."""

    name: str
    start: int
    end: int
    size: int
    coded: bool = False


def packed(raw: bytes, part: Part) -> tuple[Packed, ...]:
    """The files in a part. `raw` is that of `Message`."""
    if part.type in _TNEF or raw[part.body : part.body + 4] == SIGNATURE or part.name.lower() == "winmail.dat":
        return tuple(tnef_files(part_bytes(raw, part)))
    if part.type != "text/plain" or part.children:
        return ()
    if part.encoding == "base64":
        if part.end - part.body > MAX_CODED_TEXT:
            return ()
    elif raw.find(b"begin ", part.body, part.end) < 0:
        return ()
    return tuple(uu_files(part_bytes(raw, part)))


def unpack(raw: bytes, part: Part, one: Packed) -> Iterator[bytes]:
    """Its bytes, piece by piece."""
    data = part_bytes(raw, part)[one.start : one.end]
    if not one.coded:
        yield data
        return
    for line in data.splitlines():
        if decoded := _decoded(line):
            yield decoded


# -- uuencode (POSIX)


def uu_files(data: bytes) -> Iterator[Packed]:
    """Blocks from `begin MODE NAME` to `end`. What only looks like a beginning is none."""
    place = 0
    for _ in range(MAX_FILES):
        begin = _BEGIN_LINE.search(data, place)
        if begin is None:
            return
        end, size, place = _uu_end(data, begin.end())
        if size:
            yield Packed(guess_text(begin[1]).strip(), begin.end(), end, size, coded=True)


def without_files(text: str) -> str:
    """A text with a line in the place of each file that is packed into it."""
    if "begin " not in text:
        return text
    data = text.encode("utf-8", "surrogatepass")
    kept, place = [], 0
    for one in uu_files(data):
        begin = data.rfind(b"\n", 0, one.start - 1) + 1
        name = one.name.replace("[", "(").replace("]", ")")
        kept += [data[place:begin], f"[file in this text: {name}]\n".encode("utf-8", "replace")]
        place = _after_end(data, one.end)
    return b"".join((*kept, data[place:])).decode("utf-8", "surrogatepass") if kept else text


def _uu_end(data: bytes, place: int) -> tuple[int, int, int]:
    """(where the lines of a block end, decoded size, where to go on looking)"""
    size, start = 0, place
    while place < len(data):
        stop = data.find(b"\n", place)
        stop = len(data) if stop < 0 else stop
        line = data[place:stop].rstrip(b"\r")
        if line == b"end":
            return place, size, stop
        count = _count(line)
        if count is None:
            # Cut off, or no such file at all: only whole lines of the usual length are believed then.
            return (place, size, place) if size >= 45 else (start, 0, place)
        size += count
        place = min(stop + 1, len(data))
    return place, size, place


def _after_end(data: bytes, place: int) -> int:
    for ending in (b"end\r\n", b"end\n", b"end"):
        if data.startswith(ending, place):
            return place + len(ending)
    return place


def _count(line: bytes) -> int | None:
    """Bytes that a line stands for; None: it is no line of uuencoded text."""
    if not line.strip() or line == b"`":
        return 0
    if not 32 <= line[0] <= 96 or any(byte < 32 or byte > 96 for byte in line):
        return None
    count = (line[0] - 32) & 63
    letters = len(line) - 1
    # Blanks at the end may have been cut off; some programs add a letter as a checksum.
    return count if letters <= (count + 2) // 3 * 4 + 2 and letters * 3 >= count * 2 else None


def _decoded(line: bytes) -> bytes:
    try:
        return a2b_uu(line)
    except BinasciiError:
        try:
            return a2b_uu(line[: (((line[0] - 32) & 63) * 4 + 5) // 3])
        except BinasciiError:
            return b""


# -- TNEF


def tnef_files(data: bytes) -> list[Packed]:
    """What can't be read ends the list."""
    found: list[Packed] = []
    name, start, size, inside = "", 0, 0, False
    place = 6
    for _ in range(MAX_ATTRIBUTES):
        if place + 9 > len(data):
            break
        _, number, _, length = struct.unpack_from("<BHHL", data, place)
        body = place + 9
        if body + length > len(data):
            break
        if number == _BEGIN:
            if inside:
                found.append(Packed(name, start, start + size, size))
            name, start, size, inside = "", body, 0, True
        elif number == _TITLE:
            name = guess_text(data[body : body + min(length, 1000)]).rstrip("\x00")
        elif number == _DATA:
            start, size = body, length
        place = body + length + 2
    if inside:
        found.append(Packed(name, start, start + size, size))
    return found[:MAX_FILES]
