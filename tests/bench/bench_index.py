"""Building the index with full text from a maildir that is there, beside `mu index` and `notmuch new` on the same mail,
and how many of the planted words each of them finds.

notmuch and mu take 20 to 30 minutes each for 100,000 messages: --only mailtui leaves them out.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.bench.harness import Table, arguments, have, timed, workplace
from tests.bench.synthetic import deliver
from tests.support.corpus import Corpus, write_maildir
from tests.support.profile import Profile

_REBUILD = """
import sys
from mailtui.engine.filler import BATCH
from mailtui.store.reindex import reindex
from mailtui.store.store import Store
reindex(sys.argv[1])
print("listed", flush=True)
store = Store.open(sys.argv[1])
while (filled := store.fill_fulltext(BATCH)).done:
    if filled.refined is not None:
        store.apply([filled.refined])
store.close()
"""
"""`mailtui reindex`, then the full text as the engine fills it behind the list."""

_NOWHERE = """
[accounts.work.imap]
host = "127.0.0.1"
security = "none"
password_command = ["printf", "x"]
"""


def size_of(*folders: Path) -> float:
    """MB of all files."""
    return sum(path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file()) / 1e6


def mailtui_index(table: Table, profile: Profile, truth: Mapping[str, int], count: int) -> None:
    """The mail is in the store; the index is deleted and made again."""
    for path in profile.store.glob("*.sqlite*"):
        path.unlink()
    argv = [sys.executable, "-c", _REBUILD, str(profile.store)]
    cost = timed(argv, env=profile.env, marks={"listed": "listed"})
    table.add(f"index {count:,}, wall", "mailtui, list only", cost.marks["listed"], "s")
    table.add(f"index {count:,}, wall", "mailtui", cost.wall, "s", note="goal 0.1x mu")
    table.add(f"index {count:,}, cpu", "mailtui", cost.cpu, "s")
    table.add(f"index {count:,}, peak", "mailtui", cost.rss / 1024, "MiB")
    size = sum(path.stat().st_size for path in profile.store.glob("*.sqlite*")) / 1e6
    table.add(f"index {count:,}, size", "mailtui", size, "MB")
    for word, planted in truth.items():
        done = profile.run("search", word, "--json", "--limit", "0", timeout=600)
        table.add(f"recall {word}", "mailtui", len(json.loads(done.out)), "found", note=f"of {planted} planted")


def mu_index(table: Table, box: Path, home: Path, truth: Mapping[str, int], count: int) -> None:
    timed(["mu", "init", f"--muhome={home}/mu", f"--maildir={box}"])
    cost = timed(["mu", "index", f"--muhome={home}/mu", "--quiet"])
    add(table, "mu", cost.wall, cost.cpu, cost.rss, size_of(home), count, baseline=True)
    for word in truth:
        found = lines(["mu", "find", f"--muhome={home}/mu", "--fields=l", "--skip-dups=false", word])
        table.add(f"recall {word}", "mu", found, "found", note=f"of {truth[word]} planted")


def notmuch_index(table: Table, box: Path, home: Path, truth: Mapping[str, int], count: int) -> None:
    config = home / "notmuch-config"
    config.write_text(f"[database]\npath={box.parent}\nmail_root={box.parent}\n[new]\ntags=new\n[search]\n[maildir]\n")
    env = {"NOTMUCH_CONFIG": str(config)}
    cost = timed(["notmuch", "new", "--quiet"], env=env)
    add(table, "notmuch", cost.wall, cost.cpu, cost.rss, size_of(box.parent / ".notmuch"), count)
    for word in truth:
        found = lines(["notmuch", f"--config={config}", "search", "--output=files", "--", word])
        table.add(f"recall {word}", "notmuch", found, "found", note=f"of {truth[word]} planted")


def add(
    table: Table, who: str, wall: float, cpu: float, rss: int, size: float, count: int, *, baseline: bool = False
) -> None:
    table.add(f"index {count:,}, wall", who, wall, "s", baseline=baseline)
    table.add(f"index {count:,}, cpu", who, cpu, "s", baseline=baseline)
    table.add(f"index {count:,}, peak", who, rss / 1024, "MiB", baseline=baseline)
    table.add(f"index {count:,}, size", who, size, "MB", baseline=baseline)


def lines(argv: list[str]) -> int:
    done = subprocess.run(argv, capture_output=True, check=False)
    return len(done.stdout.splitlines())


def main(options: argparse.Namespace) -> None:
    table = Table(f"Index of {options.n:,} messages from files on the disk")
    with workplace(options.dir) as fresh:
        corpus = Corpus(options.n)
        if "mailtui" in options.only:
            profile = Profile(fresh("mailtui"), '[accounts.work]\nemail = "me@example.com"\n' + _NOWHERE)
            print("  putting the mail into a store (not measured) ...", file=sys.stderr)
            deliver(profile.store, "work", corpus)
            truth = dict(corpus.planted)
            mailtui_index(table, profile, truth, options.n)
        others = [name for name in ("mu", "notmuch") if name in options.only and have(name)]
        if others:
            box = fresh("maildir") / "INBOX"
            corpus = Corpus(options.n)
            write_maildir(box, corpus)
            truth = dict(corpus.planted)
            if "mu" in others:
                mu_index(table, box, fresh("mu"), truth, options.n)
            if "notmuch" in others:
                notmuch_index(table, box, fresh("notmuch"), truth, options.n)
    table.show(options.json)


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("--n", type=int, default=100_000)
    parser.add_argument("--only", nargs="+", choices=("mailtui", "mu", "notmuch"), default=["mailtui", "mu", "notmuch"])
    main(parser.parse_args())
