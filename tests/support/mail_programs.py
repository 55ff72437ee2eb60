"""mailtui, neomutt and aerc on the demo's sample mail, each with nothing but an account configured.

mailtui gets it from the demo's servers; the other two from maildirs with the same messages, and a program that keeps
what they send. The newest sample is some minutes older than 14:00 UTC of the last whole such day, so that their order
does not depend on the time of day."""

from __future__ import annotations

import asyncio
import email
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from email.header import decode_header, make_header
from pathlib import Path

from mailtui.demo.samples.build import FOLDERS, build_letters, filled_mailboxes, posted
from mailtui.demo.server import HOST, PASSWORD, USER, DemoServer
from tests.support.everyday import PAGE_40, Folders, World
from tests.support.profile import Profile
from tests.support.tmux import Screen

_LETTERS = {"S": "seen", "R": "answered", "F": "flagged"}
_FLAGS = {"\\Seen": "S", "\\Answered": "R", "\\Flagged": "F", "\\Draft": "D", "$Forwarded": "P"}


def latest_afternoon() -> int:
    """14:00 UTC of today or, before that, of yesterday; seconds since 1970."""
    now = int(time.time())
    return (now - 14 * 3600) // 86400 * 86400 + 14 * 3600


def name_of(raw: bytes) -> str:
    """What a message is called here: its Message-ID and its subject."""
    message = email.message_from_bytes(raw[:65536])
    subject = str(make_header(decode_header(str(message["Subject"] or ""))))
    return f"{message['Message-ID'] or message['Date']} {' '.join(subject.split())}"


class DemoWorld:
    """The demo's servers in a thread, and a profile of mailtui that knows them. No mail arrives by itself."""

    def __init__(self, folder: Path) -> None:
        self._posted: list[bytes] = []
        self._boxes = filled_mailboxes(posted(latest_afternoon()))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = _KeepingServer(self._posted, self._boxes)
        ports = asyncio.run_coroutine_threadsafe(self._server.start(), self._loop).result(20)
        tables = f'[accounts.demo]\nemail = "{USER}"\nname = "Robin Ashworth"\n'
        for protocol, port in (("imap", ports.imap), ("smtp", ports.smtp)):
            tables += f'[accounts.demo.{protocol}]\nhost = "{HOST}"\nport = {port}\nsecurity = "none"\n'
            tables += f'user = "{USER}"\npassword = "{PASSWORD}"\n'
        self.downloads = folder / "downloads"
        general = f'downloads = "{self.downloads}"\nundo_send = 0\n'
        self.profile = Profile(folder, tables, general=general)

    def folders(self) -> Folders:
        return asyncio.run_coroutine_threadsafe(self._folders(), self._loop).result(20)

    async def _folders(self) -> Folders:
        return {
            box.name: {
                name_of(mail.raw): frozenset(
                    _LETTERS[_FLAGS[flag]] for flag in mail.flags if _FLAGS.get(flag, "") in _LETTERS
                )
                for mail in box.messages.values()
            }
            for box in self._boxes.sorted()
        }

    def posted(self) -> list[bytes]:
        return list(self._posted)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._server.stop(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)
        self._loop.close()


class _KeepingServer(DemoServer):
    """Keeps what is handed over for sending."""

    def __init__(self, kept: list[bytes], *rest: object) -> None:
        super().__init__(*rest)  # type: ignore[arg-type]
        self._kept = kept

    def _deliver(self, sender: str, recipients: tuple[str, ...], data: bytes) -> None:
        self._kept.append(data)
        super()._deliver(sender, recipients, data)


