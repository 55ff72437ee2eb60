"""Synchronisation against mbsync, both from the same Dovecot on loopback, plain text, durable (mbsync's default fsync).

first    first synchronisation of --n messages: until all mail is durable and listed ("synced"), and to the end with
         the full-text index; time from login to the first rows; bytes on the wire
noop     nothing new in a mailbox of --noop-n: whole process, and the session alone (connect to last byte)
delta    100 flags changed and 10 messages new in the same mailbox
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.bench.harness import Cost, Table, arguments, have, median, timed, workplace
from tests.support.corpus import Corpus
from tests.support.dovecot import Dovecot
from tests.support.processes import need
from tests.support.profile import Profile
from tests.support.proxy import FaultProxy

USER = "bench"
Fresh = Callable[[str], Path]


class Watched(FaultProxy):
    """A proxy that remembers when the login was accepted and when the last byte passed."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.begun = self.login = self.last = 0.0
        self.rewrite(self._look)

    def clear(self) -> None:
        self.begun = self.login = self.last = 0.0

    def _look(self, data: bytes) -> bytes:
        self.last = time.perf_counter()
        self.begun = self.begun or self.last
        if not self.login and b"Logged in" in data:
            self.login = self.last
        return data


def mailtui(folder: Path, server: Dovecot, port: int) -> Profile:
    return Profile(folder, server.account_toml(USER, port=port, extra='folders = ["INBOX"]'))


def mbsync(folder: Path, port: int, *, fsync: bool = True) -> list[str]:
    """Command line; the configuration is written to `folder`."""
    config = folder / "mbsyncrc"
    config.write_text(
        f"FSync {'yes' if fsync else 'no'}\n"
        f"IMAPAccount a\nHost 127.0.0.1\nPort {port}\nUser {USER}\nPass secret\nSSLType None\nAuthMechs LOGIN\n"
        f"PipelineDepth 50\n\nIMAPStore far\nAccount a\n\nMaildirStore near\nPath {folder}/mail/\n"
        f"Inbox {folder}/mail/INBOX\nSubFolders Verbatim\n\nChannel c\nFar :far:\nNear :near:\nPatterns INBOX\n"
        "Create Near\nExpunge None\nSync All\nSyncState *\n"
    )
    (folder / "mail").mkdir(exist_ok=True)
    return [need("mbsync", "isync"), "-q", "-c", str(config), "-a"]


def sync(profile: Profile) -> Cost:
    return timed(profile.argv("sync", "--once", "--json"), env=profile.env, marks={"synced": '"synced"'})


def seed(server: Dovecot, count: int) -> None:
    """Fills the mailbox and lets Dovecot build its own caches, so that nobody's run pays for them."""
    server.drop_user(USER)
    start = time.perf_counter()
    server.seed(USER, Corpus(count))
    with server.client(USER) as client:
        client.imap.select("INBOX")
        client.imap.uid("FETCH", "1:*", "(RFC822.SIZE ENVELOPE)")
    print(f"  {count} messages seeded in {time.perf_counter() - start:.1f} s", file=sys.stderr)


def bench_first(table: Table, server: Dovecot, fresh: Fresh, rounds: int) -> None:
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(sync(mailtui(fresh("mailtui"), server, server.imap_port)))
        if have("mbsync"):
            theirs.append(timed(mbsync(fresh("mbsync"), server.imap_port)))
    if theirs:
        cost = median(theirs)
        table.add("first sync, wall", "mbsync fsync", cost.wall, "s", baseline=True)
        table.add("first sync, cpu", "mbsync fsync", cost.cpu, "s", baseline=True)
    cost = median(ours)
    table.add("first sync, wall", "mailtui, listed", cost.marks.get("synced", cost.wall), "s", note="goal 0.3x")
    table.add("first sync, wall", "mailtui + full text", cost.wall, "s", note="goal 0.7x")
    table.add("first sync, cpu", "mailtui + full text", cost.cpu, "s", note=f"peak {cost.rss // 1024} MiB")
    with Watched(server.imap_port) as proxy:
        if theirs:
            timed(mbsync(fresh("mbsync"), proxy.port))
            table.add("first sync, wire", "mbsync", (proxy.to_client + proxy.to_server) / 1e6, "MB", baseline=True)
        before = proxy.to_client + proxy.to_server
        proxy.clear()
        seconds = first_rows(mailtui(fresh("mailtui"), server, proxy.port), proxy)
        table.add("first sync, wire", "mailtui", (proxy.to_client + proxy.to_server - before) / 1e6, "MB")
        table.add("login to first rows", "mailtui", seconds, "s", note="goal 0.5 s")


