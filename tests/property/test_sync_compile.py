from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailtui.model.ids import AccountId, IntentId, MailboxId, PlacementId
from mailtui.model.intents import Expunge, Intent, Move, PendingIntent, SetFlags, Upload
from mailtui.model.mail import NO_FLAGS, Flag, Flags
from mailtui.sync.compile import Append, Compiled, ExpungeUids, StoreFlags, Transfer, Where, compile_pending

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


def locate(placement: PlacementId) -> Where | None:
    if placement == 6:
        return None  # gone from the server
    return Where(MailboxId(placement % 2), placement * 10)


def stores(compiled: Compiled) -> list[StoreFlags]:
    found = [command for command in compiled.commands if isinstance(command, StoreFlags)]
    assert len(found) == len(compiled.commands)
    return found


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
    for command in stores(compiled):
        for uid in command.uids:
            assert locate(PlacementId(uid // 10)) == Where(command.mailbox, uid)
            change = Flags.union if command.add else Flags.without
            server[uid] = change(server[uid], command.flags)
    assert server == {placement * 10: at for placement, at in expected.items()}
    assert compiled.intents == tuple(IntentId(n) for n in range(len(wanted)))


def test_a_thousand_reads_become_one_set() -> None:
    pending = [
        PendingIntent(IntentId(n), SetFlags((PlacementId(n),), Flags(Flag.SEEN)), AccountId("a"))
        for n in range(1, 1001)
    ]
    compiled = compile_pending(pending, lambda placement: Where(MailboxId(1), placement))
    (command,) = stores(compiled)
    assert command.uids == tuple(range(1, 1001))
    assert command.flags == Flags(Flag.SEEN)


def test_a_wish_taken_back_sends_only_the_last_word() -> None:
    seen = Flags(Flag.SEEN)
    pending = [
        PendingIntent(IntentId(1), SetFlags((PlacementId(1),), seen), AccountId("a")),
        PendingIntent(IntentId(2), SetFlags((PlacementId(1),), NO_FLAGS, seen), AccountId("a")),
    ]
    (command,) = stores(compile_pending(pending, lambda placement: Where(MailboxId(1), 7)))
    assert (command.add, command.flags) == (False, seen)


# -- where messages lie

PLACES = st.integers(1, 3).map(MailboxId)
PLACING = st.one_of(
    st.builds(Move, st.lists(st.integers(1, 5).map(PlacementId), min_size=1, unique=True).map(tuple), PLACES),
    st.builds(Expunge, st.lists(st.integers(1, 5).map(PlacementId), min_size=1, unique=True).map(tuple)),
    st.builds(SetFlags, st.lists(st.integers(1, 5).map(PlacementId), min_size=1, unique=True).map(tuple), flags, flags),
)


@given(st.lists(PLACING, max_size=8), st.dictionaries(st.integers(1, 5), PLACES, min_size=5, max_size=5))
def test_every_message_ends_where_the_last_wish_put_it(
    wanted: list[Move | Expunge | SetFlags], start: dict[int, MailboxId]
) -> None:
    expected: dict[int, MailboxId | None] = dict(start)
    for intent in wanted:
        for placement in intent.placements:
            if isinstance(intent, Move):
                assert isinstance(intent.to, int)
                expected[placement] = intent.to
            elif isinstance(intent, Expunge):
                expected[placement] = None
    server: dict[int, MailboxId | None] = dict(start)
    compiled = compile_pending(
        (PendingIntent(IntentId(n), intent, AccountId("a")) for n, intent in enumerate(wanted)),
        lambda placement: Where(start[placement], placement * 10),
    )
    moved: set[int] = set()
    for command in compiled.commands:
        match command:
            case Transfer(source, to, items, move):
                assert move
                for placement, uid in items:
                    assert (server[placement], uid) == (source, placement * 10)
                    assert placement not in moved, "a message is moved once, wherever it was sent in between"
                    moved.add(placement)
                    server[placement] = to
            case ExpungeUids(mailbox, uids):
                for uid in uids:
                    assert server[uid // 10] == mailbox
                    server[uid // 10] = None
            case StoreFlags(mailbox, uids):
                assert all(server[uid // 10] == mailbox for uid in uids), "flags go out before the message leaves"
            case _:
                raise AssertionError(command)
    assert server == expected


def pending(*intents: Intent, created: float = 0.0) -> list[PendingIntent]:
    return [PendingIntent(IntentId(n), intent, AccountId("a"), created) for n, intent in enumerate(intents, 1)]


def test_a_copy_goes_out_before_its_original_leaves() -> None:
    one, copy = PlacementId(1), PlacementId(2)
    places = {one: Where(MailboxId(1), 10), copy: Where(MailboxId(2), None, body=True)}
    compiled = compile_pending(pending(Move((one,), MailboxId(3)), Upload((copy,), (one,))), places.get)
    assert compiled.commands == (
        Transfer(MailboxId(1), MailboxId(2), ((copy, 10),), move=False),
        Transfer(MailboxId(1), MailboxId(3), ((one, 10),), move=True),
    )


def test_a_copy_whose_original_is_gone_is_appended_with_what_is_seen() -> None:
    one, copy = PlacementId(1), PlacementId(2)
    places = {copy: Where(MailboxId(2), None, Flags(int(Flag.SEEN)), body=True)}
    lines = pending(Upload((copy,), (one,)), SetFlags((copy,), Flags(int(Flag.FLAGGED))))
    compiled = compile_pending(lines, places.get)
    assert compiled.commands == (Append(copy, MailboxId(2), Flags(Flag.SEEN | Flag.FLAGGED)),)
    assert len(compiled.intents) == 2


def test_what_is_nowhere_is_said_to_be_impossible() -> None:
    (copy,) = (PlacementId(2),)
    compiled = compile_pending(pending(Upload((copy,))), lambda _: Where(MailboxId(2), None))
    assert compiled.impossible == (copy,)


def test_lost_mail_waits_for_a_complete_look_before_it_goes_up_again() -> None:
    lines = pending(Upload((PlacementId(1),), lost=True), created=100.0)
    where = Where(MailboxId(2), None, body=True)
    assert compile_pending(lines, lambda _: where, swept=99.0).intents == ()
    assert compile_pending(lines, lambda _: where, swept=101.0).commands == (
        Append(PlacementId(1), MailboxId(2), NO_FLAGS),
    )


def test_a_row_without_a_uid_waits_until_its_mailbox_was_read() -> None:
    lines = pending(Move((PlacementId(1),), MailboxId(3)))
    compiled = compile_pending(lines, lambda _: Where(MailboxId(2), None, body=True))
    assert (compiled.commands, compiled.intents, compiled.unknown) == ((), (), (MailboxId(2),))


def test_flags_of_what_left_the_server_wait_until_it_is_known_not_to_be_elsewhere() -> None:
    lines = pending(SetFlags((PlacementId(1),), Flags(int(Flag.SEEN))))
    gone = Where(MailboxId(2), None, gone=50.0)
    assert compile_pending(lines, lambda _: gone, swept=40.0).intents == ()
    assert compile_pending(lines, lambda _: gone, swept=60.0).intents == (IntentId(1),)
