"""What the connections of one account tell each other: what is known, what is due, who watches what."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from mailtui.model.folder import Checkpoint, Mailbox, RemoteStatus, Role
from mailtui.model.ids import MailboxId, PlacementId
from mailtui.model.intents import AskServer
from mailtui.protocols.imap.parse import mailbox_name
from mailtui.protocols.imap.worker.desk import Connection, Desk
from mailtui.protocols.imap.worker.mailbox import MailboxSync
from mailtui.sync.plan import needs_visit
from mailtui.sync.watch import assign, worth_watching

ROOM_AGAIN = 30 * 60.0
"""Seconds after which a server that let no more connections in is asked again."""
COINCIDENCE = 60.0
"""Seconds within which a lost connection explains that no other one could be opened."""
RELIST = 5.0
"""Seconds between two LISTs that the server's own word (NOTIFY) asks for."""
LOOKED = 8
"""So many of the mailboxes looked at are remembered."""


class Board:
    """Used on the event loop only. `work`, `live` and `lookouts` are the connections that are open now."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.boxes: dict[MailboxId, MailboxSync] = {}
        self.known: dict[MailboxId, Mailbox] = {}
        self.looked: list[MailboxId] = []
        """Newest first."""
        self.wanted: list[PlacementId] = []
        self.asked: list[AskServer] = []
        self.due: set[MailboxId] = set()
        self.all_due = self.pending = True
        self.swept = 0.0
        """When the last but one complete look at the account began (and all that both found was fetched), seconds since
        1970 UTC. What vanished before that and has not turned up in either is really gone."""
        self.once = self.probe = self.no_notify = False
        self.wake_work, self.wake_live = asyncio.Event(), asyncio.Event()
        self.work: Connection | None = None
        self.live: Connection | None = None
        places = max(0, desk.server.connections - 2)
        self.lookouts: list[Connection | None] = [None] * places
        self.watching: list[MailboxId | None] = [None] * places
        """What each lookout is there for; None: nothing, it needs no connection."""
        self.wake_lookouts = [asyncio.Event() for _ in range(places)]
        self.hopeless: set[MailboxId] = set()
        """Mailboxes that could not be selected; until the next sweep."""
        self.turned_away = 0
        self._room = desk.server.connections
        self._full_since = -ROOM_AGAIN
        self._said: dict[MailboxId, RemoteStatus] = {}
        self._relisted = -RELIST

    # -- who is there

    @property
    def room(self) -> int:
        """Connections that the server lets us have."""
        if self.desk.clock.monotonic() - self._full_since > ROOM_AGAIN:
            self._room = self.desk.server.connections
        return self._room

    @property
    def single(self) -> bool:
        """One connection has to do everything."""
        return self.once or self.room < 2

    @property
    def alone(self) -> bool:
        """Whether the work connection has to serve the screen too."""
        return self.single or self.live is None

    def full(self) -> None:
        """The server lets no more in than are there now. Remembered; what nobody watches is looked at now and then."""
        here = [connection for connection in (self.work, self.live, *self.lookouts) if connection is not None]
        self._room = max(1, len(here))
        self._full_since = self.desk.clock.monotonic()
        self.turned_away = 0
        self.reassign()
        self.wake_work.set()
        self.wake_live.set()

    def lost(self) -> None:
        """A connection broke: the others may be dead too, and it may be why no new one could be opened."""
        if self.desk.clock.monotonic() - self._full_since < COINCIDENCE:
            self._full_since = -ROOM_AGAIN
            self.turned_away = 0
        self.suspect()

    def suspect(self) -> None:
        """Every connection is tried at once: an IDLE by its DONE, the work's by a NOOP."""
        self.probe = True
        self.wake_work.set()
        for connection in (self.work, self.live, *self.lookouts):
            if connection is not None:
                connection.link.stop_idle()

    def stir(self) -> None:
        """There is something to do for those who serve the screen."""
        self.wake_work.set()
        self.wake_live.set()
        for connection in (self.live, self.work if self.single else None):
            if connection is not None:
                connection.link.stop_idle()

    # -- who watches what

    def inbox(self) -> MailboxSync | None:
        for mailbox in self.known.values():
            if mailbox.role is Role.INBOX:
                return self.boxes.get(mailbox.id)
        return None

    def look(self, mailbox: MailboxId) -> None:
        """The person looks at it now."""
        self.looked = [mailbox, *(other for other in self.looked if other != mailbox)][:LOOKED]
        self.due.add(mailbox)
        self.reassign()
        self.stir()

    def reassign(self) -> None:
        """Lookouts whose mailbox changed are woken."""
        worth = self._worth(self.looked, self.desk.account.watch)
        spare = self._spare()
        now: list[MailboxId | None] = [*assign(worth, self.watching[:spare]), *[None] * (len(self.watching) - spare)]
        for number, (before, after) in enumerate(zip(self.watching, now, strict=True)):
            if before != after or (after is not None and self.lookouts[number] is None):
                self.wake_lookouts[number].set()
            connection = self.lookouts[number]
            if before != after and connection is not None:
                connection.link.stop_idle()
        self.watching = now

    def _worth(self, looked: Sequence[MailboxId], patterns: Sequence[str]) -> tuple[MailboxId, ...]:
        here = (mailbox for mailbox in self.known.values() if mailbox.id in self.boxes)
        return tuple(mailbox for mailbox in worth_watching(here, patterns, looked) if mailbox not in self.hopeless)

    def _spare(self) -> int:
        """How many lookouts there may be."""
        if self.single or self.work is None or not self.work.link.capabilities.idle:
            return 0
        if "NOTIFY" in self.work.link.capabilities and not self.no_notify:
            return 0  # the live connection hears of every mailbox
        return max(0, min(self.room - 2, len(self.watching)))

    def unattended(self, connection: Connection) -> list[MailboxSync]:
        """What would be worth watching but is not: `connection` has to ask the server for it now and then. The server's
        own word (NOTIFY) is not enough for what is on the screen: it may not know of mail that came past it."""
        there = {
            watched
            for watched, lookout in zip(self.watching, self.lookouts, strict=True)
            if lookout is not None and lookout.selected == watched
        }
        worth = self._worth(self.looked[:1], () if connection.notified else self.desk.account.watch)
        return [self.boxes[mailbox] for mailbox in worth if mailbox not in there]

    # -- what servers say unasked

    def heard(self, connection: Connection) -> None:
        """Takes what the server told about mailboxes that are not selected (NOTIFY, RFC 5465)."""
        told, connection.told = connection.told, {}
        names = {sync.name: sync for mailbox, sync in self.boxes.items() if mailbox in self.known}
        inbox = self.inbox()
        for raw, said in told.items():
            sync = names.get(mailbox_name(raw, utf8=connection.link.capabilities.utf8))
            if sync is not None and sync is not inbox and self.moved(sync, said):
                self.due.add(sync.id)
                self.wake_work.set()
        if connection.overflown:
            # The server tells no more until it is asked again; this connection makes do without.
            connection.notified, connection.overflown, self.no_notify = False, False, True
            connection.relist = True
            self.reassign()
        now = self.desk.clock.monotonic()
        if connection.relist and now - self._relisted > RELIST:
            connection.relist = False
            self._relisted = now
            self.all_due = True
            self.wake_work.set()

    def moved(self, sync: MailboxSync, said: RemoteStatus) -> bool:
        """Whether this STATUS, maybe only a part of one, tells of something that is not here."""
        base: Checkpoint | None = sync.checkpoint or self.known[sync.id].checkpoint
        if base is None or not said.highestmodseq:
            # Changes of flags don't show; what shows is compared with what was said last.
            before, self._said[sync.id] = self._said.get(sync.id), said
            return said != before
        whole = replace(
            said, uidvalidity=said.uidvalidity or base.uidvalidity, uidnext=said.uidnext or base.uidnext, messages=None
        )
        return needs_visit(base, 0, whole)
