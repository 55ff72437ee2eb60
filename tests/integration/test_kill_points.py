"""kill -9 anywhere in a first sync and in a resync: after a restart nothing is lost, nothing doubled, and nothing
that was listed already is downloaded again (row F1 of the fault list).

A point is (system call, N): strace kills the process before the N-th such call of a thread. MAILTUI_KILL_POINTS sets
how many points are tried (default 12; the full run takes 500), MAILTUI_KILL_SEED chooses others."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.corpus import Corpus
from tests.support.profile import Ledger, Profile, differences
from tests.support.proxy import FaultProxy
from tests.support.second_client import digest
from tests.support.servers import MailServer
from tests.support.strace import Fault, count_calls, run

POINTS = int(os.environ.get("MAILTUI_KILL_POINTS", "12"))
SEED = os.environ.get("MAILTUI_KILL_SEED", "1")
MESSAGES = 150
SLACK = 20_000
"""Octets that a restart may cost on top of what an undisturbed run costs besides the messages themselves."""

pytestmark = [
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
    pytest.mark.slow,
]


@pytest.fixture
def proxy(dovecot: MailServer) -> Iterator[FaultProxy]:
    with FaultProxy(dovecot.imap_port) as one:
        yield one


def profile_for(folder: Path, server: MailServer, user: str, proxy: FaultProxy) -> Profile:
    return Profile(folder, server.account_toml(user, port=proxy.port, extra='folders = ["INBOX", "Archive"]'))


def not_listed(profile: Profile, ledger: Ledger) -> int:
    """Bytes of the files whose batch was not yet committed to the index: that batch may be fetched again."""
    sizes = {digest(path.read_bytes()): path.stat().st_size for path in profile.store.glob("mail/*/*/cur/*")}
    listed: set[tuple[str, int]] = set()
    with contextlib.suppress(sqlite3.Error), contextlib.closing(profile.index()) as base:
        listed.update(base.execute("SELECT m.name, p.uid FROM placement p JOIN mailbox m ON m.id = p.base_mailbox"))
    return sum(
        sizes.get(body, 0)
        for name, uids in ledger.uids.items()
        for uid, body in uids.items()
        if (name, uid) not in listed
    )


def bodies(server: MailServer, user: str) -> list[bytes]:
    with server.client(user) as client:
        return [raw for name in ("INBOX", "Archive") for raw in client.raw(name).values()]


def choose(calls: Counter[str], count: int) -> list[Fault]:
    """Points over name x N: every name gets its turn, whatever its number of calls; no point twice."""
    chooser = random.Random(f"{SEED} {sorted(calls.items())}")
    names = [name for name, number in sorted(calls.items()) if number and name not in ("open", "openat")]
    everything = [Fault(name, n) for name in names for n in range(1, calls[name] + 1)]
    if len(everything) <= count:
        return everything
    chosen: dict[Fault, None] = {}
    while len(chosen) < count:
        name = chooser.choice(names)
        chosen[Fault(name, chooser.randint(1, calls[name]))] = None
        if all(fault in chosen for fault in everything if fault.syscall == name):
            names.remove(name)
    return list(chosen)


def judge(
    profile: Profile, server: MailServer, user: str, proxy: FaultProxy, fault: Fault, overhead: int
) -> tuple[bool, list[str]]:
    """Kills at the point, restarts, returns (was it killed, what is wrong)."""
    first = run(profile.argv("sync", "--once"), fault, env=profile.env)
    kept = profile.ledger()
    unlisted = not_listed(profile, kept)
    before = proxy.to_client
    again = profile.run("sync", "--once")
    fetched = proxy.to_client - before
    wrong = [
        f"{fault}: {text}" for text in differences(profile, server, user, {"INBOX": "INBOX", "Archive": "Archive"})
    ]
    if again.code != 0:
        wrong.append(f"{fault}: the restart ended with {again.code}: {again.err[-500:]}")
    missing = sum(len(raw) for raw in bodies(server, user) if digest(raw) not in kept.digests)
    if fetched > missing + unlisted + overhead:
        wrong.append(f"{fault}: {fetched} bytes fetched again for {missing} missing ones")
    return first.code != 0, wrong


def judge_all(
    profile: Callable[[], Profile],
    server: MailServer,
    user: str,
    proxy: FaultProxy,
) -> tuple[int, list[str]]:
    whole = profile()
    had, before = whole.ledger().digests, proxy.to_client
    done, calls = count_calls(whole.argv("sync", "--once"), env=whole.env)
    assert done.code == 0, done.err
    new = sum(len(raw) for raw in bodies(server, user) if digest(raw) not in had)
    overhead = max(0, proxy.to_client - before - new) + SLACK
    killed, wrong = 0, []
    points = choose(calls, POINTS // 2)
    for fault in points:
        hit, found = judge(profile(), server, user, proxy, fault, overhead)
        killed += hit
        wrong += found
    print(f"{len(points)} points over {dict(calls)}: {killed} killed, {len(wrong)} wrong")
    return killed, wrong


def test_kill_points_of_a_first_sync(dovecot: MailServer, proxy: FaultProxy, tmp_path: Path) -> None:
    user = dovecot.new_user("kill")
    dovecot.seed(user, Corpus(MESSAGES))
    dovecot.seed(user, Corpus(20, seed=2), "Archive")
    numbers = iter(range(10**6))

    def fresh() -> Profile:
        return profile_for(tmp_path / f"first{next(numbers)}", dovecot, user, proxy)

    killed, wrong = judge_all(fresh, dovecot, user, proxy)
    assert not wrong, "\n".join(wrong)
    assert killed >= POINTS // 2 * 0.7


def test_kill_points_of_a_resync(dovecot: MailServer, proxy: FaultProxy, tmp_path: Path) -> None:
    user = dovecot.new_user("kill")
    dovecot.seed(user, Corpus(MESSAGES))
    dovecot.seed(user, Corpus(20, seed=2), "Archive")
    template = profile_for(tmp_path / "template", dovecot, user, proxy)
    template.sync()
    with dovecot.client(user) as client:
        uids = client.uids()
        client.add_flags(uids[:20], "\\Flagged \\Seen")
        client.remove_flags(uids[30:40], "\\Seen")
        client.expunge(uids[50:60])
        client.move(uids[60:65], "Archive")
        for seed in Corpus(15, seed=3):
            client.append(seed.raw, date=seed.date)

    numbers = iter(range(10**6))

    def synced_before() -> Profile:
        folder = tmp_path / f"again{next(numbers)}"
        shutil.copytree(template.folder, folder)
        return profile_for(folder, dovecot, user, proxy)

    killed, wrong = judge_all(synced_before, dovecot, user, proxy)
    assert not wrong, "\n".join(wrong)
    assert killed >= POINTS // 2 * 0.7
