from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailtui.model.ids import AccountId, IntentId, MailboxId, PlacementId
from mailtui.model.intents import PendingIntent, SetFlags
from mailtui.model.mail import NO_FLAGS, Flag, Flags
from mailtui.sync.compile import compile_pending

flags = st.builds(
    Flags, st.integers(0, 31), st.sets(st.sampled_from(["$Junk", "$Forwarded"])).map(lambda s: tuple(sorted(s)))
)
intents = st.lists(
    st.builds(
        SetFlags,
        st.lists(st.integers(1, 6).map(PlacementId), min_size=1, max_size=4, unique=True).map(tuple),
        flags,
        flags,
    ),
    max_size=8,
)


def locate(placement: PlacementId) -> tuple[MailboxId, int] | None:
    if placement == 6:
        return None  # gone from the server
    return MailboxId(placement % 2), placement * 10


@given(intents, st.dictionaries(st.integers(1, 5), flags, min_size=5, max_size=5))
def test_the_server_ends_where_replaying_every_intent_would(wanted: list[SetFlags], start: dict[int, Flags]) -> None:
    expected = dict(start)
    for intent in wanted:
        for placement in intent.placements:
            if placement in expected:
                expected[placement] = expected[placement].union(intent.add).without(intent.remove)
    server = {placement * 10: at for placement, at in start.items()}
    compiled = compile_pending(
        (PendingIntent(IntentId(n), intent, AccountId("a")) for n, intent in enumerate(wanted)), locate
    )
    for command in compiled.commands:
        for uid in command.uids:
            assert locate(PlacementId(uid // 10)) == (command.mailbox, uid)
            change = Flags.union if command.add else Flags.without
            server[uid] = change(server[uid], command.flags)
    assert server == {placement * 10: at for placement, at in expected.items()}
    assert compiled.intents == tuple(IntentId(n) for n in range(len(wanted)))


def test_a_thousand_reads_become_one_set() -> None:
    pending = [
        PendingIntent(IntentId(n), SetFlags((PlacementId(n),), Flags(Flag.SEEN)), AccountId("a"))
        for n in range(1, 1001)
    ]
    compiled = compile_pending(pending, lambda placement: (MailboxId(1), placement))
    assert len(compiled.commands) == 1
    assert compiled.commands[0].uids == tuple(range(1, 1001))
    assert compiled.commands[0].flags == Flags(Flag.SEEN)


def test_a_wish_taken_back_sends_only_the_last_word() -> None:
    seen = Flags(Flag.SEEN)
    pending = [
        PendingIntent(IntentId(1), SetFlags((PlacementId(1),), seen), AccountId("a")),
        PendingIntent(IntentId(2), SetFlags((PlacementId(1),), NO_FLAGS, seen), AccountId("a")),
    ]
    (command,) = compile_pending(pending, lambda placement: (MailboxId(1), 7)).commands
    assert (command.add, command.flags) == (False, seen)
