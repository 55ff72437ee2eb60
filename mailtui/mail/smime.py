"""S/MIME parts (RFC 8551 section 3): what kind they are, and the message inside of one that is only signed. Signatures
are not checked, nothing is decrypted. BER (X.690) is read forgivingly, bounded, without recursion. Nothing raises."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import NamedTuple

from mailtui.mail.bodies import part_bytes
from mailtui.mail.structure import Part

TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
SIGNATURES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature"})
MAX_CONTENT = 50_000_000
"""Bytes inside of a part that are read."""
_MAX_PIECES = 100_000
"""Pieces that the content may come in."""
_MAX_DEPTH = 32
_SEQUENCE, _OCTETS, _OCTETS_IN_PIECES, _OID, _CONTENT = 0x30, 0x04, 0x24, 0x06, 0xA0
_SIGNED, _COMPRESSED = bytes.fromhex("2a864886f70d010702"), bytes.fromhex("2a864886f70d0109100109")
_ENCRYPTED = (bytes.fromhex("2a864886f70d010703"), bytes.fromhex("2a864886f70d0109100117"))
"""id-envelopedData, id-ct-authEnvelopedData."""


@dataclass(frozen=True, slots=True)
class Opened:
    """`kind`: "signed", "encrypted", "compressed", "certificates" or "" (it can't be read). `content`: the message
    inside of one that is signed or compressed."""

    kind: str
    content: bytes = b""

    @property
    def sentence(self) -> str:
        """For the person."""
        return _SENTENCES[self.kind]


_SENTENCES = {
    "signed": "signed with S/MIME; the signature was not checked",
    "encrypted": "encrypted with S/MIME, which mailtui can't decrypt",
    "compressed": "compressed",
    "certificates": "certificates, nothing to read",
    "": "an S/MIME part that can't be read",
}


def is_smime(part: Part) -> bool:
    """Whether the whole part is one."""
    return part.type in TYPES or (part.type == "application/octet-stream" and part.name.lower() == "smime.p7m")


def opened(raw: bytes, part: Part) -> Opened:
    """What is known of an S/MIME part. `raw` is that of `Message`."""
    data = part_bytes(raw, part)[: MAX_CONTENT + 1_000_000]
    kind, body = _kind(data)
    if kind == "signed":
        content = _content(data, body)
        return Opened("signed", content) if content else Opened("certificates" if content is not None else "")
    if kind == "compressed":
        return Opened("compressed", _inflated(_content(data, body) or b""))
    says = part.params.get("smime-type", "").lower()
    return Opened("encrypted" if not kind and says.endswith("enveloped-data") else kind)


class _Item(NamedTuple):
    """One BER value: where its content begins, and ends (-1: where its end mark stands)."""

    tag: int
    start: int
    end: int


def _item(data: bytes, at: int) -> _Item | None:
    if at < 0 or at + 2 > len(data):
        return None
    tag, length, start = data[at], data[at + 1], at + 2
    if tag & 0x1F == 0x1F:  # a tag of several bytes: none that is wanted here
        return None
    if length == 0x80:
        return _Item(tag, start, -1)
    if length > 0x80:
        count = length & 0x7F
        if count > 8 or start + count > len(data):
            return None
        length = int.from_bytes(data[start : start + count], "big")
        start += count
    return _Item(tag, start, min(start + length, len(data)))


def _after(data: bytes, item: _Item) -> int:
    """Where the next value begins; -1 if that can't be told."""
    if item.end >= 0:
        return item.end
    at, open_ = item.start, 1
    for _ in range(_MAX_PIECES):
        if data[at : at + 2] == b"\0\0":
            at, open_ = at + 2, open_ - 1
            if not open_:
                return at
            continue
        inner = _item(data, at)
        if inner is None or open_ > _MAX_DEPTH:
            return -1
        if inner.end >= 0:
            at = inner.end
        else:
            at, open_ = inner.start, open_ + 1
    return -1


def _kind(data: bytes) -> tuple[str, int]:
    """ContentInfo (RFC 5652 section 3): the kind, and where its content begins."""
    outer = _item(data, 0)
    name = _item(data, outer.start) if outer is not None and outer.tag == _SEQUENCE else None
    if name is None or name.tag != _OID:
        return "", 0
    oid = data[name.start : name.end]
    holder = _item(data, name.end)
    place = holder.start if holder is not None and holder.tag == _CONTENT else -1
    if oid == _SIGNED:
        return "signed", place
    if oid == _COMPRESSED:
        return "compressed", place
    return ("encrypted" if oid in _ENCRYPTED else ""), place


def _content(data: bytes, at: int) -> bytes | None:
    """The eContent of SignedData (RFC 5652 section 5.1) or CompressedData (RFC 3274), which both begin with a version
    and algorithms. Empty if it is elsewhere, None if this can't be read."""
    body = _item(data, at)
    if body is None or body.tag != _SEQUENCE:
        return None
    at = body.start
    for _ in range(2):  # version, algorithms
        before = _item(data, at)
        if before is None:
            return None
        at = _after(data, before)
    info = _item(data, at)
    name = _item(data, info.start) if info is not None and info.tag == _SEQUENCE else None
    if info is None or name is None or name.tag != _OID:
        return None
    holder = _item(data, name.end)
    if holder is None or holder.tag != _CONTENT or (info.end >= 0 and name.end >= info.end):
        return b""
    octets = _item(data, holder.start)
    return _octets(data, octets) if octets is not None else None


def _octets(data: bytes, item: _Item) -> bytes | None:
    """The bytes of an OCTET STRING that may come in pieces."""
    if item.tag == _OCTETS:
        return data[item.start : item.end] if item.end >= 0 else None
    if item.tag != _OCTETS_IN_PIECES:
        return None
    end = _after(data, item)
    stop = len(data) if end < 0 else end
    at = item.start
    pieces: list[bytes] = []
    while at < stop and data[at : at + 2] != b"\0\0" and len(pieces) < _MAX_PIECES:
        piece = _item(data, at)
        if piece is None or piece.tag != _OCTETS or piece.end < 0:
            break
        pieces.append(data[piece.start : piece.end])
        at = piece.end
    return b"".join(pieces)


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, MAX_CONTENT)
    except zlib.error:
        return b""
