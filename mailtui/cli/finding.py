"""What `mailtui doctor` finds: a sentence, how bad it is, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """`area`: config, store, clock, or an account. `status`: the exit code if this is the worst that was found."""

    area: str
    check: str
    level: Level
    text: str
    fix: str = ""
    status: int = 0


def ok(area: str, check: str, text: str) -> Finding:
    return Finding(area, check, Level.OK, text)


def warn(area: str, check: str, text: str, fix: str) -> Finding:
    return Finding(area, check, Level.WARN, text, fix)


def fail(area: str, check: str, text: str, fix: str, status: int) -> Finding:
    return Finding(area, check, Level.FAIL, text, fix, status)
