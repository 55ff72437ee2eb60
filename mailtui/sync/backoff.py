"""How long to wait before the next try: doubling from one second to five minutes, with full jitter."""

from __future__ import annotations

FIRST = 1.0
CAP = 300.0


def delay(attempt: int, chance: float) -> float:
    """Seconds to wait before try number `attempt` + 1. `attempt` counts failures in a row from 1; `chance` is a
    uniform number in [0, 1). At least a quarter of the step, so that jitter never means "at once" in a loop."""
    step = min(CAP, FIRST * 2.0 ** min(max(attempt, 1) - 1, 30))
    return step * (0.25 + 0.75 * chance)
