"""What a chaos run must come to: what was delivered, what anybody deleted for ever, and three views of one account."""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

from mailtui.model.mail import Flags
from mailtui.protocols.imap.seqset import parse_uids
from mailtui.store.reader import open_reader
from tests.support.second_client import SecondClient, digest

WIRE = {"Café & Co": "Caf&AOk- &- Co"}
"""Names that are written otherwise on the wire."""
STORES = 2

AT_ONCE = 0.5
"""Seconds."""
_COPIED = re.compile(rb"([0-9.]+) < \* OK \[COPYUID \d+ ([0-9:,]+) ")
_PLAIN_MOVE = re.compile(r"([0-9.]+) plain move .*\[([0-9, ]+)\]")

Seen = tuple[bytes, Flags]
View = dict[str, Counter[Seen]]
"""Folder -> (digest, flags) -> how often. Empty folders are there."""


def mail(number: int, chance: random.Random) -> bytes:
    """One in ten has no Message-ID; all differ."""
    own = "" if number % 10 == 7 else f"Message-ID: <{number}.chaos@example.org>\r\n"
    body = " ".join(f"{chance.getrandbits(40):x}" for _ in range(chance.randrange(3, 400)))
    return (
        f"From: Anna <anna@example.org>\r\nTo: me@example.org\r\nSubject: mail {number}\r\n{own}"
        f"Date: Tue, 14 Nov 2023 22:{number % 60:02}:00 +0000\r\n\r\nnumber {number}\r\n{body}\r\n"
    ).encode()


class Truth:
    """What was ever delivered, and what somebody asked to be deleted for ever. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.delivered: dict[bytes, int] = {}
        """Digest -> number of the mail."""
        self.doomed: Counter[bytes] = Counter()
        """Digest -> how many asked. It may be gone; undone, or moved by another at that moment, it may be there."""
        self.did: Counter[str] = Counter()
        self.notes: list[str] = []
        self.log: list[str] = []
        """Everything that was done, with the time in seconds since 1970."""
        self._number = 0

    def number(self) -> int:
        with self._lock:
            self._number += 1
            return self._number

    def arrived(self, raw: bytes, number: int) -> None:
        with self._lock:
            self.delivered[digest(raw)] = number

    def doom(self, digests: Sequence[bytes]) -> None:
        with self._lock:
            self.doomed.update(digests)

    def count(self, what: str, more: str = "") -> None:
        with self._lock:
            self.did[what] += 1
            self.log.append(f"{time.time():.3f} {what} {more}")

    def note(self, text: str) -> None:
        with self._lock:
            self.notes.append(f"{time.strftime('%H:%M:%S')} {text}")

    def judge(self, view: View, doubled: int = 0) -> list[str]:
        """Sentences about mail that is lost, that is there more than once, or that nobody delivered. `doubled`: so many
        copies may be there because the server made them (see `moved_by_two`).

        What one deletes for ever in the very moment in which both stores move it, each to a place of its own, both
        bring back: each person's wish counts, and IMAP has no way to tell the one store of the other's APPEND."""
        there: Counter[bytes] = Counter()
        where: dict[bytes, list[str]] = {}
        for folder, mails in view.items():
            for (key, _), times in mails.items():
                there[key] += times
                where.setdefault(key, []).extend([folder] * times)
        wrong = []
        several = []
        for key, number in self.delivered.items():
            name = f"mail {number}{' (deleted for ever by somebody)' if key in self.doomed else ''}"
            if not there[key] and key not in self.doomed:
                wrong.append(f"{name} is lost")
            most = STORES if key in self.doomed else 1
            if there[key] > most:
                several += [f"{name} is there {there[key]} times: {where[key]}"] * (there[key] - most)
        if len(several) > doubled:
            wrong += dict.fromkeys(several)
        return wrong + [f"nobody delivered {key.hex()} in {where[key]}" for key in there if key not in self.delivered]


def moved_by_two(folder: Path, log: Sequence[str]) -> int:
    """For how many messages the server told two clients, at the same moment, that it has moved the message for them
    (RFC 6851 wants it to happen once; Dovecot copies twice): each is there twice, and neither client did wrong.
    `folder`: where the `.wire` files are; `log`: the events."""
    moves = [
        (float(found[1]), wire.stem, _uids(found[2]))
        for wire in folder.glob("*.wire")
        for line in wire.read_bytes().splitlines()
        if (found := _COPIED.match(line))
    ]
    moves += [
        (float(said[1]), "plain", {int(uid) for uid in said[2].split(",")})
        for event in log
        if (said := _PLAIN_MOVE.match(event))
    ]
    pairs = combinations(moves, 2)
    return sum(len(a[2] & b[2]) for a, b in pairs if a[1] != b[1] and abs(a[0] - b[0]) < AT_ONCE)


def _uids(text: bytes) -> set[int]:
    return {uid for low, high in parse_uids(text) for uid in range(low, high + 1)}


def server_view(client: SecondClient) -> View:
    names = {wire: name for name, wire in WIRE.items()}
    view: View = {}
    for wire in client.mailboxes():
        digests, flags = client.digests(wire), client.flags(wire)
        view[names.get(wire, wire)] = Counter((key, Flags.of(flags[uid])) for uid, key in digests.items())
    return view


def store_view(root: Path) -> View:
    """As a reader of the index sees it, with the bytes of the maildir."""
    reader = open_reader(str(root))
    try:
        view: View = {}
        for box in reader.mailboxes():
            view[box.name] = Counter()
            for row in reader.page(box.id, limit=1_000_000):
                content = reader.content(row.placement)
                key = digest(Path(content.path).read_bytes()) if content is not None else b"no body"
                view[box.name][key, row.flags] += 1
        return view
    finally:
        reader.close()


def compare(name: str, one: View, two: View) -> list[str]:
    """How the second differs from the first."""
    wrong = [f"{name}: no folder {folder!r}" for folder in one.keys() - two.keys()]
    wrong += [f"{name}: folder {folder!r} is too many" for folder in two.keys() - one.keys()]
    for folder in one.keys() & two.keys():
        for what, rest in (("misses", one[folder] - two[folder]), ("has too many", two[folder] - one[folder])):
            wrong += [
                f"{name}: {folder} {what} {key.hex()[:8]} {' '.join(flags.names())}" for key, flags in rest.elements()
            ]
    return wrong
