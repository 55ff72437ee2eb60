"""The counter: where a `mailtui` command hands its wish to the mailtui that has the store.

A Unix socket in the store's folder, for its owner only. One message each way, pickled: both ends are this program, run
by this person, and whoever can write to that folder can write to the mail anyway.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator, Sequence

from mailtui.model.changes import Change
from mailtui.model.errors import MailtuiError, StoreError, StoreLockedError
from mailtui.model.intents import Deed, Order

LIMIT = 64 << 20
"""Bytes of a message at most."""
PATIENCE = 30.0
"""Seconds to wait for the other mailtui."""
PATH_LIMIT = 100
"""Bytes that the path of a Unix socket may have, with some to spare."""

Do = Callable[[Deed | Order], Awaitable[Sequence[Change]]]


def path_of(root: str) -> str:
    return os.path.join(root, "counter")


@contextlib.contextmanager
def _reachable(root: str) -> Iterator[str]:
    """A path that a Unix socket can have, however deep the store lies (Linux: through an open folder)."""
    path = path_of(root)
    if len(os.fsencode(path)) <= PATH_LIMIT or not os.path.isdir("/proc/self/fd"):
        yield path
        return
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/counter"
    finally:
        os.close(folder)


class Counter:
    """The serving side; lives on the engine's event loop."""

    def __init__(self, root: str, do: Do) -> None:
        self._root = root
        self._do = do
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Without it everything works but commands of other processes: a file system may have no sockets."""
        with contextlib.suppress(OSError), _reachable(self._root) as path:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
            self._server = await asyncio.start_unix_server(self._serve, path)
            os.chmod(path, 0o600)  # the folder is the owner's alone anyway

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            with contextlib.suppress(OSError):
                os.unlink(path_of(self._root))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, pickle.UnpicklingError):
            (size,) = struct.unpack(">I", await reader.readexactly(4))
            if size <= LIMIT:
                wanted = pickle.loads(await reader.readexactly(size))  # noqa: S301
                writer.write(_packed(await self._answer(wanted)))
                await writer.drain()
        writer.close()

    async def _answer(self, wanted: Deed | Order) -> tuple[str, object]:
        try:
            return "done", tuple(await self._do(wanted))
        except MailtuiError as error:
            return "refused", (error.text, error.hint)


def hand_over(root: str, wanted: Deed | Order, locked: StoreLockedError) -> tuple[Change, ...]:
    """Blocks. Raises StoreError with the other's words, `locked` if nobody answers."""
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as line:
        line.settimeout(PATIENCE)
        try:
            with _reachable(root) as path:
                line.connect(path)
            line.sendall(_packed(wanted))
            (size,) = struct.unpack(">I", _exactly(line, 4))
            kind, value = pickle.loads(_exactly(line, min(size, LIMIT)))  # noqa: S301
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            raise locked from error
    if kind == "refused":
        raise StoreError(*value)
    return value  # type: ignore[no-any-return]


def _packed(value: object) -> bytes:
    data = pickle.dumps(value)
    return struct.pack(">I", len(data)) + data


def _exactly(line: socket.socket, size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        data = line.recv(size - len(found))
        if not data:
            raise EOFError
        found += data
    return bytes(found)
