"""The terminal goes away under the screen: the program ends, and soon."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time

import pytest


def started() -> tuple[subprocess.Popen[bytes], int]:
    master, slave = pty.openpty()
    env = {**os.environ, "TERM": "xterm-256color"}
    process = subprocess.Popen(
        [sys.executable, "-m", "mailtui", "demo"],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=env,
        start_new_session=True,
    )
    os.close(slave)
    return process, master


@pytest.mark.parametrize("seconds", [0.3, 1.5, 4.0])
def test_the_terminal_vanishes(seconds: float) -> None:
    process, master = started()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.set_blocking(master, False)
            os.read(master, 65536)
        except BlockingIOError:
            time.sleep(0.02)
    os.close(master)
    process.send_signal(signal.SIGHUP)
    try:
        assert process.wait(30) in (129, -signal.SIGHUP)
    finally:
        if process.poll() is None:
            process.kill()
