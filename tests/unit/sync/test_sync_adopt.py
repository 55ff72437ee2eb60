from __future__ import annotations

from dataclasses import dataclass

from mailtui.model.ids import PlacementId
from mailtui.model.mail import NO_FLAGS, Flags
from mailtui.sync.adopt import Listed, match


@dataclass(frozen=True)
class Old:
    placement: PlacementId
    uid: int | None
    message_id: str
    size: int
    internaldate: int = 0


def test_rows_find_their_new_uid_by_message_id_and_size() -> None:
    old = [Old(PlacementId(1), 10, "a@x", 100), Old(PlacementId(2), 11, "b@x", 200)]
    new = [
        Listed(501, "b@x", 200, 9, Flags(1)),
        Listed(502, "a@x", 100, 9, NO_FLAGS),
        Listed(503, "c@x", 5, 9, NO_FLAGS),
    ]
    assert set(match(old, new)) == {(PlacementId(1), 502, NO_FLAGS), (PlacementId(2), 501, Flags(1))}


def test_the_same_message_id_with_another_size_is_another_mail() -> None:
    assert match([Old(PlacementId(1), 10, "a@x", 100)], [Listed(5, "a@x", 101, 0, NO_FLAGS)]) == ()


def test_doubles_are_paired_in_uid_order_and_never_shared() -> None:
    old = [Old(PlacementId(2), 20, "a@x", 1), Old(PlacementId(1), 10, "a@x", 1)]
    new = [Listed(8, "a@x", 1, 0, NO_FLAGS), Listed(7, "a@x", 1, 0, NO_FLAGS), Listed(9, "a@x", 1, 0, NO_FLAGS)]
    assert set(match(old, new)) == {(PlacementId(1), 7, NO_FLAGS), (PlacementId(2), 8, NO_FLAGS)}


def test_without_a_message_id_date_and_size_decide() -> None:
    old = [Old(PlacementId(1), 1, "", 50, 1000), Old(PlacementId(2), 2, "", 50, 2000)]
    new = [Listed(71, "", 50, 2000, NO_FLAGS)]
    assert match(old, new) == ((PlacementId(2), 71, NO_FLAGS),)
