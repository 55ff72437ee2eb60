"""The bases of the screens: those that take keys first, and everything that lies above them."""

from __future__ import annotations

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, Screen, ScreenResultType


class KeyScreen(Screen[None]):
    """A screen that looks at every key before a widget does."""

    def take_key(self, key: str) -> bool:
        """False: the key belongs to the widget that has the focus."""
        raise NotImplementedError


class Above(ModalScreen[ScreenResultType]):
    """Ends once. Textual raises, and the program ends, when a second key ends a screen that is on its way out."""

    _over = False

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close with a result; a second time does nothing."""
        if self._over:
            return AwaitComplete.nothing()  # type: ignore[no-any-return, no-untyped-call]
        self._over = True
        return super().dismiss(result)
