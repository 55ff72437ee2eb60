"""The application of the set-up: it runs before the one that shows mail, which needs an account to begin."""

from __future__ import annotations

import asyncio
import sys
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.screen import Screen

from mailtui.model.setting_up import Ended, SettingUp
from mailtui.ui.painting import Painter
from mailtui.ui.screens.setup import KEYS, SetupScreen
from mailtui.ui.themes.colours import ColourApp
from mailtui.ui.themes.palettes import ANSI, DARK, PALETTES
from mailtui.view.glyphs import glyphs


class SetupApp(ColourApp[Ended]):
    """Ends with how the set-up did; None if it was closed."""

    CSS_PATH = "mailtui.tcss"
    TITLE = "mailtui"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, core: SettingUp) -> None:
        super().__init__()
        self._events: asyncio.AbstractEventLoop | None = None
        self.animation_level = "none"
        self.set_class(self.no_color, "-plain")
        for palette in PALETTES.values():
            self.register_theme(palette.theme())
        palette = ANSI if self.no_color or self.few_colours else DARK
        self.theme = palette.name
        signs = glyphs("utf" not in (sys.stdout.encoding or "utf").lower())
        painter = Painter(palette, colours=not self.no_color)
        self.setup = SetupScreen(core, painter, signs, self.exit, lambda: self.call_later(self._go_on))
        self._held: list[events.Key | events.Paste] = []
        self._holding = False

    def on_mount(self) -> None:
        self._events = asyncio.get_running_loop()

    async def on_event(self, event: events.Event) -> None:
        """What is typed behind a key that leads to another row waits until it has led there: a password that is typed
        quickly must never land in the row above."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded and self.screen is self.setup:
            if self._holding:
                self._held.append(event)
                return
            self._holding = isinstance(event, events.Key) and event.key in KEYS and self.setup.focused is not None
        await super().on_event(event)

    async def _go_on(self) -> None:
        """The key was done: now those behind it."""
        held, self._held, self._holding = self._held, [], False
        while held:
            await self.on_event(held.pop(0))
            if self._holding:
                self._held = held
                return

    def leave(self, status: int) -> bool:
        """From a signal handler: end with this exit status. False if nothing runs that could be ended."""
        if self._events is None or self._events.is_closed():
            return False
        self._events.call_soon_threadsafe(lambda: self.exit(return_code=status))
        return True

    def let_go(self) -> None:
        """Nobody reads the terminal any more: Textual's reading thread would spin on one that is gone."""
        ended = getattr(self._driver, "exit_event", None)
        if ended is not None:
            ended.set()

    def get_default_screen(self) -> Screen[None]:
        return self.setup
