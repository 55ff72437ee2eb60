"""What becomes of a move whose answer is worked out while another connection reads on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailtui.model.facts import Attempt, Attempted, Carried, Road
from mailtui.model.intents import Deed, Move, Upload
from mailtui.store.requests import Submitted
from tests.support.store_bed import ACCOUNT, VALIDITY, Bed, bed, raw, remote


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Bed]:
    with bed(tmp_path) as made:
        made.apply(remote("INBOX", "Lists", "Trash"))
        made.fill(1, 2, 3)
        yield made


def test_news_of_where_it_went_outlives_the_word_that_it_is_lost(here: Bed) -> None:
    """The person moved it to the Trash, another client to Lists; one connection finds it nowhere and looks for it, the
    other one reads of both before that look is written down."""
    row = here.row(1)
    here.apply(Submitted(None, Deed("Deleted", (Move((row.placement,), here.box("Trash")),))))
    attempt = Attempt(1, ACCOUNT, Road.MOVE, here.box("Trash"), (row.placement,), here.box(), (1,), VALIDITY)
    here.apply(Attempted(ACCOUNT, attempt))
    here.apply(here.delta(vanished=[(1, 1)]))
    here.apply(here.delta(here.delivery(9, raw(1), box="Lists"), box="Lists"))
    assert here.store.base().where(row.placement).uid == 9  # type: ignore[union-attr]
    here.apply(Carried(ACCOUNT, attempt, VALIDITY, lost=(row.placement,)))
    where = here.store.base().where(row.placement)
    assert where is not None
    assert (where.mailbox, where.uid) == (here.box("Lists"), 9)
    (trashed,) = here.rows("Trash")
    assert trashed.word == row.word
    lasting = [line.intent for line in here.store.base().pending(ACCOUNT) if isinstance(line.intent, Move)]
    assert [intent.to for intent in lasting] == [here.box("Trash")]


def test_what_is_lost_where_it_was_goes_up_again(here: Bed) -> None:
    row = here.row(1)
    here.apply(Submitted(None, Deed("Deleted", (Move((row.placement,), here.box("Trash")),))))
    attempt = Attempt(1, ACCOUNT, Road.MOVE, here.box("Trash"), (row.placement,), here.box(), (1,), VALIDITY)
    here.apply(Attempted(ACCOUNT, attempt))
    here.apply(Carried(ACCOUNT, attempt, VALIDITY, lost=(row.placement,)))
    assert any(isinstance(line.intent, Upload) for line in here.store.base().pending(ACCOUNT))
    assert here.store.base().attempts(ACCOUNT) == ()
