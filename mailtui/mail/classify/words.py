"""Words of mail text for counting: bounded, case-folded, languages without blanks in pairs of characters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

MAX_WORDS = 4_000
"""Words read of one text; what comes behind them is not worth its time."""
LONGEST = 24
_SHORTEST = 3
# The three alternatives start with different characters, so nothing is tried twice.
_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{1,40}"
    r"|[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af][\w'’$.-]{0,400}"
    r"|[$€£¥][\d.,]{1,20}"
)
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_FIGURES = re.compile(r"[\d.,-]+%?")


def _money(word: str) -> str:
    """Amounts by their size: nobody is offered the same sum twice."""
    digits = sum(char.isdigit() for char in word.partition(".")[0])
    return f"{word[0]}{'#' * max(1, digits)}"


def words(text: str, most: int = MAX_WORDS) -> Iterator[str]:
    """Words worth counting, in order, at most `most`. Figures alone are left out."""
    left = most
    for match in _WORD.finditer(text):
        word = match[0].casefold().strip("'’.-")
        if not word:
            continue
        left -= 1
        if left < 0:
            return
        if word[0] in "$€£¥":
            yield _money(word)
        elif _WIDE.match(word):
            yield from (word[at : at + 2] for at in range(max(1, len(word) - 1)))
        elif len(word) > LONGEST:
            yield f"long:{word[0]}{len(word) // 10}"
        elif len(word) >= _SHORTEST and not _FIGURES.fullmatch(word):
            yield word


def pairs(found: Iterable[str]) -> Iterator[str]:
    """Each word with its next one, and with the one behind that (orthogonal sparse bigrams of a short window)."""
    before, last = "", ""
    for word in found:
        if last:
            yield f"{last} {word}"
        if before:
            yield f"{before} _ {word}"
        before, last = last, word
