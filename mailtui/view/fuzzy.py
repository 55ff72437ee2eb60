"""Fuzzy matching of a few typed letters against names: every letter in order, better at word starts and in runs."""

from __future__ import annotations

from typing import NamedTuple


class Match(NamedTuple):
    """Higher scores are better; `places`: indices of the matched characters."""

    score: float
    places: tuple[int, ...]


def match(typed: str, name: str) -> Match | None:
    """None if the letters of `typed` (blanks apart) do not come in `name` in this order. Case does not matter."""
    wanted = "".join(typed.lower().split())
    low = name.lower()
    if len(low) != len(name):  # a letter whose lower case is longer
        low = name
    if not wanted:
        return Match(0.0, ())
    at = low.find(wanted)
    if at >= 0:
        return Match(3.0 * len(wanted) + _start_bonus(low, at) * 2 - len(low) / 100, tuple(range(at, at + len(wanted))))
    best: Match | None = None
    for start in [index for index, char in enumerate(low) if char == wanted[0]][:12]:
        found = _walk(wanted, low, start)
        if found and (best is None or found.score > best.score):
            best = found
    return best


def _walk(wanted: str, low: str, start: int) -> Match | None:
    places: list[int] = []
    score = -len(low) / 100
    at = start
    for char in wanted:
        place = _next_place(low, char, at)
        if place < 0:
            return None
        score += 1.0 + _start_bonus(low, place)
        if places and place == places[-1] + 1:
            score += 0.7
        places.append(place)
        at = place + 1
    return Match(score, tuple(places))


def _next_place(low: str, char: str, at: int) -> int:
    """The next such letter; the start of a word is preferred to one in the middle, a run to both."""
    first = low.find(char, at)
    if first <= at:
        return first
    place = first
    while place >= 0:
        if _start_bonus(low, place):
            return place
        place = low.find(char, place + 1)
    return first


def _start_bonus(low: str, place: int) -> float:
    return 1.0 if place == 0 or not low[place - 1].isalnum() else 0.0
