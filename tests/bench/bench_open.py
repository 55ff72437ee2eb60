"""Start to painted list, in a pseudo terminal of 140x40, for several mailbox sizes.

Beside it: a Textual program that paints one line (the floor of any Textual program), and mutt with a warm header cache
on a maildir with as many messages, sorted by date. Index synthetic (headers only), page cache warm, server not there.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

from tests.bench.harness import Table, arguments, have, workplace
from tests.bench.synthetic import MARK, build
from tests.bench.terminal import Terminal
from tests.support.processes import free_ports
from tests.support.profile import Profile

_HELLO = """
from textual.app import App, ComposeResult
from textual.widgets import Static
class Hello(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("ZebraMark")
Hello().run()
"""
_MUTT = (
    'set header_cache="{folder}/cache"\nset sort=reverse-date\nset folder="{folder}"\nset quit=yes\nset timeout=1\n'
    'set index_format="%4C %{{%b %d}} %-15.15L %s"\nset mail_check_stats=no\nset move=no\nset sleep_time=0\n'
)


def opening(argv: list[str], env: dict[str, str], rounds: int, *quit_keys: bytes) -> tuple[float, int]:
    """(median seconds to the mark, peak resident MiB right after it). One more run before warms the caches."""
    seconds, rss = [], 0
    for number in range(rounds + 1):
        with Terminal(argv, env=env) as terminal:
            taken = terminal.until(MARK.encode())
            rss = max(rss, terminal.rss())
            if number:
                seconds.append(taken)
            terminal.quit(*quit_keys)
    return statistics.median(seconds), rss // 1024


def profile_of(folder: Path, count: int) -> Profile:
    port = free_ports(1)[0]  # nobody listens: the account is offline
    profile = Profile(
        folder,
        f'[accounts.work]\nemail = "me@example.com"\noffline = "headers"\n[accounts.work.imap]\nhost = "127.0.0.1"\n'
        f'port = {port}\nsecurity = "none"\nuser = "me"\npassword_command = ["printf", "x"]\n',
    )
    if count:
        build(profile.store, "work", count)
    return profile


def mutt_box(folder: Path, count: int) -> list[str]:
    """A maildir of small messages, the newest marked, and mutt's command line for it."""
    for name in ("box/cur", "box/new", "box/tmp", "cache"):
        (folder / name).mkdir(parents=True)
    for number in range(count):
        subject = MARK if number == count - 1 else f"Message number {number} of many"
        date = f"{1 + number % 28} Jan {2000 + number * 20 // count} 10:00:00 +0000"
        if number == count - 1:
            date = "1 Feb 2024 10:00:00 +0000"
        (folder / f"box/cur/{number + 1000000000}.m.host:2,S").write_text(
            f"From: Person {number % 97} <p{number % 97}@example.com>\nTo: me@example.com\nSubject: {subject}\n"
            f"Date: {date}\nMessage-ID: <{number}@example.com>\n\nText.\n"
        )
    (folder / "rc").write_text(_MUTT.format(folder=folder))
    return ["mutt", "-n", "-R", "-F", str(folder / "rc"), "-f", str(folder / "box")]


def main(options: argparse.Namespace) -> None:
    table = Table("Start to painted list")
    with workplace(options.dir) as fresh:
        hello, rss = opening([sys.executable, "-c", _HELLO], {}, options.rounds, b"\x11")
        table.add("open, any size", "Textual hello", hello, "s", note=f"{rss} MiB")
        for count in options.sizes:
            what = f"open {count:,}"
            if count <= options.mutt_max and have("mutt"):
                seconds, rss = opening(mutt_box(fresh("mutt"), count), {}, options.rounds, b"q")
                table.add(what, "mutt, warm cache", seconds, "s", baseline=True, note=f"{rss} MiB")
            profile = profile_of(fresh("mailtui"), count)
            seconds, rss = opening(profile.argv(), profile.env, options.rounds, b"q", b"q")
            table.add(what, "mailtui", seconds, "s", note=f"{rss} MiB, {seconds / hello:.2f}x Textual hello")
    table.show(options.json)


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000], help="add 1000000 for the full run")
    parser.add_argument("--mutt-max", type=int, default=100_000, help="largest mailbox that mutt is asked to open")
    parser.add_argument("--rounds", type=int, default=5)
    main(parser.parse_args())
