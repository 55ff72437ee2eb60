"""Key to paint in a pseudo terminal: while nothing else happens, and while a first synchronisation runs at full speed.

moving   keys move the cursor down or up in the mailbox that is being fetched
acting   keys archive, star and mark in a mailbox of --acting-n messages, of an account whose server does not
         answer, while the mailbox of another account is fetched

A key's time ends with the first frame that began after it. Goal: p99 <= 50 ms.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from tests.bench.bench_sync import USER, seed
from tests.bench.harness import Table, arguments, workplace
from tests.bench.synthetic import MARK, build
from tests.bench.terminal import Terminal
from tests.support.dovecot import Dovecot
from tests.support.processes import free_ports
from tests.support.profile import Profile

_MOVES = (b"j", b"j", b"j", b"k")
_DEEDS = (b"a", b"j", b"s", b"U", b"a", b"k", b"x", b"a")
"""Archive, star, read or unread, mark."""


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def keys(
    terminal: Terminal, profile: Profile, seconds: float, until: int | None, pressed: Sequence[bytes] = _MOVES
) -> tuple[list[float], int]:
    """Presses keys 12 times a second on average, out of step with the program's own timers, for so long, or until
    the mailbox holds `until` messages. (times in ms, keys without any frame)"""
    times: list[float] = []
    lost = 0
    end = time.perf_counter() + seconds
    pause = random.Random(7)
    while time.perf_counter() < end:
        for move in pressed:
            taken = terminal.key_to_paint(move)
            lost += taken is None
            times += [taken] if taken is not None else []
            wake = time.perf_counter() + pause.uniform(0.02, 0.12)
            while (left := wake - time.perf_counter()) > 0:
                terminal.read(left)
        if until is not None and len(times) % 40 < len(pressed) and profile.visible() >= until:
            break
    return times, lost


def report(table: Table, who: str, times: list[float], lost: int, *, baseline: bool = False) -> None:
    note = f"{len(times)} keys, {lost} without a frame"
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0)):
        table.add(f"key to paint, {name}", who, percentile(times, share), "ms", baseline=baseline, note=note)


def moving(table: Table, server: Dovecot, folder: Path, options: argparse.Namespace) -> None:
    profile = Profile(folder, server.account_toml(USER, extra='folders = ["INBOX"]'))
    with Terminal(profile.argv(), env=profile.env, columns=120) as terminal:
        while profile.visible() < min(500, options.n):
            terminal.read(0.05)
        started = time.perf_counter()
        times, lost = keys(terminal, profile, options.seconds, options.n)
        took = time.perf_counter() - started
        arrived = profile.visible()
        print(f"  {arrived} of {options.n} listed after {took:.1f} s of keys", file=sys.stderr)
        while profile.visible() < options.n:
            terminal.read(0.2)
        terminal.quiet(1.5, 60.0)
        calm, calm_lost = keys(terminal, profile, min(15.0, options.seconds), None)
        report(table, "idle", calm, calm_lost, baseline=True)
        report(table, "during first sync", times, lost)
        terminal.quit(b"q", b"q")


def acting(table: Table, server: Dovecot, folder: Path, options: argparse.Namespace) -> None:
    """Two accounts: the large one is on the screen, the other one is fetched."""
    port = free_ports(1)[0]  # nobody listens: what is done waits
    large = (
        f'[accounts.large]\nemail = "me@example.com"\noffline = "headers"\n[accounts.large.imap]\nhost = "127.0.0.1"\n'
        f'port = {port}\nsecurity = "none"\nuser = "me"\npassword_command = ["printf", "x"]\n'
    )
    profile = Profile(folder, large + server.account_toml(USER, account="small", extra='folders = ["INBOX"]'))
    build(profile.store, "large", options.acting_n)
    with Terminal(profile.argv(), env=profile.env, columns=120) as terminal:
        terminal.until(MARK.encode())
        before = profile.visible()
        while profile.visible() < before + min(300, options.n):
            terminal.read(0.05)
        times, lost = keys(terminal, profile, options.seconds, before + options.n, _DEEDS)
        arrived = profile.visible() - before
        terminal.quiet(1.5, 120.0)
        calm, calm_lost = keys(terminal, profile, min(15.0, options.seconds), None, _DEEDS)
        with closing(profile.index()) as base:
            (done,) = base.execute("SELECT count(*) FROM step").fetchone()
        print(f"  {arrived} messages arrived meanwhile; {done} steps were done", file=sys.stderr)
        if done * 4 < len(times) + len(calm):
            raise RuntimeError(f"only {done} steps by {len(times) + len(calm)} keys")
        report(table, "acting, idle", calm, calm_lost)
        report(table, "acting during sync", times, lost)
        terminal.quit(b"q", b"q")


def main(options: argparse.Namespace) -> None:
    table = Table(f"Key to paint during a first synchronisation of {options.n:,} messages")
    server = Dovecot()
    try:
        server.start()
        seed(server, options.n)
        with workplace(options.dir) as fresh:
            for name, run in (("moving", moving), ("acting", acting)):
                if name in options.only:
                    run(table, server, fresh("mailtui"), options)
    finally:
        server.remove()
    table.show(options.json)


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("--n", type=int, default=30_000)
    parser.add_argument("--seconds", type=float, default=60.0, help="at most so long (60)")
    parser.add_argument("--acting-n", type=int, default=100_000, help="messages of the mailbox acted in (100000)")
    parser.add_argument("--only", nargs="+", choices=("moving", "acting"), default=["moving", "acting"])
    main(parser.parse_args())
