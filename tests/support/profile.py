"""A throw-away mailtui profile: config, store and environment in one folder, the command line to run it, and its
ledger: what really lies in the maildir and in the index, read without mailtui's own code."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.second_client import digest
from tests.support.servers import MailServer
from tests.support.strace import Run

ROOT = Path(__file__).resolve().parents[2]
_NAME = re.compile(r",U=(\d+),V=(\d+):2,([A-Za-z]*)$")
_SYSTEM = {"S": "\\Seen", "R": "\\Answered", "F": "\\Flagged", "T": "\\Deleted", "D": "\\Draft", "P": "$Forwarded"}


@dataclass(slots=True)
class Ledger:
    """Everything whole that the store holds. Mailbox names as people read them."""

    digests: Counter[bytes] = field(default_factory=Counter)
    """Digest -> how many files (cur/ and new/) hold it."""
    uids: dict[str, dict[int, bytes]] = field(default_factory=dict)
    """Mailbox -> UID -> digest."""
    flags: dict[str, dict[int, frozenset[str]]] = field(default_factory=dict)
    """Mailbox -> UID -> system flags, from the file names."""
    size: int = 0
    """Bytes of all messages."""
    half: list[str] = field(default_factory=list)
    """Files in cur/ or new/ without a UID, and UIDs that two files claim."""
    tmp: int = 0
    """Files left in tmp/."""


class Profile:
    """`folder` gets config.toml, store/ and home/."""

    def __init__(self, folder: Path, tables: str, *, general: str = "") -> None:
        """`tables`: the account tables (`MailServer.account_toml`)."""
        self.folder = folder
        self.store = folder / "store"
        self.config = folder / "config.toml"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "home").mkdir(exist_ok=True)
        self.config.write_text(f'[general]\nstore = "{self.store}"\n{general}\n{tables}')
        self.config.chmod(0o600)

    @property
    def env(self) -> dict[str, str]:
        """What differs from this process's environment: no home, no coverage of others."""
        home = str(self.folder / "home")
        return {
            "HOME": home,
            "XDG_CONFIG_HOME": f"{home}/config",
            "XDG_DATA_HOME": f"{home}/data",
            "XDG_STATE_HOME": f"{home}/state",
            "XDG_CACHE_HOME": f"{home}/cache",
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "",
        }

    def argv(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "mailtui", "--config", str(self.config), *words]

    def run(self, *words: str, timeout: float = 120.0) -> Run:
        """`mailtui --config FILE WORDS...` to its end."""
        done = subprocess.run(
            self.argv(*words),
            env={**os.environ, **self.env},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
            check=False,
        )
        return Run(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """The same in the background; its output goes to `folder/out`."""
        with (self.folder / "out").open("ab") as out:
            return subprocess.Popen(
                self.argv(*words), env={**os.environ, **self.env}, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )

    def sync(self) -> Run:
        """`sync --once` that must work."""
        done = self.run("sync", "--once")
        assert done.code == 0, f"sync ended with {done.code}:\n{done.out}\n{done.err}"
        return done

    def ledger(self) -> Ledger:
        """Reads every file of the maildirs."""
        ledger = Ledger()
        for cur in sorted((self.store / "mail").rglob("cur")):
            if cur.parent.name != ".gone":  # safety copies
                self._read_mailbox(cur.parent, ledger)
        return ledger

    def _read_mailbox(self, folder: Path, ledger: Ledger) -> None:
        state = folder / ".mailtui.json"
        known = json.loads(state.read_text()) if state.exists() else {}
        name = str(known.get("name", folder.name))
        uids = ledger.uids.setdefault(name, {})
        flags = ledger.flags.setdefault(name, {})
        ledger.tmp += len(list((folder / "tmp").iterdir())) if (folder / "tmp").is_dir() else 0
        for path in [*folder.glob("cur/*"), *folder.glob("new/*")]:
            raw = path.read_bytes()
            ledger.digests[digest(raw)] += 1
            ledger.size += len(raw)
            match = _NAME.search(path.name)
            if match is None or int(match[1]) in uids:
                ledger.half.append(str(path))
                continue
            uids[int(match[1])] = digest(raw)
            flags[int(match[1])] = frozenset(_SYSTEM[letter] for letter in match[3] if letter in _SYSTEM)

    def index(self) -> sqlite3.Connection:
        """The index, read-only; close it."""
        return sqlite3.connect(f"file:{self.store}/index.sqlite?mode=ro", uri=True)

    def visible(self, mailbox: str = "INBOX") -> int:
        """Rows that a reader sees; 0 while there is no index yet."""
        try:
            with closing(self.index()) as base:
                query = "SELECT count(*) FROM placement p JOIN mailbox m ON m.id = p.mailbox WHERE m.name = ?"
                return int(base.execute(query, (mailbox,)).fetchone()[0])
        except sqlite3.Error:
            return 0


def differences(
    profile: Profile, server: MailServer, user: str, mailboxes: Mapping[str, str] | None = None
) -> list[str]:
    """How the store differs from the server: sentences; none if every message is there once, byte for byte, with its
    UID and flags, in the maildir and in the index alike. `mailboxes`: {name in the store: name on the wire}."""
    ledger = profile.ledger()
    wrong = [f"no UID of its own: {path}" for path in ledger.half]
    with server.client(user) as client:
        names = dict(mailboxes) if mailboxes is not None else {name: name for name in client.mailboxes()}
        for name, wire in names.items():
            digests = client.digests(wire)
            wrong += _compare(f"{name}: message", digests, ledger.uids.get(name, {}))
            known = set(_SYSTEM.values())
            flags = {uid: words & known for uid, words in client.flags(wire).items()}
            wrong += _compare(f"{name}: flags", flags, ledger.flags.get(name, {}))
            wrong += _check_index(profile, name, set(digests))
    extra = sum(len(uids) for name, uids in ledger.uids.items() if name not in names)
    if mailboxes is None and extra:
        wrong.append(f"{extra} files in mailboxes that the server does not have")
    return wrong


def _compare(what: str, server: Mapping[int, object], store: Mapping[int, object]) -> list[str]:
    wrong = [f"{what} {uid} is lost" for uid in sorted(server.keys() - store.keys())]
    wrong += [f"{what} {uid} is too many" for uid in sorted(store.keys() - server.keys())]
    return wrong + [
        f"{what} {uid} differs" for uid in sorted(server.keys() & store.keys()) if server[uid] != store[uid]
    ]


def _check_index(profile: Profile, name: str, uids: set[int]) -> list[str]:
    with closing(profile.index()) as base:
        wrong = [str(row[0]) for row in base.execute("PRAGMA integrity_check") if row[0] != "ok"]
        query = "SELECT p.uid, p.body, p.file FROM placement p JOIN mailbox m ON m.id = p.mailbox WHERE m.name = ?"
        rows = base.execute(query, (name,)).fetchall()
    listed = Counter(row[0] for row in rows)
    wrong += [f"{name}: row {uid} is there {count} times" for uid, count in listed.items() if count > 1]
    wrong += [f"{name}: row {uid} is lost" for uid in sorted(uids - listed.keys())]
    wrong += [f"{name}: row {uid} is too many" for uid in sorted(listed.keys() - uids)]
    return wrong + [f"{name}: row {uid} says that its body is not here" for uid, body, _ in rows if not body]


def wait_until(condition: object, seconds: float = 20.0, *, step: float = 0.05) -> bool:
    """Polls a callable; returns whether it came true in time."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(step)
    return bool(condition())
