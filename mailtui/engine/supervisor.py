"""The supervisor: the only place that creates tasks. Keeps a worker alive by its error's `retry`, never in a spin."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from mailtui.model.errors import MailtuiError, Retry, StoreError
from mailtui.sync.backoff import delay

log = logging.getLogger(__name__)

Script = Callable[[], Coroutine[Any, Any, None]]
STEADY = 60.0
"""Seconds a script must have run for its failures to count anew."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a kept script stopped and when it runs again; `retry_in` None: not before `wake`."""

    error: MailtuiError
    retry_in: float | None


class Supervisor:
    """Spawns tasks, restarts scripts, ends them all."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task that is watched: an exception nobody awaits is logged, never lost."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def keep(
        self,
        name: str,
        script: Script,
        on_failure: Callable[[Failure], None],
        wake: asyncio.Event,
        *,
        stubborn: bool = False,
    ) -> asyncio.Task[None]:
        """Runs `script` again and again. After a failure it waits by backoff, or, if waiting is useless
        (`Retry.NEVER`), until `wake` is set: by a key press, a changed config. `wake` also cuts a wait short, and what
        failed before counts no more. `stubborn`: nobody hears of its failures, so it never gives up."""
        return self.spawn(name, self._keep(script, on_failure, wake, stubborn))

    async def _keep(
        self, script: Script, on_failure: Callable[[Failure], None], wake: asyncio.Event, stubborn: bool
    ) -> None:
        loop = asyncio.get_running_loop()
        attempt = 0
        while True:
            started = loop.time()
            try:
                await script()
                attempt = 0
                continue
            except MailtuiError as met:
                error = met
            except Exception as met:
                log.exception("a worker failed")
                error = MailtuiError(
                    f"unexpected: {type(met).__name__}: {met}", "the log has the details", Retry.BACKOFF
                )
            if loop.time() - started > STEADY:
                attempt = 0
            attempt += 1
            pause = self._pause(error, attempt, stubborn)
            wake.clear()
            on_failure(Failure(error, pause))
            if await wait_for(wake, pause):
                attempt = 0

    @staticmethod
    def _pause(error: MailtuiError, attempt: int, stubborn: bool = False) -> float | None:
        # A full disk gets space again, a file its permissions: nobody should have to tell us.
        if error.retry is Retry.NEVER and not stubborn and not isinstance(error, StoreError):
            return None
        if error.retry is Retry.AT_ONCE and attempt == 1:
            return 0.0
        return delay(attempt, random.random())  # noqa: S311

    async def stop(self) -> None:
        """Cancels everything and waits until it is gone."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task %s failed", task.get_name(), exc_info=error)


async def wait_for(event: asyncio.Event, seconds: float | None) -> bool:
    """Whether the event came within the time (None = wait for ever)."""
    waiting: Awaitable[object] = event.wait()
    try:
        await asyncio.wait_for(waiting, seconds)
    except TimeoutError:
        return False
    return True
