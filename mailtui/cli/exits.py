"""Exit codes, and which error ends in which. The README lists them."""

from __future__ import annotations

from mailtui.model.errors import (
    AuthError,
    ConfigError,
    LinkError,
    MailtuiError,
    RefusedError,
    Retry,
    StoreError,
    StoreLockedError,
    TlsError,
    UsageError,
)

OK = 0
FAILED = 1
USAGE = 2
NOT_FOUND = 3
LOGIN_REFUSED = 4
NO_TRUST = 5
STORE = 6
TRY_LATER = 75
INTERRUPTED = 130
BROKEN_PIPE = 141

MEANINGS: dict[int, str] = {
    OK: "done",
    FAILED: "failed",
    USAGE: "wrong words on the command line, in a query, or in config.toml",
    NOT_FOUND: "no such account, folder, message, step or operation",
    LOGIN_REFUSED: "a server refused the login, or there is no password",
    NO_TRUST: "no trustworthy encrypted connection",
    STORE: "the store can't be used (disk, permissions, damage)",
    TRY_LATER: "may work later: server not reachable, store in use, message not fetched yet",
    INTERRUPTED: "interrupted (Ctrl-C)",
    BROKEN_PIPE: "the reader of the output went away",
}


class NotFoundError(MailtuiError):
    """What was named on the command line does not exist."""


class LaterError(MailtuiError):
    """Not possible now, but later."""

    default_retry = Retry.BACKOFF


def status_of(error: MailtuiError) -> int:
    """The exit code for an error that ends a command."""
    kinds: tuple[tuple[type[MailtuiError], int], ...] = (
        (ConfigError, USAGE),
        (UsageError, USAGE),
        (NotFoundError, NOT_FOUND),
        (AuthError, LOGIN_REFUSED),
        (TlsError, NO_TRUST),
        (StoreLockedError, TRY_LATER),
        (StoreError, STORE),
    )
    for kind, status in kinds:
        if isinstance(error, kind):
            return status
    if isinstance(error, LinkError | RefusedError | LaterError) and error.retry is not Retry.NEVER:
        return TRY_LATER
    return FAILED
