"""What `mailtui doctor` looks at on this computer: the store and the clock. Changes nothing."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from mailtui.cli import exits
from mailtui.cli.finding import Finding, fail, ok, warn

ENOUGH = 1 << 30
LEAST = 100 << 20
"""Bytes of free disk space: below ENOUGH a warning, below LEAST a failure."""
SLACK = 86400.0
"""Seconds by which a file may be newer than now before the clock is doubted."""


def check_store(store: str) -> Iterator[Finding]:
    """Folder, space, lock, index."""
    if not os.path.isdir(store):
        yield from _missing_store(store)
        return
    if not os.access(store, os.R_OK | os.W_OK | os.X_OK):
        yield fail("store", "permissions", f"{store} can't be written", f"run: chmod -R u+rwX {store}", exits.STORE)
        return
    mode = stat.S_IMODE(os.stat(store).st_mode)
    if mode & 0o077:
        yield warn("store", "permissions", f"others can look into {store} (mode {mode:04o})", f"run: chmod 700 {store}")
    else:
        yield ok("store", "permissions", f"{store} is yours alone")
    yield _space(store)
    yield _lock(os.path.join(store, "lock"))
    for name, mend in (
        ("index.sqlite", "`mailtui reindex` makes it anew from the mail"),
        ("fulltext.sqlite", "delete this file; `mailtui sync` makes it anew"),
    ):
        yield _database(os.path.join(store, name), name, mend)


def _missing_store(store: str) -> Iterator[Finding]:
    parent = store
    while not os.path.isdir(parent):
        parent = os.path.dirname(parent)
    if os.access(parent, os.W_OK | os.X_OK) and not os.path.lexists(store):
        yield ok("store", "folder", f"{store} is not there yet; the first `mailtui sync` makes it")
        yield _space(parent)
    else:
        yield fail(
            "store", "folder", f"{store} can't be made: {parent} can't be written", "set [general] store", exits.STORE
        )


def _space(folder: str) -> Finding:
    free = shutil.disk_usage(folder).free
    text = f"{free / (1 << 30):,.1f} GiB of disk space are free"
    if free < LEAST:
        return fail("store", "space", text, "free some space: no mail can be fetched", exits.STORE)
    return ok("store", "space", text) if free >= ENOUGH else warn("store", "space", text, "free some space soon")


def _lock(file: str) -> Finding:
    """Asks for the lock in a way that nobody who wants it for good is kept out for longer than an instant."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return ok("store", "lock", "no mailtui writes to the store")
    except OSError as error:
        return warn("store", "lock", f"can't read the lock: {error.strerror}", f"look at {file}")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.read(descriptor, 32).decode("ascii", "replace").strip()
        return ok("store", "lock", f"another mailtui writes to the store now (process {pid or 'unknown'})")
    finally:
        os.close(descriptor)
    return ok("store", "lock", "no mailtui writes to the store")


def _database(file: str, name: str, mend: str) -> Finding:
    if not os.path.exists(file):
        return ok("store", name, f"{name} is not there yet")
    try:
        with closing(sqlite3.connect(f"{Path(file).as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        return fail("store", name, f"{name} can't be read: {error}", mend, exits.STORE)
    if found != ("ok",):
        return fail("store", name, f"{name} is damaged", mend, exits.STORE)
    return ok("store", name, f"{name} is sound")


def check_clock(files: tuple[str, ...], now: float | None = None) -> Finding:
    """Nothing that we know of can have been written in the future."""
    now = time.time() if now is None else now
    shown = time.strftime("%Y-%m-%d %H:%M %Z", time.localtime(now))
    newest = max((os.stat(file).st_mtime for file in files if os.path.exists(file)), default=0.0)
    if newest > now + SLACK:
        fix = "set the clock (timedatectl set-ntp true): certificates and dates of mail depend on it"
        return warn("clock", "time", f"the clock says {shown}, but there are files from the future", fix)
    return ok("clock", "time", f"the clock says {shown}")
