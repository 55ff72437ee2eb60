"""The door to what is done about newsletters and advertising: imported when somebody asks for it, not for the first
screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailtui.model.account import Settings
from mailtui.model.changes import Done, ListLeft
from mailtui.ui.bridge import Bridge
from mailtui.ui.screens.deeds import Ask

if TYPE_CHECKING:
    from mailtui.ui.screens.leaving import Desk, Leaving


class BulkDoor:
    """Says of every action by name whether it is one of these."""

    def __init__(self, desk: Desk, bridge: Bridge, settings: Settings, ask: Ask) -> None:
        self._parts = (desk, bridge, settings, ask)
        self._leaving: Leaving | None = None

    @property
    def leaving(self) -> Leaving:
        """Made when it is first asked for."""
        if self._leaving is None:
            from mailtui.ui.screens.leaving import Leaving

            self._leaving = Leaving(*self._parts)
        return self._leaving

    def perform(self, name: str) -> bool:
        """An action by name; False if it is none of ours."""
        if name != "unsubscribe":
            return False
        self.leaving.leave_here()
        return True

    def heard(self, done: Done) -> bool:
        """Something was done. True: it is told by us."""
        return self._leaving is not None and self._leaving.heard(done)

    def answered(self, change: ListLeft) -> None:
        """A list's server said something."""
        self.leaving.answered(change)

    def close(self) -> None:
        if self._leaving is not None:
            self._leaving.close()
