"""Reading one message file for the index."""

from __future__ import annotations

import hashlib

from mailtui.store.maildir import HEAD_LIMIT


def read_message(path: str) -> tuple[bytes, bytes, int]:
    """(header block, BLAKE2b-128 digest, size in bytes). Raises OSError."""
    with open(path, "rb") as file:
        raw = file.read()
    head = raw[:HEAD_LIMIT]
    end = min((at for mark in (b"\r\n\r\n", b"\n\n") if (at := head.find(mark)) >= 0), default=len(head))
    return head[: end + 4], hashlib.blake2b(raw, digest_size=16).digest(), len(raw)
