"""Runs a program under strace: counts its system calls, kills it or makes one call fail at a chosen place."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.processes import need

MUTATING = (
    "open", "openat", "creat", "write", "pwrite64", "writev", "pwritev", "rename", "renameat", "renameat2", "link",
    "linkat", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir", "ftruncate", "truncate", "fsync", "fdatasync",
    "sync_file_range", "syncfs", "utimensat", "fallocate", "flock", "fchmod", "chmod",
)  # fmt: skip
"""System calls by which a program changes files, and those that make the changes last."""

_CALL = re.compile(r"^(\d+) +(?:\d+\.\d+ )?([a-z0-9_]+)\(")


@dataclass(frozen=True, slots=True)
class Fault:
    """At the `when`-th call of `syscall` (each thread counts by itself): a signal, or an error instead of the call."""

    syscall: str
    when: int
    error: str | None = None
    """ENOSPC, EIO, EDQUOT ...; None: SIGKILL before the call."""
    onwards: bool = False
    """Every later call fails too (a disk that stays full)."""

    def option(self) -> str:
        what = f"error={self.error}" if self.error else "signal=KILL"
        return f"inject={self.syscall}:{what}:when={self.when}{'+' if self.onwards else ''}"


@dataclass(frozen=True, slots=True)
class Run:
    code: int
    """Exit code; negative signal number if killed."""
    out: str
    err: str

    @property
    def killed(self) -> bool:
        return self.code in (-9, 137)


def run(
    argv: Sequence[str], fault: Fault | None, *, env: Mapping[str, str] | None = None, timeout: float = 120.0
) -> Run:
    """Runs `argv` with all its threads and children under strace with the fault armed."""
    prefix: list[str] = []
    if fault is not None:
        prefix = [need("strace", "strace"), "-f", "-qq", "-o", "/dev/null", "-e", f"trace={fault.syscall}"]
        prefix += ["-e", fault.option(), "--"]
    return _finish([*prefix, *argv], env, timeout)


def count_calls(
    argv: Sequence[str],
    *,
    calls: Sequence[str] = MUTATING,
    env: Mapping[str, str] | None = None,
    timeout: float = 120.0,
) -> tuple[Run, Counter[str]]:
    """One run without faults; and for each call name its highest count in any one thread: the range of `Fault.when`."""
    run_, lines = trace(argv, calls=calls, env=env, timeout=timeout)
    threads: Counter[tuple[str, str]] = Counter()
    for line in lines:
        if match := _CALL.match(line):
            threads[match[1], match[2]] += 1
    highest: Counter[str] = Counter()
    for (_, name), count in threads.items():
        highest[name] = max(highest[name], count)
    return run_, highest


def trace(
    argv: Sequence[str],
    *,
    calls: Sequence[str] = MUTATING,
    env: Mapping[str, str] | None = None,
    timeout: float = 120.0,
) -> tuple[Run, list[str]]:
    """One run without faults and its log, one call a line: `PID TIME name(arguments) = result`."""
    with tempfile.TemporaryDirectory(prefix="mailtui-strace-") as folder:
        log = Path(folder, "log")
        # "?name": a call that this architecture does not have is no mistake
        names = ",".join(f"?{name}" for name in calls)
        argv = [
            need("strace", "strace"),
            "-f",
            "-qq",
            "-ttt",
            "-y",
            "-s",
            "200",
            "-o",
            str(log),
            "-e",
            f"trace={names}",
            *argv,
        ]
        done = _finish(argv, env, timeout)
        return done, log.read_text(errors="replace").splitlines()


def _finish(argv: Sequence[str], env: Mapping[str, str] | None, timeout: float) -> Run:
    done = subprocess.run(
        argv,
        env={**os.environ, **(env or {})},
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=timeout,
        check=False,
    )
    return Run(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))
