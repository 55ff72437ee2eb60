"""The bus: one lane up (Intents and Facts, exactly one reader: the Writer), one lane down (Changes, after the commit,
many readers). Publishing never blocks; a reader that is too slow gets a Resync instead of growing memory.

Knows nothing of what flows. Both ends are thread-safe; listeners are called on the event loop that they came from.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from mailtui.model.changes import Change, Resync

Up = TypeVar("Up")

BACKLOG = 10_000
"""Changes that one reader may leave unread before it gets a Resync in their place."""


class UpLane(Generic[Up]):
    """Many senders, one reader on its own thread. Unbounded on purpose: a lost Intent is worse than memory, and
    workers wait for their Facts to be committed, so only so many are under way."""

    def __init__(self) -> None:
        self._items: deque[Up] = deque()
        self._ready = threading.Condition()
        self._closed = False

    def put(self, item: Up) -> None:
        """Never blocks. Raises RuntimeError after `close`."""
        with self._ready:
            if self._closed:
                raise RuntimeError("the engine has stopped")
            self._items.append(item)
            self._ready.notify()

    def take(self, limit: int, timeout: float | None = None) -> list[Up] | None:
        """Up to `limit` items in order, waiting for the first one; [] when the time is over; None when the lane is
        closed and drained."""
        with self._ready:
            if not self._items and not self._closed:
                self._ready.wait(timeout)
            if not self._items:
                return None if self._closed else []
            return [self._items.popleft() for _ in range(min(limit, len(self._items)))]

    def close(self) -> None:
        """No more `put`; what is queued is still taken."""
        with self._ready:
            self._closed = True
            self._ready.notify_all()


@dataclass(eq=False)
class _Reader:
    loop: asyncio.AbstractEventLoop
    listener: Callable[[Sequence[Change]], None]
    waiting: list[Change] = field(default_factory=list)
    called: bool = False


class DownLane:
    """Spreads Changes in order of revision. `publish` may be called from any thread."""

    def __init__(self, backlog: int = BACKLOG) -> None:
        self._readers: list[_Reader] = []
        self._lock = threading.Lock()
        self._backlog = backlog

    def listen(self, listener: Callable[[Sequence[Change]], None]) -> Callable[[], None]:
        """Call on a running event loop: batches arrive there. Returns a function that ends it."""
        reader = _Reader(asyncio.get_running_loop(), listener)
        with self._lock:
            self._readers.append(reader)

        def end() -> None:
            with self._lock:
                if reader in self._readers:
                    self._readers.remove(reader)

        return end

    def publish(self, changes: Sequence[Change]) -> None:
        """Never blocks, never raises: a reader whose loop is gone is dropped."""
        if not changes:
            return
        with self._lock:
            for reader in list(self._readers):
                self._queue(reader, changes)

    def _queue(self, reader: _Reader, changes: Sequence[Change]) -> None:
        if len(reader.waiting) + len(changes) > self._backlog:
            reader.waiting = [Resync(changes[-1].revision)]
        else:
            reader.waiting.extend(changes)
        if reader.called:
            return
        try:
            reader.loop.call_soon_threadsafe(self._deliver, reader)
            reader.called = True
        except RuntimeError:  # its loop is closed
            self._readers.remove(reader)

    def _deliver(self, reader: _Reader) -> None:
        with self._lock:
            batch, reader.waiting, reader.called = reader.waiting, [], False
            alive = reader in self._readers
        if alive:
            reader.listener(batch)
