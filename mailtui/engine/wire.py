"""The wire between the screen's process and the engine's: a 4-byte length, then a pickle. The socket pair is private to
the two processes."""

from __future__ import annotations

import asyncio
import pickle
import struct

_LENGTH = struct.Struct("!I")


def frame(message: object) -> bytes:
    data = pickle.dumps(message, protocol=5)
    return _LENGTH.pack(len(data)) + data


async def read_frame(reader: asyncio.StreamReader) -> object:
    """The next message, or None when the other side is gone."""
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        message: object = pickle.loads(await reader.readexactly(length))  # noqa: S301  (ours, over a private socket)
        return message
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
