"""A person, other clients, a bad line and crashes around one account: the state machine of the ledger, and what must
hold in the end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mailtui.demo.mailboxes import Mailboxes
from mailtui.demo.server import PASSWORD, USER
from mailtui.engine.clock import SystemClock
from mailtui.engine.engine import Engine
from mailtui.model.account import Settings
from mailtui.model.errors import MailtuiError
from mailtui.model.folder import Role
from mailtui.model.intents import Deed, Expunge, Intent, Move, Order, Redo, SetFlags, Undo
from mailtui.model.mail import Flag, Flags, Row
from mailtui.store.reader import open_reader
from mailtui.store.store import Store
from tests.support.poor_server import Fault, How, PoorServer
from tests.support.running_engine import KnownSecret, account

RAM = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
FOLDERS = ("INBOX", "Archive", "Trash", "Lists")
POOR = (
    (),
    ("MOVE",),
    ("UIDPLUS",),
    ("MOVE", "UIDPLUS"),
    ("QRESYNC",),
    ("CONDSTORE",),
    ("CONDSTORE", "MOVE", "UIDPLUS"),
)
COMMANDS = (
    "UID MOVE",
    "UID COPY",
    "UID STORE",
    "UID EXPUNGE",
    "APPEND",
    "UID FETCH",
    "UID SEARCH",
    "SELECT",
    "LIST",
    "",
)
CUTS = (How.CUT_BEFORE, How.CUT_AFTER, How.CUT_AMID)
FLAGS = st.sampled_from([Flags(int(Flag.FLAGGED)), Flags(int(Flag.SEEN)), Flags.of(["$Label1"])])


def mail(n: int) -> bytes:
    # Every third has no Message-ID: it can only be told by what it is.
    ident = f"Message-ID: <{n}@example.org>\r\n" if n % 3 else ""
    return f"From: a@example.org\r\nSubject: {n}\r\n{ident}\r\ntext {n}{'.' * n}\r\n".encode()


def number(raw: bytes) -> int:
    return int(raw.split(b"Subject: ")[1].split(b"\r\n")[0])


class TwoWay(RuleBasedStateMachine):
    @initialize(without=st.sampled_from(POOR))
    def start(self, without: tuple[str, ...]) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="ledger-", dir=RAM))
        self.loop = asyncio.new_event_loop()
        boxes = Mailboxes(11)
        boxes.create("Archive", ("\\Archive",))
        boxes.create("Trash", ("\\Trash",))
        boxes.create("Lists")
        self.server = PoorServer(boxes, without)
        self.boxes = boxes
        self.ports = self.loop.run_until_complete(self.server.start())
        self.last = 0
        self.validity = 100
        self.wanted: dict[int, str] = {}
        """Where the person put a message last, as far as nobody acted on it since."""
        self.deletable: set[int] = set()
        """What somebody deleted at some time: it may be gone in the end."""
        self.open()
        for _ in range(4):
            self.deliver("INBOX")
        self.sync()

    def open(self) -> None:
        self.account = account(USER, self.ports.imap, timeout=5.0)
        config = Settings((self.account,), str(self.root))
        self.engine = Engine(config, Store.open(str(self.root)), KnownSecret(PASSWORD), SystemClock())
        self.reader = open_reader(str(self.root))

        async def go() -> None:
            self.engine.start(watch=False)

        self.loop.run_until_complete(go())

    def close(self) -> None:
        self.reader.close()
        self.loop.run_until_complete(self.engine.stop())

    def teardown(self) -> None:
        if not hasattr(self, "engine"):
            return
        try:
            self.settle()
            self.judge()
        finally:
            self.close()
            self.loop.run_until_complete(self.server.stop())
            self.loop.close()
            shutil.rmtree(self.root, ignore_errors=True)

    # -- the person

    def rows(self) -> dict[str, tuple[Row, ...]]:
        return {box.name: self.reader.page(box.id, limit=1000) for box in self.reader.mailboxes()}

    def pick(self, seed: int, many: int) -> list[tuple[str, Row]]:
        everything = [(name, row) for name, rows in self.rows().items() for row in rows]
        everything.sort(key=lambda item: int(item[1].subject))
        return [everything[(seed + n) % len(everything)] for n in range(min(many, len(everything)))]

    def do(self, wanted: Deed | Order) -> bool:
        try:
            self.loop.run_until_complete(self.engine._do(wanted))
        except MailtuiError:
            return False
        return True

    @rule(seed=st.integers(0, 50), many=st.integers(1, 3), to=st.sampled_from(FOLDERS))
    def move(self, seed: int, many: int, to: str) -> None:
        chosen = self.pick(seed, many)
        target = next(box.id for box in self.reader.mailboxes() if box.name == to)
        intent: Intent = Move(tuple(row.placement for _, row in chosen), target)
        if self.do(Deed("Moved", (intent,))):
            for _, row in chosen:
                self.wanted[int(row.subject)] = to

    @rule(seed=st.integers(0, 50), role=st.sampled_from([Role.ARCHIVE, Role.TRASH]))
    def by_role(self, seed: int, role: Role) -> None:
        chosen = self.pick(seed, 1)
        if self.do(Deed("Filed", (Move(tuple(row.placement for _, row in chosen), role),))):
            for _, row in chosen:
                self.wanted[int(row.subject)] = role.name.capitalize()

    @rule(seed=st.integers(0, 50), add=FLAGS, off=st.booleans())
    def flag(self, seed: int, add: Flags, off: bool) -> None:
        placements = tuple(row.placement for _, row in self.pick(seed, 2))
        self.do(Deed("Flagged", (SetFlags(placements, Flags() if off else add, add if off else Flags()),)))

    @rule(seed=st.integers(0, 50))
    def expunge(self, seed: int) -> None:
        chosen = self.pick(seed, 1)
        if self.do(Deed("Deleted", (Expunge(tuple(row.placement for _, row in chosen)),))):
            for _, row in chosen:
                self.deletable.add(int(row.subject))
                self.wanted.pop(int(row.subject), None)

    @rule(steps=st.integers(1, 3))
    def undo(self, steps: int) -> None:
        if self.do(Undo(steps)):
            self.wanted.clear()

    @rule()
    def redo(self) -> None:
        if self.do(Redo()):
            self.wanted.clear()

    # -- other clients

    def deliver(self, box: str) -> None:
        self.last += 1
        self.boxes[box].append(mail(self.last), [], 1_700_000_000 + self.last)

    @rule(box=st.sampled_from(FOLDERS))
    def arrives(self, box: str) -> None:
        self.deliver(box)

    def on_server(self, seed: int) -> tuple[str, int] | None:
        everything = [(box.name, uid) for box in self.boxes.sorted() for uid in box.uids]
        return everything[seed % len(everything)] if everything else None

    @rule(seed=st.integers(0, 50), to=st.sampled_from(FOLDERS))
    def phone_moves(self, seed: int, to: str) -> None:
        found = self.on_server(seed)
        if found is None or found[0] == to:
            return
        message = self.boxes[found[0]].messages[found[1]]
        if "\\Deleted" in message.flags:
            return  # on its way out: moving it would bring it back, marked
        if sum(other.raw == message.raw for box in self.boxes.sorted() for other in box.messages.values()) > 1:
            return  # between COPY and EXPUNGE, where there is no MOVE: what two clients do then leaves two copies
        self.boxes[to].append(message.raw, message.flags, message.internaldate)
        self.boxes[found[0]].expunge([found[1]])

    @rule(seed=st.integers(0, 50), name=st.sampled_from(["\\Seen", "\\Flagged", "\\Answered"]))
    def phone_flags(self, seed: int, name: str) -> None:
        found = self.on_server(seed)
        if found is not None:
            box = self.boxes[found[0]]
            box.set_flags(found[1], box.messages[found[1]].flags ^ {name})

    @rule(seed=st.integers(0, 50))
    def phone_expunges(self, seed: int) -> None:
        found = self.on_server(seed)
        if found is not None:
            box = self.boxes[found[0]]
            self.deletable.add(number(box.messages[found[1]].raw))
            box.expunge([found[1]])

    @rule(box=st.sampled_from(FOLDERS))
    def server_renumbers(self, box: str) -> None:
        self.validity += 1
        self.boxes[box].renumber(self.validity)

    # -- the line and the machine

    def sync(self) -> None:
        self.loop.run_until_complete(self.engine.sync_once(lambda name, error: None))

    @rule()
    def syncs(self) -> None:
        self.sync()

    @rule(command=st.sampled_from(COMMANDS), how=st.sampled_from(CUTS), skip=st.integers(0, 4))
    def syncs_over_a_bad_line(self, command: str, how: How, skip: int) -> None:
        self.server.unreliable.faults = [Fault(command, how, skip=skip)]
        self.sync()
        self.server.unreliable.faults = []

    @rule(command=st.sampled_from(COMMANDS), how=st.sampled_from(CUTS), skip=st.integers(0, 4))
    def crashes_while_it_syncs(self, command: str, how: How, skip: int) -> None:
        """The line breaks and the program dies: nothing is closed in order."""
        self.server.unreliable.faults = [Fault(command, how, skip=skip)]
        self.sync()
        self.server.unreliable.faults = []
        self.crash()

    @rule()
    def crash(self) -> None:
        with contextlib.suppress(MailtuiError):
            self.engine._store._set("at-work", 1)
        store = self.engine._store
        store._set = lambda key, value: None  # type: ignore[method-assign]
        self.close()
        self.open()

    @rule()
    def starts_again(self) -> None:
        self.close()
        self.open()

    @precondition(lambda self: hasattr(self, "engine"))
    @invariant()
    def nothing_is_seen_twice(self) -> None:
        words = Counter(row.word for rows in self.rows().values() for row in rows)
        assert all(count == 1 for count in words.values())
        for box in self.reader.mailboxes():
            assert box.total == len(self.reader.page(box.id, limit=1000)), box

    # -- the end

    def settle(self) -> None:
        self.server.unreliable.faults = []
        for _ in range(5):
            self.sync()
            if not self.reader.pending() and not self.engine._base.busy(self.account.id):
                break
        self.sync()

    def judge(self) -> None:
        assert self.reader.pending() == 0, self.reader.ledger()
        there = {
            box.name: sorted(
                (number(message.raw), tuple(sorted(message.flags)))
                for message in box.messages.values()
                if "\\Deleted" not in message.flags
            )
            for box in self.boxes.sorted()
        }
        here = {
            name: sorted((int(row.subject), tuple(sorted(row.flags.names()))) for row in rows)
            for name, rows in self.rows().items()
        }
        assert here == there
        seen = Counter(n for found in there.values() for n, _ in found)
        assert all(count == 1 for count in seen.values()), f"doubled: {seen}"
        missing = set(range(1, self.last + 1)) - set(seen)
        assert missing <= self.deletable, f"lost: {missing - self.deletable}"
        copies = {int(copy.subject) for copy in self.reader.safety_copies()}
        for n in missing & set(self.wanted):
            assert n in self.deletable
        assert all(n in copies or n in self.deletable for n in missing)
        for rows in self.rows().values():
            for row in rows:
                content = self.reader.content(row.placement)
                assert content is not None
                assert Path(content.path).read_bytes() == mail(int(row.subject))
