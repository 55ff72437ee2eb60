"""Messages as mblaze reads them: a parser in C that shares nothing with ours or with Python's."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.support.processes import need

PACKAGE = "mblaze"


class Mblaze:
    """One message in a file. Raises ServerMissing if mblaze is not installed."""

    def __init__(self, path: Path) -> None:
        self._show, self._head = need("mshow", PACKAGE), need("mhdr", PACKAGE)
        self.path = path

    def header(self, name: str) -> str:
        """Its value, decoded; empty if there is none."""
        return self._run(self._head, "-d", "-h", name, str(self.path), fine=(0, 1)).decode().rstrip("\n")

    def types(self) -> dict[int, str]:
        """Content type of every part by mblaze's number."""
        lines = self._run(self._show, "-t", str(self.path)).decode().splitlines()[1:]
        found = (line.strip().partition(": ") for line in lines)
        return {int(number): rest.split()[0] for number, _, rest in found}

    def part(self, number: int) -> bytes:
        """Its content, decoded; of a text the bytes, in the charset of the message."""
        return self._run(self._show, "-O", str(self.path), str(number))

    def files(self, folder: Path) -> dict[str, bytes]:
        """All attachments, saved into the new `folder`: name -> bytes."""
        folder.mkdir()
        self._run(self._show, "-x", str(self.path.absolute()), cwd=folder)
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    @staticmethod
    def _run(*words: str, cwd: Path | None = None, fine: tuple[int, ...] = (0,)) -> bytes:
        env = {**os.environ, "LC_ALL": "C.UTF-8"}
        done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, timeout=120, check=False)
        assert done.returncode in fine, done.stderr.decode(errors="replace")
        assert not done.stderr, done.stderr.decode(errors="replace")
        return done.stdout
