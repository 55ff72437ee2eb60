"""Weights of tokens fitted to taught messages: logistic regression by stochastic gradient descent with a step of its
own per token (AdaGrad). It starts from the priors of `habits`. The same messages in the same order give the same
weights, so that what is unlearned leaves no trace."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from mailtui.mail.classify.habits import PRIORS

WEIGHED = 0.4
"""Share of this opinion in the whole."""
BIAS = "bias"
MOST = 800
"""Taught messages that are fitted: the newest ones."""
_ROUNDS = 25
_STEP = 0.3
_SCALE = 3.0
_CLEAR = 0.02
_SLOPE = 0.7
_DOUBT = 6
"""Known tokens without which the opinion is worth half."""

Example = tuple[Sequence[str], bool]
"""Tokens of a message, and whether it is spam."""


def _logistic(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, value))))


def weighable(token: str) -> bool:
    """Whether a token has a weight. Pairs are too many to be fitted to few messages."""
    return not token.startswith("pair:")


def _orders(count: int) -> list[list[int]]:
    """A different order of the messages for every round, the same ones at every fit."""
    orders = []
    state = 12_345
    for _ in range(_ROUNDS):
        order = list(range(count))
        for at in range(count - 1, 0, -1):
            state = (state * 1_103_515_245 + 12_345) & 0x7FFFFFFF
            other = (state >> 8) % (at + 1)
            order[at], order[other] = order[other], order[at]
        orders.append(order)
    return orders


def fit(examples: Sequence[Example]) -> dict[str, float]:
    """Weights of the tokens that are in two messages or have a prior. About a millisecond per message and round."""
    examples = examples[-MOST:]
    often = Counter(token for tokens, _ in examples for token in set(tokens) if weighable(token))
    weights = {token: math.log(chance / (1.0 - chance)) for token, chance in PRIORS.items()}
    rows = []
    for tokens, spam in examples:
        kept = [token for token in tokens if often[token] >= 2 or token in PRIORS]
        rows.append((kept, _SCALE / math.sqrt(max(1, len(kept))), 1.0 if spam else 0.0))
        weights.update((token, 0.0) for token in kept if token not in weights)
    steps = dict.fromkeys(weights, 0.0)
    bias = 0.0
    for order in _orders(len(rows)):
        for at in order:
            kept, scale, wanted = rows[at]
            off = wanted - _logistic(bias + scale * math.fsum(weights[token] for token in kept))
            if abs(off) < _CLEAR:
                continue
            bias += _STEP * off * 0.1
            pull = off * scale
            for token in kept:
                steps[token] += pull * pull
                weights[token] += _STEP * pull / (math.sqrt(steps[token]) + 0.1)
    weights[BIAS] = bias
    return weights


def opinion(tokens: Sequence[str], weights: Mapping[str, float]) -> float:
    """0 (ham) to 1 (spam); `weights` need hold those of these tokens only, and of BIAS."""
    known = [weights[token] for token in tokens if token in weights]
    value = weights.get(BIAS, 0.0) + _SCALE * math.fsum(known) / math.sqrt(max(1, len(known)))
    return 0.5 + (_logistic(_SLOPE * value) - 0.5) * len(known) / (len(known) + _DOUBT)
