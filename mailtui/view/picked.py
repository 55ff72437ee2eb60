"""Marked messages of one list, as a value: single ones, and a range that is still open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mailtui.model.ids import PlacementId
from mailtui.model.mail import Flags, Row, RowKey
from mailtui.view.deeds import Target


class Picked:
    """What was marked, in the order of marking. A range goes from `anchor` to wherever the cursor is."""

    __slots__ = ("_targets", "anchor", "anchor_at")

    def __init__(self) -> None:
        self._targets: dict[PlacementId, Target] = {}
        self.anchor: RowKey | None = None
        self.anchor_at = 0
        """The anchor's position when the range was begun."""

    def __len__(self) -> int:
        return len(self._targets)

    def __contains__(self, placement: object) -> bool:
        return placement in self._targets

    @property
    def any(self) -> bool:
        """Whether an action means marked messages, and not the one under the cursor."""
        return bool(self._targets) or self.anchor is not None

    def holds(self, row: Row, cursor: RowKey | None) -> bool:
        """Whether the row is marked, with the cursor there."""
        if row.placement in self._targets:
            return True
        bounds = self.bounds(cursor)
        return bounds is not None and bounds[1] <= row.key <= bounds[0]

    def bounds(self, cursor: RowKey | None) -> tuple[RowKey, RowKey] | None:
        """Newest and oldest key of the open range."""
        if self.anchor is None:
            return None
        other = cursor if cursor is not None else self.anchor
        return max(self.anchor, other), min(self.anchor, other)

    def targets(self, now: Iterable[Row] = ()) -> tuple[Target, ...]:
        """All of them; flags as in the rows of `now` where those are among them."""
        targets = self._targets
        for row in now:
            if row.placement in targets:
                targets[row.placement] = Target.of(row)
        return tuple(targets.values())

    def toggle(self, targets: Sequence[Target]) -> None:
        """Marks off if all of them are marked, else on."""
        if all(one.placement in self._targets for one in targets):
            self.discard(one.placement for one in targets)
        else:
            self.add(targets)

    def add(self, targets: Iterable[Target]) -> None:
        for target in targets:
            self._targets[target.placement] = target

    def discard(self, placements: Iterable[PlacementId]) -> None:
        for placement in placements:
            self._targets.pop(placement, None)

    def clear(self) -> None:
        self._targets.clear()
        self.anchor = None

    def reflag(self, add: Flags, remove: Flags) -> None:
        """They have other flags now, as was just asked for."""
        on, off = int(add.bits), ~int(remove.bits)
        for placement, target in self._targets.items():
            bits = (target.bits | on) & off
            if bits != target.bits:
                self._targets[placement] = Target(placement, target.mailbox, bits, target.thread, target.subject)
