"""The full-text filler: indexes what arrived, on its own thread, behind the list and never in its way."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from mailtui.model.errors import MailtuiError
from mailtui.model.facts import Fact
from mailtui.store.store import Store

log = logging.getLogger(__name__)

BATCH = 1000
"""Messages per transaction: a few hundred ms of work, so that stopping never takes long; smaller ones cost merges."""
QUIET = 0.5
"""Seconds without new mail before filling starts: a first sync has the disk and the processor for itself."""


class Filler:
    """`stir()` after every commit that brought mail. `busy()` tells whether mail is streaming in."""

    def __init__(self, store: Store, post: Callable[[Fact], None]) -> None:
        self._store = store
        self._post = post
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._hold = threading.Event()
        self._thread = threading.Thread(target=self._run, name="full-text", daemon=False)
        self.idle = threading.Event()

    def start(self) -> None:
        self._wake.set()
        self._thread.start()

    def stir(self) -> None:
        self.idle.clear()
        self._hold.set()
        self._wake.set()

    def drain(self) -> None:
        """Fills everything now, on the caller's thread. Blocks."""
        while self._step():
            if self._stop.is_set():
                return

    def close(self) -> None:
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait()
            self._wake.clear()
            while not self._stop.is_set():
                if self._hold.is_set():
                    self._hold.clear()
                    self._stop.wait(QUIET)
                    continue
                if not self._step():
                    break
            self.idle.set()

    def _step(self) -> bool:
        """One batch. False when nothing is left, or when the disk refuses (it is tried again with the next mail)."""
        try:
            result = self._store.fill_fulltext(BATCH)
        except MailtuiError as error:
            log.warning("the full-text index waits: %s", error)
            return False
        if result.refined:
            self._post(result.refined)
        return result.done > 0
