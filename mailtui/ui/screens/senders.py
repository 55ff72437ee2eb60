"""The mail of a folder by sender, above the screen: one line for each, with keys for all of its mail."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from mailtui.mail.sanitize import safe_line
from mailtui.model.folder import Mailbox
from mailtui.model.ids import ThreadId
from mailtui.model.intents import Undo
from mailtui.model.mail import Row
from mailtui.model.senders import SenderGroup
from mailtui.ui.bridge import Bridge
from mailtui.ui.clock import now
from mailtui.ui.painting import Painter
from mailtui.ui.screens.panels import Panel
from mailtui.view import senders
from mailtui.view.dates import SmartDate
from mailtui.view.deeds import Target
from mailtui.view.figures import count
from mailtui.view.glyphs import Glyphs
from mailtui.view.panels import Entry
from mailtui.view.tree import mailbox_label

FIRST = 2_000
"""Messages, the newest, by which the first lines come while a big folder is still read."""
CALM = 1.0
"""Seconds between two readings while the folder changes."""


class Doing(Protocol):
    """What the keys do: to the mail of a sender, or with its newest message."""

    def to_sender(self, name: str, targets: tuple[Target, ...], who: str) -> None:
        """An action on messages by name."""

    def leave(self, row: Row) -> None:
        """Off the list that it came by."""

    def open_sender(self, box: Mailbox, group: SenderGroup) -> None:
        """Its messages in the list."""


class Senders(Panel):
    """`at`: the sender that the cursor begins on."""

    KEYS = (
        ("Enter", "open"),
        ("e", "archive"),
        ("d", "delete"),
        ("X", "leave"),
        ("u", "undo"),
        ("N", "advertising"),
    )
    EMPTY = "Nothing here."
    AGAIN = 0
    ACTIONS = {  # noqa: RUF012 - never changed
        "e": "archive",
        "a": "archive",
        "d": "delete",
        "#": "delete",
        "delete": "delete",
        "N": "toggle_advertising",
        "!": "toggle_spam",
    }

    def __init__(
        self, painter: Painter, glyphs: Glyphs, bridge: Bridge, box: Mailbox, doing: Doing, at: str = ""
    ) -> None:
        super().__init__(painter, glyphs, bridge)
        self.box = box
        self._doing = doing
        self._at = at
        self._groups: dict[str, SenderGroup] = {}
        self._gone: set[str] = set()
        """Whose mail is about to leave."""
        self._whole = False
        self._calming = False

    # -- reading

    def read(self) -> None:
        """The newest first, so that a big folder shows at once."""
        reader, box = self.bridge.reader, self.box.id
        if not self._groups:
            newest = partial(reader.senders, box, newest=FIRST)
            self.bridge.ask("panel:newest", newest, self._some, self._failed)
        self.bridge.ask("panel:senders", partial(reader.senders, box), self._all, self._failed)

    def _some(self, found: tuple[SenderGroup, ...]) -> None:
        if not self._whole:
            self._show(found)

    def _all(self, found: tuple[SenderGroup, ...]) -> None:
        self._whole = True
        self._show(found)

    def _show(self, found: tuple[SenderGroup, ...]) -> None:
        if not self.is_attached:
            return
        self._groups = {one.key: one for one in found}
        self.title_line.text = self._title(len(found), sum(one.count for one in found))
        self.title_line.refresh()
        self._came(found)
        if self._at in self._groups and self._whole:
            self.menu.move(list(self._groups).index(self._at))
            self._at = ""

    def _title(self, number: int, messages: int) -> str:
        more = "" if self._whole else f" {self.glyphs.ellipsis}"
        return f"{mailbox_label(self.box)} by sender  {count(number)} {self.glyphs.separator} {count(messages)}{more}"

    def entries(self, found: Any) -> list[Entry]:
        dates = SmartDate(now(), narrow=True, apostrophe=self.glyphs.apostrophe)
        shown = [one for one in found if one.key not in self._gone]
        return senders.entries(shown, dates, self.glyphs, self.menu.content_size.width)

    def changed(self) -> None:
        """Mail of the folder came, went or looks different; or something was refused."""
        if not self._calming:
            self._calming = True
            self.set_timer(0.1 if self._gone else CALM, self._again)

    def _again(self) -> None:
        self._calming = False
        self._gone.clear()
        self.read()

    # -- keys

    def act(self, key: str, value: str) -> bool:
        group = self._groups.get(value)
        if group is None:
            return False
        if key in {"enter", "o", "l", "right", "space"}:
            self.dismiss(None)
            self._doing.open_sender(self.box, group)
        elif key in self.ACTIONS:
            self._gather(group, partial(self._do, self.ACTIONS[key], group))
        elif key == "X":
            wanted = (group.newest.placement,)
            self._ask(lambda: self.bridge.reader.rows(wanted), self._leave)
        elif key in {"u", "ctrl+z"}:
            self.bridge.send(Undo())
        else:
            return False
        return True

    def _ask(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        self.bridge.ask("picking:senders", work, done, lambda error: self.foot.say(safe_line(str(error))))

    def _leave(self, rows: tuple[Row, ...]) -> None:
        if rows:
            self._doing.leave(rows[0])
        else:
            self.foot.say("Its newest message is not there any more")

    def _gather(self, group: SenderGroup, then: Callable[[tuple[Target, ...]], None]) -> None:
        """All messages of the sender as they lie there now, also those that came since the lines were read."""
        reader, box = self.bridge.reader, self.box.id

        def work() -> tuple[Target, ...]:
            whose = reader.of_sender(box, group)
            return tuple(Target(one, box, 0, ThreadId(-one), group.subject) for one in whose)  # each by itself

        self._ask(work, then)

    def _do(self, name: str, group: SenderGroup, targets: tuple[Target, ...]) -> None:
        if not targets:
            self.foot.say("Nothing of it lies here any more")
            return
        self._doing.to_sender(name, targets, senders.who(group))

    def leaving(self, targets: tuple[Target, ...]) -> None:
        """Their mail is on its way out: the line goes at once."""
        newest = {one.placement for one in targets}
        self._gone |= {key for key, one in self._groups.items() if one.newest.placement in newest}
        self._came(tuple(self._groups.values()))
