"""Passwords and tokens: fetched once, told never."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
import types
from dataclasses import replace
from pathlib import Path

import pytest

from mailtui.config.secrets import SystemSecrets
from mailtui.model.account import Protocol, Secret, SecretKind, SecretSource, Security, ServerSettings
from mailtui.model.errors import AuthError, Retry

BASE = ServerSettings(
    Protocol.IMAP, "h.example.org", 993, Security.TLS, "me", SecretSource(SecretKind.PLAIN, plain=Secret("hunter2"))
)


def command(*argv: str, kind: SecretKind = SecretKind.COMMAND) -> ServerSettings:
    return replace(BASE, secret=SecretSource(kind, argv=argv))


def shell(text: str) -> ServerSettings:
    return command("/bin/sh", "-c", text)


async def failure(settings: ServerSettings, seconds: float = 60.0) -> AuthError:
    with pytest.raises(AuthError) as raised:
        await SystemSecrets(seconds).get(settings)
    assert raised.value.retry is Retry.NEVER
    return raised.value


async def test_plain() -> None:
    assert (await SystemSecrets().get(BASE)).reveal() == "hunter2"


async def test_first_line_of_a_command() -> None:
    secret = await SystemSecrets().get(shell("printf 'pä ss\\r\\nuser: me\\n'"))
    assert secret.reveal() == "pä ss"


async def test_array_runs_without_a_shell() -> None:
    assert (await SystemSecrets().get(command("printf", "%s", "$HOME;x"))).reveal() == "$HOME;x"


async def test_asked_once_even_by_two_at_a_time(tmp_path: Path) -> None:
    count = tmp_path / "count"
    settings = shell(f"echo x >> {count}; sleep 0.05; echo word")
    secrets = SystemSecrets()
    first, second = await asyncio.gather(secrets.get(settings), secrets.get(settings))
    assert first.reveal() == second.reveal() == "word"
    assert count.read_text() == "x\n"
    secrets.forget()
    await secrets.get(settings)
    assert count.read_text() == "x\nx\n"


async def test_tokens_are_fetched_every_time(tmp_path: Path) -> None:
    count = tmp_path / "count"
    settings = command("/bin/sh", "-c", f"echo x >> {count}; echo token", kind=SecretKind.TOKEN_COMMAND)
    secrets = SystemSecrets()
    await secrets.get(settings)
    await secrets.get(settings)
    assert count.read_text() == "x\nx\n"


async def test_failing_command_tells_its_last_words_but_not_the_secret() -> None:
    error = await failure(
        shell("echo hunter2; echo noise >&2; printf 'gpg: \\033[31mno key for hunter2\\n' >&2; exit 2")
    )
    assert "exit code 2" in error.text
    assert error.hint == "it said: gpg: [31mno key for ***" or "no key for ***" in error.hint
    assert "hunter2" not in str(error)
    assert "\033" not in error.hint


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("exit 1", "said nothing"),
        ("kill -9 $$", "signal 9"),
        ("true", "printed nothing"),
        ("printf '\\nlate\\n'", "printed nothing"),
        ("printf '\\377\\n'", "not UTF-8"),
    ],
)
async def test_commands_that_give_nothing(script: str, words: str) -> None:
    assert words in str(await failure(shell(script)))


async def test_missing_program() -> None:
    assert "No such file" in (await failure(command("/no/such/program"))).text
    assert "arguments" in (await failure(command("a\0b"))).text


async def test_command_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    error = await failure(shell(f"(sleep 1; echo x > {alive}) & sleep 30"), seconds=0.2)
    assert "within 0.2 seconds" in error.text
    await asyncio.sleep(1.2)
    assert not alive.exists()


async def test_endless_output_is_bounded() -> None:
    error = await failure(shell("yes hunter2 >&2 & yes | tr -d '\\n'"), seconds=0.5)
    assert "within" in error.text


async def test_gets_no_input() -> None:
    started = time.monotonic()
    assert "printed nothing" in (await failure(command("cat"))).text
    assert time.monotonic() - started < 10


async def test_none() -> None:
    error = await failure(replace(BASE, secret=SecretSource(SecretKind.NONE)))
    assert "password_command" in error.hint


async def test_keyring_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    error = await failure(replace(BASE, secret=SecretSource(SecretKind.KEYRING, service="s")))
    assert "mailtui[keyring]" in error.hint


async def test_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    class KeyringError(Exception):
        pass

    def get_password(service: str, user: str) -> str | None:
        if service == "locked":
            raise KeyringError("hunter2")
        return "hunter2" if (service, user) == ("s", "me") else None

    errors = types.ModuleType("keyring.errors")
    vars(errors)["KeyringError"] = KeyringError
    module = types.ModuleType("keyring")
    vars(module).update(get_password=get_password, errors=errors)
    monkeypatch.setitem(sys.modules, "keyring", module)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)

    def ask(service: str) -> ServerSettings:
        return replace(BASE, secret=SecretSource(SecretKind.KEYRING, service=service))

    assert (await SystemSecrets().get(ask("s"))).reveal() == "hunter2"
    assert "keyring set 'other' 'me'" in (await failure(ask("other"))).hint
    locked = await failure(ask("locked"))
    assert "KeyringError" in locked.text
    assert "hunter2" not in str(locked)


async def test_nothing_of_it_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await SystemSecrets().get(shell("echo hunter2"))
    assert "hunter2" not in caplog.text.replace("echo hunter2", "")
    assert "hunter2" not in repr(BASE)
