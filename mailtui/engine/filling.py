"""The full-text index filled in a process of its own: `python -m mailtui.engine.filling ROOT`, started by the filler
when there is much to do, never by hand. It uses the second processor and takes nothing from the one that reads mail.

One byte on its standard input asks for a batch; the answer is a frame with a `FillResult`, or with the words of a
`StoreError`. It ends when its input does, so it never outlives the one who asked by more than a batch.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import select
import signal
import struct
import subprocess
import sys

from mailtui.model.errors import MailtuiError, StoreError
from mailtui.store.fulltext import FillResult, Fulltext

BATCH = 1000
"""Messages per transaction: a few hundred ms of work, so that stopping never takes long; smaller ones cost merges."""
NICE = 10
"""Mail, screen and mail server come first."""
PATIENCE = 120.0
"""Seconds without an octet of an answer after which the process is given up: a batch takes less than one."""
_LENGTH = struct.Struct("!I")


class FillingProcess:
    """The asking end. One thread at a time."""

    def __init__(self, root: str) -> None:
        """Raises StoreError: no process can be started."""
        try:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "mailtui.engine.filling", root],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            raise StoreError(f"no second process for the full-text index: {error.strerror}") from error

    def fill(self) -> FillResult:
        """The next batch. Blocks. Raises StoreError: nothing of it was written, or the process is gone."""
        asked = self._process.stdin
        assert asked is not None
        try:
            asked.write(b".")
            data = self._read(_LENGTH.unpack(self._read(_LENGTH.size))[0])
        except OSError as error:
            raise StoreError("the process that fills the full-text index ended") from error
        answer = pickle.loads(data)  # noqa: S301  (ours, over a private pipe)
        if isinstance(answer, FillResult):
            return answer
        raise StoreError(*answer)

    def _read(self, size: int) -> bytes:
        """Raises OSError: the process ended, or says nothing any more and was ended."""
        answers = self._process.stdout
        assert answers is not None
        ready = select.poll()
        ready.register(answers, select.POLLIN)
        found = bytearray()
        while len(found) < size:
            if not ready.poll(PATIENCE * 1000):
                self._process.kill()
                raise TimeoutError
            octets = os.read(answers.fileno(), size - len(found))
            if not octets:
                raise BrokenPipeError
            found += octets
        return bytes(found)

    def close(self) -> None:
        """Waits for the batch that is under way."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.wait()


def serve(root: str) -> None:
    fulltext: Fulltext | None = None
    while sys.stdin.buffer.read(1):
        answer: object
        try:
            fulltext = fulltext or Fulltext(root)
            answer = fulltext.fill(BATCH)
        except MailtuiError as error:
            answer = (error.text, error.hint)
        data = pickle.dumps(answer, protocol=5)
        sys.stdout.buffer.write(_LENGTH.pack(len(data)) + data)
        sys.stdout.buffer.flush()
    if fulltext is not None:
        fulltext.close()


def main() -> None:
    for ignored in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)  # the end of the input is the only order to stop
    with contextlib.suppress(OSError):
        os.nice(NICE)
    with contextlib.suppress(BrokenPipeError):
        serve(sys.argv[1])


if __name__ == "__main__":
    main()
