"""What becomes of new mail by itself: every stage is asked, in turn, about what has just arrived in an Inbox, and what
it wants done becomes Deeds like those of the person.

The work is done on a thread of its own, behind the Writer's commits; a key never waits for it. Each message is looked
at once: `store/learning` keeps a mark per account that moves on when the Deeds are durable.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from mailtui.model.account import Account, OfflineKind
from mailtui.model.changes import AccountChanged, BodyArrived, Change, Notice, Resync, RowsChanged
from mailtui.model.errors import MailtuiError, StoreError
from mailtui.model.ids import AccountId, MailboxId, PlacementId, Revision
from mailtui.model.intents import Deed, Expunge, Move
from mailtui.model.link import LinkState
from mailtui.store.arrivals import Arrivals, Arrived, News
from mailtui.store.learning import LearningFile

log = logging.getLogger(__name__)

GATHER = 0.05
"""Seconds between the first news and the look at them: mail comes in bursts."""
PORTION = 50
"""Messages that are dealt with before their Deeds are handed over."""
MOST_WAITING = 1_000
"""Rows whose text is waited for, per account; older ones stay where they are."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """What a stage wants. `settled`: messages that no later stage is asked about; those that `deeds` move never are."""

    deeds: tuple[Deed, ...] = ()
    settled: frozenset[PlacementId] = frozenset()


class Stage(Protocol):
    """Called on the sorter's thread; may read files and the index, one call at a time. Raises MailtuiError: nothing of
    this portion is done, and it is asked again with the next mail."""

    def sort(self, account: Account, arrived: Sequence[Arrived]) -> Sorted:
        """`arrived`: new, unread mail of the account's Inbox, oldest first."""

    def done(self, account: Account, arrived: Sequence[Arrived]) -> None:
        """The Deeds about these are durable."""


class Sorter:
    """Told of Changes on the event loop; `run` lives as long as the engine, `once` is one look."""

    def __init__(
        self,
        accounts: Sequence[Account],
        root: str,
        commit: Callable[[Deed], Awaitable[object]],
        publish: Callable[[Sequence[Change]], None],
        stages: Sequence[Stage],
        by_headers: Sequence[Stage] = (),
    ) -> None:
        """`by_headers`: those of the stages that need no texts; on accounts without them only they are asked."""
        self._accounts = accounts
        self._root = root
        self._commit = commit
        self._publish = publish
        self._stages = stages
        self._by_headers = by_headers
        self._arrivals = Arrivals(root)
        self._file: LearningFile | None = None
        self._wake = asyncio.Event()
        self._looking = asyncio.Lock()
        self._waiting: dict[AccountId, tuple[PlacementId, ...]] = {}
        self._visited: set[AccountId] = set()
        """Accounts whose maildrop was read to its end: what is there then is old, what comes later is new."""
        self._inboxes: set[MailboxId] = set()
        self._complained = ""

    def heard(self, changes: Sequence[Change]) -> None:
        """Of every commit; microseconds."""
        for change in changes:
            match change:
                case RowsChanged(mailbox=mailbox, added=added, whole=whole):
                    news = (added or whole) and (not self._inboxes or mailbox in self._inboxes)
                case BodyArrived(placement=placement):
                    news = any(placement in waiting for waiting in self._waiting.values())
                case AccountChanged(account=account, state=LinkState.IDLE | LinkState.OFFLINE):
                    news = account not in self._visited
                    self._visited.add(account)
                case Resync():
                    news = True
                case _:
                    news = False
            if news:
                self._wake.set()

    async def run(self) -> None:
        """For ever."""
        self._wake.set()
        while True:
            await self._wake.wait()
            await asyncio.sleep(GATHER)
            self._wake.clear()
            await self.once()

    async def once(self) -> set[AccountId]:
        """Deals with all that has arrived. Accounts that something was done in. Never raises: mail that can't be
        sorted stays in the Inbox, and the person is told once."""
        touched: set[AccountId] = set()
        async with self._looking:
            for account in self._accounts:
                try:
                    if await self._account(account):
                        touched.add(account.id)
                    self._complained = ""
                except MailtuiError as error:
                    self._complain(error)
                except sqlite3.Error as error:
                    self._complain(StoreError(f"new mail can't be sorted: {error}", "`mailtui doctor` tells more"))
        return touched

    async def _account(self, account: Account) -> bool:
        news = await asyncio.to_thread(self._news, account)
        done = False
        for arrived, stages in ((news.arrived, self._stages), (news.bare, self._by_headers)):
            for start in range(0, len(arrived), PORTION):
                done |= await self._portion(account, arrived[start : start + PORTION], stages)
        if news.mark is not None:
            await asyncio.to_thread(self._opened().set_mark, account.id, news.mark, news.waiting)
            self._waiting[account.id] = news.waiting
        return done

    def _news(self, account: Account) -> News:
        """On the thread."""
        self._inboxes = {MailboxId(box) for box in self._arrivals.inboxes()}
        file = self._opened()
        mark = file.mark(account.id)
        if mark is None:
            if account.pop3 is not None and account.id not in self._visited:
                return News()
            return News(mark=self._arrivals.now(account.id, numbered=account.imap is not None))
        before = self._waiting.get(account.id)
        if before is None:
            before = tuple(PlacementId(row) for row in file.waiting(account.id))
        texts = account.offline.kind is not OfflineKind.HEADERS
        news = self._arrivals.news(account.id, mark, before, texts=texts)
        waiting = news.waiting[-MOST_WAITING:]
        self._waiting[account.id] = tuple(dict.fromkeys((*before, *waiting)))
        same = (news.mark, waiting) == (mark, before)
        return News(news.arrived, news.bare, waiting, None if same else news.mark)

    async def _portion(self, account: Account, arrived: Sequence[Arrived], stages: Sequence[Stage]) -> bool:
        left = list(arrived)
        done = False
        for stage in stages:
            wanted = await asyncio.to_thread(_asked, stage, account, left)
            for deed in wanted.deeds:
                await self._commit(deed)
                done = True
            await asyncio.to_thread(stage.done, account, left)
            settled = wanted.settled | moved(wanted.deeds)
            left = [one for one in left if one.placement not in settled]
        return done

    def _opened(self) -> LearningFile:
        if self._file is None:
            self._file = LearningFile(self._root)
        return self._file

    def _complain(self, error: MailtuiError) -> None:
        log.warning("new mail is not sorted: %s", error)
        if error.text != self._complained:
            self._complained = error.text
            self._publish([Notice(Revision(0), "warning", error.text, error.hint)])

    def close(self) -> None:
        """Off the event loop, when nothing runs any more."""
        if self._file is not None:
            self._file.close()
        self._arrivals.close()


def _asked(stage: Stage, account: Account, arrived: Sequence[Arrived]) -> Sorted:
    """A message that a stage trips over stays in the Inbox, and is not tried for ever."""
    try:
        return stage.sort(account, arrived)
    except MailtuiError:
        raise
    except Exception:
        log.exception("%s failed on new mail", type(stage).__name__)
        return Sorted()


def moved(deeds: Sequence[Deed]) -> frozenset[PlacementId]:
    """What these take out of where it is."""
    return frozenset(
        placement
        for deed in deeds
        for intent in deed.intents
        if isinstance(intent, (Move, Expunge))
        for placement in intent.placements
    )
