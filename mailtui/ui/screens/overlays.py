"""Palette and help: a field to type in, a list below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.strip import Strip

from mailtui.mail.sanitize import cell_width, safe_line
from mailtui.model.folder import Mailbox, Role
from mailtui.model.mail import Address
from mailtui.ui.actions import ACTIONS, ANY, GO_ROLES, SCOPE_TITLES, Action, describe, in_scope
from mailtui.ui.keymap import Keymap
from mailtui.ui.painting import RAISED, Painter
from mailtui.ui.screens.above import Above
from mailtui.ui.themes.palettes import PALETTES
from mailtui.ui.widgets.entry import Entry
from mailtui.ui.widgets.lines import LinesWidget
from mailtui.ui.widgets.menu import Item, Menu
from mailtui.view.completing import written_address
from mailtui.view.fuzzy import match
from mailtui.view.glyphs import Glyphs
from mailtui.view.pieces import Piece, Pieces, spread
from mailtui.view.tree import mailbox_path

MOST_PEOPLE = 4
_GO = {role: name for name, role in GO_ROLES.items()}
_KEYS = {"escape": 0, "up": -1, "down": 1, "ctrl+p": -1, "ctrl+n": 1, "pageup": -10, "pagedown": 10, "ctrl+c": 0}


class OverlayTitle(LinesWidget):
    """One line: what this is, and the way out."""

    GROUND = RAISED
    text = ""
    way_out = "Esc closes "

    def paint(self, y: int, width: int) -> Strip:
        left = (Piece("  "), Piece(self.text, "head-focus"))
        return self.painter.strip(spread(left, (Piece(self.way_out, "dim"),), width), width, RAISED)


class Overlay(Above[str | None]):
    """Ends with the value chosen, or None."""

    TITLE_TEXT = ""
    PLACEHOLDER = ""
    SMALL = False
    """Only a line of the list is needed."""

    def __init__(self, painter: Painter, glyphs: Glyphs) -> None:
        super().__init__()
        self.title_line = OverlayTitle(painter, glyphs, id="overlay-title")
        self.title_line.text = self.TITLE_TEXT
        self.entry = Entry(self.PLACEHOLDER, frozenset(_KEYS), id="overlay-entry")
        self.menu = Menu(painter, glyphs, id="overlay-menu")

    def compose(self) -> ComposeResult:
        with Vertical(id="overlay", classes="-small" if self.SMALL else None):
            yield self.title_line
            yield self.entry
            yield self.menu

    def on_mount(self) -> None:
        self.entry.focus()
        self.menu.show(self.items(""))

    def items(self, typed: str) -> list[Item]:
        """What there is to choose for what was typed."""
        raise NotImplementedError

    @on(Entry.Changed)
    def _changed(self, event: Entry.Changed) -> None:
        self.menu.show(self.items(event.value))

    @on(Entry.Submitted)
    def _submitted(self) -> None:
        self.enter()

    def enter(self) -> None:
        """The line under the cursor."""
        self.menu.choose()

    @on(Entry.Pressed)
    def _pressed(self, event: Entry.Pressed) -> None:
        if _KEYS[event.key] == 0:
            self.dismiss(None)
        else:
            self.menu.move(_KEYS[event.key])
            self.looked(self.menu.value)

    def looked(self, value: str) -> None:
        """The cursor is on another line now."""

    @on(Menu.Chosen)
    def _chosen(self, event: Menu.Chosen) -> None:
        self.chosen(event.value)

    def chosen(self, value: str) -> None:
        """Enter, or a click."""
        self.dismiss(value)


def marked(text: str, places: Sequence[int], style: str) -> Pieces:
    """The text with the matched letters lit."""
    lit = set(places)
    out: list[Piece] = []
    for index, char in enumerate(text):
        name = "match" if index in lit else style
        if out and out[-1].style == name:
            out[-1] = Piece(out[-1].text + char, name)
        else:
            out.append(Piece(char, name))
    return tuple(out)


class Palette(Overlay):
    """Actions, folders, accounts, earlier searches and people by fuzzy name. Ends with `do:ACTION`, `to:MAILBOX`,
    `find:QUERY` or `write:ADDRESS`."""

    TITLE_TEXT = "Do anything"
    PLACEHOLDER = "an action, a folder, an earlier search, a person"

    def __init__(
        self,
        painter: Painter,
        glyphs: Glyphs,
        keymap: Keymap,
        scope: str,
        mailboxes: Sequence[Mailbox],
        *,
        folders_only: bool,
        recent: Sequence[str] = (),
        people: Callable[[str, Callable[[list[Address]], None]], None] = lambda typed, done: None,
    ) -> None:
        """`people`: asks for those whom it fits; they come below everything else."""
        if folders_only:
            self.TITLE_TEXT, self.PLACEHOLDER = "Go to folder", "a few letters of its name"
        super().__init__(painter, glyphs)
        self._entries: list[tuple[str, str, str]] = []
        self._people = people
        self._found: tuple[str, list[Address]] = ("", [])
        self._write = "" if folders_only else keymap.shown("compose", scope, 1)
        several = len({box.account for box in mailboxes}) > 1
        if not folders_only:
            seen: set[str] = set()
            for action in sorted((*in_scope(scope), *in_scope(ANY)), key=_usual):
                if action.name not in seen and action.name != "palette":
                    seen.add(action.name)
                    keys = keymap.shown(action.name, scope, 2)
                    self._entries.append((action.description, keys, f"do:{action.name}"))
        for box in mailboxes:
            name = mailbox_path(box)
            if not (folders_only or several) and _said_already(name, box.role):
                continue
            label = name if folders_only else f"Go to {name}"
            keys = _GO.get(box.role, "") if not folders_only and box.account == mailboxes[0].account else ""
            shown = keymap.shown(keys, scope, 1) if keys else ""
            right = "  ".join(one for one in (safe_line(box.account) if several else "", shown) if one)
            self._entries.append((label, right, f"to:{box.id}"))
            if several and box.role is Role.INBOX and box.account and not folders_only:
                self._entries.append((f"Account {safe_line(box.account)}", "its inbox", f"to:{box.id}"))
        find = "" if folders_only else keymap.shown("search", scope, 1)
        self._entries += [(f"Search {safe_line(one)}", find, f"find:{one}") for one in recent]

    def items(self, typed: str) -> list[Item]:
        found: list[tuple[float, int, Item]] = []
        for order, (text, keys, value) in enumerate(self._entries):
            hit = match(typed, text)
            if hit is not None:
                left = (Piece("  "), *marked(text, hit.places, "text"))
                found.append((-hit.score, order, Item(left, (Piece(f"{keys} ", "hint-key"),), value)))
        found.sort(key=lambda one: one[:2])
        plain = 3 * len("".join(typed.split())) - 1  # what holds it as it was typed; the rest holds its letters
        persons = self._persons() if self._found[0] == typed.strip() else []
        first = [item for score, _, item in found if -score >= plain]
        return first + persons + [item for score, _, item in found if -score < plain]

    def _persons(self) -> list[Item]:
        """Two lines for each: their mail, and a message to them."""
        out: list[Item] = []
        for one in self._found[1]:
            name = safe_line(one.name) or safe_line(one.addr)
            addr = Piece(f"  {safe_line(one.addr)}" if one.name else "", "dim")
            left = (Piece("  "), Piece("Mail from ", "text"), Piece(name, "person"), addr)
            out.append(Item(left, (), f"find:from:{one.addr}"))
            left = (Piece("  "), Piece("Write to ", "text"), Piece(name, "person"), addr)
            out.append(
                Item(left, (Piece(f"{self._write} ", "hint-key"),), f"write:{written_address(one.name, one.addr)}")
            )
        return out

    @on(Entry.Changed)
    def _ask_people(self, event: Entry.Changed) -> None:
        typed = event.value.strip()
        if len(typed) > 1:
            self._people(typed, lambda found: self._came(typed, found))

    def _came(self, typed: str, found: list[Address]) -> None:
        if self.is_attached and typed == self.entry.value.strip():
            clean = [one for one in found if one.addr.isprintable() and not set(one.addr) & set(' ()"')]
            self._found = (typed, clean[:MOST_PEOPLE])
            fresh = self.menu.cursor == 0  # nobody has moved yet: the best stays under the cursor
            (self.menu.show if fresh else self.menu.update)(self.items(typed))


def _usual(action: Action) -> tuple[bool, int]:
    """What the footer would offer comes first, in its order; then the rest, in that of the registry."""
    return not action.hint, action.rank if action.hint else 0


def _said_already(name: str, role: Role) -> bool:
    """Whether the action that goes to this role says the folder's name too: twice the same is once too much."""
    action = describe(_GO[role], ANY) if role in _GO else None
    return action is not None and name.lower() in action.description.lower().split()


