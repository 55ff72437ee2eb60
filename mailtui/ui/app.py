"""The application: makes the screen, turns key events into key names, opens what lies above it, changes colours."""

from __future__ import annotations

from time import monotonic
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.screen import Screen

from mailtui.mail.sanitize import safe_line
from mailtui.model.account import Settings
from mailtui.model.ids import MailboxId
from mailtui.model.ports import ChangeSource, IntentSink, MailReader
from mailtui.ui.bridge import Bridge
from mailtui.ui.collecting import LOOK, Collecting
from mailtui.ui.keymap import Keymap, key_of
from mailtui.ui.painting import Painter
from mailtui.ui.panes.ahead import Ahead
from mailtui.ui.screens.above import KeyScreen
from mailtui.ui.screens.ahead import TypeAhead
from mailtui.ui.screens.key_names import KeyNames
from mailtui.ui.screens.main import MainScreen
from mailtui.ui.screens.overlays import Help, Palette, Themes
from mailtui.ui.screens.panels import PANELS
from mailtui.ui.screens.questions import Question
from mailtui.ui.screens.ruling import RulesPanel
from mailtui.ui.screens.sorts import Sorts
from mailtui.ui.terminal import Terminal
from mailtui.ui.themes.colours import ColourApp
from mailtui.ui.themes.palettes import ANSI, DARK, PALETTES
from mailtui.ui.widgets.lines import LinesWidget
from mailtui.view.figures import plural
from mailtui.view.glyphs import glyphs

SETTLED = 2.0
"""Seconds after the start when what is needed is loaded."""


