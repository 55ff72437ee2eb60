"""What a server says it can do (RFC 9051 section 7.2.2), as questions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

NONSYNC_LIMIT = 4096
"""Octets that may travel without asking first under LITERAL- (RFC 7888 section 5). Kept under LITERAL+ too: a refusal
of something big should come before the upload, not after it."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Upper-case names."""

    names: frozenset[str] = frozenset()
    enabled: frozenset[str] = frozenset()
    """What an ENABLE has switched on (RFC 5161)."""

    @classmethod
    def of(cls, names: Iterable[str]) -> Capabilities:
        return cls(frozenset(name.upper() for name in names))

    def with_enabled(self, names: Iterable[str]) -> Capabilities:
        return replace(self, enabled=self.enabled | {name.upper() for name in names})

    def __contains__(self, name: str) -> bool:
        return name.upper() in self.names

    def _has(self, name: str) -> bool:
        """Offered by name or as a part of IMAP4rev2 (RFC 9051 appendix E)."""
        return name in self.names or "IMAP4REV2" in self.names

    @property
    def imap(self) -> bool:
        return "IMAP4REV1" in self.names or "IMAP4REV2" in self.names

    @property
    def qresync(self) -> bool:
        """Offered and enabled (RFC 7162)."""
        return "QRESYNC" in self.enabled

    @property
    def condstore(self) -> bool:
        return "CONDSTORE" in self.names or "QRESYNC" in self.names

    @property
    def idle(self) -> bool:
        return self._has("IDLE")

    @property
    def utf8(self) -> bool:
        """Mailbox names are UTF-8 now (RFC 6855)."""
        return "UTF8=ACCEPT" in self.enabled

    def nonsync(self, size: int) -> bool:
        """Whether a literal of so many bytes is sent without waiting for `+` (RFC 7888)."""
        return size <= NONSYNC_LIMIT and ("LITERAL+" in self.names or self._has("LITERAL-"))

    @property
    def sasl_ir(self) -> bool:
        return self._has("SASL-IR")

    @property
    def enable(self) -> bool:
        return self._has("ENABLE")

    @property
    def esearch(self) -> bool:
        return self._has("ESEARCH")

    @property
    def uidplus(self) -> bool:
        return self._has("UIDPLUS")

    @property
    def move(self) -> bool:
        return self._has("MOVE")

    @property
    def unselect(self) -> bool:
        return self._has("UNSELECT")

    @property
    def namespace(self) -> bool:
        return self._has("NAMESPACE")

    @property
    def list_extended(self) -> bool:
        return self._has("LIST-EXTENDED")

    @property
    def list_status(self) -> bool:
        return self._has("LIST-STATUS")

    @property
    def special_use(self) -> bool:
        return self._has("SPECIAL-USE")

    @property
    def login_disabled(self) -> bool:
        return "LOGINDISABLED" in self.names

    @property
    def mechanisms(self) -> frozenset[str]:
        """SASL mechanisms."""
        return frozenset(name[5:] for name in self.names if name.startswith("AUTH="))
