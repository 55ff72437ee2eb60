"""The composition root: the only file that sees every room. Starts and stops them in order.

Heavy rooms (and asyncio) are imported inside the functions: `mailtui list` must not pay for Textual, the screen not for
the network.
"""

from __future__ import annotations

import contextlib
import gc
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from mailtui.model.account import Settings
from mailtui.model.changes import Change
from mailtui.model.errors import AuthError, MailtuiError, Retry, StoreError, StoreLockedError
from mailtui.model.ids import AccountId
from mailtui.model.intents import Deed, Order
from mailtui.model.ports import MailReader, RuleReader
from mailtui.model.setting_up import Ended, SettingUp

if TYPE_CHECKING:
    from mailtui.engine.engine import Engine
    from mailtui.engine.importing import Imported
    from mailtui.mail.classify.features import Features
    from mailtui.mail.classify.verdict import Context
    from mailtui.model.maildrop import MaildropEntry

OK, FAILED, LOGIN_REFUSED, TRY_LATER = 0, 1, 4, 75
TEXTS = 500
"""Messages that come into the search index in one transaction."""
PATIENCE = 3.0
"""Seconds that the screen gets to end when a signal asks for it."""
FIRST_START = 5.0
"""Seconds the engine process may take to make a new store."""


def open_reader(settings: Settings) -> RuleReader:
    """The store for reading; works beside a running mailtui. Raises StoreError when there is none or it is broken."""
    from mailtui.store.reader import open_reader as open_store

    return open_store(settings.store)


def maildrop(settings: Settings, account: AccountId) -> tuple[list[MaildropEntry], float | None]:
    """What is known of the account's POP3 maildrop, and when it was visited last (seconds since 1970 UTC). Raises
    StoreError."""
    from mailtui.store.base import Base
    from mailtui.store.schema import index_path

    open_reader(settings).close()  # tells what is wrong with a store that can't be read
    base = Base(index_path(settings.store))
    try:
        return list(base.maildrop(account).values()), base.last_visit(account)
    finally:
        base.close()


@contextlib.contextmanager
def judging(settings: Settings, features: Features) -> Iterator[Context]:
    """What is known about a message beyond itself, for `classify.verdict.decide`; good as long as it is open."""
    from mailtui.engine.judging import own_addresses
    from mailtui.store.acquaintance import context
    from mailtui.store.arrivals import Arrivals
    from mailtui.store.learning import opened_for_reading

    index = Arrivals(settings.store)
    try:
        with opened_for_reading(settings.store) as taught:
            yield context(index.db, taught, own_addresses(settings), features)
    finally:
        index.close()


def submit(settings: Settings, wanted: Deed | Order) -> tuple[Change, ...]:
    """Journals what the person wants and returns at once; the server follows with the next synchronisation. Where
    another mailtui has the store, that one is told. Raises StoreError (no such mail, disk full, store locked)."""
    from mailtui.store.requests import Submitted, local_accounts, no_sent_copies
    from mailtui.store.store import Store

    open_reader(settings).close()  # there must be a store: one is not made for this
    try:
        store = Store.open(settings.store)
    except StoreLockedError as locked:
        from mailtui.engine.counter import hand_over

        return hand_over(settings.store, wanted, locked)
    try:
        return tuple(store.apply([local_accounts(settings), no_sent_copies(settings), Submitted(None, wanted)]))
    finally:
        store.close()


def import_mail(
    settings: Settings,
    account: AccountId,
    path: str,
    folder: str | None,
    progress: Callable[[int, float], None] = lambda done, part: None,
    indexed: Callable[[int], None] = lambda done: None,
) -> Imported:
    """Copies the mail of another program into a local account and makes it searchable. `progress`: messages so far,
    part of the whole; `indexed`: texts so far. Raises StoreLockedError while another mailtui writes, StoreError."""
    from mailtui.engine.foreign import read_foreign
    from mailtui.engine.importing import Importer
    from mailtui.store.requests import local_accounts
    from mailtui.store.store import Store

    store = Store.open(settings.store)
    try:
        store.apply([local_accounts(settings)])
        report = Importer(store, account, folder, progress).run(read_foreign(path))
        with contextlib.suppress(MailtuiError):  # it can wait: the next start goes on with it
            done = 0
            while (filled := store.fill_fulltext(TEXTS)).done:
                if filled.refined is not None:
                    store.apply([filled.refined])
                done += filled.done
                indexed(done)
        return report
    finally:
        store.close()


def run_sync(
    settings: Settings,
    *,
    accounts: tuple[AccountId, ...] = (),
    watch: bool = False,
    on_change: Callable[[Sequence[Change]], None] = lambda changes: None,
    on_failure: Callable[[AccountId, MailtuiError], None] = lambda account, error: None,
    on_synced: Callable[[], None] = lambda: None,
) -> int:
    """`mailtui sync`: one round, or until interrupted with `watch`. `on_synced` is called when all mail is durable and
    listed, before the full-text index is brought up to date. Exit status: 0 fine, 4 a login was refused,
    75 worth trying later, 1 anything else, 128 and its number after a signal. Raises StoreLockedError."""
    import asyncio

    from mailtui.engine.assembly import assemble

    return asyncio.run(_sync(assemble(settings), accounts, watch, on_change, on_failure, on_synced))


