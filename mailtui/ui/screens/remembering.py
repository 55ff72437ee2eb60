"""The part of the main screen that comes back as it was left: folder, message, and how wide the panes are."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from textual import events

from mailtui.model.folder import Mailbox
from mailtui.model.ids import PlacementId
from mailtui.model.mail import RowKey
from mailtui.model.remembered import Sizes, Whereabouts
from mailtui.ui.actions import FOLDERS, READER
from mailtui.ui.screens.jumping import Jump, Place
from mailtui.ui.screens.layouts import Layout, edge_at, resized
from mailtui.ui.screens.searching import SearchingScreen
from mailtui.view.saved import is_search

STEP = 2
"""Columns that a key makes a pane wider."""
_WAYS = {"wider": (STEP, 0), "narrower": (-STEP, 0), "taller": (0, 1), "shorter": (0, -1), "usual_sizes": (0, 0)}


class RememberingScreen(SearchingScreen):
    """The main screen adds the rest."""

    _layout_now: Layout | None = None
    jump: Jump
    _drawn = ""
    """The edge under the mouse that is held down."""

    def go_to(self, mailbox: Mailbox, *, enter: bool = True) -> None:
        raise NotImplementedError

    def _lay_out(self, size: tuple[int, int] | None = None) -> None:
        raise NotImplementedError

    def resize(self, name: str, times: int | None) -> bool:
        """An action that makes the focused pane grow or shrink; False if it is none."""
        if name not in _WAYS:
            return False
        across, down = (step * (times or 1) for step in _WAYS[name])
        layout, screen = self._layout_now, self.memory.screen
        if layout is None:
            return True
        sizes = resized(layout, screen.sizes, self.app.size.height, self.scope, across, down)
        if not across and not down:
            sizes = Sizes()
        elif sizes == screen.sizes:
            self.status.say("There is no other pane beside it" if across else "There is no other pane above or below")
        self.memory.screen = replace(screen, sizes=sizes)
        self._lay_out()
        return True

    # -- edges that are drawn by the mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        layout = self._layout_now
        if layout is not None and event.button == 1:
            self._drawn = edge_at(layout, self.app.size.height, event.screen_x, event.screen_y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        layout, screen = self._layout_now, self.memory.screen
        if not self._drawn or layout is None:
            return
        if event.button != 1:  # it was let go outside of the window
            self._drawn = ""
            return
        height = self.app.size.height
        scope, across, down = FOLDERS, event.screen_x - layout.folders + 1, 0
        if self._drawn == "reader":
            scope, across = READER, layout.folders + layout.list - event.screen_x
        elif self._drawn == "stacked":
            scope, across, down = READER, 0, height - 2 - layout.stacked - event.screen_y
        self.memory.screen = replace(screen, sizes=resized(layout, screen.sizes, height, scope, across, down))
        self._lay_out()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        self._drawn = ""

    # -- jumping

    def _jump(self) -> None:
        """Letters on what is in sight: the list first, then folders, then the panes themselves."""
        state, places = self.messages.state, list[Place]()
        if self.messages.size.height and self.query_one("#middle").display:
            last = min(state.total, state.top + state.height)
            places += [
                Place(self.messages, at - state.top + 1, partial(self._to_line, at)) for at in range(state.top, last)
            ]
        if self.folders.display:
            for line, mailbox in self.folders.places():
                places.append(Place(self.folders, line, partial(self.go_to, mailbox)))
            places.append(Place(self.folders, 0, partial(self._focus, self.folders)))
        if self.reader.display:
            places.append(Place(self.reader, 0, partial(self._focus, self.reader)))
        self.jump.begin(places)

    def _to_line(self, at: int) -> None:
        self.messages.perform("first", at + 1)
        self._focus(self.messages)

    def remember(self) -> None:
        """Where one is now, for the next start."""
        home, state = self._home, self.messages.state
        if home is None:
            return
        row = self._back_to if self.messages.searching else state.current if state.cursor else None
        at = Whereabouts(home.account, home.name, row.date if row else 0, row.placement if row else 0)
        self.memory.screen = replace(self.memory.screen, at=at, orders=self.messages.threads.orders())

    def _remembered(self) -> tuple[Mailbox | None, RowKey | None]:
        """The folder and the message to begin with."""
        at = self.memory.screen.at
        self.messages.threads.recall(self.memory.screen.orders)
        self._lay_out()
        for box in self.folders.tree_.mailboxes:
            if at.folder and (box.account, box.name) == (at.account, at.folder) and not is_search(box.id):
                return box, RowKey(at.date, PlacementId(at.placement)) if at.date else None
        return None, None

    def _keep(self) -> None:
        self.remember()
        self.memory.keep_screen()
