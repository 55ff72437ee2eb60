from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtui.sync.backoff import CAP, delay


@given(st.integers(0, 10_000), st.floats(0, 1, exclude_max=True))
def test_never_a_spin_never_beyond_the_cap(attempt: int, chance: float) -> None:
    assert 0.25 <= delay(attempt, chance) <= CAP


def test_it_doubles() -> None:
    assert [delay(n, 0.999999) for n in (1, 2, 3, 4)] == [pytest.approx(step, rel=1e-3) for step in (1, 2, 4, 8)]
