"""The whole program in a real terminal (tmux): start, list, read, quit.

With MAILTUI_SCREENS=FOLDER the screens are kept there as .ansi files for `python -m tests.support.screens`."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.support.corpus import Corpus
from tests.support.profile import ROOT, Profile, wait_until
from tests.support.servers import MailServer, Seed
from tests.support.tmux import Screen

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
SIZES = [(80, 24), (120, 40)]
LETTER = (
    "From: Ada Lovelace <ada@example.com>\r\nTo: me@example.com\r\nSubject: Notes on the engine\r\n"
    "Date: Sat, 15 Nov 2025 10:00:00 +0000\r\nMessage-ID: <notes@example.com>\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n\r\nThe engine weaves algebraic patterns.\r\nAnd more: 日本語 ok.\r\n"
).encode()
EVIL = (
    b"From: \x1b]52;c;ZXZpbA==\x07evil <evil@example.com>\r\nSubject: [/] [bold]x \x1b[2J\xc2\x9b31m end\r\n"
    b"Date: Sat, 15 Nov 2025 09:00:00 +0000\r\nMessage-ID: <evil@example.com>\r\n\r\nbody \x1b[2Jnot cleared\r\n"
)


def keep(screen: Screen, name: str) -> None:
    folder = os.environ.get("MAILTUI_SCREENS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        screen.save(Path(folder, f"{name}.ansi"))


@pytest.fixture
def profile(dovecot: MailServer, tmp_path: Path) -> Profile:
    user = dovecot.new_user("screen")
    seeds = [*Corpus(60), Seed(EVIL, "S", 1_763_197_200), Seed(LETTER, "", 1_763_200_800)]
    dovecot.seed(user, seeds)
    dovecot.seed(user, Corpus(3, seed=4), "Archive")
    return Profile(tmp_path / "profile", dovecot.account_toml(user))


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    columns, rows = request.param
    return int(columns), int(rows)


def test_dovecot_account_list_read_quit(profile: Profile, size: tuple[int, int]) -> None:
    with Screen(profile.argv(), columns=size[0], rows=size[1], env=profile.env) as screen:
        screen.wait_for("Notes on the engine", "Ada Lovelace")
        keep(screen, f"list-{size[0]}x{size[1]}")
        screen.keys("Enter")
        text = screen.wait_for("weaves algebraic patterns", "日本語")
        assert all(len(line) <= size[0] for line in text.splitlines())
        keep(screen, f"reader-{size[0]}x{size[1]}")
        screen.keys("?")
        screen.wait_for("Keys: Reader", "Back to the list")
        keep(screen, f"help-{size[0]}x{size[1]}")
        screen.keys("Escape")
        screen.wait_gone("Keys: Reader")
        screen.keys("q")
        if not _ended(screen):
            screen.keys("q")
        assert screen.wait_exit() == 0
        assert "Traceback" not in screen.text()
    assert profile.ledger().half == []


def test_a_hostile_subject_stays_text(profile: Profile) -> None:
    with Screen(profile.argv(), env=profile.env) as screen:
        screen.wait_for("Notes on the engine", "[/] [bold]x")
        screen.keys("j", "Enter")
        screen.wait_for("not cleared", "[bold]x")
        screen.keys("q", "q")


def test_mail_that_arrives_shows_without_a_key(profile: Profile, dovecot: MailServer) -> None:
    user = re.search(r'user = "(\w+)"', profile.config.read_text())
    assert user is not None
    with Screen(profile.argv(), env=profile.env) as screen:
        screen.wait_for("Notes on the engine")
        assert wait_until(lambda: profile.visible() == 62)
        with dovecot.client(user[1]) as client:
            client.append(LETTER.replace(b"Notes on the engine", b"A second letter").replace(b"<notes@", b"<second@"))
        screen.wait_for("A second letter", seconds=20)
        with dovecot.client(user[1]) as client:
            client.expunge([max(client.uids())])
        screen.wait_gone("A second letter", seconds=20)
        screen.keys("q", "q")


def test_a_terminal_that_changes_its_size(profile: Profile) -> None:
    with Screen(profile.argv(), env=profile.env) as screen:
        screen.wait_for("Notes on the engine")
        for columns, rows in ((60, 18), (200, 50), (40, 10), (120, 40)):
            screen.resize(columns, rows)
            screen.wait_for("Notes on")
        assert "Traceback" not in screen.text()
        screen.keys("q", "q")


def test_demo_list_read_quit(tmp_path: Path, size: tuple[int, int]) -> None:
    home = {"HOME": str(tmp_path), "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    argv = [sys.executable, "-m", "mailtui", "demo"]
    with Screen(argv, columns=size[0], rows=size[1], env=home) as screen:
        screen.wait_for("Inbox", seconds=20)
        screen.wait_for("Are you on page 40 yet?", "1 of", seconds=20)
        keep(screen, f"demo-{size[0]}x{size[1]}")
        before = screen.text()
        screen.keys("Enter")
        assert wait_until(lambda: screen.text() != before and "From" in screen.text()), screen.text()
        keep(screen, f"demo-reader-{size[0]}x{size[1]}")
        screen.keys("q")
        if not _ended(screen):
            screen.keys("q")
        assert screen.wait_exit() == 0
        assert "Traceback" not in screen.text()
    assert not list(tmp_path.glob("mailtui-demo-*")), "the throw-away profile was left behind"


def _ended(screen: Screen) -> bool:
    """Whether the program ended within a moment of the key."""
    try:
        screen.wait_exit(1.5)
    except AssertionError:
        return False
    return True
