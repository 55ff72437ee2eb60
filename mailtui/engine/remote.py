"""The engine in a process of its own, as the screen sees it. What the engine itself needs is not imported here: that
would cost the screen a fifth of a second.

The screen must never wait for the engine's interpreter lock: measured, a busy thread beside it costs 6-10 ms per key,
a separate process 0.7 ms.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence

from mailtui.engine.wire import frame, read_frame
from mailtui.model.account import Settings
from mailtui.model.changes import Change, Notice
from mailtui.model.ids import Revision
from mailtui.model.intents import Deed, Intent, Order, Wish

GRACE = 10.0
"""Seconds a stopping engine may take to finish its transaction."""


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
