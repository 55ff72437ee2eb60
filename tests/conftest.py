"""Fixtures for every test: real mail servers on loopback, one instance per worker process.

Where a server's programs are missing its tests skip with a sentence; with MAILTUI_REQUIRE_SERVERS=1 they fail."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import TypeVar

import pytest

from tests.support.cyrus import Cyrus
from tests.support.dovecot import Dovecot
from tests.support.exim import Exim
from tests.support.servers import MailServer, ServerMissing

_SERVERS = {"dovecot", "cyrus", "mail_server", "exim"}


def pytest_configure() -> None:
    """A shell starts what runs in its background with SIGINT ignored, nohup with SIGHUP, and children inherit that: the
    programs that are tested are to begin as in a terminal."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever uses a server fixture carries the marker `server`."""
    for item in items:
        if _SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.server)


_AnyServer = TypeVar("_AnyServer", MailServer, Exim)


def _serve(kind: type[_AnyServer]) -> Iterator[_AnyServer]:
    try:
        server = kind()
    except ServerMissing as missing:
        if os.environ.get("MAILTUI_REQUIRE_SERVERS") == "1":
            pytest.fail(f"MAILTUI_REQUIRE_SERVERS=1, but {missing}")
        pytest.skip(str(missing))
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def dovecot() -> Iterator[MailServer]:
    """A running Dovecot, shared by the session: take a `new_user()` each."""
    yield from _serve(Dovecot)


@pytest.fixture(scope="session")
def cyrus() -> Iterator[MailServer]:
    """A running Cyrus, shared by the session: take a `new_user()` each."""
    yield from _serve(Cyrus)


@pytest.fixture(scope="session")
def exim() -> Iterator[Exim]:
    """A running Exim, which takes mail for everybody."""
    yield from _serve(Exim)


@pytest.fixture(params=["dovecot", "cyrus"])
def mail_server(request: pytest.FixtureRequest) -> MailServer:
    """Each of the real servers in turn."""
    server = request.getfixturevalue(request.param)
    assert isinstance(server, MailServer)
    return server
