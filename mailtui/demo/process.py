"""The demo's servers in a process of their own, so that they never share an interpreter with what is being shown."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from types import TracebackType

from mailtui.demo.server import Ports
from mailtui.model.errors import LinkError

_START_SECONDS = 20.0


class DemoProcess:
    """`with DemoProcess() as ports:` runs `python -m mailtui.demo` and ends it at the end of the block.

    The child also ends by itself when this process dies, because its standard input closes then. Raises LinkError
    when the child does not report its ports within 20 seconds.
    """

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child is not None else None

    def __enter__(self) -> Ports:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "mailtui.demo"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            start_new_session=True,
        )
        try:
            return self._ports()
        except BaseException:
            self._end()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _ports(self) -> Ports:
        assert self._child is not None
        assert self._child.stdout is not None
        line = b""
        deadline = time.monotonic() + _START_SECONDS
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            ready = left > 0 and select.select([self._child.stdout], [], [], left)[0]
            piece = os.read(self._child.stdout.fileno(), 4096) if ready else b""
            if not piece:
                break
            line += piece
        try:
            found = json.loads(line)
            return Ports(int(found["imap"]), int(found["smtp"]))
        except (ValueError, KeyError, TypeError) as error:
            raise LinkError(
                "the demo's mail server did not start", "run `python -m mailtui.demo` by hand to see why"
            ) from error

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
        try:
            child.wait(2.0)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
