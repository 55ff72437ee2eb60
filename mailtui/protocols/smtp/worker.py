"""Sends what is due, one message after the other, oldest first.

Each step is durable before the next one: `Submitting` before the server hears of a message, `FinalDot` before it could
take it over, `SubmissionEnded` before the next message. What it does not know it says so: never sent twice by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from mailtui.model.account import Account, SecretKind
from mailtui.model.changes import Change, Notice
from mailtui.model.errors import LinkError, MailtuiError, Retry, StoreError
from mailtui.model.ids import AccountId, Revision
from mailtui.model.outgoing import Fate, FinalDot, OutboxFact, Outgoing, Recipient, Stage, SubmissionEnded, Submitting
from mailtui.model.ports import Clock, Secrets
from mailtui.protocols.smtp import command
from mailtui.protocols.smtp.link import AboutToEnd, Handed, Parcel, SmtpLink
from mailtui.protocols.smtp.message import wire
from mailtui.protocols.smtp.outcome import GIVE_UP, pause

LINGER = 15.0
"""Seconds of an undo window that a single round (`mailtui sync`) waits for."""
AGAIN = 3600.0
"""Seconds until the next try where only a person can mend it (a password), should nobody ask before."""
LONGEST = 3600.0
"""Seconds between two looks at the outbox at most: clocks are set and computers sleep."""


LATE = 120.0
"""Seconds behind its time from which the person is told that a message goes out only now."""


class Queue(Protocol):
    def outgoing(self, account: AccountId) -> tuple[Outgoing, ...]:
        """The account's messages in the outbox, oldest first. Blocking."""


@dataclass(frozen=True)
class SenderDesk:
    """Everything the sending worker may use. `commit` returns at once; await its result to know that it is durable."""

    account: Account
    base: Queue
    commit: Callable[[OutboxFact], Awaitable[object]]
    tell: Callable[[Change], None]
    clock: Clock
    secrets: Secrets


