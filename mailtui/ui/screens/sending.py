"""From a message that is written to the drafts folder, or to the outbox: checked, built on a thread, handed to the
store. What lies on the disk goes only when the store has it, and the text only then leaves the screen for good."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from mailtui.mail.compose.checks import Doubt as Overlooked
from mailtui.mail.sanitize import safe_line
from mailtui.model.changes import Done
from mailtui.model.intents import Deed
from mailtui.model.mail import Row
from mailtui.model.outgoing import Outgoing, Unsend
from mailtui.ui.answering import Answering, Built
from mailtui.ui.bridge import Bridge
from mailtui.ui.clock import now
from mailtui.ui.doubting import mend, no_moment
from mailtui.ui.screens.compose_asks import Doubt, Doubts
from mailtui.ui.screens.composer import ComposerScreen
from mailtui.ui.screens.deeds import Ask
from mailtui.ui.screens.questions import Prompt
from mailtui.view.composer import Written

if TYPE_CHECKING:
    from mailtui.ui.screens.composing import Composing

LOOK_AGAIN = 0.15
"""Seconds between two looks whether the store has it."""
PATIENCE = 15.0
"""Seconds after which it is said that the store does not take it."""


@dataclass(slots=True)
class _Sent:
    """What was sent last, while it can be had back. Times: seconds since 1970 UTC."""

    written: Written
    until: float


class Sending:
    """One for all composers."""

    def __init__(self, composing: Composing, bridge: Bridge, answering: Answering, ask: Ask) -> None:
        self._composing = composing
        self._bridge = bridge
        self._answering = answering
        self._ask = ask
        self._last: _Sent | None = None
        self._label = ""
        """Of the deed that is sending now."""
        self._looks = itertools.count(1)

    # -- drafts

    def draft(self, screen: ComposerScreen, *, closing: bool = False) -> None:
        """Into the drafts folder. `closing`: the composer goes away as soon as the store has it."""
        written, edition = screen.current(), screen.edition
        if written.blank or screen.busy or (edition == screen.drafted and not closing):
            return
        if edition == screen.drafted and closing:
            self._drafted(screen, closing)
            return
        if closing:
            self._busy(screen, "saving")

        def built(found: tuple[Deed, int]) -> None:
            deed, before = found
            self._bridge.send(deed)
            self._await(
                partial(self._answering.draft_after, written, before),
                lambda: self._safe(screen, edition, closing),
                lambda: self._trouble(screen, "The draft could not be saved: what you wrote stays here"),
            )

        self._bridge.ask(
            f"build:{screen.word}",
            partial(self._answering.draft, written),
            built,
            lambda error: self._trouble(screen, safe_line(str(error))),
        )

    def _safe(self, screen: ComposerScreen, edition: int, closing: bool) -> None:
        screen.drafted = edition
        self._busy(screen, "")
        if closing:
            self._drafted(screen, closing)
        else:
            screen.foot.say("Draft saved", "good")

    def _drafted(self, screen: ComposerScreen, closing: bool) -> None:
        if closing and screen in self._composing.screens:
            self._composing.gone(screen)
            self._composing.status.toast_key("Draft saved", "", "")

    def _busy(self, screen: ComposerScreen, words: str) -> None:
        screen.busy = words
        screen.writing.read_only = bool(words) or screen.current().fixed
        screen.refresh_state()

    def _trouble(self, screen: ComposerScreen, words: str) -> None:
        """Nothing is lost: it is still on the screen."""
        self._busy(screen, "")
        if screen in self._composing.screens:
            screen.foot.say(words, "error", 20)
            if self._composing.shown is not screen:
                self._composing.show(screen)

    def _await(self, there: Callable[[], bool], done: Callable[[], None], failed: Callable[[], None]) -> None:
        """Until the store has it. `there` runs on a thread."""
        started = self._bridge.loop_time()
        kind = f"composing:look{next(self._looks)}"

        def looked(found: bool) -> None:
            if found:
                done()
            elif self._bridge.loop_time() - started > PATIENCE:
                failed()
            else:
                self._composing.app.set_timer(LOOK_AGAIN, look)

        def look() -> None:
            self._bridge.ask(kind, there, looked, lambda error: looked(False))

        look()

    # -- sending

    def send(self, screen: ComposerScreen, not_before: float | None = None, *, sure: bool = False) -> None:
        """Check it, then hand it over. `not_before`: seconds since 1970 UTC, None: after the undo window."""
        if screen.coming:
            screen.foot.say("Files are still being copied: one moment")
            return
        written = screen.current()
        if sure:
            self._build(screen, written, not_before)
            return
        self._bridge.ask(
            f"build:{screen.word}",
            partial(self._answering.check, written, not_before),
            partial(self._checked, screen, not_before),
            lambda error: self._trouble(screen, safe_line(str(error))),
        )

    def _checked(self, screen: ComposerScreen, not_before: float | None, found: tuple[Overlooked, ...]) -> None:
        if not found:
            self.send(screen, not_before, sure=True)
            return
        taken: set[str] = set()
        doubts = []
        for one in found:
            key, deed, word = mend(one)
            doubts.append(Doubt(one.text, key, deed, word) if key not in taken else Doubt(one.text))
            taken.add(key)
        stop = any(one.stops for one in found)

        def answered(deed: str | None) -> None:
            if deed == "send":
                self.send(screen, not_before, sure=True)
            elif deed in {None, "back"}:
                screen.foot.hush()
            else:
                self._mend(screen, str(deed))

        self._ask(Doubts(self._composing.painter, self._composing.glyphs, doubts, stop=stop), answered)

    def _mend(self, screen: ComposerScreen, deed: str) -> None:
        """The key of a doubt: to the field, or an action of the composer."""
        from mailtui.view.composer import Field

        if deed.startswith("go:"):
            name = deed.removeprefix("go:")
            if name in {"text", "files"}:
                (screen.writing if name == "text" else screen.files_line).focus()
            else:
                screen.head.show_field(Field[name.upper()])
        else:
            screen.perform(deed)

    def _build(self, screen: ComposerScreen, written: Written, not_before: float | None) -> None:
        self._busy(screen, "sending")
        moment = not_before if not_before is not None else now() + self._answering.undo_seconds
        self._bridge.ask(
            f"build:{screen.word}",
            partial(self._answering.build, written, moment),
            partial(self._built, screen, written, later=not_before is not None),
            lambda error: self._trouble(screen, safe_line(str(error))),
        )

    def _built(self, screen: ComposerScreen, written: Written, found: Built, *, later: bool) -> None:
        self._label = found.deed.label
        self._bridge.send(found.deed)
        self._await(
            partial(self._answering.queued, found.message_id),
            lambda: self._queued(screen, written, found, later),
            lambda: self._trouble(screen, "The outbox did not take it: what you wrote stays here"),
        )

    def _queued(self, screen: ComposerScreen, written: Written, found: Built, later: bool) -> None:
        self._composing.gone(screen, forget=False)
        self._composing.forget_text(screen.word)
        left = found.not_before - now()
        self._last = _Sent(written, found.not_before)
        self._composing.app.set_timer(max(left, 0) + 5, partial(self._over, written))
        status = self._composing.status
        if later:
            status.toast_key(f"Goes out {self._answering.shown_time(found.not_before)}", self._outbox_key, "outbox")
        else:
            status.count_down("Sending", found.not_before, status.keymap.shown("undo", status.scope, 1))

    @property
    def _outbox_key(self) -> str:
        return self._composing.status.keymap.shown("outbox", self._composing.status.scope, 1)

    def _over(self, written: Written) -> None:
        """It can't be had back any more: the copies of its files go."""
        if not any(one.word == written.word for one in self._composing.screens):
            self._composing.forget(written.word)

    # -- back

    def undo(self) -> bool:
        """Take back what was sent last, if that can be, or say that it can't; False if something else was done since.
        Nothing older is undone by a key that was meant for the mail."""
        last, self._last = self._last, None
        if last is None:
            return False
        in_time = now() < last.until  # later its files are gone from here: the draft has them
        self.unsend(last.written.message_id, last.written if in_time else None, opening=True)
        return True

    def heard(self, done: Done) -> bool:
        """Something was done: unless it is the sending itself, undo means that from now on."""
        if done.label == self._label and not done.undone:
            return True
        self._last = None
        return False

    def edit(self, outgoing: Outgoing, opening: bool) -> None:
        """Out of the queue, to the drafts; into the composer if `opening`."""
        last = self._last
        if last is not None and last.written.message_id == outgoing.message_id:
            self._last = None
            if opening:
                self.unsend(outgoing.message_id, last.written)
                return
        self.unsend(outgoing.message_id, opening=opening)

    def unsend(self, message_id: str, written: Written | None = None, *, opening: bool = False) -> None:
        """Out of the queue, and into the composer: as it was written, else as the draft that it is then."""
        status = self._composing.status

        def found(named: tuple[Outgoing | None, str]) -> None:
            outgoing, draft_id = named
            if outgoing is None:
                late()
                return
            self._bridge.send(Unsend(outgoing.id))
            self._await(partial(self._answering.unqueued, message_id), partial(back, draft_id), late)

        def back(draft_id: str) -> None:
            status.end_count_down()
            if written is not None:
                screen = self._composing.make(written)
                self._composing.show(screen)
                screen.call_after_refresh(screen.touched)
                screen.call_after_refresh(screen.foot.say, "Not sent: here it is again", "good")
            elif opening:
                self._open_draft(draft_id)
            else:
                status.toast_key("Taken back: it is in the drafts", "", "")

        def late() -> None:
            status.say("It is on its way already: that can't be undone")

        self._bridge.ask(
            "composing:look",
            partial(self._answering.drafted_as, message_id),
            found,
            lambda error: status.say(safe_line(str(error))),
        )

    def _open_draft(self, message_id: str) -> None:
        def found(row: Row | None) -> None:
            if row is not None:
                self._composing.open_stored(row)
            else:
                self._composing.status.say("It was taken back and lies in the drafts folder")

        find = partial(self._answering.draft_row, message_id)
        self._bridge.ask("build", find, found, lambda error: self._composing.status.say(safe_line(str(error))))

    # -- later

    def ask_when(self, screen: ComposerScreen) -> None:
        """When it shall go out."""

        def verb(typed: str) -> str:
            moment = self._answering.moment(typed, now())
            return f"send it {self._answering.shown_time(moment)}" if moment is not None else ""

        def chosen(typed: str | None) -> None:
            moment = self._answering.moment(typed or "", now())
            if moment is not None:
                self.send(screen, moment)

        def why_not(typed: str) -> str:
            return no_moment(typed, now())

        look = self._composing.painter, self._composing.glyphs
        placeholder = "in 2 h, tomorrow 8:00, fri 9:00, 24.12. 18:00"
        self._ask(Prompt(*look, "Send later", verb, placeholder, why_not=why_not), chosen)
