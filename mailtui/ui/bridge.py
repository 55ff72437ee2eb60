"""Between the event loop and the rest: reads go to threads, the newest request of a kind wins; Changes are gathered and
come at most ten times a second. Nothing in here ever makes the loop wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from mailtui.model.changes import Change
from mailtui.model.intents import Deed, Intent, Order, Wish
from mailtui.model.ports import ChangeSource, IntentSink, MailReader

T = TypeVar("T")
GATHER = 0.1
"""Seconds between two deliveries of Changes."""

_THREADS = {
    "list": "list",
    "search": "list",
    "rows": "news",
    "tree": "news",
    "side": "side",
    "rank": "side",
    "body": "body",
    "panel": "side",
    "picking": "picking",
    "file": "files",
    "composing": "composing",
    "build": "building",
    "suggest": "suggest",
    "address": "address",
    "paths": "paths",
    "counting": "counting",
    "tell": "telling",
}
"""Kinds of reads and the thread that each runs on. What follows a colon makes a kind of its own on that thread:
`file:1` and `file:2` are both done, one behind the other."""


@dataclass(frozen=True, slots=True)
class _Job:
    work: Callable[[], Any]
    done: Callable[[Any], None]
    failed: Callable[[Exception], None]


class Bridge:
    """`post` runs a callback in the screen's own order of events (App.call_later)."""

    def __init__(
        self,
        reader: MailReader,
        sink: IntentSink,
        changes: ChangeSource,
        post: Callable[[Callable[[], None]], object],
    ) -> None:
        self.reader = reader
        self._sink = sink
        self._changes = changes
        self._post = post
        self._threads: dict[str, ThreadPoolExecutor] = {}
        self._running: dict[str, _Job] = {}
        self._waiting: dict[str, _Job] = {}
        self._gathered: list[Change] = []
        self._timer: asyncio.TimerHandle | None = None
        self._last = -GATHER
        self._deliver: Callable[[Sequence[Change]], None] = lambda changes: None
        self._end: Callable[[], None] = lambda: None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = False

    # -- life

    def start(self, deliver: Callable[[Sequence[Change]], None]) -> None:
        """Call on the event loop."""
        self._loop = asyncio.get_running_loop()
        self._deliver = deliver
        self._end = self._changes.listen(self._hear)

    def stop(self) -> None:
        """Waits for reads that run (milliseconds; a search is interrupted). May be called again."""
        self._stopped = True
        self._end()
        self._end = lambda: None
        if self._timer is not None:
            self._timer.cancel()
        self._waiting.clear()
        if {"search", "counting"} & self._running.keys():
            self.reader.interrupt()
        for thread in list(self._threads.values()):
            thread.shutdown(wait=True, cancel_futures=True)

    def loop_time(self) -> float:
        """Seconds of the loop's steady clock."""
        return self._loop.time() if self._loop is not None else 0.0

    def soon(self, work: Callable[[], object]) -> bool:
        """Run `work` on the loop, from wherever this is called; False if the loop is not there."""
        if self._loop is None or self._loop.is_closed():
            return False
        self._loop.call_soon_threadsafe(work)
        return True

    # -- out

    def send(self, message: Deed | Intent | Order | Wish) -> None:
        self._sink.send(message)

    # -- in

    def _hear(self, changes: Sequence[Change]) -> None:
        self._gathered.extend(changes)
        if self._timer is not None or self._loop is None:
            return
        wait = max(0.0, self._last + GATHER - self._loop.time())
        self._timer = self._loop.call_later(wait, self._flush)

    def _flush(self) -> None:
        self._timer = None
        if self._loop is not None:
            self._last = self._loop.time()
        gathered, self._gathered = self._gathered, []
        if gathered and not self._stopped:
            self._post(lambda: self._deliver(gathered))

    # -- reads

    def busy(self, kind: str) -> bool:
        return kind in self._running

    def ask(
        self,
        kind: str,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Run `work` on the thread for its kind, then `done` (or `failed`) on the loop. A request of the same kind that
        still waits is forgotten; the answer of one that runs still comes."""
        if self._stopped:
            return
        job = _Job(work, done, failed)
        if kind in self._running:
            self._waiting[kind] = job
            if kind == "search":
                self.reader.interrupt()
        else:
            self._launch(kind, job)

    def _launch(self, kind: str, job: _Job) -> None:
        name = _THREADS[kind.partition(":")[0]]
        thread = self._threads.get(name)
        if thread is None:
            thread = self._threads[name] = ThreadPoolExecutor(1, thread_name_prefix=f"screen-{name}")
        self._running[kind] = job
        thread.submit(job.work).add_done_callback(lambda future: self._came(kind, job, future))

    def _came(self, kind: str, job: _Job, future: Future[Any]) -> None:
        """On the thread."""
        if self._stopped or future.cancelled():
            return
        self._post(lambda: self._answer(kind, job, future))

    def _answer(self, kind: str, job: _Job, future: Future[Any]) -> None:
        self._running.pop(kind, None)
        following = self._waiting.pop(kind, None)
        if following is not None:
            self._launch(kind, following)
        error = future.exception()
        if error is None:
            job.done(future.result())
        elif isinstance(error, Exception):
            job.failed(error)
