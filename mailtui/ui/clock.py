"""The screen's clock, in one place so that tests can stop it."""

from __future__ import annotations

import time
from collections.abc import Callable

_source: Callable[[], float] = time.time


def now() -> float:
    """Seconds since 1970 UTC."""
    return _source()


def stop_at(moment: float | None) -> None:
    """For tests and pictures: the clock stands still; None lets it go again."""
    global _source
    _source = time.time if moment is None else (lambda: moment)
