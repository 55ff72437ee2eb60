"""One visit to a maildrop: list, name, forget what is gone, fetch what is new, delete what may go, QUIT.

In this order, because of what a cut may do at any point: mail is durable here (files, rows and names, in one commit)
before its DELE goes out; DELE is in the store before it goes out; only QUIT makes it count (RFC 1939 section 6), and
only the next listing proves it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Iterable, Iterator, Sequence

from mailtui.model.changes import Notice
from mailtui.model.errors import LinkError, RemoteProtocolError, StoreError
from mailtui.model.facts import Delivery, MailboxesListed, Progress
from mailtui.model.folder import Mailbox, RemoteMailbox, Role
from mailtui.model.ids import Revision
from mailtui.model.mail import NO_FLAGS
from mailtui.model.maildrop import MaildropDeleting, MaildropEntry, MaildropListed, MaildropRead, Popped
from mailtui.protocols.pop3.link import PopLink
from mailtui.protocols.pop3.worker.desk import PopDesk
from mailtui.protocols.pop3.worker.fetch import Fetching, drop
from mailtui.protocols.pop3.worker.naming import Named, Survey, invented, name_all
from mailtui.store.maildir import Spooled
from mailtui.sync.maildrop import doubtful, leaves_at

FIRST, BATCH = 50, 400
"""Messages per commit; the first one is small, so that there is something to look at."""
BATCH_BYTES = 32 << 20
REPORT = 0.25
"""Seconds between two Progress facts."""


class Visit:
    """Used once. `complained`: names that the person was told of already."""

    def __init__(self, desk: PopDesk, link: PopLink, complained: set[str]) -> None:
        self._desk = desk
        self._link = link
        self._complained = complained
        self._sure: set[int] = set()
        """Message numbers whose bytes were compared with what is here, on this connection."""
        self._doubtful: set[int] = set()
        """Numbers whose names may be another message's, as long as they are not `sure`."""
        self._done = self._total = 0
        self._started = self._reported = 0.0

    async def run(self) -> None:
        """Raises what stopped it; all that was done until then counts."""
        desk = self._desk
        inbox = await self._inbox()
        survey = await self._survey()
        known = await asyncio.to_thread(desk.base.maildrop, desk.account.id)
        fetching = Fetching(self._link, desk.spool(inbox.id), lambda: self._progress(inbox))
        named = await name_all(self._link, survey, known, fetching)
        try:
            if survey.complete:
                await desk.commit(MaildropListed(desk.account.id, tuple(named.names.values()), desk.clock.now()))
            await self._fetch_all(survey, named, known, fetching, inbox)
        finally:
            drop(named.bodies.values())
        self._complain(fetching, named)
        asked = await self._delete(survey, named, fetching) if survey.complete else ()
        if not asked:
            with contextlib.suppress(LinkError):  # nothing depends on its answer
                await self._link.quit()
        elif (await self._link.quit()).ok:
            await desk.commit(MaildropDeleting(desk.account.id, asked, done=True))

    # -- what is there

    async def _inbox(self) -> Mailbox:
        desk = self._desk
        for attempt in range(2):
            for mailbox in await asyncio.to_thread(desk.base.mailboxes, desk.account.id):
                if mailbox.role is Role.INBOX:
                    return mailbox
            if attempt == 0:
                made = RemoteMailbox("INBOX", "/", frozenset())
                await desk.commit(MailboxesListed(desk.account.id, (made,), complete=False))
        raise StoreError(f"account {desk.account.id!r} has no Inbox", "run `mailtui reindex`")

    async def _survey(self) -> Survey:
        count, uidls, octets = await self._link.survey()
        numbers = tuple(sorted(uidls if uidls is not None else octets if octets is not None else ()))
        if uidls is None and octets is None:
            if count is None:
                raise RemoteProtocolError(
                    f"{self._link.host} tells in no way what is in the maildrop", "UIDL, LIST and STAT are refused"
                )
            numbers = tuple(range(1, count + 1))
        return Survey(numbers, uidls, octets or {}, count is None or count == len(numbers))

    # -- fetching

    async def _fetch_all(
        self, survey: Survey, named: Named, known: dict[str, MaildropEntry], fetching: Fetching, inbox: Mailbox
    ) -> None:
        """What is not here, and what may be another message than the one here; newest first."""
        wanted: list[tuple[int, int]] = []
        for number in sorted(named.names, reverse=True):
            entry = known.get(named.names[number])
            octets = survey.octets.get(number, 0)
            if entry is not None and doubtful(entry, octets):
                self._doubtful.add(number)
            if entry is None or entry.lost or number in self._doubtful:
                wanted.append((number, octets))
        self._total, self._started = len(wanted), self._desk.clock.monotonic()
        writing: Awaitable[object] | None = None
        try:
            for batch in _batches(wanted):
                bodies = {number: named.bodies.pop(number) for number, _ in batch if number in named.bodies}
                bodies |= await self._some(fetching, [one for one in batch if one[0] not in bodies], bodies)
                if writing is not None:
                    before, writing = writing, None
                    await _or_drop(before, bodies.values())
                if bodies:
                    writing = self._desk.commit(self._read(survey, named, bodies))
                if fetching.broken is not None:
                    raise fetching.broken
        finally:
            if writing is not None:
                await writing
        self._progress(inbox, last=True)

    async def _some(
        self, fetching: Fetching, batch: Sequence[tuple[int, int]], held: dict[int, Spooled]
    ) -> dict[int, Spooled]:
        try:
            return await fetching.some(batch) if batch else {}
        except BaseException:
            drop(held.values())
            raise

    def _read(self, survey: Survey, named: Named, bodies: dict[int, Spooled]) -> MaildropRead:
        now = self._desk.clock.now()
        messages = []
        for number, spooled in bodies.items():
            delivery = Delivery(0, NO_FLAGS, int(now), spooled.size, spooled.digest, spooled.head, spooled.path)
            messages.append(Popped(named.names[number], delivery, survey.octets.get(number, 0)))
            self._sure.add(number)
        return MaildropRead(self._desk.account.id, tuple(messages), now)

    def _progress(self, inbox: Mailbox, *, last: bool = False) -> None:
        now = self._desk.clock.monotonic()
        self._done += not last
        if self._total == 0 or (not last and now - self._reported < REPORT):
            return
        self._reported = now
        done = min(self._done, self._total)
        rate = done / (now - self._started) if now > self._started else 0.0
        self._desk.post(Progress(self._desk.account.id, inbox.id, done, self._total, rate))

    def _complain(self, fetching: Fetching, named: Named) -> None:
        """Told once, tried at every visit."""
        new = {named.names.get(number, str(number)): said.text for number, said in fetching.refused.items()}
        fresh = {name: text for name, text in new.items() if name not in self._complained}
        if fresh:
            self._complained.update(fresh)
            words = next(iter(fresh.values()))[:200]
            text = f'{self._link.host} refuses to hand out {len(fresh)} of its messages: "{words}"'
            account = self._desk.account.id
            self._desk.tell(Notice(Revision(0), "warning", text, "they are asked for again at every visit", account))

    # -- deleting

    async def _delete(self, survey: Survey, named: Named, fetching: Fetching) -> tuple[str, ...]:
        """Asks for what the policy lets go; the names that the server took."""
        desk = self._desk
        known = await asyncio.to_thread(desk.base.maildrop, desk.account.id)
        numbers = await asyncio.to_thread(self._leaving, named, known)
        numbers = await self._compared(numbers, survey, named, known, fetching)
        if not numbers:
            return ()
        names = {number: named.names[number] for number in numbers}
        await desk.commit(MaildropDeleting(desk.account.id, tuple(names.values())))
        return tuple(names[number] for number in await self._link.delete(numbers))

    def _leaving(self, named: Named, known: dict[str, MaildropEntry]) -> list[int]:
        """Numbers of messages that are due, and whose mail is here, or was deleted here. Blocking."""
        now, found = self._desk.clock.now(), []
        for number, name in sorted(named.names.items()):
            entry = known.get(name)
            if entry is None or (number in self._doubtful and number not in self._sure):
                continue
            due = leaves_at(entry, self._desk.server.leave_on_server)
            if due is not None and due <= now and self._safe(entry):
                found.append(number)
        return found

    def _safe(self, entry: MaildropEntry) -> bool:
        """Its file is there, or the person deleted it."""
        if entry.placement is None:
            return not entry.lost
        path = self._desk.base.path(entry.placement)
        return path is not None and os.path.isfile(os.path.join(self._desk.root, path))

    async def _compared(
        self,
        numbers: list[int],
        survey: Survey,
        named: Named,
        known: dict[str, MaildropEntry],
        fetching: Fetching,
    ) -> list[int]:
        """Names of our own making say little: before such a message is deleted, its bytes are compared with ours."""
        unsure = [number for number in numbers if invented(named.names[number]) and number not in self._sure]
        kept = [number for number in numbers if number not in unsure]
        for batch in _batches([(number, survey.octets.get(number, 0)) for number in unsure]):
            bodies = await fetching.bodies(batch)
            drop(bodies.values())
            kept += [number for number, body in bodies.items() if body.digest == known[named.names[number]].digest]
        return sorted(kept)


def _batches(wanted: Sequence[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """(number, octets), cut where a commit is due."""
    batch: list[tuple[int, int]] = []
    limit, octets = FIRST, 0
    for one in wanted:
        batch.append(one)
        octets += one[1]
        if len(batch) >= limit or octets >= BATCH_BYTES:
            yield batch
            batch, limit, octets = [], BATCH, 0
    if batch:
        yield batch


async def _or_drop(writing: Awaitable[object], bodies: Iterable[Spooled]) -> None:
    """Waits for a commit; if it failed, what was fetched meanwhile is given up too."""
    try:
        await writing
    except BaseException:
        drop(bodies)
        raise
