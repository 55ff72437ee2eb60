"""Archive, move, undo in a real terminal, against a real Dovecot: the server follows, also after a time without it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.support.corpus import Corpus
from tests.support.profile import Profile, wait_until
from tests.support.servers import MailServer
from tests.support.tmux import Screen

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Place:
    """A profile and its user."""

    def __init__(self, dovecot: MailServer, folder: Path) -> None:
        self.server = dovecot
        self.user = dovecot.new_user("twoway")
        dovecot.seed(self.user, Corpus(12))
        dovecot.seed(self.user, Corpus(2, seed=4), "Archive")
        self.profile = Profile(folder / "profile", dovecot.account_toml(self.user))

    def uids(self, mailbox: str) -> int:
        with self.server.client(self.user) as client:
            return len(client.uids(mailbox))


@pytest.fixture
def place(dovecot: MailServer, tmp_path: Path) -> Place:
    return Place(dovecot, tmp_path)


def test_keys_reach_the_server_and_undo_does_too(place: Place) -> None:
    with Screen(place.profile.argv(), env=place.profile.env) as screen:
        screen.wait_for("1 of 12", "up to date")
        screen.keys("a")
        screen.wait_for("Archived: ", "u undo", "1 of 11")
        assert wait_until(lambda: (place.uids("INBOX"), place.uids("Archive")) == (11, 3))
        screen.keys("x", "j", "x")
        screen.wait_for("2 marked")
        screen.keys("m")
        screen.wait_for("Move 2 messages to")
        screen.type("Boats")
        screen.wait_for("create folder Boats")
        screen.keys("Enter")
        screen.wait_for("Moved 2 to Boats", "of 9")
        assert wait_until(lambda: place.uids("Boats") == 2)
        screen.keys("u", "u", "u")
        screen.wait_for("Undone", "of 12")
        assert wait_until(lambda: (place.uids("INBOX"), place.uids("Archive")) == (12, 2))
        assert "Traceback" not in screen.text()
        screen.keys("q", "q")


def test_without_the_server_it_waits_and_says_so(place: Place) -> None:
    profile = place.profile
    assert profile.sync().code == 0
    config = profile.config.read_text()
    profile.config.write_text(re.sub(r"(?m)^port = \d+", "port = 9", config))
    with Screen(profile.argv(), env=profile.env) as screen:
        screen.wait_for("1 of 12")
        screen.keys("d")
        screen.wait_for("Deleted: ", "1 of 11", "1 pending")
        screen.keys("q")
        assert screen.wait_exit() == 0
    with Screen(profile.argv(), env=profile.env) as screen:
        screen.wait_for("1 of 11", "1 pending")
        screen.keys("g", "l")
        screen.wait_for("Pending and failed", "Move 1 message to Trash")
        screen.keys("Escape")
        screen.wait_gone("Pending and failed")
        screen.keys("q")
        assert screen.wait_exit() == 0
    profile.config.write_text(config)
    with Screen(profile.argv(), env=profile.env) as screen:
        screen.wait_for("up to date")
        screen.wait_gone("pending")
        assert wait_until(lambda: (place.uids("INBOX"), place.uids("Trash")) == (11, 1))
        screen.keys("q")
