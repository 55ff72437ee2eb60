"""kill -9 and a full disk anywhere while a person imports mail into a local account and acts on it: nothing is lost,
nothing doubled, every deed is done wholly or not at all, and what the store said yes to is done.

MAILTUI_KILL_POINTS sets how many points are tried of each kind (default 8), MAILTUI_KILL_SEED chooses others."""

from __future__ import annotations

import os
import random
import shutil
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from mailtui import boot
from mailtui.model.intents import CreateMailbox, Expunge
from tests.integration.test_kill_points import choose
from tests.integration.test_kill_points_two_way import AFTER, BEFORE, FULL, NONE, NUMBERS, Place, allowed
from tests.support.busy_child import DEEDS, mail
from tests.support.busy_local_child import local_settings
from tests.support.local_store import LocalBed, local_bed
from tests.support.profile import ROOT
from tests.support.running_engine import ACCOUNT
from tests.support.strace import Fault, Run, count_calls, run

POINTS = int(os.environ.get("MAILTUI_KILL_POINTS", "8"))
SEED = os.environ.get("MAILTUI_KILL_SEED", "1")
IMPORTED = range(41, 47)
HERE = AFTER | {"restore": dict.fromkeys((9, 13, 24), (("INBOX", NONE),))}
"""Mail that was deleted for ever is a safety copy at once."""

pytestmark = [
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
    pytest.mark.slow,
]


@dataclass(frozen=True)
class Template:
    """A store and an mbox, to be copied."""

    store: Path
    mbox: Path


@pytest.fixture
def template(tmp_path: Path) -> Template:
    store, mbox = tmp_path / "template", tmp_path / "old.mbox"
    with local_bed(store, ACCOUNT) as bed:
        for name, numbers in BEFORE.items():
            if name not in bed.seen():
                bed.do(CreateMailbox(ACCOUNT, name))
            bed.drop(name, *numbers, content=mail)
        bed.do(Expunge(tuple(row.placement for _, row in bed.rows() if row.subject == "mail 13")))
        assert bed.audit() == []
    mbox.write_bytes(b"".join(b"From a Tue Nov 14 22:13:20 2023\r\n" + mail(n) + b"\r\n" for n in IMPORTED))
    return Template(store, mbox)


def settled(store: Path, mbox: Path) -> tuple[dict[int, Counter[Place]], list[str]]:
    """Starts again and imports again: what a person sees then, and what is wrong with it."""
    wrong: list[str] = []
    boot.import_mail(local_settings(str(store)), ACCOUNT, str(mbox), None)
    found: dict[int, Counter[Place]] = {}
    with local_bed(store, ACCOUNT) as bed:
        first = places(bed, found, wrong)
        bed.lose_index()
        again: dict[int, Counter[Place]] = {}
        if places(bed, again, wrong) != first or again != found:
            wrong.append(f"the files say {again}, the index said {found}")
    return found, wrong


def places(bed: LocalBed, found: dict[int, Counter[Place]], wrong: list[str]) -> list[str]:
    for name, row in bed.rows():
        number = int(row.subject.split()[-1])
        if bed.bytes_of(row) != mail(number):
            wrong.append(f"mail {number} has other bytes")
        found.setdefault(number, Counter())[name, frozenset(row.flags.names())] += 1
    wrong += bed.audit()
    return sorted(bed.seen())


def judge(template: Template, folder: Path, fault: Fault) -> tuple[Run, list[str]]:
    store, said = folder / "store", folder / "acknowledged"
    shutil.copytree(template.store, store)
    done = run(child(store, template.mbox, said), fault, env={"PYTHONPATH": str(ROOT)})
    acknowledged = set(said.read_text().split("\n")) - {""} if said.exists() else set()
    here, wrong = settled(store, template.mbox)
    for number in NUMBERS:
        lies = here.get(number, Counter())
        if lies not in allowed(number, acknowledged, list(DEEDS), HERE):
            wrong.append(f"mail {number} lies {dict(lies)}, wanted {allowed(number, acknowledged, list(DEEDS), HERE)}")
    for number in IMPORTED:
        if here.get(number, Counter()) != Counter({("INBOX", NONE): 1}):
            wrong.append(f"imported mail {number} lies {dict(here.get(number, Counter()))}")
    shutil.rmtree(folder, ignore_errors=True)
    return done, [f"{fault} after {sorted(acknowledged)}: {text}" for text in wrong]


def child(store: Path, mbox: Path, said: Path) -> list[str]:
    return [sys.executable, "-m", "tests.support.busy_local_child", str(store), str(mbox), str(said)]


def undisturbed(template: Template, folder: Path) -> Counter[str]:
    """Calls by name, of a run that must be right by itself."""
    store, said = folder / "store", folder / "acknowledged"
    folder.mkdir()
    shutil.copytree(template.store, store)
    done, calls = count_calls(child(store, template.mbox, said), env={"PYTHONPATH": str(ROOT)})
    assert done.code == 0, done.err
    assert said.read_text().split("\n")[:-1] == list(DEEDS), done.err
    here, wrong = settled(store, template.mbox)
    assert wrong == []
    for number in NUMBERS:
        assert here.get(number, Counter()) == allowed(number, set(DEEDS), list(DEEDS), HERE)[0], number
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
    chance = random.Random(f"{SEED} {error} local")
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