class MaildirWorld:
    """The same mail as maildirs in `folder`, which is also the home of the program."""

    def __init__(self, folder: Path, *, delivered: bool) -> None:
        """`delivered`: unread mail lies in new/, as a delivery leaves it. aerc counts such mail as younger than all
        that lies in cur/, whatever its date, so for it everything is in cur/."""
        self.mail, self.downloads, self._outbox = folder / "Mail", folder, folder / "outbox"
        for name in ("INBOX", *FOLDERS):
            for part in ("cur", "new", "tmp"):
                (self.mail / name / part).mkdir(parents=True)
        for number, letter in enumerate(build_letters(latest_afternoon())):
            flags = "".join(sorted(_FLAGS[flag] for flag in letter.flags if flag in _FLAGS))
            part, info = ("cur", f":2,{flags}") if flags or not delivered else ("new", "")
            path = self.mail / letter.folder / part / f"{letter.when}.M{number}.demo{info}"
            path.write_bytes(letter.raw.replace(b"\r\n", b"\n"))
            os.utime(path, (letter.when, letter.when))
        self._outbox.mkdir()
        self.sendmail = folder / "keep"
        self.sendmail.write_text(f'#!/bin/sh\n{{ echo "To: $*"; cat; }} > "{self._outbox}/$$"\n')
        self.sendmail.chmod(0o700)

    def folders(self) -> Folders:
        found: dict[str, dict[str, frozenset[str]]] = {}
        for name in ("INBOX", *FOLDERS):
            mails = found.setdefault(name, {})
            for path in [*(self.mail / name / "cur").iterdir(), *(self.mail / name / "new").iterdir()]:
                flags = path.name.partition(":2,")[2]
                if "T" in flags:
                    continue
                mails[name_of(path.read_bytes())] = frozenset(_LETTERS[one] for one in flags if one in _LETTERS)
        return found

    def posted(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted(self._outbox.iterdir())]


def _environment(folder: Path) -> dict[str, str]:
    return {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / ".config"), "EDITOR": "vim", "VISUAL": "vim"}


@contextmanager
def mailtui(folder: Path) -> Iterator[tuple[Screen, DemoWorld]]:
    """The list of the Inbox is on the screen and the first synchronisation has ended."""
    world = DemoWorld(folder)
    try:
        world.profile.sync()
        with Screen(world.profile.argv(), env=world.profile.env) as screen:
            screen.wait_for(PAGE_40, "1 of 115", "up to date", seconds=30)
            yield screen, world
    finally:
        world.close()


@contextmanager
def neomutt(folder: Path) -> Iterator[tuple[Screen, MaildirWorld]]:
    world = MaildirWorld(folder, delivered=True)
    config = folder / ".neomuttrc"
    config.write_text(
        f'set from="{USER}" realname="Robin Ashworth" sendmail="{world.sendmail}"\n'
        f'set mbox_type=Maildir folder="{world.mail}" spoolfile="+INBOX" record="+Sent" trash="+Trash"\n'
        'set postponed="+Drafts"\n' + "".join(f'mailboxes "+{name}"\n' for name in ("INBOX", *FOLDERS))
    )
    with Screen(["sh", "-c", f'cd "{folder}" && exec neomutt'], env=_environment(folder)) as screen:
        screen.wait_for("NeoMutt: =INBOX [Msgs:115")
        yield screen, world


@contextmanager
def aerc(folder: Path) -> Iterator[tuple[Screen, MaildirWorld]]:
    world = MaildirWorld(folder, delivered=False)
    config = folder / ".config" / "aerc" / "accounts.conf"
    config.parent.mkdir(parents=True)
    config.write_text(
        f"[demo]\nsource = maildir://{world.mail}\noutgoing = {world.sendmail}\ndefault = INBOX\narchive = Archive\n"
        f"postpone = Drafts\ncopy-to = Sent\nfrom = Robin Ashworth <{USER}>\n"
    )
    config.chmod(0o600)
    with Screen(["sh", "-c", f'cd "{folder}" && exec aerc'], env=_environment(folder)) as screen:
        screen.wait_for(PAGE_40, "Connected")
        yield screen, world


OPENERS: Mapping[str, Callable[[Path], AbstractContextManager[tuple[Screen, World]]]] = {
    "mailtui": mailtui,
    "neomutt": neomutt,
    "aerc": aerc,
}


def missing(name: str) -> bool:
    """Whether the program is not on this machine."""
    return name != "mailtui" and (shutil.which(name) is None or shutil.which("vim") is None)
