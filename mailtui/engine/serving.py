"""The engine's process, from the first frame (the settings) to the last."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Sequence

from mailtui.engine.engine import Engine
from mailtui.engine.wire import frame, read_frame
from mailtui.model.account import Settings
from mailtui.model.changes import Change, Notice
from mailtui.model.errors import MailtuiError
from mailtui.model.ids import Revision

FLUSH = 0.05
"""Seconds the engine gathers Changes before it writes a frame."""
PARTING = 2.0
"""Seconds that an engine which is told to end waits for the screen to end too and to say what it still has to say."""


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
