"""What the connections of one account tell each other, without any of them."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mailtui.model.account import Account, Protocol, SecretKind, SecretSource, Security, ServerSettings
from mailtui.model.folder import Checkpoint, Mailbox, RemoteStatus, Role
from mailtui.model.ids import AccountId, MailboxId
from mailtui.protocols.imap.capabilities import Capabilities
from mailtui.protocols.imap.replies import Listed, Reply, Status, StatusOf
from mailtui.protocols.imap.worker.board import COINCIDENCE, RELIST, ROOM_AGAIN, Board
from mailtui.protocols.imap.worker.desk import Connection, Desk
from mailtui.protocols.imap.worker.mailbox import MailboxSync

INBOX, LISTS, WORK, NOTES = (MailboxId(number) for number in range(1, 5))
HOME = AccountId("home")
BASE = Checkpoint(uidvalidity=7, uidnext=11, highestmodseq=50, floor=1)


class StillClock:
    """Stands still unless a test moves it."""

    def __init__(self) -> None:
        self.at = 1000.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class StillLink:
    """A connection nobody talks on."""

    def __init__(self, *names: str) -> None:
        self.capabilities = Capabilities.of(("IMAP4rev1", *names))
        self.stopped = 0
        self.closed = False

    def stop_idle(self) -> None:
        self.stopped += 1


def connection(*names: str) -> Connection:
    return Connection(cast(Any, StillLink(*names)))


def link(of: Connection) -> StillLink:
    return cast(StillLink, of.link)


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


def board(clock: StillClock, *names: str, connections: int = 4, watch: tuple[str, ...] = ()) -> Board:
    """A work and a live connection to a server that has INBOX, Lists, Work and Notes."""
    server = ServerSettings(
        Protocol.IMAP, "h", 1, Security.NONE, "u", SecretSource(SecretKind.NONE), connections=connections
    )
    account = Account(HOME, "u@example.org", "U", imap=server, watch=watch)
    desk = cast(Desk, SimpleNamespace(account=account, server=server, clock=clock))
    made = Board(desk)
    for number, name in ((INBOX, "INBOX"), (LISTS, "Lists"), (WORK, "Work"), (NOTES, "Notes")):
        role = Role.INBOX if name == "INBOX" else Role.NONE
        box = Mailbox(number, HOME, name, "/", role, frozenset(), 10, 0, 10, True, BASE, name)
        made.known[number] = box
        made.boxes[number] = MailboxSync(desk, box)
    made.work, made.live = connection(*names), connection(*names)
    made.due.clear()
    made.all_due = False
    made.reassign()
    return made


def told(on: Connection, *replies: Reply) -> None:
    for reply in replies:
        on.notice(reply)


def test_what_is_looked_at_is_watched_then_what_the_config_names(clock: StillClock) -> None:
    made = board(clock, "IDLE", watch=("Notes", "Work"))
    assert made.watching == [NOTES, WORK]
    made.look(LISTS)
    assert set(made.watching) == {LISTS, NOTES}
    made.look(INBOX)
    assert set(made.watching) == {NOTES, WORK}
    assert LISTS in made.due, "what is looked at is read anew"


def test_a_lookout_that_is_sent_elsewhere_is_woken_the_other_is_not(clock: StillClock) -> None:
    made = board(clock, "IDLE", watch=("Notes", "Work"))
    first, second = connection("IDLE"), connection("IDLE")
    made.lookouts[:] = [first, second]
    for wake in made.wake_lookouts:
        wake.clear()
    made.look(LISTS)
    assert (link(first).stopped, link(second).stopped) == (0, 1)
    assert [wake.is_set() for wake in made.wake_lookouts] == [False, True]


@pytest.mark.parametrize("names", [(), ("IDLE", "NOTIFY")])
def test_without_idle_or_with_notify_nobody_looks_out(clock: StillClock, names: tuple[str, ...]) -> None:
    made = board(clock, *names, watch=("Notes",))
    made.look(LISTS)
    assert made.watching == [None, None]


def test_a_full_server_is_remembered_for_a_while(clock: StillClock) -> None:
    made = board(clock, "IDLE", watch=("*",))
    made.full()
    assert (made.room, made.single) == (2, False)
    assert made.watching == [None, None]
    made.live = None
    made.full()
    assert made.single
    clock.at += COINCIDENCE + 1
    made.lost()
    assert made.single, "that a connection is lost now has nothing to do with it"
    clock.at += ROOM_AGAIN
    assert made.room == 4


def test_what_was_refused_while_the_network_went_down_does_not_count(clock: StillClock) -> None:
    made = board(clock, "IDLE")
    made.full()
    clock.at += 5
    made.lost()
    assert made.room == 4
    assert made.probe
    assert made.live is not None
    assert link(made.live).stopped == 1


def test_the_server_s_word_about_another_mailbox_counts_when_it_is_news(clock: StillClock) -> None:
    made = board(clock, "IDLE", "NOTIFY")
    assert made.live is not None
    same = (("MESSAGES", 10), ("UIDNEXT", 11), ("UIDVALIDITY", 7), ("UNSEEN", 0), ("HIGHESTMODSEQ", 50))
    told(made.live, StatusOf(b"Lists", same), StatusOf(b"Nowhere", (("HIGHESTMODSEQ", 1),)))
    made.heard(made.live)
    assert made.due == set()
    told(made.live, StatusOf(b"Lists", (("HIGHESTMODSEQ", 51),)), StatusOf(b"INBOX", (("HIGHESTMODSEQ", 51),)))
    made.heard(made.live)
    assert made.due == {LISTS}, "the Inbox hears of itself"
    assert made.live.told == {}


def test_mailboxes_that_come_and_go_are_listed_anew_but_not_all_the_time(clock: StillClock) -> None:
    made = board(clock, "IDLE", "NOTIFY")
    assert made.live is not None
    fresh = Listed(frozenset(), "/", b"Fresh")
    told(made.live, fresh)
    made.heard(made.live)
    assert made.all_due
    made.all_due = False
    told(made.live, fresh)
    made.heard(made.live)
    assert not made.all_due
    clock.at += RELIST + 1
    made.heard(made.live)
    assert made.all_due, "it was not forgotten"


def test_when_there_is_too_much_to_tell_lookouts_take_over(clock: StillClock) -> None:
    made = board(clock, "IDLE", "NOTIFY", watch=("Lists",))
    assert made.live is not None
    made.live.notified = True
    told(made.live, Status("", "OK", "NOTIFICATIONOVERFLOW", "", "too much"))
    made.heard(made.live)
    assert not made.live.notified
    assert made.all_due, "what was not told is looked for"
    assert LISTS in made.watching


def test_without_mod_sequences_figures_are_compared_with_the_last_ones(clock: StillClock) -> None:
    made = board(clock)
    lists = made.boxes[LISTS]
    figures = RemoteStatus(10, 0, 11, 7, None)
    assert made.moved(lists, figures), "the first time nobody knows"
    assert not made.moved(lists, figures)
    assert made.moved(lists, RemoteStatus(10, 1, 11, 7, None))


def test_what_nobody_watches_has_to_be_asked_for(clock: StillClock) -> None:
    made = board(clock, watch=("Notes", "Lists"))
    made.look(WORK)
    made.look(NOTES)
    assert made.live is not None
    assert [sync.id for sync in made.unattended(made.live)] == [NOTES, LISTS]
    made.live.notified = True
    assert [sync.id for sync in made.unattended(made.live)] == [NOTES], "mail may come past the server's own lists"
    made.look(INBOX)
    assert made.unattended(made.live) == []


def test_who_has_its_own_lookout_is_attended(clock: StillClock) -> None:
    made = board(clock, "IDLE", watch=("Notes",))
    there = connection("IDLE")
    made.lookouts[0] = there
    assert made.live is not None
    assert [sync.id for sync in made.unattended(made.live)] == [NOTES], "it is not there yet"
    there.selected = NOTES
    assert made.unattended(made.live) == []
