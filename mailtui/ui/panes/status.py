"""The two lines at the bottom: what the accounts do, and the keys of the focused pane."""

from __future__ import annotations

from collections.abc import Mapping

from textual import events
from textual.strip import Strip
from textual.timer import Timer

from mailtui.mail.sanitize import clip
from mailtui.model.ids import MailboxId
from mailtui.ui.actions import ANY, describe, in_scope
from mailtui.ui.clock import now
from mailtui.ui.keymap import Keymap
from mailtui.ui.painting import SIDE, Painter
from mailtui.ui.widgets.lines import ActionWanted, LinesWidget
from mailtui.view.figures import count, plural
from mailtui.view.glyphs import Glyphs
from mailtui.view.keys import IDLE, ChordState, show_keys
from mailtui.view.pieces import Piece, Pieces, fit, width_of
from mailtui.view.pointing import piece_at
from mailtui.view.status import Status, format_status

WORD_STAYS = 4.0
"""Seconds that a sentence stays in the line."""
TOAST_STAYS = 8.0
"""Seconds that one can read what was done and how to undo it."""

OPERATORS = (
    "from:",
    "subject:",
    "is:unread",
    "has:attachment",
    "after:",
    '"a phrase"',
    "-without",
    "to:",
    "body:",
    "in:",
    "before:",
    "list:",
    "size:>1M",
)
"""What one can write in a search, the most useful first."""


