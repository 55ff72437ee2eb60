"""Keys that are pressed in a terminal, counted: what `tests/support/everyday.py` is written in."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tests.support.tmux import Screen


@dataclass(frozen=True, slots=True)
class Typed:
    """Text: every character of it is a keystroke."""

    text: str


@dataclass(frozen=True, slots=True)
class Seen:
    """No keystroke: a person looks until all of these are on the screen, then goes on."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gone:
    """No keystroke: until this is no longer on the screen."""

    text: str


Step: TypeAlias = str | Typed | Seen | Gone
"""A `str` is one key by tmux's name for it (`Enter`, `C-s`, `j`)."""
Steps: TypeAlias = tuple[Step, ...]


def seen(*texts: str) -> Seen:
    return Seen(texts)


def keystrokes(steps: Sequence[Step]) -> int:
    return sum(len(step.text) if isinstance(step, Typed) else isinstance(step, str) for step in steps)


def written(steps: Sequence[Step]) -> str:
    """The keys as a person would note them down: `/ "arrived" Enter`."""
    words = (f'"{step.text}"' if isinstance(step, Typed) else step for step in steps if isinstance(step, str | Typed))
    return " ".join(words)


def play(screen: Screen, steps: Sequence[Step], *, pause: float = 0.0, seconds: float = 20.0) -> int:
    """Press them all; returns how many keys were sent. `pause`: seconds after each key, for programs that drop what
    comes before they are ready. AssertionError with the screen when something does not show within `seconds`."""
    sent = 0
    for step in steps:
        match step:
            case Seen():
                screen.wait_for(*step.texts, seconds=seconds)
            case Gone():
                screen.wait_gone(step.text, seconds=seconds)
            case Typed():
                for character in step.text:  # one by one, as it is typed: a paste is another thing
                    screen.type(character)
                    time.sleep(pause)
                    sent += 1
            case _:
                time.sleep(5 * pause if step == "Tab" else 0)  # completions are looked up first
                screen.keys(step)
                time.sleep(pause)
                sent += 1
    return sent
