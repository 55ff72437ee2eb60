"""kill -9 and a full disk anywhere while a person acts and the server is told: nothing is lost, nothing doubled, and
every deed that the store said yes to has landed (rows F1 and F3 of the fault list, for two-way mail).

MAILTUI_KILL_POINTS sets how many points are tried of each kind (default 8; the full run takes 1,000),
MAILTUI_KILL_SEED chooses others."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.test_kill_points import choose
from tests.support.busy_child import DEEDS, DRAFT, FLAGS, mail
from tests.support.dovecot import Dovecot
from tests.support.profile import ROOT
from tests.support.running_engine import account, running, sync
from tests.support.servers import MailServer, Seed
from tests.support.strace import MUTATING, Fault, Run, count_calls, run

POINTS = int(os.environ.get("MAILTUI_KILL_POINTS", "8"))
SEED = os.environ.get("MAILTUI_KILL_SEED", "1")
CALLS = (*MUTATING, "sendto", "recvfrom", "sendmsg", "recvmsg", "connect")
FULL = ("write", "pwrite64", "openat", "mkdir", "rename", "link", "fsync", "fdatasync", "ftruncate", "fallocate")
"""Calls that a full disk refuses."""

pytestmark = [
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
    pytest.mark.slow,
]

Place = tuple[str, frozenset[str]]
Placed = dict[int, Counter[Place]]
"""Number of a mail -> where it lies, with which flags (without \\Recent)."""

NONE: frozenset[str] = frozenset()
SET = frozenset(FLAGS.names())
WRITTEN = frozenset(DRAFT.names())


BEFORE: dict[str, tuple[int, ...]] = {
    "INBOX": tuple(range(1, 14)),
    "Archive": (21,),
    "Lists": (22,),
    "Old": (23,),
    "Bin": (24,),
    "Trash": (),
}
After = dict[int, tuple[Place, ...]]
AFTER: dict[str, After] = {
    "flag": {1: (("INBOX", SET),), 2: (("INBOX", SET),)},
    "move": {3: (("Lists", NONE),), 4: (("Lists", NONE),)},
    "copy": {5: (("INBOX", NONE), ("Lists", NONE))},
    "archive": {6: (("Archive", NONE),), 7: (("Archive", NONE),)},
    "delete": {8: (("Trash", NONE),)},
    "expunge": {9: ()},
    "make": {},
    "move to the new one": {10: (("New", NONE),)},
    "rename": {23: (("Older", NONE),)},
    "delete a folder": {24: ()},
    "restore": {13: (("INBOX", NONE),)},
    "archive by mistake": {12: (("Archive", NONE),)},
    "undo": {12: (("INBOX", NONE),)},
    "save a draft": {31: (("Drafts", WRITTEN),)},
    "save it anew": {31: (), 32: (("Drafts", WRITTEN),)},
}
NUMBERS = sorted({n for numbers in BEFORE.values() for n in numbers} | {n for after in AFTER.values() for n in after})


@dataclass(frozen=True)
class Template:
    """An account that was synchronised: the server's side and the store, both to be copied."""

    server: Dovecot
    user: str
    store: Path

    def copy(self, folder: Path) -> tuple[str, Path]:
        """A user and a store of one's own."""
        user = self.server.new_user("point")
        shutil.copytree(self.server.folder / "mail" / self.user, self.server.folder / "mail" / user, symlinks=True)
        owner = (self.server.folder / "mail" / self.user).stat()
        for path in (self.server.folder / "mail" / user, *(self.server.folder / "mail" / user).rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid)
        shutil.copytree(self.store, folder)
        return user, folder


@pytest.fixture
def template(dovecot: MailServer, tmp_path: Path) -> Iterator[Template]:
    assert isinstance(dovecot, Dovecot)
    user = dovecot.new_user("template")
    for name, numbers in BEFORE.items():
        dovecot.seed(user, [Seed(mail(n)) for n in numbers], name)
    store = tmp_path / "template"
    me = account(user, dovecot.imap_port)
    asyncio.run(_prepared(store, user, dovecot))
    assert asyncio.run(sync(store, me)) == []
    yield Template(dovecot, user, store)
    dovecot.drop_user(user)


async def _prepared(store: Path, user: str, server: MailServer) -> None:
    """Mail 13 is only a safety copy: another client expunged it."""
    async with running(store, account(user, server.imap_port), watch=False) as me:
        await me.sync_once()
        with server.client(user) as client:
            client.expunge([13])
        await me.sync_once()
        assert [copy.subject for copy in me.reader.safety_copies()] == ["mail 13"]


def on_server(server: MailServer, user: str) -> Placed:
    found: Placed = {}
    with server.client(user) as client:
        for name in client.mailboxes():
            flags = client.flags(name)
            for uid, raw in client.raw(name).items():
                number = int(raw.split(b"Subject: mail ")[1].split(b"\r\n")[0])
                assert raw == mail(number), f"mail {number} was changed"
                if "\\Deleted" not in flags[uid]:
                    place = (name, frozenset(flags[uid] - {"\\Recent"}))
                    found.setdefault(number, Counter())[place] += 1
    return found


