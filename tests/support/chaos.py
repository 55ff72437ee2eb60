"""Two mailtui stores and a plain IMAP client change the same account at random, while programs are killed and
connections cut; then all three must show the same mail, every message once."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from mailtui.model.errors import StoreError
from mailtui.model.folder import Role
from mailtui.model.mail import Row
from mailtui.store.reader import StoreReader, open_reader
from tests.support.chaos_truth import WIRE, Truth, View, compare, mail, moved_by_two, server_view, store_view
from tests.support.profile import Profile, differences
from tests.support.proxy import FaultProxy, Way
from tests.support.second_client import SecondClient
from tests.support.servers import MailServer, Seed

FOLDERS = ("INBOX", "Archive", "Trash", "Junk", "Work", "Work/2023", "Café & Co")
MARKS = ("seen", "flagged", "answered", "Project", "$Later")
WIRE_MARKS = ("\\Seen", "\\Flagged", "\\Answered", "Project", "$Later", "\\Draft")
_DATE = 1_700_000_000
EXPECTED = frozenset({0, 1, 2, 3, 75, -signal.SIGKILL})
"""Exit codes of commands that act: nothing to do, wrong place, gone meanwhile, try later, killed by us."""


@dataclass
class Bounds:
    """When to stop, and how wild it gets."""

    until: float
    """time.monotonic()."""
    kills: float = 0.06
    """Share of steps that kill the running mailtui."""
    cuts: float = 0.08


class Machine:
    """One mailtui: a store, its process, and the person in front of it."""

    def __init__(self, name: str, folder: Path, server: MailServer, user: str, truth: Truth, seed: str) -> None:
        self.name = name
        self.truth = truth
        self.chance = random.Random(f"{seed} {name}")
        self.proxy = FaultProxy(server.imap_port)
        self._ready = contextlib.ExitStack()
        self._ready.enter_context(self.proxy)
        wire = self._ready.enter_context((folder.parent / f"{name}.wire").open("wb"))
        for way, mark in ((Way.TO_SERVER, b">"), (Way.TO_CLIENT, b"<")):
            self.proxy.rewrite(partial(_written, wire, mark), way)
        extra = 'poll = "15 s"'
        self.profile = Profile(folder, server.account_toml(user, port=self.proxy.port, extra=extra))
        self.process: subprocess.Popen[bytes] | None = None

    def close(self) -> None:
        self.end()
        self._ready.close()

    def watch(self) -> None:
        self.process = self.profile.start("sync", "--watch")

    def end(self) -> None:
        """SIGTERM; the process shares our session, so no group is signalled."""
        process, self.process = self.process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self) -> None:
        """SIGKILL; sometimes the person goes on while nothing runs."""
        self.truth.count("kill -9", self.name)
        if self.process is not None:
            if self.process.poll() not in {None, 75}:  # 75: a command of ours had the store at that moment
                self.truth.note(f"{self.name}: sync --watch had ended with {self.process.returncode}")
            self.process.kill()
            self.process.wait()
            self.process = None
        for _ in range(self.chance.choice((0, 0, 1, 4))):
            self.act()
        self.watch()

    def cut(self) -> None:
        self.truth.count("cut", self.name)
        way = self.chance.choice((Way.TO_CLIENT, Way.TO_SERVER, Way.TO_SERVER))
        if self.chance.random() < 0.3:
            self.proxy.drop()
        else:
            self.proxy.cut(self.chance.choice((1, 20, 60, 150, 400, 1500, 6000)), way)

    def run(self, bounds: Bounds) -> None:
        """Until the time is over. Never raises: what went wrong becomes a note."""
        try:
            self.watch()
            while time.monotonic() < bounds.until:
                dice = self.chance.random()
                if dice < bounds.kills:
                    self.kill()
                elif dice < bounds.kills + bounds.cuts:
                    self.cut()
                else:
                    self.act()
                time.sleep(self.chance.random() * 0.3)
        except Exception as error:
            self.truth.note(f"{self.name}: {error!r}")

    # -- what the person does

    def act(self) -> None:
        """One command, on messages that the person sees at this moment."""
        words = self._words()
        if not words:
            return
        self.truth.count(f"mailtui {words[0]}", f"{self.name} {words[1:]}")
        argv = self.profile.argv(*words)
        with subprocess.Popen(
            argv,
            env={**os.environ, **self.profile.env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as running:
            if self.chance.random() < 0.03:
                time.sleep(self.chance.random() * 0.6)
                running.kill()
            said = running.communicate(timeout=60)[0].decode(errors="replace")
        nothing_done = words[0] in {"undo", "redo"} and f"there is nothing to {words[0]}" in said
        if not nothing_done and (running.returncode not in EXPECTED or "Traceback" in said):
            self.truth.note(f"{self.name}: {' '.join(words)} ended with {running.returncode}: {said[-2000:]}")
        self.truth.count(f"exit {running.returncode}", f"{self.name} {said.strip()[:300]!r}")

    def _words(self) -> list[str]:
        chance = self.chance
        dice = chance.random()
        if dice < 0.10:
            return ["undo", str(chance.choice((1, 1, 2)))]
        if dice < 0.13:
            return ["redo"]
        if dice < 0.16:
            return ["folder", "create", chance.choice((*FOLDERS[4:], f"New {chance.randrange(6)}"))]
        with self._reader() as reader:
            if reader is None:
                return []
            rows, names = self._some(reader)
            if not rows:
                return []
            ids = [row.word for row in rows]
            if dice < 0.45:
                return ["flag", chance.choice(("--add", "--add", "--remove")), chance.choice(MARKS), *ids]
            if dice < 0.70:
                return ["move", "--to", chance.choice(names), *ids]
            if dice < 0.78:
                return ["archive", *ids]
            if dice < 0.88:
                return ["delete", *ids]
            if dice < 0.94:
                return [chance.choice(("spam", "not-spam")), *ids]
            few = rows[:2]
            self.truth.doom([key for row in few if (key := self._digest(reader, row)) is not None])
            return ["delete", "--forever", "--yes", *(row.word for row in few)]

    @contextlib.contextmanager
    def _reader(self) -> Iterator[StoreReader | None]:
        try:
            reader = open_reader(str(self.profile.store))
        except StoreError:
            yield None
            return
        with contextlib.closing(reader):
            yield reader

    def _some(self, reader: StoreReader) -> tuple[list[Row], list[str]]:
        boxes = [box for box in reader.mailboxes() if box.selectable]
        if not boxes:
            return [], []
        inbox = next((box for box in boxes if box.role is Role.INBOX), boxes[0])
        box = inbox if self.chance.random() < 0.5 else self.chance.choice(boxes)
        rows = reader.page(box.id, limit=400)
        wanted = self.chance.choice((1, 1, 2, 3, 8, 30))
        return self.chance.sample(list(rows), min(wanted, len(rows))), [one.name for one in boxes]

    @staticmethod
    def _digest(reader: StoreReader, row: Row) -> bytes | None:
        """None where the file is moved away at this moment: then the index knows."""
        found = reader._db.execute("SELECT digest FROM message WHERE id = ?", (row.message,)).fetchone()
        return found[0] if found else None


class Plain:
    """The other client: no journal, no undo, at the server at once. Mail arrives by it too."""

    def __init__(self, server: MailServer, user: str, truth: Truth, seed: str) -> None:
        self.server, self.user, self.truth = server, user, truth
        self.chance = random.Random(f"{seed} plain")

    def run(self, bounds: Bounds) -> None:
        try:
            with self.server.client(self.user) as client:
                while time.monotonic() < bounds.until:
                    self.act(client)
                    time.sleep(self.chance.random() * 0.5)
        except Exception as error:
            self.truth.note(f"plain: {error!r}")

    def act(self, client: SecondClient) -> None:
        chance = self.chance
        dice = chance.random()
        if dice < 0.25:
            for _ in range(chance.choice((1, 1, 2, 5))):
                self.deliver(client)
            return
        boxes = client.mailboxes()
        box = "INBOX" if chance.random() < 0.5 else chance.choice(boxes)
        uids = client.uids(box)
        some = chance.sample(uids, min(len(uids), chance.choice((1, 1, 3, 10))))
        if not some:
            return
        if dice < 0.60:
            self.truth.count("plain flags", f"{box} {some}")
            change = client.add_flags if chance.random() < 0.7 else client.remove_flags
            change(some, chance.choice(WIRE_MARKS), box)
        elif dice < 0.85:
            to = chance.choice([other for other in boxes if other != box])
            self.truth.count("plain move", f"{box} {some} {to}")
            client.move(some, to, box)
        elif dice < 0.95:
            self.truth.count("plain expunge", f"{box} {some[:2]}")
            raws = client.digests(box)
            self.truth.doom([raws[uid] for uid in some[:2] if uid in raws])
            client.expunge(some[:2], box)
        else:
            self.truth.count("plain create")
            with contextlib.suppress(RuntimeError):
                client.create(f"New {chance.randrange(6)}")

    def deliver(self, client: SecondClient) -> None:
        number = self.truth.number()
        raw = mail(number, self.chance)
        self.truth.arrived(raw, number)
        flags = self.chance.choice(((), (), ("\\Seen",), ("\\Flagged", "Project")))
        client.append(raw, "INBOX", flags, _DATE + number)
        self.truth.count("arrival")


def _written(wire: BinaryIO, mark: bytes, data: bytes) -> bytes:
    """What passes the proxy, without the bodies of mail: short lines with the time."""
    for line in data.splitlines():
        if line[:1] in b"*+ABCDEFGHIJKLMNOPQRSTUVWXYZ" and not line.startswith(
            (b"From:", b"To:", b"Subject:", b"Date:")
        ):
            wire.write(b"%.3f %s %s\n" % (time.time(), mark, line[:1500]))
    return data


@dataclass
class Outcome:
    """What a storm left."""

    wrong: list[str] = field(default_factory=list)
    rounds: int = 0
    """Synchronisations of each store until all was quiet."""
    did: Counter[str] = field(default_factory=Counter)
    delivered: int = 0
    there: int = 0
    doomed: int = 0
    notes: list[str] = field(default_factory=list)


def storm(
    server: MailServer,
    folder: Path,
    *,
    seed: str,
    seconds: float,
    start_with: int = 150,
    say: Callable[[str], None] = lambda text: None,
) -> Outcome:
    """All of it, in `folder`, for a new user of `server`."""
    user = server.new_user("chaos")
    truth = Truth()
    chance = random.Random(f"{seed} start")
    _prepare(server, user, truth, chance, start_with)
    machines = [Machine(name, folder / name, server, user, truth, seed) for name in ("A", "B")]
    try:
        for machine in machines:
            machine.profile.sync()
        bounds = Bounds(time.monotonic() + seconds)
        actors: list[Machine | Plain] = [*machines, Plain(server, user, truth, seed)]
        threads = [threading.Thread(target=actor.run, args=(bounds,)) for actor in actors]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        say("the storm is over; synchronising until quiet")
        for machine in machines:
            machine.end()
            for way in Way:
                machine.proxy.cut(1 << 60, way)  # a cut that waits is for the storm only
        return _settle(server, user, truth, machines, say)
    finally:
        (folder / "events").write_text("\n".join(truth.log))
        for machine in machines:
            machine.close()


def _prepare(server: MailServer, user: str, truth: Truth, chance: random.Random, count: int) -> None:
    seeds = []
    for _ in range(count):
        number = truth.number()
        raw = mail(number, chance)
        truth.arrived(raw, number)
        seeds.append(Seed(raw, chance.choice(("", "S", "FS")), _DATE + number))
    server.seed(user, seeds)
    with server.client(user) as client:
        for name in ("Work", "Work/2023", WIRE["Café & Co"]):
            client.create(name)


def _settle(
    server: MailServer, user: str, truth: Truth, machines: Sequence[Machine], say: Callable[[str], None]
) -> Outcome:
    outcome = Outcome(did=truth.did, delivered=len(truth.delivered), doomed=len(truth.doomed), notes=truth.notes)
    before: View = {}
    for outcome.rounds in range(1, 16):
        for machine in machines:
            done = machine.profile.run("sync", "--once")
            if done.code:
                truth.note(f"{machine.name}: sync --once ended with {done.code}: {done.out[-500:]} {done.err[-2000:]}")
        with server.client(user) as client:
            now = server_view(client)
        waiting = sum(_pending(machine) for machine in machines)
        say(f"round {outcome.rounds}: {sum(map(Counter.total, now.values()))} messages, {waiting} operations wait")
        if now == before and not waiting:
            break
        before = now
    outcome.there = sum(map(Counter.total, now.values()))
    folder = machines[0].profile.folder.parent
    doubled = moved_by_two(folder, truth.log)
    outcome.wrong += truth.judge(now, doubled)
    for machine in machines:
        view = store_view(machine.profile.store)
        outcome.wrong += compare(machine.name, now, view)
        outcome.wrong += [f"{machine.name}: {text}" for text in truth.judge(view, doubled)]
        names = {name: WIRE.get(name, name) for name in now}
        outcome.wrong += [f"{machine.name}: {text}" for text in differences(machine.profile, server, user, names)]
        outcome.wrong += _ledger(machine)
        log = (machine.profile.folder / "out").read_text(errors="replace")
        if "Traceback" in log:
            outcome.wrong.append(f"{machine.name}: sync --watch said: {log[log.index('Traceback') :][:3000]}")
    return outcome


def _pending(machine: Machine) -> int:
    with machine._reader() as reader:
        return reader.pending() if reader is not None else 0


def _ledger(machine: Machine) -> list[str]:
    with machine._reader() as reader:
        lines = reader.ledger() if reader is not None else ()
        return [f"{machine.name}: in the ledger: {line}" for line in lines]
