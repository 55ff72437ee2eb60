"""Every operation by its key, in a real terminal, on an IMAP and on a POP3 account of one real Dovecot, with a real
Exim; after each the server is asked, or the maildir that stands in its place."""

from __future__ import annotations

import email
import email.policy
import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.support.dovecot import Dovecot
from tests.support.exim import Exim
from tests.support.profile import Profile, wait_until
from tests.support.servers import PASSWORD, Seed, ServerMissing
from tests.support.tmux import Screen

pytestmark = [
    pytest.mark.server,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
]
SMTP = """
[accounts.work.smtp]
host = "localhost"
port = {port}
security = "starttls"
user = "me"
password_command = ["printf", "secret"]
ca_file = "{ca}"
"""
POP3 = """
[accounts.work]
email = "{user}@example.com"
name = "Robin"
[accounts.work.pop3]
host = "127.0.0.1"
port = {port}
security = "none"
user = "{user}"
password_command = ["printf", "{password}"]
leave_on_server = "until_deleted"
"""
NUMBER = 8
Flags: TypeAlias = frozenset[str]
_SYSTEM = {"S": "\\Seen", "R": "\\Answered", "F": "\\Flagged", "D": "\\Draft"}


def letter(number: int) -> Seed:
    raw = (
        f"From: Ada Lovelace <ada@example.com>\r\nTo: me@example.com\r\nSubject: Letter {number}\r\n"
        f"Date: Sat, 15 Nov 2025 10:0{number}:00 +0000\r\nMessage-ID: <letter{number}@example.com>\r\n"
        f"List-Unsubscribe: <mailto:leave{number}@example.com?subject=out>\r\n\r\n"
        f"What letter {number} says.\r\n"
    )
    return Seed(raw.encode(), "", 1_763_200_800 + number * 60)


def subject(raw: bytes) -> str:
    return str(email.message_from_bytes(raw, policy=email.policy.default)["Subject"])


class Imap:
    """What counts is what the server says."""

    advertising = "Advertising"

    def __init__(self, server: Dovecot, exim: Exim, folder: Path) -> None:
        self.server = server
        self.exim = exim
        self.user = server.new_user("table")
        server.seed(self.user, [letter(number) for number in range(1, NUMBER + 1)])
        tables = self._account() + SMTP.format(port=exim.smtp_port, ca=exim.ca_file)
        self.profile = Profile(folder / "profile", tables, general='undo_send = "20s"')

    def _account(self) -> str:
        return self.server.account_toml(self.user)

    def mailboxes(self) -> set[str]:
        with self.server.client(self.user) as client:
            return set(client.mailboxes())

    def lying(self, mailbox: str) -> dict[str, Flags]:
        """Flags (keywords too) by subject."""
        with self.server.client(self.user) as client:
            if mailbox not in client.mailboxes():
                return {}
            raws, flags = client.raw(mailbox), client.flags(mailbox)
        return {subject(raw): flags.get(uid, frozenset()) for uid, raw in raws.items()}

    def ended(self, screen: Screen) -> None:
        """Nothing is left to do for the server."""
        screen.wait_gone("pending")


class Pop(Imap):
    """What counts is what lies on this computer: files, and the index beside them."""

    def _account(self) -> str:
        return POP3.format(user=self.user, port=self.server.pop3_port, password=PASSWORD)

    def _folders(self) -> dict[str, Path]:
        """By name."""
        with closing(self.profile.index()) as index:
            rows = index.execute("SELECT name, account, dir FROM mailbox WHERE NOT deleted").fetchall()
        return {name: self.profile.store / "mail" / account / folder for name, account, folder in rows}

    def mailboxes(self) -> set[str]:
        return {name for name, folder in self._folders().items() if (folder / "cur").is_dir()}

    def lying(self, mailbox: str) -> dict[str, Flags]:
        folder = self._folders().get(mailbox)
        if folder is None:
            return {}
        with closing(self.profile.index()) as index:
            rows = index.execute(
                "SELECT p.file, p.keywords FROM placement p JOIN mailbox b ON b.id = p.mailbox WHERE b.name = ?",
                (mailbox,),
            ).fetchall()
        keywords = {file: frozenset(words.split()) for file, words in rows}
        found = {}
        for path in [*folder.glob("cur/*"), *folder.glob("new/*")]:
            letters = path.name.rpartition(":2,")[2]
            system = frozenset(_SYSTEM[one] for one in letters if one in _SYSTEM)
            try:
                found[subject(path.read_bytes())] = system | keywords.get(path.name, frozenset({"not in the index"}))
            except FileNotFoundError:  # it is just being renamed
                return {}
        return found

    def ended(self, screen: Screen) -> None:
        """The server heard what was deleted here: nothing else, at the next visit."""
        screen.keys("$")
        wanted = {f"Letter {number}" for number in range(1, NUMBER + 1)} - GONE
        assert wait_until(lambda: self._on_server() == wanted, 20), self._on_server()

    def _on_server(self) -> set[str]:
        with self.server.client(self.user) as client:
            return {subject(raw) for raw in client.raw().values()}


