"""Sending by a program instead of a server: `msmtp`, `sendmail` and whatever takes their arguments. Never through a
shell, unless the command was written as one string."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal

from mailtui.mail.sanitize import safe_line
from mailtui.model.account import SHELL
from mailtui.model.errors import LostError
from mailtui.model.outgoing import Fate, Recipient
from mailtui.protocols.smtp.link import AboutToEnd, Handed, Parcel

TEMPORARY = 75
"""EX_TEMPFAIL of sysexits.h: try again."""
SECONDS = 600.0
"""The program may take so long."""
WORDS = 300
STDERR = 1 << 20
"""Bytes of its complaints that are taken in at most."""


def unstuffed(parcel: Parcel) -> bytes:
    """What such programs read: lines ended by LF, dots as they are."""
    data = parcel.message.data.replace(b"\r\n..", b"\r\n.")
    return (data[1:] if data.startswith(b"..") else data).replace(b"\r\n", b"\n")


async def hand_over(argv: tuple[str, ...], parcel: Parcel, about_to_end: AboutToEnd) -> Handed:
    """The program gets `-i -f SENDER -- RECIPIENT...` after its own arguments and the message on its standard input.
    Raises LostError when it can't be started, or ended before it had the whole message."""
    everyone = parcel.recipients
    if any(address.startswith("-") or "\0" in address for address in (*everyone, parcel.sender)):
        return _all(everyone, Fate.REFUSED, "an address begins with a dash")
    process = await _start((*_words_of(argv), "-i", "-f", parcel.sender or "<>", "--", *everyone))
    try:
        await _feed(process, argv[0], unstuffed(parcel))
        await about_to_end(everyone)
        async with asyncio.timeout(SECONDS):
            assert process.stdin is not None
            process.stdin.close()
            said = await _words(process)
            status = await process.wait()
    except TimeoutError:
        return _all(everyone, Fate.UNSURE, f"{argv[0]} did not end within {SECONDS:g} seconds: it may have sent it")
    finally:
        if process.returncode is None:  # it has not seen the end of the message, or takes too long
            with contextlib.suppress(ProcessLookupError):
                # With its children: a program behind a script would take the end of our pipe for the message's end.
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return _judge(argv[0], status, said, everyone)


def _words_of(argv: tuple[str, ...]) -> tuple[str, ...]:
    """A command written as one string for the shell hands what follows on to its last program, never as code."""
    if argv[:2] != SHELL or len(argv) != 3:
        return argv
    return (*argv[:2], f'{argv[2]} "$@"', "send_command")


def _judge(program: str, status: int, said: str, everyone: tuple[str, ...]) -> Handed:
    if status == 0:
        return _all(everyone, Fate.SENT, said or f"taken by {program}")
    if status < 0:
        return _all(everyone, Fate.UNSURE, f"{program} was killed by signal {-status}: it may have sent it")
    words = f"{program}: {said or f'exit status {status}'}"
    return _all(everyone, Fate.WAITING if status == TEMPORARY else Fate.REFUSED, words)


async def _start(argv: tuple[str, ...]) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            limit=STDERR,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise LostError(f"{argv[0]} can't be started: {reason}", "correct `send_command` in config.toml") from error


async def _feed(process: asyncio.subprocess.Process, program: str, data: bytes) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(data)
        async with asyncio.timeout(SECONDS):
            await process.stdin.drain()
        if process.stdin.is_closing():  # drain() says so a turn of the loop too late, when it has ended before
            raise BrokenPipeError("it reads no more")
    except TimeoutError as error:
        raise LostError(f"{program} took nothing for {SECONDS:g} seconds") from error
    except OSError as error:
        said = await _words(process)
        raise LostError(f"{program} ended before it had the message: {said or error}", "it is tried again") from error


async def _words(process: asyncio.subprocess.Process) -> str:
    """The first line that it complained with, safe to show."""
    assert process.stderr is not None
    text = (await process.stderr.read(STDERR)).decode("utf-8", "replace").strip()
    return safe_line(text.partition("\n")[0].strip())[:WORDS]


def _all(everyone: tuple[str, ...], fate: Fate, words: str) -> Handed:
    return Handed(tuple(Recipient(one, fate, words) for one in everyone), words)
