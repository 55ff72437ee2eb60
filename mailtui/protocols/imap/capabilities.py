"""What a server says it can do (RFC 9051 section 7.2.2), as questions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Upper-case names."""

    names: frozenset[str] = frozenset()
    enabled: frozenset[str] = frozenset()
    """What an ENABLE has switched on (RFC 5161)."""

    @classmethod
    def of(cls, names: Iterable[str]) -> Capabilities:
        return cls(frozenset(name.upper() for name in names))

    def __contains__(self, name: str) -> bool:
        return name.upper() in self.names

    @property
    def qresync(self) -> bool:
        """Offered and enabled (RFC 7162)."""
        return "QRESYNC" in self.enabled

    @property
    def condstore(self) -> bool:
        return "CONDSTORE" in self.names or "QRESYNC" in self.names

    @property
    def idle(self) -> bool:
        return "IDLE" in self.names

    @property
    def utf8(self) -> bool:
        """Mailbox names are UTF-8 now (RFC 6855)."""
        return "UTF8=ACCEPT" in self.enabled

    @property
    def literal_plus(self) -> bool:
        return "LITERAL+" in self.names

    @property
    def esearch(self) -> bool:
        return "ESEARCH" in self.names or "IMAP4REV2" in self.names

    @property
    def uidplus(self) -> bool:
        return "UIDPLUS" in self.names or "IMAP4REV2" in self.names

    @property
    def move(self) -> bool:
        return "MOVE" in self.names or "IMAP4REV2" in self.names

    @property
    def mechanisms(self) -> frozenset[str]:
        """SASL mechanisms."""
        return frozenset(name[5:] for name in self.names if name.startswith("AUTH="))
