"""Free ports, children that die with their parent, and waiting for a port to answer."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


class ServerMissing(Exception):
    """A program that a fixture needs is not installed; the text says which and how to get it."""


class ServerFailed(Exception):
    """A server did not start; the text ends with its log."""


def need(program: str, package: str, *places: str) -> str:
    """Path of `program`, looked for on PATH, in the sbin folders and in `places`. Raises ServerMissing."""
    found = shutil.which(program, path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin", *places)))
    if found is None:
        raise ServerMissing(f"{program} is not installed (Debian package {package})")
    return found


def free_ports(count: int) -> list[int]:
    """Different TCP ports of 127.0.0.1 that nobody listens on at this moment."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


def start(argv: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """A child in its own session that gets SIGTERM when this process dies, however it dies.

    Linux means the calling *thread*: start servers from one that lives as long as they shall."""
    setpriv = shutil.which("setpriv")
    prefix = [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []
    with log.open("ab") as out:
        return subprocess.Popen(
            [*prefix, *argv],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=None if env is None else dict(env),
            start_new_session=True,
        )


def stop(process: subprocess.Popen[bytes], *, grace: float = 5.0) -> None:
    """SIGTERM, then SIGKILL to what is left of the child's own process group. Nothing else is ever signalled."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    with contextlib.suppress(ProcessLookupError, PermissionError):  # a server's workers may outlive their master
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_for_greeting(process: subprocess.Popen[bytes], port: int, log: Path, *, seconds: float = 15.0) -> None:
    """Until the plain-text port says its first line. Raises ServerFailed with the log's end."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5.0) as link:
                if link.recv(1):
                    return
        except OSError:
            pass
        time.sleep(0.01)
    tail = log.read_text(errors="replace")[-3000:] if log.exists() else "(no log)"
    stop(process)
    raise ServerFailed(f"port {port} did not answer; log:\n{tail}")
