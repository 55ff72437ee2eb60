"""The first run in a real terminal: from an empty home to mail on the screen, against a real Dovecot; signals; the
demo; and `mailtui setup` as a command."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mailtui.config.read import load
from tests.support.dovecot import Dovecot
from tests.support.profile import ROOT
from tests.support.servers import PASSWORD, MailServer, Seed, ServerMissing
from tests.support.setting_up import PASSWORD as LIGHTHOUSE
from tests.support.setting_up import USER, Demo
from tests.support.tmux import Screen

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
LETTER = (
    b"From: Ada Lovelace <ada@example.com>\r\nSubject: Notes on the engine\r\n"
    b"Date: Sat, 15 Nov 2025 10:00:00 +0000\r\nMessage-ID: <notes@example.com>\r\n\r\nIt weaves.\r\n"
)


@pytest.fixture
def user(dovecot: MailServer) -> str:
    name = dovecot.new_user("first")
    dovecot.seed(name, [Seed(LETTER, "", 1_763_200_800)])
    return name


class Home:
    """An empty home."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.config = folder / "config" / "mailtui" / "config.toml"
        self.env = {
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_STATE_HOME": str(folder / "state"),
            "TMPDIR": str(folder),
            "PYTHONPATH": str(ROOT),
        }

    def files_with(self, secret: str) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


ARGV = [sys.executable, "-m", "mailtui"]


@needs_tmux
@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_from_nothing_to_mail(home: Home, dovecot: MailServer, user: str, size: tuple[int, int]) -> None:
    with Screen(ARGV, columns=size[0], rows=size[1], env=home.env) as screen:
        screen.wait_for("set up your mail", "Kept by", seconds=30)
        began = time.monotonic()
        for words in (f"{user}@mail.invalid", "Ada", "wrong", ""):
            screen.type(words)
            screen.keys("Enter")
        screen.wait_for("Incoming")
        screen.keys("Enter")
        for words in (f"localhost:{dovecot.imaps_port} tls", "", user, dovecot.ca_file):
            screen.type(words)
            screen.keys("Enter")
        screen.wait_for("Authentication failed")
        assert not home.config.exists()
        assert all(len(line) <= size[0] for line in screen.text().splitlines())
        screen.keys("C-u")
        screen.type(PASSWORD)
        screen.keys("Enter")
        screen.wait_for("Notes on the engine", seconds=30)
        assert time.monotonic() - began < 60
        screen.keys("q")
        assert screen.wait_exit() == 0
        assert "Traceback" not in screen.text()
    assert stat.S_IMODE(home.config.stat().st_mode) == 0o600
    (account,) = load(str(home.config)).settings.accounts
    assert account.imap is not None
    assert (account.imap.user, account.imap.ca_file) == (user, dovecot.ca_file)
    assert home.files_with(f'"{PASSWORD}"') == [home.config]
    assert home.files_with("wrong") == []


@needs_tmux
def test_a_signal_leaves_nothing_behind_and_the_terminal_as_it_was(home: Home) -> None:
    pid = home.folder.parent / "pid"
    inner = f"echo $$ > {shlex.quote(str(pid))}; exec {shlex.join(ARGV)}"
    argv = ["sh", "-c", f'sh -c {shlex.quote(inner)}; echo "left with $?"; sleep 60']
    with Screen(argv, env=home.env) as screen:
        screen.wait_for("Kept by", seconds=30)
        screen.type("anna@x.invalid")
        screen.keys("Enter")
        os.kill(int(pid.read_text()), 15)
        screen.wait_for("left with 143")
        assert not screen.modes()["alternate"]
        assert screen.modes()["cursor"]
        assert "Traceback" not in screen.text()
    assert not home.config.parent.exists()


@needs_tmux
def test_the_demo_and_leaving(home: Home) -> None:
    with Screen(ARGV, columns=80, rows=24, env=home.env) as screen:
        screen.wait_for("Kept by", seconds=30)
        screen.keys("C-t")
        screen.wait_for("Are you on page 40 yet?", seconds=30)
        screen.keys("q")
        assert screen.wait_exit(30) == 0
    argv = ["sh", "-c", f"{shlex.join(ARGV)}; sleep 60"]
    with Screen(argv, columns=80, rows=24, env=home.env) as screen:
        screen.wait_for("Kept by", seconds=30)
        screen.keys("Escape")
        screen.wait_for("Nothing was written")
    assert not home.config.parent.exists()


def test_as_a_command(home: Home) -> None:
    """The password goes by stdin, never by words, and the mail can be fetched at once."""
    demo = Demo()
    try:
        words = ["setup", "--email", USER, "--name", "Robin", "--imap", f"localhost:{demo.ports.imap} none"]
        words += ["--smtp", f"localhost:{demo.ports.smtp} none"]
        run = subprocess.run(
            [*ARGV, *words],
            env={**os.environ, **home.env},
            input=LIGHTHOUSE,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert run.returncode == 0, run.stderr
        assert LIGHTHOUSE not in run.stdout + run.stderr
        sync = subprocess.run(
            [*ARGV, "sync", "--once"], env={**os.environ, **home.env}, capture_output=True, text=True, timeout=120
        )
        assert sync.returncode == 0, sync.stderr
    finally:
        demo.close()
    assert home.files_with(f'"{LIGHTHOUSE}"') == [home.config]
    again = subprocess.run(
        [*ARGV, *words], env={**os.environ, **home.env}, input="x", capture_output=True, text=True, timeout=60
    )
    assert again.returncode == 2
    assert "already" in again.stderr


@pytest.mark.server
def test_pop3_only(home: Home) -> None:
    server = Dovecot()
    server.pop3 = True
    try:
        server.start()
    except ServerMissing as missing:
        pytest.skip(str(missing))
    try:
        user = server.new_user("pop")
        words = ["setup", "--email", f"{user}@mail.invalid", "--name", "P", "--user", user, "--ca-file", server.ca_file]
        words += ["--pop3", f"localhost:{server.pop3s_port}", "--password-command", f"echo {PASSWORD}"]
        run = subprocess.run(
            [*ARGV, *words],
            env={**os.environ, **home.env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert run.returncode == 0, run.stderr
        (account,) = load(str(home.config)).settings.accounts
        assert account.pop3 is not None
    finally:
        server.remove()