def first_rows(profile: Profile, proxy: Watched) -> float:
    """Seconds from the accepted login until another process can read the first rows."""
    shown: list[float] = []

    def look() -> None:
        while not shown:
            try:
                with closing(profile.index()) as base:
                    while not base.execute("SELECT 1 FROM placement WHERE mailbox IS NOT NULL LIMIT 1").fetchone():
                        time.sleep(0.003)
                    shown.append(time.perf_counter())
            except sqlite3.Error:
                time.sleep(0.003)

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    sync(profile)
    watcher.join(5)
    return shown[0] - proxy.login if shown else float("nan")


def change(server: Dovecot, number: int) -> None:
    """100 flags and 10 messages."""
    with server.client(USER) as client:
        uids = client.uids()
        step = max(1, len(uids) // 100)
        chosen = uids[number % step :: step][:100]
        (client.add_flags if number % 2 == 0 else client.remove_flags)(chosen, "\\Flagged")
        for message in Corpus(10, seed=100 + number):
            client.append(message.raw)


def bench_again(table: Table, server: Dovecot, fresh: Fresh, rounds: int, names: list[str]) -> None:
    """Both clients are synchronised once, then both meet the same situation, in turns."""
    with Watched(server.imap_port) as proxy:
        profile = mailtui(fresh("mailtui"), server, proxy.port)
        print("  preparing both stores ...", file=sys.stderr)
        profile.run("sync", "--once", timeout=3600)
        folder = fresh("mbsync")
        other = have("mbsync")
        if other:
            timed(mbsync(folder, server.imap_port, fsync=False))
        for name in names:
            ours: list[tuple[Cost, float, int]] = []
            theirs: list[tuple[Cost, float, int]] = []
            for number in range(rounds):
                if name == "delta":
                    change(server, number)
                ours.append(session(proxy, lambda: sync(profile)))
                if other:
                    theirs.append(session(proxy, lambda: timed(mbsync(folder, proxy.port))))
            if theirs:
                report(table, name, "mbsync", theirs, baseline=True)
            report(table, name, "mailtui", ours)


def session(proxy: Watched, run: Callable[[], Cost]) -> tuple[Cost, float, int]:
    """(cost, seconds from the greeting to the last byte, bytes both ways)"""
    time.sleep(2.2)  # a maildir touched within the second makes mbsync and Dovecot wait for the next one
    proxy.clear()
    before = proxy.to_client + proxy.to_server
    cost = run()
    return cost, proxy.last - proxy.begun, proxy.to_client + proxy.to_server - before


def report(table: Table, name: str, who: str, runs: list[tuple[Cost, float, int]], *, baseline: bool = False) -> None:
    cost = median([one for one, _, _ in runs])
    middle = len(runs) // 2
    table.add(f"{name}, process wall", who, cost.wall, "s", baseline=baseline)
    if "synced" in cost.marks:
        table.add(f"{name}, process wall", f"{who} until synced", cost.marks["synced"], "s")
    table.add(f"{name}, session", who, sorted(seconds for _, seconds, _ in runs)[middle], "s", baseline=baseline)
    table.add(f"{name}, cpu", who, cost.cpu, "s", baseline=baseline)
    table.add(f"{name}, wire", who, sorted(count for _, _, count in runs)[middle] / 1000, "kB", baseline=baseline)


def main(options: argparse.Namespace) -> None:
    table = Table(f"Synchronisation: first {options.n:,}, then {options.noop_n:,} messages")
    server = Dovecot()
    server.extra = "maildir_very_dirty_syncs = yes\n"
    try:
        server.start()
        with workplace(options.dir) as fresh:
            if "first" in options.only:
                seed(server, options.n)
                bench_first(table, server, fresh, options.rounds)
            names = [name for name in ("noop", "delta") if name in options.only]
            if names:
                seed(server, options.noop_n)
                bench_again(table, server, fresh, options.rounds, names)
    finally:
        server.remove()
    table.show(options.json)


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("--n", type=int, default=10_000, help="messages of the first synchronisation (10000)")
    parser.add_argument("--noop-n", type=int, default=100_000, help="messages for noop and delta (100000)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=("first", "noop", "delta"), default=["first", "noop", "delta"])
    main(parser.parse_args())
