"""`mailtui` and `python -m mailtui`."""

from __future__ import annotations

import os
import sys
import threading

from mailtui.cli.main import main as run

PARTING = 1.0
"""Seconds that a thread gets to end when everything else has."""


def main() -> int:
    try:
        return run(sys.argv[1:])
    finally:
        _end_threads()


def _end_threads() -> None:
    """All is done and on disk. A thread that hangs in a terminal that is gone must not keep us: Python would wait for
    it for ever."""
    others = [thread for thread in threading.enumerate() if thread is not threading.main_thread() and not thread.daemon]
    for thread in others:
        thread.join(PARTING)
    if any(thread.is_alive() for thread in others):
        error = sys.exc_info()[1]
        code = error.code if isinstance(error, SystemExit) else 1 if error is not None else 0
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except OSError:
                continue
        os._exit(code if isinstance(code, int) else 1)


if __name__ == "__main__":
    sys.exit(main())