class Themes(Overlay):
    """Colours, each shown on the screen behind while the cursor is on it. Ends with the name that was chosen."""

    TITLE_TEXT = "Colours"
    PLACEHOLDER = "dark, light, contrast, ansi"

    def __init__(self, painter: Painter, glyphs: Glyphs, now: str, show: Callable[[str], None]) -> None:
        super().__init__(painter, glyphs)
        self._now = now
        self._show = show

    def items(self, typed: str) -> list[Item]:
        out: list[Item] = []
        for name in sorted(PALETTES, key=lambda name: name != self._now):
            if match(typed, name) is not None:
                here = Piece("now ", "dim") if name == self._now else Piece("")
                out.append(Item((Piece("  "), Piece(name, "text")), (here,), name))
        return out

    @on(Entry.Changed)
    def _narrowed(self, event: Entry.Changed) -> None:
        self.looked(next((item.value for item in self.items(event.value)), ""))

    def looked(self, value: str) -> None:
        if value:
            self._show(value)


class Help(Overlay):
    """All keys of the focused pane. Ends with `do:ACTION` for the one that was chosen."""

    PLACEHOLDER = "search the keys"

    def __init__(self, painter: Painter, glyphs: Glyphs, keymap: Keymap, scope: str) -> None:
        self.TITLE_TEXT = f"Keys: {SCOPE_TITLES[scope]}"
        super().__init__(painter, glyphs)
        self._keymap = keymap
        self._scope = scope

    def items(self, typed: str) -> list[Item]:
        out: list[Item] = []
        mine: dict[str, list[Item]] = {self._scope: [], ANY: []}
        lines: list[tuple[str, str, str, str]] = []
        for name in dict.fromkeys(action.name for action in ACTIONS):
            action = describe(name, self._scope)
            keys = self._keymap.keys_for(name, self._scope)
            if action is None or not keys:
                continue
            shown = self._keymap.shown(name, self._scope, 6)
            if typed and match(typed, action.description) is None and typed not in shown.split():
                continue
            group = self._scope if self._scope in action.scopes else ANY
            lines.append((group, shown, action.description, name))
        column = max((cell_width(shown) for _, shown, _, _ in lines), default=0)
        for group, shown, words, name in lines:
            left = (Piece(f"  {shown}{' ' * (column - cell_width(shown))}  ", "hint-key"), Piece(words, "text"))
            mine[group].append(Item(left, (), f"do:{name}"))
        for scope, items in mine.items():
            if items:
                out += [Item((Piece(f"  {SCOPE_TITLES[scope]}", "head"),)), *items, Item(())]
        return out
