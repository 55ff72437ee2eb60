"""kill -9 and a full disk anywhere while letters are saved, queued and sent: nobody gets one twice, none is lost, and
each lies in exactly one of Drafts, outbox and Sent.

MAILTUI_SEND_KILL_POINTS sets how many points are tried (default 8, the full run 300), MAILTUI_KILL_SEED chooses
others."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import sys
from collections import Counter
from pathlib import Path

import pytest

from mailtui.model.account import Settings
from mailtui.model.folder import Role
from mailtui.model.mail import Flags
from mailtui.model.outgoing import Fate, Save, Settle, Stage
from mailtui.store.reader import open_reader
from mailtui.store.requests import Submitted, local_accounts
from mailtui.store.store import Store
from tests.integration.test_kill_points import choose
from tests.support.profile import ROOT
from tests.support.sending_child import DEEDS, WHOM, account, file_of, letter, sync
from tests.support.smtp_server import SmtpServer
from tests.support.store_bed import audit
from tests.support.strace import MUTATING, Fault, Run, count_calls, run

POINTS = int(os.environ.get("MAILTUI_SEND_KILL_POINTS", "8"))
SEED = os.environ.get("MAILTUI_KILL_SEED", "1")
CALLS = (*MUTATING, "sendto", "recvfrom", "sendmsg", "recvmsg", "connect")
FULL = ("write", "pwrite64", "openat", "mkdir", "rename", "link", "fsync", "fdatasync", "ftruncate", "fallocate")
"""Calls that a full disk refuses."""

pytestmark = [
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
    pytest.mark.slow,
]


def prepared(root: Path) -> None:
    """A store that knows its account, whose folders are made."""
    store = Store.open(str(root))
    settings = Settings((account(1),), str(root))
    wanted = Save(account(1).id, Role.ARCHIVE, file_of(str(root), 99), Flags())
    store.apply([local_accounts(settings), Submitted(None, wanted)])
    store.close()


def child(root: Path, port: int) -> list[str]:
    return [sys.executable, "-m", "tests.support.sending_child", str(root), str(port), f"{root}-said"]


def lying(root: Path) -> tuple[dict[int, list[str]], list[str]]:
    """Where each letter lies, and what is odd about it."""
    found: dict[int, list[str]] = {1: [], 2: [], 3: []}
    wrong = []
    with contextlib.closing(open_reader(str(root))) as reader:
        for message in reader.outbox():
            if message.stage is not Stage.SENT:
                found[int(message.subject.split()[-1])].append("outbox")
        for box in reader.mailboxes():
            for row in reader.page(box.id):
                number = int(row.subject.split()[-1])
                content = reader.content(row.placement)
                if content is None or Path(content.path).read_bytes() != letter(number):
                    wrong.append(f"letter {number} in {box.name} has other bytes")
                found.setdefault(number, []).append(box.role.value)
    return found, wrong


def states(number: int, said: set[str]) -> list[str]:
    """Where a letter may lie, "" for nowhere: as the last deed about it left it that the store said yes to, or as any
    later one would."""
    if number == 3:
        return ["drafts"] if "save 3" in said else ["", "drafts"]
    sent = ["sent", "outbox"]
    if f"send {number}" in said:
        return sent
    return ["drafts", *sent] if f"save {number}" in said else ["", "drafts", *sent]


async def judge(template: Path, folder: Path, fault: Fault | None) -> tuple[Run, list[str]]:
    root = folder / "store"
    shutil.copytree(template, root)
    async with SmtpServer() as server:
        done = await asyncio.to_thread(run, child(root, server.port), fault, env={"PYTHONPATH": str(ROOT)})
        path = Path(f"{root}-said")
        said = set(path.read_text().split("\n")) - {""} if path.exists() else set()
        settings = Settings((account(server.port),), str(root))
        for _ in range(2):
            await sync(settings)
    told = Counter((taken.data, whom) for taken in server.taken for whom in taken.recipients)
    wrong = [f"{whom} got {data[40:80]!r} {times} times" for (data, whom), times in told.items() if times > 1]
    found, odd = await asyncio.to_thread(lying, root)
    wrong += [*odd, *audit(root)]
    for number in (1, 2, 3):
        places = found[number]
        if len(places) > 1 or (places or [""])[0] not in states(number, said):
            wrong.append(f"letter {number} lies in {places}, may lie in {states(number, said)}")
        if places == ["sent"] and any(told[letter(number), whom] != 1 for whom in WHOM):
            wrong.append(f"letter {number} lies in Sent and was not taken over")
    wrong += await asyncio.to_thread(undecided, root, told)
    return done, [f"{fault} after {sorted(said)}: {text}" for text in wrong]


def undecided(root: Path, told: Counter[tuple[bytes, str]]) -> list[str]:
    """What is stuck is stuck because nobody knows; settling it puts it into Sent once."""
    wrong = []
    store = Store.open(str(root))
    try:
        with contextlib.closing(store.reader()) as reader:
            left = [one for one in reader.outbox() if one.stage is not Stage.SENT]
        for one in left:
            if any(whom.fate is not Fate.UNSURE for whom in one.recipients):
                wrong.append(f"{one.subject} is {one.stage}, {one.recipients}")
            store.submit(Settle(one.id))
    finally:
        store.close()
    found, _ = lying(root)
    return wrong + [
        f"{one.subject} lies in {found[int(one.subject.split()[-1])]} after settling"
        for one in left
        if found[int(one.subject.split()[-1])] != ["sent"]
    ]


async def undisturbed(template: Path, folder: Path) -> Counter[str]:
    """Calls by name, of a run that must be right by itself."""
    folder.mkdir()
    done, wrong = await judge(template, folder, None)
    assert done.code == 0, done.err
    assert wrong == []
    assert Path(f"{folder / 'store'}-said").read_text().split("\n")[:-1] == list(DEEDS)
    found, _ = lying(folder / "store")
    assert found == {1: ["sent"], 2: ["sent"], 3: ["drafts"], 99: ["archive"]}
    counted = folder / "counted"
    shutil.copytree(template, counted)
    async with SmtpServer() as server:
        _, calls = await asyncio.to_thread(
            count_calls, child(counted, server.port), calls=CALLS, env={"PYTHONPATH": str(ROOT)}
        )
    return calls


async def try_all(template: Path, tmp_path: Path, points: list[Fault]) -> tuple[int, list[str]]:
    killed, wrong = 0, []
    for number, fault in enumerate(points):
        folder = tmp_path / f"point{number}"
        folder.mkdir()
        done, found = await judge(template, folder, fault)
        killed += done.killed
        wrong += found
        for text in found:
            print(text, flush=True)
        shutil.rmtree(folder)
    print(f"{len(points)} points: {killed} killed, {len(wrong)} wrong")
    return killed, wrong


async def test_killed_anywhere_while_sending(tmp_path: Path) -> None:
    prepared(tmp_path / "template")
    calls = await undisturbed(tmp_path / "template", tmp_path / "whole")
    points = choose(calls, POINTS)
    killed, wrong = await try_all(tmp_path / "template", tmp_path, points)
    assert not wrong, "\n".join(wrong)
    assert killed >= len(points) * 0.6


@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
async def test_a_disk_that_refuses_anywhere_while_sending(tmp_path: Path, error: str) -> None:
    prepared(tmp_path / "template")
    calls = await undisturbed(tmp_path / "template", tmp_path / "whole")
    chance = random.Random(f"{SEED} {error}")
    names = [name for name in FULL if calls[name]]
    points = [
        Fault(name, chance.randint(1, calls[name]), error, onwards=False)
        for name in (names[n % len(names)] for n in range(POINTS // 2))
    ]
    _, wrong = await try_all(tmp_path / "template", tmp_path, points)
    assert not wrong, "\n".join(wrong)
