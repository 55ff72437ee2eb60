"""The application of the set-up: it runs before the one that shows mail, which needs an account to begin."""

from __future__ import annotations

import asyncio
import sys
from typing import ClassVar

from textual.app import App
from textual.binding import BindingType
from textual.screen import Screen

from mailtui.model.setting_up import Ended, SettingUp
from mailtui.ui.painting import Painter
from mailtui.ui.screens.setup import SetupScreen
from mailtui.ui.themes.palettes import ANSI, DARK, PALETTES
from mailtui.view.glyphs import glyphs


class SetupApp(App[Ended]):
    """Ends with how the set-up did; None if it was closed."""

    CSS_PATH = "mailtui.tcss"
    TITLE = "mailtui"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, core: SettingUp) -> None:
        super().__init__()
        self._events: asyncio.AbstractEventLoop | None = None
        self.animation_level = "none"
        for palette in PALETTES.values():
            self.register_theme(palette.theme())
        palette = ANSI if self.no_color else DARK
        self.theme = palette.name
        signs = glyphs("utf" not in (sys.stdout.encoding or "utf").lower())
        self.setup = SetupScreen(core, Painter(palette, colours=not self.no_color), signs, self.exit)

    def on_mount(self) -> None:
        self._events = asyncio.get_running_loop()

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
