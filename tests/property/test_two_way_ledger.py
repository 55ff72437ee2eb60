"""A ledger of everything: a person acts, undoes, synchronises over a bad line, crashes; other clients act too. In the
end both sides show the same, no mail is lost or doubled, and every action landed or was overtaken by a later one.

`MAILTUI_LEDGER_RUNS=2000 MAILTUI_LEDGER_STEPS=40` for a long run; the store lies on a RAM disk where there is one.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

from tests.support.two_way import TwoWay

RUNS = int(os.environ.get("MAILTUI_LEDGER_RUNS", "25"))
STEPS = int(os.environ.get("MAILTUI_LEDGER_STEPS", "25"))

TestTwoWay = TwoWay.TestCase
TestTwoWay.settings = settings(
    max_examples=RUNS,
    stateful_step_count=STEPS,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a run takes half a second: shrinking would take an hour
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
