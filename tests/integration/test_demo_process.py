"""The demo's servers as a child process: it serves, it ends, nothing stays behind."""

from __future__ import annotations

import imaplib
import json
import os
import signal
import subprocess
import sys

import pytest

from mailtui.demo.process import DemoProcess
from mailtui.demo.profile import settings
from mailtui.demo.server import HOST, PASSWORD, USER, Ports
from mailtui.model.account import Security
from mailtui.model.errors import LinkError


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_serves_the_samples_and_ends_with_the_block() -> None:
    process = DemoProcess()
    with process as ports:
        pid = process.pid
        assert pid is not None
        account = settings(ports, "/nowhere").account("demo")
        assert account is not None
        assert account.imap is not None
        assert account.imap.security is Security.NONE
        assert "lighthouse" not in repr(account.imap.secret)
        client = imaplib.IMAP4(account.imap.host, account.imap.port, timeout=10)
        secret = account.imap.secret.plain
        assert secret is not None
        client.login(account.imap.user, secret.reveal())
        count = int(client.select(readonly=True)[1][0] or 0)
        assert count >= 110
        client.logout()
    assert process.pid is None
    assert not alive(pid)


def test_ends_when_the_parent_dies() -> None:
    child = subprocess.Popen([sys.executable, "-m", "mailtui.demo"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None
    assert child.stdout is not None
    assert set(json.loads(child.stdout.readline())) == {"imap", "smtp"}
    child.stdin.close()
    assert child.wait(10) == 0
    child.stdout.close()


def test_ends_on_sigterm() -> None:
    child = subprocess.Popen([sys.executable, "-m", "mailtui.demo"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None
    assert child.stdout is not None
    ports = Ports(**json.loads(child.stdout.readline()))
    client = imaplib.IMAP4(HOST, ports.imap, timeout=10)
    client.login(USER, PASSWORD)
    child.send_signal(signal.SIGTERM)
    assert child.wait(10) == 0
    client.shutdown()
    child.stdin.close()
    child.stdout.close()


def test_child_that_cannot_start_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/true")
    with pytest.raises(LinkError, match="did not start"), DemoProcess():
        pass
