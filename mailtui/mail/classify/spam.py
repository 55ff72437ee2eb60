"""Whether a message is spam, learned from what the person called spam.

Two opinions are averaged, because they err on different mail: Robinson's chi-square combining (Fisher's method) of the
tokens that say most, done apart for four views of a message, so that a common word more or less can't outvote the way
that it came; and the weights of `weights`, which were fitted to the same messages.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mailtui.mail.classify import habits
from mailtui.mail.classify.habits import PRIORS
from mailtui.mail.classify.weights import WEIGHED, opinion
from mailtui.mail.sanitize import safe_line

STRENGTH = 0.45
"""Weight of the assumption that an unseen token says nothing (Robinson's s), in messages."""
NEUTRAL = 0.5
SPAM = 0.48
"""Score from which a message is called spam when PLENTY of each sort was taught."""
CAUTION = 0.12
"""What the score must have more when next to nothing was taught; less with every message."""
PLENTY = 100
HAM = 0.4
"""Score up to which it surely is none."""
FEWEST = 8
"""Messages of each sort that must have been learned before anything is called spam."""
_DOUBT = 2
"""Clues that a view needs to be believed by half."""
_SMALLEST = 1e-9

Counts = Mapping[str, tuple[int, int]]
"""By token: in how many (spam, ham) messages it was."""


@dataclass(frozen=True, slots=True)
class View:
    """A kind of clues that is combined by itself: those at least `far` from neutral, `most` at most."""

    far: float
    most: int
    weight: float


VIEWS = {
    "words": View(0.2, 40, 1.0),
    "pairs": View(0.3, 30, 0.5),
    "habits": View(0.1, 30, 1.0),
    "marks": View(0.1, 40, 1.0),
}
"""Together at most 140 tokens."""
_VIEW_OF = {"word": "words", "subject": "words", "pair": "pairs", "habit": "habits"}


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned: totals, and look-ups for many tokens at once."""

    spam: int
    ham: int
    counts: Callable[[Sequence[str]], Counts]
    weights: Callable[[Sequence[str]], Mapping[str, float]] | None = None
    """None: nothing fitted yet."""

    @property
    def bar(self) -> float:
        """The score from which a message is spam: the less was learned, the more it takes."""
        return SPAM + CAUTION * max(0.0, 1.0 - min(self.spam, self.ham) / PLENTY)

    @property
    def enough(self) -> bool:
        return min(self.spam, self.ham) >= FEWEST


@dataclass(frozen=True, slots=True)
class Clue:
    """A token and the probability (0..1) of spam that it stands for."""

    token: str
    probability: float


@dataclass(frozen=True, slots=True)
class Opinion:
    """`score`: 0 (ham) to 1 (spam). `clues`: strongest first, of all views."""

    score: float
    clues: tuple[Clue, ...]
    bar: float = SPAM + CAUTION

    @property
    def word(self) -> str:
        """spam, unsure or ham."""
        return "spam" if self.score >= self.bar else "ham" if self.score <= HAM else "unsure"


NOTHING_LEARNED = Learned(0, 0, lambda _: {})


def probability(
    seen: tuple[int, int], totals: tuple[int, int], prior: float = NEUTRAL, strength: float = STRENGTH
) -> float:
    """Of a message being spam that has a token seen in `seen` of `totals` (spam, ham) messages."""
    bad, good = seen[0] / max(1, totals[0]), seen[1] / max(1, totals[1])
    raw = bad / (bad + good) if bad + good > 0 else prior
    count = max(0, seen[0]) + max(0, seen[1])
    chance = (strength * prior + count * raw) / (strength + count)
    return min(max(chance, _SMALLEST), 1.0 - _SMALLEST)


def chi_square(half_value: float, half: int) -> float:
    """Probability that chi-square with 2 * `half` degrees of freedom is at least 2 * `half_value`."""
    term = total = math.exp(-min(half_value, 700.0))
    for step in range(1, half):
        term *= half_value / step
        total += term
    return min(total, 1.0)


def combine(chances: Sequence[float]) -> float:
    """0 (ham) to 1 (spam); 0.5 says that the clues contradict each other or that there are none."""
    if not chances:
        return NEUTRAL
    spam = chi_square(-math.fsum(math.log(1.0 - one) for one in chances), len(chances))
    ham = chi_square(-math.fsum(math.log(one) for one in chances), len(chances))
    return (1.0 + ham - spam) / 2.0


def _clues(tokens: Sequence[str], learned: Learned) -> dict[str, list[Clue]]:
    """By view, strongest first."""
    found: dict[str, list[Clue]] = {view: [] for view in VIEWS}
    counts, totals = learned.counts(tokens), (learned.spam, learned.ham)
    for token in tokens:
        seen, prior = counts.get(token), PRIORS.get(token)
        if prior is not None:
            chance = probability(seen or (0, 0), totals, prior, habits.STRENGTH)
        elif seen is not None:
            chance = probability(seen, totals)
        else:
            continue
        view = _VIEW_OF.get(token.partition(":")[0], "marks")
        if abs(chance - NEUTRAL) >= VIEWS[view].far:
            found[view].append(Clue(token, chance))
    for view, clues in found.items():
        clues.sort(key=lambda clue: (-abs(clue.probability - NEUTRAL), clue.token))
        del clues[VIEWS[view].most :]
    return found


def judge(tokens: Sequence[str], learned: Learned) -> Opinion:
    """The opinion about a message of these tokens. Never raises."""
    found = _clues(tokens, learned)
    total = 0.0
    for name, view in VIEWS.items():
        clues = found[name]
        doubt = len(clues) / (len(clues) + _DOUBT)
        total += view.weight * (NEUTRAL + doubt * (combine([clue.probability for clue in clues]) - NEUTRAL))
    score = total / sum(view.weight for view in VIEWS.values())
    if learned.weights is not None:
        score += WEIGHED * (opinion(tokens, learned.weights(tokens)) - score)
    clues = sorted(
        (clue for view in found.values() for clue in view), key=lambda c: (-abs(c.probability - NEUTRAL), c.token)
    )
    return Opinion(score, tuple(clues), learned.bar)


_SAID = {
    "word": "",
    "subject": "",
    "pair": "",
    "habit": "",
    "link": "links to ",
    "from": "from ",
    "reply": "answers to ",
}


def reasons(opinion: Opinion, most: int = 5) -> str:
    """The strongest reasons for what is thought, in one line that is safe for a terminal."""
    wanted = opinion.score >= NEUTRAL
    clues = [clue for clue in opinion.clues if (clue.probability > NEUTRAL) == wanted]
    words = [clue for clue in clues if clue.token.startswith(("word:", "subject:"))][:3]
    texts = []
    if words:
        texts.append("words: " + ", ".join(dict.fromkeys(clue.token.partition(":")[2] for clue in words)))
    for clue in clues:
        kind, _, rest = clue.token.partition(":")
        if kind in {"habit", "odd", "way", "server"}:
            texts.append(rest)
        elif kind in {"link", "from"}:
            texts.append(_SAID[kind] + rest.removeprefix("@"))
        elif kind == "field":
            texts.append(f"has {rest}")
        if len(texts) >= most:
            break
    return safe_line("; ".join(dict.fromkeys(texts))[:200])
