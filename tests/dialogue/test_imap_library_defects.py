"""Every defect of aioimaplib 2.0.3 that made us replace half of it: each test shows the bare library fail at a
conversation and our link come through the same one. A test of this file that fails at its first half is good news: the
library has been mended there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import aioimaplib
import pytest

from mailtui.model.account import Security
from mailtui.model.errors import LostError, RemoteProtocolError, TimeoutError_, TlsError
from mailtui.protocols.imap.lexer import Limits
from mailtui.protocols.imap.link import FetchReply, ImapLink
from tests.support.scripted import (
    SECRET,
    C,
    Close,
    Drip,
    Gone,
    Mismatch,
    Pause,
    S,
    Scripted,
    Step,
    imap_settings,
    logged_in,
    scripted,
)

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
PATIENCE = 1.0
"""Seconds a bare library gets to show that it hangs."""


@contextlib.asynccontextmanager
async def bare(steps: Sequence[Step]) -> AsyncIterator[tuple[Any, Scripted]]:
    """The bare library against a script; what is left of the script does not matter."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: None)  # its background tasks die loudly
    with contextlib.suppress(Mismatch, ConnectionError):
        async with scripted(steps) as server:
            client: Any = aioimaplib.IMAP4("127.0.0.1", server.port, timeout=PATIENCE)
            try:
                yield client, server
            finally:
                if client.protocol.transport is not None:
                    client.protocol.transport.abort()
                for task in (*client.tasks, *client.protocol.tasks, client._client_task):
                    task.cancel()
                await asyncio.sleep(0)


def library_login() -> list[Step]:
    return [
        S("* OK hello"),
        C("{tag} CAPABILITY"),
        S("* CAPABILITY IMAP4rev1 IDLE"),
        S("{tag} OK done"),
        C('{tag} LOGIN alice "secret"'),
        S("{tag} OK done"),
    ]


async def library_ready(client: Any) -> None:
    await client.wait_hello_from_server()
    await client.login("alice", "secret")


LINES = 20_000
MANY = b"".join(b"* %d FETCH (UID %d FLAGS (\\Seen))\r\n" % (n, n) for n in range(1, LINES + 1))


async def test_many_untagged_lines_in_one_read() -> None:
    """RecursionError in the library's reader, and its command never ends."""
    errors: list[object] = []
    async with bare(
        [*library_login(), C("{tag} SELECT INBOX"), S("{tag} OK done"), C(lambda line: True), S(MANY), Pause(9)]
    ) as (client, _):
        await library_ready(client)
        await client.select("INBOX")
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: errors.append(context.get("exception")))
        with pytest.raises((TimeoutError, aioimaplib.CommandTimeout, RecursionError)):
            await asyncio.wait_for(client.uid("fetch", "1:*", "(FLAGS)"), PATIENCE * 2)
        assert any(isinstance(error, RecursionError) for error in errors)

    found: list[FetchReply] = []
    steps = [
        *logged_in(),
        C("{tag} UID FETCH 1:* (UID FLAGS)"),
        S(MANY + b"* 7 EXISTS\r\n"),
        S("{tag} OK done"),
        Gone(),
    ]
    async with scripted(steps) as server:
        link = await ImapLink.open(imap_settings(server.port), SECRET)
        await link.uid_fetch("1:*", "(UID FLAGS)", on_fetch=found.append)
        await link.close()
    assert [reply.uid for reply in found] == list(range(1, LINES + 1))


async def test_preauth_in_clear_text_is_believed() -> None:
    """Somebody in between says that we are logged in already: the library goes on without TLS or login."""
    async with bare(
        [S("* PREAUTH come in"), C("{tag} CAPABILITY"), S("* CAPABILITY IMAP4rev1"), S("{tag} OK done")]
    ) as (client, _):
        await client.wait_hello_from_server()
        assert client.get_state() == "AUTH"

    async with scripted([S("* PREAUTH come in"), Gone()]) as server:
        with pytest.raises(TlsError, match="before the connection is encrypted"):
            await ImapLink.open(imap_settings(server.port, security=Security.STARTTLS), SECRET)


async def test_there_is_no_starttls() -> None:
    assert not hasattr(aioimaplib.IMAP4, "starttls")
    assert not hasattr(aioimaplib.IMAP4ClientProtocol, "starttls")


async def test_goodbye_in_the_greeting_ends_only_in_the_timeout() -> None:
    async with bare([S("* BYE too many connections"), Close()]) as (client, _):
        with pytest.raises(TimeoutError):
            await client.wait_hello_from_server()

    async with scripted([S("* BYE too many connections"), Close()]) as server:
        with pytest.raises(LostError, match="too many connections"):
            await asyncio.wait_for(ImapLink.open(imap_settings(server.port, timeout=60.0), SECRET), 5)


