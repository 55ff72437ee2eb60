"""A whole answer in a real terminal, against a real Dovecot and a real Exim: attached, sent, taken back, changed, sent
again; one copy arrives, one lies in Sent on the server."""

from __future__ import annotations

import email
import email.policy
import re
import shutil
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.support.exim import Exim
from tests.support.profile import Profile, wait_until
from tests.support.servers import MailServer, Seed
from tests.support.tmux import Screen

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
QUESTION = EmailMessage(policy=email.policy.SMTP)
QUESTION["From"] = "Ada Lovelace <ada@example.com>"
QUESTION["To"] = "answering@example.com"
QUESTION["Subject"] = "Notes on the engine"
QUESTION["Date"] = "Sat, 15 Nov 2025 10:00:00 +0000"
QUESTION["Message-ID"] = "<notes@example.com>"
QUESTION.set_content("The engine weaves.\n")
QUESTION.add_attachment(b"%PDF-1.4 cards", maintype="application", subtype="pdf", filename="cards.pdf")
TABLE = bytes(range(256)) * 40
SMTP = """
[accounts.work.smtp]
host = "localhost"
port = {port}
security = "starttls"
user = "me"
password_command = ["printf", "secret"]
ca_file = "{ca}"
"""


class Place:
    """A user of Dovecot who sends through Exim, and a file to send."""

    def __init__(self, dovecot: MailServer, exim: Exim, folder: Path) -> None:
        self.server = dovecot
        self.exim = exim
        self.user = dovecot.new_user("answering")
        dovecot.seed(self.user, [Seed(QUESTION.as_bytes(), "", 1_763_200_800)])
        tables = dovecot.account_toml(self.user) + SMTP.format(port=exim.smtp_port, ca=exim.ca_file)
        self.profile = Profile(folder / "profile", tables, general='undo_send = "20s"')
        self.file = folder / "table.bin"
        self.file.write_bytes(TABLE)

    def lying_in(self, mailbox: str) -> list[bytes]:
        with self.server.client(self.user) as client:
            return list(client.raw(mailbox).values()) if mailbox in client.mailboxes() else []


@pytest.fixture
def place(dovecot: MailServer, exim: Exim, tmp_path: Path) -> Place:
    return Place(dovecot, exim, tmp_path)


def test_a_reply_is_taken_back_changed_and_sent_once(place: Place) -> None:
    with Screen(place.profile.argv(), env=place.profile.env) as screen:
        screen.wait_for("Notes on the engine", "up to date")
        screen.keys("Enter")
        screen.wait_for("The engine weaves", "cards.pdf")
        screen.keys("r")
        screen.wait_for("Reply: Notes on the engine", "> The engine weaves.")
        screen.type("It does, with punched cards.")
        screen.keys("C-t")
        screen.wait_for("Attach files")
        screen.type(str(place.file))
        screen.keys("Enter")
        screen.wait_for("table.bin", "1 file")
        screen.keys("C-s")
        screen.wait_for("Sending in", "undo")
        screen.keys("u")
        screen.wait_for("Reply: Notes on the engine", "punched cards", "table.bin")
        assert list((place.exim.folder / "mail" / "new").glob("*")) == before(place)
        screen.keys("C-Home")
        screen.type("Indeed. ")
        screen.wait_for("Indeed. It does, with punched cards.")
        screen.keys("C-s")
        screen.wait_for("Sending in", "undo")
        screen.keys("g", "o")
        screen.wait_for("Outbox", "Re: Notes on the engine", "goes out in")
        screen.keys("n")
        screen.wait_for("sent")
        assert wait_until(lambda: len(place.lying_in("Sent")) == 1, 20)
        screen.keys("Escape")
        screen.keys("g", "t")
        screen.wait_for("Sent", "Re: Notes on the engine")
        assert "Traceback" not in screen.text()
        (saved,) = place.lying_in("Sent")
        judge(place, saved)
        assert wait_until(lambda: place.lying_in("Drafts") == []), "the draft of the undone sending is gone"
        screen.keys("q")


def before(place: Place) -> list[Path]:
    """What Exim had before: nothing to this user's correspondent from it."""
    found = []
    for path in (place.exim.folder / "mail" / "new").glob("*"):
        assert place.user.encode() not in path.read_bytes(), "it went out although it was taken back"
        found.append(path)
    return found


def judge(place: Place, saved: bytes) -> None:
    """One copy arrived, the same as in Sent, and Python's parser finds in it what was written."""
    ident = re.search(rb"(?im)^Message-ID: <([^>]+)>", saved)
    assert ident is not None
    (arrived,) = place.exim.delivered(ident[1].decode())
    assert arrived.data == saved
    assert arrived.sender == f"{place.user}@example.com"
    assert arrived.recipients == {"ada@example.com"}
    message = email.message_from_bytes(arrived.data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert message["In-Reply-To"] == "<notes@example.com>"
    assert message["Subject"] == "Re: Notes on the engine"
    text = message.get_body(("plain",))
    assert text is not None
    assert text.get_content().startswith("Indeed. It does, with punched cards.")
    assert "> The engine weaves." in text.get_content()
    (file,) = message.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("table.bin", TABLE)
    assert [defect for part in message.walk() for defect in part.defects] == []
