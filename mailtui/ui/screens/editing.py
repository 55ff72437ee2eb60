"""The text in the person's own editor: the screen is theirs meanwhile, the mail goes on arriving in the engine's
process. The text lies on the disk before the editor sees it, so neither can lose it."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from textual.app import App, SuspendNotSupported

from mailtui.files.composing import ComposingFolder
from mailtui.mail.sanitize import safe_line
from mailtui.model.errors import FileError
from mailtui.ui.screens.composer import ComposerScreen
from mailtui.ui.widgets.writing import clean

FALLBACKS = ("editor", "nano", "vi")


def find_editor(wanted: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """The program and its options: config.toml, $VISUAL, $EDITOR, what there is. Raises FileError."""
    from shutil import which

    if wanted:
        return list(wanted)
    for name in ("VISUAL", "EDITOR"):
        if environment.get(name, "").strip():
            return shlex.split(environment[name])
    found = next((program for program in FALLBACKS if which(program)), None)
    if found is None:
        raise FileError("there is no editor", "set $VISUAL or $EDITOR")
    return [found]


def edit_outside(app: App[Any], screen: ComposerScreen, folder: ComposingFolder, wanted: Sequence[str]) -> None:
    """Returns when the editor has ended. What it made can be undone in one step."""
    before = screen.writing.text
    try:
        program = find_editor(wanted, os.environ)
        path = folder.write(screen.word, before.encode("utf-8", "replace"), ".txt")
        with app.suspend():
            status = subprocess.run([*program, path], check=False).returncode  # noqa: S603
        with open(path, "rb") as stream:
            text = clean(stream.read().decode("utf-8", "replace"))
    except SuspendNotSupported:
        screen.foot.say("An editor can't be run in this terminal", "error")
        return
    except (FileError, OSError, ValueError) as error:
        screen.foot.say(safe_line(f"The editor: {error}"), "error")
        return
    if text.removesuffix("\n") != before.removesuffix("\n"):
        screen.set_text(text.removesuffix("\n"))
    words = f"The editor ended with {status}; " if status else ""
    changed = "the text is what you saved there" if screen.writing.text != before else "nothing was changed"
    screen.foot.say(f"{words}{changed}"[:1].upper() + f"{words}{changed}"[1:], "warn" if status else "text")
    screen.writing.focus()
