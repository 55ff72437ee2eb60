"""A terminal of a fixed size in a tmux of our own: keys in, screens out."""

from __future__ import annotations

import itertools
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from tests.support.processes import need

_NUMBERS = itertools.count()


def _literal(word: str) -> str:
    """A `;` at the end of a word would end tmux's command."""
    return f"{word[:-1]}\\;" if word.endswith(";") else word


class Screen:
    """One program in one tmux session on a private socket. As a context manager it ends the whole tmux server."""

    def __init__(
        self, argv: Sequence[str], *, columns: int = 120, rows: int = 40, env: Mapping[str, str] | None = None
    ) -> None:
        self._tmux = need("tmux", "tmux")
        self._socket = f"mailtui-test-{os.getpid()}-{next(_NUMBERS)}"
        self._argv, self._columns, self._rows = list(argv), columns, rows
        self._env = {"TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})}

    def __enter__(self) -> Screen:
        self._call("-f", os.devnull, "new-session", "-d", "-x", str(self._columns), "-y", str(self._rows), "cat")
        for option, value in (("default-terminal", "tmux-256color"), ("escape-time", "0"), ("remain-on-exit", "on")):
            self._call("set-option", "-g", option, value)
        self._call("set-option", "-ga", "terminal-overrides", ",*:Tc")
        self._call("set-option", "-g", "status", "off")
        words = [f"{name}={value}" for name, value in self._env.items() if name != "TERM"]
        self._call("respawn-pane", "-k", "env", *words, *self._argv)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        subprocess.run([self._tmux, "-L", self._socket, "kill-server"], check=False, capture_output=True)

    def keys(self, *keys: str) -> None:
        """tmux key names (`Enter`, `Escape`, `C-p`, `j` ...), one after the other."""
        for key in keys:
            self._call("send-keys", _literal(key))
            time.sleep(0.05)

    def type(self, text: str) -> None:
        self._call("send-keys", "-l", _literal(text))

    def text(self) -> str:
        """What is on the screen, without colours."""
        return self._call("capture-pane", "-p")

    def ansi(self) -> str:
        """The same with SGR sequences, to the end of every line: a ground has a colour there too."""
        return self._call("capture-pane", "-e", "-N", "-p")

    def modes(self) -> dict[str, bool]:
        """What programs must put back: the alternate screen, the cursor, reports of the mouse."""
        words = self._call("display-message", "-p", "#{alternate_on} #{cursor_flag} #{mouse_any_flag}").split()
        return dict(zip(("alternate", "cursor", "mouse"), (word == "1" for word in words), strict=True))

    def resize(self, columns: int, rows: int) -> None:
        self._call("resize-window", "-x", str(columns), "-y", str(rows))

    def wait_for(self, *texts: str, seconds: float = 15.0) -> str:
        """Until all `texts` are on the screen; returns it. AssertionError with the screen otherwise."""
        return self._wait(lambda screen: all(text in screen for text in texts), f"wanted {texts}", seconds)

    def wait_gone(self, text: str, seconds: float = 15.0) -> str:
        return self._wait(lambda screen: text not in screen, f"{text!r} stays", seconds)

    def wait_exit(self, seconds: float = 15.0) -> int:
        """Until the program has ended; its exit status."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            dead, _, status = self._call("list-panes", "-F", "#{pane_dead} #{pane_dead_status}").strip().partition(" ")
            if dead == "1" and status:  # the terminal closes a moment before the status is known
                return int(status)
            time.sleep(0.05)
            self._reap()
        raise AssertionError(f"still running:\n{self.text()}")

    def reaped(self, pid: int) -> bool:
        """Whether nothing is left of a process of this terminal."""
        self._reap()
        return not Path(f"/proc/{pid}").exists()

    def _reap(self) -> None:
        """tmux with libutempter misses a SIGCHLD that comes while it writes down that a terminal closed; the end of
        another child makes it look again."""
        self._call("run-shell", "true")

    def save(self, path: Path) -> Path:
        """The screen with colours to a file, for `python -m tests.support.screens`."""
        path.write_text(self.ansi())
        return path

    def _wait(self, fits: object, what: str, seconds: float) -> str:
        assert callable(fits)
        deadline = time.monotonic() + seconds
        while True:
            screen = self.text()
            if fits(screen):
                return screen
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}; the screen after {seconds:.0f} s:\n{screen}")
            time.sleep(0.05)

    def _call(self, *words: str) -> str:
        done = subprocess.run(
            [self._tmux, "-L", self._socket, *words],
            env={**os.environ, "TERM": self._env["TERM"], "LC_ALL": "C.UTF-8"},
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise AssertionError(f"tmux {words[0]}: {done.stderr.decode(errors='replace')}")
        return done.stdout.decode(errors="replace")
