"""Errors, mapped once at the border of the room that meets them. `text` says what and where, `hint` what to do next,
`retry` whether waiting can help. Neither ever holds a secret."""

from __future__ import annotations

from enum import Enum


class Retry(Enum):
    NEVER = "never"
    """A person has to change something (password, config, certificate)."""
    BACKOFF = "backoff"
    """Try again later, waiting longer each time."""
    AT_ONCE = "at once"
    """The connection was only stale."""


class MailtuiError(Exception):
    """Base of everything mailtui raises on purpose."""

    default_retry = Retry.NEVER

    def __init__(self, text: str, hint: str = "", retry: Retry | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint
        self.retry = retry if retry is not None else self.default_retry

    def __str__(self) -> str:
        return f"{self.text} ({self.hint})" if self.hint else self.text


class ConfigError(MailtuiError):
    """config.toml can't be used. `text` already holds file, line and caret."""


class UsageError(MailtuiError):
    """Bad words on the command line or in a search query."""


class QueryError(UsageError):
    """A search query can't be read; `position` is the 0-based offset of the mistake, `length` its width."""

    def __init__(self, text: str, query: str, position: int, length: int = 1, hint: str = "") -> None:
        super().__init__(text, hint)
        self.query = query
        self.position = position
        self.length = length


class LinkError(MailtuiError):
    """Anything between us and a server."""

    default_retry = Retry.BACKOFF


class AuthError(LinkError):
    """The server refused the login. Never retried by itself."""

    default_retry = Retry.NEVER


class LostError(LinkError):
    """The connection is gone (closed, reset, refused, BYE)."""


class TimeoutError_(LinkError):
    """The server did not make progress within the deadline."""


class TlsError(LinkError):
    """No trustworthy encrypted connection."""

    default_retry = Retry.NEVER


class ProtocolError(MailtuiError):
    """Words that do not fit the protocol."""


class LocalProtocolError(ProtocolError):
    """We were about to say something illegal."""


class RemoteProtocolError(ProtocolError):
    """The server said something that can't be understood or trusted; the connection is dropped."""

    default_retry = Retry.BACKOFF


class RefusedError(MailtuiError):
    """The server answered NO or BAD. `code`: the response code (RFC 5530); `lasting`: trying again is useless."""

    def __init__(self, text: str, code: str = "", lasting: bool = True, hint: str = "") -> None:
        super().__init__(text, hint, Retry.NEVER if lasting else Retry.BACKOFF)
        self.code = code
        self.lasting = lasting


class StoreError(MailtuiError):
    """The local store: disk full, no permission, damaged."""


class StoreLockedError(StoreError):
    """Another mailtui writes to this store; `pid` is its process."""

    def __init__(self, text: str, pid: int, hint: str = "") -> None:
        super().__init__(text, hint)
        self.pid = pid


class FileError(MailtuiError):
    """A file outside of the store, or a program that should take it."""