class StatusPane(LinesWidget):
    """Line 0: status, or a sentence for a moment. Line 1: keys, or what can follow the keys typed so far."""

    GROUND = SIDE

    def __init__(self, painter: Painter, glyphs: Glyphs, keymap: Keymap) -> None:
        super().__init__(painter, glyphs, id="status")
        self.keymap = keymap
        self.status = Status()
        self.names: Mapping[MailboxId, str] = {}
        self.place = ""
        self.marked = 0
        self.writing = 0
        """Messages that are open for writing, put aside."""
        self._until = 0.0
        """When what is counted down happens, seconds since 1970 UTC; 0: nothing is."""
        self._count: Timer | None = None
        self.scope = "list"
        self.typing = False
        self._sentence = ""
        self._toast = ("", "", "")
        """What was done, the key that takes it back, and its word."""
        self._toast_stays: Timer | None = None
        self._chord: ChordState = IDLE
        self._stay: Timer | None = None
        self._tick: Timer | None = None

    def update(self, status: Status, names: Mapping[MailboxId, str] | None = None) -> None:
        self.names = names if names is not None else self.names
        if status != self.status or names is not None:
            self.status = status
            self.touch(0)
        if status.counting_down and self._tick is None:
            self._tick = self.set_interval(1.0, lambda: self.touch(0))
        elif not status.counting_down and self._tick is not None:
            self._tick.stop()
            self._tick = None

    def set_place(self, text: str) -> None:
        """Where the cursor is."""
        if text != self.place:
            self.place = text
            self.touch(0)

    def set_marked(self, number: int) -> None:
        """How many messages are marked."""
        if number != self.marked:
            self.marked = number
            self.touch(0)

    def set_writing(self, number: int) -> None:
        """How many messages are open for writing."""
        if number != self.writing:
            self.writing = number
            self.touch(0)

    def count_down(self, verb: str, until: float, key: str) -> None:
        """`Sending in 9 s`, and the key that takes it back. `until`: seconds since 1970 UTC."""
        self.end_count_down()
        self._until = until

        def tick() -> None:
            left = round(until - now())
            if left <= 0:
                self.end_count_down()
            else:
                self.toast_key(f"{verb} in {left} s", key, "undo")

        tick()
        if self._until:
            self._count = self.set_interval(1.0, tick)

    @property
    def unsent(self) -> int:
        """Messages that would go out by themselves if one stayed: on their way, or in the seconds to take them back. In
        the demo nothing is missed."""
        return 0 if self.status.demo else max(self.status.leaving, int(self._until > now()))

    def end_count_down(self) -> None:
        if self._count is not None:
            self._count.stop()
            self._count = None
        if self._until:
            self._until = 0.0
            self._toast_over()

    def toast_key(self, label: str, key: str, word: str) -> None:
        """A sentence, with a key that goes on from there. Safe text."""
        self._toast = (label, key, word)
        self._sentence = ""
        if self._toast_stays is not None:
            self._toast_stays.stop()
        self._toast_stays = self.set_timer(TOAST_STAYS, self._toast_over)
        self.touch(0)

    def toast(self, label: str, undone: bool) -> None:
        """What was just done, and the way back; the next one takes its place. Safe text."""
        word = "redo" if undone else "undo"
        self.end_count_down()
        self.toast_key(f"Undone: {label}" if undone else label, self.keymap.shown(word, self.scope, 1), word)

    def _toast_over(self) -> None:
        self._toast = ("", "", "")
        self.touch(0)

    def _toasted(self, width: int, place: str) -> Pieces:
        """The label gives way to what stands at its right."""
        words, key, word = self._toast
        if not words:
            return ()
        waits = 14 * bool(self.status.pending) + 13 * bool(self.status.failed) + 11 * bool(self.status.stuck)
        waits += 14 * bool(self.status.leaving + self.status.held)
        room = max(16, width - len(place) - waits - 8 * self.status.demo - len(key) - len(word) - 9)
        out = [Piece(f"{self.glyphs.done} ", "done"), Piece(clip(words, room, self.glyphs.ellipsis), "strong")]
        if key:
            out += [Piece(f" {self.glyphs.separator} ", "dim"), Piece(key, "hint-key"), Piece(f" {word}", "hint")]
        return tuple(out)

    def say(self, text: str) -> None:
        """A sentence for a moment; safe text."""
        self._sentence = text
        if self._stay is not None:
            self._stay.stop()
        self._stay = self.set_timer(WORD_STAYS, self.hush)
        self.touch(0)

    def hush(self) -> None:
        """The status again."""
        if self._sentence:
            self._sentence = ""
            self.touch(0)

    def show_chord(self, chord: ChordState) -> None:
        """Keys typed so far: the second line tells how they can go on."""
        if chord != self._chord:
            self._chord = chord
            self.touch(1)

    def set_typing(self, typing: bool) -> None:
        """Whether letters go to the search line: no key of the list works meanwhile."""
        if typing != self.typing:
            self.typing = typing
            self.touch(1)

    def set_scope(self, scope: str) -> None:
        if scope != self.scope:
            self.scope = scope
            self.touch(1)

    def paint(self, y: int, width: int) -> Strip:
        if y == 0:
            return self.painter.strip(self._state(width), width, SIDE)
        if self.typing:
            return self.painter.strip(_operators(width), width, SIDE)
        return self.painter.strip(self._hints(width) if self._chord.idle else self._following(width), width, SIDE)

    def _state(self, width: int) -> Pieces:
        if self._sentence:
            return fit((Piece("  "), Piece(self._sentence, "warn")), width, self.glyphs.ellipsis)
        place = f"{count(self.marked)} marked  {self.place}" if self.marked else self.place
        if self.writing:
            place = f"{self.glyphs.draft} {plural(self.writing, 'draft')} open  {place}"
        toast = self._toasted(width, place)
        return format_status(self.status, width, self.glyphs, self.names, now(), place, toast)

    def _hints(self, width: int) -> Pieces:
        """As many as fit whole; the least important goes first, the order on the line stays."""
        return (Piece(" "), *(piece for _, pieces in self._offered(width) for piece in pieces))

    def _offered(self, width: int) -> list[tuple[str, Pieces]]:
        """Actions of the line, each with its key and its word."""
        seen: set[str] = set()
        found: list[tuple[int, str, Pieces]] = []
        for action in (*in_scope(self.scope), *in_scope(ANY)):
            keys = self.keymap.shown(action.name, self.scope, 1)
            if action.hint and keys and action.name not in seen:
                seen.add(action.name)
                words = (Piece(f" {keys}", "hint-key"), Piece(f" {action.hint} ", "hint"))
                found.append((action.rank, action.name, words))
        kept: list[tuple[str, Pieces]] = []
        room = width - 1
        for _, name, pieces in sorted(found, key=lambda item: item[0]):
            room -= width_of(pieces)
            if room < 0:
                break
            kept.append((name, pieces))
        return kept

    def on_click(self, event: events.Click) -> None:
        """What the mouse presses here does what its key does."""
        width = self.content_size.width
        if self.line_of(event.y) == 1 and self._chord.idle and not self.typing:
            at = piece_at(self._hints(width), event.x)
            if at:
                self.post_message(ActionWanted(self._offered(width)[(at - 1) // 2][0]))
        elif self.line_of(event.y) == 0 and not self._sentence and self._toast[2] in {"undo", "redo"}:
            pieces = self._state(width)
            at = piece_at(pieces, event.x)
            if at is not None and pieces[at].style in {"hint-key", "hint"}:
                self.post_message(ActionWanted(self._toast[2]))

    def _following(self, width: int) -> Pieces:
        out: list[Piece] = [Piece(f"  {self._chord.shown()}", "hint-key"), Piece(f" {self.glyphs.ellipsis} ", "dim")]
        if self._chord.prefix:
            length = len(self._chord.prefix)
            for keys, name in self.keymap.bindings[self.scope].continuations(self._chord.prefix):
                action = describe(name, self.scope)
                words = name.replace("go_", "").replace("_", " ") if action is None or not action.hint else action.hint
                if name.startswith("go_"):
                    words = name[3:]
                out += [
                    Piece(f" {show_keys(keys[length:])}", "hint-key"),
                    Piece(f" {words.replace('_', ' ')} ", "hint"),
                ]
        else:
            out.append(Piece("times", "hint"))
        return fit(out, width, self.glyphs.ellipsis)


def _operators(width: int) -> Pieces:
    """What a search understands, as much as fits whole."""
    kept: list[Piece] = [Piece("  words", "hint")]
    room = width - 8
    for word in OPERATORS:
        room -= len(word) + 2
        if room < 0:
            break
        kept += [Piece(f"  {word}", "hint-key")]
    return tuple(kept)