GONE = {"Letter 7", "Letter 5"}
"""Deleted on the way; those in the Trash count as deleted."""


@pytest.fixture(scope="module")
def both() -> Iterator[Dovecot]:
    """A Dovecot that speaks IMAP and POP3."""
    try:
        server = Dovecot()
        server.pop3 = True
        server.start()
    except ServerMissing as missing:
        if os.environ.get("MAILTUI_REQUIRE_SERVERS") == "1":
            pytest.fail(f"MAILTUI_REQUIRE_SERVERS=1, but {missing}")
        pytest.skip(str(missing))
    try:
        yield server
    finally:
        server.remove()


class Walk:
    """Keys, and what must have come of them."""

    def __init__(self, place: Imap, screen: Screen) -> None:
        self.place = place
        self.screen = screen

    def there(self, mailbox: str, *subjects: str, least: Flags = frozenset(), never: Flags = frozenset()) -> None:
        """Exactly these lie there; with the flags `least`, without `never`."""

        def holds() -> bool:
            found = self.place.lying(mailbox)
            good = all(least <= flags and not never & flags for flags in found.values())
            return set(found) == set(subjects) and (good or not least | never)

        assert wait_until(holds, 20), f"{mailbox}: {self.place.lying(mailbox)}\n{self.screen.text()}"

    def flagged(self, mailbox: str, which: str, flag: str, *, there: bool = True) -> None:
        def holds() -> bool:
            return (flag in self.place.lying(mailbox).get(which, ())) is there

        assert wait_until(holds, 20), f"{mailbox}: {self.place.lying(mailbox)}\n{self.screen.text()}"

    def top(self, *texts: str) -> None:
        """The first message of the inbox, with these texts on the screen."""
        self.screen.keys("g", "i", "g", "g")
        self.screen.wait_for(*texts)

    # -- the rows of the table

    def read_and_star(self) -> None:
        self.screen.keys("Enter")
        self.screen.wait_for("What letter 8 says")
        self.flagged("INBOX", "Letter 8", "\\Seen")
        self.screen.keys("q", "U")
        self.screen.wait_for("Marked as unread: Letter 8")
        self.flagged("INBOX", "Letter 8", "\\Seen", there=False)
        self.screen.keys("s")
        self.screen.wait_for("Starred: Letter 8")
        self.flagged("INBOX", "Letter 8", "\\Flagged")
        self.screen.keys("s")
        self.screen.wait_for("Unstarred: Letter 8")
        self.flagged("INBOX", "Letter 8", "\\Flagged", there=False)

    def folder(self) -> None:
        """A folder, mail into it and a copy, another name for it."""
        self.screen.keys("h", "n")
        self.screen.wait_for("New folder")
        self.screen.type("Harbour")
        self.screen.keys("Enter")
        self.screen.wait_for("Created folder Harbour")
        assert wait_until(lambda: "Harbour" in self.place.mailboxes(), 20)
        self.top("1 of 8")
        self.screen.keys("m")
        self.screen.wait_for("Move 1 message to")
        self.screen.type("Harb")
        self.screen.wait_for("Harbour")
        self.screen.keys("Enter")
        self.screen.wait_for("Moved to Harbour", "1 of 7")
        self.there("Harbour", "Letter 8")
        self.screen.keys("u")
        self.screen.wait_for("Undone", "of 8")
        self.there("Harbour")
        self.screen.keys("C-r")
        self.there("Harbour", "Letter 8")

    def delete(self) -> None:
        self.top("1 of 7")
        self.screen.keys("d")
        self.screen.wait_for("Deleted: Letter 7", "1 of 6")
        self.there("Trash", "Letter 7")

    def spam(self) -> None:
        self.top("1 of 6")
        self.screen.keys("!")
        self.screen.wait_for("as spam: Letter 6", "1 of 5")
        self.there("Junk", "Letter 6", least=frozenset({"$Junk"}))
        self.screen.keys("g", "!")
        self.screen.wait_for("1 of 1", "Letter 6")
        self.screen.keys("!")
        self.screen.wait_for("as not spam: Letter 6")
        self.there("Junk")
        self.flagged("INBOX", "Letter 6", "$NotJunk")
        self.flagged("INBOX", "Letter 6", "$Junk", there=False)

    def advertising(self) -> None:
        self.top("1 of 6")
        self.screen.keys("N")
        self.screen.wait_for("as advertising: Letter 6", "1 of 5")
        self.there(self.place.advertising, "Letter 6")
        self.screen.keys("g", "n")
        self.screen.wait_for("1 of 1", "Letter 6")
        self.screen.keys("B")
        self.screen.wait_for("by sender", "Ada Lovelace")
        self.screen.keys("q")
        self.screen.wait_gone("by sender")
        self.screen.keys("N")
        self.screen.wait_for("as not advertising: Letter 6")
        self.there(self.place.advertising)
        self.flagged("INBOX", "Letter 6", "no such flag", there=False)

    def archive_and_expunge(self) -> None:
        self.top("1 of 6", "Letter 6")
        self.screen.keys("a")
        self.screen.wait_for("Archived: Letter 6", "1 of 5")
        self.there("Archive", "Letter 6")
        self.screen.keys("D")
        self.screen.wait_for("for ever?")
        self.screen.keys("y")
        self.screen.wait_for("1 of 4")
        self.there("INBOX", *(f"Letter {number}" for number in range(1, 5)))

    def _write(self, about: str) -> None:
        self.screen.keys("c")
        self.screen.wait_for("New message", "Subject")
        self.screen.type("zoe@example.net")
        self.screen.keys("Enter")
        self.screen.type(about)
        self.screen.keys("Enter")
        self.screen.type("The ferry is late.")
        self.screen.wait_for("The ferry is late.")

    def draft(self) -> None:
        self._write("A draft")
        self.screen.keys("Escape")
        self.screen.wait_for("Draft saved")
        self.there("Drafts", "A draft", least=frozenset({"\\Draft"}))

    def send(self) -> None:
        self._write(f"Sent by {self.place.user}")
        self.screen.keys("C-s")
        self.screen.wait_for("Sending in", "undo")
        self.screen.keys("g", "o")
        self.screen.wait_for("Outbox", "goes out in")
        self.screen.keys("n")
        self.screen.wait_for("sent")
        self.screen.keys("Escape")
        self.screen.wait_gone("Outbox")
        self.there("Sent", f"Sent by {self.place.user}", least=frozenset({"\\Seen"}))
        self.arrived(f"Sent by {self.place.user}")

    def arrived(self, words: str) -> None:
        """Exim has one mail with them."""
        found = (self.place.exim.folder / "mail" / "new").glob("*")
        assert sum(words.encode() in path.read_bytes() for path in found) == 1

    def leave(self) -> None:
        """Off a list, by a mail from the account that is on it."""
        self.top("1 of 4")
        self.screen.keys("X")
        self.screen.wait_for("Leave ada@example.com?", "leave4@example.com")
        self.screen.keys("y")
        self.screen.wait_for("a mail to leave4@example.com goes out", "undo")
        self.screen.keys("g", "o")
        self.screen.wait_for("Outbox", "goes out in")
        self.screen.keys("n")
        self.screen.wait_gone("goes out in")
        self.screen.keys("Escape")
        self.screen.wait_gone("Outbox")
        self.there("Sent", f"Sent by {self.place.user}", "out")
        assert "leave4@example.com" in (self.place.profile.store / "left-lists.json").read_text()


@pytest.mark.parametrize("kind", [Imap, Pop])
def test_the_whole_table_by_key(both: Dovecot, exim: Exim, tmp_path: Path, kind: type[Imap]) -> None:
    place = kind(both, exim, tmp_path)
    with Screen(place.profile.argv(), env=place.profile.env) as screen:
        screen.wait_for("1 of 8", "Letter 8", "up to date", seconds=30)
        walk = Walk(place, screen)
        walk.read_and_star()
        walk.folder()
        walk.delete()
        walk.spam()
        walk.advertising()
        walk.archive_and_expunge()
        walk.draft()
        walk.send()
        walk.leave()
        place.ended(screen)
        assert "Traceback" not in screen.text()
        screen.keys("q")
        screen.wait_gone("up to date")
