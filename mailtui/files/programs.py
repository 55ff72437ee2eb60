"""Other programs that get an attachment: the desktop's opener, or a command that the person types. They get a file
or bytes, never a line of shell with text of a mail in it. Blocking."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mailtui.files import mailcap
from mailtui.files.saving import Saved, save
from mailtui.mail.sanitize import safe_line
from mailtui.model.errors import FileError

PIPE_SECONDS = 60.0
MOST_OUTPUT = 1_000_000
"""Bytes of what a command prints that are shown."""
OPENERS = (("xdg-open",), ("open",), ("wslview",), ("gio", "open"))
WITHOUT_DISPLAY = frozenset({"wslview"}) | (frozenset({"open"}) if sys.platform == "darwin" else frozenset())
"""Need no DISPLAY; `open` of another system than macOS is another name of xdg-open or of run-mailcap."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a command printed (both streams, cut at MOST_OUTPUT), and its exit status; negative: the signal."""

    data: bytes
    status: int
    cut: bool = False


class Viewing:
    """A private folder (mode 0700) for files that other programs show; gone when the screen ends."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._running: list[subprocess.Popen[bytes]] = []

    def put(self, chunks: Iterable[bytes], name: str) -> Saved:
        """A file with a safe name, in a folder of its own, so that the name stays as it is. Raises FileError."""
        if self._folder is None:
            place = os.environ.get("XDG_RUNTIME_DIR") or None
            if place is not None and not os.access(place, os.W_OK):
                place = None
            self._folder = tempfile.TemporaryDirectory(prefix="mailtui-view-", dir=place, ignore_cleanup_errors=True)
        return save(chunks, tempfile.mkdtemp(dir=self._folder.name), name)

    def open(self, path: str, opener: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """Start the opener on a file or an address and go on. Raises FileError if there is none."""
        self._running = [one for one in self._running if one.poll() is None]
        try:
            process = subprocess.Popen(  # noqa: S603 - an argument list; the target is one argument, never an option
                [*opener, path],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env=dict(environment) if environment is not None else None,
            )
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "a name with a NUL"
            raise FileError(f"can't start {safe_line(opener[0])}: {why}", "[general] opener names a program") from None
        self._running.append(process)

    def close(self) -> None:
        """Take the files away. Programs that show them go on."""
        for process in self._running:
            process.returncode = process.poll() or 0  # ours no longer: no warning about it at the end
        self._running.clear()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def find_opener(wanted: Sequence[str], environment: Mapping[str, str], type_: str = "") -> tuple[str, ...]:
    """The program that opens files: the configured one; what the person's mailcap says of this MIME type; the
    desktop's; what the system's mailcap says. Raises FileError with what to do."""
    if wanted:
        return tuple(wanted)
    if type_ and (viewer := mailcap.find_viewer(mailcap.personal(environment), type_, environment)):
        return viewer
    desktop = environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
    for words in OPENERS:
        program = shutil.which(words[0])
        if program and (desktop or words[0] in WITHOUT_DISPLAY):
            return (program, *words[1:])
    if type_ and (viewer := mailcap.find_viewer(mailcap.SYSTEM, type_, environment)):
        return viewer
    hint = 'opener = ["program", "option"] under [general] in config.toml names one'
    raise FileError("there is no desktop to open this on", hint)


def shown_name(opener: Sequence[str]) -> str:
    """What a person calls it."""
    if opener[3:] == (mailcap.MARK,):
        return opener[2].split()[0]
    return os.path.basename(opener[0])


def pipe(command: str, chunks: Iterable[bytes], seconds: float = PIPE_SECONDS) -> Output:
    """Run a command line that the person typed with /bin/sh, give it `chunks` on its stdin, and take what it prints.
    Ended, with all it started, after `seconds`. Raises FileError."""
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as printed:
        try:
            for chunk in chunks:
                source.write(chunk)
            source.seek(0)
            process = subprocess.Popen(  # noqa: S603 - the person's own words; nothing of a mail is in them
                ["/bin/sh", "-c", command],
                stdin=source,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise FileError(f"the command could not be started: {safe_line(str(error))}") from None
        status = _wait(process, seconds)
        printed.seek(0)
        data = printed.read(MOST_OUTPUT + 1)
    return Output(data[:MOST_OUTPUT], status, len(data) > MOST_OUTPUT)


def _wait(process: subprocess.Popen[bytes], seconds: float) -> int:
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise FileError(f"the command took longer than {seconds:.0f} seconds and was ended") from None
