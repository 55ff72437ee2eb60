"""What was done offline goes to the server: mailtui against mbsync, both from the same Dovecot on loopback, plain text.

flags    all --n messages of the INBOX are marked read offline, then synchronised
move     all of them are moved to Archive offline, then synchronised (mbsync: files moved between its folders)

Counted are the commands that the server got, the bytes both ways, wall and CPU time of the program that synchronises,
and the time of the deed itself (`mailtui flag`/`move` with ids on its standard input; mbsync: renames by this script).
Both begin with a store of their own that is in step. mbsync uploads moved mail anew, as it knows no moves.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.bench_sync import Watched, seed
from tests.bench.harness import Cost, Table, arguments, have, median, timed, workplace
from tests.support.dovecot import Dovecot
from tests.support.processes import need
from tests.support.profile import Profile
from tests.support.proxy import Way

USER = "bench"
NAMES = ("flags", "move")
Fresh = Callable[[str], Path]
_NAMES_OF_COMMANDS = (
    b"SELECT|STORE|MOVE|COPY|EXPUNGE|FETCH|APPEND|SEARCH|LIST|STATUS|AUTHENTICATE|LOGIN|ENABLE|ID|NOOP|CREATE|IDLE|LOGOUT|"
    b"NAMESPACE|CAPABILITY|CLOSE|CHECK|SUBSCRIBE"
)
_COMMAND = re.compile(rb"(?:^|\r\n)[A-Za-z0-9]+ (?:UID )?(?:%s)\b" % _NAMES_OF_COMMANDS)


class Counting(Watched):
    """A proxy that counts commands as well."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.commands = 0
        self._rest = b""
        self.rewrite(self._heard, Way.TO_SERVER)

    def _heard(self, data: bytes) -> bytes:
        text = self._rest + data
        found = list(_COMMAND.finditer(text))
        self.commands += len(found)
        cut = found[-1].end() if found else 0
        self._rest = text[max(cut, len(text) - 200) :]
        return data


class Ours:
    """mailtui with INBOX and Archive."""

    who = "mailtui"

    def __init__(self, folder: Path, server: Dovecot, port: int) -> None:
        self.profile = Profile(folder, server.account_toml(USER, port=port, extra='folders = ["INBOX", "Archive"]'))

    def sync(self) -> Cost:
        return timed(self.profile.argv("sync", "--once"), env=self.profile.env)

    def do(self, name: str) -> None:
        listed = self.profile.run("list", "-f", "inbox", "--limit", "0", "--json", timeout=600)
        words = [one["id"] for one in json.loads(listed.out)]
        deed = ("flag", "--add", "seen", "-") if name == "flags" else ("move", "--to", "Archive", "-")
        subprocess.run(
            self.profile.argv(*deed),
            env={**os.environ, **self.profile.env},
            input="\n".join(words).encode(),
            stdout=subprocess.DEVNULL,
            check=True,
            timeout=600,
        )


class Theirs:
    """mbsync with the same two folders. Its defaults, and fsync as mailtui does it."""

    who = "mbsync"

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        config = folder / "mbsyncrc"
        config.write_text(
            f"IMAPAccount a\nHost 127.0.0.1\nPort {port}\nUser {USER}\nPass secret\nSSLType None\nAuthMechs LOGIN\n"
            f"PipelineDepth 50\n\nIMAPStore far\nAccount a\n\nMaildirStore near\nPath {folder}/mail/\n"
            f"Inbox {folder}/mail/INBOX\nSubFolders Verbatim\n\nChannel c\nFar :far:\nNear :near:\n"
            "Patterns INBOX Archive\nCreate Both\nExpunge Both\nSync All\nSyncState *\n"
        )
        (folder / "mail").mkdir()
        self.argv = [need("mbsync", "isync"), "-q", "-c", str(config), "-a"]

    def sync(self) -> Cost:
        return timed(self.argv)

    def do(self, name: str) -> None:
        """mbsync knows a message of a folder by `,U=` in its name: one that moves must lose it."""
        inbox, archive = self.folder / "mail/INBOX", self.folder / "mail/Archive"
        for part in ("cur", "new"):
            for file in sorted(os.listdir(inbox / part)):
                base, _, flags = file.partition(":2,")
                if name == "flags":
                    os.rename(inbox / part / file, inbox / "cur" / f"{base}:2,{''.join(sorted({*flags, 'S'}))}")
                else:
                    os.rename(inbox / part / file, archive / "cur" / f"{base.partition(',U=')[0]}:2,{flags}")


