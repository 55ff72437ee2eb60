"""What a composer needs of whoever opened it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from mailtui.model.mail import Address
from mailtui.view.composer import Enclosed

if TYPE_CHECKING:
    from mailtui.ui.screens.composer import ComposerScreen


class Keeper(Protocol):
    """Saves, sends, attaches; knows the other messages that are open."""

    def hold(self) -> None:
        """Keys wait until `ready`."""

    def ready(self) -> None:
        """Keys go to whatever has the focus now."""

    def keep(self, screen: ComposerScreen) -> None:
        """Onto the disk, now."""

    def paused(self, screen: ComposerScreen) -> None:
        """Nobody types any more: into the drafts folder."""

    def suggest(self, typed: str, done: Callable[[list[Address]], None]) -> None:
        """Who fits what was typed; `done` gets them on the loop, never if something newer is asked."""

    def pasted(self, screen: ComposerScreen, text: str) -> None:
        """It may be files that were dropped."""

    def act(self, name: str, screen: ComposerScreen) -> None:
        """An action that is not the screen's own."""

    def open_file(self, screen: ComposerScreen, place: int) -> None: ...

    def forget_file(self, screen: ComposerScreen, file: Enclosed) -> None: ...

    @property
    def others(self) -> int:
        """How many more messages are open."""
