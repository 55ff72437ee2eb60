"""Runs GnuPG on what came in a mail: verifies and decrypts, asks no network, keeps nothing on the disk that was secret.
Blocking."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
from dataclasses import dataclass

from mailtui.mail.openpgp import Sealed, Verdict, judge
from mailtui.model.errors import FileError

SECONDS = 60.0
"""As long as a person may take to type a passphrase into gpg's own window."""
MOST = 50_000_000
"""Bytes of decrypted text; a packed bomb ends there."""
_OPTIONS = (
    "--batch",
    "--no-tty",
    "--no-auto-key-retrieve",
    "--auto-key-locate",
    "local",
    "--disable-dirmngr",
    "--no-verbose",
)


@dataclass(frozen=True, slots=True)
class Opened:
    """`text`: what was decrypted or is covered by a signature inside of a text; empty if it may not be shown."""

    verdict: Verdict
    text: bytes = b""


def find_gpg() -> str:
    """The program. Raises FileError if there is none."""
    program = shutil.which("gpg") or shutil.which("gpg2")
    if program is None:
        raise FileError("gpg is not installed", "install GnuPG to check signatures and to decrypt")
    return program


def unseal(sealed: Sealed, sender: str) -> Opened:
    """Verify or decrypt. `sender`: the address of From, to compare with the key's. Raises FileError."""
    program = find_gpg()
    with tempfile.TemporaryDirectory(prefix="mailtui-gpg-") as folder:  # 0700
        if sealed.kind == "signed":
            place = os.path.join(folder, "signature")
            with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                stream.write(sealed.signature)
            words = ["--verify", "--", place, "-"]
        else:
            words = ["--decrypt"]
        status, text = _run([program, *_OPTIONS], words, sealed.data)
    verdict = judge(sealed, status, sender)
    return Opened(verdict, text if verdict.readable and sealed.kind != "signed" else b"")


def _run(program: list[str], words: list[str], data: bytes) -> tuple[bytes, bytes]:
    """(status lines, output). The status comes on a pipe of its own: no text of a mail can pretend to be one."""
    reading, writing = os.pipe()
    try:
        process = subprocess.Popen(  # noqa: S603 - an argument list of our own words
            [*program, "--status-fd", str(writing), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(writing,),
            env={**os.environ, "LC_ALL": "C"},
        )
    except OSError as error:
        os.close(reading)
        os.close(writing)
        raise FileError(f"gpg could not be started: {error.strerror}") from None
    os.close(writing)
    status: list[bytes] = []
    listener = threading.Thread(target=_listen, args=(reading, status), daemon=True)
    feeder = threading.Thread(target=_feed, args=(process, data), daemon=True)
    clock = threading.Timer(SECONDS, process.kill)
    for one in (listener, feeder, clock):
        one.start()
    try:
        assert process.stdout is not None
        with process.stdout as out:
            text = out.read(MOST + 1)
        if len(text) > MOST:
            process.kill()
            raise FileError("what was decrypted is too big to be shown")
    finally:
        process.wait()
        timed_out = not clock.is_alive() and process.returncode == -9
        clock.cancel()
        listener.join()
        feeder.join()
    if timed_out:
        raise FileError(f"gpg took longer than {SECONDS:.0f} seconds and was ended")
    return b"".join(status), text


def _listen(reading: int, status: list[bytes]) -> None:
    with open(reading, "rb") as stream:
        status.append(stream.read(1_000_000))


def _feed(process: subprocess.Popen[bytes], data: bytes) -> None:
    assert process.stdin is not None
    try:
        with process.stdin as stream:
            stream.write(data)
    except (BrokenPipeError, OSError):
        return  # gpg has seen enough
