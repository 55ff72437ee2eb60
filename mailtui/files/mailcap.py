"""Which program shows a MIME type, as mailcap files say (RFC 1524). The words of those files are the person's or the
system's; of a mail only the type, checked, and the path of a file of ours ever get near a command."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mailtui.model.account import SHELL

SYSTEM = ("/etc/mailcap", "/usr/share/etc/mailcap", "/usr/local/etc/mailcap")
TEST_SECONDS = 2.0
MOST = 1_000_000
"""Bytes of a mailcap file that are read."""
MARK = "mailcap"
"""What the shell of an entry is called ($0)."""
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: a type (`text/*` for all of a kind), a command in which `%s` stands for the file, and its fields."""

    type: str
    command: str
    fields: Mapping[str, str]

    def fits(self, type_: str) -> bool:
        """Whether it is for this MIME type, in lower case."""
        major, _, minor = self.type.partition("/")
        return type_ == self.type or (minor in {"", "*"} and type_.partition("/")[0] == major)


def personal(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Mailcap files of the person: those that $MAILCAPS names, else ~/.mailcap."""
    if named := environment.get("MAILCAPS"):
        return tuple(path for path in named.split(os.pathsep) if path)
    home = environment.get("HOME")
    return (os.path.join(home, ".mailcap"),) if home else ()


def find_viewer(paths: Sequence[str], type_: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The words that show a file of this type, to be followed by its path; empty if no entry fits. Entries that need a
    terminal are passed over: this screen has it. Blocking: the `test` of an entry is a command."""
    type_ = type_.lower()
    if not _TYPE.fullmatch(type_):
        return ()
    for path in paths:
        for entry in entries(path):
            if entry.fits(type_) and not _unfit(entry) and _passes(entry, type_, environment):
                return _words(entry, type_)
    return ()


def entries(path: str) -> Iterator[Entry]:
    """Those of a file, in order; lines that make no sense are passed over, a file that can't be read is empty."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read(MOST)
    except OSError:
        return
    for line in text.replace("\\\n", "").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            words = [word.replace("\\;", ";").strip() for word in re.split(r"(?<!\\);", line)]
            if len(words) > 1 and words[0] and words[1]:
                yield Entry(words[0].lower(), words[1], _fields(words[2:]))


def _fields(words: Sequence[str]) -> dict[str, str]:
    split = (word.partition("=") for word in words if word)
    return {name.strip().lower(): value.strip() for name, _, value in split}


def _unfit(entry: Entry) -> bool:
    """It wants the terminal, parameters that the mail chose, or the parts of a multipart."""
    commands = f"{entry.command} {entry.fields.get('test', '')}"
    return "needsterminal" in entry.fields or "copiousoutput" in entry.fields or bool(re.search(r"%[{nF]", commands))


def _passes(entry: Entry, type_: str, environment: Mapping[str, str]) -> bool:
    test = entry.fields.get("test")
    if not test:
        return True
    if "%s" in test:
        return False  # it would judge the file, which is not there yet
    try:
        done = subprocess.run(  # noqa: S603 - the words of the mailcap file; nothing of a mail but a checked type
            [*SHELL, test.replace("%t", type_)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TEST_SECONDS,
            env=dict(environment),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _words(entry: Entry, type_: str) -> tuple[str, ...]:
    """The path comes as an argument of the shell, so that no name can be read as a command."""
    command = re.sub(r"'%s'|\"%s\"|%s", '"$1"', entry.command).replace("%t", type_)
    if '"$1"' not in command:
        command = f'{command} < "$1"'
    return (*SHELL, command, MARK)
