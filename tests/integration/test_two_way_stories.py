"""Stories that once lost or doubled mail, found by the ledger's state machine and cut down to what matters."""

from __future__ import annotations

from typing import Any

import pytest

from mailtui.model.folder import Role
from tests.support.poor_server import How
from tests.support.two_way import TwoWay

Act = tuple[str, dict[str, Any]]

STORIES: dict[str, tuple[tuple[str, ...], list[Act]]] = {
    "moved by both, into a mailbox that was renumbered": (
        (),
        [
            ("phone_moves", {"seed": 47, "to": "Lists"}),
            ("server_renumbers", {"box": "Lists"}),
            ("by_role", {"seed": 7, "role": Role.TRASH}),
        ],
    ),
    "deleting for ever is undone after the mark and before the expunge": (
        (),
        [
            ("expunge", {"seed": 12}),
            ("crashes_while_it_syncs", {"command": "UID EXPUNGE", "how": How.CUT_BEFORE, "skip": 0}),
            ("undo", {"steps": 3}),
        ],
    ),
    "deleting for ever is undone while the mail is only marked": (
        ("MOVE", "UIDPLUS"),
        [
            ("expunge", {"seed": 12}),
            ("syncs_over_a_bad_line", {"command": "UID SEARCH", "how": How.CUT_AFTER, "skip": 0}),
            ("undo", {"steps": 2}),
        ],
    ),
    "deleted for ever before its new UID is known": (
        ("MOVE", "UIDPLUS"),
        [
            ("server_renumbers", {"box": "Archive"}),
            ("move", {"seed": 49, "many": 3, "to": "Archive"}),
            ("syncs_over_a_bad_line", {"command": "UID FETCH", "how": How.CUT_AFTER, "skip": 1}),
            ("expunge", {"seed": 23}),
            ("undo", {"steps": 1}),
        ],
    ),
    "a redo brings back what vanished and has turned up elsewhere, not yet seen": (
        ("MOVE",),
        [
            ("by_role", {"seed": 6, "role": Role.ARCHIVE}),
            ("arrives", {"box": "Lists"}),
            ("arrives", {"box": "Trash"}),
            ("phone_moves", {"seed": 38, "to": "Trash"}),
            ("undo", {"steps": 2}),
            ("crashes_while_it_syncs", {"command": "UID SEARCH", "how": How.CUT_AFTER, "skip": 0}),
            ("redo", {}),
        ],
    ),
    "the phone's move is seen where the mail came before it is missed where it was": (
        ("CONDSTORE", "MOVE", "UIDPLUS"),
        [
            ("move", {"seed": 27, "many": 3, "to": "Trash"}),
            ("syncs", {}),
            ("phone_moves", {"seed": 42, "to": "Archive"}),
            ("crashes_while_it_syncs", {"command": "SELECT", "how": How.CUT_AFTER, "skip": 3}),
            ("undo", {"steps": 1}),
        ],
    ),
    "expunged here and moved by the phone, then undone": (
        ("CONDSTORE", "MOVE", "UIDPLUS"),
        [
            ("arrives", {"box": "Lists"}),
            ("syncs", {}),
            ("by_role", {"seed": 36, "role": Role.TRASH}),
            ("syncs", {}),
            ("phone_moves", {"seed": 24, "to": "Archive"}),
            ("expunge", {"seed": 41}),
            ("syncs", {}),
            ("undo", {"steps": 2}),
        ],
    ),
    "a move is undone, and the mailbox renumbered, while its originals are only marked": (
        ("CONDSTORE", "MOVE", "UIDPLUS"),
        [
            ("move", {"seed": 47, "many": 2, "to": "Lists"}),
            ("syncs_over_a_bad_line", {"command": "UID SEARCH", "how": How.CUT_BEFORE, "skip": 0}),
            ("undo", {"steps": 2}),
            ("server_renumbers", {"box": "INBOX"}),
        ],
    ),
    "a crash after the upload into a mailbox that was renumbered": (
        ("MOVE",),
        [
            ("phone_expunges", {"seed": 10}),
            ("by_role", {"seed": 35, "role": Role.ARCHIVE}),
            ("expunge", {"seed": 47}),
            ("arrives", {"box": "Lists"}),
            ("syncs_over_a_bad_line", {"command": "UID SEARCH", "how": How.CUT_AMID, "skip": 1}),
            ("undo", {"steps": 3}),
            ("server_renumbers", {"box": "INBOX"}),
            ("expunge", {"seed": 3}),
        ],
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_nothing_is_lost_or_doubled_when(story: str) -> None:
    without, acts = STORIES[story]
    life = TwoWay()
    life.start(without)
    try:
        for name, how in acts:
            getattr(life, name)(**how)
            life.nothing_is_seen_twice()
    finally:
        life.teardown()
