"""Writing in a real terminal: an answer is kept over a kill -9, becomes a draft on the server, is sent in the demo."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from tests.support.profile import ROOT, Profile, wait_until
from tests.support.servers import MailServer, Seed
from tests.support.tmux import Screen

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
LETTER = (
    b"From: Ada Lovelace <ada@example.com>\r\nTo: me@example.com\r\nSubject: Notes on the engine\r\n"
    b"Date: Sat, 15 Nov 2025 10:00:00 +0000\r\nMessage-ID: <notes@example.com>\r\n\r\nThe engine weaves.\r\n"
)


class Place:
    """A profile, its user, and the file of what is being written."""

    def __init__(self, dovecot: MailServer, folder: Path) -> None:
        self.server = dovecot
        self.user = dovecot.new_user("writing")
        dovecot.seed(self.user, [Seed(LETTER, "", 1_763_200_800)])
        self.profile = Profile(folder / "profile", dovecot.account_toml(self.user))

    def kept(self) -> str:
        return "".join(path.read_text() for path in (self.profile.store / "composing").glob("*.json"))

    def drafts(self) -> list[bytes]:
        with self.server.client(self.user) as client:
            if "Drafts" not in client.mailboxes():
                return []
            return list(client.raw("Drafts").values())


@pytest.fixture
def place(dovecot: MailServer, tmp_path: Path) -> Place:
    return Place(dovecot, tmp_path)


def test_an_answer_survives_kill_9_and_becomes_a_draft(place: Place, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    argv = ["/bin/sh", "-c", f'echo $$ > {note}; exec "$@"', "sh", *place.profile.argv()]
    with Screen(argv, env=place.profile.env) as screen:
        screen.wait_for("Notes on the engine", "up to date")
        screen.keys("Enter")
        screen.wait_for("The engine weaves")
        screen.keys("r")
        screen.wait_for("Reply: Notes on the engine", "> The engine weaves.")
        screen.type("It does, with punched cards.")
        screen.wait_for("punched cards", "saved")
        assert wait_until(lambda: "punched cards" in place.kept())
        os.kill(int(note.read_text()), signal.SIGKILL)
        assert wait_until(lambda: screen.reaped(int(note.read_text())))
    with Screen(place.profile.argv(), env=place.profile.env) as screen:
        screen.wait_for("Notes on the engine", "1 draft open")
        screen.keys("g", "c")
        screen.wait_for("Reply: Notes on the engine", "punched cards", "Ada Lovelace")
        screen.keys("Escape")
        screen.wait_for("Draft saved")
        assert wait_until(lambda: any(b"punched cards" in raw for raw in place.drafts()))
        (raw,) = place.drafts()
        assert b"In-Reply-To: <notes@example.com>" in raw
        assert wait_until(lambda: not place.kept())
        assert "Traceback" not in screen.text()


def test_a_reply_in_the_demo_arrives_in_sent(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    with Screen([sys.executable, "-m", "mailtui", "demo"], env=env) as screen:
        screen.wait_for("Inbox", "up to date")
        screen.keys("c")
        screen.wait_for("New message", "Subject")
        screen.type("zzz@example.net")
        screen.keys("Enter")
        screen.type("A line [b]from[/b] the pier")
        screen.keys("Enter")
        screen.type("The ferry is late.")
        screen.keys("C-s")
        screen.wait_for("Sending in", "undo")
        screen.keys("g", "o")
        screen.wait_for("Outbox", "A line [b]from[/b] the pier", "goes out in")
        screen.keys("n")
        screen.wait_for("sent")
        screen.keys("Escape")
        screen.keys("g", "t")
        screen.wait_for("Sent", "A line [b]from[/b] the pier")
        assert "Traceback" not in screen.text()
