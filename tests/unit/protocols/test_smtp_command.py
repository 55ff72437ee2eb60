"""Programs that send instead of a server: what they get, and what their ends mean."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from mailtui.config.kinds import command as kind_of_command
from mailtui.model.errors import LostError, MailtuiError
from mailtui.model.outgoing import Fate
from mailtui.protocols.smtp import command
from mailtui.protocols.smtp.link import Handed, Parcel
from mailtui.protocols.smtp.message import wire

TWO = ("one@example.com", "two@example.com")
RAW = b"From: me@example.com\r\nBcc: x@example.com\r\nSubject: hi\r\n\r\n.dot\r\n..\r\n"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Keeps its arguments and its input."""
    return script(tmp_path, 'printf "%s\\n" "$@" > argv; cat > mail')


def script(folder: Path, body: str) -> Path:
    path = folder / "program"
    path.write_text(f"#!/bin/sh\ncd '{folder}'\n{body}\n")
    path.chmod(0o700)
    return path


async def send(argv: tuple[str, ...], *, raw: bytes = RAW, whom: tuple[str, ...] = TWO, sender: str = "me@x") -> Handed:
    async def about_to_end(accepted: tuple[str, ...]) -> None:
        assert accepted == whom

    return await command.hand_over(argv, Parcel(sender, whom, wire(raw)), about_to_end)


def fates(handed: Handed) -> list[Fate]:
    return [one.fate for one in handed.recipients]


async def test_a_program_gets_the_message_and_everybody_by_name(program: Path, tmp_path: Path) -> None:
    handed = await send((str(program), "-a", "home; rm"))
    assert fates(handed) == [Fate.SENT, Fate.SENT]
    assert (tmp_path / "argv").read_text().splitlines() == ["-a", "home; rm", "-i", "-f", "me@x", "--", *TWO]
    assert (tmp_path / "mail").read_bytes() == b"From: me@example.com\nSubject: hi\n\n.dot\n..\n"


async def test_a_command_for_the_shell_gets_them_too(program: Path, tmp_path: Path) -> None:
    """Bcc is not in the message: a program that had to read the recipients there would forget some."""
    whom = ("$(touch pwned)@example.com", "two@example.com")
    argv = kind_of_command().read(f"MARK=a '{program}' -a \"home\"")
    assert fates(await send(argv, whom=whom)) == [Fate.SENT, Fate.SENT]
    assert (tmp_path / "argv").read_text().splitlines() == ["-a", "home", "-i", "-f", "me@x", "--", *whom]
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    ("body", "fate", "words"),
    [
        ("cat >/dev/null; exit 0", Fate.SENT, "taken by"),
        ("cat >/dev/null; echo later >&2; exit 75", Fate.WAITING, "later"),
        ("cat >/dev/null; printf 'no \\033[2Jsuch user\\nmore' >&2; exit 67", Fate.REFUSED, "such user"),
        ("cat >/dev/null; exit 1", Fate.REFUSED, "exit status 1"),
        ("cat >/dev/null; kill -9 $$", Fate.UNSURE, "signal 9"),
    ],
)
async def test_what_its_end_means(body: str, fate: Fate, words: str, tmp_path: Path) -> None:
    handed = await send((str(script(tmp_path, body)),))
    assert fates(handed) == [fate, fate]
    assert words in handed.answer
    assert "\x1b" not in handed.answer
    assert "more" not in handed.answer


async def test_one_that_never_ends_is_ended_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "SECONDS", 0.3)
    handed = await send((str(script(tmp_path, "cat >/dev/null; sleep 60 & echo $! > child; wait")),))
    assert fates(handed) == [Fate.UNSURE, Fate.UNSURE]
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 5
    while running(child) and time.monotonic() < deadline:
        await asyncio.sleep(0.02)
    assert not running(child)


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except OSError:
        return False


async def test_one_that_goes_before_it_has_the_message_sent_nothing(tmp_path: Path) -> None:
    with pytest.raises(LostError, match="no config"):
        await send((str(script(tmp_path, "echo no config >&2; exit 78")),), raw=RAW + b"x" * 3_000_000)


async def test_one_that_has_gone_before_anything_is_written_sent_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = command._start

    async def late(argv: tuple[str, ...]) -> asyncio.subprocess.Process:
        process = await start(argv)
        await process.wait()
        return process

    monkeypatch.setattr(command, "_start", late)
    with pytest.raises(LostError, match="no config"):
        await send((str(script(tmp_path, "echo no config >&2; exit 78")),))


async def test_one_that_is_not_there() -> None:
    with pytest.raises(LostError) as missing:
        await send(("/no/such/program",))
    assert "send_command" in missing.value.hint


async def test_addresses_that_look_like_options_are_not_passed(program: Path, tmp_path: Path) -> None:
    assert fates(await send((str(program),), whom=("-bs@example.com",))) == [Fate.REFUSED]
    assert fates(await send((str(program),), sender="-X/tmp/log")) == [Fate.REFUSED, Fate.REFUSED]
    assert not (tmp_path / "argv").exists()


async def test_nothing_is_sent_when_it_could_not_be_written_down(tmp_path: Path) -> None:
    async def full(accepted: tuple[str, ...]) -> None:
        raise MailtuiError("the disk is full")

    path = script(tmp_path, "cat > part && mv part mail")
    with pytest.raises(MailtuiError, match="full"):
        await command.hand_over((str(path),), Parcel("me@x", TWO, wire(RAW)), full)
    await asyncio.sleep(0.1)
    assert not (tmp_path / "mail").exists()
    assert os.path.exists(path)