async def _sync(
    engine: Engine,
    accounts: tuple[AccountId, ...],
    watch: bool,
    on_change: Callable[[Sequence[Change]], None],
    on_failure: Callable[[AccountId, MailtuiError], None],
    on_synced: Callable[[], None],
) -> int:
    import asyncio

    failures: list[MailtuiError] = []
    ended = _cancelled_by_signals()

    def failed(account: AccountId, error: MailtuiError) -> None:
        failures.append(error)
        on_failure(account, error)

    engine.start(accounts=accounts, watch=watch)
    end = engine.listen(on_change)
    try:
        if watch:
            await asyncio.Event().wait()
        engine.fill_beside()
        await engine.sync_once(failed)
        on_synced()
        await engine.fill()
    except asyncio.CancelledError:
        if not ended:
            raise
    finally:
        end()
        await engine.stop()
    return 128 + ended[0] if ended else _status(failures)


def run_send(
    settings: Settings,
    *,
    accounts: tuple[AccountId, ...] = (),
    on_failure: Callable[[AccountId, MailtuiError], None] = lambda account, error: None,
) -> int:
    """What is due in the outbox goes out now. Where another mailtui runs it does that: nothing is done here. Exit
    status as of `run_sync`."""
    import asyncio

    from mailtui.engine.assembly import assemble

    try:
        engine = assemble(settings)
    except StoreLockedError:
        return OK
    failures: list[MailtuiError] = []

    def failed(account: AccountId, error: MailtuiError) -> None:
        failures.append(error)
        on_failure(account, error)

    async def send() -> None:
        engine.start(accounts=accounts, watch=False)
        try:
            await engine.send_once(failed)
        finally:
            await engine.stop()

    asyncio.run(send())
    return _status(failures)


def _cancelled_by_signals() -> list[int]:
    """SIGHUP and SIGTERM end the running task, once; which it was will stand in the list."""
    import asyncio

    loop, task, ended = asyncio.get_running_loop(), asyncio.current_task(), list[int]()

    def leave(number: int) -> None:
        if not ended and task is not None:
            ended.append(number)
            task.cancel()

    for number in _ends():
        loop.add_signal_handler(number, leave, number)
    return ended


def _ends() -> list[int]:
    """Signals that end us in order; one that somebody told us to ignore (nohup) does not."""
    return [number for number in (signal.SIGHUP, signal.SIGTERM) if signal.getsignal(number) is not signal.SIG_IGN]


def _status(failures: Sequence[MailtuiError]) -> int:
    if not failures:
        return OK
    if any(isinstance(error, AuthError) for error in failures):
        return LOGIN_REFUSED
    if all(error.retry is not Retry.NEVER for error in failures):
        return TRY_LATER
    return FAILED


def run_tui(settings: Settings, *, demo: bool = False) -> int:
    """The screen, with the engine in a process of its own. A store that another mailtui writes to is only shown."""
    from mailtui.engine.remote import RemoteEngine

    _end_in_order()
    gc.disable()  # nearly everything that the start makes stays: the screen begins to collect when it stands
    engine = RemoteEngine(settings)
    try:
        # Textual takes a quarter of a second to import: the engine gets ready meanwhile.
        from mailtui.ui.app import MailtuiApp

        reader = _reader_when_there(settings)
        try:
            app = MailtuiApp(reader, engine, engine, settings, demo=demo)
            _end_in_order(app.leave)
            try:
                app.run()
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
                app.let_go()
            return app.return_code or OK
        finally:
            reader.close()
    finally:
        engine.stop()


def _end_in_order(asked: Callable[[int], bool] = lambda status: False) -> None:
    """A closed terminal (SIGHUP) or a SIGTERM ends us like `q` does: the engine finishes its transaction, a demo leaves
    nothing behind. `asked` is told the exit status, and whether it sees to that by itself: an exception within one of
    the screen's tasks would leave the terminal as it is. Who hangs in a terminal that is gone is got out of it."""

    def leave(number: int, frame: object) -> None:
        signal.signal(number, signal.SIG_IGN)
        if not asked(128 + number):
            raise SystemExit(128 + number)

        def late(alarm: int, frame: object) -> None:
            raise SystemExit(128 + number)

        signal.signal(signal.SIGALRM, late)
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)

    for number in _ends():
        signal.signal(number, leave)


def _reader_when_there(settings: Settings) -> MailReader:
    """A new store is made by the engine process, in a moment; if it can't be, opening it here tells why."""
    pause = threading.Event()
    for _ in range(int(FIRST_START / 0.02)):
        try:
            return open_reader(settings)
        except StoreError:
            pause.wait(0.02)
    from mailtui.store.store import Store

    Store.open(settings.store).close()
    return open_reader(settings)


def run_setup(path: str) -> Ended:
    """The set-up of a first account on the screen; writes the config file at `path`, which is not there yet."""
    from mailtui.setup.core import FirstAccount
    from mailtui.ui.setting_up import SetupApp

    _end_in_order()
    app = SetupApp(FirstAccount(path))
    _end_in_order(app.leave)
    try:
        ended = app.run()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        app.let_go()
    if app.return_code:
        raise SystemExit(app.return_code)
    return ended or Ended.LEFT


def first_account(path: str) -> SettingUp:
    """The same without a screen."""
    from mailtui.setup.core import FirstAccount

    return FirstAccount(path)


def run_demo() -> int:
    """`mailtui demo`: everything against embedded servers, in a throw-away profile."""
    import tempfile

    from mailtui.demo.process import DemoProcess
    from mailtui.demo.profile import settings as demo_settings

    _end_in_order()
    with tempfile.TemporaryDirectory(prefix="mailtui-demo-") as folder, DemoProcess() as ports:
        return run_tui(demo_settings(ports, folder), demo=True)
