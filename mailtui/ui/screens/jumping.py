"""Jump mode: a letter on every pane and line in sight; pressing it goes there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mailtui.ui.widgets.lines import LinesWidget
from mailtui.view.jumping import labels


@dataclass(frozen=True, slots=True)
class Place:
    """One line of a pane, and what going there is."""

    pane: LinesWidget
    line: int
    go: Callable[[], None]


class Jump:
    """Shown from `begin` until a label is whole, or until any other key."""

    def __init__(self, say: Callable[[str], None]) -> None:
        """`say`: a sentence for the status line."""
        self._say = say
        self._places: dict[str, Place] = {}
        self._typed = ""

    @property
    def on(self) -> bool:
        return bool(self._places)

    def begin(self, places: Iterable[Place]) -> None:
        """The first places get the shortest labels."""
        found = list(places)
        self._typed = ""
        self._places = dict(zip(labels(len(found)), found, strict=False))
        self._paint()
        self._say("Press a letter to go there; Esc stays here" if found else "There is nothing to jump to here")

    def take(self, key: str) -> None:
        """A key while the labels are shown."""
        typed = self._typed + key
        place = self._places.get(typed)
        if place is None and len(key) == 1 and any(label.startswith(typed) for label in self._places):
            self._typed = typed
            self._paint()
            return
        self.end()
        if place is not None:
            place.go()

    def end(self) -> None:
        """Take the labels away."""
        for pane in {place.pane for place in self._places.values()}:
            pane.label({})
        self._places = {}
        self._say("")

    def _paint(self) -> None:
        shown: dict[LinesWidget, dict[int, str]] = {place.pane: {} for place in self._places.values()}
        for label, place in self._places.items():
            if label.startswith(self._typed):
                shown[place.pane][place.line] = label[len(self._typed) :]
        for pane, lines in shown.items():
            pane.label(lines)
