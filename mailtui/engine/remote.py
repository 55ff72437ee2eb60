"""The engine in a process of its own, and the two ends of the wire between it and the screen.

The screen must never wait for the engine's interpreter lock: measured, a busy thread beside it costs 6-10 ms per key,
a separate process 0.7 ms. Frames are a 4-byte length and a pickle; the socket pair is private to the two processes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Sequence

from mailtui.engine.engine import Engine
from mailtui.model.account import Settings
from mailtui.model.changes import Change, Notice
from mailtui.model.errors import MailtuiError
from mailtui.model.ids import Revision
from mailtui.model.intents import Deed, Intent, Order, Wish

_LENGTH = struct.Struct("!I")
FLUSH = 0.05
"""Seconds the engine gathers Changes before it writes a frame."""
PARTING = 2.0
"""Seconds that an engine which is told to end waits for the screen to end too and to say what it still has to say."""
GRACE = 10.0
"""Seconds a stopping engine may take to finish its transaction."""


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


# -- the screen's end


class RemoteEngine:
    """Starts the engine process and speaks for it: implements IntentSink and ChangeSource."""

    def __init__(self, settings: Settings) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            os.set_inheritable(theirs.fileno(), True)
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "mailtui.engine", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        ours.sendall(frame(settings))
        ours.setblocking(False)
        self._wire = ours.dup()
        self._socket: socket.socket | None = ours
        self._writer: asyncio.StreamWriter | None = None
        self._waiting: list[Deed | Intent | Order | Wish] = []
        self._listeners: list[Callable[[Sequence[Change]], None]] = []
        self._reading: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Reads Changes until the engine ends; then says so. Run it as a task of the screen's event loop."""
        assert self._socket is not None
        reader, self._writer = await asyncio.open_connection(sock=self._socket, limit=1 << 26)
        self._socket = None
        waiting, self._waiting = self._waiting, []
        for early in waiting:
            self.send(early)
        while (message := await read_frame(reader)) is not None:
            if isinstance(message, list):
                self._tell(message)
        self._tell(
            [
                Notice(
                    Revision(0),
                    "error",
                    "The mail engine has stopped: nothing is synchronised now",
                    "quit and start mailtui again; everything you did up to now is saved",
                )
            ]
        )

    def send(self, message: Deed | Intent | Order | Wish) -> None:
        """Never blocks."""
        if self._writer is None:
            self._waiting.append(message)
        elif not self._writer.is_closing():
            self._writer.write(frame(message))

    def listen(self, listener: Callable[[Sequence[Change]], None]) -> Callable[[], None]:
        """Call on the screen's event loop; the first listener starts the reading."""
        self._listeners.append(listener)
        if self._reading is None:
            self._reading = asyncio.get_running_loop().create_task(self.run(), name="engine wire")
        return lambda: self._listeners.remove(listener)

    def _tell(self, changes: Sequence[Change]) -> None:
        for listener in list(self._listeners):
            listener(changes)

    def stop(self) -> None:
        """Closes the wire: the engine finishes its transaction and ends. Blocks until it has, at most GRACE seconds."""
        # Not through the transport: its event loop is closed by now. What was sent is still read by the engine.
        with contextlib.suppress(OSError):
            self._wire.shutdown(socket.SHUT_RDWR)
        self._wire.close()
        if self._socket is not None:
            self._socket.close()
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


# -- the engine's end


async def serve(descriptor: int, make: Callable[[Settings], Engine]) -> None:
    """The engine process: reads the settings, runs until the screen is gone, stops in order."""
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=descriptor), limit=1 << 26)
    settings = await read_frame(reader)
    if not isinstance(settings, Settings):
        return
    try:
        engine = make(settings)
    except MailtuiError as error:
        writer.write(frame([Notice(Revision(0), "error", error.text, error.hint)]))
        await writer.drain()
        await read_frame(reader)
        return
    post = _Gatherer(writer)
    engine.start()
    for number in (signal.SIGHUP, signal.SIGTERM):  # sent to all of us at once, or to the engine alone
        asyncio.get_running_loop().add_signal_handler(number, _part, reader)
    end = engine.listen(post.add)
    try:
        while (message := await read_frame(reader)) is not None:
            engine.send(message)  # type: ignore[arg-type]
    finally:
        end()
        writer.close()
        await engine.stop()


def _part(reader: asyncio.StreamReader) -> None:
    """What has been read by then still counts."""
    asyncio.get_running_loop().call_later(PARTING, reader.feed_eof)


class _Gatherer:
    """Changes of a moment in one frame: what follows a pause goes at once, so that a key is answered at once. A screen
    that does not read loses nothing: the bus resyncs it."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._waiting: list[Change] = []
        self._last = -FLUSH

    def add(self, changes: Sequence[Change]) -> None:
        if not self._waiting:
            loop = asyncio.get_running_loop()
            loop.call_at(self._last + FLUSH, self._flush)
        self._waiting.extend(changes)

    def _flush(self) -> None:
        self._last = asyncio.get_running_loop().time()
        waiting, self._waiting = self._waiting, []
        if not self._writer.is_closing():
            self._writer.write(frame(waiting))
