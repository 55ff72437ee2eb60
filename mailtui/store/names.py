"""The journal of a maildrop's names: one small file per account, lines of JSON that are only added.

    {"account": name}                      first
    {"in": [[uidl, word, digest, size, fetched], ...], "n": number}    before the files of these get their names
    {"ok": number}                         after the index knows them
    {"out": [uidl, ...]}                   after the server no longer has them

A line that a crash cut short is passed over. A name without its "ok" counts only if the file with its word is there.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mailtui.store.maildir import sync_path, write_private

FILE = ".maildrop"
TAIL = 4096
SWOLLEN = 4 << 20
"""Bytes from which on a journal may hold more dead lines than living ones."""


@dataclass(frozen=True, slots=True)
class Name:
    uidl: str
    word: str
    digest: bytes
    size: int
    fetched: float
    """Seconds since 1970 UTC."""
    sure: bool = True

    @property
    def row(self) -> tuple[str, str, bytes, int, float]:
        return self.uidl, self.word, self.digest, self.size, self.fetched


def path_of(folder: str) -> str:
    """`folder`: the account's."""
    return os.path.join(folder, FILE)


def _line(fields: dict[str, object]) -> bytes:
    """It begins on a line of its own, whatever became of the one before."""
    return b"\n" + json.dumps(fields, separators=(",", ":")).encode("ascii") + b"\n"


def coming(account: str, found: Sequence[Name]) -> tuple[bytes, bytes]:
    """What to write before, and what after the commit."""
    number = secrets.randbits(53)
    rows = [[name.uidl, name.word, name.digest.hex(), name.size, name.fetched] for name in found]
    return _line({"account": account}) + _line({"in": rows, "n": number}), _line({"ok": number})


def leaving(uidls: Sequence[str]) -> bytes:
    return _line({"out": list(uidls)})


def append(path: str, data: bytes, *, lasting: bool) -> None:
    """`lasting`: on the disk when this returns. Raises OSError."""
    fresh = not os.path.exists(path)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while data:
            data = data[os.write(descriptor, data) :]
        if lasting:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if fresh and lasting:
        sync_path(os.path.dirname(path))


def find(top: str) -> Iterator[str]:
    """Journals of all accounts below `top`."""
    with contextlib.suppress(FileNotFoundError):
        for folder in sorted(os.listdir(top)):
            path = os.path.join(top, folder, FILE)
            if os.path.isfile(path):
                yield path


def settled(path: str) -> bool:
    """Whether the last line tells that nothing was under way."""
    with contextlib.suppress(OSError), open(path, "rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL))
        last = file.read().rstrip().rpartition(b"\n")[2]
        return last.startswith((b'{"ok":', b'{"out":')) and last.endswith(b"}")
    return False


def swollen(path: str) -> bool:
    with contextlib.suppress(OSError):
        return os.stat(path).st_size > SWOLLEN and _dead(path)
    return False


def _dead(path: str) -> bool:
    with open(path, "rb") as file:
        written = file.read().count(b"],[")
    return written > 4 * len(read(path)[1])


def read(path: str) -> tuple[str, dict[str, Name]]:
    """(account, names). What can't be understood is passed over."""
    account, found, batches = "", dict[str, Name](), dict[int, list[str]]()
    with open(path, encoding="ascii", errors="replace") as file:
        for line in file:
            with contextlib.suppress(ValueError, TypeError, AttributeError, KeyError):
                fields = json.loads(line)
                account = str(fields.get("account", account))
                rows = fields.get("in", [])
                for uidl, word, digest, size, fetched in rows:
                    found[uidl] = Name(uidl, word, bytes.fromhex(digest), int(size), float(fetched), False)
                if rows:
                    batches[fields["n"]] = [row[0] for row in rows]
                for uidl in batches.pop(fields.get("ok", -1), ()):
                    if uidl in found:
                        found[uidl] = replace(found[uidl], sure=True)
                for uidl in fields.get("out", ()):
                    found.pop(uidl, None)
    return account, found


def rewrite(path: str, account: str, found: Sequence[Name]) -> None:
    """Only what counts. Raises StoreError."""
    before, after = coming(account, found)
    write_private(path, before + after)
