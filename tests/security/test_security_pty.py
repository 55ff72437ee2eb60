"""Every hostile message through every screen in a real terminal: what comes out of the program is what Textual writes,
and nothing of what the messages hold."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from pathlib import Path

import pytest

from tests.support.hostile_screen import hostile_messages
from tests.support.scoring import CORPUS

pytestmark = [
    pytest.mark.skipif(not (CORPUS / "security").is_dir(), reason="no corpus on this machine"),
    pytest.mark.slow,
]
ROOT = Path(__file__).parents[2]
QUIET, PATIENCE = 0.03, 4.0
"""Seconds without output after which a key was dealt with, and how long we wait for that."""
CLOSE = "\x03"
"""Ctrl-C closes what lies above the screen, and does nothing where nothing does."""
EACH = ("H", "zs", CLOSE, "v", "\r", CLOSE, CLOSE, "l", CLOSE, "t", "S", ">")
"""Keys for one message: headers, source, attachments and a look at the first, links, the other part, save, the next."""
SOMETIMES = ("zq", "za", "zd", CLOSE)
"""Quotes, all of it, gpg: for every fourth message."""
OURS = re.compile(
    rb"\x1b\[(?:[0-9;:]*[mH]|\?[0-9;]+[hlu$p]+|[<>=?]?[0-9;]*[uhlqtcnpJKs])|\x1b[78=>]|\x1b\[\?[0-9]+\$p"
    rb"|\x1b\]22;[a-z-]+\x07|\x1b\]2;(?:\([0-9]+\) )?mailtui\x1b\\|\x1b\[2[23];2t"
)
"""What Textual writes: colours, cursor, modes, the shape of the pointer. And our title: a number, and our name."""


class Terminal:
    """A program in a pseudo terminal of 120 x 40, and all that it ever wrote."""

    def __init__(self, folder: Path) -> None:
        self.out = bytearray()
        self.ended = False
        pid, self.handle = pty.fork()
        if pid == 0:
            os.chdir(ROOT)
            os.environ.update(
                TERM="xterm-256color", COLORTERM="truecolor", HOME=str(folder), TMPDIR=str(folder / "tmp")
            )
            os.environ.pop("XDG_RUNTIME_DIR", None)
            os.execv(sys.executable, [sys.executable, "-m", "tests.support.hostile_screen", str(folder)])
        self.pid = pid
        fcntl.ioctl(self.handle, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))

    def read(self, quiet: float = QUIET, patience: float = PATIENCE) -> int:
        """Until nothing has come for a while; how many bytes came."""
        before, end = len(self.out), time.monotonic() + patience
        while time.monotonic() < end:
            ready, _, _ = select.select([self.handle], [], [], quiet)
            if not ready:
                break
            try:
                data = os.read(self.handle, 65536)
            except OSError:
                break
            if not data:
                break
            self.out += data
        return len(self.out) - before

    def wait(self, words: bytes) -> None:
        """Until these words were written."""
        for _ in range(100):
            if words in self.out:
                return
            self.read(0.2)
        raise AssertionError(f"{words!r} never came: {bytes(self.out[-2000:])!r}")

    def press(self, keys: str) -> None:
        os.write(self.handle, keys.encode())
        self.read()

    def press_until(self, keys: str, words: bytes) -> None:
        """The same, and until these words were written since."""
        before = len(self.out)
        self.press(keys)
        for _ in range(100):
            if words in self.out[before:]:
                return
            self.read(0.05, 0.1)
        raise AssertionError(f"{words!r} never came after {keys!r}: {bytes(self.out[before:])!r}")

    def alive(self) -> bool:
        self.ended = self.ended or os.waitpid(self.pid, os.WNOHANG) != (0, 0)
        return not self.ended

    def end(self) -> None:
        if self.alive():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.handle)


def payloads(raw: bytes) -> set[bytes]:
    """What must not come out: every control character of a message with what follows it."""
    found = set()
    for match in re.finditer(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f][\x20-\x7e]{3,8}", raw):
        found.add(match[0])
    return found - {b"\x1b[0m"}  # Textual writes that one itself


def harmless(output: bytes) -> None:
    """Nothing in it but what Textual writes and text."""
    bare = OURS.sub(b"", output)
    assert b"\x1b" not in bare, re.findall(rb".{0,30}\x1b.{0,30}", bare)[:5]
    text = bare.decode("utf-8", "replace")
    left = {char for char in text if (ord(char) < 32 and char not in "\r\n") or 127 <= ord(char) < 160}
    assert left == set()
    assert not set(text) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2028\u2029\u200b")


def test_s01_nothing_of_a_message_reaches_a_real_terminal(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    count = len(hostile_messages())
    assert count > 150
    terminal = Terminal(tmp_path)
    try:
        terminal.wait(b"Eve")  # a row of the list
        terminal.press("gg")
        terminal.press("\r")
        terminal.wait(b"a@b.example")  # the card of a message: from now on the keys are the reader's
        for number in range(count):
            for keys in (*(SOMETIMES if number % 4 == 0 else ()), *EACH):
                terminal.press(keys)
            assert terminal.alive(), f"ended at message {number}: {bytes(terminal.out[-2000:])!r}"
        output = bytes(terminal.out)
    finally:
        terminal.end()
    harmless(output)
    seen = [one for raw in hostile_messages() for one in payloads(raw) if one[:1] == b"\x1b" and one in output]
    assert seen == []
    assert not (tmp_path / "network").exists(), (tmp_path / "network").read_text()
    files = [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()]
    stores = [path for path in files if path.parts[0] == "tmp" and path.parts[1].startswith("mailtui-fake-")]
    outside = [path for path in files if path.parts[0] not in {"got", "store"} and path not in stores]
    assert outside == []
    assert len(list((tmp_path / "got").iterdir())) > 30


def test_s01_nothing_of_a_message_reaches_the_terminal_through_an_answer(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    terminal = Terminal(tmp_path)
    try:
        terminal.wait(b"Eve")
        terminal.press("gg")
        terminal.press("\r")
        terminal.wait(b"a@b.example")
        for number in range(len(hostile_messages())):
            if number < 4 or number % 6 == 0:
                for key in "rf":
                    terminal.press_until(key, b"keep draft")
                    terminal.press_until("\x04", b"back")
            terminal.press(">")
            assert terminal.alive(), f"ended at message {number}: {bytes(terminal.out[-2000:])!r}"
        output = bytes(terminal.out)
    finally:
        terminal.end()
    harmless(output)
    assert b"Forward: " in output
    assert b"Reply: " in output
    assert not (tmp_path / "network").exists(), (tmp_path / "network").read_text()
