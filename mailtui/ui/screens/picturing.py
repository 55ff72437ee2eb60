"""Keys for the pictures of the message that is shown: those that came with it, and, after a question, remote ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

from textual.app import SuspendNotSupported

from mailtui.mail.sanitize import safe_line
from mailtui.model.account import Settings
from mailtui.model.changes import PicturesFetched
from mailtui.model.ids import PlacementId
from mailtui.model.intents import FetchPictures
from mailtui.ui.actions import READER
from mailtui.ui.bridge import Bridge
from mailtui.ui.inside import Letter
from mailtui.ui.keymap import Keymap
from mailtui.ui.panes.reader import ReaderPane
from mailtui.ui.panes.status import StatusPane
from mailtui.ui.picturing import Album, album, files
from mailtui.ui.screens.deeds import Ask
from mailtui.ui.screens.questions import Question
from mailtui.view.figures import plural
from mailtui.view.glyphs import ASCII
from mailtui.view.reader import Stage

MOST_HOSTS = 3
"""That the question names."""


class Picturing:
    """Nothing is decoded and nothing is asked for before a key says so."""

    def __init__(
        self, pane: ReaderPane, status: StatusPane, bridge: Bridge, settings: Settings, keymap: Keymap, ask: Ask
    ) -> None:
        self._pane = pane
        self._status = status
        self._bridge = bridge
        self._settings = settings
        self._ask = ask
        self._remote_key = keymap.shown("remote_pictures", READER, 1)
        pane.picture_key = keymap.shown("pictures", READER, 1)

    def toggle(self) -> None:
        """Shown, or hidden again."""
        if self._pane.state.pictures:
            self._pane.show_pictures({})
        else:
            self._look(self._show)

    def fetch(self) -> None:
        """The remote ones, once the person knows who will hear of it."""
        self._look(self._ask_first)

    def in_full(self) -> None:
        """Each over the whole terminal, as good as it can."""
        state = self._pane.state
        if state.placement is None or state.stage is not Stage.SHOWN:
            self._status.say("Open a message first")
            return
        placement, html, store = state.placement, state.html, self._settings.store
        letter = Letter(self._bridge.reader, placement)

        def came(found: list[tuple[str, bytes]]) -> None:
            if self._pane.state.placement == placement:
                self._show_in_full(found)

        self._bridge.ask(
            "file:pictures in full",
            lambda: files(letter.raw(), store, html=html),
            came,
            lambda error: self._status.say(safe_line(str(error))),
        )

    def _show_in_full(self, found: list[tuple[str, bytes]]) -> None:
        if not found:
            self._status.say("There are no pictures in this message")
            return
        from mailtui.ui.full_picture import show_in_full

        try:
            with self._pane.app.suspend():
                show_in_full(found)
        except SuspendNotSupported:
            self._status.say("Pictures can't be shown in full in this terminal")
        except OSError as error:
            self._status.say(safe_line(f"The terminal refuses: {error.strerror}"))

    def fetched(self, change: PicturesFetched) -> None:
        """What could be had is here."""
        if change.placement != self._pane.state.placement:
            return
        if change.failed:
            many = plural(change.failed, "picture")
            self._status.say(safe_line(f"{many} could not be fetched: {change.text}"))
        if change.fetched:
            self._look(partial(self._show, silent=bool(change.failed)))

    # -- inside

    def _look(self, done: Callable[[PlacementId, Album], None]) -> None:
        """Find and decode on a thread; then `done(placement, album)`, if the message is still there."""
        state = self._pane.state
        if state.placement is None or state.stage is not Stage.SHOWN:
            self._status.say("Open a message first")
            return
        placement, html, store = state.placement, state.html, self._settings.store
        letter, plain = Letter(self._bridge.reader, placement), self._status.glyphs is ASCII

        def came(found: Album) -> None:
            if self._pane.state.placement == placement:
                done(placement, found)

        self._bridge.ask(
            "file:pictures",
            lambda: album(letter.raw(), store, html=html, plain=plain),
            came,
            lambda error: self._status.say(safe_line(str(error))),
        )

    def _show(self, placement: PlacementId, found: Album, *, silent: bool = False) -> None:
        remote = ""
        if found.remote:
            many = plural(len(found.remote), "remote picture")
            remote = f"{many} not fetched" + (f"; {self._remote_key} fetches" if self._remote_key else "")
        if found.drawn:
            self._pane.show_pictures(found.drawn, html=found.html)
            words = remote
        elif found.problem[0]:
            words = ": ".join(word for word in found.problem if word)
        else:
            words = remote or "There are no pictures in this message"
        if words and not silent:
            self._status.say(words)

    def _ask_first(self, placement: PlacementId, found: Album) -> None:
        if not found.remote:
            self._status.say("There are no remote pictures in this message that are not here")
            return
        hosts = list(dict.fromkeys(urlsplit(url).hostname or "" for url in found.remote))
        rest = len(hosts) - MOST_HOSTS
        names = ", ".join(hosts[:MOST_HOSTS]) + (f" and {rest} more" if rest > 0 else "")

        def go(yes: bool | None) -> None:
            if yes:
                self._bridge.send(FetchPictures(placement, found.remote))
                self._status.say(f"Fetching {plural(len(found.remote), 'picture')}{self._status.glyphs.ellipsis}")

        words = f"Fetch {plural(len(found.remote), 'picture')} from {safe_line(names)}?"
        remark = "Whoever sent this learns that it is being read, when, and from which address."
        self._ask(Question(self._status.painter, self._status.glyphs, words, remark), go)
