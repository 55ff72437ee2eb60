"""The Writer: the only thread that writes the store. A loop over `Store.apply`, one transaction per batch."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from mailtui.bus import DownLane, UpLane
from mailtui.model.changes import Change, Notice
from mailtui.model.errors import MailtuiError, StoreError
from mailtui.model.ids import Revision
from mailtui.store.requests import Message
from mailtui.store.store import Store

log = logging.getLogger(__name__)

BATCH = 64
"""Messages per transaction at most; Facts are large (hundreds of mails), so this bounds latency, not throughput."""

Post = Message


@dataclass(frozen=True, slots=True)
class _Posted:
    message: Post
    done: asyncio.Future[Sequence[Change]] | None


class Writer:
    """Owns the write connection. Everybody else posts."""

    def __init__(self, store: Store, down: DownLane) -> None:
        self._store = store
        self._down = down
        self._up: UpLane[_Posted] = UpLane()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=False)
        self._revision = Revision(0)

    def start(self) -> None:
        self._thread.start()

    def post(self, message: Post) -> None:
        """Fire and forget (Intents, states of links). Never blocks."""
        self._up.put(_Posted(message, None))

    def commit(self, message: Post) -> asyncio.Future[Sequence[Change]]:
        """Queued at once; the future has what changed when the message is durable, or raises StoreError (disk full,
        stale delta ...): then nothing of it was written."""
        done: asyncio.Future[Sequence[Change]] = asyncio.get_running_loop().create_future()
        self._up.put(_Posted(message, done))
        return done

    def close(self) -> None:
        """Drains the lane and ends the thread. Call off the event loop."""
        self._up.close()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while (batch := self._up.take(BATCH)) is not None:
            if batch:
                self._write(batch)

    def _write(self, batch: Sequence[_Posted]) -> None:
        try:
            changes = self._store.apply([posted.message for posted in batch])
        except Exception as error:
            if len(batch) > 1:
                # One bad apple must not cost the others their commit.
                for posted in batch:
                    self._write([posted])
                return
            self._fail(batch[0], error)
            return
        self._settle(batch, None, changes)
        self._publish(changes)

    def _fail(self, posted: _Posted, error: Exception) -> None:
        if not isinstance(error, MailtuiError):
            log.exception("the store failed on %s", type(posted.message).__name__)
            error = StoreError(
                f"the local store failed: {type(error).__name__}: {error}",
                hint="nothing was lost; run `mailtui doctor`, the log has the details",
            )
        self._settle([posted], error)
        if posted.done is None:
            self._publish([Notice(self._revision, "error", error.text, error.hint)])

    def _publish(self, changes: Sequence[Change]) -> None:
        if changes:
            self._revision = changes[-1].revision
            self._down.publish(changes)

    def _settle(self, batch: Sequence[_Posted], error: Exception | None, changes: Sequence[Change] = ()) -> None:
        for posted in batch:
            if posted.done is not None:
                posted.done.get_loop().call_soon_threadsafe(_resolve, posted.done, error, changes)


def _resolve(done: asyncio.Future[Sequence[Change]], error: Exception | None, changes: Sequence[Change]) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(changes)
    else:
        done.set_exception(error)
