"""Ten everyday tasks by keys, in a real terminal, on the demo's mail: what they lead to on the screen, on the server
and by command, and how many keys they take. neomutt and aerc do the same in `tests/bench/bench_keystrokes.py`."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.everyday import NAMES, PAGE_40, TASKS, Folders
from tests.support.keystrokes import Gone, Typed, keystrokes, play, seen, written
from tests.support.mail_programs import DemoWorld, mailtui, name_of
from tests.support.profile import ROOT, wait_until

KEYSTROKES: Mapping[str, tuple[int, int, int]] = {
    "find": (10, 10, 10),
    "triage": (36, 40, 66),
    "thread": (19, 15, 16),
    "reply": (28, 44, 33),
    "save": (14, 15, 16),
    "move": (9, 33, 29),
    "not_spam": (4, 12, 12),
    "newsletter": (7, 14, 13),
    "all_read": (10, 14, 23),
    "links": (14, 13, 15),
}
"""mailtui, neomutt 20220429, aerc 0.14.0."""


def here(world: DemoWorld, folders: Folders) -> Folders:
    """The same as `world.folders()`, by command on the store; what has no Message-ID is left out."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    for folder in folders:
        done = world.profile.run("list", "-f", folder, "--limit", "1000", "--json")
        assert done.code == 0, done.err
        mails = [mail for mail in json.loads(done.out) if mail["message_id"]]
        found[folder] = {
            mail["message_id"]: frozenset(mail["flags"]) & {"seen", "answered", "flagged"} for mail in mails
        }
    return found


def by_id(folders: Folders) -> Folders:
    """Message-IDs alone, as commands name them."""
    return {
        folder: {name[1:].partition(">")[0]: flags for name, flags in mails.items() if name.startswith("<")}
        for folder, mails in folders.items()
    }


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
@pytest.mark.parametrize("name", TASKS)
def test_a_task(name: str, tmp_path: Path) -> None:
    task = TASKS[name]
    with mailtui(tmp_path / "profile") as (screen, world):
        before = world.folders()
        assert not task.needs_doing or task.done(world, before), "nothing was to be done"
        assert play(screen, task.keys["mailtui"]) == KEYSTROKES[name][0]
        assert wait_until(lambda: not task.done(world, before)), (task.done(world, before), screen.text())
        changed = [folder for folder, mails in world.folders().items() if mails != before[folder]]

        def agreed() -> bool:
            there = world.folders()
            return here(world, {folder: there[folder] for folder in changed}) == by_id(
                {folder: there[folder] for folder in changed}
            )

        assert wait_until(agreed), (changed, screen.text())
        if name == "reply":
            flags = next(flags for mail, flags in world.folders()["INBOX"].items() if mail.endswith(PAGE_40))
            assert "answered" in flags
        screen.wait_for("up to date")
        assert "Traceback" not in screen.text()


def test_the_recorded_keys_are_the_counts() -> None:
    assert {name: tuple(keystrokes(task.keys[one]) for one in NAMES) for name, task in TASKS.items()} == KEYSTROKES


def test_the_readme_tells_the_counts() -> None:
    rows = re.findall(r"^\| (.+?) \| (\d+) \| (\d+) \| (\d+) \|$", (ROOT / "README.md").read_text(), flags=re.M)
    assert [(title, *map(int, counts)) for title, *counts in rows] == [
        (task.title, *KEYSTROKES[name]) for name, task in TASKS.items()
    ]


def test_counting() -> None:
    steps = ("/", Typed("ab c"), seen("x"), "Enter", Gone("y"), "C-s")
    assert keystrokes(steps) == 7
    assert written(steps) == '/ "ab c" Enter C-s'


def test_messages_are_told_apart() -> None:
    assert name_of(b"Message-ID: <a@b>\nSubject: =?utf-8?q?caf=C3=A9?=\n more\n\nText") == "<a@b> café more"
    assert name_of(b"Date: today\n\nText") == "today "
