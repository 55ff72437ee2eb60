"""Signals and closed terminals: the engine stops in order, nothing that was done is lost, the terminal is as before."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.support.profile import Profile, differences, wait_until
from tests.support.servers import MailServer, Seed
from tests.support.tmux import Screen

ENDS = [signal.SIGTERM, signal.SIGHUP]
needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


def mail(n: int) -> bytes:
    return (
        f"From: Ann <ann@example.org>\r\nSubject: number {n}\r\nDate: Tue, 14 Nov 2023 22:00:{n % 60:02} +0000\r\n"
        f"Message-ID: <{n}@example.org>\r\n\r\ntext of {n}\r\n"
    ).encode()


@pytest.fixture
def user(dovecot: MailServer) -> str:
    name = dovecot.new_user("ending")
    dovecot.seed(name, [Seed(mail(n), "S", 1_700_000_000 + n) for n in range(1, 41)])
    return name


@pytest.fixture
def profile(dovecot: MailServer, user: str, tmp_path: Path) -> Profile:
    return Profile(tmp_path / "profile", dovecot.account_toml(user))


def wrapped(profile: Profile, pid: Path) -> list[str]:
    """mailtui as a shell starts it; afterwards the shell tells how it ended and what the terminal is like."""
    inner = f"echo $$ > {shlex.quote(str(pid))}; exec {shlex.join(profile.argv())}"
    return ["sh", "-c", f'sh -c {shlex.quote(inner)}; echo "left with $?"; stty -a; sleep 60']


def processes_of(profile: Profile) -> set[int]:
    """Whoever has the store open: mailtui and its engine."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            for one in list((process / "fd").iterdir()):
                with suppress(OSError):  # closed meanwhile
                    if os.readlink(one).startswith(str(profile.store)):
                        found.add(int(process.name))
    return found


def closed_in_order(profile: Profile) -> bool:
    """The store has taken back its mark that somebody writes to it."""
    with closing(profile.index()) as base:
        return base.execute("SELECT 1 FROM meta WHERE key = 'at-work' AND value").fetchone() is None


def waiting(profile: Profile) -> int:
    """Lines of the journal."""
    with closing(profile.index()) as base:
        return int(base.execute("SELECT count(*) FROM journal").fetchone()[0])


def flagged(server: MailServer, user: str) -> int:
    with server.client(user) as other:
        return sum("\\Flagged" in names for names in other.flags().values())


@needs_tmux
@pytest.mark.parametrize("number", ENDS, ids=lambda number: number.name)
def test_a_signal_ends_the_screen_in_order(
    profile: Profile, dovecot: MailServer, user: str, tmp_path: Path, number: signal.Signals
) -> None:
    pid = tmp_path / "pid"
    with Screen(wrapped(profile, pid), env=profile.env) as screen:
        screen.wait_for("number 40", "number 30")
        screen.keys("s", "j", "s")
        os.kill(int(pid.read_text()), number)
        text = screen.wait_for(f"left with {128 + number}", "icanon", "echo")
        assert "-icanon" not in text
        assert " -echo " not in text
        assert "number 40" not in text, "the alternate screen is left"
        assert "Traceback" not in text
        assert screen.modes() == {"alternate": False, "cursor": True, "mouse": False}
    assert wait_until(lambda: not processes_of(profile), 5)
    assert closed_in_order(profile)
    profile.sync()
    assert flagged(dovecot, user) == 2
    assert waiting(profile) == 0
    assert differences(profile, dovecot, user) == []


@needs_tmux
def test_a_signal_to_all_processes_loses_no_key(
    profile: Profile, dovecot: MailServer, user: str, tmp_path: Path
) -> None:
    """As a service manager or a logout does it: the engine is told as well, maybe first."""
    pid = tmp_path / "pid"
    with Screen(wrapped(profile, pid), env=profile.env) as screen:
        screen.wait_for("number 40", "number 30")
        everybody = {int(pid.read_text()), *processes_of(profile)}
        assert len(everybody) == 2
        screen.keys("s")
        for process in sorted(everybody, reverse=True):
            os.kill(process, signal.SIGTERM)
        screen.wait_for("left with 143")
    assert wait_until(lambda: not processes_of(profile), 5)
    assert closed_in_order(profile)
    profile.sync()
    assert flagged(dovecot, user) == 1


@needs_tmux
def test_an_engine_that_is_ended_alone_stops_in_order_and_the_screen_says_so(profile: Profile, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    with Screen(wrapped(profile, pid), env=profile.env) as screen:
        screen.wait_for("number 40", "number 30")
        (engine,) = processes_of(profile) - {int(pid.read_text())}
        os.kill(engine, signal.SIGTERM)
        screen.wait_for("engine has stopped")
        screen.keys("q")
        screen.wait_for("left with 0")
    assert closed_in_order(profile)


@needs_tmux
def test_a_closed_terminal_ends_the_screen_in_order(
    profile: Profile, dovecot: MailServer, user: str, tmp_path: Path
) -> None:
    with Screen(wrapped(profile, tmp_path / "pid"), env=profile.env) as screen:
        screen.wait_for("number 40", "number 30")
        screen.keys("s")
        assert processes_of(profile)
    assert wait_until(lambda: not processes_of(profile), 10), processes_of(profile)
    assert closed_in_order(profile)
    profile.sync()
    assert flagged(dovecot, user) == 1
    assert differences(profile, dovecot, user) == []


@pytest.mark.parametrize("number", [*ENDS, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_ends_a_watching_sync_in_order(
    profile: Profile, dovecot: MailServer, user: str, number: signal.Signals
) -> None:
    running = profile.start("sync", "--watch")
    try:
        assert wait_until(lambda: profile.visible() == 40)
        os.kill(running.pid, number)
        assert running.wait(10) == 128 + number
    finally:
        running.kill()
        running.wait()
    assert "Traceback" not in (profile.folder / "out").read_text()
    assert closed_in_order(profile)
    profile.sync()
    assert differences(profile, dovecot, user) == []


@pytest.mark.parametrize("number", ENDS, ids=lambda number: number.name)
def test_a_signal_in_the_middle_of_the_first_sync_leaves_a_whole_store(
    profile: Profile, dovecot: MailServer, user: str, number: signal.Signals
) -> None:
    running = profile.start("sync", "--once")
    try:
        assert wait_until(lambda: profile.visible() > 0, step=0.005)
        os.kill(running.pid, number)
        assert running.wait(10) in (128 + number, 0)
    finally:
        running.kill()
        running.wait()
    assert closed_in_order(profile)
    profile.sync()
    assert differences(profile, dovecot, user) == []
