"""`X`: off the list that a message came by. One click by its server, else a mail, else its page; asked for first."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from textual.app import App

from mailtui.files.programs import Viewing
from mailtui.mail.render.links import host, safe_url
from mailtui.mail.sanitize import safe_line
from mailtui.model.account import Settings
from mailtui.model.changes import Done, ListLeft, Notice
from mailtui.model.ids import AccountId, Revision
from mailtui.model.intents import FetchBody, LeaveList
from mailtui.model.mail import Row
from mailtui.ui.bridge import Bridge
from mailtui.ui.inside import open_address
from mailtui.ui.leaving import NOT_HERE, Letter, Lists, Offer, doubts
from mailtui.ui.painting import Painter
from mailtui.ui.panes.status import StatusPane
from mailtui.ui.remarks import reminder
from mailtui.ui.screens.deeds import Ask
from mailtui.ui.screens.news import told
from mailtui.ui.screens.panels import Panel
from mailtui.ui.screens.questions import Question
from mailtui.view.glyphs import Glyphs
from mailtui.view.panels import Entry
from mailtui.view.pieces import Piece
from mailtui.view.reader import wrap

Say = Callable[[str], None]
PATIENCE = 90.0
"""Seconds after which it is not said any more that a server is being asked."""


class Desk(Protocol):
    """The screen that it happens on."""

    status: StatusPane

    @property
    def app(self) -> App[Any]: ...

    @property
    def here(self) -> Row | None: ...

    def notify(self, message: str) -> None:
        """A sentence above everything, until it is read."""


class LeavePage(Panel):
    """The addresses of a list's pages: one is opened, or copied. Nothing is asked for before that."""

    KEYS = (("Enter", "open"), ("y", "copy"), ("q", "close"))
    AGAIN = 0

    def __init__(
        self,
        painter: Painter,
        glyphs: Glyphs,
        bridge: Bridge,
        offer: Offer,
        deed: Callable[[str, str, Say], None],
    ) -> None:
        """`deed(name, url, say)` opens or copies."""
        super().__init__(painter, glyphs, bridge)
        self.title_line.text = f"Leave {offer.name}"
        self._offer = offer
        self._deed = deed

    def read(self) -> None:
        """It is here already."""
        self._came(self._offer)

    def entries(self, found: Any) -> list[Entry]:
        room = max(20, min(100, self.app.size.width * 94 // 100 - 6))
        out = [Entry((Piece(f"  {line}", "dim"),)) for line in wrap(_before(self._offer, "On its page:"), room, 6)]
        for url in self._offer.ways.pages:
            out.append(Entry((Piece("  "), Piece(safe_url(url), "link")), (), url))
            for doubt in doubts(url, self._offer.sender):
                out += [Entry((Piece("    "), Piece(line, "warn"))) for line in wrap(f"! {doubt}", room - 2, 3)]
        return out

    def act(self, key: str, value: str) -> bool:
        names = {"enter": "open", "o": "open", "y": "copy", "c": "copy"}
        if key not in names:
            return False
        self._deed(names[key], value, self._say)
        return True

    def _say(self, text: str) -> None:
        if self.is_attached:
            self.foot.say(text)


class Leaving:
    """`ask` puts a screen above everything and hands on what it ends with."""

    def __init__(self, desk: Desk, bridge: Bridge, settings: Settings, ask: Ask) -> None:
        self._desk = desk
        self._bridge = bridge
        self._settings = settings
        self._ask = ask
        self._lists = Lists(bridge.reader, settings)
        self._viewing = Viewing()
        self._asked: dict[tuple[AccountId, str], tuple[Offer, float]] = {}
        """Lists whose server is being asked, and until when that is said."""
        self._failed: set[tuple[AccountId, str]] = set()
        """Lists whose server said no, or nothing."""
        self._sent: dict[str, tuple[Offer, Letter]] = {}
        """Mails that leave a list, by the label of their deed."""

    def leave_here(self) -> None:
        """The list of the message that is shown, or under the cursor."""
        row = self._desk.here
        if row is None:
            self._desk.status.say("There is no message here")
        else:
            self.leave(row)

    def leave(self, row: Row) -> None:
        """The list that this message came by."""
        self._on_thread("look", partial(self._lists.look, row), partial(self._looked, row))

    def _on_thread(self, kind: str, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        say = self._desk.status.say
        self._bridge.ask(f"picking:leave {kind}", work, done, lambda error: say(safe_line(str(error))))

    # -- what to do

    def _looked(self, row: Row, offer: Offer | None) -> None:
        status = self._desk.status
        if offer is None:
            self._bridge.send(FetchBody(row.placement))
            status.say(f"{NOT_HERE}: it is being fetched, try again in a moment")
            return
        key = (offer.account, offer.name)
        if key in self._asked and self._asked[key][1] > self._bridge.loop_time():
            status.say(f"{_host(offer)} is being asked already")
            return
        if key in self._failed and (offer.ways.mails or offer.ways.pages):
            offer = offer.without_click()
        match offer.ways.best:
            case "one-click":
                words = f"One click: {_host(offer)} is asked to take you off. Nothing is opened."
                if not offer.ways.covered:
                    words += " The mail's signature does not vouch for that address."
                self._sure(offer, words, partial(self._click, offer))
            case "mail":
                way = offer.ways.mails[0]
                words = f"A mail to {safe_line(way.to)} goes out from {safe_line(offer.me.addr)}."
                self._sure(offer, words, partial(self._write, offer))
            case "page":
                status = self._desk.status
                self._ask(LeavePage(status.painter, status.glyphs, self._bridge, offer, self._page), lambda _: None)
            case _:
                status.say(_no_way(offer))

    def _sure(self, offer: Offer, words: str, then: Callable[[], None]) -> None:
        status = self._desk.status
        question = Question(status.painter, status.glyphs, f"Leave {offer.name}?", _before(offer, words))
        self._ask(question, lambda yes: then() if yes else None)

    # -- one click

    def _click(self, offer: Offer) -> None:
        self._asked[offer.account, offer.name] = (offer, self._bridge.loop_time() + PATIENCE)
        self._bridge.send(LeaveList(offer.account, offer.name, offer.ways.one_click))
        self._desk.status.say(f"Asking {_host(offer)}{self._desk.status.glyphs.ellipsis}")

    def answered(self, change: ListLeft) -> None:
        """A server's yes or no."""
        key = (change.account, change.name)
        offer, _ = self._asked.pop(key, (None, 0.0))
        self._desk.status.hush()
        name, place = safe_line(change.name), safe_line(change.host)
        if change.status:
            self._failed.discard(key)
            self._desk.status.end_count_down()
            self._desk.status.toast_key(f"Left {name}: {place} said {change.status}", "", "")
            if change.hint:
                self._tell("warning", f"Left {name}", change.hint)
            return
        self._failed.add(key)
        self._tell("error", f"Not left {name}: {change.text}", _else(offer, self._key) or change.hint)

    def _tell(self, level: str, text: str, hint: str) -> None:
        self._desk.notify(**told(Notice(Revision(0), level, text, hint)))

    @property
    def _key(self) -> str:
        return self._desk.status.keymap.shown("unsubscribe", self._desk.status.scope, 1)

    # -- by a mail

    def _write(self, offer: Offer) -> None:
        make = partial(self._lists.letter, offer, offer.ways.mails[0])
        self._on_thread("write", make, partial(self._written, offer))

    def _written(self, offer: Offer, letter: Letter) -> None:
        self._sent[letter.deed.label] = (offer, letter)
        self._bridge.send(letter.deed)

    def heard(self, done: Done) -> bool:
        """Something was done, or undone. True: it was one of our mails on its way, which is told here."""
        offer, letter = self._sent.get(done.label, (None, None))
        if offer is None or letter is None:
            return False
        if done.undone:
            self._on_thread("forget", partial(self._lists.forget, offer), lambda _: None)
            return False
        self._on_thread("sent", partial(self._sent_on, offer, letter), lambda _: None)
        status = self._desk.status
        key = status.keymap.shown("undo", status.scope, 1)
        status.end_count_down()  # of what was sent before: it would write over this
        status.toast_key(f"Left {offer.name}: a mail to {letter.to} goes out", key, "undo")
        return True

    def _sent_on(self, offer: Offer, letter: Letter) -> None:
        self._lists.sent(letter.word)
        self._lists.remember(offer, letter.to)  # also when it was undone, and done again

    # -- by its page

    def _page(self, name: str, url: str, say: Say) -> None:
        shown = safe_url(url)
        if name == "copy":
            self._desk.app.copy_to_clipboard(shown)
            say(f"Copied {shown}")
            return
        work = partial(open_address, self._viewing, shown, self._settings.opener)
        self._bridge.ask("file:leave", work, say, lambda error: say(safe_line(str(error))))

    def close(self) -> None:
        """The browser goes on by itself."""
        self._viewing.close()


def _host(offer: Offer) -> str:
    return safe_line(host(offer.ways.one_click))


def _before(offer: Offer, words: str) -> str:
    """With what one should know first."""
    told = [reminder(offer.left, offer.goes_on)] if offer.left is not None else []
    if offer.spam:
        told.append("It lies in spam: whoever sent it learns that you read it.")
    if offer.mute:
        told.append("This account can't send mail.")
    return " ".join([*told, words])


def _no_way(offer: Offer) -> str:
    if offer.mute:
        return f"{offer.name} is left by a mail, and this account can't send"
    return f"{offer.name} does not say how one leaves it: advertising or spam move its mail away"


def _else(offer: Offer | None, key: str) -> str:
    """What can be tried now; safe text."""
    if offer is None or not key:
        return ""
    if offer.ways.mails:
        return f"{key} again writes to {safe_line(offer.ways.mails[0].to)}"
    return f"{key} again shows its page" if offer.ways.pages else ""
