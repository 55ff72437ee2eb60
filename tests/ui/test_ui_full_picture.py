"""Pictures over the whole terminal: a pseudo terminal that answers as kitty, xterm or a plain one would."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import termios
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from mailtui.ui.full_picture import show_in_full, window
from tests.ui.conftest import Desk, settle, shown
from tests.ui.test_ui_attachments import mail, opened, picture
from tests.ui.test_ui_pictures import png

PLAIN, KITTY, SIXEL = b"\x1b[?1;2c", b"\x1b_Gi=31;OK\x1b\\\x1b[?62;c", b"\x1b[?63;1;4c"


class Terminal:
    """The other side of a pseudo terminal of 80 x 24 cells of 10 x 20 pixels; `said` is all that it was told."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 800, 480))
        self.said = b""
        self.before = termios.tcgetattr(self.slave)
        self.error: BaseException | None = None

    def show(self, *pictures: tuple[str, bytes]) -> None:
        def work() -> None:
            try:
                show_in_full(pictures, self.slave, self.slave)
            except BaseException as error:
                self.error = error

        self.thread = threading.Thread(target=work)
        self.thread.start()

    def until(self, words: bytes) -> bytes:
        """What came up to these words, and is forgotten with them."""
        end = time.monotonic() + 20
        while words not in self.said:
            assert time.monotonic() < end, self.said[-300:]
            if select.select([self.master], [], [], 0.1)[0]:
                self.said += os.read(self.master, 65536)
        head, _, self.said = self.said.partition(words)
        return head

    def type(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def ended(self) -> None:
        self.until(b"\x1b[?25h")
        self.thread.join(20)
        assert not self.thread.is_alive()
        assert self.error is None
        assert termios.tcgetattr(self.slave) == self.before


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    pytest.importorskip("PIL")
    made = Terminal()
    yield made
    for handle in (made.master, made.slave):
        os.close(handle)


@pytest.mark.parametrize(
    ("answer", "mark"), [(KITTY, b"\x1b_Ga=T,f=24"), (SIXEL, b'\x1bP0;1q"1;1;96;96'), (PLAIN, "▀".encode())]
)
def test_each_kind_of_terminal(terminal: Terminal, answer: bytes, mark: bytes) -> None:
    terminal.show(("flag", png()))
    terminal.until(b"\x1b[c")
    terminal.type(answer)
    terminal.until(b"flag")
    terminal.until(mark)
    terminal.until(b"any key: back")
    terminal.type(b"x")
    terminal.ended()


def test_one_after_the_other_damaged_ones_too(terminal: Terminal) -> None:
    terminal.show(("one", png()), ("two\x1b]0;evil\x07", b"no picture"), ("three", png()))
    terminal.until(b"\x1b[c")
    terminal.type(PLAIN)
    terminal.until(b"one  1 of 3")
    terminal.until(b"q: back")
    terminal.type(b" ")
    second = terminal.until(b"q: back")
    assert "two␛]0;evil␇  2 of 3" in second.decode()
    assert b"can't be read as a picture" in second
    assert b"\x1b]" not in second
    assert b"\x07" not in second
    terminal.type(b"\x1b[B")  # a key with a name is a key
    terminal.until(b"three  3 of 3")
    terminal.until(b"any key: back")
    terminal.type(b"\x1b")
    terminal.ended()


def test_q_ends_it_and_so_does_silence_end_the_question(terminal: Terminal) -> None:
    terminal.show(("one", png()), ("two", png()))
    terminal.until("▀".encode())  # nobody answered what the terminal can
    terminal.until(b"q: back")
    terminal.type(b"q")
    terminal.ended()
    assert b"two" not in terminal.said


def test_sizes(terminal: Terminal) -> None:
    assert (window(terminal.slave).cell, window(terminal.slave).pixels) == ((10, 20), (800, 420))
    fcntl.ioctl(terminal.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 0, 0, 0, 0))
    found = window(terminal.slave)
    assert (found.columns, found.lines, found.cell) == (80, 24, (8, 16))


async def test_where_it_can_not_be(make: Callable[..., Desk]) -> None:
    desk = make()
    async with desk.app.run_test(size=(100, 40)) as pilot:
        await opened(desk, pilot, mail(b"Content-Type: text/plain\r\n\r\nhello", picture(32)))
        await pilot.press("z", "p")
        await shown(pilot, desk, "Pictures can't be shown in full in this terminal")
    desk = make()
    async with desk.app.run_test(size=(100, 40)) as pilot:
        await opened(desk, pilot, b"From: a@example.org\r\nSubject: x\r\n\r\nwords\r\n")
        await pilot.press("z", "p")
        await settle(pilot, desk)
        await shown(pilot, desk, "There are no pictures in this message")