class SubmissionWorker:
    def __init__(self, desk: SenderDesk) -> None:
        self._desk = desk
        self._stirred = asyncio.Event()
        self._hurry = False
        """Tries that wait for their time are made now."""
        self._told = ""
        self._late: set[int] = set()
        """Messages of which it was told that they missed their time."""
        self.scripts = (self.run,)

    # -- what others ask for

    def journaled(self) -> None:
        """There may be something new in the outbox."""
        self._stirred.set()

    def sync_now(self) -> None:
        """The person wants it now."""
        self._hurry = True
        self._stirred.set()

    def woke(self) -> None:
        """The computer was asleep: what was to go meanwhile goes now."""
        self._hurry = True
        self._stirred.set()

    # -- scripts

    async def run(self) -> None:
        """For ever. Failures of the network are told and waited for, not raised."""
        while True:
            self._stirred.clear()
            hurry, self._hurry = self._hurry, False
            waiting = await self._waiting()
            now = self._desk.clock.now()
            due = [one for one in waiting if _time(one, hurry=hurry) <= now]
            if due:
                with contextlib.suppress(MailtuiError):
                    await self._send(due)
                continue
            nap = min((_time(one) - now for one in waiting), default=LONGEST)
            await self._rest(min(max(nap, 0.05), LONGEST))

    async def run_once(self) -> None:
        """Everything that is due now, or as soon as its undo window is over. Raises what stopped it."""
        hurry = True
        seen: set[int] = set()
        while True:
            now = self._desk.clock.now()
            waiting = [one for one in await self._waiting() if one.id not in seen]
            soon = [one for one in waiting if _time(one, hurry=hurry) <= now + LINGER]
            if not soon:
                return
            due = [one for one in soon if _time(one, hurry=hurry) <= now]
            if due:
                seen |= {one.id for one in due}
                await self._send(due)
            else:
                await self._desk.clock.sleep(max(0.05, min(_time(one, hurry=hurry) for one in soon) - now))

    async def _waiting(self) -> list[Outgoing]:
        """Between two messages nothing is under way: what looks so was broken off."""
        found = await _read_whole(self._desk.base, self._desk.account.id)
        for one in found:
            if one.stage is Stage.FINAL:
                words = "the connection ended while it was handed over: it may have been delivered"
                await self._desk.commit(SubmissionEnded(self._desk.account.id, one.id, (), words))
        return [one for one in found if one.stage in (Stage.HELD, Stage.DUE, Stage.SENDING)]

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stirred.wait()

    # -- sending

    async def _send(self, due: Iterable[Outgoing]) -> None:
        """Raises what ended it; the words are with every message then."""
        due = list(due)
        self._tell_late(due)
        link: SmtpLink | None = None
        try:
            while due:
                if not self._desk.account.send_command and (link is None or not link.usable):
                    link = await self._connect()
                await self._one(due.pop(0), link)
                if link is not None and link.interrupted:
                    raise asyncio.CancelledError
                self._told = ""
        except (LinkError, MailtuiError) as error:
            await self._put_off(due, error)
            raise
        finally:
            if link is not None:
                await link.close()

    def _tell_late(self, due: Iterable[Outgoing]) -> None:
        """Nothing was running when they were to go, or the computer slept."""
        now = self._desk.clock.now()
        missed = [one for one in due if not one.tries and one.id not in self._late and one.not_before < now - LATE]
        missed = [one for one in missed if one.created < one.not_before]
        if not missed:
            return
        self._late |= {one.id for one in missed}
        named = f'"{missed[0].subject}"' if missed[0].subject else "A message"
        text = f"{named} goes out only now" if len(missed) == 1 else f"{len(missed)} messages go out only now"
        at = datetime.fromtimestamp(min(one.not_before for one in missed))
        hint = f"It was to go on {at:%Y-%m-%d} at {at:%H:%M}, when mailtui was not running."
        hint = hint if len(missed) == 1 else f"The first was to go on {at:%Y-%m-%d} at {at:%H:%M}."
        self._desk.tell(Notice(Revision(0), "warning", text, hint, self._desk.account.id))

    async def _connect(self) -> SmtpLink:
        server = self._desk.account.smtp
        if server is None:
            raise LinkError(f"account {self._desk.account.id!r} has no [accounts.{self._desk.account.id}.smtp] table")
        secret = None if server.secret.kind is SecretKind.NONE else await self._desk.secrets.get(server)
        return await SmtpLink.open(server, secret)

    async def _one(self, outgoing: Outgoing, link: SmtpLink | None) -> None:
        """Raises LinkError (nothing was sent), after it was written down."""
        desk = self._desk
        account, ident = desk.account.id, outgoing.id
        try:
            parcel = await asyncio.to_thread(_parcel, outgoing)
        except OSError as error:
            why = f"the message can't be read: {error.strerror}"
            await desk.commit(SubmissionEnded(account, ident, _everyone(outgoing, Fate.REFUSED, why), why))
            return
        try:
            await desk.commit(Submitting(account, ident))
        except StoreError:
            return  # taken back meanwhile

        async def about_to_end(accepted: tuple[str, ...]) -> None:
            await desk.commit(FinalDot(account, ident, accepted))

        try:
            handed = await self._hand_over(parcel, link, about_to_end)
        except StoreError as error:  # not durable, or taken back: the dot was not said
            with contextlib.suppress(StoreError):
                await desk.commit(SubmissionEnded(account, ident, (), error.text, desk.clock.now() + pause(1)))
            return
        except MailtuiError as error:
            await desk.commit(SubmissionEnded(account, ident, (), error.text, self._next(outgoing, error)))
            raise
        await desk.commit(self._ended(outgoing, handed))

    async def _hand_over(self, parcel: Parcel, link: SmtpLink | None, about_to_end: AboutToEnd) -> Handed:
        if link is not None:
            return await link.hand_over(parcel, about_to_end)
        return await command.hand_over(self._desk.account.send_command, parcel, about_to_end)

    def _ended(self, outgoing: Outgoing, handed: Handed) -> SubmissionEnded:
        """What was put off for days is given up."""
        recipients, now = handed.recipients, self._desk.clock.now()
        waiting = any(one.fate is Fate.WAITING for one in recipients)
        if waiting and now - max(outgoing.created, outgoing.not_before) > GIVE_UP:
            recipients = tuple(
                replace(one, fate=Fate.REFUSED, answer=f"put off for 5 days: {one.answer}")
                if one.fate is Fate.WAITING
                else one
                for one in recipients
            )
            waiting = False
        at = now + pause(outgoing.tries + 1) if waiting else None
        return SubmissionEnded(self._desk.account.id, outgoing.id, recipients, handed.answer, at)

    def _next(self, outgoing: Outgoing, error: MailtuiError) -> float:
        seconds = AGAIN if error.retry is Retry.NEVER else pause(outgoing.tries + 1)
        return self._desk.clock.now() + seconds

    async def _put_off(self, due: Iterable[Outgoing], error: MailtuiError) -> None:
        """The rest has to wait too; the person is told once of each trouble that only they can end."""
        for one in due:
            with contextlib.suppress(StoreError):
                ended = SubmissionEnded(self._desk.account.id, one.id, (), error.text, self._next(one, error))
                await self._desk.commit(ended)
        if error.retry is Retry.NEVER and error.text != self._told:
            self._told = error.text
            self._desk.tell(Notice(Revision(0), "error", error.text, error.hint, self._desk.account.id))


async def _read_whole(base: Queue, account: AccountId) -> tuple[Outgoing, ...]:
    """Being cancelled waits for the thread that reads: who cancelled us closes the store next, and a database that is
    closed under a reader takes the process with it."""
    reading = asyncio.get_running_loop().run_in_executor(None, base.outgoing, account)
    try:
        return await asyncio.shield(reading)
    except asyncio.CancelledError:
        await asyncio.wait([reading])
        raise


def _parcel(outgoing: Outgoing) -> Parcel:
    """Blocking. Raises OSError."""
    with open(outgoing.path, "rb") as file:
        message = wire(file.read())
    whom = tuple(one.address for one in outgoing.recipients if one.fate is Fate.WAITING)
    return Parcel(outgoing.sender, whom, message, outgoing.notify, outgoing.message_id)


def _everyone(outgoing: Outgoing, fate: Fate, words: str) -> tuple[Recipient, ...]:
    return tuple(Recipient(one.address, fate, words) for one in outgoing.recipients if one.fate is Fate.WAITING)


def _time(outgoing: Outgoing, *, hurry: bool = False) -> float:
    """When it is to go, seconds since 1970 UTC. `hurry`: tries are made at once, but what is held stays held."""
    return outgoing.not_before if hurry else max(outgoing.not_before, outgoing.next_try)
