"""Measuring children, fresh folders, tables with ratios."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Cost:
    """One run of a program."""

    wall: float
    """Seconds."""
    cpu: float
    """User + system seconds of the process and the children it waited for."""
    rss: int
    """Peak resident KiB."""
    code: int = 0
    marks: dict[str, float] = field(default_factory=dict)
    """Seconds from the start until something was seen in its output."""


def timed(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    marks: Mapping[str, str] | None = None,
    log: Path | None = None,
) -> Cost:
    """Runs to the end. `marks`: {name: text}; the first output line that holds the text sets the mark.
    Raises RuntimeError if the program fails."""
    start = time.perf_counter()
    process = subprocess.Popen(
        argv,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    seen: dict[str, float] = {}
    lines: list[bytes] = []
    with process.stdout as out:
        for line in out:
            lines = [*lines[-50:], line]
            for name, text in (marks or {}).items():
                if name not in seen and text.encode() in line:
                    seen[name] = time.perf_counter() - start
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    code = process.returncode = os.waitstatus_to_exitcode(status)
    if log is not None:
        log.write_bytes(b"".join(lines))
    if code:
        raise RuntimeError(f"{argv[0]} ended with {code}:\n{b''.join(lines).decode(errors='replace')}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, code, seen)


def median(costs: Sequence[Cost]) -> Cost:
    """Element by element."""
    marks = {name: statistics.median(cost.marks[name] for cost in costs) for name in costs[0].marks}
    middle = statistics.median
    return Cost(middle(c.wall for c in costs), middle(c.cpu for c in costs), max(c.rss for c in costs), 0, marks)


@contextmanager
def workplace(folder: str | None) -> Iterator[Callable[[str], Path]]:
    """A maker of fresh folders. None is deleted before the end: on ext4, deleting a maildir just before making one
    slows file creation up to eight times."""
    top = Path(tempfile.mkdtemp(prefix="mailtui-bench-", dir=folder))

    def fresh(name: str) -> Path:
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=top))

    try:
        yield fresh
    finally:
        shutil.rmtree(top, ignore_errors=True)


@dataclass(slots=True)
class Line:
    what: str
    who: str
    value: float
    unit: str
    ratio: float | None = None
    """To the baseline of the same measure in the same run."""
    note: str = ""


class Table:
    """Lines grouped by measure. The line marked as baseline is 1.00x of its measure."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.lines: list[Line] = []
        self._base: dict[tuple[str, str], float] = {}

    def add(self, what: str, who: str, value: float, unit: str, *, baseline: bool = False, note: str = "") -> None:
        if baseline:
            self._base[what, unit] = value
        self.lines.append(Line(what, who, value, unit, note=note))
        print(f"  measured: {what}, {who}: {value:.3f} {unit} {note}", file=sys.stderr, flush=True)

    def show(self, target: str | None) -> None:
        """Prints the table; writes JSON to `target` if given."""
        for line in self.lines:
            base = self._base.get((line.what, line.unit))
            line.ratio = line.value / base if base else None
        print(
            f"\n{self.title}  (Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f})"
        )
        width = max((len(line.what) for line in self.lines), default=0)
        for line in self.lines:
            ratio = "" if line.ratio is None else f"{line.ratio:8.3f}x"
            print(f"{line.what:<{width}}  {line.who:<22}{line.value:>14,.3f} {line.unit:<6}{ratio:>10}  {line.note}")
        if target:
            Path(target).write_text(json.dumps([asdict(line) for line in self.lines], indent=1, ensure_ascii=False))


def arguments(doc: str | None) -> argparse.ArgumentParser:
    """The options that every bench has."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", help="write the figures to FILE")
    parser.add_argument("--dir", metavar="FOLDER", help="work here instead of in the temp folder (same disk for all)")
    return parser


def have(program: str) -> bool:
    """Whether a program to compare with is here; says so if not."""
    if shutil.which(program):
        return True
    print(f"  {program} is not installed: left out", file=sys.stderr)
    return False