async def settled(store: Path, user: str, server: MailServer) -> tuple[Placed, list[str]]:
    """Restarts and synchronises until quiet: what a person sees then, and what is wrong with it."""
    wrong: list[str] = []
    async with running(store, account(user, server.imap_port), watch=False) as me:
        for _ in range(4):
            await me.sync_once()
            if not me.reader.pending() and not me.failures:
                break
        wrong += [f"failed: {error}" for error in me.failures]
        wrong += [f"still waits: {line}" for line in me.reader.ledger()]
        found: Placed = {}
        for box in me.reader.mailboxes():
            rows = me.reader.page(box.id, limit=1000)
            if box.total != len(rows):
                wrong.append(f"{box.name} counts {box.total}, lists {len(rows)}")
            for row in rows:
                number = int(row.subject.split()[-1])
                if me.raw(row) != mail(number):
                    wrong.append(f"mail {number} has other bytes here")
                place = (box.name, frozenset(row.flags.names()))
                found.setdefault(number, Counter())[place] += 1
    return found, wrong


def allowed(
    number: int, acknowledged: set[str], deeds: list[str], afterwards: dict[str, After] = AFTER
) -> list[Counter[Place]]:
    """Where a mail may lie: as the last deed about it left it that the store said yes to, or as any later one would."""
    first = next((name for name, numbers in BEFORE.items() if number in numbers), "")
    states = [Counter({(first, NONE): 1}) if first and number != 13 else Counter[Place]()]
    for name in deeds:
        if number not in afterwards[name]:
            continue
        after = Counter(dict.fromkeys(afterwards[name][number], 1))
        states = [after] if name in acknowledged else [*states, after]
    return states


def judge(template: Template, folder: Path, fault: Fault) -> tuple[Run, list[str]]:
    server = template.server
    user, store = template.copy(folder / "store")
    said = folder / "acknowledged"
    try:
        done = run(child(store, user, server, said), fault, env={"PYTHONPATH": str(ROOT)})
        acknowledged = set(said.read_text().split("\n")) - {""} if said.exists() else set()
        here, wrong = asyncio.run(settled(store, user, server))
        there = on_server(server, user)
        if here != there:
            wrong.append(f"here {_odd(here, there)}, there {_odd(there, here)}")
        for number in NUMBERS:
            lies = there.get(number, Counter())
            if lies not in allowed(number, acknowledged, list(DEEDS)):
                wrong.append(f"mail {number} lies {dict(lies)}, wanted {allowed(number, acknowledged, list(DEEDS))}")
    finally:
        server.drop_user(user)
        shutil.rmtree(folder, ignore_errors=True)
    return done, [f"{fault} after {sorted(acknowledged)}: {text}" for text in wrong]


def _odd(mine: Placed, other: Placed) -> dict[int, object]:
    return {n: dict(places) for n, places in mine.items() if places != other.get(n)}


def child(store: Path, user: str, server: MailServer, said: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "tests.support.busy_child", str(store), user, str(server.imap_port)),
        str(said),
    ]


def undisturbed(template: Template, folder: Path) -> Counter[str]:
    """Calls by name, of a run that must be right by itself."""
    folder.mkdir()
    user, store = template.copy(folder / "store")
    said = folder / "acknowledged"
    done, calls = count_calls(child(store, user, template.server, said), calls=CALLS, env={"PYTHONPATH": str(ROOT)})
    assert done.code == 0, done.err
    assert said.read_text().split("\n")[:-1] == list(DEEDS), done.err
    here, wrong = asyncio.run(settled(store, user, template.server))
    assert wrong == []
    there = on_server(template.server, user)
    assert here == there
    for number in NUMBERS:
        assert there.get(number, Counter()) == allowed(number, set(DEEDS), list(DEEDS))[0], number
    return calls


def test_killed_anywhere(template: Template, tmp_path: Path) -> None:
    calls = undisturbed(template, tmp_path / "whole")
    killed, wrong = 0, []
    points = choose(calls, POINTS)
    for number, fault in enumerate(points):
        (tmp_path / f"point{number}").mkdir()
        done, found = judge(template, tmp_path / f"point{number}", fault)
        killed += done.killed
        wrong += found
        for text in found:
            print(text, flush=True)
    print(f"{len(points)} points over {dict(calls)}: {killed} killed, {len(wrong)} wrong")
    assert not wrong, "\n".join(wrong)
    assert killed >= len(points) * 0.6


@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
def test_a_disk_that_refuses_anywhere(template: Template, tmp_path: Path, error: str) -> None:
    calls = undisturbed(template, tmp_path / "whole")
    chance = random.Random(f"{SEED} {error}")
    names = [name for name in FULL if calls[name]]
    wrong = []
    points = [
        Fault(name, chance.randint(1, calls[name]), error, onwards=chance.random() < 0.5)
        for name in (names[n % len(names)] for n in range(POINTS // 2))
    ]
    for number, fault in enumerate(points):
        (tmp_path / f"point{number}").mkdir()
        _, found = judge(template, tmp_path / f"point{number}", fault)
        wrong += found
        for text in found:
            print(text, flush=True)
    print(f"{len(points)} points of {error}: {len(wrong)} wrong")
    assert not wrong, "\n".join(wrong)
