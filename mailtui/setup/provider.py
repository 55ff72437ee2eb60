"""One large provider: where its servers are, and what it wants of a mail program."""

from __future__ import annotations

from dataclasses import dataclass

from mailtui.model.account import Protocol, SecretKind, Security
from mailtui.model.setting_up import PORTS, Found, Place


@dataclass(frozen=True, slots=True)
class Provider:
    """Servers as `host`, or `host:port` where it is not that of implicit TLS. `mx`: how the names of mail exchangers
    end that stand for it, for domains of its customers."""

    name: str
    domains: str
    imap: str = ""
    smtp: str = ""
    pop3: str = ""
    mx: str = ""
    note: str = ""
    link: str = ""
    local_part: bool = False
    """The login is what stands before the @."""
    token: bool = False
    save_sent: bool = True
    closed: bool = False

    def found(self, email: str, source: str) -> Found:
        """The same for one address."""
        incoming = [_place(protocol, text) for protocol, text in self._incoming() if text]
        return Found(
            source=source,
            provider=self.name,
            incoming=tuple(incoming),
            outgoing=_place(Protocol.SMTP, self.smtp) if self.smtp else None,
            user=email.rpartition("@")[0] if self.local_part else email,
            note=self.note,
            link=self.link,
            way=SecretKind.TOKEN_COMMAND if self.token else None,
            save_sent=self.save_sent,
            closed=self.closed,
        )

    def _incoming(self) -> tuple[tuple[Protocol, str], ...]:
        return (Protocol.IMAP, self.imap), (Protocol.POP3, self.pop3)


def _place(protocol: Protocol, text: str) -> Place:
    host, _, number = text.partition(":")
    port = int(number) if number else next(iter(PORTS[protocol]))
    return Place(protocol, host, port, PORTS[protocol].get(port, Security.NONE))
