"""Slices on their way to the Writer. While it writes one delta, the slices that come in are put together into the next:
every commit waits for the disk, so a slow disk gets fewer and larger ones. One delta is under way at a time, so a
checkpoint never overtakes mail that could not be written."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Self

from mailtui.model.changes import Change
from mailtui.model.errors import MailtuiError
from mailtui.model.facts import MailboxDelta

MOST = 1200
"""Messages that are put together at most: what a crash costs is fetched again."""


class Gathered:
    """A context: what was added is durable behind it, also after a failure that was not the Writer's. `hand_in` queues
    a delta at the Writer; awaiting its result tells that the delta is durable."""

    def __init__(self, hand_in: Callable[[MailboxDelta], asyncio.Future[Sequence[Change]]]) -> None:
        self._hand_in = hand_in
        self._waiting: MailboxDelta | None = None
        self._under_way: asyncio.Future[Sequence[Change]] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            if error is None:
                await self._settle()
            elif isinstance(error, Exception):
                with contextlib.suppress(MailtuiError):  # the first failure is the one that counts
                    await self._settle()
        finally:
            self._give_up()

    async def add(self, delta: MailboxDelta) -> None:
        """In the order in which the slices came. Raises what the Writer raised for an earlier one."""
        self._waiting = delta if self._waiting is None else together(self._waiting, delta)
        if self._under_way is not None:
            if not self._under_way.done() and len(self._waiting.deliveries) + len(self._waiting.headers) < MOST:
                return
            await self._under_way
        self._go()

    async def _settle(self) -> None:
        if self._under_way is not None:
            await self._under_way
        if self._waiting is not None:
            await self._go()

    def _go(self) -> asyncio.Future[Sequence[Change]]:
        assert self._waiting is not None
        delta, self._waiting = self._waiting, None
        self._under_way = self._hand_in(delta)
        self._under_way.add_done_callback(_retrieve)
        return self._under_way

    def _give_up(self) -> None:
        """Nothing of what was never handed in stays spooled: it is fetched again."""
        if self._waiting is not None:
            for delivery in self._waiting.deliveries:
                with contextlib.suppress(OSError):
                    os.unlink(delivery.spool)
            self._waiting = None


def together(older: MailboxDelta, newer: MailboxDelta) -> MailboxDelta:
    """One delta that says what both say, one after the other. A delta's flags are applied behind its mail: what was
    heard of a message before it came itself is older than what came with it."""
    come = {mail.uid for mail in newer.deliveries} | {mail.uid for mail in newer.headers}
    return replace(
        newer,
        deliveries=older.deliveries + newer.deliveries,
        headers=older.headers + newer.headers,
        flags=tuple(at for at in older.flags if at.uid not in come) + newer.flags,
        vanished=older.vanished + newer.vanished,
    )


def _retrieve(done: asyncio.Future[Sequence[Change]]) -> None:
    """A failure that nobody waits for any more is not worth a word."""
    if not done.cancelled():
        done.exception()
