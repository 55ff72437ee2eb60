"""One person's mail on IMAP, POP3 or this computer only, worked on by commands, and what is where afterwards.

Folders are called by their role, or their name where they have none. A state is: folder -> sorted (subject, flags).
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mailtui.cli.main import main
from mailtui.model.folder import Role
from mailtui.store.reader import open_reader
from tests.support.dovecot import Dovecot
from tests.support.processes import free_ports
from tests.support.servers import PASSWORD, Seed

Protocol = Literal["imap", "pop3", "local"]
PROTOCOLS: tuple[Protocol, ...] = ("imap", "pop3", "local")
State = dict[str, list[tuple[str, frozenset[str]]]]
SUBJECTS = ("one", "two", "three")
NEWEST = 1_760_000_360
"""When `one` came, a minute after `two`: seconds since 1970 UTC."""


def letter(subject: str) -> bytes:
    return (
        f"From: Ben <ben@example.net>\r\nTo: anna@example.com\r\nSubject: {subject}\r\nMessage-ID: <{subject}@x>\r\n"
        f"Date: Thu, 9 Oct 2025 08:{59 - SUBJECTS.index(subject)}:20 +0000\r\n\r\ntext of {subject}\r\n"
    ).encode()


@contextlib.contextmanager
def _stdin(data: bytes) -> Iterator[None]:
    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(data))
    try:
        yield
    finally:
        sys.stdin = before


@dataclass(slots=True)
class Person:
    """`folder` holds config, store and what was sent. The server (not for `local`) has three letters at first."""

    protocol: Protocol
    server: Dovecot
    folder: Path
    general: str = ""
    """More lines of `[general]`."""
    user: str = ""

    def __post_init__(self) -> None:
        self.user = self.server.new_user()
        (self.folder / "seed").mkdir(parents=True)
        if self.protocol != "local":
            self.server.seed(self.user, [Seed(letter(s), "", NEWEST - 60 * n) for n, s in enumerate(SUBJECTS)])
        self.plug()
        if self.protocol == "local":
            mbox = b"".join(b"From ben Thu Oct  9 08:00:20 2025\n" + letter(subject) + b"\n" for subject in SUBJECTS)
            (self.folder / "seed" / "old.mbox").write_bytes(mbox.replace(b"\r\n", b"\n"))
            self.must("import", str(self.folder / "seed" / "old.mbox"))
        self.sync()

    # -- the network

    def plug(self) -> None:
        self._configure({"imap": self.server.imap_port, "pop3": self.server.pop3_port, "local": 0}[self.protocol])

    def unplug(self) -> None:
        """No server answers any more."""
        self._configure(free_ports(1)[0])

    def _configure(self, port: int) -> None:
        server = (
            "local = {}\n"
            if self.protocol == "local"
            else f'[accounts.work.{self.protocol}]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
            f'user = "{self.user}"\npassword_command = ["printf", "{PASSWORD}"]\n'
        )
        out = self.folder / "sent.eml"
        (self.folder / "config.toml").write_text(
            f'[general]\nstore = "store"\nundo_send = 0\n{self.general}\n'
            f'[accounts.work]\nemail = "{self.user}@example.com"\n'
            f'send_command = ["/bin/sh", "-c", "cat >> {out}", "send"]\n{server}'
            '[[rules]]\nname = "third"\nmatch = "subject:three body:text"\nmove = "Ruled"\nlabel = ["ruled"]\n'
        )

    # -- commands

    def argv(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "mailtui", "--config", str(self.folder / "config.toml"), *words]

    def run(self, *words: str, stdin: bytes = b"") -> tuple[int, str, str]:
        """Exit code, what was printed, what was complained of."""
        out, err = io.StringIO(), io.StringIO()
        with _stdin(stdin), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(["--config", str(self.folder / "config.toml"), *words])
        return status, out.getvalue(), err.getvalue()

    def must(self, *words: str, stdin: bytes = b"") -> str:
        status, out, err = self.run(*words, stdin=stdin)
        assert status == 0, (words, err)
        return out

    def asked(self, *words: str) -> Any:
        return json.loads(self.must(*words, "--json"))

    def sync(self, expected: int = 0) -> None:
        status, _, err = self.run("sync")
        assert status == expected, err

    def word(self, subject: str, folder: str = "inbox") -> str:
        """Id of a message."""
        return str(next(one["id"] for one in self.asked("list", "-f", folder) if one["subject"] == subject))

    def act(self, command: str, *options: str, subject: str = "one", folder: str = "inbox") -> None:
        self.must(command, *options, self.word(subject, folder))

    # -- what is where

    def here(self) -> State:
        found: State = {}
        with contextlib.closing(open_reader(str(self.folder / "store"))) as reader:
            for box in reader.mailboxes():
                rows = reader.page(box.id, limit=1000)
                name = box.name if box.role is Role.NONE else box.role.value
                found[name] = sorted((row.subject, frozenset(map(_plain, row.flags.names()))) for row in rows)
        return found

    def on_server(self) -> State:
        """As another client sees it. Empty where there is none."""
        if self.protocol == "local":
            return {}
        roles = {"INBOX": "inbox", **{name: name.lower() for name in _ROLES}}
        found: State = {}
        with self.server.client(self.user) as client:
            for name in client.mailboxes():
                flags = client.flags(name)
                found[roles.get(name, name)] = sorted(
                    (_subject(raw), frozenset(_plain(flag) for flag in flags[uid] if flag != "\\Recent"))
                    for uid, raw in client.raw(name).items()
                )
        return found


_ROLES = ("Archive", "Drafts", "Sent", "Junk", "Trash", "Advertising")


def _subject(raw: bytes) -> str:
    return next(line[9:] for line in raw.decode().splitlines() if line.startswith("Subject: "))


def _plain(flag: str) -> str:
    return flag[1:].lower() if flag.startswith("\\") else flag
