"""kill -9, a full disk and power loss at the store's own system calls. MAILTUI_KILL_POINTS=N: how many of each."""

from __future__ import annotations

import os
import random
import re
import sys
from pathlib import Path

import pytest

from mailtui.store.store import Store
from tests.support import strace
from tests.support.small_store import box, deliver, files, open_store, raw_mail, seen

POINTS = int(os.environ.get("MAILTUI_KILL_POINTS", "16"))
CALLS = ("rename", "renameat", "renameat2", "unlink", "fsync", "fdatasync", "syncfs", "pwrite64", "write", "ftruncate")

BATCH = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from mailtui.model.errors import StoreError
from mailtui.model.facts import FlagsAt, MailboxDelta
from mailtui.model.folder import Checkpoint
from mailtui.model.mail import Flags
from tests.support.small_store import *
try:
    store = Store.open(sys.argv[1])
    inbox = box(store)
    mails = tuple(delivery(store, inbox, uid, raw_mail(uid), ["work"]) for uid in range(11, 41))
    store.apply([MailboxDelta(ACCOUNT, inbox, 7, deliveries=mails, flags=(FlagsAt(1, Flags.of(["\\\\Seen"])),),
                              vanished=((2, 3),), checkpoint=Checkpoint(7, 41, 0, 1))])
    store.close()
except StoreError as error:
    print("StoreError", error)
    sys.exit(3)
print("done")
"""


def _start(root: Path) -> list[str]:
    store = open_store(root)
    deliver(store, box(store), *range(1, 11))
    store.close()
    return [sys.executable, "-c", BATCH, str(root), str(Path(__file__).parents[2])]


def _judge(root: Path) -> None:
    """After whatever happened: the batch is done again, as a worker would, and the ledger is clean."""
    store = Store.open(str(root))
    first = seen(store)["INBOX"]
    checkpoint = store.base().mailbox(box(store)).checkpoint  # type: ignore[union-attr]
    assert checkpoint is not None
    uids = {row[1] for row in first}
    assert {1, *range(4, 11)} <= uids, "old mail is lost"
    if checkpoint.uidnext == 41:
        assert uids == {1, *range(4, 41)}, "the checkpoint is ahead of its mail"
    deliver(store, box(store), *range(11, 41))
    rows = seen(store)["INBOX"]
    assert sorted(int(str(row[1])) for row in rows) == sorted({int(str(uid)) for uid in uids} | set(range(11, 41)))
    assert len(files(root)) == len(rows), "a file without a row, or twice"
    assert all(row[5] for row in rows), "a row without its file"
    store.close()
    inbox = root / "mail/home/INBOX"
    assert os.listdir(inbox / "tmp") == []
    texts = {raw_mail(uid) for uid in range(1, 41)}
    assert all((root / name).read_bytes() in texts for name in files(root)), "half a file"


def _points() -> list[tuple[str, int]]:
    """Spread over calls; numbers beyond the last call of a name are just undisturbed runs."""
    chance = random.Random(20)
    highest = {"rename": 34, "unlink": 8, "fsync": 6, "fdatasync": 4, "syncfs": 1, "pwrite64": 60, "write": 45}
    wanted = [(name, number) for name, top in highest.items() for number in range(1, top + 1)]
    return sorted(chance.sample(wanted, min(POINTS, len(wanted))))


@pytest.mark.parametrize(("call", "number"), _points())
def test_a_kill_anywhere_loses_and_doubles_nothing(tmp_path: Path, call: str, number: int) -> None:
    program = _start(tmp_path)
    run = strace.run(program, strace.Fault(call, number))
    assert run.killed or "done" in run.out, run.err
    _judge(tmp_path)


@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
@pytest.mark.parametrize(
    ("call", "number"), [("rename", 5), ("syncfs", 1), ("pwrite64", 2), ("write", 12), ("fsync", 1)]
)
def test_a_disk_that_refuses_costs_only_the_batch(tmp_path: Path, call: str, number: int, error: str) -> None:
    program = _start(tmp_path)
    run = strace.run(program, strace.Fault(call, number, error=error, onwards=call != "write"))
    assert run.code == 3, run.out + run.err
    assert "StoreError" in run.out
    if error == "ENOSPC":
        assert "full" in run.out or "written" in run.out or "can't open" in run.out
    _judge(tmp_path)


def test_mail_is_on_the_disk_before_its_name_and_its_name_before_the_index(tmp_path: Path) -> None:
    """Power loss: syncfs of the contents, renames into cur/, fsync of cur/, and only then the write to the log."""
    program = _start(tmp_path)
    run, log = strace.trace(program, calls=("rename", "renameat2", "fsync", "fdatasync", "syncfs", "pwrite64", "write"))
    assert "done" in run.out, run.err
    into = [at for at, line in enumerate(log) if re.search(r"\brename\(.*mailtui-spool.*/cur/", line)]
    assert len(into) == 30
    contents = [at for at, line in enumerate(log) if "syncfs(" in line]
    names = [at for at, line in enumerate(log) if re.search(r"\bfsync\(\d+<[^>]*/INBOX/cur>", line)]
    spooled = [at for at, line in enumerate(log) if re.search(r"\bwrite\(\d+<[^>]*mailtui-spool", line)]
    assert max(spooled) < min(contents) < min(into)
    assert max(into) < max(names)
    logged = [at for at, line in enumerate(log) if re.search(r"pwrite64\(\d+<[^>]*index\.sqlite-wal>", line)]
    batch = [at for at in logged if at > min(into)]
    assert batch, "the batch was written to the log"
    assert min(batch) > max(names), "the index is told before the names are safe"


def test_a_wish_is_on_the_disk_before_it_is_acknowledged(tmp_path: Path) -> None:
    program = _start(tmp_path)
    program[2] = """
import sys
sys.path.insert(0, sys.argv[2])
from mailtui.model.intents import SetFlags
from mailtui.model.mail import Flags
from mailtui.store.requests import Submitted
from tests.support.small_store import *
store = Store.open(sys.argv[1])
reader = store.reader()
row = reader.page(box(store))[0]
reader.close()
store.apply([Submitted(ACCOUNT, SetFlags((row.placement,), add=Flags.of(["\\\\Seen"])))])
print("acknowledged", flush=True)
store.close()
"""
    _, log = strace.trace(program, calls=("fsync", "fdatasync", "pwrite64", "write"))
    said = next(at for at, line in enumerate(log) if "acknowledged" in line)
    logged = max(at for at, line in enumerate(log[:said]) if "index.sqlite-wal>" in line and "pwrite64" in line)
    assert any("index.sqlite-wal>" in line and "sync(" in line for line in log[logged:said])
