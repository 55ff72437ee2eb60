"""The base of everything that lies above the main screen."""

from __future__ import annotations

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, ScreenResultType


class Above(ModalScreen[ScreenResultType]):
    """Ends once. Textual raises, and the program ends, when a second key ends a screen that is on its way out."""

    _over = False

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close with a result; a second time does nothing."""
        if self._over:
            return AwaitComplete.nothing()  # type: ignore[no-any-return, no-untyped-call]
        self._over = True
        return super().dismiss(result)
