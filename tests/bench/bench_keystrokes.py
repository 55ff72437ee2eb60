"""Ten everyday tasks in keystrokes: mailtui, neomutt and aerc with their default keys, on the same mail.

python -m tests.bench.bench_keystrokes              # the table that the README shows
python -m tests.bench.bench_keystrokes --keys       # the keys themselves
python -m tests.bench.bench_keystrokes --replay     # does them all again, in tmux, with what is installed"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.support.everyday import NAMES, TASKS, Task
from tests.support.keystrokes import keystrokes, play, written
from tests.support.mail_programs import OPENERS, missing
from tests.support.profile import wait_until

_PAUSE = 0.15
"""Seconds between keys: other programs read folders and look completions up between two of them."""


def table() -> str:
    """Markdown."""
    rows = [["task", *NAMES], ["---"] * (len(NAMES) + 1)]
    rows += [[task.title, *(str(keystrokes(task.keys[name])) for name in NAMES)] for task in TASKS.values()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def keys() -> str:
    lines = []
    for task in TASKS.values():
        lines.append(task.title)
        lines += [f"  {name:8} {keystrokes(task.keys[name]):3}  {written(task.keys[name])}" for name in NAMES]
    return "\n".join(lines)


def replay(name: str, task: Task) -> str:
    """What is wrong with the outcome; "" if nothing is."""
    with tempfile.TemporaryDirectory() as folder, OPENERS[name](Path(folder, "home")) as (screen, world):
        before = world.folders()
        try:
            play(screen, task.keys[name], pause=0.0 if name == "mailtui" else _PAUSE)
        except AssertionError as error:
            return str(error)
        wait_until(lambda: not task.done(world, before), 10.0)
        return task.done(world, before)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", action="store_true", help="print the keys")
    parser.add_argument("--replay", action="store_true", help="do the tasks and look whether they are done")
    parser.add_argument("--only", choices=NAMES, help="replay this program alone")
    args = parser.parse_args()
    print(keys() if args.keys else table())
    failed = 0
    for name in NAMES if args.replay else ():
        if args.only not in (None, name):
            continue
        if missing(name):
            print(f"{name}: not installed, left out")
            continue
        for task in TASKS.values():
            wrong = replay(name, task)
            failed += bool(wrong)
            print(f"{name}: {task.title}: {wrong or 'done'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
