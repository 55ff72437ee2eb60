"""`mailtui sync`: the engine without a screen. Changes become lines, a bar, or JSON events."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Sequence

from mailtui.cli import choose
from mailtui.cli.progress import Teller, teller
from mailtui.cli.session import settings_of
from mailtui.model.account import Settings
from mailtui.model.changes import AccountChanged, BodyFailed, Change, Notice, ProgressChanged
from mailtui.model.errors import MailtuiError, StoreError
from mailtui.model.ids import AccountId, MailboxId
from mailtui.model.link import LinkState
from mailtui.model.ports import MailReader

_WORDS = {
    LinkState.OFFLINE: "offline",
    LinkState.CONNECTING: "connecting",
    LinkState.SYNCING: "synchronising",
    LinkState.IDLE: "up to date",
    LinkState.WAITING: "waiting to try again",
    LinkState.FAILED: "failed",
}


def run(args: argparse.Namespace) -> int:
    """The exit code is boot's: 0, 4 (a login was refused), 75 (worth trying later), 1."""
    settings = settings_of(args, warn=not args.json)
    accounts = tuple(choose.account(settings, name) for name in args.account)
    from mailtui import boot

    telling = Telling(settings, teller(json=args.json))
    try:
        status = boot.run_sync(
            settings,
            accounts=accounts,
            watch=args.watch,
            on_change=telling.changed,
            on_failure=telling.failed,
            on_synced=telling.synced,
        )
    except BaseException:
        telling.close()
        raise
    telling.end(status)
    return status


class Telling:
    """Turns Changes into words. The same state of an account is told once."""

    def __init__(self, settings: Settings, out: Teller) -> None:
        self._settings = settings
        self._out = out
        self._states: dict[AccountId, tuple[LinkState, str]] = {}
        self._names: dict[MailboxId, str] = {}
        self._reader: MailReader | None = None

    def changed(self, changes: Sequence[Change]) -> None:
        """Called on the engine's event loop."""
        for change in changes:
            if isinstance(change, ProgressChanged):
                name = self._name(change.mailbox)
                self._out.progress(change.account, name, change.done, max(change.total, 1), change.rate)
            elif isinstance(change, AccountChanged):
                self._state(change)
            elif isinstance(change, Notice):
                event = {"event": "notice", "account": change.account, "level": change.level, "text": change.text}
                self._out.line(event | {"hint": change.hint}, _joined(change.account or "", change.text, change.hint))
            elif isinstance(change, BodyFailed):
                event = {"event": "notice", "account": None, "level": "warning", "text": change.text}
                self._out.line(event | {"hint": change.hint}, _joined("", change.text, change.hint))

    def failed(self, account: AccountId, error: MailtuiError) -> None:
        event = {"event": "failure", "account": account, "text": error.text, "hint": error.hint}
        self._out.line(event, _joined(account, error.text, error.hint))

    def synced(self) -> None:
        self._out.line({"event": "synced"}, "all mail is here; bringing the search index up to date")

    def end(self, status: int) -> None:
        self._out.end(status)
        self.close()

    def close(self) -> None:
        """Also removes a bar that still stands."""
        self._out.erase()
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _state(self, change: AccountChanged) -> None:
        told = (change.state, change.text)
        if self._states.get(change.account) == told:
            return
        self._states[change.account] = told
        event = {"event": "state", "account": change.account, "state": change.state.value, "text": change.text}
        words = f"{_WORDS[change.state]}: {change.text}" if change.text else _WORDS[change.state]
        self._out.line(event | {"hint": change.hint}, _joined(change.account, words, change.hint))

    def _name(self, mailbox: MailboxId) -> str:
        """Name of a folder: the store knows it, as this Change came after the commit that made it."""
        if mailbox not in self._names:
            with contextlib.suppress(StoreError):  # a name is not worth an end
                self._names = {one.id: one.name for one in self._open().mailboxes()}
        return self._names.get(mailbox, f"folder {mailbox}")

    def _open(self) -> MailReader:
        if self._reader is None:
            from mailtui import boot

            self._reader = boot.open_reader(self._settings)
        return self._reader


def _joined(account: str, text: str, hint: str) -> str:
    words = f"{account}: {text}" if account else text
    return f"{words} ({hint})" if hint else words
