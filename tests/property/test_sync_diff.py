from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from mailtui.model.facts import FlagsAt
from mailtui.model.mail import Flags
from mailtui.sync.diff import Comparison, ranges

flags = st.builds(Flags, st.integers(0, 31), st.sampled_from([(), ("$Junk",)]))
listing = st.dictionaries(st.integers(1, 60), flags, max_size=40)


@given(base=listing, server=listing, shuffle=st.randoms(use_true_random=False), twice=st.booleans())
def test_comparison_equals_the_set_oracle_in_any_order(
    base: dict[int, Flags], server: dict[int, Flags], shuffle: object, twice: bool
) -> None:
    order = sorted(server)
    shuffle.shuffle(order)  # type: ignore[attr-defined]
    comparison = Comparison(sorted(base.items()))
    for uid in order:
        comparison.feed(uid, server[uid])
        if twice:
            comparison.feed(uid, server[uid])
    found = comparison.finish()
    assert {at.uid: at.flags for at in found.changed} == {
        uid: server[uid] for uid in base.keys() & server.keys() if base[uid] != server[uid]
    }
    gone = {uid for low, high in found.vanished for uid in range(low, high + 1)}
    assert gone == base.keys() - server.keys()
    assert set(found.unknown) >= server.keys() - base.keys()
    if not twice or order == sorted(order):
        assert set(found.unknown) == server.keys() - base.keys()


def test_changes_carry_what_the_server_said() -> None:
    comparison = Comparison([(5, Flags(0))])
    comparison.feed(5, Flags(1), modseq=9)
    assert comparison.finish().changed == (FlagsAt(5, Flags(1), 9),)


@given(st.sets(st.integers(1, 200)))
def test_ranges_round_trip(uids: set[int]) -> None:
    found = ranges(sorted(uids))
    assert [uid for low, high in found for uid in range(low, high + 1)] == sorted(uids)
    assert all(second[0] > first[1] + 1 for first, second in itertools.pairwise(found))
