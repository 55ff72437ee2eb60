"""Letters for the places of the screen that one can jump to: short ones, and none that another begins with."""

from __future__ import annotations

LETTERS = "fjdksla;ghrueiwoqptyvmcnxbz"
"""The home row first."""


def labels(number: int, letters: str = LETTERS) -> list[str]:
    """So many labels, as short as can be; letters that begin longer ones are the last."""
    longer = 0
    while len(letters) - longer + longer * len(letters) < number and longer < len(letters):
        longer += 1
    single = list(letters[: len(letters) - longer])
    double = [first + second for first in letters[len(letters) - longer :] for second in letters]
    return (single + double)[:number]
