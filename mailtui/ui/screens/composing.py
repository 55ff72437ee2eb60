"""All messages that are being written: opens them, keeps them on the disk, brings them back after a crash, puts them
aside, and hands them on to drafts and outbox. Everything slow runs on a thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from mailtui.mail.sanitize import safe_line
from mailtui.model.account import Settings, Template
from mailtui.model.changes import BodyArrived, BodyFailed, Done
from mailtui.model.errors import FileError
from mailtui.model.intents import FetchBody
from mailtui.model.mail import Address, Row
from mailtui.ui.answering import NotHereError
from mailtui.ui.bridge import Bridge
from mailtui.ui.clock import now
from mailtui.ui.keymap import Keymap
from mailtui.ui.people import People
from mailtui.ui.screens.compose_asks import Choice, Chooser, commands
from mailtui.ui.screens.compose_files import Enclosing
from mailtui.ui.screens.composer import REWORKS, ComposerScreen
from mailtui.ui.screens.deeds import Ask
from mailtui.ui.screens.editing import edit_outside
from mailtui.ui.screens.outbox import Outbox
from mailtui.ui.screens.questions import Question
from mailtui.ui.screens.sending import Sending
from mailtui.ui.screens.sheets import ReadSheet
from mailtui.ui.screens.shelf import Desk, Gate, Shelf
from mailtui.ui.senders import with_copy, with_template
from mailtui.view.composer import Enclosed, Field, Kind, to_json, with_signature
from mailtui.view.glyphs import Glyphs

ANSWERS = {"reply", "reply_all", "reply_list", "forward", "forward_attached", "edit_as_new", "resend"}
PATIENCE = 15.0
"""Seconds that a message may take to be fetched."""


class Composing(Shelf):
    """The Keeper of every composer screen."""

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
        super().__init__(desk, bridge, settings, keymap, glyphs, ask, gate)
        self._people = People(bridge, settings)
        self._enclosing = Enclosing(self.folder, bridge, settings, ask)
        self._sending = Sending(self, bridge, self._answering, ask)
        self._awaited: tuple[str, Row] | None = None
        """What is done with which message as soon as its text is here."""

    # -- what the main screen asks

    def perform(self, name: str) -> bool:
        """An action by name; False if it is none of ours."""
        if name == "compose":
            self.write(self._answering.blank(self._desk.account))
        elif name == "compose_template":
            self._from_template()
        elif name in ANSWERS:
            self._answer(name)
        elif name == "open_drafts":
            self.choose()
        elif name == "outbox":
            self._ask(Outbox(self.painter, self._glyphs, self._bridge, self._sending.edit), _nothing)
        elif name == "undo":
            return self._sending.undo()
        else:
            return False
        return True

    def write_to(self, words: str) -> None:
        """A blank message to somebody."""
        self.write(replace(self._answering.blank(self._desk.account), to=f"{words}, "))

    def _answer(self, name: str) -> None:
        row = self._desk.here
        if row is None:
            self._gate.opened(None)
            self.status.say("There is no message here")
            return
        self._open(name, row)

    def _open(self, name: str, row: Row, *, fetched: bool = False) -> None:
        """A composer for it. `fetched`: the message was asked for already."""

        def failed(error: Exception) -> None:
            if isinstance(error, NotHereError) and not fetched:
                self._fetch(name, row)
            else:
                self._failed(error)

        self._bridge.ask("build", partial(self._answering.answer, name, row), self.write, failed)

    # -- messages whose text is not here

    def _fetch(self, name: str, row: Row) -> None:
        """What is typed meanwhile waits for the composer."""
        self._awaited = (name, row)
        self._bridge.send(FetchBody(row.placement))
        self._gate.begin(PATIENCE)
        self.status.say(f"Fetching the message{self._glyphs.ellipsis} Esc gives up")
        self.app.set_timer(PATIENCE, partial(self._late, self._awaited))

    def _late(self, awaited: tuple[str, Row]) -> None:
        if self._awaited is awaited:
            self._awaited = None
            self._failed(FileError("The message does not come: it can be answered when it is here"))

    def give_up(self) -> None:
        """Whatever is waited for is not wanted any more."""
        self._awaited = None
        self.status.say("Nothing was opened")

    def arrived(self, body: BodyArrived | BodyFailed) -> None:
        """The text of a message is here, or can't be had."""
        if self._awaited is None or self._awaited[1].placement != body.placement:
            return
        (name, row), self._awaited = self._awaited, None
        if isinstance(body, BodyFailed):
            self._failed(FileError(body.text, body.hint))
        else:
            self._open(name, row, fetched=True)

    def open_stored(self, row: Row) -> None:
        """A message of the drafts folder, to go on with it."""
        open_one = next(
            (one for one in self.screens if row.message_id and one.current().draft_id == row.message_id), None
        )
        if open_one is not None:
            self.show(open_one)
        else:
            self._open("draft", row)

    # -- the end, and news

    def end(self) -> None:
        """Before the end: what is not on the disk yet goes there now. Blocking, milliseconds."""
        self._enclosing.close()
        for screen in self.screens:
            screen.rest()
            if screen.kept < screen.edition:
                try:
                    self.folder.write(screen.word, to_json(screen.current()))
                except FileError:  # it was told before, while there was a screen to tell it on
                    continue

    def heard(self, done: Done) -> bool:
        """Something was done: undo means that from now on. True: it was the sending itself."""
        return self._sending.heard(done)

    # -- Keeper

    def paused(self, screen: ComposerScreen) -> None:
        self._sending.draft(screen)

    def suggest(self, typed: str, done: Callable[[list[Address]], None]) -> None:
        self._people.suggest(typed, done)

    def pasted(self, screen: ComposerScreen, text: str) -> None:
        self._enclosing.pasted(screen, text)

    def open_file(self, screen: ComposerScreen, place: int) -> None:
        self._enclosing.open(screen, screen.current().files[place])

    def forget_file(self, screen: ComposerScreen, file: Enclosed) -> None:
        """The copy stays until the message is gone: an undone step may want it."""

    def act(self, name: str, screen: ComposerScreen) -> None:
        ways: dict[str, Callable[[], object]] = {
            "send": lambda: self._sending.send(screen),
            "send_later": lambda: self._sending.ask_when(screen),
            "close_draft": lambda: self._close(screen),
            "discard_draft": lambda: self._discard(screen),
            "set_aside": lambda: self.set_aside(screen),
            "next_draft": lambda: self._next(screen),
            "attach": lambda: self._enclosing.ask_for(screen),
            "editor": lambda: edit_outside(self.app, screen, self.folder, self._settings.editor),
            "choose_sender": lambda: self._choose_sender(screen),
            "preview": lambda: self._preview(screen),
            "template": lambda: self._insert_template(screen),
            "markdown": lambda: screen.alter(markdown=not screen.current().markdown),
            "receipt": lambda: screen.alter(notify=not screen.current().notify),
            "commands": lambda: self._commands(screen),
            "quit_writing": lambda: self.app.exit(),
        }
        if name in REWORKS:
            if otherwise := screen.writing.rework(name):
                screen.foot.say(otherwise)
            return
        ways[name]()

    def _commands(self, screen: ComposerScreen) -> None:
        chooser = commands(self.painter, self._glyphs, self._keymap)
        self._ask(chooser, lambda name: screen.perform(name) if name else None)

    def _close(self, screen: ComposerScreen) -> None:
        written = screen.current()
        if written.blank and not (written.kind is Kind.DRAFT and screen.edition):
            self.gone(screen)
            self.status.say("Nothing was written")
        elif written.kind is Kind.DRAFT and not screen.edition:
            self.gone(screen)
        else:
            self._sending.draft(screen, closing=True)

    def _discard(self, screen: ComposerScreen) -> None:
        if screen.current().blank:
            self.gone(screen)
            return
        remark = "The text and the copies of its files are gone for good then."
        if screen.drafted or screen.current().kind is Kind.DRAFT:
            remark = "What is in the drafts folder stays there as it was saved last."
        question = Question(self.painter, self._glyphs, "Throw away what you wrote?", remark)
        self._ask(question, lambda yes: self.gone(screen) if yes else None)

    # -- the sender

    def _choose_sender(self, screen: ComposerScreen) -> None:
        senders = self._answering.senders()
        choices = [
            Choice(str(place), safe_line(one.text), self._remark(one.account)) for place, one in enumerate(senders)
        ]
        chooser = Chooser(self.painter, self._glyphs, "Write as", "a name or an address", choices)

        def chosen(value: str | None) -> None:
            if not value:
                return
            one, before = senders[int(value)], screen.current()
            screen.set_remark(self._remark(one.account))
            reply_to = one.reply_to if before.reply_to in {each.reply_to for each in senders} else before.reply_to
            screen.set_field(Field.BCC, with_copy(before, one.bcc))
            screen.alter(
                sender=one.text, account=one.account, signature=one.signature, reply_to=reply_to, own_bcc=one.bcc
            )
            if not before.fixed:
                screen.set_text(with_signature(before.text, before.signature, one.signature))

        self._ask(chooser, chosen)

    # -- templates

    def _from_template(self) -> None:
        """A new message that begins with one."""
        account = self._desk.account
        self._gate.opened(None)
        self._choose_template(
            lambda template: self.write(self._answering.from_template(template, account)), self.status.say
        )

    def _insert_template(self, screen: ComposerScreen) -> None:
        """Its text where the cursor is; its fields where there is nothing yet."""

        def chosen(template: Template) -> None:
            found, text = with_template(screen.current(), template, now())
            for field, words in found.items():
                screen.set_field(field, words)
            screen.writing.put(text)
            screen.writing.focus()

        self._choose_template(chosen, screen.foot.say)

    def _choose_template(self, chosen: Callable[[Template], None], say: Callable[[str], None]) -> None:
        templates = self._settings.templates
        if not templates:
            say("There is no template: add a table [templates.NAME] to config.toml")
            return
        choices = [
            Choice(str(place), safe_line(one.name), safe_line(one.subject)[:40]) for place, one in enumerate(templates)
        ]
        chooser = Chooser(self.painter, self._glyphs, "Templates", "a few letters of its name", choices)
        self._ask(chooser, lambda value: chosen(templates[int(value)]) if value else None)

    def _preview(self, screen: ComposerScreen) -> None:
        written = screen.current()
        width = max(20, min(100, self.app.size.width * 94 // 100 - 6))
        make = partial(self._answering.preview, written, width)
        self._ask(ReadSheet(self.painter, self._glyphs, self._bridge, "As it will go out", make), _nothing)


def _nothing(_: object) -> None:
    """Nobody waits for this."""
