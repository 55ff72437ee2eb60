"""A program in a pseudo terminal: when does which text appear, and how long after a key is the screen painted."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from types import TracebackType

FRAME_BEGIN, FRAME_END = b"\x1b[?2026h", b"\x1b[?2026l"
_ANSWERS = {
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",  # synchronised output is known: a program that uses it brackets its frames
    b"\x1b[c": b"\x1b[?62;22c",
    b"\x1b[6n": b"\x1b[1;1R",
}


class Terminal:
    """Starts the program at once; `started` is the moment just before."""

    def __init__(
        self, argv: Sequence[str], *, env: Mapping[str, str] | None = None, columns: int = 140, rows: int = 40
    ) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.seen = b""
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            argv,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})},
            start_new_session=True,
        )
        os.close(slave)
        os.set_blocking(self._master, False)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self._master)

    def read(self, seconds: float) -> bytes:
        """What comes within the time, as soon as something does. Questions to the terminal are answered."""
        ready, _, _ = select.select([self._master], [], [], max(0.0, seconds))
        if not ready:
            return b""
        try:
            data = os.read(self._master, 1 << 20)
        except (BlockingIOError, OSError):
            time.sleep(0.001)
            return b""
        for question, answer in _ANSWERS.items():
            if question in data:
                os.write(self._master, answer)
        return data

    def until(self, text: bytes, seconds: float = 120.0) -> float:
        """Seconds from the start until the output holds `text`. Raises TimeoutError with the output's end."""
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            data = self.read(0.2)
            self.seen = self.seen[-200_000:] + data
            if text in self.seen:
                return time.perf_counter() - self.started
            if not data and self.process.poll() is not None:
                break
        raise TimeoutError(f"{text!r} did not appear: {self.seen[-1500:]!r}")

    def quiet(self, seconds: float, longest: float = 10.0) -> None:
        """Reads until nothing came for so long."""
        deadline = time.perf_counter() + longest
        while self.read(seconds) and time.perf_counter() < deadline:
            pass

    def press(self, key: bytes) -> None:
        os.write(self._master, key)

    def key_to_paint(self, key: bytes, longest: float = 2.0) -> float | None:
        """Milliseconds from the key to the end of the first frame that began after it; None if no frame came.
        Without synchronised output: to the first byte."""
        while self.read(0):
            pass
        start = time.perf_counter()
        self.press(key)
        data = b""
        while time.perf_counter() - start < longest:
            data += self.read(longest)
            begun = data.find(FRAME_BEGIN)
            if begun >= 0 and data.find(FRAME_END, begun) >= 0:
                return (time.perf_counter() - start) * 1000
        return None

    def rss(self) -> int:
        """Resident KiB of the program itself."""
        with open(f"/proc/{self.process.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024

    def quit(self, *keys: bytes, seconds: float = 10.0) -> None:
        """Presses the keys and reads until the program is gone."""
        deadline = time.perf_counter() + seconds
        for key in keys:
            self.press(key)
            self.quiet(0.3, 1.0)
        while self.process.poll() is None and time.perf_counter() < deadline:
            self.read(0.05)
