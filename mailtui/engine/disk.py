"""Other programs at the maildir while we run. Their work shows in the time stamps of the folders; where ours came in
the same moment and hid it, the files themselves tell, a while later."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping

from mailtui.engine.writer import Writer
from mailtui.model.errors import MailtuiError
from mailtui.model.ids import MailboxId
from mailtui.model.ports import Clock
from mailtui.store.base import Base
from mailtui.store.requests import OutsideChange

LOOK = 1.0
"""Seconds between two looks at the folders."""
QUIET = 15.0
"""Seconds after our own last work in a folder until its files are compared with the index."""


class DiskWatch:
    """`run` looks for ever; `told` is called when something was found and taken in."""

    def __init__(self, base: Base, root: str, writer: Writer, clock: Clock, told: Callable[[], None]) -> None:
        self._base, self._root, self._writer, self._clock, self._told = base, root, writer, clock, told
        self._suspects: set[MailboxId] = set()
        self._odd: set[MailboxId] = set()
        self._known: dict[MailboxId, int] = {}
        self._worked: dict[MailboxId, float] = {}
        """When our own work in a folder was last seen, monotonic seconds; until its files were compared."""

    async def run(self) -> None:
        """Two looks must agree: the first may have come in the middle of a commit of ours."""
        while True:
            await self._clock.sleep(LOOK)
            with contextlib.suppress(MailtuiError):
                marks = await asyncio.to_thread(self._base.marks, self._root)
                found = {mailbox for mailbox, (known, now) in marks.items() if known not in (0, now)}
                if found & self._suspects:
                    await self._take_in(OutsideChange(tuple(sorted(found & self._suspects))))
                self._suspects = found
                await self._compare({mailbox: marks[mailbox][0] for mailbox in marks.keys() - found})

    async def _compare(self, calm: Mapping[MailboxId, int]) -> None:
        """One folder at a time, after its rest, by all its files."""
        now = self._clock.monotonic()
        for mailbox, known in calm.items():
            if self._known.setdefault(mailbox, known) != known:
                self._known[mailbox], self._worked[mailbox] = known, now
        rested = [mailbox for mailbox, at in self._worked.items() if mailbox in calm and now - at > QUIET]
        if not rested:
            return
        mailbox = rested[0]
        if not await asyncio.to_thread(self._base.differs, self._root, mailbox):
            self._odd.discard(mailbox)
            del self._worked[mailbox]
        elif mailbox in self._odd:
            self._odd.discard(mailbox)
            del self._worked[mailbox]
            await self._take_in(OutsideChange((mailbox,), surely=True))
        else:
            self._odd.add(mailbox)

    async def _take_in(self, change: OutsideChange) -> None:
        await self._writer.commit(change)
        self._told()
