"""The full-text filler: indexes what arrived, on its own thread, behind the list and never in its way. A few messages
it does itself; for many it starts a process."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from mailtui.engine.filling import FillingProcess
from mailtui.model.errors import MailtuiError
from mailtui.model.facts import Fact
from mailtui.store.fulltext import FillResult
from mailtui.store.store import Store

log = logging.getLogger(__name__)

FEW = 200
"""Messages that are done here: a process takes as long to start."""
QUIET = 0.5
"""Seconds without new mail before filling starts: a first sync has the disk and the processor for itself."""


class Filler:
    """`stir()` after every commit that brought mail."""

    def __init__(self, store: Store, post: Callable[[Fact], None]) -> None:
        self._store = store
        self._post = post
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._hold = threading.Event()
        self._hurry = threading.Event()
        """Somebody waits for the end: no quiet is waited for."""
        self._thread = threading.Thread(target=self._run, name="full-text", daemon=False)
        self._beside = False
        self._process: FillingProcess | None = None
        self._alone = False
        """A process was tried and ended: everything is done here."""
        self.idle = threading.Event()

    def start(self, *, beside: bool = False) -> None:
        """`beside`: works while mail is streaming in, instead of after it."""
        self._beside = beside
        self._wake.set()
        self._thread.start()

    def stir(self) -> None:
        self.idle.clear()
        self._hold.set()
        self._wake.set()

    def drain(self) -> None:
        """Returns when everything is filled, or can't be. Blocks."""
        if not self._thread.is_alive():
            while not self._stop.is_set() and self._step():
                pass
            self._dismiss()
            return
        self._hurry.set()
        self._hold.clear()
        self.idle.clear()
        self._wake.set()
        self.idle.wait()
        self._hurry.clear()

    def close(self) -> None:
        self._stop.set()
        self._hurry.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        self._dismiss()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait()
            self._wake.clear()
            while not self._stop.is_set():
                if self._hold.is_set():
                    self._hold.clear()
                    self._hurry.wait(QUIET)
                    if not self._beside:
                        continue
                if not self._step():
                    break
            if not self._wake.is_set():
                if not self._beside:
                    self._dismiss()
                self.idle.set()
        self.idle.set()

    def _step(self) -> bool:
        """One batch. False when nothing is left, or when the disk refuses (it is tried again with the next mail)."""
        try:
            result = self._process.fill() if self._process is not None else self._here()
        except MailtuiError as error:
            log.warning("the full-text index waits: %s", error)
            return self._without_process()
        if result.refined:
            self._post(result.refined)
        return result.done > 0

    def _here(self) -> FillResult:
        if self._alone or not self._store.many_unfilled(FEW):
            return self._store.fill_fulltext(FEW)
        # Only one of us has it open: what is damaged is made anew by whoever finds it so.
        self._store.leave_fulltext()
        self._process = FillingProcess(self._store.root)
        return self._process.fill()

    def _without_process(self) -> bool:
        """Whether it is worth another try, here."""
        again = self._process is not None
        self._alone = self._alone or again
        self._dismiss()
        return again

    def _dismiss(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.close()
