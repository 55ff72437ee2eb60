"""Read marks: what counts as read after a while."""

from __future__ import annotations

from collections.abc import Callable

from textual.timer import Timer

from mailtui.model.ids import PlacementId
from mailtui.model.intents import Intent, SetFlags
from mailtui.model.mail import Row
from mailtui.view.deeds import SEEN


class Marks:
    """`seconds` that a message has to stay open before it counts as read (negative: never by itself)."""

    def __init__(
        self,
        send: Callable[[Intent], None],
        later: Callable[[float, Callable[[], None]], Timer],
        seconds: float,
    ) -> None:
        self._send = send
        self._later = later
        self._seconds = seconds
        self._timer: Timer | None = None
        self.deliberate = False
        """The person chose the message that is open: merely starting mailtui or showing a folder marks nothing."""

    def stop(self) -> None:
        """Another message, or the person has decided."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def opened(self, placement: PlacementId, still: Callable[[], Row | None]) -> None:
        """It is on the screen now. `still`: its row as it is when the time is over, None if it is closed by then."""
        self.stop()
        if self._seconds < 0 or not self.deliberate:
            return

        def done() -> None:
            row = still()
            if row is not None and row.placement == placement and not row.flags.seen:
                self._send(SetFlags((placement,), add=SEEN))

        self._timer = self._later(max(self._seconds, 0.001), done)