def run(table: Table, server: Dovecot, fresh: Fresh, names: list[str], options: argparse.Namespace) -> None:
    costs: dict[tuple[str, str], list[Cost]] = {}
    for turn in range(options.rounds):
        makers: list[Callable[[int], Ours | Theirs]] = [lambda port: Ours(fresh("mailtui"), server, port)]
        if have("mbsync"):
            makers.insert(0, lambda port: Theirs(fresh("mbsync"), port))
        for make in makers:
            prepare(server, options.n)
            with Counting(server.imap_port) as proxy:
                one = make(proxy.port)
                print(f"  round {turn + 1}: {one.who} fetches {options.n:,} messages ...", file=sys.stderr)
                one.sync()
                one.sync()
                for name in names:
                    cost = deed(table, one, name, proxy, turn == 0)
                    costs.setdefault((name, one.who), []).append(cost)
                    check(server, name, options.n)
    for (name, who), runs in costs.items():
        cost = median(runs)
        table.add(f"{name}, wall", who, cost.wall, "s", baseline=who == "mbsync")
        table.add(f"{name}, cpu", who, cost.cpu, "s", baseline=who == "mbsync", note=f"peak {cost.rss // 1024} MiB")
        table.add(f"{name}, wall per message", who, cost.wall / options.n * 1e6, "µs", baseline=who == "mbsync")


def deed(table: Table, one: Ours | Theirs, name: str, proxy: Counting, first: bool) -> Cost:
    start = time.perf_counter()
    one.do(name)
    took = time.perf_counter() - start
    time.sleep(2.2)  # a maildir touched within the second makes mbsync and Dovecot wait for the next one
    commands, sent, bytes_before = proxy.commands, proxy.to_server, proxy.to_client + proxy.to_server
    cost = one.sync()
    if first:
        other = one.who == "mbsync"
        wire = proxy.to_client + proxy.to_server - bytes_before
        table.add(f"{name}, the deed itself", one.who, took, "s", baseline=other)
        table.add(f"{name}, commands", one.who, proxy.commands - commands, "", baseline=other)
        table.add(f"{name}, bytes sent", one.who, (proxy.to_server - sent) / 1000, "kB", baseline=other)
        table.add(f"{name}, bytes both ways", one.who, wire / 1000, "kB", baseline=other)
    return cost


def prepare(server: Dovecot, count: int) -> None:
    """A fresh mailbox of unread mail."""
    seed(server, count)
    with server.client(USER) as client:
        uids = client.uids()
        client.remove_flags(uids, "\\Seen")


def check(server: Dovecot, name: str, count: int) -> None:
    """A fast program that did not do it is no use."""
    with server.client(USER) as client:
        box = "INBOX" if name == "flags" else "Archive"
        there = client.flags(box)
    done = sum("\\Seen" in flags for flags in there.values()) if name == "flags" else count
    if len(there) != count or done != count:
        raise RuntimeError(f"{name}: {len(there)} messages in {box}, {done} of them read; {count} were wanted")


def main(options: argparse.Namespace) -> None:
    table = Table(f"Two-way: {options.n:,} messages marked read, then moved, offline")
    server = Dovecot()
    # compressed commands can't be counted, and only one of the two would compress
    server.extra = "maildir_very_dirty_syncs = yes\nprotocol imap {\n  mail_plugins = zlib\n}\n"
    try:
        server.start()
        with workplace(options.dir) as fresh:
            run(table, server, fresh, [name for name in NAMES if name in options.only], options)
    finally:
        server.remove()
    table.show(options.json)


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("--n", type=int, default=10_000, help="messages (10000)")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=NAMES, default=list(NAMES))
    main(parser.parse_args())
