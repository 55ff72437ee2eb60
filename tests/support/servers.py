"""What a test asks of a real mail server, whichever one it is."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import ClassVar

from tests.support.certificates import Authority
from tests.support.processes import ServerFailed, ServerMissing, free_ports, start, stop, wait_for_greeting
from tests.support.second_client import SecondClient

PASSWORD = "secret"


@dataclass(frozen=True, slots=True)
class Seed:
    """A message to be there before anybody looks. `flags` are maildir letters (DFPRST)."""

    raw: bytes
    flags: str = ""
    date: int = 1_700_000_000
    """INTERNALDATE, seconds since 1970."""


class MailServer(ABC):
    """One instance in a folder of its own under the temp folder, on free ports of 127.0.0.1.

    `imap_port` speaks plain IMAP and STARTTLS, `imaps_port` implicit TLS. Every user name is accepted with the
    password `secret`; a mailbox comes into being at the first login."""

    name: ClassVar[str]
    host = "127.0.0.1"
    password = PASSWORD

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"mailtui-{self.name}-", dir=self._place()))
        self.folder.chmod(0o755)  # mail processes run as another user when a test runs as root
        self.log = self.folder / "server.log"
        self.authority = Authority(self.folder / "tls")
        self.certificate = self.authority.issue()
        self.imap_port, self.imaps_port = free_ports(2)
        self._process: Popen[bytes] | None = None
        self._started = False
        self._users = itertools.count(1)

    @property
    def ca_file(self) -> str:
        return str(self.authority.ca_file)

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Returns when the server answers. Ports are kept over a restart; before the first, taken ones are replaced."""
        for attempt in range(5):
            argv, env = self._prepare()
            self._process = start(argv, log=self.log, env=env)
            try:
                wait_for_greeting(self._process, self.imap_port, self.log)
                self._started = True
                return
            except ServerFailed:
                self._process = None
                if attempt == 4:
                    raise
                if not self._started:
                    self.imap_port, self.imaps_port = free_ports(2)
                time.sleep(0.2)  # killed workers may hold the old ports for a moment

    def stop(self) -> None:
        """Ends the server and all its connections; mail stays."""
        if self._process is not None:
            stop(self._process)
            self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def remove(self) -> None:
        """Stops and deletes everything."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_user(self, prefix: str = "user") -> str:
        """A name nobody has used on this server."""
        return f"{prefix}{os.getpid()}x{next(self._users)}"

    def client(self, user: str, *, security: str = "none", port: int | None = None) -> SecondClient:
        """Another client, logged in."""
        chosen = port or (self.imaps_port if security == "tls" else self.imap_port)
        return SecondClient(chosen, user, PASSWORD, host=self.host, security=security, ca_file=self.ca_file)

    def account_toml(
        self, user: str, *, account: str = "work", security: str = "none", port: int | None = None, extra: str = ""
    ) -> str:
        """The `[accounts.NAME]` tables of a config.toml that reach this server (through `port` if given).
        `extra`: more lines of the account's own table."""
        chosen = port or (self.imaps_port if security == "tls" else self.imap_port)
        return (
            f'[accounts.{account}]\nemail = "{user}@example.com"\nname = "{user.capitalize()}"\n{extra}\n'
            f'[accounts.{account}.imap]\nhost = "{self.host}"\nport = {chosen}\nsecurity = "{security}"\n'
            f'user = "{user}"\npassword_command = ["printf", "{PASSWORD}"]\nca_file = "{self.ca_file}"\n'
        )

    @staticmethod
    def _place() -> str | None:
        """Parent of the server's folder; None: the temp folder."""
        return None

    @abstractmethod
    def seed(self, user: str, messages: Iterable[Seed], mailbox: str = "INBOX") -> int:
        """Puts messages into a mailbox (made if missing); returns how many."""

    @abstractmethod
    def _prepare(self) -> tuple[list[str], dict[str, str] | None]:
        """Writes the configuration; returns the command line and the environment."""


__all__ = ["PASSWORD", "MailServer", "Seed", "ServerFailed", "ServerMissing"]
