"""The rules of the configuration, each with what it did lately. Enter shows the mail that one means, or undoes what it
did."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mailtui.model.ids import StepId
from mailtui.model.intents import Undo
from mailtui.model.ledger import Step
from mailtui.model.rules import Rule
from mailtui.ui.bridge import Bridge
from mailtui.ui.clock import now
from mailtui.ui.painting import Painter
from mailtui.ui.screens.panels import Panel
from mailtui.view import panels
from mailtui.view.dates import SmartDate
from mailtui.view.glyphs import Glyphs
from mailtui.view.panels import Entry

LOOKED_AT = 500
"""Steps of the history that are searched for what rules did."""


class RulesPanel(Panel):
    """Only shown here: rules are written in config.toml."""

    TITLE_TEXT = "Rules"
    KEYS = (("Enter", "the mail it means; on what it did: undo"), ("j k", "move"))
    EMPTY = "There are no rules: add [[rules]] to config.toml, see config.example.toml."
    steps: tuple[Step, ...] = ()

    def __init__(
        self,
        painter: Painter,
        glyphs: Glyphs,
        bridge: Bridge,
        rules: Sequence[Rule],
        look_for: Callable[[str], None],
    ) -> None:
        super().__init__(painter, glyphs, bridge)
        self._rules = rules
        self._look_for = look_for

    def look(self) -> tuple[Step, ...]:
        return self.bridge.reader.history(LOOKED_AT)

    def entries(self, found: tuple[Step, ...]) -> list[Entry]:
        self.steps = found
        date = SmartDate(now(), narrow=True, apostrophe=self.glyphs.apostrophe)
        return panels.rules(self._rules, found, date, self.glyphs)

    def act(self, key: str, value: str) -> bool:
        kind, _, which = value.partition(" ")
        if key not in {"enter", "u"} or (key == "u" and kind == "rule"):
            return False
        if kind == "rule":
            self.dismiss(None)
            self._look_for(self._rules[int(which)].match)
            return True
        step = next((step for step in self.steps if str(step.id) == which), None)
        if step is None or step.undone:
            self.foot.say("This was undone: the history can do it again")
            return False
        self.done(Undo(step=StepId(step.id)))
        return True
