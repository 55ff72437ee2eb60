"""What is done with the message that the reader shows, and with what is in it: look, open, save, pipe. Everything slow
runs on the thread for files."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial

from mailtui.files.programs import Viewing
from mailtui.files.saving import Saved
from mailtui.mail.render.links import host
from mailtui.mail.sanitize import safe_line
from mailtui.model.account import Settings
from mailtui.ui.bridge import Bridge
from mailtui.ui.inside import Letter, Sheet, open_address
from mailtui.ui.keymap import Keymap
from mailtui.ui.panes.reader import ReaderPane
from mailtui.ui.panes.status import StatusPane
from mailtui.ui.screens.deeds import Ask
from mailtui.ui.screens.picturing import Picturing
from mailtui.ui.screens.questions import Prompt, Question
from mailtui.ui.screens.sheets import Attachments, Links, ReadSheet
from mailtui.view.figures import plural
from mailtui.view.glyphs import ASCII
from mailtui.view.reader import Linked, Stage

Say = Callable[[str], None]
NOT_HERE = "Open a message first"


class Handling:
    """`ask` puts a screen above everything and hands on what it ends with."""

    def __init__(
        self, pane: ReaderPane, status: StatusPane, bridge: Bridge, settings: Settings, keymap: Keymap, ask: Ask
    ) -> None:
        self.picturing = Picturing(pane, status, bridge, settings, keymap, ask)
        self._pane = pane
        self._status = status
        self._bridge = bridge
        self._settings = settings
        self._ask = ask
        self._viewing = Viewing()
        self._jobs = itertools.count(1)

    def close(self) -> None:
        """Files that were made for other programs go away."""
        self._viewing.close()

    def perform(self, name: str, times: int | None) -> bool:
        """An action by name; False if it is none of ours."""
        ways: dict[str, Callable[[Letter], None]] = {
            "attachments": lambda letter: self._attachments(letter, times),
            "save_all": lambda letter: self._save(letter, (), self._status.say),
            "pipe": lambda letter: self._pipe(letter, None),
            "source": self._source,
            "unseal": self._unseal,
            "links": lambda letter: self._links(times),
            "pictures": lambda letter: self.picturing.toggle(),
            "full_pictures": lambda letter: self.picturing.in_full(),
            "remote_pictures": lambda letter: self.picturing.fetch(),
            "browser": lambda letter: self._run(
                lambda: letter.browse(self._viewing, self._settings.opener), self._status.say, self._status.say
            ),
        }
        if name not in ways:
            return False
        letter = self._letter()
        if letter is None:
            self._status.say(NOT_HERE)
        else:
            ways[name](letter)
        return True

    def _letter(self) -> Letter | None:
        state = self._pane.state
        if state.placement is None or state.stage is not Stage.SHOWN:
            return None
        return Letter(self._bridge.reader, state.placement)

    # -- attachments

    def _attachments(self, letter: Letter, number: int | None) -> None:
        document = self._pane.state.document
        if document is not None and not document.attachments:
            self._status.say("Nothing is attached to this message")
        elif number is not None:
            found = document.attachments if document is not None else ()
            if number > len(found):
                self._status.say(f"There are only {plural(len(found), 'attachment')}")
            else:
                self._look(letter, found[number - 1].number)
        else:
            deed = partial(self._deed, letter)
            self._ask(Attachments(self._status.painter, self._status.glyphs, self._bridge, letter, deed), _nothing)

    def _deed(self, letter: Letter, name: str, number: int, say: Say) -> None:
        """A key of the list of attachments."""
        match name:
            case "look":
                self._look(letter, number)
            case "open":
                self._open(letter, number, say)
            case "save":
                self._save(letter, (number,), say)
            case "save_all":
                self._save(letter, (), say)
            case "pipe":
                self._pipe(letter, number)

    def _look(self, letter: Letter, number: int) -> None:
        width, plain = self._width, self._status.glyphs is ASCII
        self._sheet("Attachment", lambda: letter.preview(number, width, plain=plain))

    def _source(self, letter: Letter) -> None:
        width = self._width
        self._sheet("Source", lambda: letter.source(width))

    def _unseal(self, letter: Letter) -> None:
        width = self._width
        self._sheet("OpenPGP", lambda: letter.unseal(width))

    @property
    def _width(self) -> int:
        """Cells for the text of a sheet."""
        return max(20, min(100, self._pane.app.size.width * 94 // 100 - 6))

    def _save(self, letter: Letter, numbers: tuple[int, ...], say: Say) -> None:
        folder = self._settings.downloads
        self._run(lambda: letter.save(numbers, folder), partial(self._saved, say), say)

    def _saved(self, say: Say, files: list[Saved]) -> None:
        if len(files) == 1:
            say(f"Saved {safe_line(files[0].path)}")
        elif files:
            say(f"Saved {plural(len(files), 'file')} in {safe_line(files[0].path.rpartition('/')[0])}")
        else:
            say("Nothing is attached to this message")

    def _open(self, letter: Letter, number: int, say: Say) -> None:
        document = self._pane.state.document
        danger = next((one for one in document.attachments if one.number == number), None) if document else None

        def go(yes: bool | None) -> None:
            if yes:
                self._run(lambda: letter.open(number, self._viewing, self._settings.opener), say, say)

        if danger is not None and danger.danger:
            words = f"Open {danger.name}?"
            remark = f"Careful: {danger.danger}."
            self._ask(Question(self._status.painter, self._status.glyphs, words, remark), go)
        else:
            go(True)

    def _pipe(self, letter: Letter, number: int | None) -> None:
        what = "the message" if number is None else "the attachment"

        width = self._width

        def go(command: str | None) -> None:
            if command and command.strip():
                self._sheet(safe_line(command), lambda: letter.pipe(number, command, width))

        prompt = Prompt(
            self._status.painter,
            self._status.glyphs,
            f"Give {what} to a command",
            lambda typed: f"run {safe_line(typed.strip())}",
            "a command for the shell; it reads from stdin",
        )
        self._ask(prompt, go)

    # -- links

    def _links(self, number: int | None) -> None:
        document = self._pane.state.document
        found = document.links if document is not None else ()
        if not found:
            self._status.say("There are no links in this message")
        elif number is None:
            self._ask(Links(self._status.painter, self._status.glyphs, self._bridge, found, self._link), _nothing)
        elif number > len(found):
            self._status.say(f"There are only {plural(len(found), 'link')}")
        else:
            self._link("open", found[number - 1], self._status.say)

    def _link(self, name: str, link: Linked, say: Say) -> None:
        """A key on a link."""
        if name == "copy":
            self._pane.app.copy_to_clipboard(link.url)
            say(f"Copied {link.url}")
            return

        def go(yes: bool | None) -> None:
            if yes:
                work = partial(open_address, self._viewing, link.url, self._settings.opener)
                self._run(work, say, say)

        why = self._doubt(link)
        if why:
            words = f"Open {link.host or host(link.url) or link.url}?"
            self._ask(Question(self._status.painter, self._status.glyphs, words, why), go)
        else:
            go(True)

    def _doubt(self, link: Linked) -> str:
        """Why opening this needs a second key; "" if it does not."""
        if link.says:
            return f"The text says {link.says}, but it leads to {link.host}."
        document = self._pane.state.document
        if document is not None and document.doubtful:
            return f"Careful: {document.warnings[0]}."
        return ""

    # -- on the thread

    def _sheet(self, title: str, make: Callable[[], Sheet]) -> None:
        self._ask(ReadSheet(self._status.painter, self._status.glyphs, self._bridge, title, make), _nothing)

    def _run(self, work: Callable[[], object], done: Callable[..., None], say: Say) -> None:
        self._bridge.ask(f"file:{next(self._jobs)}", work, done, lambda error: say(safe_line(str(error))))


def _nothing(_: object) -> None:
    """A screen that ends with nothing."""
