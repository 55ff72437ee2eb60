"""Reading one message file for the index."""

from __future__ import annotations

import hashlib

from mailtui.model.mail import Envelope
from mailtui.store.maildir import HEAD_LIMIT

DAY = 86_400


def read_message(path: str) -> tuple[bytes, bytes, int]:
    """(header block, BLAKE2b-128 digest, size in bytes). Raises OSError."""
    with open(path, "rb") as file:
        raw = file.read()
    head = raw[:HEAD_LIMIT]
    end = min((at for mark in (b"\r\n\r\n", b"\n\n") if (at := head.find(mark)) >= 0), default=len(head))
    return head[: end + 4], hashlib.blake2b(raw, digest_size=16).digest(), len(raw)


def sort_date(envelope: Envelope, internaldate: int) -> int:
    """The Date header unless it is missing, before 1970 or from the future: then when the server got it."""
    if envelope.date is None or envelope.date <= 0 or envelope.date > internaldate + 2 * DAY:
        return internaldate
    return envelope.date
