"""A first fetch of a POP3 maildrop, and a visit that finds nothing new: mailtui, mpop and getmail6 against one Dovecot.

mailtui's figure ends when all mail is durable and listed (`synced`); the full-text index is filled after that.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.bench.harness import Table, arguments, have, median, timed, workplace
from tests.support.corpus import Corpus
from tests.support.dovecot import Dovecot
from tests.support.profile import Profile

NOBODY = 65534
_MPOP = """
defaults
tls off
pipelining on
uidls_file {folder}/uidls
account a
host 127.0.0.1
port {port}
user {user}
passwordeval printf secret
auth user
delivery maildir {folder}/box
keep on
account default : a
"""
_GETMAIL = """
[retriever]
type = SimplePOP3Retriever
server = 127.0.0.1
port = {port}
username = {user}
password = secret
timeout = 3600
[destination]
type = Maildir
path = {folder}/box/
[options]
read_all = false
verbose = 0
"""


def mailtui(folder: Path, server: Dovecot, user: str) -> list[str]:
    profile = Profile(
        folder,
        f'[accounts.work]\nemail = "me@example.com"\n[accounts.work.pop3]\nhost = "127.0.0.1"\n'
        f'port = {server.pop3_port}\nsecurity = "none"\nuser = "{user}"\npassword_command = ["printf", "secret"]\n',
    )
    return ["env", *(f"{key}={value}" for key, value in profile.env.items()), *profile.argv("sync", "--json")]


def mpop(folder: Path, server: Dovecot, user: str) -> list[str]:
    _box(folder)
    config = folder / "mpoprc"
    config.write_text(_MPOP.format(folder=folder, port=server.pop3_port, user=user))
    config.chmod(0o600)
    return ["mpop", "-q", "-C", str(config)]


def getmail(folder: Path, server: Dovecot, user: str) -> list[str]:
    _box(folder)
    (folder / "getmailrc").write_text(_GETMAIL.format(folder=folder, port=server.pop3_port, user=user))
    argv = ["timeout", "1200", "getmail", "--getmaildir", str(folder), "--rcfile", "getmailrc"]
    if os.geteuid() != 0:
        return argv
    for path in (folder, *folder.rglob("*")):  # it delivers nothing as root
        os.chown(path, NOBODY, NOBODY)
    folder.parent.chmod(0o711)
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *argv]


def _box(folder: Path) -> None:
    for name in ("cur", "new", "tmp"):
        (folder / "box" / name).mkdir(parents=True)


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="messages (default 10000)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without", action="append", default=[], help="a program that is not to run")
    args = parser.parse_args()
    programs = [("mpop", mpop), ("mailtui", mailtui), ("getmail", getmail)]
    programs = [one for one in programs if one[0] not in args.without and (one[0] == "mailtui" or have(one[0]))]
    table = Table(f"POP3, {args.count:,} messages")
    server = Dovecot()
    server.pop3 = True
    server.start()
    try:
        server.seed("bench", Corpus(args.count))
        with workplace(args.dir) as fresh:
            timed(["env", *_reader(server)])  # the server's own first look, for nobody's account
            for name, program in programs:
                try:
                    _measure(table, name, partial(program, server=server, user="bench"), fresh, args)
                except RuntimeError as error:  # getmail6 was seen to wait for ever for a child that had ended
                    print(f"  {name} gave up: {str(error)[-300:]}", file=sys.stderr)
    finally:
        server.remove()
    table.show(args.json)
    return 0


def _measure(
    table: Table,
    name: str,
    program: Callable[[Path], list[str]],
    fresh: Callable[[str], Path],
    args: argparse.Namespace,
) -> None:
    """Raises RuntimeError if the program fails."""
    first, again = [], []
    for _ in range(1 if name == "getmail" else args.rounds):  # it takes minutes
        argv = program(fresh(name))
        marks = {"synced": '"synced"'} if name == "mailtui" else None
        first.append(timed(argv, marks=marks))
        again.append(timed(argv, marks=marks))
    for what, costs in (("first fetch", first), ("nothing new", again)):
        cost = median(costs)
        wall = cost.marks.get("synced", cost.wall)
        table.add(what, name, wall, "s", baseline=name == "mpop", note=f"cpu {cost.cpu:.2f} s")


def _reader(server: Dovecot) -> list[str]:
    """Python's own client lists the maildrop once, so that Dovecot has its index."""
    script = (
        f"import poplib; c = poplib.POP3('127.0.0.1', {server.pop3_port}); c.user('bench'); c.pass_('secret');"
        "c.uidl(); c.list(); c.quit()"
    )
    return [sys.executable, "-c", script]


if __name__ == "__main__":
    if shutil.which("setpriv") is None and os.geteuid() == 0:
        print("setpriv is missing: a killed bench leaves its server behind", file=sys.stderr)
    sys.exit(main())
