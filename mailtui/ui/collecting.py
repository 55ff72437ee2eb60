"""When Python looks for garbage: at quiet moments, not between a key and its frame.

Measured in the screen's process: a full collection over all that Textual and we hold takes 40 to 60 ms, every few
seconds, whatever the person is doing. What is there after the start stays until the end, so it is not looked through
again (gc.freeze), and what came later is collected when nobody presses a key.
"""

from __future__ import annotations

import gc

QUIET = 1.5
"""Seconds without a key after which a full collection may run."""
LOOK = 5.0
"""Seconds between two looks whether it may."""
PATIENCE = 60.0
"""Seconds without any quiet moment after which it runs all the same."""
NEVER = 100_000
"""Collections of the middle generation before Python starts a full one by itself: as good as never."""


class Collecting:
    """Times are seconds of one monotonic clock."""

    def __init__(self) -> None:
        self._before = gc.get_threshold()
        self._key = self._last = 0.0

    def settle(self, now: float) -> None:
        """What exists now is kept for good. Collecting begins, if the start was made without."""
        gc.freeze()
        gc.enable()
        young, middle, _ = self._before
        gc.set_threshold(young, middle, NEVER)
        self._last = now

    def key(self, now: float) -> None:
        """A key was pressed."""
        self._key = now

    def look(self, now: float) -> bool:
        """Collects if this is a quiet moment, or none has come for long. Whether it did."""
        if now - self._key < QUIET and now - self._last < PATIENCE:
            return False
        self._last = now
        gc.collect()
        return True

    def end(self) -> None:
        """As it was before."""
        gc.set_threshold(*self._before)
        gc.unfreeze()