async def test_a_closed_connection_is_noticed_only_by_the_timeout() -> None:
    async with bare([*library_login(), C("{tag} NOOP"), S("* BYE restarting"), Close()]) as (client, _):
        await library_ready(client)
        with pytest.raises(TimeoutError):
            await client.noop()

    async with scripted([*logged_in(), C("{tag} NOOP"), S("* BYE restarting"), Close()]) as server:
        link = await ImapLink.open(imap_settings(server.port, timeout=60.0), SECRET)
        with pytest.raises(LostError, match="restarting"):
            await asyncio.wait_for(link.noop(), 5)
        assert link.closed
        await link.close()


async def test_names_are_sent_unquoted() -> None:
    heard: list[str] = []

    def heard_it(line: str) -> bool:
        heard.append(line)
        return True

    async with bare([*library_login(), C(heard_it), S("{tag} OK done"), Pause(9)]) as (
        client,
        _,
    ):
        await library_ready(client)
        with contextlib.suppress(Exception):
            await asyncio.wait_for(client.select("My Mail"), 0.2)
    assert heard[0].endswith(" SELECT My Mail")

    steps = [*logged_in(), C('{tag} SELECT "My Mail"'), S("* OK [UIDVALIDITY 1] x"), S("{tag} OK done"), Gone()]
    async with scripted(steps) as server:
        link = await ImapLink.open(imap_settings(server.port), SECRET)
        assert (await link.select("My Mail")).uidvalidity == 1
        await link.close()


async def test_a_status_text_in_braces_is_taken_for_a_literal() -> None:
    conversation = [
        C("{tag} NOOP"),
        S("* OK you have {3}"),
        S("{tag} OK done {9}"),
        C("{tag} NOOP"),
        S("{tag} OK done"),
        Pause(0.1),
    ]
    async with bare([*library_login(), *conversation]) as (client, _):
        await library_ready(client)
        with pytest.raises(TimeoutError):
            await client.noop()

    async with scripted([*logged_in(), *conversation]) as server:
        link = await ImapLink.open(imap_settings(server.port), SECRET)
        await link.noop()
        await link.noop()
        await link.close()


async def test_every_byte_starts_the_timer_anew() -> None:
    """Slow loris: one byte now and then holds the library for ever. Ours wants whole lines or a minimum rate."""
    drip = Drip(b"* 1 FETCH (FLAGS (" + b"x" * 10_000, 0.05)
    opened, literal = S("* 1 FETCH (BODY[] {9999}"), Drip(b"x" * 9999, 0.05)
    async with bare(
        [*library_login(), C("{tag} SELECT INBOX"), S("{tag} OK done"), C(lambda line: True), opened, literal]
    ) as (
        client,
        _,
    ):
        await library_ready(client)
        await client.select("INBOX")
        fetch = asyncio.ensure_future(client.uid("fetch", "1", "(BODY[])"))
        await asyncio.sleep(3 * PATIENCE)
        assert not fetch.done()
        fetch.cancel()

    for slow in ([drip], [opened, literal]):
        async with scripted([*logged_in(), C("{tag} UID FETCH 1 (BODY[])"), *slow]) as server:
            link = await ImapLink.open(imap_settings(server.port, timeout=PATIENCE), SECRET)
            with pytest.raises(TimeoutError_, match="UID FETCH within 1 seconds"):
                await asyncio.wait_for(link.uid_fetch("1", "(BODY[])", on_fetch=lambda reply: None), 3 * PATIENCE)
            await link.close()


async def test_a_line_without_an_end_is_kept_without_a_bound() -> None:
    endless = S(b"* OK " + b"x" * 3_000_000)
    async with bare([*library_login(), C("{tag} NOOP"), endless, Pause(9)]) as (client, _):
        await library_ready(client)
        with pytest.raises(TimeoutError):
            await client.noop()
        assert len(client.protocol.incomplete_line) > 2_000_000

    async with scripted([*logged_in(), C("{tag} NOOP"), endless, Gone()]) as server:
        link = await ImapLink.open(imap_settings(server.port), SECRET, limits=Limits(line=1 << 20))
        with pytest.raises(RemoteProtocolError, match="a line of more than"):
            await link.noop()
        await link.close()


async def test_a_refused_command_after_a_timeout_is_not_mixed_up() -> None:
    """The library goes on using the connection after a timeout: the late answer meets the next command."""
    late = [C("{tag} NOOP"), Pause(PATIENCE * 1.5), S("{tag} OK late")]
    async with bare([*library_login(), *late, C("{tag} NOOP"), S("{tag} OK done")]) as (client, _):
        await library_ready(client)
        with pytest.raises(TimeoutError):
            await client.noop()
        assert client.protocol.transport is not None
        assert not client.protocol.transport.is_closing()

    async with scripted([*logged_in(), C("{tag} NOOP"), Gone()]) as server:
        link = await ImapLink.open(replace(imap_settings(server.port), timeout=0.3), SECRET)
        with pytest.raises(TimeoutError_):
            await link.noop()
        assert link.closed
        with pytest.raises(TimeoutError_):
            await link.noop()
        await link.close()
