"""Learns from what the person does, behind it: the steps of the history are read, on a thread of their own, when a
Change tells that there is a new one. The weights are fitted in a process of its own, which takes no time from anybody.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import sys
from collections.abc import Callable, Sequence

from mailtui.model.changes import Change, Done, Notice, Resync
from mailtui.model.errors import MailtuiError, StoreError
from mailtui.model.ids import Revision
from mailtui.store.arrivals import Arrivals
from mailtui.store.learning import LearningFile, due
from mailtui.store.lessons import Syllabus

log = logging.getLogger(__name__)

GATHER = 0.5
"""Seconds after a deed before it is learned from: more of them come, and the screen comes first."""


class Learner:
    """Told of Changes on the event loop; `run` lives as long as the engine, `once` learns what there is."""

    def __init__(self, root: str, publish: Callable[[Sequence[Change]], None]) -> None:
        self._root = root
        self._publish = publish
        self._index = Arrivals(root)
        self._file: LearningFile | None = None
        self._wake = asyncio.Event()
        self._busy = asyncio.Lock()
        self._complained = ""

    def heard(self, changes: Sequence[Change]) -> None:
        """Of every commit; microseconds."""
        if any(isinstance(change, (Done, Resync)) for change in changes):
            self._wake.set()

    async def run(self) -> None:
        """For ever."""
        self._wake.set()
        while True:
            await self._wake.wait()
            await asyncio.sleep(GATHER)
            self._wake.clear()
            await self.once()

    async def once(self) -> None:
        """Never raises: what can't be learned now is learned later, and the person is told once."""
        async with self._busy:
            try:
                while await asyncio.to_thread(self._step):
                    pass
                if await asyncio.to_thread(self._due):
                    await self._fit()
                self._complained = ""
            except MailtuiError as error:
                self._complain(error)
            except sqlite3.Error as error:
                self._complain(StoreError(f"nothing can be learned: {error}", "`mailtui doctor` tells more"))

    def _step(self) -> bool:
        """On the thread. Whether there may be more."""
        if self._file is None:
            self._file = LearningFile(self._root)
        more = Syllabus(self._index.db, self._file).read()
        if self._file.db.execute("SELECT 1 FROM todo LIMIT 1").fetchone() is None:
            return more
        from mailtui.engine.studying import study  # a third of a second, which most starts do not need

        return bool(study(self._index, self._file)) or more

    def _due(self) -> bool:
        return self._file is not None and due(self._file.db)

    async def _fit(self) -> None:
        """In another process. One that fails leaves the weights as they are."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "mailtui.engine.studying", self._root),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            if await process.wait():
                log.warning("the weights of the spam filter could not be fitted (%s)", process.returncode)
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()

    def _complain(self, error: MailtuiError) -> None:
        log.warning("nothing is learned: %s", error)
        if error.text != self._complained:
            self._complained = error.text
            self._publish([Notice(Revision(0), "warning", error.text, error.hint)])

    def close(self) -> None:
        """Off the event loop, when nothing runs any more."""
        if self._file is not None:
            self._file.close()
        self._index.close()