class MailtuiApp(ColourApp[None]):
    """The screen of mailtui. Reads through `reader`, sends to `sink`, hears from `changes`; owns none of them."""

    CSS_PATH = "mailtui.tcss"
    TITLE = "mailtui"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []
    NOTIFICATION_TIMEOUT = 6

    def __init__(
        self,
        reader: MailReader,
        sink: IntentSink,
        changes: ChangeSource,
        settings: Settings,
        *,
        demo: bool = False,
    ) -> None:
        super().__init__()
        self.settings = settings
        self.animation_level = "none"
        self.set_class(self.no_color, "-plain")
        for palette in PALETTES.values():
            self.register_theme(palette.theme())
        self._unknown_theme = settings.theme not in PALETTES
        wanted = ANSI if self.no_color or self.few_colours else PALETTES.get(settings.theme, DARK)
        self.theme = wanted.name
        self.glyphs = glyphs(settings.ascii)
        self.set_class(settings.ascii, "-ascii")
        self.keymap = Keymap(settings.keys, settings.key_preset, settings.key_places)
        self._collecting = Collecting()
        self.bridge = Bridge(reader, sink, changes, self.call_later)
        self.terminal = Terminal(self, self.bridge, settings.terminal)
        self._main = MainScreen(
            self.bridge,
            settings,
            self.keymap,
            Painter(wanted, colours=not self.no_color),
            self.glyphs,
            self.open_overlay,
            self.terminal,
            demo=demo,
        )

    def get_default_screen(self) -> Screen[None]:
        return self._main

    def on_mount(self) -> None:
        self.bridge.start(self._main.deliver)
        self.terminal.keep_title()
        self.set_timer(SETTLED, lambda: self._collecting.settle(monotonic()))
        self.set_interval(LOOK, lambda: self._collecting.look(monotonic()))
        for problem in self.keymap.problems:
            self.notify(problem, title="config.toml", severity="warning", timeout=12, markup=False)
        if self._unknown_theme:
            words = f"There is no theme {safe_line(self.settings.theme)}; there are {', '.join(PALETTES)}"
            self.notify(words, title="config.toml", severity="warning", timeout=12, markup=False)

    async def on_unmount(self) -> None:
        self._collecting.end()
        self._main.writing.end()
        self._main.remember()
        self.bridge.stop()
        self._main.memory.end()
        self._main.handling.close()
        self._main.bulk.close()

    async def on_event(self, event: events.Event) -> None:
        """Keys go to the chord machine before anybody else sees them."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            self._collecting.key(monotonic())
            if self._main.writing.hold(event):
                return
            screen = self.screen
            if isinstance(screen, KeyScreen) and screen.take_key(key_of(event)):
                return
        await super().on_event(event)

    def leave(self, status: int) -> bool:
        """From a signal handler: end as `q` does, with this exit status. False if nothing runs that could be ended."""
        return self.bridge.soon(lambda: self.exit(return_code=status))

    def let_go(self) -> None:
        """Nobody reads the terminal any more, whatever ended the screen. Textual's reading thread would spin for ever
        on a terminal that is gone. Nothing is written here: to a terminal that is gone that may never end. A signal
        ends the screen anywhere, also without unmounting it: no read may go on when its database is closed."""
        ended = getattr(self._driver, "exit_event", None)
        if ended is not None:
            ended.set()
        self.bridge.stop()

    def copy_to_clipboard(self, text: str) -> None:
        """Whatever is copied anywhere comes through here."""
        if self.terminal.copied(text):
            super().copy_to_clipboard(text)

    # -- what lies above

    def open_overlay(self, name: str) -> None:
        """Actions that are the application's own."""
        main = self._main
        match name:
            case "palette" | "go_folder":
                palette = Palette(
                    main.status.painter,
                    self.glyphs,
                    self.keymap,
                    main.scope,
                    main.mailboxes,
                    folders_only=name == "go_folder",
                    recent=main.memory.screen.recent if name == "palette" else (),
                    people=main.find_people if name == "palette" else lambda typed, done: None,
                )
                self.push_screen(palette, self._chosen)
            case "help":
                self.push_screen(Help(main.status.painter, self.glyphs, self.keymap, main.scope), self._chosen)
            case "key_names":
                self.push_screen(KeyNames(main.status.painter, self.glyphs, self.keymap, main.scope))
            case "history" | "ledger" | "recover":
                self.push_screen(PANELS[name](main.status.painter, self.glyphs, self.bridge))
            case "type_ahead":
                ahead = Ahead(self.bridge, main.messages.feed, main.messages)
                self.push_screen(TypeAhead(main.status.painter, self.glyphs, ahead))
            case "sort":
                sorts = Sorts(main.status.painter, self.glyphs, main.messages.state.folding)
                self.push_screen(sorts, main.messages.threads.sort)
            case "rules":
                rules, look_for = self.settings.rules, main.look_for
                self.push_screen(RulesPanel(main.status.painter, self.glyphs, self.bridge, rules, look_for))
            case "theme":
                before = self.theme
                picker = Themes(main.status.painter, self.glyphs, before, self._show_theme)
                self.push_screen(picker, lambda name: self._keep_theme(name, before))
            case "quit" if main.status.unsent:
                what = plural(main.status.unsent, "message")
                words = f"Quit before {what} went out?"
                remark = "It stays in the outbox, and goes with the next start or `mailtui sync`. n waits."
                question = Question(main.status.painter, self.glyphs, words, remark)
                self.push_screen(question, lambda yes: self._quit() if yes else None)
            case "quit":
                self._quit()

    def _quit(self) -> None:
        self.terminal.restore_title()  # not when it ends otherwise: nobody may read any more
        self.exit()

    def _chosen(self, value: str | None) -> None:
        kind, _, rest = (value or "").partition(":")
        if kind == "do":
            self._main.perform(rest)
        elif kind == "to":
            mailbox = self._main.folders.tree_.mailbox(MailboxId(int(rest)))
            if mailbox is not None:
                self._main.go_to(mailbox)
        elif kind == "find":
            self._main.look_for(rest)
        elif kind == "write":
            self._main.writing.write_to(rest)

    def _show_theme(self, name: str) -> None:
        self.theme = name
        painter = Painter(PALETTES[name], colours=not self.no_color)
        for widget in {*self._main.query(LinesWidget), *self.screen.query(LinesWidget)}:
            widget.repainted(painter)
        self._main.writing.repainted(painter)

    def _keep_theme(self, name: str | None, before: str) -> None:
        if name is None:
            self._show_theme(before)
            return
        self._show_theme(name)
        self._main.status.say(f'Theme {name}; to keep it: theme = "{name}" under [general] in config.toml')
