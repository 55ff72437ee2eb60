"""Fetches passwords and tokens when a login needs them: from a program, the system's keyring, or the config file.

Passwords are kept in memory for the life of the process, tokens are not (they expire). Nothing here logs, and no
error carries the secret: of a failed program only the last line of its error output is shown.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal

from mailtui.mail.sanitize import clip, safe_line
from mailtui.model.account import Secret, SecretKind, SecretSource, ServerSettings
from mailtui.model.errors import AuthError

COMMAND_SECONDS = 60.0
LARGEST = 64 << 10
"""Bytes of a program's output that are kept; the rest is read and dropped."""

_Key = tuple[SecretSource, str, str]


class SystemSecrets:
    """The port `Secrets` for real. Two logins that ask at once share one run of the program."""

    def __init__(self, command_seconds: float = COMMAND_SECONDS) -> None:
        self._command_seconds = command_seconds
        self._known: dict[_Key, Secret] = {}
        self._locks: dict[_Key, asyncio.Lock] = {}

    async def get(self, settings: ServerSettings) -> Secret:
        """The password or token for this login. Raises AuthError with a hint when there is none."""
        source = settings.secret
        key = (source, settings.user, settings.host)
        async with self._locks.setdefault(key, asyncio.Lock()):
            if key in self._known:
                return self._known[key]
            secret = await self._fetch(source, settings)
            if source.kind is not SecretKind.TOKEN_COMMAND:
                self._known[key] = secret
            return secret

    def forget(self) -> None:
        """Ask again next time (the server refused what we had)."""
        self._known.clear()

    async def _fetch(self, source: SecretSource, settings: ServerSettings) -> Secret:
        if source.kind is SecretKind.PLAIN and source.plain is not None:
            return source.plain
        if source.kind in (SecretKind.COMMAND, SecretKind.TOKEN_COMMAND):
            return await _run(source, self._command_seconds)
        if source.kind is SecretKind.KEYRING:
            return await asyncio.to_thread(_from_keyring, source.service, settings.user)
        raise AuthError(
            f"no password is configured for {settings.user} at {settings.host}",
            "add password_command = [...] to this server's table",
        )


async def _run(source: SecretSource, seconds: float) -> Secret:
    """First line of a program's output. The program gets no input and, so that its children end with it, a process
    group of its own."""
    name = source.kind.value
    try:
        process = await asyncio.create_subprocess_exec(
            *source.argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its arguments can't be used"
        raise AuthError(f"{name} can't be started: {reason}", f"check {name} in config.toml") from None
    try:
        async with asyncio.timeout(seconds):
            out, err = await asyncio.gather(_read(process.stdout), _read(process.stderr))
            code = await process.wait()
    except TimeoutError:
        raise AuthError(
            f"{name} gave no answer within {seconds:g} seconds", "it may wait for a passphrase: run it once by hand"
        ) from None
    finally:
        await _end(process)
    return _first_line(name, code, out, err)


async def _read(stream: asyncio.StreamReader | None) -> bytes:
    """Everything until the end; only the first LARGEST bytes are kept."""
    kept = bytearray()
    while stream is not None and (piece := await stream.read(LARGEST)):
        kept += piece[: LARGEST - len(kept)]
    return bytes(kept)


async def _end(process: asyncio.subprocess.Process) -> None:
    """The program and its children are gone afterwards, its pipes closed."""
    running = process.returncode is None
    if running:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    # Closed before the wait: some Pythons wait for the pipes' end, and a pipe that nobody reads any more has none.
    process._transport.close()  # type: ignore[attr-defined]
    if running:
        await process.wait()


def _first_line(name: str, code: int, out: bytes, err: bytes) -> Secret:
    """The secret, or why there is none."""
    line = out.partition(b"\n")[0].rstrip(b"\r")
    if code != 0:
        last = err.decode("utf-8", "replace").strip().rpartition("\n")[2]
        word = line.decode("utf-8", "replace")
        said = clip(safe_line(last.replace(word, "***") if word else last), 200)
        ended = f"was ended by signal {-code}" if code < 0 else f"failed with exit code {code}"
        raise AuthError(f"{name} {ended}", f"it said: {said}" if said else "it said nothing; run it by hand")
    if not line:
        raise AuthError(f"{name} printed nothing", "it must print the secret as its first line")
    try:
        return Secret(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise AuthError(f"{name} printed something that is not UTF-8 text", "run it by hand and look") from None


def _from_keyring(service: str, user: str) -> Secret:
    """Blocking: the keyring may ask the person to unlock it."""
    try:
        import keyring
        import keyring.errors
    except ImportError:
        raise AuthError(
            "keyring = true needs a package that is not installed", "run: pip install 'mailtui[keyring]'"
        ) from None
    try:
        found = keyring.get_password(service, user)
    except keyring.errors.KeyringError as error:
        raise AuthError(f"the system's keyring failed: {type(error).__name__}", "is it unlocked?") from None
    if not found:
        raise AuthError(
            f"the keyring has no password for {user} in '{service}'", f"run: keyring set '{service}' '{user}'"
        )
    return Secret(found)
