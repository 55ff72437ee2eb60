"""Files for messages that are being written: asked for, pasted, copied, looked at. On threads."""

from __future__ import annotations

import itertools
from functools import partial

from mailtui.files.composing import ComposingFolder, Kept, candidates, dropped_files, expand
from mailtui.files.programs import Viewing, find_opener
from mailtui.mail.sanitize import safe_line
from mailtui.model.account import Settings
from mailtui.ui.bridge import Bridge
from mailtui.ui.screens.compose_asks import AttachPrompt
from mailtui.ui.screens.composer import ComposerScreen
from mailtui.ui.screens.deeds import Ask
from mailtui.ui.screens.questions import Question
from mailtui.view.composer import Enclosed
from mailtui.view.figures import plural, size


class Enclosing:
    """One for all composers."""

    def __init__(self, folder: ComposingFolder, bridge: Bridge, settings: Settings, ask: Ask) -> None:
        self._folder = folder
        self._bridge = bridge
        self._settings = settings
        self._ask = ask
        self._viewing = Viewing()
        self._jobs = itertools.count(1)

    def close(self) -> None:
        """Files that were made for other programs go away."""
        self._viewing.close()

    def ask_for(self, screen: ComposerScreen) -> None:
        """Which files."""

        def chosen(typed: str | None) -> None:
            if typed and typed.strip():
                self._bridge.ask(
                    f"build:{next(self._jobs)}",
                    partial(expand, typed),
                    lambda paths: self.enclose(screen, paths),
                    lambda error: screen.foot.say(safe_line(str(error)), "error"),
                )

        self._ask(AttachPrompt(screen.title_line.painter, screen.glyphs, self._bridge, candidates), chosen)

    def enclose(self, screen: ComposerScreen, paths: list[str]) -> None:
        """Copy them, in order; each shows as soon as it is here."""
        screen.set_coming(screen.coming + len(paths))
        for path in paths:
            self._bridge.ask(
                f"build:{next(self._jobs)}",
                partial(self._folder.keep, screen.word, path),
                partial(self._kept, screen),
                partial(self._not_kept, screen),
            )

    def _kept(self, screen: ComposerScreen, kept: Kept) -> None:
        screen.set_coming(max(0, screen.coming - 1))
        screen.add_files([Enclosed(kept.path, kept.name, kept.size)])
        screen.foot.say(f"{safe_line(kept.name)} goes along ({size(kept.size)})", "good")

    def _not_kept(self, screen: ComposerScreen, error: Exception) -> None:
        screen.set_coming(max(0, screen.coming - 1))
        screen.foot.say(safe_line(str(error)), "error")

    def pasted(self, screen: ComposerScreen, text: str) -> None:
        """Text, unless every word of it is a file."""

        def looked(paths: list[str]) -> None:
            if not paths:
                screen.writing.put(text)
                return
            what = f"Attach {safe_line(paths[0])}?" if len(paths) == 1 else f"Attach {plural(len(paths), 'file')}?"
            question = Question(screen.title_line.painter, screen.glyphs, what, "n puts the words into the text.")
            self._ask(question, lambda yes: self.enclose(screen, paths) if yes else screen.writing.put(text))

        self._bridge.ask(
            f"paths:{next(self._jobs)}", partial(dropped_files, text), looked, lambda error: screen.writing.put(text)
        )

    def open(self, screen: ComposerScreen, file: Enclosed) -> None:
        """Show it with the program for it."""

        def show() -> str:
            import os

            program = find_opener(self._settings.opener, os.environ)
            self._viewing.open(file.path, program)
            return f"{safe_line(file.name)} was given to {safe_line(os.path.basename(program[0]))}"

        self._bridge.ask(
            f"file:{next(self._jobs)}",
            show,
            lambda words: screen.foot.say(words, "text"),
            lambda error: screen.foot.say(safe_line(str(error)), "error"),
        )
