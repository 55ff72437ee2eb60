"""The messages that are open for writing: shown, put aside, chosen, kept on the disk, brought back after a crash."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from textual.app import App

from mailtui.files.composing import ComposingFolder
from mailtui.mail.sanitize import safe_line
from mailtui.model.account import Settings
from mailtui.model.ids import AccountId
from mailtui.model.mail import Row
from mailtui.ui.answering import Answering
from mailtui.ui.bridge import Bridge
from mailtui.ui.keymap import Keymap
from mailtui.ui.painting import Painter
from mailtui.ui.panes.status import StatusPane
from mailtui.ui.screens.compose_asks import Choice, Chooser
from mailtui.ui.screens.composer import ComposerScreen
from mailtui.ui.screens.deeds import Ask
from mailtui.ui.screens.keeper import Keeper
from mailtui.view.composer import Written, to_json
from mailtui.view.figures import plural
from mailtui.view.glyphs import Glyphs


class Desk(Protocol):
    """The main screen, as far as writing needs it."""

    status: StatusPane

    @property
    def here(self) -> Row | None:
        """The message that the person means."""

    @property
    def account(self) -> AccountId | None:
        """Whose mail is on the screen."""


class Gate(Protocol):
    """Holds keys back while they would go to the wrong place."""

    def begin(self, patience: float = ...) -> None:
        """They wait from now on, for so many seconds at most."""

    def opened(self, app: App[None] | None) -> None:
        """They go where they belong by now; None: they are forgotten."""


class Shelf(Keeper):
    """All of it but what is done to one message: that is its subclass's."""

    def __init__(
        self,
        desk: Desk,
        bridge: Bridge,
        settings: Settings,
        keymap: Keymap,
        glyphs: Glyphs,
        ask: Ask,
        gate: Gate,
    ) -> None:
        self._gate = gate
        self._desk = desk
        self._bridge = bridge
        self._settings = settings
        self._keymap = keymap
        self._glyphs = glyphs
        self._ask = ask
        self.screens: list[ComposerScreen] = []
        self.folder = ComposingFolder(settings.store)
        self._answering = Answering(bridge.reader, settings, self.folder)

    @property
    def painter(self) -> Painter:
        return self._desk.status.painter

    @property
    def glyphs(self) -> Glyphs:
        return self._glyphs

    @property
    def status(self) -> StatusPane:
        return self._desk.status

    @property
    def app(self) -> App[None]:
        return self._desk.status.app

    @property
    def shown(self) -> ComposerScreen | None:
        """The one that is on the screen, maybe under a question."""
        return next((one for one in self.app.screen_stack if isinstance(one, ComposerScreen)), None)

    def hold(self) -> None:
        self._gate.begin()

    def ready(self) -> None:
        self._gate.opened(self.app)

    def _failed(self, error: Exception) -> None:
        self._gate.opened(None)
        self.status.say(safe_line(str(error)))

    def _remark(self, account: str) -> str:
        """Beside the sender: whose account, if there are several."""
        return safe_line(account) if len(self._settings.accounts) > 1 else ""

    # -- open, aside, closed

    def write(self, written: Written) -> None:
        """A composer for it, on the screen."""
        self.show(self.make(written))

    def make(self, written: Written) -> ComposerScreen:
        screen = ComposerScreen(written, self, self._keymap, self.painter, self._glyphs)
        screen.set_remark(self._remark(written.account))
        self.app.install_screen(screen, f"writing-{written.word}")
        self.screens.append(screen)
        self._count()
        return screen

    def show(self, screen: ComposerScreen) -> None:
        if self.shown is screen:
            return
        if self.shown is not None:
            self.app.pop_screen()
        self.app.push_screen(screen)

    def set_aside(self, screen: ComposerScreen) -> None:
        """The list again; the message stays open."""
        if screen.kept < screen.edition:
            screen.keep_now()
        if self.shown is screen:
            self.app.pop_screen()
        self._count()

    def gone(self, screen: ComposerScreen, *, forget: bool = True) -> None:
        """Closed for good. `forget`: nothing of it stays on the disk."""
        screen.rest()
        if screen in self.screens:
            self.screens.remove(screen)
            if self.shown is screen:
                self.app.pop_screen()
            self.app.uninstall_screen(screen)
            if screen.is_running:
                screen.remove()
        if forget:
            self.forget(screen.word)
        self._count()

    def forget_text(self, word: str) -> None:
        """It is sent: a start after a crash must not offer it again. Its files may still be wanted."""
        self._bridge.ask(f"composing:{word}", partial(self.folder.forget_text, word), _nothing, _nothing)

    def forget(self, word: str) -> None:
        """Nothing of it is needed any more."""
        self._bridge.ask(f"composing:{word}", partial(self.folder.forget, word), _nothing, _nothing)

    def _count(self) -> None:
        self.status.set_writing(len(self.screens) - (self.shown is not None))

    @property
    def others(self) -> int:
        return max(0, len(self.screens) - 1)

    def choose(self) -> None:
        """Which of the open ones."""
        if not self.screens:
            self._gate.opened(None)
            self.status.say("Nothing is being written")
        elif len(self.screens) == 1:
            self.show(self.screens[0])
        else:
            choices = [
                Choice(one.word, one.current().title, safe_line(one.current().to)[:24])
                for one in reversed(self.screens)
            ]
            self._gate.opened(None)
            chooser = Chooser(self.painter, self._glyphs, "Messages you write", "a few letters", choices)
            self._ask(chooser, self._picked)

    def _picked(self, word: str | None) -> None:
        screen = next((one for one in self.screens if one.word == word), None)
        if screen is not None:
            self.show(screen)

    def _next(self, screen: ComposerScreen) -> None:
        if len(self.screens) < 2:
            screen.foot.say("No other message is open", "text")
            return
        if screen.kept < screen.edition:
            screen.keep_now()
        place = self.screens.index(screen)
        self.show(self.screens[(place + 1) % len(self.screens)])

    # -- the disk

    def keep(self, screen: ComposerScreen) -> None:
        """Onto the disk, off the loop; the newest version wins."""
        edition, data = screen.edition, to_json(screen.current())
        word = screen.word

        def done(_: str) -> None:
            screen.kept = max(screen.kept, edition)
            screen.problem = ""
            screen.refresh_state()

        def failed(error: Exception) -> None:
            screen.problem = safe_line(str(error))
            screen.refresh_state()

        self._bridge.ask(f"composing:{word}", lambda: self.folder.write(word, data), done, failed)

    def restore(self) -> None:
        """What a crash, or the last end of the program, left open."""
        self._bridge.ask("composing", self._answering.left_open, self._restored, self._failed)

    def _restored(self, found: list[Written]) -> None:
        for written in found:
            screen = self.make(written)
            screen.edition = screen.kept = 1
        wanted = next((screen for screen in self.screens if screen.word == self._settings.writing), None)
        if wanted is not None:
            self.show(wanted)
        elif found:
            key = self._keymap.shown("open_drafts", "list", 1)
            first = safe_line(found[0].subject) or "a message without a subject"
            words = first if len(found) == 1 else plural(len(found), "message")
            self.status.toast_key(f"Still being written: {words}", key, "go on")


def _nothing(_: object) -> None:
    """Nobody waits for this."""
