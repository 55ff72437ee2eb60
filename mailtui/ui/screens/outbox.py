"""The outbox above the screen: what is on its way, what is stuck, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mailtui.model.outgoing import Outgoing, OutgoingId, SendAgain, SendNow, Settle, Stage
from mailtui.ui.bridge import Bridge
from mailtui.ui.clock import now
from mailtui.ui.painting import Painter
from mailtui.ui.screens.panels import Panel
from mailtui.ui.screens.questions import Question
from mailtui.view import outbox
from mailtui.view.glyphs import Glyphs
from mailtui.view.panels import Entry

WAITING = (Stage.HELD, Stage.DUE)


class Outbox(Panel):
    """`edit(outgoing, open)` takes one out of the queue, and opens it for writing if `open`."""

    TITLE_TEXT = "Outbox"
    KEYS = (("e", "edit"), ("n", "now"), ("x", "to drafts"), ("r", "again"), ("s", "settle"))
    EMPTY = "Nothing is on its way."

    def __init__(
        self, painter: Painter, glyphs: Glyphs, bridge: Bridge, edit: Callable[[Outgoing, bool], None]
    ) -> None:
        super().__init__(painter, glyphs, bridge)
        self._edit = edit
        self._found: dict[str, Outgoing] = {}

    def look(self) -> tuple[Outgoing, ...]:
        return self.bridge.reader.outbox()

    def entries(self, found: Any) -> list[Entry]:
        self._found = {str(one.id): one for one in found}
        return outbox.entries(found, now(), self.glyphs, max(20, self.menu.content_size.width - 8))

    def act(self, key: str, value: str) -> bool:
        one = self._found.get(value)
        if one is None:
            return False
        ways: dict[str, Callable[[Outgoing], None]] = {
            "e": self._to_writing,
            "enter": self._to_writing,
            "x": self._to_drafts,
            "n": self._now,
            "r": self._again,
            "s": self._settle,
        }
        if key not in ways:
            return False
        ways[key](one)
        return True

    def _to_writing(self, one: Outgoing) -> None:
        if self._can_be_had(one):
            self.dismiss(None)
            self._edit(one, True)

    def _to_drafts(self, one: Outgoing) -> None:
        if self._can_be_had(one):
            self._edit(one, False)
            self.set_timer(0.3, self.read)

    def _can_be_had(self, one: Outgoing) -> bool:
        if one.stage in WAITING or one.stage is Stage.STUCK:
            return True
        self.foot.say("It went out already" if one.stage is Stage.SENT else "It is being sent this moment")
        return False

    def _now(self, one: Outgoing) -> None:
        if one.stage in WAITING:
            self.done(SendNow(OutgoingId(one.id)))
        else:
            self.foot.say("r sends it again" if one.stage is Stage.STUCK else "It is on its way")

    def _again(self, one: Outgoing) -> None:
        if one.stage is not Stage.STUCK:
            self.foot.say("Only what is stuck can be sent again")
            return
        words = "Send it again to those who were refused, or may not have it?"
        question = Question(self.painter, self.glyphs, words, "Those who may have it already can get it twice.")
        self.app.push_screen(question, lambda yes: self.done(SendAgain(one.id)) if yes else None)

    def _settle(self, one: Outgoing) -> None:
        if one.stage is not Stage.STUCK:
            self.foot.say("Only what is stuck can be settled")
            return
        remark = "Those who may have it count as reached, the others are given up. A copy is kept in Sent."
        question = Question(self.painter, self.glyphs, "Leave it as it is?", remark)
        self.app.push_screen(question, lambda yes: self.done(Settle(one.id)) if yes else None)
